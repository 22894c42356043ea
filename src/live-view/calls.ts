import type { From } from '../behaviours/call.ts'
import type { Answer, NoAnswer, Stop } from '../channel/result.ts'
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
