import { LiveStream } from './template/live-stream.ts'

/** Makes an id of an item: what its element is called on the page. */
// biome-ignore lint/suspicious/noExplicitAny: each stream has items of its own kind
export type DomId = (item: any) => string

/** The streams of one view or component. */
export class StreamTable {
  /** As they stand in the assigns. */
  private readonly streams = new Map<string, LiveStream>()
  private readonly configured = new Map<string, DomId>()
  /** Something has happened to these since the last render. */
  private readonly touched = new Set<string>()
  /** They were rendered, and others in the same pass may still look at them. */
  private rendered: LiveStream[] = []

  get(name: string): LiveStream | undefined {
    return this.streams.get(name)
  }

  configure(name: string, domId: DomId): void {
    this.configured.set(name, domId)
  }

  domIdOf(name: string): DomId | undefined {
    return this.configured.get(name)
  }

  /** @param prefix - of the ref: a component's is unique in its view. */
  add(name: string, domId: DomId, prefix: string): LiveStream {
    const ref = `${prefix}${this.streams.size}`
    const stream = new LiveStream({ name, ref, domId, template: undefined })
    this.streams.set(name, stream)
    this.touched.add(name)
    return stream
  }

  /** A stream that something happens to: another object than the one that was rendered. */
  touch(stream: LiveStream): LiveStream {
    const { definition } = stream
    const { name } = definition
    if (this.touched.has(name)) return stream
    const next = new LiveStream(definition)
    this.streams.set(name, next)
    this.touched.add(name)
    return next
  }

  /** A render has begun that shows what is pending; what happens from here on is for the next one. */
  seal(): void {
    for (const name of this.touched) this.rendered.push(this.streams.get(name) as LiveStream) // it was touched there
    this.touched.clear()
  }

  /** The page has what was rendered: its items are freed. */
  forget(): void {
    for (const { pending } of this.rendered) pending.forget()
    this.rendered = []
  }

  /** For the assigns. */
  toObject(): Readonly<Record<string, LiveStream>> {
    return Object.fromEntries(this.streams)
  }
}
