import { BadArgumentError, BeamishError, show } from '../../core/errors.ts'
import { Rendered } from './html.ts'
import { LiveStream, StreamItems } from './live-stream.ts'
import { Template } from './template.ts'
import { Unchanged } from './unchanged.ts'

/**
 * A list in a template: one piece of markup for each item. Made by {@link each}.
 * Semantics: Phoenix.LiveView.Comprehension.
 */
export class Comprehension {
  /** What `entries` have in common. */
  readonly template: Template
  readonly entries: readonly Rendered[]
  /** As many as there are entries, each once. */
  readonly keys: readonly unknown[]

  constructor(template: Template, entries: readonly Rendered[], keys: readonly unknown[]) {
    this.template = template
    this.entries = entries
    this.keys = keys
  }
}

/** Stands for entries that are not of one template: each becomes the content of this one. */
const WRAPPER = new Template(['', ''], [{ type: 'text' }], false, 'an entry of a list')

/**
 * One piece of markup for each item: `each(users, (user) => user.id, (user) => html`<li>${user.name}</li>`)`.
 *
 * The key says which item is which from one render to the next: an item that only moved costs one number on the wire. Keys are
 * compared as a `Map` does. A temporary assign that was not assigned leaves the list on the page as it is.
 * @param render - what an item looks like: `html`, or anything that may stand in a template.
 * @throws {BeamishError} `BEAMISH_DUPLICATE_KEY` when two items have one key.
 * @throws {BadArgumentError} for what cannot be gone through. Semantics: `:for` with `:key` in `~H`.
 */
// biome-ignore lint/suspicious/noExplicitAny: items of assigns whose author does not say what they are
export function each<Item = any>(
  items: Iterable<Item>,
  key: (item: Item, index: number) => unknown,
  render: (item: Item, index: number) => unknown,
): Comprehension
/**
 * What is new of a stream: `each(streams.users, (user, domId) => html`<li id=${domId}>${user.name}</li>`)`.
 *
 * It stands directly in an element of its own with an `id` and `phx-update="stream"`; what `render` makes of an item is one element
 * with the item's `id`. `render` is not called again for what the page has.
 * @throws {BadArgumentError} without a stream. Semantics: Phoenix.LiveView.stream/4, `:for={{dom_id, user} <- @streams.users}`.
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function each<Item = any>(stream: LiveStream<Item>, render: (item: Item, domId: string) => unknown): StreamItems
export function each<Item>(
  items: Iterable<Item> | LiveStream<Item> | Unchanged,
  key: (item: Item, index: never) => unknown,
  render?: (item: Item, index: number) => unknown,
): Comprehension | StreamItems | Unchanged {
  if (items instanceof LiveStream) return streamItems(items, key as RenderOfStream<Item>, render) // an overload of its own
  return listItems(items, key as RenderOfList<Item>, render as RenderOfList<Item>) // checked there
}

type RenderOfStream<Item> = (item: Item, domId: string) => unknown
type RenderOfList<Item> = (item: Item, index: number) => unknown

function listItems<Item>(
  items: Iterable<Item> | Unchanged,
  key: RenderOfList<Item>,
  render: RenderOfList<Item>,
): Comprehension | Unchanged {
  if (items instanceof Unchanged) return items.map((otherwise) => listItems(otherwise as Iterable<Item>, key, render)) // its type
  const list = listOf(items)
  if (typeof render !== 'function' || typeof key !== 'function') throw wrongFunctions(key, render)
  const keys = list.map((item, index) => key(item, index))
  if (new Set(keys).size < keys.length) throw duplicateKey(keys)
  return comprehension(
    list.map((item, index) => render(item, index)),
    keys,
  )
}

function wrongFunctions(key: unknown, render: unknown): BadArgumentError {
  const wrong = typeof key === 'function' ? render : key
  return new BadArgumentError('each of a list', 'each(items, (item) => its key, (item) => its markup)', wrong)
}

function streamItems<Item>({ definition, pending }: LiveStream<Item>, render: unknown, extra: unknown): StreamItems {
  if (typeof render !== 'function' || extra !== undefined)
    throw new BadArgumentError(
      'each of a stream',
      `each(streams.${definition.name}, (item, domId) => markup)`,
      extra ?? render,
    )
  const entries = [...pending.inserts.values()]
  const { template, entries: contents } = alike(entries.map(({ item, domId }) => render(item, domId)))
  if (entries.length > 0) definition.template = template
  const { name, ref } = definition
  const { deletes, isReset } = pending
  return new StreamItems({
    name,
    ref,
    entries,
    contents,
    template: definition.template,
    deletes: [...deletes],
    isReset,
  })
}

function listOf<Item>(items: Iterable<Item>): readonly Item[] {
  if (Array.isArray(items)) return items
  if (typeof items?.[Symbol.iterator] === 'function' && typeof items !== 'string') return [...items]
  throw new BadArgumentError('each', 'a list of items, or a stream', items, adviceOn(items))
}

function adviceOn(items: unknown): string | undefined {
  return items === undefined ? "For a stream: is stream(socket, 'name', []) missing in mount?" : undefined
}

function duplicateKey(keys: readonly unknown[]): BeamishError {
  const twice = keys.find((key, index) => keys.indexOf(key) < index)
  return new BeamishError(
    'BEAMISH_DUPLICATE_KEY',
    `each: the key ${show(twice)} stands for two items. Give each item a key of its own, such as its id.`,
  )
}

/** A list without keys of the author's: items are told apart by their places. */
export function unkeyed(items: readonly unknown[]): Comprehension {
  return comprehension(
    items,
    items.map((_, index) => index),
  )
}

function comprehension(items: readonly unknown[], keys: readonly unknown[]): Comprehension {
  const { template, entries } = alike(items)
  return new Comprehension(template, entries, keys)
}

/** Items as entries of one template: their own when they share it, else one around each of them. */
export function alike(items: readonly unknown[]): {
  readonly template: Template
  readonly entries: readonly Rendered[]
} {
  const [first] = items
  const isAlike = (item: unknown): item is Rendered =>
    item instanceof Rendered && first instanceof Rendered && item.template === first.template
  if (first instanceof Rendered && items.every(isAlike)) return { template: first.template, entries: items }
  return { template: WRAPPER, entries: items.map((item) => new Rendered(WRAPPER, [item])) }
}
