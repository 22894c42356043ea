import { Rendered } from '../template/html.ts'
import { Comprehension } from '../template/lists.ts'
import type { StreamItems } from '../template/live-stream.ts'
import { ComponentUse, type Dynamic, dynamicOf, LiveViewUse, newDynamicOf } from '../template/nodes.ts'
import type { PageFacts } from '../template/page-value.ts'
import type { Template } from '../template/template.ts'
import { Unchanged } from '../template/unchanged.ts'
import { checkKeys, type Keys, Places } from './list-keys.ts'
import { ListPrint, MarkupPrint, NodePrint, type Print, StreamPrint, ViewPrint } from './prints.ts'
import { SharedStatics } from './shared-statics.ts'
import { KEYS } from './wire-keys.ts'

// From a render to what the client must be told. Semantics: liveview.md §5.

/** A JSON object of the wire: positions and the keys of wire-keys.ts. */
export interface Diff {
  [key: string]: unknown
}

/** What the differ needs of the view or component whose tree it is. */
export interface DiffHost {
  /** What templates may ask the page for. */
  readonly page: PageFacts
  /** A component is used: it will be rendered. @returns its cid. */
  useComponent(use: ComponentUse): number
  /** A stream is shown. */
  useStream(items: StreamItems): void
  /** A live view is used. @param before - what the client has where it stands. @returns that, when it will do. */
  useView(use: LiveViewUse, before: ViewPrint | undefined): ViewPrint
}

/** Another component's tree whose statics stand for those of this one. */
export interface Likeness {
  /** What stands for the statics of the root: the cid, negative for the tree as it was before this message. */
  readonly reference: number
  readonly print: NodePrint
}

/** What a tree is compared with, and how its statics are told. */
export interface TreeContext {
  readonly host: DiffHost
  /** What the client has; `undefined`: nothing, so that all of it is sent. */
  readonly before: NodePrint | undefined
  /** Where lists put the statics of what is in their entries; `undefined` in components, where each list has its own. */
  readonly shared?: SharedStatics
  /** For a tree that the client does not have: one of the same template that it has. */
  readonly like?: Likeness | undefined
}

/** A tree as it was sent: what to tell the client, and what to remember. */
export interface TreeDiff {
  /** `undefined`: nothing changed. */
  readonly diff: Diff | undefined
  readonly print: NodePrint
  /** Whether the root's template is another one than before: everything was sent anew. */
  readonly isNew: boolean
}

/**
 * What changed in the tree of a view or component. `before` is changed to what the client will have.
 * Pure, but for the components that it asks its host for.
 */
export function diffTree({ host, before, shared, like }: TreeContext, rendered: Rendered): TreeDiff {
  const differ = new Differ(host, shared)
  const { template } = rendered
  if (before?.template === template) {
    return { diff: differ.dynamics(before.dynamics, rendered), print: before, isNew: false }
  }
  const dynamics: Print[] = []
  const isLike = like?.print.template === template
  const statics = isLike ? like.reference : template.statics
  const content = differ.newDynamics(dynamics, rendered, isLike ? like.print.dynamics : NOTHING)
  return { diff: { [KEYS.statics]: statics, ...content }, print: new NodePrint(template, dynamics), isNew: true }
}

const NOTHING: readonly Print[] = []

class Differ {
  private readonly host: DiffHost
  private shared: SharedStatics | undefined
  private isInList = false

  constructor(host: DiffHost, shared: SharedStatics | undefined) {
    this.host = host
    this.shared = shared
  }

  // ── A node that the client has ──

  /** Tells what changed at the positions of a template, and remembers it in `prints`. */
  dynamics(prints: Print[], rendered: Rendered): Diff | undefined {
    const { values } = rendered
    let diff: Diff | undefined
    for (let index = 0; index < values.length; index++) {
      if (isSent(prints[index], values[index])) continue // what nearly always comes: bench/live-view, diff-100
      const dynamic = dynamicOf(rendered, index, this.host.page)
      if (dynamic instanceof Unchanged) {
        forgetItems(prints[index])
        continue
      }
      const sent = this.position(prints, index, dynamic, rendered)
      if (sent === undefined) continue
      diff ??= {}
      diff[index] = sent
    }
    return diff
  }

  /** What to send of one position; `undefined`: nothing. */
  private position(prints: Print[], index: number, dynamic: Dynamic, of: Rendered): unknown {
    if (typeof dynamic === 'string') return this.text(prints, index, dynamic, of)
    if (dynamic instanceof Rendered) return this.node(prints, index, dynamic)
    if (dynamic instanceof Comprehension) return this.list(prints, index, dynamic)
    if (dynamic instanceof ComponentUse) return this.component(prints, index, dynamic)
    if (dynamic instanceof LiveViewUse) return this.view(prints, index, dynamic)
    return this.stream(prints, index, dynamic)
  }

  private text(prints: Print[], index: number, html: string, of: Rendered): string | undefined {
    const before = prints[index]
    if (before instanceof MarkupPrint && before.html === html) return undefined
    prints[index] = textPrint(of, index, html)
    return html
  }

  private component(prints: Print[], index: number, use: ComponentUse): number | undefined {
    const cid = this.host.useComponent(use)
    if (prints[index] === cid) return undefined
    prints[index] = cid
    return cid
  }

  private view(prints: Print[], index: number, use: LiveViewUse): string | undefined {
    const before = prints[index]
    const print = this.host.useView(use, before instanceof ViewPrint ? before : undefined)
    prints[index] = print
    return before instanceof ViewPrint && before.html === print.html ? undefined : print.html
  }

  private node(prints: Print[], index: number, rendered: Rendered): Diff | undefined {
    const print = prints[index]
    if (!(print instanceof NodePrint) || print.template !== rendered.template) {
      return this.newNode(prints, index, rendered, undefined)
    }
    return this.dynamics(print.dynamics, rendered)
  }

  // ── What the client does not have ──

  /** Every position of a template. @param like - what stands at these positions in a tree that the client starts from. */
  newDynamics(prints: Print[], rendered: Rendered, like: readonly Print[] = NOTHING): Diff {
    const diff: Diff = {}
    for (let index = 0; index < rendered.values.length; index++) {
      diff[index] = this.newPosition(prints, index, rendered, like[index])
    }
    return diff
  }

  private newPosition(prints: Print[], index: number, of: Rendered, like: Print): unknown {
    const dynamic = newDynamicOf(of, index, this.host.page)
    if (dynamic instanceof Rendered) return this.newNode(prints, index, dynamic, like)
    if (dynamic instanceof Comprehension) return this.newList(prints, index, dynamic, like)
    return this.position(prints, index, dynamic, of) // nothing is remembered there: it is sent
  }

  private newNode(prints: Print[], index: number, rendered: Rendered, like: Print): Diff {
    const { template } = rendered
    const dynamics: Print[] = []
    prints[index] = new NodePrint(template, dynamics)
    if (like instanceof NodePrint && like.template === template)
      return this.newDynamics(dynamics, rendered, like.dynamics)
    const diff: Diff = { [KEYS.statics]: this.statics(template), ...this.newDynamics(dynamics, rendered) }
    if (template.hasRoot) diff[KEYS.root] = 1
    return diff
  }

  private newList(prints: Print[], index: number, list: Comprehension, like: Print): unknown {
    if (list.count === 0) return this.emptyList(prints, index)
    const isLike = like instanceof ListPrint && like.template === list.template
    return this.withOwnStatics(() => this.wholeList(prints, index, list, isLike))
  }

  /** One that was never sent is text. */
  private emptyList(prints: Print[], index: number): string | undefined {
    if (prints[index] === '') return undefined
    prints[index] = ''
    return ''
  }

  /** In the entries of a list the statics are shared: there they come many times. */
  private statics(template: Template): readonly string[] | number {
    return this.isInList && this.shared !== undefined ? this.shared.refer(template) : template.statics
  }

  // ── Lists ──

  private list(prints: Print[], index: number, list: Comprehension): unknown {
    const print = prints[index]
    if (!(print instanceof ListPrint)) return this.newList(prints, index, list, undefined)
    return this.withOwnStatics(() => {
      const next = nextList(print, list)
      return next === undefined ? this.wholeList(prints, index, list, false) : this.knownList(print, next)
    })
  }

  /** Inside a component each outermost list carries the statics of its entries itself. */
  private withOwnStatics(write: () => Diff | undefined): Diff | undefined {
    if (this.isInList || this.shared !== undefined) return write()
    const own = new SharedStatics()
    this.shared = own
    const diff = write()
    this.shared = undefined
    if (diff !== undefined) own.into(diff)
    return diff
  }

  /** @param isLike - whether the client starts from a list of the same statics. */
  private wholeList(prints: Print[], index: number, list: Comprehension, isLike: boolean): Diff {
    const { template, entries, keys } = list
    checkKeys(keys)
    const diff: Diff = isLike ? {} : { [KEYS.statics]: this.statics(template) }
    const sent: Diff = {}
    const entryPrints: Print[][] = []
    const outer = this.enterList()
    for (let at = 0; at < entries.length; at++) {
      const dynamics: Print[] = []
      sent[at] = this.newDynamics(dynamics, entries[at] as Rendered) // there are so many
      entryPrints.push(dynamics)
    }
    this.isInList = outer
    sent[KEYS.count] = entries.length
    const print = new ListPrint(template, { keys, entries: entryPrints })
    print.origin = list.origin
    prints[index] = print
    diff[KEYS.entries] = sent
    return diff
  }

  private knownList(print: ListPrint, { list, keys, places, from, entries }: NextList): Diff | undefined {
    const before = print.entries
    const after = places.areKept ? before : before.slice(0, list.count)
    let sent: Diff | undefined = before.length === list.count ? undefined : {}
    let isMoved = false
    const outer = this.enterList()
    for (const [index, entry] of entries.entries()) {
      const at = from + index
      const was = places.of(at)
      const dynamics = (was === undefined ? undefined : before[was]) ?? []
      after[at] = dynamics
      const told = this.entry(dynamics, entry, was, at)
      if (told === undefined) continue
      isMoved ||= was !== undefined && was !== at
      sent ??= {}
      sent[at] = told
    }
    this.isInList = outer
    after.length = list.count
    print.entries = after
    print.keys = keys
    print.origin = list.origin
    if (sent === undefined) return undefined
    sent[KEYS.count] = list.count
    if (isMoved) sent[KEYS.moved] = true
    return { [KEYS.entries]: sent }
  }

  /** What to send of an entry. @param entry - `undefined` for one that looks as it did. @param was - where; `undefined`: nowhere. */
  private entry(dynamics: Print[], entry: Rendered | undefined, was: number | undefined, at: number): unknown {
    if (was === undefined) return this.newDynamics(dynamics, entry as Rendered) // there was none that it could look like
    const diff = entry === undefined ? undefined : this.dynamics(dynamics, entry)
    if (was === at) return diff
    return diff === undefined ? was : [was, diff]
  }

  /** @returns what holds again after the list. When it throws in between, the view is over, and this with it. */
  private enterList(): boolean {
    const outer = this.isInList
    this.isInList = true
    return outer
  }

  // ── Streams ──

  private stream(prints: Print[], index: number, shown: StreamItems): Diff | undefined {
    this.host.useStream(shown)
    const print = prints[index]
    const known = print instanceof StreamPrint ? print : undefined
    if (known !== undefined && shown.isIdle) return undefined
    const items = known === undefined ? shown.inNewContainer : shown
    const template = items.template ?? known?.template
    prints[index] = new StreamPrint(template)
    return this.withOwnStatics(() => {
      const diff: Diff = {}
      if (known === undefined || template !== known.template)
        diff[KEYS.statics] = template === undefined ? NO_STATICS : this.statics(template)
      diff[KEYS.entries] = this.streamEntries(items)
      diff[KEYS.stream] = streamOperations(items)
      return diff
    })
  }

  /** Always full, and remembered by nobody. */
  private streamEntries({ contents }: StreamItems): Diff {
    const sent: Diff = {}
    const outer = this.enterList()
    for (const [at, entry] of contents.entries()) sent[at] = this.newDynamics([], entry)
    this.isInList = outer
    sent[KEYS.count] = contents.length
    return sent
  }
}

/** Of a stream that never had an entry: the first that come bring their own. */
const NO_STATICS = ['', '']

function streamOperations({ ref, entries, deletes, isReset }: StreamItems): unknown[] {
  const inserts = entries.map(({ domId, at, limit, updateOnly }) => [domId, at, limit, updateOnly]).reverse()
  return isReset ? [ref, inserts, deletes, true] : [ref, inserts, deletes]
}

/** A temporary assign was given up: nor are its items held here. */
function forgetItems(print: Print): void {
  if (print instanceof ListPrint) print.origin = undefined
}

/** A list that the client has, as it is to be. */
interface NextList {
  readonly list: Comprehension
  readonly keys: Keys
  readonly places: Places
  /** The index of the first of `entries`: those before it, and behind them, look as they did, where they did. */
  readonly from: number
  /** `undefined` for those that look as they did. */
  readonly entries: readonly (Rendered | undefined)[]
}

/** @returns `undefined` when its entries are not of the template that the client has. */
function nextList(print: ListPrint, list: Comprehension): NextList | undefined {
  const { origin, count } = list
  const before = print.origin
  // An empty list says nothing about its template: the client keeps the statics that it has.
  if (origin === undefined || count === 0 || !origin.isLike(before)) {
    if (count > 0 && list.template !== print.template) return undefined
    const { keys, entries } = list
    return { list, keys, places: new Places(print, { keys, count }), from: 0, entries }
  }
  const { from, to } = origin.changesSince(before)
  const keys = origin.keys(print.keys ?? [], from, to)
  const places = new Places(print, { keys, count })
  const entries: (Rendered | undefined)[] = []
  for (let at = from; at < to; at++) {
    const was = places.of(at)
    const isAsBefore = was !== undefined && origin.isAsBefore(at, before, was)
    const entry = isAsBefore ? undefined : origin.entry(at, print.template)
    if (entry === undefined && !isAsBefore) return undefined
    entries.push(entry)
  }
  return { list, keys, places, from, entries }
}

/** Whether a value is text that was sent as it is. */
function isSent(print: Print, value: unknown): boolean {
  if (typeof print !== 'string') return false
  return print === value || (typeof value === 'number' && print === String(value))
}

/** What to remember of a text: the value, if the text is nothing else, so that it can be compared without being made again. */
function textPrint({ template, values }: Rendered, index: number, html: string): string | MarkupPrint {
  const given = values[index]
  const value = typeof given === 'number' ? String(given) : given
  if (typeof value !== 'string') return new MarkupPrint(html)
  const part = template.parts[index]
  // An attribute is ` name="value"`, and nothing that is escaped keeps its length.
  const around = part?.type === 'attribute' ? part.name.length + ATTRIBUTE_MARKS : 0
  return html.length === value.length + around ? value : new MarkupPrint(html)
}

/** A space, `=` and two quotes. */
const ATTRIBUTE_MARKS = 4
