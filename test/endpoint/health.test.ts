import t from 'tap'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { Application, GenServer, trapExit } from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'

const ask = async (port: number, path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  return [response.status, await response.text()]
}

t.test('an endpoint tells that it lives and is ready, when it was asked to', (t) =>
  withRuntime(async () => {
    const { port } = await startEndpoint({ health: true })
    t.same(await ask(port, '/health/live'), [200, 'live\n'])
    t.same(await ask(port, '/health/ready'), [200, 'ready\n'])
    t.same(await ask(port, '/health/ready', { method: 'HEAD' }), [200, ''])
    t.equal((await ask(port, '/health/ready', { method: 'POST' }))[0], 404)
  }),
)

t.test('without the option nobody is told', (t) =>
  withRuntime(async () => {
    const { port } = await startEndpoint({})
    t.equal((await ask(port, '/health/live'))[0], 404)
    t.equal((await ask(port, '/health/ready'))[0], 404)
  }),
)

t.test('the app has a say, under paths of its own', (t) =>
  withRuntime(async () => {
    const answers: (() => boolean | Promise<boolean>)[] = [
      () => true,
      () => false,
      async () => true,
      async () => {
        throw new Error('the database is gone')
      },
      () => 1 as never,
    ]
    const ready = () => answers.shift()?.() ?? false
    const { port } = await startEndpoint({ health: { livePath: '/livez', readyPath: '/readyz', ready } })
    const statuses: unknown[] = []
    while (answers.length > 0) statuses.push(await ask(port, '/readyz'))
    t.same(statuses, [
      [200, 'ready\n'],
      [503, 'not ready\n'],
      [200, 'ready\n'],
      [503, 'not ready\n'],
      [503, 'not ready\n'],
    ])
    t.same(await ask(port, '/livez'), [200, 'live\n'])
  }),
)

t.test('it is not ready before the application that it belongs to is up, nor while it stops', (t) =>
  withRuntime(async () => {
    const listening = new Gate()
    const [up, down] = [new Gate(), new Gate()]
    const Web = Endpoint.define({ name: 'web', port: 0, health: true })
    const Slow = GenServer.define({
      init: async () => {
        trapExit(true)
        listening.open()
        await up.opened
        return 0
      },
      terminate: () => down.opened,
    })
    const App = Application.define({ name: 'app', children: () => [Web, Slow] })
    const starting = Application.start(App)
    await listening.opened
    const { port } = await Web.serverInfo()
    t.same(await ask(port, '/health/ready'), [503, 'starting\n'])
    t.same(await ask(port, '/health/live'), [200, 'live\n'])
    up.open()
    await starting
    t.same(await ask(port, '/health/ready'), [200, 'ready\n'])
    const stopping = Application.stop(App)
    await settle()
    t.same(await ask(port, '/health/ready'), [503, 'stopping\n'])
    down.open()
    await stopping
  }),
)

t.test('options are checked at once', async (t) => {
  for (const [health, message] of [
    [{ path: '/x' }, /path/],
    [{ livePath: 'x' }, /begins with/],
    [{ ready: true }, /function/],
    ['yes', /true, false/],
  ] as const) {
    t.throws(() => Endpoint.define({ health } as unknown as EndpointOptions), { code: 'BEAMISH_BAD_ARGUMENT', message })
  }
})
