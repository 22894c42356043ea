import t from 'tap'
import { ok } from '../../src/channel/result.ts'
import { shutdown } from '../../src/core/reason.ts'
import type { ServerAdapter, Upgrade, WebSocketRoute } from '../../src/endpoint/adapter.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { exit, type Pid, Supervisor, self, whereis } from '../../src/index.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { serverAdapters } from '../support/adapters.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { RawClient, refusedUpgrade } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

const RoomSocket = () => Socket.define({ channels: { 'room:*': testRoom() } })

const get = (port: number, path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)

t.test('each mount has its own user socket, and what is no mount is not found', (t) =>
  withRuntime(async () => {
    const named = (name: string) => Socket.define({ channels: { 'room:*': testRoom({ join: () => ok({ name }) }) } })
    const { port } = await startEndpoint({ sockets: { '/socket': named('one'), '/limited': named('two') } })
    for (const [path, name] of [
      ['/socket', 'one'],
      ['/limited', 'two'],
    ]) {
      const client = await RawClient.open(port, `${path}/websocket`)
      t.match((await client.join('room:a'))[4], { response: { name } })
    }
    t.equal((await get(port, '/socket/elsewhere')).status, 404)
    t.same(await refusedUpgrade(port, '/socket/elsewhere?vsn=2.0.0'), [404, 'Not found'])
  }),
)

t.test('a version that nobody speaks is refused before connect is called', (t) =>
  withRuntime(async () => {
    let calls = 0
    const connect = () => {
      calls++
      return ok()
    }
    const socket = Socket.define({ channels: { 'room:*': testRoom() }, connect })
    const { port } = await startEndpoint({ sockets: { '/socket': socket } })
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=123.1.1'), [403, ''])
    t.equal(calls, 0)
  }),
)

t.test('CH-004 a vsn that is no version is refused, and nothing crashes', (t) =>
  withRuntime(async ({ reports }) => {
    const { port } = await startEndpoint({ sockets: { '/socket': RoomSocket() } })
    for (const query of ['vsn[]=2.0.0', 'vsn=', 'vsn=2']) {
      t.same(await refusedUpgrade(port, `/socket/websocket?${query}`), [403, ''], query)
    }
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&a=%zz'), [400, ''])
    t.equal(reports.filter(({ level }) => level === 'error').length, 0)
  }),
)

t.test('a plain GET is told which header is missing', (t) =>
  withRuntime(async () => {
    const { port } = await startEndpoint({ sockets: { '/socket': RoomSocket() } })
    const plain = await get(port, '/socket/websocket?vsn=2.0.0')
    t.same([plain.status, await plain.text()], [400, "expected the header 'connection: upgrade'"])
    t.equal((await get(port, '/socket/websocket?vsn=2.0.0', { method: 'POST' })).status, 400)
  }),
)

t.test('a foreign page is refused, by default any but those of the host of the endpoint; a mount may differ', (t) =>
  withRuntime(async () => {
    const socket = RoomSocket()
    const open = { socket, checkOrigin: false } as const
    const { port } = await startEndpoint({ checkOrigin: true, sockets: { '/socket': socket, '/open': open } })
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0', { origin: 'http://evil.example' }), [403, ''])
    await RawClient.open(port, '/socket/websocket', { origin: `http://localhost:${port}` })
    await RawClient.open(port, '/socket/websocket')
    await RawClient.open(port, '/open/websocket', { origin: 'http://evil.example' })
  }),
)

t.test('a frame that is too big closes its connection, and the server goes on', (t) =>
  withRuntime(async () => {
    const { port } = await startEndpoint({
      sockets: { '/socket': { socket: RoomSocket(), websocket: { maxFrameBytes: 1000 } } },
    })
    const [big, other] = [await RawClient.open(port), await RawClient.open(port)]
    big.socket.send('x'.repeat(1001))
    t.ok([1006, 1009].includes(await big.closed))
    t.equal((await other.join('room:a'))[3], 'phx_reply')
  }),
)

t.test('files are served beside the sockets', (t) =>
  withRuntime(async () => {
    const pages = t.testdir({ 'index.html': '<p>hi', big: 'x'.repeat(3_000_000) })
    const { port } = await startEndpoint({ sockets: { '/socket': RoomSocket() }, static: { '/': pages } })
    const page = await get(port, '/')
    t.same(
      [page.status, page.headers.get('content-type'), await page.text()],
      [200, 'text/html; charset=utf-8', '<p>hi'],
    )
    t.equal((await (await get(port, '/big')).text()).length, 3_000_000)
    const head = await get(port, '/big', { method: 'HEAD' })
    t.same([head.status, head.headers.get('content-length')], [200, '3000000'])
    t.equal((await get(port, '/..%2fpackage.json')).status, 404)
  }),
)

t.test('a client that comes in the moment in which the server starts is served like any other', (t) =>
  withRuntime(async () => {
    const [native] = (await serverAdapters()) as [ServerAdapter] // there is one everywhere
    const early = new Gate()
    let opening: Promise<RawClient> | undefined
    // The server is up, and the endpoint does not know it yet.
    const adapter: ServerAdapter = {
      name: 'slow to tell',
      start: async (options) => {
        const [route] = options.webSockets as [WebSocketRoute]
        const upgrade = (asked: Upgrade): void => {
          route.upgrade(asked)
          early.open()
        }
        const server = await native.start({ ...options, webSockets: [{ ...route, upgrade }] })
        opening = RawClient.open(server.port)
        await early.opened
        return server
      },
    }
    const { endpoint } = await startEndpoint({ adapter, sockets: { '/socket': RoomSocket() } })
    const client = (await opening) as RawClient
    await client.join('room:a')
    endpoint.broadcast('room:a', 'news', {})
    t.same(await client.next(), [null, null, 'room:a', 'news', {}])
  }),
)

// ── Start and stop ───────────────────────────────────────────────────────────────────────────────────────────────────

t.test('a port that is taken refuses the start and says so', (t) =>
  withRuntime(async () => {
    const { port } = await startEndpoint({})
    const second = Endpoint.define({ name: 'second', port })
    await t.rejects(Supervisor.start([second.child()]), { code: 'BEAMISH_START_REFUSED', message: /BEAMISH_LISTEN/ })
  }),
)

t.test('when it stops, clients are told to come back elsewhere, channels end, and nobody listens any more', (t) =>
  withRuntime(async () => {
    const ends: unknown[] = []
    const room = testRoom({ terminate: (reason) => void ends.push(reason) })
    const socket = Socket.define({ channels: { 'room:*': room } })
    const { port, tree } = await startEndpoint({ sockets: { '/socket': socket } })
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.open(port)))
    for (const client of clients.slice(1)) await client.join('room:a') // one has no channel
    const closed = Promise.all(clients.map((client) => client.closed))
    await Supervisor.stop(tree)
    t.same(await closed, [1012, 1012, 1012])
    t.same(ends, [shutdown('draining'), shutdown('draining')])
    await t.rejects(get(port, '/'))
  }),
)

t.test('a listener that is killed takes its connections along, and the next one listens anew', (t) =>
  withRuntime(async ({ runtime }) => {
    const { port, endpoint } = await startEndpoint({ sockets: { '/socket': RoomSocket() } })
    const client = await RawClient.open(port)
    await client.join('room:a')
    exit(whereis('endpoint listener') as Pid, 'kill')
    t.equal(await client.closed, 1006)
    await settle()
    await t.rejects(get(port, '/'))
    const info = await endpoint.serverInfo()
    const again = await RawClient.open(info.port)
    const before = runtime.size
    t.equal((await again.join('room:a'))[3], 'phx_reply')
    endpoint.broadcast('room:a', 'news', {})
    t.equal((await again.next())[3], 'news')
    t.equal(runtime.size, before + 1)
  }),
)

t.test('a PubSub that fails takes the connections along, and what comes after works', (t) =>
  withRuntime(async () => {
    const { port, endpoint, tree } = await startEndpoint({ sockets: { '/socket': RoomSocket() } })
    const client = await RawClient.open(port)
    await client.join('room:a')
    const pubsub = (await Supervisor.whichChildren(tree)).find(({ id }) => id === 'test')?.child as Pid
    exit(pubsub, 'kill')
    await client.closed
    await settle()
    const again = await RawClient.open((await endpoint.serverInfo()).port)
    await again.join('room:a')
    endpoint.broadcast('room:a', 'news', { n: 1 })
    t.same(await again.rest(), [[null, null, 'room:a', 'news', { n: 1 }]], 'once')
  }),
)

t.test('clients that come and go leave no lane behind', (t) =>
  withRuntime(async ({ runtime }) => {
    const { port, endpoint } = await startEndpoint({ sockets: { '/socket': RoomSocket() } })
    const watcher = await RawClient.open(port)
    await settle()
    const before = runtime.size
    for (let round = 0; round < 3; round++) {
      const client = await RawClient.open(port)
      await client.join('room:a')
      await client.join('room:b', '2')
      client.send('1', '3', 'room:a', 'phx_leave', {})
      await client.rest()
      client.close()
      await client.closed
      await settle()
    }
    t.equal(runtime.size, before)
    await watcher.join('room:a')
    endpoint.broadcast('room:a', 'news', {})
    t.same(await watcher.rest(), [[null, null, 'room:a', 'news', {}]], 'once')
  }),
)

t.test('endpoint subscribe gives broadcasts to any process', (t) =>
  withRuntime(async () => {
    const { endpoint } = await startEndpoint({})
    endpoint.subscribe('news')
    endpoint.broadcast('news', 'flash', { n: 1 })
    endpoint.broadcastFrom(self(), 'news', 'flash', { n: 2 })
    const { receive } = await import('../../src/index.ts')
    t.match(await receive(), { topic: 'news', event: 'flash', payload: { n: 1 } })
    endpoint.unsubscribe('news')
    endpoint.broadcast('news', 'flash', { n: 3 })
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('options are checked at once', async (t) => {
  const LobbyChannel = testRoom()
  const bad: [object, RegExp][] = [
    [{ prot: 1 }, /got "prot"/],
    [{ port: -1 }, /port/],
    [{ port: '4000' }, /port from 0 to 65535, got "4000". .*Number\(…\)/],
    [{ secretKeyBase: 'short' }, /at least \d+ bytes, got "5 bytes"/],
    [{ secretKeyBase: String(undefined) }, /a variable that is not set/],
    [{ sockets: { socket: RoomSocket() } }, /begin with/],
    [{ sockets: { '/socket': { socket: {} } } }, /Socket\.define/],
    [
      { sockets: { '/socket': LobbyChannel } },
      /sockets \/socket expects Socket\.define.*A channel is joined on a socket/,
    ],
    [{ sockets: { '/socket': { socket: LobbyChannel } } }, /A channel is joined on a socket/],
    [{ sockets: { '/socket': { socket: RoomSocket(), maxChanels: 1 } } }, /maxChanels/],
    [{ checkOrigin: ['example.com'] }, /host/],
    [{ static: { assets: 'x' } }, /begin with/],
  ]
  for (const [options, message] of bad) {
    t.throws(() => Endpoint.define(options as EndpointOptions), { code: 'BEAMISH_BAD_ARGUMENT', message })
  }
})
