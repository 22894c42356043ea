import { Supervisor } from 'beamish'
import { Channel, ok, reply, Socket } from 'beamish/channel'
import { Endpoint } from 'beamish/endpoint'
import { PubSub } from 'beamish/pubsub'
import { digits, ECHO, EVENT, MARK, paddingFor, TOPIC, v2Frame } from '../payload.ts'
import { type FanoutServer, serve } from './server.ts'

// Beamish, through its doors: an endpoint, a user socket, a channel process for each client.

const PUBSUB = 'bench'
/** So long that no client of the load must send heartbeats: the other servers get none either. */
const SILENCE_MS = 3_600_000

let connections = 0
let encodes = 0

const FanoutChannel = Channel.define({
  module: 'FanoutChannel',
  join: () => {
    connections++
    return ok()
  },
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
  await Supervisor.startLink([PubSub.child({ name: PUBSUB }), BenchEndpoint], { strategy: 'restForOne' })
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
