import { Supervisor } from 'beamish'
import { type AnyAssigns, Channel, type ChannelSocket, type Ok, ok, reply, Socket } from 'beamish/channel'
import { Endpoint } from 'beamish/endpoint'
import { Presence, PubSub } from 'beamish/pubsub'
import { digits, ECHO, EVENT, MARK, paddingFor, TOPIC, v2Frame } from '../payload.ts'
import { type FanoutServer, serve } from './server.ts'

// Beamish, through its doors: an endpoint, a user socket, a channel process for each client. With `node` among its arguments on
// the portable server; with `presence` each channel is tracked before it lets its client in.

const PUBSUB = 'bench'
/** So long that no client of the load must send heartbeats: the other servers get none either. */
const SILENCE_MS = 3_600_000

const ADAPTER = process.argv.includes('node') ? 'node' : 'uws'
const TRACKS = process.argv.includes('presence')

let connections = 0
let clients = 0
let encodes = 0

const BenchPresence = Presence.define({ name: 'bench presence', pubsub: PUBSUB })

/** Of nobody: to tell every client of every other one would measure broadcasts, and those have questions of their own. */
const TRACKED = 'tracked'

function join(): Ok {
  connections++
  return ok()
}

async function joinTracked(_topic: string, _params: unknown, socket: ChannelSocket<AnyAssigns>): Promise<Ok> {
  await BenchPresence.track(socket.channelPid, TRACKED, clients++, { online: true })
  return join()
}

const FanoutChannel = Channel.define({
  module: 'FanoutChannel',
  join: TRACKS ? joinTracked : join,
  handleIn: { [ECHO]: (payload) => reply(payload) },
  terminate: () => {
    connections--
  },
})

const UserSocket = Socket.define({ module: 'UserSocket', channels: { 'b:*': FanoutChannel } })

const BenchEndpoint = Endpoint.define({
  name: 'bench',
  port: 0,
  pubsub: PUBSUB,
  adapter: ADAPTER,
  sockets: { '/socket': { socket: UserSocket, websocket: { timeoutMs: SILENCE_MS } } },
})

/** A payload that counts how often it is encoded: every serializer asks for its JSON form, once. */
class CountedPayload {
  private readonly s: string
  private readonly x: string

  constructor(sequence: number, padding: string) {
    this.s = MARK + digits(sequence)
    this.x = padding
  }

  toJSON(): object {
    encodes++
    return { s: this.s, x: this.x }
  }
}

async function start(): Promise<FanoutServer> {
  const tracker = TRACKS ? [BenchPresence] : []
  await Supervisor.startLink([PubSub.child({ name: PUBSUB }), ...tracker, BenchEndpoint], { strategy: 'restForOne' })
  const { port } = await BenchEndpoint.serverInfo()
  let padding = ''
  return {
    port,
    prepare: (bytes) => {
      padding = paddingFor(bytes, v2Frame)
    },
    broadcast: (sequence) => {
      BenchEndpoint.broadcast(TOPIC, EVENT, new CountedPayload(sequence, padding))
    },
    connections: () => connections,
    encodes: () => encodes,
  }
}

await serve(start)
