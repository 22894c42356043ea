import { html } from '../template/html.ts'
import { type Comprehension, each } from '../template/lists.ts'
import { fill, type Slot } from './slot.ts'

/** What is listed, and what stands between. */
export interface Interspersed<Item> {
  readonly items: Iterable<Item>
  readonly separator: Slot
  /** Which item is which from one render to the next. Default: by their places. */
  readonly key?: (item: Item, index: number) => unknown
}

/**
 * A list with something between its items:
 * `${intersperse({ items: path, separator: html`<i>/</i>` }, (step) => link({ navigate: step.url }, step.name))}`.
 * @throws {BadArgumentError} · {BeamishError} as `each`. Semantics: Phoenix.Component.intersperse/1.
 */
export function intersperse<Item>(
  { items, separator, key = (_item, index) => index }: Interspersed<Item>,
  content: (item: Item, index: number) => unknown,
): Comprehension {
  return each(
    items,
    key,
    (item, index) => html`${index === 0 ? '' : fill(separator, undefined)}${content(item, index)}`,
  )
}
