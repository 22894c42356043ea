import type { Connection, Publisher } from '../channel/connection.ts'
import type { HttpReply, HttpRequest } from '../http/message.ts'
import type { FrameReceiver } from '../socket/transport.ts'

export type { HttpReply, HttpRequest } from '../http/message.ts'

/** An answer on its way. A second one, and one to a client that has gone, does nothing. */
export type Respond = (reply: HttpReply) => void

/** A request to become a WebSocket. Answered once, by either method; to a client that has gone both do nothing. */
export interface Upgrade {
  readonly request: HttpRequest
  /** @returns the open connection; `undefined` when the client has gone. */
  accept(receiver: FrameReceiver): Connection | undefined
  readonly refuse: Respond
}

/** A path where clients may become WebSockets. */
export interface WebSocketRoute {
  readonly path: string
  /** A longer message closes its connection. */
  readonly maxFrameBytes: number
  /** A client asks; called outside any process. */
  upgrade(upgrade: Upgrade): void
}

/** What a server is started with. */
export interface ServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly webSockets: readonly WebSocketRoute[]
  /** Every other request; called outside any process. */
  request(request: HttpRequest, respond: Respond): void
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
