import type { AsyncFailure, AsyncResult } from '../async-result.ts'
import { html, type Rendered } from '../template/html.ts'
import { fill, type Slot } from './slot.ts'

/** What stands there as long as there is no result. */
export interface AsyncSlots {
  /** A function gets the keys that are loaded together, or `true`. */
  readonly loading?: Slot<NonNullable<AsyncResult['loading']>>
  /** A function gets `{ type: 'error', reason }` or `{ type: 'exit', reason }`. */
  readonly failed?: Slot<AsyncFailure>
}

/**
 * What `assignAsync` loads, as far as it is: `${asyncResult(user, { loading: 'Loading …', failed: 'Sorry.' }, (user) => user.name)}`.
 * Once there is a result it stays, while another one is loaded and when that fails.
 * @param content - what shows the result; a function gets it. Semantics: Phoenix.Component.async_result/1.
 */
export function asyncResult<Result>(
  state: AsyncResult<Result>,
  { loading, failed }: AsyncSlots,
  content: Slot<Result>,
): Rendered {
  return html`${shownOf(state, { loading, failed }, content)}`
}

function shownOf<Result>(state: AsyncResult<Result>, { loading, failed }: AsyncSlots, content: Slot<Result>): unknown {
  if (state.ok) return fill(content, state.result as Result) // there is one, as it has been there
  if (state.loading !== null) return fill(loading, state.loading)
  return state.failed !== null ? fill(failed, state.failed) : ''
}
