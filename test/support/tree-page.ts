import type { Callback } from '../../src/behaviours/server.ts'
import { ComponentSocket } from '../../src/live-view/component.ts'
import type { Diff } from '../../src/live-view/diff/differ.ts'
import { ViewPrint } from '../../src/live-view/diff/prints.ts'
import type { Pass } from '../../src/live-view/pass.ts'
import type { Rendered } from '../../src/live-view/template/html.ts'
import { NO_FACTS } from '../../src/live-view/template/page-value.ts'
import type { ComponentInstance } from '../../src/live-view/tree/component-instance.ts'
import { ViewTree } from '../../src/live-view/tree/view-tree.ts'
import { ClientPage } from '../../src/testing/live-view/client-page.ts'
import { PatchedPage } from './patched-page.ts'
import { type ClientRendered, type ClientRenderedClass, clientRendered } from './rendered.ts'

const Rendering: ClientRenderedClass = await clientRendered()

/** A tree, and the page that the official client's renderer makes of its messages. */
export class TreePage {
  readonly tree: ViewTree
  /** The components that went with a root. */
  readonly forgotten: ComponentInstance[] = []
  /** The same tree as our own test client has it. */
  readonly own = new ClientPage()
  private client: ClientRendered | undefined = undefined
  private readonly page = new PatchedPage()
  /** What has left the page, and the server was not told yet. */
  private readonly removed = new Set<number>()
  /**
   * Whether a component came back before the server knew that it was gone. The client's renderer marks its next render as whole, and
   * forgets to give the elements in it their marks; when it gives them later, in a render that it throws away, it takes them for
   * being on the page. Then it may skip an element that is not there (1.2.12): nothing that a server sends prevents it.
   */
  hasUnannouncedReturn = false
  /**
   * Whether a message took a component from one component and put it into another. The client patches one after the other, and when the
   * second comes the element of the first is gone, with the items of its streams, which no server has any more (1.2.12).
   */
  hasMovedBetweenComponents = false

  constructor() {
    const view = { connected: true }
    this.tree = new ViewTree({
      invoke: (callback: Callback, a, b, c) => callback.call(a, b, c),
      page: NO_FACTS,
      componentSocket: (cid) => new ComponentSocket(cid, view),
      nestedView: (use, before) => before ?? new ViewPrint(use, '', `<div id="${use.id}"></div>`),
      forgotten: (instance) => this.forgotten.push(instance),
    })
  }

  /** Renders the view. @returns the message as the client gets it, `{}` for none. */
  render(rendered: Rendered): Diff {
    return this.receive(atOnce(this.tree.render(rendered)))
  }

  /** Renders a component after a change to it. */
  renderComponent(instance: ComponentInstance): Diff {
    return this.receive(atOnce(this.tree.renderComponent(instance)))
  }

  /** Sends a component assigns. */
  updateComponent(instance: ComponentInstance, assigns: object): Diff {
    atOnce(this.tree.updateComponent(instance, assigns))
    return this.renderComponent(instance)
  }

  component(cid: number): ComponentInstance {
    const instance = this.tree.components.get(cid)
    if (instance === undefined) throw new Error(`no component ${cid}`)
    return instance
  }

  /** The components that are on the page. */
  get shown(): ComponentInstance[] {
    return this.page.cids.map((cid) => this.component(cid))
  }

  /** What is on the page, without the client's own marks. */
  get html(): string {
    return this.page.html
  }

  /** The client's `cids_will_destroy` arrives: what has left the page since the last one. @returns their numbers. */
  announceRemoval(): number[] {
    const gone = [...this.removed]
    this.removed.clear()
    this.tree.mark(gone)
    return gone
  }

  /** The second half of it, `cids_destroyed`: those that are still absent. @returns what the server deleted. */
  confirmRemoval(cids: readonly number[]): number[] {
    const onPage = new Set(this.page.cids)
    const deleted = this.tree.destroy(cids.filter((cid) => !onPage.has(cid))).map(({ cid }) => cid)
    this.client?.pruneCIDs(deleted)
    this.own.prune(deleted)
    return deleted
  }

  /** A patch may have taken components away: from here on the client renders them whole, should they come back. */
  private noteRemoval(before: readonly number[]): void {
    const onPage = new Set(this.page.cids)
    this.hasUnannouncedReturn ||= [...this.removed].some((cid) => onPage.has(cid))
    for (const cid of before) {
      if (onPage.has(cid) || this.client?.get().c?.[cid] === undefined) continue
      this.client.resetRender(cid)
      this.removed.add(cid)
    }
  }

  private receive(diff: Diff | undefined): Diff {
    if (diff === undefined) return {}
    const before = this.page.cids
    this.own.merge(copy(diff))
    if (this.client === undefined) this.join(copy(diff))
    else this.merge(this.client, copy(diff))
    this.noteRemoval(before)
    return copy(diff)
  }

  private join(diff: Diff): void {
    this.client = new Rendering('v', diff)
    const { buffer, streams } = this.client.toString()
    this.page.patch(buffer, streams)
  }

  private merge(client: ClientRendered, diff: Diff): void {
    client.mergeDiff(diff)
    if (client.isComponentOnlyDiff(diff)) this.patchComponents(client, client.componentCIDs(diff))
    else {
      const { buffer, streams } = client.toString()
      this.page.patch(buffer, streams)
    }
  }

  private patchComponents(client: ClientRendered, cids: readonly number[]): void {
    const onPage = new Set(this.page.cids)
    const taken = new Set<number>()
    for (const cid of cids) {
      if (!onPage.has(cid) || this.page.isInsideOneOf(cid, cids)) continue
      const before = this.page.cids
      const { buffer, streams } = client.componentToString(cid)
      this.page.patchComponent(cid, buffer, streams)
      const after = new Set(this.page.cids)
      for (const other of before) if (!after.has(other)) taken.add(other)
      this.hasMovedBetweenComponents ||= [...taken].some((other) => after.has(other))
    }
  }
}

/** The result of a pass that waits for nothing. */
export function atOnce<Result>(pass: Pass<Result>): Result {
  const step = pass.next()
  if (!step.done) throw new Error('this pass waits')
  return step.value
}

/** As it comes off the wire. */
export function copy(diff: Diff): Diff {
  return JSON.parse(JSON.stringify(diff)) as Diff
}
