// What must and must not compile of applications. Checked by the compiler alone; nothing here runs.
import { Application } from '../../src/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_same: Same<A, B>): void {}

interface Settings {
  readonly port: number
  readonly host?: string
}

const defaults: Settings = { port: 4000 }

export function settings(): void {
  const App = Application.define({
    env: defaults, // an interface has no index signature, and needs none
    children: (env) => {
      same<typeof env, Readonly<Settings>>(true)
      return []
    },
  })
  same<ReturnType<typeof port>, number>(true)
  function port() {
    return Application.getEnv(App, 'port')
  }
  Application.configure(App, { port: 0 })
  Application.run(App, { env: { host: '::1' } })
  // @ts-expect-error a port is a number
  Application.configure(App, { port: '4000' })
  // @ts-expect-error no such setting
  Application.run(App, { env: { prot: 4000 } })
  // @ts-expect-error a port is a number
  Application.putEnv(App, 'port', '4000')
  // @ts-expect-error settings have names
  Application.define({ env: 4000 })

  const None = Application.define({ children: () => [] })
  same<ReturnType<typeof anything>, unknown>(true)
  function anything() {
    return Application.getEnv(None, 'port')
  }
}
