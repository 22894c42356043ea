import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parseFragment, serialize } from 'parse5'

type Element = DefaultTreeAdapterTypes.Element
type ParentNode = DefaultTreeAdapterTypes.ParentNode
type ChildNode = DefaultTreeAdapterTypes.ChildNode
/** What the client's renderer says of a stream: `[ref, inserts, deletes, isReset]`. */
type StreamOperation = readonly [string, readonly (readonly unknown[])[], readonly string[], boolean?]

const SKIP = 'data-phx-skip'
const MAGIC_ID = 'data-phx-id'
const COMPONENT = 'data-phx-component'

/**
 * What a browser has on the page after each patch, as far as it follows from the HTML of the client's renderer: skipped elements
 * stay as they were, and the containers of streams keep their children.
 */
export class PatchedPage {
  private root: ParentNode = parseFragment('')

  /** The HTML of the whole view came. */
  patch(html: string, streams: Iterable<unknown>): void {
    const after = parseFragment(html)
    this.replace(this.root, after, streams)
    this.root = after
  }

  /** The HTML of one component came. */
  patchComponent(cid: number, html: string, streams: Iterable<unknown>): void {
    const before = this.find(COMPONENT, String(cid))
    if (before === undefined) return
    const after = parseFragment(html)
    this.replace(this.root, after, streams)
    for (const child of [...after.childNodes])
      defaultTreeAdapter.insertBefore(before.parentNode as Element, child, before)
    defaultTreeAdapter.detachNode(before)
  }

  /** The numbers of the components on the page. */
  get cids(): number[] {
    return elementsIn(this.root)
      .map((element) => attribute(element, COMPONENT))
      .filter((cid) => cid !== undefined)
      .map(Number)
  }

  /** Whether a component stands inside another one of these. */
  isInsideOneOf(cid: number, cids: readonly number[]): boolean {
    for (let parent = this.find(COMPONENT, String(cid))?.parentNode; parent != null; parent = parentOf(parent)) {
      if ('attrs' in parent && cids.includes(Number(attribute(parent, COMPONENT) ?? Number.NaN))) return true
    }
    return false
  }

  /** The page without what the client's renderer adds. */
  get html(): string {
    return normalized(serialize(this.root))
  }

  private find(name: string, value: string): Element | undefined {
    return elementsIn(this.root).find((element) => attribute(element, name) === value)
  }

  private replace(before: ParentNode, after: ParentNode, streams: Iterable<unknown>): void {
    const inserts = applyToOld(before, streams as Iterable<StreamOperation>)
    const kept = new Map(elementsIn(before).map((element) => [attribute(element, MAGIC_ID), element]))
    for (const element of elementsIn(after)) {
      if (attribute(element, SKIP) === undefined) continue
      const old = kept.get(attribute(element, MAGIC_ID))
      if (old === undefined) throw new SkippedElement(`skipped, but not on the page: ${serialize(element)}`)
      if (attribute(old, 'id') !== attribute(element, 'id')) throw new Error('a skipped element lost its id')
      defaultTreeAdapter.insertBefore(element.parentNode as Element, old, element)
      defaultTreeAdapter.detachNode(element)
    }
    for (const container of elementsIn(after)) {
      if (attribute(container, 'phx-update') === 'stream') mergeStream(before, container, inserts)
    }
  }
}

/** The renderer left out an element that the page does not have. */
export class SkippedElement extends Error {}

/** HTML as the page has it: without the client's own marks. */
export function normalized(html: string): string {
  const root = parseFragment(html)
  for (const element of elementsIn(root)) {
    element.attrs = element.attrs.filter(({ name }) => ![MAGIC_ID, COMPONENT, 'data-phx-view'].includes(name))
  }
  return serialize(root)
}

interface Insert {
  readonly at: number
  readonly isReset: boolean
}

/** Deletes and resets on the page as it is. @returns what is to be inserted, by id. */
function applyToOld(before: ParentNode, streams: Iterable<StreamOperation>): Map<string, Insert> {
  const inserts = new Map<string, Insert>()
  for (const [ref, added, deletes, isReset = false] of streams) {
    for (const [domId, at] of added) inserts.set(domId as string, { at: at as number, isReset })
    for (const element of elementsIn(before)) {
      const isOld = isReset && attribute(element, 'data-ref') === ref
      if (isOld || deletes.includes(attribute(element, 'id') ?? '')) defaultTreeAdapter.detachNode(element)
    }
  }
  return inserts
}

/** A container of the new page gets the children that the old one has, and the new ones among them. */
function mergeStream(before: ParentNode, container: Element, inserts: Map<string, Insert>): void {
  const old = elementsIn(before).find((element) => attribute(element, 'id') === attribute(container, 'id'))
  if (old === container) return // it was skipped, and is the old one
  const children = [...(old?.childNodes ?? [])] as Element[]
  for (const child of [...container.childNodes] as Element[]) {
    const id = attribute(child, 'id')
    const same = children.findIndex((element) => attribute(element, 'id') === id)
    const at = inserts.get(id ?? '')?.at ?? -1
    if (same >= 0) children.splice(same, 1, child)
    else if (at < 0) children.push(child)
    else children.splice(at, 0, child)
  }
  for (const child of [...container.childNodes]) defaultTreeAdapter.detachNode(child)
  for (const child of children) {
    defaultTreeAdapter.detachNode(child)
    defaultTreeAdapter.appendChild(container, child)
  }
}

function elementsIn(parent: ParentNode): Element[] {
  return parent.childNodes.flatMap((child) => (isElement(child) ? [child, ...elementsIn(child)] : []))
}

function isElement(node: ChildNode): node is Element {
  return 'attrs' in node
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value
}

function parentOf(node: ParentNode): ParentNode | null {
  return 'parentNode' in node ? node.parentNode : null
}
