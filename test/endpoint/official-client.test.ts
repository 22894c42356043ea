import t, { type Test } from 'tap'
import { ok } from '../../src/channel/result.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { Supervisor } from '../../src/index.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { attach } from '../../src/telemetry/telemetry.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { ADAPTERS, type AdapterName } from '../support/adapters.ts'
import { freePort } from '../support/free-port.ts'
import { Gate } from '../support/gate.ts'
import { answerOf, joined, phoenixClient } from '../support/phoenix-client.ts'
import { RawClient } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

// What a server does to clients, as the official one sees it; on both servers.

const QUICK = { rejoinAfterMs: () => 5, reconnectAfterMs: () => 5 }

function onBoth(t: Test, body: (t: Test, adapter: AdapterName) => Promise<void>): void {
  for (const adapter of ADAPTERS) t.test(`with ${adapter}`, (t) => withRuntime(() => body(t, adapter)))
  t.end()
}

/** An endpoint whose room opens a gate at each join. */
function gatedEndpoint(joins: readonly Gate[], options: EndpointOptions) {
  let count = 0
  const join = () => {
    joins[count++]?.open()
    return ok()
  }
  const socket = Socket.define({ channels: { 'room:*': testRoom({ join }) } })
  return Endpoint.define({
    pubsub: 'test',
    port: 0,
    checkOrigin: false,
    sockets: { '/socket': { socket, websocket: { maxFrameBytes: 10_000 } } },
    ...options,
  })
}

t.test('CH-025 the official client whose frame was too big reconnects and joins again', (t) =>
  onBoth(t, async (t, adapter) => {
    const joins = [new Gate(), new Gate()]
    const endpoint = gatedEndpoint(joins, { adapter })
    await Supervisor.start([PubSub.child({ name: 'test' }), endpoint.child()])
    const { port } = await endpoint.serverInfo()
    const socket = phoenixClient(t, port, QUICK)
    const codes: number[] = []
    socket.onClose(({ code }) => void codes.push(code))
    const [channel, other] = [await joined(socket, 'room:a'), await RawClient.open(port)]
    channel.push('echo', { fill: 'x'.repeat(10_000) })
    await joins[1]?.opened
    t.ok([1006, 1009].includes(codes[0] ?? 0), `closed with ${codes}`)
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
    t.equal((await other.join('room:a'))[3], 'phx_reply', 'nobody else noticed')
    other.close()
  }),
)

t.test('CH-029 the official client that was drained comes back to the next server, and joins again', (t) =>
  onBoth(t, async (t, adapter) => {
    const joins = [new Gate(), new Gate()]
    const endpoint = gatedEndpoint(joins, { adapter, port: await freePort() })
    await PubSub.startLink({ name: 'test' })
    const first = await Supervisor.start([endpoint.child()])
    const { port } = await endpoint.serverInfo()
    const socket = phoenixClient(t, port, QUICK)
    const codes: number[] = []
    socket.onClose(({ code }) => void codes.push(code))
    const channel = await joined(socket, 'room:a')
    await Supervisor.stop(first)
    await Supervisor.start([endpoint.child()])
    await joins[1]?.opened
    t.equal(codes[0], 1012)
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
  }),
)

t.test('CH-024 of a malformed frame telemetry says why', (t) =>
  onBoth(t, async (t, adapter) => {
    const name = `malformed ${adapter}`
    const endpoint = gatedEndpoint([], { adapter, name })
    await Supervisor.start([PubSub.child({ name: 'test' }), endpoint.child()])
    const told: unknown[] = []
    const attachment = attach(name, 'beamish.socket.malformed', (_event, { count }, { endpoint, error }) => {
      if (endpoint === name) told.push([count, (error as { code: string }).code])
    })
    t.teardown(() => attachment.detach())
    const client = await RawClient.open((await endpoint.serverInfo()).port)
    client.socket.send('{}')
    t.equal(await client.closed, 1011)
    t.same(told, [[1, 'BEAMISH_INVALID_MESSAGE']])
  }),
)
