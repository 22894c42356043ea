import type { Callback } from '../behaviours/server.ts'
import { isThenable } from '../runtime/code.ts'

/**
 * Work that waits now and then: what it yields is awaited, and its value comes back in. A process performs one without a promise as
 * long as nothing is waited for.
 */
export type Pass<Result> = Generator<PromiseLike<unknown>, Result, unknown>

/** Calls a callback, in the async context of its process if it has one. */
export type Invoke = (callback: Callback, a?: unknown, b?: unknown, c?: unknown) => unknown

/** Waits for a promise; anything else is there already. */
export function* settled(result: unknown): Pass<unknown> {
  return isThenable(result) ? yield result : result
}

/** Performs a pass outside of a process. */
export async function performed<Result>(pass: Pass<Result>): Promise<Result> {
  let step = pass.next()
  while (!step.done) {
    step = await Promise.resolve(step.value).then(
      (value) => pass.next(value),
      (error) => pass.throw(error),
    )
  }
  return step.value
}
