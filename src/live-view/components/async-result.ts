import { html, type Rendered } from '../template/html.ts'
import { fill, type Slot } from './slot.ts'

/** How far something is that is loaded beside the view. */
export interface AsyncState<Result> {
  /** Whether it has been there once. */
  readonly ok: boolean
  /** What is being loaded; falsy: nothing. */
  readonly loading: unknown
  /** Why it could not be loaded; falsy: it could. */
  readonly failed: unknown
  readonly result: Result | null | undefined
}

/** What stands there as long as there is no result. */
export interface AsyncSlots {
  readonly loading?: Slot<unknown>
  /** A function gets the reason. */
  readonly failed?: Slot<unknown>
}

/**
 * What `assignAsync` loads, as far as it is: `${asyncResult(user, { loading: 'Loading …', failed: 'Sorry.' }, (user) => user.name)}`.
 * Once there is a result it stays, while another one is loaded and when that fails.
 * @param content - what shows the result; a function gets it. Semantics: Phoenix.Component.async_result/1.
 */
export function asyncResult<Result>(
  state: AsyncState<Result>,
  { loading, failed }: AsyncSlots,
  content: Slot<Result>,
): Rendered {
  return html`${shownOf(state, { loading, failed }, content)}`
}

function shownOf<Result>(state: AsyncState<Result>, { loading, failed }: AsyncSlots, content: Slot<Result>): unknown {
  if (state.ok) return fill(content, state.result as Result) // there is one, as it has been there
  if (state.loading) return fill(loading, state.loading)
  return state.failed ? fill(failed, state.failed) : ''
}
