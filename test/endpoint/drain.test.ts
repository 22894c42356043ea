import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { ok } from '../../src/channel/result.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { exit, type Pid, Supervisor, whereis } from '../../src/index.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { attach } from '../../src/telemetry/telemetry.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { withoutUws } from '../support/adapters.ts'
import { startEndpoint, type TestEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { RawClient } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

const RoomSocket = () => Socket.define({ module: 'RoomSocket', channels: { 'room:*': testRoom() } })

/** Clients of an endpoint, all but the last joined. */
async function clientsOf({ port }: TestEndpoint, count: number, path = '/socket/websocket'): Promise<RawClient[]> {
  const clients: RawClient[] = []
  for (let n = 0; n < count; n++) clients.push(await RawClient.open(port, path))
  for (const client of clients.slice(0, -1)) await client.join('room:a')
  return clients
}

/** Collects the codes of clients as they close. */
function codesOf(clients: readonly RawClient[]): number[] {
  const codes: number[] = []
  for (const { closed } of clients) closed.then((code) => codes.push(code))
  return codes
}

/** Lets closed sockets tell both sides: real ones need real turns. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo() && turn < 500; turn++) await settle()
}

/** The drains of an endpoint while the test runs, told by telemetry. */
function drains(t: Test, endpoint: string): unknown[] {
  const told: unknown[] = []
  const attachment = attach(`drain ${endpoint}`, 'beamish.socket.drain', (_event, measured, metadata) => {
    if (metadata.endpoint === endpoint) told.push({ ...measured, ...metadata })
  })
  t.teardown(() => attachment.detach())
  return told
}

t.test('CH-029 when it stops all clients are closed with 1012, in batches, and telemetry counts the rounds', (t) =>
  withRuntime(async ({ clock }) => {
    const told = drains(t, 'batches')
    const world = await startEndpoint({
      name: 'batches',
      sockets: { '/socket': { socket: RoomSocket(), drainer: { batchSize: 2, batchIntervalMs: 200 } } },
    })
    const clients = await clientsOf(world, 5)
    const codes = codesOf(clients)
    const stopping = Supervisor.stop(world.tree)
    for (const [round, gone] of [2, 4, 5].entries()) {
      await until(() => codes.length >= gone)
      t.equal(codes.length, gone, `after round ${round + 1}`)
      await t.rejects(fetch(`http://127.0.0.1:${world.port}/`), 'nobody new comes in')
      if (gone < 5) {
        await clock.advance(199)
        t.equal(codes.length, gone)
        await clock.advance(1)
      }
    }
    await stopping
    t.same(codes, [1012, 1012, 1012, 1012, 1012])
    const about = { endpoint: 'batches', path: '/socket', userSocket: 'RoomSocket', intervalMs: 200, log: 'info' }
    t.same(told, [
      { count: 2, total: 5, index: 1, rounds: 3, ...about },
      { count: 2, total: 5, index: 2, rounds: 3, ...about },
      { count: 1, total: 5, index: 3, rounds: 3, ...about },
    ])
  }),
)

t.test('CH-029 with drainer: false there is no phase: all are closed at once', (t) =>
  withRuntime(async () => {
    const told = drains(t, 'at once')
    const world = await startEndpoint({ name: 'at once', sockets: { '/socket': RoomSocket() }, drainer: false })
    const codes = codesOf(await clientsOf(world, 4))
    await Supervisor.stop(world.tree)
    await until(() => codes.length === 4)
    t.same(codes, [1012, 1012, 1012, 1012])
    t.same(told, [])
  }),
)

t.test('CH-029 a function for it is called when the endpoint starts, each time', (t) =>
  withRuntime(async ({ clock }) => {
    const sizes = [1, 2]
    const drainer = () => ({ batchSize: sizes.shift() ?? 100, batchIntervalMs: 1000 })
    const told = drains(t, 'asked')
    const Asked = Endpoint.define({
      name: 'asked',
      port: 0,
      checkOrigin: false,
      sockets: { '/socket': RoomSocket() },
      drainer,
    })
    t.equal(sizes.length, 2, 'not when it is defined')
    for (const rounds of [2, 1]) {
      const tree = await Supervisor.start([Asked.child()])
      const { port } = await Asked.serverInfo()
      const codes = codesOf([await RawClient.open(port), await RawClient.open(port)])
      const stopping = Supervisor.stop(tree)
      await until(() => codes.length >= 2 / rounds)
      await clock.advance(1000)
      await stopping
      t.match(told.at(-1), { index: rounds, rounds })
    }
    t.same(sizes, [])
  }),
)

t.test('clients that leave by themselves are not waited for, and mounts are drained side by side', (t) =>
  withRuntime(async ({ clock }) => {
    const drainer = { batchSize: 1, batchIntervalMs: 10_000 }
    const world = await startEndpoint({ sockets: { '/a': RoomSocket(), '/b': RoomSocket() }, drainer })
    const [a, b] = [await clientsOf(world, 2, '/a/websocket'), await clientsOf(world, 2, '/b/websocket')]
    const codes = codesOf([...a, ...b])
    const stopping = Supervisor.stop(world.tree)
    await until(() => codes.length >= 2)
    t.equal(codes.length, 2, 'one of each')
    for (const client of [...a, ...b]) client.close()
    await until(() => codes.length === 4)
    await stopping
    t.equal(clock.now(), 0, 'no time passed')
  }),
)

t.test('when its time is up, the rest is told at once', (t) =>
  withRuntime(async ({ clock }) => {
    const drainer = { batchSize: 1, batchIntervalMs: 1000, shutdownMs: 1500 }
    const world = await startEndpoint({ sockets: { '/socket': RoomSocket() }, drainer })
    const codes = codesOf(await clientsOf(world, 5))
    const stopping = Supervisor.stop(world.tree)
    await until(() => codes.length >= 1)
    await clock.advance(1000)
    await until(() => codes.length >= 2)
    t.equal(codes.length, 2)
    await clock.advance(500)
    await stopping
    await until(() => codes.length === 5)
    t.same(codes, [1012, 1012, 1012, 1012, 1012])
    t.equal(clock.now(), 1500)
  }),
)

t.test('who is let in while it stops is told at once', (t) =>
  withRuntime(async () => {
    const [asked, answer] = [new Gate(), new Gate()]
    const connect = async () => {
      asked.open()
      await answer.opened
      return ok()
    }
    const socket = Socket.define({ channels: { 'room:*': testRoom() }, connect })
    const { port, tree } = await startEndpoint({ sockets: { '/socket': socket } })
    const opening = RawClient.open(port)
    await asked.opened
    const stopping = Supervisor.stop(tree)
    await settle()
    answer.open()
    t.equal(await (await opening).closed, 1012)
    await stopping
  }),
)

t.test('requests that are being answered are waited for, until the time is up', (t) =>
  withRuntime(async ({ clock }) => {
    const [asked, answer] = [new Gate(), new Gate()]
    const router = Router.define((route) => {
      route.get('/slow', async () => {
        asked.open()
        await answer.opened
        return text('answered')
      })
    })
    const first = await startEndpoint({ router })
    const answered = fetch(`http://127.0.0.1:${first.port}/slow`)
    await asked.opened
    const stopping = Supervisor.stop(first.tree)
    await clock.advance(10_000)
    answer.open()
    t.equal(await (await answered).text(), 'answered')
    await stopping
  }),
)

t.test('a listener that fails does not take its time', (t) =>
  withRuntime(async ({ clock }) => {
    const told = drains(t, 'failing')
    const drainer = { batchSize: 1, batchIntervalMs: 1000 }
    const world = await startEndpoint({ name: 'failing', sockets: { '/socket': RoomSocket() }, drainer })
    const codes = codesOf(await clientsOf(world, 3))
    exit(whereis('failing listener') as Pid, 'something broke')
    await until(() => codes.length === 3)
    t.same(codes, [1012, 1012, 1012])
    t.same([told, clock.now()], [[], 0])
  }),
)

// The portable server ends connections on which nothing is asked: who asks then is refused.
t.test('while it drains it is not ready, for who asks on a connection that is there', { skip: withoutUws }, (t) =>
  withRuntime(async ({ clock }) => {
    const options: EndpointOptions = {
      health: true,
      sockets: { '/socket': RoomSocket() },
      drainer: { batchSize: 1, batchIntervalMs: 1000 },
    }
    const { port, tree } = await startEndpoint(options)
    const codes = codesOf([await RawClient.open(port), await RawClient.open(port)])
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    const status = async () => {
      const [response] = await once(
        request({ port, host: '127.0.0.1', path: '/health/ready', agent }).end(),
        'response',
      )
      await response.toArray()
      return response.statusCode
    }
    t.equal(await status(), 200)
    const stopping = Supervisor.stop(tree)
    await until(() => codes.length === 1)
    t.equal(await status(), 503)
    await clock.advance(1000)
    await stopping
  }),
)

t.test('CH-029 a program that is told to end drains its clients, and ends within the limit', async (t) => {
  const door = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href)
  const program = `
    import { Application } from ${door('index.js')}
    import { Channel, ok, Socket } from ${door('channel/index.js')}
    import { Endpoint } from ${door('endpoint/index.js')}
    import { PubSub } from ${door('pubsub/index.js')}
    const Room = Channel.define({ join: () => ok() })
    const Web = Endpoint.define({
      port: 0, pubsub: 'app', checkOrigin: false,
      sockets: { '/socket': Socket.define({ channels: { 'room:*': Room } }) },
      drainer: { batchSize: 2, batchIntervalMs: 150, shutdownMs: 5000 },
    })
    const App = Application.define({ name: 'app', children: () => [PubSub.child({ name: 'app' }), Web] })
    const running = Application.run(App, { shutdownTimeoutMs: 8000 })
    const tell = async () => {
      try { console.log((await Web.serverInfo()).port) } catch { setTimeout(tell, 10) }
    }
    tell()
    await running
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const port = Number(line)
  const clients: RawClient[] = []
  for (let n = 0; n < 5; n++) clients.push(await RawClient.open(port))
  for (const client of clients.slice(0, 4)) await client.join('room:a')
  const times: number[] = []
  const codes = clients.map(async ({ closed }) => {
    const code = await closed
    times.push(performance.now())
    return code
  })
  const startedAt = performance.now()
  child.kill('SIGTERM')
  t.same(await Promise.all(codes), [1012, 1012, 1012, 1012, 1012])
  t.same(await ended, [0, null])
  const [first = 0, , , , last = 0] = times
  t.ok(last - first >= 250, `two pauses of 150 ms between first and last: ${last - first} ms`)
  t.ok(performance.now() - startedAt < 8000, 'within the limit')
})
