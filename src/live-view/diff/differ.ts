import { Rendered } from '../template/html.ts'
import { Comprehension } from '../template/lists.ts'
import type { StreamItems } from '../template/live-stream.ts'
import { ComponentUse, type Dynamic, dynamicOf, LiveViewUse, newDynamicOf } from '../template/nodes.ts'
import type { PageFacts } from '../template/page-value.ts'
import type { Template } from '../template/template.ts'
import { Unchanged } from '../template/unchanged.ts'
import { ListPrint, NodePrint, type Print, StreamPrint, ViewPrint } from './prints.ts'
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
    let diff: Diff | undefined
    for (let index = 0; index < rendered.values.length; index++) {
      const dynamic = dynamicOf(rendered, index, this.host.page)
      if (prints[index] === dynamic || dynamic instanceof Unchanged) continue // equal texts: what nearly always comes
      const sent = this.position(prints, index, dynamic)
      if (sent === undefined) continue
      diff ??= {}
      diff[index] = sent
    }
    return diff
  }

  /** What to send of one position; `undefined`: nothing. */
  private position(prints: Print[], index: number, dynamic: Dynamic): unknown {
    if (typeof dynamic === 'string') return this.text(prints, index, dynamic)
    if (dynamic instanceof Rendered) return this.node(prints, index, dynamic)
    if (dynamic instanceof Comprehension) return this.list(prints, index, dynamic)
    if (dynamic instanceof ComponentUse) return this.component(prints, index, dynamic)
    if (dynamic instanceof LiveViewUse) return this.view(prints, index, dynamic)
    return this.stream(prints, index, dynamic)
  }

  private text(prints: Print[], index: number, text: string): string | undefined {
    if (prints[index] === text) return undefined
    prints[index] = text
    return text
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
      diff[index] = this.newPosition(prints, index, newDynamicOf(rendered, index, this.host.page), like[index])
    }
    return diff
  }

  private newPosition(prints: Print[], index: number, dynamic: Dynamic, like: Print): unknown {
    if (dynamic instanceof Rendered) return this.newNode(prints, index, dynamic, like)
    if (dynamic instanceof Comprehension) return this.newList(prints, index, dynamic, like)
    return this.position(prints, index, dynamic) // nothing is remembered there: it is sent
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
    if (list.entries.length === 0) return this.text(prints, index, '')
    const isLike = like instanceof ListPrint && like.template === list.template
    return this.withOwnStatics(() => this.wholeList(prints, index, list, isLike))
  }

  /** In the entries of a list the statics are shared: there they come many times. */
  private statics(template: Template): readonly string[] | number {
    return this.isInList && this.shared !== undefined ? this.shared.refer(template) : template.statics
  }

  // ── Lists ──

  private list(prints: Print[], index: number, list: Comprehension): unknown {
    const print = prints[index]
    if (!(print instanceof ListPrint)) return this.newList(prints, index, list, undefined)
    // An empty list says nothing about its template: the client keeps the statics that it has.
    const isKnown = print.template === list.template || list.entries.length === 0
    return this.withOwnStatics(() =>
      isKnown ? this.knownList(print, list) : this.wholeList(prints, index, list, false),
    )
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
  private wholeList(prints: Print[], index: number, { template, entries, keys }: Comprehension, isLike: boolean): Diff {
    const diff: Diff = isLike ? {} : { [KEYS.statics]: this.statics(template) }
    const sent: Diff = {}
    const entryPrints: Print[][] = []
    this.insideList(() => {
      for (const [at, entry] of entries.entries()) {
        const dynamics: Print[] = []
        sent[at] = this.newDynamics(dynamics, entry)
        entryPrints.push(dynamics)
      }
    })
    sent[KEYS.count] = entries.length
    prints[index] = new ListPrint(template, indexesOf(keys), entryPrints)
    diff[KEYS.entries] = sent
    return diff
  }

  private knownList(print: ListPrint, { entries, keys }: Comprehension): Diff | undefined {
    const before = print.entries
    const after: Print[][] = []
    const sent: Diff = {}
    let isMoved = false
    let isSame = before.length === entries.length
    this.insideList(() => {
      for (const [at, entry] of entries.entries()) {
        const was = print.indexes.get(keys[at])
        const dynamics = (was === undefined ? undefined : before[was]) ?? []
        const diff = was === undefined ? this.newDynamics(dynamics, entry) : this.dynamics(dynamics, entry)
        after.push(dynamics)
        const told = was === undefined || was === at ? diff : diff === undefined ? was : [was, diff]
        if (told === undefined) continue
        isMoved ||= was !== undefined && was !== at
        isSame = false
        sent[at] = told
      }
    })
    print.entries = after
    if (isSame) return undefined
    print.indexes = indexesOf(keys)
    sent[KEYS.count] = entries.length
    if (isMoved) sent[KEYS.moved] = true
    return { [KEYS.entries]: sent }
  }

  private insideList(write: () => void): void {
    const outer = this.isInList
    this.isInList = true
    write() // when it throws, the view is over, and this with it
    this.isInList = outer
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
    this.insideList(() => {
      for (const [at, entry] of contents.entries()) sent[at] = this.newDynamics([], entry)
    })
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

function indexesOf(keys: readonly unknown[]): Map<unknown, number> {
  return new Map(keys.map((key, index) => [key, index]))
}
