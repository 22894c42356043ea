import type { Connection, Publisher } from '../channel/connection.ts'
import type { HttpReply, HttpRequest } from '../http/message.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { TlsOptions } from './options.ts'
import type { PathPattern } from './path-pattern.ts'

export type { HttpReply, HttpRequest } from '../http/message.ts'

/**
 * An answer on its way.
 * @returns false, and does nothing, when it is the second one or the client has gone.
 */
export type Respond = (reply: HttpReply) => boolean

/** What came of reading the body of a request: all of it, or why not. */
export type Body = Uint8Array | 'tooLarge' | 'gone'

/** A request with its connection, while it waits for the answer. */
export interface IncomingRequest extends HttpRequest {
  /** 0 where the server cannot tell. */
  readonly remotePort: number
  /** Whether it came over TLS. */
  readonly isSecure: boolean
  /** Reads the whole body; asked once. A longer one than `maxBytes` is not kept. */
  body(maxBytes: number): Promise<Body>
  /** Calls back, once, when the client goes before it got its answer. */
  onGone(callback: () => void): void
}

/** A request to become a WebSocket. Answered once, by either method; to a client that has gone both do nothing. */
export interface Upgrade {
  readonly request: Omit<IncomingRequest, 'body' | 'onGone'>
  /**
   * @param subprotocol - what the client is told of its offers; `undefined`: nothing.
   * @returns the open connection; `undefined` when the client has gone.
   */
  accept(receiver: FrameReceiver, subprotocol: string | undefined): Connection | undefined
  readonly refuse: Respond
}

/** A path where clients may become WebSockets. */
export interface WebSocketRoute {
  readonly path: PathPattern
  /** A longer message closes its connection. */
  readonly maxFrameBytes: number
  /** Whether permessage-deflate is accepted. */
  readonly compress: boolean
  /** A client that has more bytes than this waiting is closed. */
  readonly maxBufferedBytes: number
  /** A client asks; called outside any process. */
  upgrade(upgrade: Upgrade): void
}

/** What a server is started with. */
export interface ServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly webSockets: readonly WebSocketRoute[]
  readonly tls: TlsOptions | undefined
  /** Every other request; called outside any process. */
  request(request: IncomingRequest, respond: Respond): void
}

/** A server that listens. */
export interface RunningServer extends Publisher {
  readonly port: number
  /** Accepts no new connections; those that are there go on. */
  stopAccepting(): void
  /** Closes everything at once. */
  close(): void
}

/**
 * A kind of server. Each passes the same contract; the endpoint knows no more of any of them than this.
 * @returns rejects when the port is taken.
 */
export interface ServerAdapter {
  readonly name: string
  start(options: ServerOptions): Promise<RunningServer>
}
