import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { Pid } from '../core/pid.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'

/** What a client said in its query: strings, and maps and lists of them (`a[b]=1`, `l[]=1`). */
export type Param = string | readonly Param[] | { readonly [key: string]: Param }
/** The parameters of a connection, by name. */
export type Params = { readonly [key: string]: Param }

/** What is known of a connection beside its params, for `connect`. */
export interface ConnectInfo {
  /** The address of the peer, as text. */
  readonly remoteAddress: string
  readonly userAgent: string | null
  /** Every request header whose name starts with `x-`. */
  readonly xHeaders: Readonly<Record<string, string>>
}

/**
 * A client that asks to be connected, as a transport hands it to this room. One of `accept` and `refuse` is called, once.
 * When the client has gone meanwhile both do nothing.
 */
export interface ConnectRequest {
  readonly transport: TransportName
  readonly params: Params
  readonly info: ConnectInfo
  readonly serializer: Serializer
  /** @returns the connection, open; `undefined` when the client has gone. */
  accept(receiver: FrameReceiver): Connection | undefined
  /** Answers with an HTTP status and a body. */
  refuse(status: number, body?: string): void
}

/** Where a transport delivers what a client does. Its methods never throw and never run an app's code. */
export interface FrameReceiver {
  /** The process that owns the connection: when it ends, however, the transport closes the connection. */
  readonly pid: Pid
  /** A frame came. Its memory is used during the call only. */
  frame(frame: Frame): void
  /** Something came that is no frame, such as a ping: the client is alive. */
  heard(): void
  /** The connection is closed, by whomever. */
  closed(code: number): void
}
