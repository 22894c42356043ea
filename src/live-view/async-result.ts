import type { ExitReason } from '../core/reason.ts'
import type { Failed } from './outcome.ts'

/** Why there is no result: the task said so with `error(reason)`, or it ended without one. */
export type AsyncFailure = Failed | { readonly type: 'exit'; readonly reason: ExitReason }

/**
 * What is known of a value that a task loads: what `assignAsync` keeps in an assign. It never changes; its functions make a new one.
 *
 * A value that has been loaded once stays in `result` while it is loaded again, and when that fails.
 * Semantics: Phoenix.LiveView.AsyncResult.
 */
export class AsyncResult<T = unknown> {
  /** Whether it has been loaded, at least once. */
  readonly ok: boolean
  /** `null` when nothing is under way; else the keys that are loaded together, or `true`. */
  readonly loading: true | readonly string[] | null
  /** Why the last attempt failed; `null` when it did not, or another is under way. */
  readonly failed: AsyncFailure | null
  /** What was loaded last; `null` when nothing was. */
  readonly result: T | null

  private constructor(known: Known<T>) {
    this.ok = known.ok
    this.loading = known.loading
    this.failed = known.failed
    this.result = known.result
  }

  /**
   * It is being loaded.
   * @param before - what is known of it so far. Default: nothing.
   * @param loading - what `loading` says. Default `true`.
   */
  static loading<T = unknown>(before?: AsyncResult<T>, loading: true | readonly string[] = true): AsyncResult<T> {
    return new AsyncResult<T>({ ...(before ?? NOTHING), loading, failed: null })
  }

  /** It is there. */
  static ok<T>(result: T): AsyncResult<T> {
    return new AsyncResult<T>({ ok: true, loading: null, failed: null, result })
  }

  /** It could not be loaded. @param before - what is known of it so far. */
  static failed<T>(before: AsyncResult<T>, failed: AsyncFailure): AsyncResult<T> {
    return new AsyncResult<T>({ ...before, loading: null, failed })
  }
}

interface Known<T> {
  readonly ok: boolean
  readonly loading: true | readonly string[] | null
  readonly failed: AsyncFailure | null
  readonly result: T | null
}

const NOTHING: Known<never> = { ok: false, loading: null, failed: null, result: null }
