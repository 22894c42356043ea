import t, { type Test } from 'tap'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions, WebSocketOptions } from '../../src/endpoint/options.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { attach } from '../../src/telemetry/telemetry.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { startEndpoint, type TestEndpoint } from '../support/endpoint.ts'
import { RawClient, type RawFrame } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

/** An endpoint of that name with a small bound, a client that reads and one that does not, both in `room:a`. */
async function fastAndSlow(name: string, websocket: WebSocketOptions): Promise<TestEndpoint & Clients> {
  const socket = Socket.define({ module: 'RoomSocket', channels: { 'room:*': testRoom() } })
  const mount = { socket, websocket: { maxBufferedBytes: 200_000, ...websocket } }
  const world = await startEndpoint({ name, sockets: { '/socket': mount } })
  const [fast, slow] = [await RawClient.open(world.port), await RawClient.open(world.port)]
  for (const client of [fast, slow]) await client.join('room:a')
  slow.socket.pause()
  return { ...world, fast, slow }
}

interface Clients {
  readonly fast: RawClient
  readonly slow: RawClient
}

/** The back-pressure of an endpoint while the test runs, told by telemetry. */
function pressures(t: Test, endpoint: string): { policy: string; queuedBytes: number }[] {
  const told: { policy: string; queuedBytes: number }[] = []
  const attachment = attach(`pressure ${endpoint}`, 'beamish.transport.backpressure', (_event, measured, metadata) => {
    if (metadata.endpoint !== endpoint) return
    t.match([measured.count, metadata], [1, { transport: 'websocket', userSocket: 'RoomSocket', pid: Object }])
    told.push({ policy: metadata.policy, queuedBytes: measured.queuedBytes })
  })
  t.teardown(() => attachment.detach())
  return told
}

const PIECE = 'x'.repeat(40_000)

/** Broadcasts until it is so. @returns what the fast client got. */
async function broadcastUntil({ endpoint, fast }: TestEndpoint & Clients, isSo: () => boolean): Promise<RawFrame[]> {
  const got: RawFrame[] = []
  for (let n = 0; !isSo() && n < 1000; n++) {
    endpoint.broadcast('room:a', 'news', { n, PIECE })
    got.push(await fast.next())
  }
  return got
}

t.test('a client that does not read is cut off, comes to know, and no other waits for it', (t) =>
  withRuntime(async ({ runtime }) => {
    const told = pressures(t, 'cut off')
    const codes: number[] = []
    const attachment = attach('closed cut off', 'beamish.socket.closed', (_event, _measured, { endpoint, code }) => {
      if (endpoint === 'cut off') codes.push(code)
    })
    t.teardown(() => attachment.detach())
    const world = await fastAndSlow('cut off', {})
    const before = runtime.size
    const got = await broadcastUntil(world, () => codes.length > 0)
    t.same(
      got.map(([, , , , payload]) => (payload as { n: number }).n),
      Array.from({ length: got.length }, (_, n) => n),
      'the fast one has all of it, in order',
    )
    t.same(codes, [1013])
    t.equal(told.length, 1)
    t.match(told, [{ policy: 'close' }])
    t.ok((told[0]?.queuedBytes ?? 0) > 200_000)
    t.equal(runtime.size, before - 2, 'its processes are gone')
    world.slow.socket.resume()
    t.equal(await world.slow.closed, 1006)
  }),
)

t.test('an app may rather drop some events and coalesce others', (t) =>
  withRuntime(async () => {
    const told = pressures(t, 'drops')
    const world = await fastAndSlow('drops', {
      slowClient: ({ topic, event, payload }) => {
        t.equal(topic, 'room:a')
        return event === 'cursor' ? { coalesce: String((payload as { who: string }).who) } : 'drop'
      },
    })
    const { endpoint, fast, slow } = world
    await broadcastUntil(world, () => told.length >= 20)
    for (let x = 0; x < 50; x++) for (const who of ['ann', 'bob']) endpoint.broadcast('room:a', 'cursor', { who, x })
    await fast.take(100)
    t.same(new Set(told.map(({ policy }) => policy)), new Set(['drop', 'coalesce']))
    for (const { queuedBytes } of told) t.ok(queuedBytes <= 400_000, 'bounded')
    slow.socket.resume()
    const cursors: unknown[] = []
    while (cursors.length < 2) {
      const [, , , event, payload] = await slow.next()
      if (event === 'cursor') cursors.push(payload)
    }
    t.same(cursors, [
      { who: 'ann', x: 49 },
      { who: 'bob', x: 49 },
    ])
    endpoint.broadcast('room:a', 'after', {})
    t.equal((await slow.next())[3], 'after', 'it takes part again')
  }),
)

t.test('a function that fails is reported, and cuts the client off', (t) =>
  withRuntime(async ({ reports }) => {
    const world = await fastAndSlow('fails', {
      slowClient: () => {
        throw new Error('a mistake')
      },
    })
    const failed = () => reports.filter(({ type }) => type === 'requestFailed')
    await broadcastUntil(world, () => failed().length > 0)
    await settle()
    t.match(failed(), [{ level: 'error', endpoint: 'fails', path: '/socket/websocket' }])
    world.slow.socket.resume()
    t.equal(await world.slow.closed, 1006)
    t.same((await world.fast.rest()).length, 0)
  }),
)

t.test('options are checked at once', async (t) => {
  const define = (slowClient: unknown) => {
    const socket = Socket.define({ channels: {} })
    const options = { sockets: { '/socket': { socket, websocket: { slowClient } } } } as EndpointOptions
    return () => Endpoint.define(options)
  }
  t.throws(define('sometimes'), { code: 'BEAMISH_BAD_ARGUMENT', message: /slowClient/ })
  t.throws(define({ coalesce: 'x' }), { code: 'BEAMISH_BAD_ARGUMENT', message: /a function of the message/ })
})
