import type { Connection } from '../channel/connection.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'

/** What a client said in its query: strings, and maps and lists of them (`a[b]=1`, `l[]=1`). */
export type Param = string | readonly Param[] | { readonly [key: string]: Param }
/** The parameters of a connection, by name. */
export type Params = { readonly [key: string]: Param }

/** What is known of a request beside its params, for `connect`: only what the mount's `connectInfo` lists. */
export interface ConnectInfo {
  /** `port` is 0 where the server cannot tell. */
  readonly peerData?: { readonly address: string; readonly port: number }
  /** Every request header whose name starts with `x-`, by name in small letters. */
  readonly xHeaders?: Readonly<Record<string, string>>
  /** Every request header whose name starts with `sec-websocket-`. */
  readonly secWebsocketHeaders?: Readonly<Record<string, string>>
  /** `traceparent` and `tracestate`, as far as they were sent. */
  readonly traceContextHeaders?: Readonly<Record<string, string>>
  readonly userAgent?: string | null
  readonly uri?: {
    readonly scheme: string
    readonly host: string
    readonly port: number
    readonly path: string
    readonly query: string
  }
  /** The client's `authToken`; `null` when it sent none. There when the mount says `authToken: true`. */
  readonly authToken?: string | null
  /** The session of the client's cookie; `null` without one, or without its CSRF token. */
  readonly session?: Readonly<Record<string, unknown>> | null
  // biome-ignore lint/suspicious/noExplicitAny: what a mount adds of its own
  readonly [custom: string]: any
}

/**
 * Why a client is not let in: `connect` refused it (with a reason) · `connect` or `id` returned nonsense · they threw · the
 * server is full or stops.
 */
export type Refusal =
  | { readonly type: 'refused'; readonly reason: unknown }
  | { readonly type: 'invalid' | 'crashed' | 'unavailable' }

/**
 * A client that asks to be connected, as a transport hands it to this room. One of `accept` and `refuse` is called, once.
 * When the client has gone meanwhile both do nothing.
 */
export interface ConnectRequest {
  readonly transport: TransportName
  readonly params: Params
  readonly info: ConnectInfo
  /** The client's `vsn`; `''` where it means nothing. */
  readonly vsn: string
  /** What the `vsn` asks for; `undefined` for a raw socket, which reads frames itself. */
  readonly serializer: Serializer | undefined
  /** @returns the connection, open; `undefined` when the client has gone. */
  accept(receiver: FrameReceiver): Connection | undefined
  /** Answers that the client is not let in. */
  refuse(refusal: Refusal): void
  /** The socket process is gone, however it ended: the connection goes too, and a client that still waits is refused. */
  ended(reason: ExitReason): void
}

/** Frames that are about the connection itself. */
export type ControlOpcode = 'ping' | 'pong'

/** Where a transport delivers what a client does. Its methods never throw and never run an app's code. */
export interface FrameReceiver {
  /** The process that owns the connection: when it ends, however, the transport closes the connection. */
  readonly pid: Pid
  /** A frame came. Its memory is used during the call only. */
  frame(frame: Frame): void
  /** A ping or pong came: the client is alive. Pings are answered by the transport. The memory is used during the call only. */
  control(opcode: ControlOpcode, payload: Uint8Array): void
  /**
   * Calls back, outside any process, when everything that came before has been handed to its channel, and its joins are
   * complete. Never when the process ends first.
   */
  whenDispatched(done: () => void): void
  /**
   * The connection is closed, by whomever.
   * @param reason - what the process ends with. Default `'normal'`: the client went.
   */
  closed(code: number, reason?: ExitReason): void
}
