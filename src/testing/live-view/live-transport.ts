import type { Connection } from '../../channel/connection.ts'
import type { RouteFinder, StaticFinder } from '../../channel/joinable.ts'
import { actingProcess } from '../../runtime/current.ts'
import type { SocketContext } from '../../socket/connection-process.ts'
import type { ConnectInfo, FrameReceiver, Params, Refusal } from '../../socket/transport.ts'
import type { SocketModule } from '../../socket/user-socket.ts'
import type { KeyBase } from '../../token/key-base.ts'
import type { Frame } from '../../wire/serializer.ts'
import { v2Json } from '../../wire/v2-json.ts'
import { HeldRequest } from '../held-request.ts'

// The connection of a page without a socket or a port: frames as they would be on the wire, handed over.

/** A message of the server, as it came: `[join_ref, ref, topic, event, payload]`. */
export type WireMessage = readonly [
  joinRef: string | null,
  ref: string | null,
  topic: string,
  event: string,
  // biome-ignore lint/suspicious/noExplicitAny: whoever asked knows what it asked for
  payload: any,
]

/** What a page's connection is made with. */
export interface LiveConnectOptions {
  readonly socket: SocketModule
  readonly endpoint: string
  readonly pubsub: string | undefined
  readonly router: RouteFinder
  readonly secretKeyBase: KeyBase | undefined
  readonly staticFiles: StaticFinder | undefined
  readonly params: Params
  readonly info: ConnectInfo
  /** A message came. Called by whatever process sent it: it must not throw. */
  received(message: WireMessage): void
  /** The connection is over. */
  closed(code: number): void
}

/** The names of the two supervisors of a test's connections. */
export function supervisorNames(endpoint: string): { readonly sockets: string; readonly channels: string } {
  return { sockets: `${endpoint} live sockets`, channels: `${endpoint} live channels` }
}

/** One page's connection. */
export class LiveConnection implements Connection {
  isOpen = true
  readonly receiver: FrameReceiver
  private readonly options: LiveConnectOptions

  constructor(receiver: FrameReceiver, options: LiveConnectOptions) {
    this.receiver = receiver
    this.options = options
  }

  /** The page sends a message. */
  transmit(message: WireMessage): void {
    if (this.isOpen) this.receiver.frame(JSON.stringify(message))
  }

  /** The page sends bytes. */
  transmitBytes(frame: Uint8Array): void {
    if (this.isOpen) this.receiver.frame(frame)
  }

  send(frame: Frame): void {
    if (this.isOpen) this.options.received(JSON.parse(String(frame)) as WireMessage) // as V2 JSON writes it
  }

  // Live views have no broadcasts; channels beside them are ChannelTest's.
  subscribe(): void {}
  unsubscribe(): void {}
  publish(): void {}

  close(code: number): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.options.closed(code)
    this.receiver.closed(code)
  }
}

/** Connects a page. @returns the connection, or why there is none. */
export async function connectLive(options: LiveConnectOptions): Promise<LiveConnection | Refusal> {
  const watcher = actingProcess()
  const { endpoint, pubsub, router, staticFiles, secretKeyBase } = options
  const { sockets, channels } = supervisorNames(endpoint)
  const context: SocketContext = {
    endpoint,
    pubsub,
    router,
    staticFiles,
    fastlane: undefined,
    channels,
    secretKeyBase: () => secretKeyBase,
    log: 'info',
    timeoutMs: 'infinity',
    maxChannels: 100,
    maxMessagesPerSecond: 'infinity',
  }
  const { params, info, socket } = options
  const asking = { transport: 'websocket', vsn: '2.0.0', serializer: v2Json, params, info } as const
  const request = new HeldRequest(asking, (receiver) => new LiveConnection(receiver, options))
  return request.answerBy(sockets, socket.specFor({ request, context }), watcher)
}
