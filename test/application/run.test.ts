import t from 'tap'
import type { Host } from '../../src/application/host.ts'
import { type RunOptions, runApplication } from '../../src/application/run.ts'
import {
  Application,
  type ApplicationModule,
  exit,
  Process,
  receive,
  sleep,
  spawn,
  spawnLink,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

/** A host that writes down what is done to it. */
function fakeHost() {
  const listeners = new Map<string, Set<() => void>>()
  const done: string[] = []
  const host: Host = {
    onSignal: (signal, listener) => {
      const set = listeners.get(signal) ?? new Set()
      listeners.set(signal, set.add(listener))
      return () => set.delete(listener)
    },
    setExitCode: (code) => done.push(`exit code ${code}`),
    exit: (code) => done.push(`exit ${code}`),
    activeResources: () => ['Timeout'],
    warn: (text) => done.push(text),
  }
  const signal = (name: string) => {
    for (const listener of listeners.get(name) ?? []) listener()
  }
  const listening = () => [...listeners].filter(([, set]) => set.size > 0).map(([name]) => name)
  return { host, done, signal, listening }
}

/** A program of two applications; the second needs the first. */
function program(log: string[], stopMs = 0) {
  const stop = (name: string) => async () => {
    if (stopMs > 0) await sleep(stopMs)
    log.push(`stop ${name}`)
  }
  const Base = Application.define({ name: 'base', stop: stop('base') })
  return Application.define({ name: 'main', applications: [Base], env: { port: 1 }, stop: stop('main') })
}

function run(app: ApplicationModule<{ port: number }>, host: Host, options: RunOptions = {}) {
  return runApplication(host, app as ApplicationModule, options)
}

t.test('a program starts with what it needs, and stops in reverse order at a signal', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    const { host, done, signal, listening } = fakeHost()
    const App = program(log)
    const running = run(App, host, { env: { port: 8080 } })
    await settle()
    t.match(Application.which(), [
      { name: 'base', type: 'permanent' },
      { name: 'main', type: 'permanent' },
    ])
    t.equal(Application.getEnv(App, 'port'), 8080)
    t.same(listening(), ['SIGTERM', 'SIGINT'])
    signal('SIGTERM')
    t.same(await running, { cause: { type: 'signal', signal: 'SIGTERM' }, exitCode: 0, killed: [] })
    t.same(log, ['stop main', 'stop base'])
    t.same(done, ['exit code 0'], 'Node ends by itself')
    t.same(listening(), [])
  }),
)

t.test('LS-07 a slow stop has one deadline for the whole of it', (t) =>
  withRuntime(async ({ clock }) => {
    const log: string[] = []
    const { host, done, signal } = fakeHost()
    const running = run(program(log, 600), host, { shutdownTimeoutMs: 1000 })
    await settle()
    signal('SIGINT')
    await clock.advance(999)
    t.same(log, ['stop main'], 'each is quick enough by itself')
    t.same(done, [])
    await clock.advance(1)
    const cause = { type: 'signal', signal: 'SIGINT' }
    t.same(await running, { cause, exitCode: 1, killed: ['base'] })
    t.same(log, ['stop main'])
    t.same(Application.which(), [])
    await settle()
    t.same(done, ['exit code 1', 'applications killed at shutdown: base', 'exit 1'])
  }),
)

t.test('a stop that needs all of its time is in time', (t) =>
  withRuntime(async ({ clock }) => {
    const log: string[] = []
    const { host, signal } = fakeHost()
    const running = run(program(log, 600), host)
    await settle()
    signal('SIGTERM')
    await clock.advance(1200)
    t.match(await running, { exitCode: 0, killed: [] })
    t.same(log, ['stop main', 'stop base'])
  }),
)

t.test('a second signal ends it at once', (t) =>
  withRuntime(async ({ clock }) => {
    const log: string[] = []
    const { host, done, signal } = fakeHost()
    const running = run(program(log, 600), host)
    await settle()
    signal('SIGTERM')
    await clock.advance(10)
    signal('SIGINT')
    t.same(await running, { cause: { type: 'signal', signal: 'SIGTERM' }, exitCode: 130, killed: ['main', 'base'] })
    t.same(log, [])
    await settle()
    t.equal(done.at(-1), 'exit 130')
  }),
)

t.test('a signal during the start ends the start', (t) =>
  withRuntime(async () => {
    const { host, signal } = fakeHost()
    const Endless = Application.define({
      name: 'endless',
      env: { port: 1 },
      children: () => new Promise<never>(() => {}),
    })
    const running = run(Endless, host)
    await settle()
    signal('SIGTERM')
    t.match(await running, { cause: { type: 'signal' }, exitCode: 0, killed: [] })
    t.same(Application.which(), [])
  }),
)

t.test('a program that does not start says why, and lets go of everything', (t) =>
  withRuntime(async () => {
    const { host, listening } = fakeHost()
    const error = new Error('port 80 is taken')
    const Web = Application.define({
      name: 'web',
      children: () => {
        throw error
      },
    })
    const App = Application.define({ name: 'main', applications: [Web], env: { port: 1 } })
    await t.rejects(run(App, host), {
      code: 'BEAMISH_APPLICATION_NOT_STARTED',
      message: /application main is not running: web, which it needs, did not start: .*port 80 is taken/,
      cause: error,
    })
    t.same(listening(), [])
  }),
)

t.test('the end of a permanent application is the end of the program', (t) =>
  withRuntime(async () => {
    const { host, done } = fakeHost()
    const App = Application.define({
      name: 'main',
      env: { port: 1 },
      start: () =>
        spawnLink(async () => {
          await receive()
          exit('out of ideas')
        }),
    })
    const running = run(App, host)
    await settle()
    const top = Application.getSupervisor(App)
    t.ok(top && Process.isAlive(top))
    if (top !== undefined) spawn(() => exit(top, 'out of ideas'))
    t.same(await running, {
      cause: { type: 'applicationExited', application: 'main', reason: 'out of ideas' },
      exitCode: 1,
      killed: [],
    })
    t.same(done, ['exit code 1'])
  }),
)

t.test('a program whose application controller is killed ends, and may be run again', (t) =>
  withRuntime(async () => {
    const { host } = fakeHost()
    const App = Application.define({ name: 'main', env: { port: 1 } })
    const running = run(App, host)
    await settle()
    const [controller, top] = [whereis('applicationController'), Application.getSupervisor(App)]
    if (controller === undefined || top === undefined) throw new Error('it runs')
    exit(controller, 'kill')
    t.match(await running, { cause: { application: 'applicationController', reason: 'killed' }, exitCode: 1 })
    t.notOk(Process.isAlive(top))
    t.same(Application.which(), [])
    const again = run(App, host)
    await settle()
    t.match(Application.which(), [{ name: 'main' }])
    await Application.stopAll()
    t.match(await again, { exitCode: 0 })
  }),
)

t.test('stopAll ends the program in order', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    const { host } = fakeHost()
    const running = run(program(log), host)
    await settle()
    await Application.stopAll()
    t.same(await running, { cause: { type: 'requested' }, exitCode: 0, killed: [] })
    t.same(log, ['stop main', 'stop base'])
  }),
)

t.test('something forgotten keeps Node running no longer than the deadline, and is named', (t) =>
  withRuntime(async ({ clock }) => {
    const { host, done, signal } = fakeHost()
    const running = run(program([]), host, { shutdownTimeoutMs: 1000 })
    await settle()
    await clock.advance(5000)
    signal('SIGTERM')
    await running
    await clock.advance(999)
    t.same(done, ['exit code 0'])
    await clock.advance(1)
    t.same(done.slice(1), ['everything has stopped, but Node is kept running by: Timeout', 'exit 0'])
  }),
)

t.test('whoever runs it inside a program of their own keeps Node', (t) =>
  withRuntime(async ({ clock }) => {
    const { host, done, signal } = fakeHost()
    const running = run(program([]), host, { ends: 'nothing', signals: ['SIGUSR2'] })
    await settle()
    signal('SIGTERM')
    await settle()
    t.equal(Application.which().length, 2)
    signal('SIGUSR2')
    await running
    await clock.advance(60_000)
    t.same(done, [])
  }),
)

t.test('options are checked at the door', (t) =>
  withRuntime(async () => {
    const { host } = fakeHost()
    const App = program([])
    const wrong: RunOptions[] = [
      { shutdownTimeoutMs: -1 },
      { signals: ['SIGNONE' as 'SIGTERM'] },
      { ends: 'all' as 'node' },
      { timeout: 5 } as RunOptions,
    ]
    for (const options of wrong) t.throws(() => run(App, host, options), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => run({} as never, host), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)
