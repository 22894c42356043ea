import type { Connection, Publisher } from '../channel/connection.ts'
import { BeamishError } from '../core/errors.ts'
import type { HttpReply, HttpRequest } from '../http/message.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Overflow, SlowClientOption } from './backlog.ts'
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

/** What is known of a request from its first lines. */
export interface RequestHead extends HttpRequest {
  /** 0 where the server cannot tell. */
  readonly remotePort: number
  /** Whether it came over TLS. */
  readonly isSecure: boolean
}

/** A request with its connection, while it waits for the answer. */
export interface IncomingRequest extends RequestHead {
  /** Reads the whole body; asked once. A longer one than `maxBytes` is not kept. */
  body(maxBytes: number): Promise<Body>
  /** Calls back, once, when the client goes before it got its answer. */
  onGone(callback: () => void): void
  /** Leaves the request to whoever else listens on the same server. `undefined` where nobody does. */
  readonly pass?: () => void
}

/** A request to become a WebSocket. Answered once, by either method; to a client that has gone both do nothing. */
export interface Upgrade {
  readonly request: RequestHead
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
  /** A client that has more bytes than this waiting is slow. */
  readonly maxBufferedBytes: number
  /** What becomes of messages for a slow client. */
  readonly slowClient: SlowClientOption
  /** A client was too slow for a message; called outside any process. */
  overflowed(overflow: Overflow, receiver: FrameReceiver): void
  /** The app's function for slow clients failed. */
  failed(error: unknown): void
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
  /** A callback threw: the client has got a 500. Or the body of an answer failed half-way: the connection was broken. */
  failed(error: unknown, request: RequestHead): void
}

/** A server that listens. */
export interface RunningServer extends Publisher {
  /** 0 while the server of somebody else does not listen yet, and for a pipe. */
  readonly port: number
  /** Accepts no new connections; those that are there go on. */
  stopAccepting(): void
  /** Closes everything at once. */
  close(): void
}

/** A kind of server. Each passes the same contract; the endpoint knows no more of any of them than this. */
export interface ServerAdapter {
  readonly name: string
  /** @throws {BeamishError} `BEAMISH_LISTEN` when the port is taken · `BEAMISH_TLS` when key or certificate is no good. */
  start(options: ServerOptions): Promise<RunningServer>
}

const OTHER_PORT = 'Choose another port (0 takes any that is free), or stop the program that has this one.'

/** What `BEAMISH_LISTEN` says. */
export function cannotListen({ host, port }: Pick<ServerOptions, 'host' | 'port'>, cause?: unknown): BeamishError {
  const why = cause instanceof Error ? cause.message : 'it is in use, or not ours to use'
  return new BeamishError('BEAMISH_LISTEN', `cannot listen on ${host} port ${port}: ${why}. ${OTHER_PORT}`, { cause })
}

/** What `BEAMISH_TLS` says. */
export function cannotSecure({ keyFile, certFile }: TlsOptions, cause: unknown): BeamishError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const files = `the key ${keyFile} and the certificate ${certFile}`
  return new BeamishError('BEAMISH_TLS', `cannot use ${files}: ${why}. Both are PEM files and belong together.`, {
    cause,
  })
}
