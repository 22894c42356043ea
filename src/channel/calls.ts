import type { CallOptions, From, PostedCall } from '../behaviours/call.ts'
import { type DeferredReply, GenServer, type Payload, type PayloadArguments } from '../behaviours/gen-server.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { Answer, NoAnswer, Stop } from './result.ts'
import type { ChannelSocket } from './socket.ts'

type Awaitable<T> = T | PromiseLike<T>

/** The call handlers of a channel, by name. */
export interface ChannelCallHandlers<Assigns extends object> {
  readonly [name: string]: (
    // biome-ignore lint/suspicious/noExplicitAny: each handler states the payload and reply that it knows
    payload: any,
    socket: ChannelSocket<Assigns>,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    from: From<any>,
  ) => Awaitable<Answer | NoAnswer | Stop>
}

/** The cast handlers of a channel, by name. */
export interface ChannelCastHandlers<Assigns extends object> {
  readonly [name: string]: (
    // biome-ignore lint/suspicious/noExplicitAny: each handler states the payload that it knows
    payload: any,
    socket: ChannelSocket<Assigns>,
  ) => Awaitable<NoAnswer | Stop | undefined | void>
}

type ReplyIn<Return> = Return extends Answer<infer R> ? R : Return extends Stop<infer R> ? R : never
/** The type that a call with this handler answers with; `unknown` when it only ever answers later, through a plain `From`. */
export type ChannelReplyOf<Handler> = Handler extends (...args: never[]) => infer Return
  ? [ReplyIn<Awaited<Return>> | DeferredReply<Handler>] extends [never]
    ? unknown
    : ReplyIn<Awaited<Return>> | DeferredReply<Handler>
  : never

/** How other processes talk to the process of a channel or live view. Its pid is `self()` in its callbacks. */
export interface ChannelClient<Calls, Casts> {
  /**
   * Sends a request and waits for the reply of `handleCall`. `GenServer.call` does the same, without types.
   * @returns what the handler gave to `reply`.
   * @throws {ExitError} `BEAMISH_NOPROC` nobody there · `BEAMISH_TIMEOUT` · `BEAMISH_CALLING_SELF` · `BEAMISH_EXIT` it
   * ended first; `reason` tells. Semantics: OTP gen_server:call/3, with process aliases.
   */
  call<Name extends keyof Calls & string>(
    channel: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Calls[Name]>, [options?: CallOptions]>
  ): Operation<ChannelReplyOf<Calls[Name]>>
  /** Sends a message for `handleCast` and does not wait; whatever becomes of it, nothing is told. Semantics: OTP gen_server:cast/2. */
  cast<Name extends keyof Casts & string>(
    channel: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Casts[Name]>, []>
  ): void
  /** Sends a request whose answer is fetched later with `GenServer.receiveResponse`. Semantics: OTP gen_server:send_request/2. */
  sendRequest<Name extends keyof Calls & string>(
    channel: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Calls[Name]>, []>
  ): PostedCall<ChannelReplyOf<Calls[Name]>>
}

/** The same functions for every channel and live view, typed by its handlers. */
export function channelClient<Calls, Casts>(): ChannelClient<Calls, Casts> {
  const functions: unknown = { call: GenServer.call, cast: GenServer.cast, sendRequest: GenServer.sendRequest }
  return functions as ChannelClient<Calls, Casts> // sound: they find the handler by its name
}
