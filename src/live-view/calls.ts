import type { CallOptions, From, PostedCall } from '../behaviours/call.ts'
import { GenServer, type Payload, type PayloadArguments } from '../behaviours/gen-server.ts'
import type { ChannelReplyOf } from '../channel/calls.ts'
import type { Answer, NoAnswer, Stop } from '../channel/result.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LiveResult } from './live-result.ts'
import type { LiveViewSocket } from './view-socket.ts'

type Awaitable<T> = T | PromiseLike<T>

/** The call handlers of a live view, by name. */
export interface ViewCallHandlers<Assigns extends object> {
  readonly [name: string]: (
    // biome-ignore lint/suspicious/noExplicitAny: each handler states the payload and reply that it knows
    payload: any,
    socket: LiveViewSocket<Assigns>,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    from: From<any>,
  ) => Awaitable<Answer | NoAnswer | Stop>
}

/** The cast handlers of a live view, by name. */
export interface ViewCastHandlers<Assigns extends object> {
  readonly [name: string]: (
    // biome-ignore lint/suspicious/noExplicitAny: each handler states the payload that it knows
    payload: any,
    socket: LiveViewSocket<Assigns>,
  ) => Awaitable<LiveResult<Assigns>>
}

/** How other processes talk to the process of a live view: its pid is `self()` in its callbacks. */
export interface ViewClient<Calls, Casts> {
  /**
   * Sends a request and waits for the reply of `handleCall`. `GenServer.call` does the same, without types.
   * @returns what the handler gave to `reply`.
   * @throws {ExitError} `BEAMISH_NOPROC` nobody there · `BEAMISH_TIMEOUT` · `BEAMISH_CALLING_SELF` · `BEAMISH_EXIT` the view ended
   * first; `reason` tells. Semantics: OTP gen_server:call/3, with process aliases.
   */
  call<Name extends keyof Calls & string>(
    view: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Calls[Name]>, [options?: CallOptions]>
  ): Operation<ChannelReplyOf<Calls[Name]>>
  /** Sends a message for `handleCast` and does not wait; whatever becomes of it, nothing is told. Semantics: OTP gen_server:cast/2. */
  cast<Name extends keyof Casts & string>(
    view: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Casts[Name]>, []>
  ): void
  /** Sends a request whose answer is fetched later with `GenServer.receiveResponse`. Semantics: OTP gen_server:send_request/2. */
  sendRequest<Name extends keyof Calls & string>(
    view: ServerRef,
    name: Name,
    ...rest: PayloadArguments<Payload<Calls[Name]>, []>
  ): PostedCall<ChannelReplyOf<Calls[Name]>>
}

/** The same functions for every live view, typed by its handlers. */
export function viewClient<Calls, Casts>(): ViewClient<Calls, Casts> {
  const functions: unknown = { call: GenServer.call, cast: GenServer.cast, sendRequest: GenServer.sendRequest }
  return functions as ViewClient<Calls, Casts> // sound: they find the handler by its name
}
