import { BadArgumentError } from '../../core/errors.ts'
import { Rendered } from './html.ts'
import { LiveStream, StreamItems } from './live-stream.ts'
import { Template } from './template.ts'
import { Unchanged } from './unchanged.ts'

/**
 * A list in a template: one piece of markup for each item. Made by {@link each}.
 * Semantics: Phoenix.LiveView.Comprehension.
 */
export class Comprehension {
  readonly count: number
  /** What it is made of, when its entries depend on nothing else: see {@link memo}. */
  readonly origin: ListOrigin | undefined
  private readonly given: readonly unknown[] | undefined
  private made: AlikeEntries | undefined

  /** @param entries - left out: those of its origin, made when they are asked for, as are its keys. */
  constructor(list: {
    readonly count: number
    readonly keys?: readonly unknown[]
    readonly origin?: ListOrigin
    readonly entries?: AlikeEntries
  }) {
    this.count = list.count
    this.given = list.keys
    this.origin = list.origin
    this.made = list.entries
  }

  /** As many as there are entries, each once: that is seen to where they are compared. `undefined`: each entry's place is its key. */
  get keys(): readonly unknown[] | undefined {
    return this.origin === undefined ? this.given : this.origin.keys([], 0, this.count)
  }

  /** What `entries` have in common. */
  get template(): Template {
    return this.whole.template
  }

  get entries(): readonly Rendered[] {
    return this.whole.entries
  }

  private get whole(): AlikeEntries {
    this.made ??= alike(this.origin?.all() ?? []) // it has one or the other
    return this.made
  }
}

/** Items, and the functions that make keys and markup of them and of nothing else. */
export class ListOrigin {
  private readonly items: readonly unknown[]
  private readonly keyOf: RenderItem
  private readonly render: RenderItem

  constructor(items: readonly unknown[], keyOf: RenderItem, render: RenderItem) {
    this.items = items
    this.keyOf = keyOf
    this.render = render
  }

  all(): unknown[] {
    return this.items.map((item, index) => this.render(item, index))
  }

  /** @returns the indexes between which other items stand than did: as many as before behind them, or none. */
  changesSince({ items: before }: ListOrigin): { readonly from: number; readonly to: number } {
    const { items } = this
    const most = Math.min(before.length, items.length)
    let from = 0
    while (from < most && Object.is(before[from], items[from])) from++
    let to = items.length
    if (before.length === to) while (to > from && Object.is(before[to - 1], items[to - 1])) to--
    return { from, to }
  }

  /** The keys of all items. @param before - those of the list before, which are right outside of these indexes. */
  keys(before: readonly unknown[], from: number, to: number): readonly unknown[] {
    const keys = before.slice(0, this.items.length)
    for (let index = from; index < to; index++) keys[index] = this.keyOf(this.items[index], index)
    return keys
  }

  /** Whether the same function makes its markup. */
  isLike(before: ListOrigin | undefined): before is ListOrigin {
    return before !== undefined && before.render === this.render
  }

  /** Whether the item at an index looks as that of an earlier list did, which stood at another one. */
  isAsBefore(index: number, before: ListOrigin, was: number): boolean {
    return Object.is(before.items[was], this.items[index]) && (index === was || this.render.length < 2)
  }

  /** @returns the entry of one item; `undefined` when it is not of this template. */
  entry(index: number, template: Template): Rendered | undefined {
    const made = this.render(this.items[index], index)
    if (template === WRAPPER) return new Rendered(WRAPPER, [made])
    return made instanceof Rendered && made.template === template ? made : undefined
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each list has items of its own kind
type RenderItem = (item: any, index: number) => unknown

/** Entries of one template. */
export interface AlikeEntries {
  readonly template: Template
  readonly entries: readonly Rendered[]
}

const memos = new WeakSet<RenderItem>()

/**
 * For {@link each}: says that markup depends on its item alone, `const row = memo((user: User) => html`<li>${user.name}</li>`)`.
 *
 * It is not made again for an item that is the same object as in the render before: a change of one row of a thousand costs that row.
 * So it is defined once, outside of the view's render; it looks at nothing that changes but its item, and its index if it takes one (so
 * does the function that gives the key); and an item that differs is another object.
 * @returns the function. @throws {BadArgumentError} for what is none.
 * Differs: Phoenix finds out by itself what an entry depends on.
 */
export function memo<Render extends RenderItem>(render: Render): Render {
  if (typeof render !== 'function') throw new BadArgumentError('memo', 'a function from an item to its markup', render)
  memos.add(render)
  return render
}

/** Stands for entries that are not of one template: each becomes the content of this one. */
const WRAPPER = new Template(['', ''], [{ type: 'text' }], false, 'an entry of a list')

/**
 * One piece of markup for each item: `each(users, (user) => user.id, (user) => html`<li>${user.name}</li>`)`.
 *
 * The key says which item is which from one render to the next: an item that only moved costs one number on the wire. Keys are
 * compared as a `Map` does. A temporary assign that was not assigned leaves the list on the page as it is.
 * @param render - what an item looks like: `html`, or anything that may stand in a template. In long lists a {@link memo} of it.
 * When the page is rendered: `BEAMISH_DUPLICATE_KEY` for two items of one key.
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
  if (memos.has(render)) return new Comprehension({ count: list.length, origin: new ListOrigin(list, key, render) })
  const keys = list.map((item, index) => key(item, index))
  const entries = alike(list.map((item, index) => render(item, index)))
  return new Comprehension({ keys, count: keys.length, entries })
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

/** A list without keys of the author's: items are told apart by their places. */
export function unkeyed(items: readonly unknown[]): Comprehension {
  return new Comprehension({ count: items.length, entries: alike(items) })
}

/** Items as entries of one template: their own when they share it, else one around each of them. */
export function alike(items: readonly unknown[]): AlikeEntries {
  const [first] = items
  if (first instanceof Rendered && areOf(items, first.template)) return { template: first.template, entries: items }
  return { template: WRAPPER, entries: items.map((item) => new Rendered(WRAPPER, [item])) }
}

function areOf(items: readonly unknown[], template: Template): items is readonly Rendered[] {
  for (const item of items) if (!(item instanceof Rendered) || item.template !== template) return false
  return true
}
