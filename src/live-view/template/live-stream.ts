import { BeamishError } from '../../core/errors.ts'
import type { Rendered } from './html.ts'
import type { Template } from './template.ts'

// Streams as values: what is pending of one, and what a template makes of that.

/** How one item goes into a stream. */
export interface StreamEntry {
  readonly domId: string
  /** -1 appends, 0 prepends, n is an index. */
  readonly at: number
  readonly limit: number | null
  readonly updateOnly: boolean | null
}

/** One insertion of a stream, with its item. */
export interface StreamInsert<Item> extends StreamEntry {
  readonly item: Item
}

/** What a stream is, whatever is pending of it. */
export interface StreamDefinition<Item> {
  readonly name: string
  /** What the client knows it by: unique in its view. */
  readonly ref: string
  readonly domId: (item: Item) => string
  /** What its entries had in common when there were some. */
  template: Template | undefined
}

/**
 * What is to happen to a stream on the page. As on the page it is: reset, deletes, then inserts in order. What something later would
 * undo is dropped, so the outcome is that of one after another.
 */
export class PendingItems<Item> {
  readonly inserts: Map<string, StreamInsert<Item>> = new Map()
  readonly deletes: Set<string> = new Set()
  isReset = false

  /** Of several inserts of one id the last counts. */
  insert(insert: StreamInsert<Item>): void {
    this.inserts.delete(insert.domId)
    this.inserts.set(insert.domId, insert)
  }

  delete(domId: string): void {
    this.inserts.delete(domId)
    this.deletes.add(domId)
  }

  reset(): void {
    this.forget()
    this.isReset = true
  }

  forget(): void {
    this.inserts.clear()
    this.deletes.clear()
    this.isReset = false
  }
}

/**
 * A list whose items only the page keeps: here is what is to happen to them with the next render. It stands in `assigns.streams`, and
 * a template shows it with `each(streams.messages, (item, domId) => html`<li id=${domId}>…</li>`)`.
 *
 * Made by `stream(socket, 'messages', items)`. After each render in which something happened to it another object stands there, so
 * that whoever it is passed to sees a change. Semantics: Phoenix.LiveView.stream/4.
 */
// biome-ignore lint/suspicious/noExplicitAny: a stream of any items
export class LiveStream<Item = any> {
  /** For the functions of this room. */
  readonly definition: StreamDefinition<Item>
  /** For the functions of this room. */
  readonly pending: PendingItems<Item> = new PendingItems()

  constructor(definition: StreamDefinition<Item>) {
    this.definition = definition
  }

  /** It holds no items. @throws {BeamishError} `BEAMISH_STREAM_READ` */
  [Symbol.iterator](): void {
    throw new BeamishError(
      'BEAMISH_STREAM_READ',
      `the stream ${this.definition.name} holds no items to go through: show it with each(streams.${this.definition.name}, ` +
        '(item, domId) => …), and put what else you need into its items.',
    )
  }
}

/** A stream where a template shows it: what is pending of it, rendered. Made by `each`. Semantics: liveview.md §5.9. */
export class StreamItems {
  readonly name: string
  readonly ref: string
  /** In the order in which they are to be applied; each id once. */
  readonly entries: readonly StreamEntry[]
  /** What they look like: as many as there are entries, all of the template. */
  readonly contents: readonly Rendered[]
  /** What entries have in common; `undefined` while there never was one. */
  readonly template: Template | undefined
  readonly deletes: readonly string[]
  readonly isReset: boolean

  constructor(pending: {
    readonly name: string
    readonly ref: string
    readonly entries: readonly StreamEntry[]
    readonly contents: readonly Rendered[]
    readonly template: Template | undefined
    readonly deletes: readonly string[]
    readonly isReset: boolean
  }) {
    this.name = pending.name
    this.ref = pending.ref
    this.entries = pending.entries
    this.contents = pending.contents
    this.template = pending.template
    this.deletes = pending.deletes
    this.isReset = pending.isReset
  }

  /** Whether nothing is pending. */
  get isIdle(): boolean {
    return this.entries.length === 0 && this.deletes.length === 0 && !this.isReset
  }

  /** What a page without it shows of it then, in order. No limit counts there: that is the client's. */
  get shown(): readonly Rendered[] {
    return this.arranged.map(({ content }) => content)
  }

  /**
   * As it is told of in a container that the page does not have. There the client moves each item to its index while it goes through
   * them, and may never come to an end (1.2.12): so those that have an index are sent where they belong.
   */
  get inNewContainer(): StreamItems {
    if (this.entries.every(({ at }) => at <= 0)) return this
    const { arranged } = this
    const entries = arranged.map(({ entry }) => ({ ...entry, at: -1 }))
    return new StreamItems({ ...this, entries, contents: arranged.map(({ content }) => content) })
  }

  private get arranged(): { readonly entry: StreamEntry; readonly content: Rendered }[] {
    const arranged: { entry: StreamEntry; content: Rendered }[] = []
    for (const [index, entry] of this.entries.entries()) {
      if (entry.updateOnly === true) continue
      const content = this.contents[index] as Rendered // there is one for each
      arranged.splice(entry.at < 0 ? arranged.length : entry.at, 0, { entry, content })
    }
    return arranged
  }
}
