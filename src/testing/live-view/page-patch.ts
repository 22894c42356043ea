import type { StreamOperation } from './client-tree.ts'
import {
  attributeOf,
  childElementsOf,
  type Element,
  elementsIn,
  outerHtml,
  type Page,
  removeElement,
  replaceChildNodes,
  setAttributesOf,
} from './dom.ts'
import { wrong } from './failure.ts'

// What of the page outlives a new one: the children of streams, and what the page's own scripts have made. As the browser does it;
// source: dom_patch.ts of phoenix_live_view, with what morphdom does to the children of a stream.

interface Insert {
  readonly ref: string
  readonly at: number
  readonly limit: number | null
  readonly updateOnly: boolean
}

/** The streams that elements came by. */
const streamOf = new WeakMap<Element, string>()

/** An element takes the place of another one, which may have come by a stream. */
export function staysInStream(before: Element, after: Element): void {
  const ref = streamOf.get(before)
  if (ref !== undefined) streamOf.set(after, ref)
}

/** One patch: what was on the page, and what is to happen to its streams. */
export class PagePatch {
  /** Containers as they were, by id. */
  private readonly containers: ReadonlyMap<string, Element>
  private readonly isJoin: boolean
  private readonly inserts = new Map<string, Insert>()
  /** Taken off the page, and put in again. */
  private readonly returning = new Set<string>()
  /** Inserts whose elements were not found yet. */
  private readonly missing = new Set<string>()

  constructor(patch: { before: Page; isJoin: boolean; streams: readonly StreamOperation[] }) {
    const { before, isJoin, streams } = patch
    const marked = elementsIn(before).filter((element) => attributeOf(element, 'phx-update') !== undefined)
    this.containers = new Map(marked.map((element) => [idOf(element), element]))
    this.isJoin = isJoin
    for (const operation of streams) this.begin(before, operation)
  }

  /** Resets and deletes come first. */
  private begin(before: Page, [ref, inserts, deletes, isReset]: StreamOperation): void {
    for (const [domId, at, limit, updateOnly] of inserts) {
      this.inserts.set(domId, { ref, at, limit, updateOnly: updateOnly === true })
      this.missing.add(domId)
    }
    for (const element of elementsIn(before)) {
      const id = idOf(element)
      if ((isReset === true && streamOf.get(element) === ref) || deletes.includes(id)) this.take(element)
    }
  }

  private take(element: Element): void {
    const id = idOf(element)
    if (this.inserts.has(id)) this.returning.add(id)
    removeElement(element)
  }

  /** Puts what stays into the new page. @throws {AssertionError} for children without id, and items without an element. */
  apply(after: Page): void {
    this.patchIn(after)
    const [domId] = this.missing
    if (domId === undefined) return
    throw wrong(
      `the item ${domId} of a stream is nowhere on the page. Give its element id=\${domId}, as each gives it, and put that directly ` +
        'into an element with an id and phx-update="stream".',
    )
  }

  private patchIn(parent: Page | Element): void {
    for (const element of childElementsOf(parent)) {
      const kind = attributeOf(element, 'phx-update')
      if (kind === 'stream') this.patchStream(element)
      else if (kind === 'ignore') this.keep(element)
      else this.patchIn(element)
    }
  }

  /** Its children, and those attributes that are no data, are the page's own. */
  private keep(element: Element): void {
    const old = this.containers.get(idOf(element))
    if (old === undefined) return
    const isData = ({ name }: { name: string }) => name.startsWith('data-')
    setAttributesOf(element, [...old.attrs.filter((attr) => !isData(attr)), ...element.attrs.filter(isData)])
    replaceChildNodes(element, [...old.childNodes])
  }

  private patchStream(container: Element): void {
    const fresh = childElementsOf(container)
    for (const child of fresh) {
      if (attributeOf(child, 'id') === undefined)
        throw wrong(`a child of the stream ${attributeOf(container, 'id')} has no id: ${outerHtml(child)}`)
    }
    const children = this.arranged(container, fresh)
    replaceChildNodes(container, children)
    for (const child of children) if (fresh.includes(child)) this.patchIn(child)
  }

  private arranged(container: Element, fresh: readonly Element[]): Element[] {
    const old = this.containers.get(idOf(container))
    const isThere = old !== undefined || this.isJoin // a page that was made over HTTP has it, and is emptied
    const children = isThere ? childElementsOf(old) : [...fresh]
    const known = new Set(children.map(idOf))
    for (const child of fresh) {
      if (!isThere) this.arrange(children, child)
      // What a limit has just cut off is not found again.
      else if (!known.has(idOf(child)) || children.some((other) => idOf(other) === idOf(child)))
        this.put(children, child)
      this.missing.delete(idOf(child))
    }
    return children
  }

  /** A child goes into a container that was there: where it stands, or where it belongs. */
  private put(children: Element[], child: Element): void {
    const insert = this.inserts.get(idOf(child))
    const place = children.findIndex((known) => idOf(known) === idOf(child))
    if (insert !== undefined) streamOf.set(child, insert.ref)
    else if (place >= 0) staysInStream(children[place] as Element, child)
    if (place >= 0) children[place] = child
    else if (insert === undefined) children.push(child)
    else if (!insert.updateOnly || this.returning.has(idOf(child))) insertInto(children, child, insert)
  }

  /** A child came with its container: it goes where it belongs. */
  private arrange(children: Element[], child: Element): void {
    const insert = this.inserts.get(idOf(child))
    if (insert === undefined) return
    streamOf.set(child, insert.ref)
    const place = children.indexOf(child)
    if (insert.at >= 0 && place >= 0)
      children.splice(Math.min(insert.at, children.length - 1), 0, ...children.splice(place, 1))
    limit(children, insert)
  }
}

function idOf(element: Element): string {
  return attributeOf(element, 'id') ?? ''
}

/** At the end means: before the first child that is not of a stream, when such a one is last. All children count for an index. */
function insertInto(children: Element[], child: Element, insert: Insert): void {
  const last = children.at(-1)
  const isLastOther = last !== undefined && !streamOf.has(last)
  const end = isLastOther ? children.findIndex((known) => !streamOf.has(known)) : children.length
  children.splice(insert.at < 0 ? end : insert.at, 0, child)
  limit(children, insert)
}

function limit(children: Element[], { limit: most }: Insert): void {
  if (most === null) return
  if (most < 0) children.splice(0, Math.max(0, children.length + most))
  else children.splice(most)
}
