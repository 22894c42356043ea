import { ClientTree, type StreamOperation } from './client-tree.ts'
import {
  attributeOf,
  childElementsOf,
  type Element,
  elementsIn,
  isInside,
  type Page,
  parseHtml,
  replaceElement,
  toHtml,
} from './dom.ts'
import { PagePatch, staysInStream } from './page-patch.ts'

/** What a message of the server says of a tree. */
type Message = Readonly<Record<string, unknown>>

/** What is on the page of one view: the tree of its messages, and the elements that were made of it. */
export class ClientPage {
  private readonly tree = new ClientTree()
  private root: Page = parseHtml('')
  private isJoined = false

  /** A message came: the first one is the whole tree. @throws {AssertionError} for a stream that is shown in a wrong way. */
  merge(message: Message): void {
    this.tree.merge(message)
    const { c: components, ...rest } = message
    if (this.isJoined && components !== undefined && Object.keys(rest).length === 0)
      this.patchComponents(Object.keys(components as object).map(Number))
    else this.patch()
    this.isJoined = true
  }

  private patch(): void {
    const { html, streams } = this.tree.render()
    this.root = this.patched(html, streams)
  }

  private patched(html: string, streams: readonly StreamOperation[]): Page {
    const after = parseHtml(html)
    new PagePatch({ before: this.root, isJoin: !this.isJoined, streams }).apply(after)
    return after
  }

  /** Of components inside of others the outer ones are enough. */
  private patchComponents(cids: readonly number[]): void {
    const elements = cids.map((cid) => this.componentElement(cid)).filter((element) => element !== undefined)
    for (const cid of cids) {
      const element = this.componentElement(cid)
      if (element === undefined || elements.some((outer) => isInside(element, outer))) continue
      const { html, streams } = this.tree.renderComponent(cid)
      const after = this.patched(html, streams)
      for (const root of childElementsOf(after)) staysInStream(element, root)
      replaceElement(element, after)
    }
  }

  private componentElement(cid: number): Element | undefined {
    return elementsIn(this.root).find((element) => attributeOf(element, 'data-phx-component') === String(cid))
  }

  /** The components that are known. */
  get cids(): number[] {
    return this.tree.cids
  }

  /** The components that stand somewhere on the page. */
  get shownCids(): Set<number> {
    const cids = elementsIn(this.root).map((element) => attributeOf(element, 'data-phx-component'))
    return new Set(cids.filter((cid) => cid !== undefined).map(Number))
  }

  /** The server has forgotten these. */
  prune(cids: readonly number[]): void {
    this.tree.prune(cids)
  }

  /** The HTML of all of it. Components carry `data-phx-component`. */
  toHtml(): string {
    return toHtml(this.root)
  }
}
