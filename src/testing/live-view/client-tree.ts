import { KEYS } from '../../live-view/diff/wire-keys.ts'

// What the page keeps of a view: the tree, merged from its messages. A second implementation beside the browser's, for tests without
// one; test/testing/live-view compares the two. Semantics: liveview.md §5.

/** A template with what stands in it, or one entry of a list: positions by index. */
interface Node {
  [key: string]: unknown
}

/** `[ref, inserts, deletes, isReset]` */
type StreamOperation = readonly [
  ref: string,
  inserts: readonly (readonly [domId: string, at: number, limit: number | null, updateOnly: boolean | null])[],
  deletes: readonly string[],
  isReset?: boolean,
]

interface StreamItem {
  readonly domId: string
  readonly content: Node
}

/** A stream as the page has it: its messages hold only what is new, the page holds everything. */
class StreamNode {
  statics: readonly string[] = []
  items: StreamItem[] = []

  apply([, inserts, deletes, isReset = false]: StreamOperation, entries: readonly Node[]): void {
    this.items = isReset ? [] : this.items.filter(({ domId }) => !deletes.includes(domId))
    const inOrder = [...inserts].reverse()
    for (const [index, content] of entries.entries()) {
      const insert = inOrder[index]
      if (insert !== undefined) this.insert(insert, content)
    }
  }

  private insert([domId, at, limit, updateOnly]: StreamOperation[1][number], content: Node): void {
    const item = { domId, content }
    const place = this.items.findIndex((known) => known.domId === domId)
    if (place >= 0) this.items[place] = item
    else if (updateOnly) return
    else if (at < 0) this.items.push(item)
    else this.items.splice(at, 0, item)
    if (limit !== null) this.items = limit < 0 ? this.items.slice(limit) : this.items.slice(0, limit)
  }
}

/** The tree of one view at its client. */
export class ClientTree {
  private root: Node = {}
  private readonly components = new Map<number, Node>()

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

  /** The components that stand somewhere on the page. */
  get shownCids(): Set<number> {
    const shown = new Set<number>()
    const visit = (value: unknown): void => {
      if (typeof value === 'number' && !shown.has(value)) {
        shown.add(value)
        visit(this.components.get(value))
      } else if (value instanceof StreamNode) for (const { content } of value.items) visit(content)
      else if (isNode(value)) for (const inner of contentsOf(value)) visit(inner)
    }
    visit(this.root)
    return shown
  }

  /** The server has forgotten these. */
  prune(cids: readonly number[]): void {
    for (const cid of cids) this.components.delete(cid)
  }

  /** The HTML of all of it. Components carry `data-phx-component`. @throws {Error} for a component that never came. */
  toHtml(): string {
    return this.nodeHtml(this.root)
  }

  private nodeHtml(node: Node): string {
    const statics = node[KEYS.statics] as readonly string[]
    const entries = node[KEYS.entries]
    if (!isNode(entries)) return this.entryHtml(statics, node)
    return entriesOf(entries)
      .map((entry) => this.entryHtml(statics, entry))
      .join('')
  }

  private entryHtml(statics: readonly string[], node: Node): string {
    let html = statics[0] ?? ''
    for (let index = 1; index < statics.length; index++) html += this.valueHtml(node[index - 1]) + statics[index]
    return html
  }

  private valueHtml(value: unknown): string {
    if (typeof value === 'string') return value
    if (typeof value === 'number') return this.componentHtml(value)
    if (value instanceof StreamNode)
      return value.items.map(({ content }) => this.entryHtml(value.statics, content)).join('')
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
  if (isNode(entries)) mergeEntries(node, entries, shared)
  else for (const key of positionsIn(source)) node[key] = mergeValue(node[key], source[key], shared)
  return node
}

function mergeValue(target: unknown, source: unknown, shared: Statics): unknown {
  if (!isNode(source)) return source
  const operation = source[KEYS.stream]
  if (operation !== undefined) return mergeStream(target, source, asStatics(source[KEYS.shared]) ?? shared)
  return mergeNode(isNode(target) ? target : {}, source, shared)
}

function mergeStream(target: unknown, source: Node, shared: Statics): StreamNode {
  const isNew = !(target instanceof StreamNode)
  const stream = isNew ? new StreamNode() : target
  if (source[KEYS.statics] !== undefined) stream.statics = staticsOf(source[KEYS.statics], shared)
  const entries = entriesOf(source[KEYS.entries] as Node).map((entry) => mergeNode({}, entry, shared)) // it has them
  stream.apply(source[KEYS.stream] as StreamOperation, entries) // and this
  return stream
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

function contentsOf(node: Node): unknown[] {
  const entries = node[KEYS.entries]
  if (isNode(entries)) return entriesOf(entries)
  return positionsIn(node).map((key) => node[key])
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof StreamNode)
}

/** A copy that shares nothing that can change. */
function structuredCloneOf(node: Node): Node {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, copyOf(value)]))
}

function copyOf(value: unknown): unknown {
  if (isNode(value)) return structuredCloneOf(value)
  if (!(value instanceof StreamNode)) return value
  const copy = new StreamNode()
  copy.statics = value.statics
  copy.items = [...value.items]
  return copy
}
