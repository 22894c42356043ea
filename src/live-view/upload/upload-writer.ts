import type { Ok } from '../../channel/result.ts'
import type { Failed } from '../outcome.ts'

type Awaitable<T> = T | PromiseLike<T>

/** Why a writer is closed. */
export type CloseReason =
  /** All bytes are there. */
  | 'done'
  /** No more will come: it was cancelled, or its page has gone. */
  | 'cancel'
  /** The writer itself failed: what it gave to `error`. */
  | { readonly type: 'error'; readonly reason: unknown }

/**
 * Where the bytes of an upload go. Its functions run in the process of the upload, one at a time: the client sends no more before
 * `writeChunk` is done.
 *
 * Each may be async. `error(reason)` is a failure: the entry stays, with the error `{ type: 'writerFailure', reason }`. What is
 * thrown ends the upload and its view.
 * @typeParam State - what it keeps from one call to the next.
 * @typeParam Options - what `init` gets.
 *
 * Semantics: Phoenix.LiveView.UploadWriter.
 */
export interface UploadWriter<State = unknown, Options = unknown> {
  /** The upload begins. Returns `ok(state)` or `error(reason)`. */
  init(options: Options): Awaitable<Ok<State> | Failed>
  /** All bytes are there: what consuming gets as its meta. */
  meta(state: State): object
  /** The next bytes. Returns nothing, `ok(state)` for another state, or `error(reason)`. */
  writeChunk(bytes: Uint8Array, state: State): Awaitable<Ok<State> | Failed | undefined | void>
  /** The end, once. Returns nothing, `ok(state)`, or `error(reason)`, which matters when all bytes are there. */
  close(state: State, reason: CloseReason): Awaitable<Ok<State> | Failed | undefined | void>
}
