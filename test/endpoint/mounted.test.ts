import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import WebSocket, { WebSocketServer } from 'ws'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { node } from '../../src/endpoint/node.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { type Pid, Supervisor } from '../../src/index.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { RawClient, refusedUpgrade } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

const RoomSocket = () => Socket.define({ channels: { 'room:*': testRoom() } })

/** A server with pages of its own; it reads what it is sent. */
function ownServer(): Server {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.setHeader('x-own', 'yes')
    response.end(`own ${request.method} ${request.url} ${Buffer.concat(chunks)}`)
  })
}

async function listening(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** Starts an endpoint within a server that listens, or soon will. */
async function mount(server: Server, options: EndpointOptions = {}): Promise<Pid> {
  const endpoint = Endpoint.define({
    adapter: node({ server }),
    pubsub: 'test',
    checkOrigin: false,
    sockets: { '/socket': RoomSocket() },
    ...options,
  })
  return await Supervisor.start([PubSub.child({ name: 'test' }), endpoint.child()])
}

const get = async (port: number, path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  return [response.status, await response.text()]
}

t.test('an endpoint in a server that is there answers what is its own, and leaves the rest alone', (t) =>
  withRuntime(async () => {
    const server = ownServer()
    const port = await listening(t, server)
    const pages = t.testdir({ 'index.html': '<p>ours', 'app.js': 'ours' })
    await mount(server, { static: { '/': pages } })
    t.same(await get(port, '/app.js'), [200, 'ours'])
    t.same(await get(port, '/nowhere'), [200, 'own GET /nowhere '])
    t.same(await get(port, '/post', { method: 'POST', body: 'a body' }), [200, 'own POST /post a body'])
    t.same(await get(port, '/socket/websocket?vsn=2.0.0'), [400, "expected the header 'connection: upgrade'"])
    const client = await RawClient.open(port)
    t.equal((await client.join('room:a'))[3], 'phx_reply')
    client.close()
  }),
)

t.test('upgrades on other paths go to whoever else takes them', (t) =>
  withRuntime(async () => {
    const server = ownServer()
    const own = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/own') own.handleUpgrade(request, socket, head, (client) => client.send('own socket'))
    })
    const port = await listening(t, server)
    await mount(server)
    const theirs = new WebSocket(`ws://127.0.0.1:${port}/own`)
    t.equal(String((await once(theirs, 'message'))[0]), 'own socket')
    theirs.terminate()
    const ours = await RawClient.open(port)
    t.equal((await ours.join('room:a'))[3], 'phx_reply')
    ours.close()
  }),
)

t.test('an upgrade that nobody takes is a request, as it was without us', (t) =>
  withRuntime(async () => {
    const server = ownServer()
    const port = await listening(t, server)
    await mount(server)
    t.same(await refusedUpgrade(port, '/elsewhere'), [200, 'own GET /elsewhere '])
    const headers = { connection: 'upgrade, http2-settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }
    const [response] = await once(httpRequest({ port, host: '127.0.0.1', path: '/h2c', headers }).end(), 'response')
    t.equal(String(await response.toArray()), 'own GET /h2c ')
  }),
)

t.test('who listens to no requests gets a 404 from us for what is not ours', (t) =>
  withRuntime(async () => {
    const server = createServer()
    const port = await listening(t, server)
    await mount(server)
    t.same(await get(port, '/'), [404, 'Not found'])
  }),
)

t.test('it may start before the server listens, and tells its port when that does', (t) =>
  withRuntime(async () => {
    const server = ownServer()
    await mount(server, { name: 'early' })
    const Early = Endpoint.define({ name: 'early' })
    t.match(await Early.serverInfo(), { port: 0, adapter: 'node' })
    t.equal(Early.url(), 'http://localhost')
    const port = await listening(t, server)
    t.match(await Early.serverInfo(), { port, adapter: 'node' })
    t.equal(Early.url(), `http://localhost:${port}`)
    const client = await RawClient.open(port)
    t.equal((await client.join('room:a'))[3], 'phx_reply')
    client.close()
  }),
)

t.test('when it stops, its clients are told, its paths are theirs again, and the server goes on', (t) =>
  withRuntime(async () => {
    const server = ownServer()
    const port = await listening(t, server)
    const tree = await mount(server)
    const client = await RawClient.open(port)
    await client.join('room:a')
    await Supervisor.stop(tree)
    t.equal(await client.closed, 1012)
    t.same(await get(port, '/after'), [200, 'own GET /after '])
    t.same(await refusedUpgrade(port, '/socket/websocket'), [200, 'own GET /socket/websocket '])
    t.equal(server.listenerCount('upgrade'), 0)
    await mount(server)
    const again = await RawClient.open(port)
    t.equal((await again.join('room:a'))[3], 'phx_reply')
    again.close()
  }),
)

t.test('two endpoints may share a server', (t) =>
  withRuntime(async () => {
    const server = ownServer()
    const port = await listening(t, server)
    const first = await mount(server, { name: 'first', static: { '/first': t.testdir({ a: 'first' }) } })
    const second = Endpoint.define({ name: 'second', adapter: node({ server }), sockets: { '/other': RoomSocket() } })
    await Supervisor.start([second.child()])
    t.same(await get(port, '/first/a'), [200, 'first'])
    t.same(await get(port, '/neither'), [200, 'own GET /neither '])
    for (const path of ['/socket/websocket', '/other/websocket']) (await RawClient.open(port, path)).close()
    t.same(await refusedUpgrade(port, '/neither'), [200, 'own GET /neither '])
    await Supervisor.stop(first)
    t.same(await get(port, '/first/a'), [200, 'own GET /first/a '])
    t.same(await refusedUpgrade(port, '/socket/websocket'), [200, 'own GET /socket/websocket '])
    ;(await RawClient.open(port, '/other/websocket')).close()
  }),
)

t.test('what is no server is refused at once', async (t) => {
  t.throws(() => node({ server: {} as Server }), { code: 'BEAMISH_BAD_ARGUMENT', message: /http\.Server/ })
  t.throws(() => node({ servr: 1 } as object), { code: 'BEAMISH_BAD_ARGUMENT', message: /servr/ })
})
