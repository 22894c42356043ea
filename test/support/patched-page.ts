import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parseFragment, serialize } from 'parse5'
import type { StreamOperation } from '../../src/testing/live-view/client-tree.ts'
import { PagePatch, staysInStream } from '../../src/testing/live-view/page-patch.ts'

type Element = DefaultTreeAdapterTypes.Element
type ParentNode = DefaultTreeAdapterTypes.ParentNode
type ChildNode = DefaultTreeAdapterTypes.ChildNode

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
    for (const child of [...after.childNodes]) {
      if (isElement(child)) staysInStream(before, child)
      defaultTreeAdapter.insertBefore(before.parentNode as Element, child, before)
    }
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
    const patch = new PagePatch({ before, isJoin: false, streams: [...streams] as StreamOperation[] })
    const kept = new Map(elementsIn(before).map((element) => [attribute(element, MAGIC_ID), element]))
    for (const element of elementsIn(after)) {
      if (attribute(element, SKIP) === undefined) continue
      const old = kept.get(attribute(element, MAGIC_ID))
      if (old === undefined) throw new SkippedElement(`skipped, but not on the page: ${serialize(element)}`)
      if (attribute(old, 'id') !== attribute(element, 'id')) throw new Error('a skipped element lost its id')
      defaultTreeAdapter.insertBefore(element.parentNode as Element, old, element)
      defaultTreeAdapter.detachNode(element)
    }
    patch.apply(after)
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
