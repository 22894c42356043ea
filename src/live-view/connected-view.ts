import type { Membership } from '../channel/joinable.ts'
import { reply, type Stop } from '../channel/result.ts'
import type { Pid } from '../core/pid.ts'
import { type ExitReason, isAbnormal, shutdown } from '../core/reason.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { MessageRef } from '../wire/message.ts'
import { clientVersion } from './client-version.ts'
import { ComponentSocket } from './component.ts'
import { containerForWire, mergedContainer } from './container.ts'
import type { Diff } from './diff/differ.ts'
import { KEYS } from './diff/wire-keys.ts'
import type {} from './events.ts'
import { clearFlash } from './flash.ts'
import { runAfterRender } from './hooks.ts'
import type { GoodJoin } from './join.ts'
import type { LiveLayout } from './layout.ts'
import { Lifecycle, type Patched } from './lifecycle.ts'
import type { Redirect } from './navigation.ts'
import { connectedNested } from './nested-view.ts'
import { observed } from './observed.ts'
import { factsOfConnection } from './page-facts.ts'
import { type PageViews, pageViewsOf } from './page-views.ts'
import type { Invoke, Pass } from './pass.ts'
import { layoutOf, renderView } from './render-view.ts'
import type { Site } from './site.ts'
import type { PageEvent } from './state.ts'
import { signFlash } from './tokens.ts'
import type { ComponentInstance } from './tree/component-instance.ts'
import { ViewTree } from './tree/view-tree.ts'
import { releaseAllHandles } from './upload/upload-handle.ts'
import { LiveViewSocket } from './view-socket.ts'
import { visitOfConnection } from './visit.ts'

const DESTROYED = emitter('beamish.liveComponent.destroyed')

/** What a connected view needs of its process. */
export interface ViewHost {
  readonly membership: Membership
  readonly site: Site
  readonly invoke: Invoke
  readonly process: LocalProcess
}

/** Where a view stands among the others of its page. */
export interface Kin {
  /** `undefined` for a root. */
  readonly parentPid: Pid | undefined
  readonly rootPid: Pid
  /** Scheme, host and port of the page. */
  readonly origin: string
  /** What `assignNew` finds. */
  readonly shared: Readonly<Record<string, unknown>>
}

/** What the view around a child says when that is joined. */
export type FromParent = Omit<Kin, 'parentPid'>

/** A child asks the root view to go to another address of that. */
export class PatchOfChild {
  readonly target: Redirect
  readonly flash: Record<string, unknown>

  constructor(target: Redirect, flash: Record<string, unknown>) {
    this.target = target
    this.flash = flash
  }
}

/** How a join came out. */
export type JoinOutcome = { readonly type: 'accepted' | 'refused'; readonly response: object }

/** The view has said what it had to say, and its process ends. */
export interface Ending {
  readonly reason: ExitReason
}

/** The message that is being handled, as far as somebody waits for it. */
export interface Turn {
  /** Of the client's message; `null` when the page did not ask. */
  readonly ref: MessageRef
  /** What a hook of the page gets. */
  readonly reply?: object | undefined
  /** What the answer says beside what changed. */
  readonly response?: object | undefined
}

/** Nobody waits. */
export const UNASKED: Turn = { ref: null }

/**
 * A view with a client: its socket, its tree, and what is said to the page after each callback, in the order of liveview.md §4.3.
 * No process: whoever has one performs its passes, one at a time.
 */
export class ConnectedView {
  readonly socket: LiveViewSocket
  readonly tree: ViewTree
  readonly lifecycle: Lifecycle
  private readonly asked: GoodJoin
  private readonly host: ViewHost
  private readonly pageViews: PageViews
  /** What the views in it find it by; only if there are any. */
  private key: string | undefined = undefined
  private layout: LiveLayout | false = false

  constructor(asked: GoodJoin, { parentPid, rootPid, origin, shared }: Kin, host: ViewHost) {
    const { id, view, found, flash, connectParams: params, info } = asked
    const { site, invoke, membership, process } = host
    this.asked = asked
    this.host = host
    this.pageViews = pageViewsOf(membership.transport)
    this.socket = new LiveViewSocket({
      id,
      view,
      site,
      origin,
      route: found?.route,
      isChild: parentPid !== undefined,
      flash,
      connection: { params, info, transportPid: membership.transport.pid, process, parentPid, rootPid },
      shared,
      visit: visitOfConnection(params, info),
    })
    this.lifecycle = new Lifecycle(this.socket, invoke)
    this.tree = new ViewTree({
      invoke,
      page: factsOfConnection({ params, info }),
      componentSocket: (cid) => new ComponentSocket(cid, this.socket),
      nestedView: (use, before) =>
        connectedNested(use, before, { socket: this.socket, parentKey: () => this.keyOnPage() }),
      forgotten: (instance) => this.forget(instance),
    })
  }

  // ── Views in it ──

  /** What tokens call it: for the views in it, and for its uploads. */
  keyOnPage(): string {
    this.key ??= this.pageViews.add(this.host.process.pid)
    return this.key
  }

  /** What a child that is joined is told. @param names - what it asks for with `assignNew`. */
  tellChild(names: readonly string[]): FromParent {
    const { assigns, origin, rootPid = this.host.process.pid } = this.socket
    const known = names.filter((name) => Object.hasOwn(assigns, name))
    const shared = Object.fromEntries(known.map((name) => [name, assigns[name]]))
    return { rootPid, origin, shared }
  }

  /** A view in this one asks for another address: what it put into the flash goes along. */
  *patchForChild({ target, flash }: PatchOfChild): Pass<Ending | undefined> {
    this.socket.redirect = target
    this.socket.newFlash = flash
    return yield* this.conclude(UNASKED)
  }

  // ── Join ──

  /** Mounts the view, and renders all of it. */
  *join(): Pass<JoinOutcome> {
    const { socket, lifecycle, asked } = this
    const { found, session } = asked
    const options = yield* lifecycle.mount({ params: found?.params ?? {}, session, uri: found?.uri })
    this.layout = layoutOf(socket, options, asked.parent !== null || asked.isSticky)
    let patched: Patched | undefined
    if (socket.redirect === undefined && found !== undefined) {
      yield* lifecycle.handleParams(found.params, found.uri)
      patched = yield* lifecycle.followPatches()
    }
    if (socket.redirect !== undefined) return { type: 'refused', response: this.joinRedirect(socket.redirect) }
    socket.forgetShared()
    const rendered = yield* this.render(true)
    return { type: 'accepted', response: this.joined(rendered as Diff, patched) } // the first render is never empty
  }

  private joined(rendered: Diff, patched: Patched | undefined): object {
    const { view, route } = this.socket
    const container = containerForWire(mergedContainer(view.prepared.container, route?.container))
    return {
      rendered,
      liveview_version: clientVersion(),
      ...(this.asked.isRedirected && { container }),
      ...(patched !== undefined && { live_patch: patched }),
    }
  }

  private joinRedirect(target: Redirect): object {
    return { ...this.redirectResponse(target), events: this.takePageEvents() }
  }

  // ── After a callback ──

  /** A message comes in: what was put into the flash before is older than it. */
  begin(): void {
    this.socket.newFlash = {}
  }

  /** As {@link begin}, for a component. @returns it; `undefined` when it is gone. */
  beginComponent(cid: number): ComponentInstance | undefined {
    const instance = this.tree.components.get(cid)
    if (instance !== undefined) instance.socket.newFlash = {}
    return instance
  }

  /** Does what a callback of the view asked for, and tells the page what changed. */
  *conclude(turn: Turn): Pass<Ending | undefined> {
    const { socket } = this
    this.handPatchToRoot()
    const patched = socket.redirect === undefined ? undefined : yield* this.lifecycle.followPatches()
    if (socket.redirect !== undefined) return yield* this.go(socket.redirect, turn)
    const diff = yield* this.render(false)
    if (patched !== undefined) this.host.membership.push('live_patch', patched)
    this.tell(turn, diff)
    return undefined
  }

  /** The address is the root's: a patch that a child asks for is done there. */
  private handPatchToRoot(): void {
    const { socket, host } = this
    const { redirect, rootPid, newFlash } = socket
    if (redirect?.type !== 'patch' || rootPid === host.process.pid) return
    socket.redirect = undefined
    rootPid?.receiver?.deliver(new PatchOfChild(redirect, newFlash))
  }

  private *go(target: Redirect, turn: Turn): Pass<Ending | undefined> {
    if (target.type !== 'navigate' || !this.asked.isSticky) return this.leaveFor(target, turn)
    // The page goes to another view, and takes this one along.
    this.tellRedirect(target, turn)
    this.socket.redirect = undefined
    this.tell(UNASKED, yield* this.render(false))
    return undefined
  }

  /** As {@link conclude}, after a callback of a component: its own changes come first. */
  *concludeComponent(instance: ComponentInstance, turn: Turn): Pass<Ending | undefined> {
    const { socket } = instance
    const { redirect, newFlash } = socket
    if (redirect !== undefined) clearFlash(socket)
    const diff = yield* this.renderComponent(instance)
    if (redirect === undefined) {
      this.tell(turn, diff)
      return undefined
    }
    socket.redirect = undefined
    if (diff !== undefined) this.host.membership.push('diff', diff)
    this.socket.redirect = redirect
    this.socket.newFlash = newFlash
    return yield* this.conclude(turn)
  }

  /** Updates a component with what somebody sent it. */
  *updateComponent(instance: ComponentInstance, assigns: object): Pass<undefined> {
    instance.socket.newFlash = {}
    yield* this.tree.updateComponent(instance, assigns)
    this.tell(UNASKED, yield* this.renderComponent(instance))
    return undefined
  }

  /** A callback ends the view. As intended: the page is told, and stays away. */
  stop({ reason }: Stop, turn: Turn): Ending {
    const { redirect } = this.socket
    if (redirect !== undefined) {
      this.leaveFor(redirect, turn)
    } else if (!isAbnormal(reason)) {
      this.tell(turn, withEvents(undefined, this.takePageEvents()))
      this.host.membership.close()
    }
    return { reason }
  }

  private leaveFor(target: Redirect, turn: Turn): Ending {
    this.tellRedirect(target, turn)
    this.host.membership.close()
    if (this.key !== undefined) this.pageViews.leaves(this.key)
    return { reason: shutdown({ type: target.type, to: target.to }) }
  }

  private tellRedirect(target: Redirect, turn: Turn): void {
    const { membership } = this.host
    const response = this.redirectResponse(target)
    const events = this.takePageEvents()
    if (events.length > 0) membership.push('diff', { [KEYS.events]: events })
    if (turn.ref === null) {
      for (const [event, payload] of Object.entries(response)) membership.push(event, payload)
    } else {
      membership.answer(turn.ref, reply(response))
    }
  }

  /** As the client reads it: the name of an event, and what goes with it. */
  private redirectResponse(target: Redirect): Readonly<Record<string, object>> {
    const { site } = this.host
    const { newFlash } = this.socket
    const flash = Object.keys(newFlash).length > 0 ? { flash: signFlash(site, newFlash) } : {}
    const { to } = target
    if (target.type !== 'redirect') return { live_redirect: { to, kind: target.kind, ...flash } }
    return { redirect: { to, ...(!target.isExternal && { status: target.status }), ...flash } }
  }

  // ── Render ──

  private *render(isFirst: boolean): Pass<Diff | undefined> {
    const changed = this.socket.isChanged
    if (!isFirst && !changed) return withEvents(undefined, this.takePageEvents())
    const metadata = () => ({ ...this.renderFacts, force: isFirst, changed })
    const diff = yield* observed('beamish.liveView.render', metadata, this.renderAll())
    return withEvents(diff, this.takePageEvents())
  }

  private *renderAll(): Pass<Diff | undefined> {
    const { socket, tree } = this
    const hasTitle = socket.changed.has('pageTitle') && this.isMain
    let diff = yield* tree.render(renderView(socket, this.layout, tree.isNew))
    if (hasTitle) diff = { ...diff, [KEYS.title]: String(socket.assigns.pageTitle ?? '') }
    socket.rendered()
    socket.forgetItems()
    if (socket.hooks.has('afterRender')) yield* runAfterRender(this.host.invoke, socket)
    return diff
  }

  /** One component that changed, with what is in it. */
  private *renderComponent(instance: ComponentInstance): Pass<Diff | undefined> {
    const { module, id, cid, socket } = instance
    let pass = this.tree.renderComponent(instance)
    if (socket.isChanged) {
      const component = module.moduleName
      const metadata = () => ({ ...this.renderFacts, force: false, changed: true, component, id, cid })
      pass = observed('beamish.liveView.render', metadata, pass)
    }
    return withEvents(yield* pass, this.tree.takePageEvents())
  }

  private get renderFacts() {
    const { socket } = this
    return { view: socket.view.moduleName, socket }
  }

  private get isMain(): boolean {
    return this.socket.route !== undefined
  }

  /** Those of components first. */
  private takePageEvents(): PageEvent[] {
    const ofComponents = this.tree.takePageEvents()
    const own = this.socket.takePageEvents()
    return ofComponents.length === 0 ? own : [...ofComponents, ...own]
  }

  /** Answers a message of the page; nothing when it wants no answer. */
  answer(ref: MessageRef, response: object): void {
    if (ref !== null) this.host.membership.answer(ref, reply(response))
  }

  /** The page has dropped these components. @returns those that are gone now. */
  destroy(cids: readonly number[]): number[] {
    const gone = this.tree.destroy(cids)
    for (const instance of gone) this.forget(instance)
    return gone.map(({ cid }) => cid)
  }

  private forget({ module, cid, socket }: ComponentInstance): void {
    releaseAllHandles(socket)
    if (!DESTROYED.hasHandlers) return
    DESTROYED.execute({ count: 1 }, { component: module.moduleName, cid, socket, viewSocket: this.socket })
  }

  /** Tells the page what changed: as the answer to its message, or by itself. */
  tell({ ref, reply: pageReply, response }: Turn, diff: Diff | undefined): void {
    const { membership } = this.host
    const message = pageReply === undefined ? diff : { ...diff, [KEYS.reply]: pageReply }
    if (ref !== null) membership.answer(ref, reply({ ...response, ...(message !== undefined && { diff: message }) }))
    else if (message !== undefined) membership.push('diff', message)
  }
}

function withEvents(diff: Diff | undefined, events: readonly PageEvent[]): Diff | undefined {
  return events.length === 0 ? diff : { ...diff, [KEYS.events]: events }
}
