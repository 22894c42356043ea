import { KEYS } from '../../live-view/diff/wire-keys.ts'

// What the page keeps of a view: the tree, merged from its messages. A second implementation beside the browser's, for tests without
// one; test/testing/live-view compares the two. Semantics: liveview.md §5.

/** A template with what stands in it, or one entry of a list: positions by index. */
interface Node {
  [key: string]: unknown
}

/** What is to happen to a stream on the page: `[ref, inserts, deletes, isReset]`. */
export type StreamOperation = readonly [
  ref: string,
  inserts: readonly (readonly [domId: string, at: number, limit: number | null, updateOnly: boolean | null])[],
  deletes: readonly string[],
  isReset?: boolean,
]

/** What a tree looks like. Of streams it holds only what is new: the rest is on the page. */
export interface RenderedTree {
  readonly html: string
  readonly streams: readonly StreamOperation[]
}

/** The tree of one view at its client. */
export class ClientTree {
  private root: Node = {}
  private readonly components = new Map<number, Node>()
  /** Those of the render that is being made. */
  private streams: StreamOperation[] = []

  /** A message came: the first one is the whole tree. It is taken apart. */
  merge(message: Readonly<Record<string, unknown>>): void {
    const { [KEYS.components]: components = {}, [KEYS.shared]: shared, ...root } = message
    const isNew = root[KEYS.statics] !== undefined
    if (isNew) this.components.clear()
    this.root = mergeNode(this.root, root, asStatics(shared))
    this.mergeComponents(components as Readonly<Record<string, Node>>)
  }

  private mergeComponents(incoming: Readonly<Record<string, Node>>): void {
    const before = new Map(this.components)
    const merged = new Map<number, Node>()
    const resolve = (cid: number): Node => {
      const known = merged.get(cid)
      if (known !== undefined) return known
      const made = mergeComponent(incoming[cid] ?? {}, before.get(cid), (reference) =>
        reference > 0 ? resolve(reference) : before.get(-reference),
      )
      merged.set(cid, made)
      return made
    }
    for (const cid of Object.keys(incoming).map(Number)) this.components.set(cid, resolve(cid))
  }

  /** The components that are known. */
  get cids(): number[] {
    return [...this.components.keys()]
  }

  /** The server has forgotten these. */
  prune(cids: readonly number[]): void {
    for (const cid of cids) this.components.delete(cid)
  }

  /**
   * All of it. Components carry `data-phx-component`. What is new of streams is given once.
   * @throws {Error} for a component that never came.
   */
  render(): RenderedTree {
    return this.rendered(() => this.nodeHtml(this.root))
  }

  /** As {@link render}, of one component. */
  renderComponent(cid: number): RenderedTree {
    return this.rendered(() => this.componentHtml(cid))
  }

  private rendered(write: () => string): RenderedTree {
    this.streams = []
    const html = write()
    return { html, streams: this.streams }
  }

  private nodeHtml(node: Node): string {
    const statics = node[KEYS.statics] as readonly string[]
    const entries = node[KEYS.entries]
    if (!isNode(entries)) return this.entryHtml(statics, node)
    const html = entriesOf(entries).map((entry) => this.entryHtml(statics, entry))
    this.takeStream(node)
    return html.join('')
  }

  private takeStream(node: Node): void {
    const operation = node[KEYS.stream]
    if (operation === undefined) return
    this.streams.push(operation as StreamOperation) // the server's own key holds nothing else
    delete node[KEYS.stream]
    node[KEYS.entries] = { [KEYS.count]: 0 }
  }

  private entryHtml(statics: readonly string[], node: Node): string {
    let html = statics[0] ?? ''
    for (let index = 1; index < statics.length; index++) html += this.valueHtml(node[index - 1]) + statics[index]
    return html
  }

  private valueHtml(value: unknown): string {
    if (typeof value === 'string') return value
    if (typeof value === 'number') return this.componentHtml(value)
    if (isNode(value)) return this.nodeHtml(value)
    throw new Error(`the server sent something that is no part of a page: ${JSON.stringify(value)}`)
  }

  private componentHtml(cid: number): string {
    const component = this.components.get(cid)
    if (component === undefined) throw new Error(`the server sent no component ${cid}`)
    return this.nodeHtml(component).replace(/<[a-z][^\s/>]*/i, (tag) => `${tag} data-phx-component="${cid}"`)
  }
}

type Statics = Readonly<Record<string, readonly string[]>> | undefined

/** Sound: the server's own keys hold nothing else. */
function asStatics(value: unknown): Statics {
  return value as Statics
}

function mergeComponent(diff: Node, before: Node | undefined, like: (reference: number) => Node | undefined): Node {
  const reference = diff[KEYS.statics]
  // A copy: others of this message may refer to it as it was.
  if (typeof reference !== 'number') return mergeNode(structuredCloneOf(before ?? {}), diff, undefined)
  const base = like(reference)
  if (base === undefined) throw new Error(`the server refers to component ${reference}, which is not there`)
  const { [KEYS.statics]: _reference, ...rest } = diff
  return mergeNode(structuredCloneOf(base), rest, undefined)
}

function mergeNode(target: Node, source: Node, outer: Statics): Node {
  const shared = asStatics(source[KEYS.shared]) ?? outer
  const isNew = source[KEYS.statics] !== undefined
  const node: Node = isNew ? {} : target
  if (isNew) node[KEYS.statics] = staticsOf(source[KEYS.statics], shared)
  const entries = source[KEYS.entries]
  if (source[KEYS.stream] !== undefined) node[KEYS.stream] = source[KEYS.stream]
  if (isNode(entries)) mergeEntries(node, entries, shared)
  else for (const key of positionsIn(source)) node[key] = mergeValue(node[key], source[key], shared)
  return node
}

function mergeValue(target: unknown, source: unknown, shared: Statics): unknown {
  return isNode(source) ? mergeNode(isNode(target) ? target : {}, source, shared) : source
}

function mergeEntries(node: Node, source: Node, shared: Statics): void {
  const known = node[KEYS.entries]
  const before: Node = isNode(known) ? known : {}
  const after: Node = { ...before }
  for (const [index, entry] of Object.entries(source)) {
    if (index === KEYS.count || index === KEYS.moved) continue
    const [from, diff] = Array.isArray(entry) ? entry : typeof entry === 'number' ? [entry, {}] : [index, entry]
    const old = before[from as string]
    after[index] = mergeNode(isNode(old) ? structuredCloneOf(old) : {}, diff as Node, shared)
  }
  const count = source[KEYS.count] as number
  for (const index of positionsIn(after)) if (Number(index) >= count) delete after[index]
  after[KEYS.count] = count
  node[KEYS.entries] = after
}

function staticsOf(statics: unknown, shared: Statics): readonly string[] {
  const found = typeof statics === 'number' ? shared?.[statics] : statics
  if (Array.isArray(found)) return found
  throw new Error(`the server refers to statics ${String(statics)}, which it did not send`)
}

function entriesOf(entries: Node): Node[] {
  return Array.from({ length: entries[KEYS.count] as number }, (_, index) => entries[index] as Node)
}

function positionsIn(node: Node): string[] {
  return Object.keys(node).filter((key) => /^\d+$/.test(key))
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy that shares nothing that can change. */
function structuredCloneOf(node: Node): Node {
  const copied = Object.entries(node).map(([key, value]) => [key, isNode(value) ? structuredCloneOf(value) : value])
  return Object.fromEntries(copied)
}
