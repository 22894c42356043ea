import { badReturn } from '../../channel/errors.ts'
import type { ComponentModule, ComponentSocket } from '../component.ts'
import { type Diff, type DiffHost, diffTree, type Likeness } from '../diff/differ.ts'
import { mention } from '../diff/mention.ts'
import type { NodePrint, ViewPrint } from '../diff/prints.ts'
import { SharedStatics } from '../diff/shared-statics.ts'
import { KEYS } from '../diff/wire-keys.ts'
import { duplicateComponent, duplicateStream, noRoot, redirectInUpdate } from '../errors.ts'
import type {} from '../events.ts'
import { runAfterRender } from '../hooks.ts'
import { observed } from '../observed.ts'
import { type Invoke, type Pass, settled } from '../pass.ts'
import type { PageEvent } from '../state.ts'
import { Rendered } from '../template/html.ts'
import type { StreamItems } from '../template/live-stream.ts'
import type { ComponentUse, LiveViewUse } from '../template/nodes.ts'
import type { PageFacts } from '../template/page-value.ts'
import { toHtml } from '../template/render-html.ts'
import { type ComponentInstance, ComponentTable } from './component-instance.ts'
import { Owners, ROOT } from './owners.ts'

/** What a tree needs of its view. */
export interface TreeHost {
  readonly invoke: Invoke
  /** What templates may ask the page for. */
  readonly page: PageFacts
  /** The socket of a component that is used for the first time. */
  componentSocket(cid: number): ComponentSocket
  /** A live view stands in it. @param before - what the client has there. @returns what it is to have. */
  nestedView(use: LiveViewUse, before: ViewPrint | undefined): ViewPrint
  /** A component is forgotten because the view has another root, and everything in it is new. */
  forgotten(instance: ComponentInstance): void
}

/** A component that a render uses. */
interface Use {
  readonly instance: ComponentInstance
  readonly assigns: object
  readonly isNew: boolean
}

/** A component is only compared with so many others of its module: the first that will do is as good as any. */
const MOST_COMPARED = 32

/**
 * The tree of one view: what its client has, and the components in it. A render gives the message that brings the client up to date.
 *
 * ```
 *   root's print ──┐
 *                  ├─ what the client has
 *   components: cid → instance with its print, socket, module and id
 * ```
 * No process: callbacks of components run inside a pass, one after another. Semantics: liveview.md §5.3, §5.7, §11.
 */
export class ViewTree implements DiffHost {
  readonly components: ComponentTable = new ComponentTable()
  private readonly host: TreeHost
  private root: NodePrint | undefined = undefined
  /** Used in this pass, and to be rendered in its next round. */
  private queue: Use[] = []
  private readonly usedInPass = new Set<number>()
  /** Shown in this pass, by ref. */
  private readonly streamsInPass = new Set<string>()
  /** Rendered in this pass; components in them may show streams that these passed on. */
  private renderedInPass: ComponentSocket[] = []
  private readonly owners = new Owners()
  /** Whose template is being looked at. */
  private owner = ROOT
  /** What components want to tell the page, in the order of their renders. */
  private events: PageEvent[] = []

  constructor(host: TreeHost) {
    this.host = host
  }

  get page(): PageFacts {
    return this.host.page
  }

  /** What components told the page since this was last asked. */
  takePageEvents(): PageEvent[] {
    const { events } = this
    if (events.length > 0) this.events = []
    return events
  }

  /** Whether the client has nothing of it yet. */
  get isNew(): boolean {
    return this.root === undefined
  }

  // ── Render passes ──

  /** Renders the view, and what it uses. @returns the message; `undefined` when nothing changed. */
  *render(rendered: Rendered): Pass<Diff | undefined> {
    this.beginPass()
    if (this.root !== undefined && this.root.template !== rendered.template) this.forgetComponents()
    const shared = new SharedStatics()
    const { diff, print } = diffTree({ host: this, before: this.root, shared }, rendered)
    this.root = print
    if (this.queue.length === 0) return this.sent(diff, shared)
    const components = yield* this.rounds({})
    return withComponents(this.sent(this.withMentions(diff, components), shared), components)
  }

  private sent(diff: Diff | undefined, shared: SharedStatics): Diff | undefined {
    if (diff !== undefined) shared.into(diff)
    return diff
  }

  /** Renders one component, if it changed, and what it uses. @returns as {@link render}. */
  *renderComponent(instance: ComponentInstance): Pass<Diff | undefined> {
    this.beginPass()
    this.usedInPass.add(instance.cid)
    const components: Diff = {}
    yield* this.finish(instance, components)
    yield* this.rounds(components)
    this.withMentions(undefined, components)
    return withComponents(undefined, components)
  }

  /** Updates a component with assigns that somebody sent it. It is rendered afterwards: {@link renderComponent}. */
  updateComponent(instance: ComponentInstance, assigns: object): Pass<void> {
    return this.update([{ instance, assigns, isNew: false }])
  }

  /** The HTML of a view that has just been rendered, with its components, and the views in it, in their places. */
  toHtml(rendered: Rendered, view: (use: LiveViewUse) => string): string {
    const component = ({ module, id }: ComponentUse) => this.components.find(module, id)?.rendered as Rendered // of the pass
    return toHtml(rendered, { component, view, facts: this.page })
  }

  private beginPass(): void {
    this.queue = []
    // Most views use none of these, and to clear a set costs something when it is empty, too.
    if (this.usedInPass.size > 0) this.usedInPass.clear()
    if (this.streamsInPass.size > 0) this.streamsInPass.clear()
    this.owners.clear()
    this.owner = ROOT
  }

  /** Components that changed are mentioned where the client would not look for them. @returns what is sent of the root. */
  private withMentions(root: Diff | undefined, components: Diff): Diff | undefined {
    const changed = Object.keys(components).map(Number)
    const isSent = (owner: number) => (owner === ROOT ? root !== undefined : owner in components)
    let whole = root
    for (const [owner, cids] of this.owners.changedIn(changed, isSent)) {
      if (owner === ROOT)
        whole = mention(this.root as NodePrint, root, cids) // it was rendered
      else this.mentionIn(owner, cids, components)
    }
    return whole
  }

  private mentionIn(owner: number, cids: ReadonlySet<number>, components: Diff): void {
    const print = this.components.get(owner)?.print as NodePrint // it was rendered, or nothing in it had been used
    const diff = mention(print, components[owner] as Diff | undefined, cids)
    if (diff !== undefined) components[owner] = diff
  }

  /** Takes what was queued, until nothing is. */
  private *rounds(components: Diff): Pass<Diff> {
    while (this.queue.length > 0) {
      const uses = this.queue
      this.queue = []
      for (const ofOneModule of groupByModule(uses)) {
        yield* this.mount(ofOneModule)
        yield* this.update(ofOneModule)
        for (const { instance } of ofOneModule) yield* this.finish(instance, components)
      }
    }
    for (const socket of this.renderedInPass) socket.forgetItems()
    this.renderedInPass = []
    return components
  }

  private *mount(uses: readonly Use[]): Pass<void> {
    for (const { instance, isNew } of uses) {
      const { mount } = instance.module.prepared
      if (!isNew || mount === undefined) continue
      yield* settled(this.host.invoke(mount, instance.socket))
      if (instance.socket.redirect !== undefined) throw redirectInUpdate(instance.module.moduleName, 'mount')
    }
  }

  /** @param uses - of one module. */
  private update(uses: readonly Use[]): Pass<void> {
    const module = uses[0]?.instance.module as ComponentModule // nobody asks for none
    const metadata = () => ({ component: module.moduleName, assignsSockets: pairsOf(uses) })
    return observed('beamish.liveComponent.update', metadata, this.updateAll(module, uses))
  }

  private *updateAll(module: ComponentModule, uses: readonly Use[]): Pass<void> {
    const { update, updateMany } = module.prepared
    if (updateMany !== undefined) {
      checkUpdated(module, uses, yield* settled(this.host.invoke(updateMany, pairsOf(uses))))
    } else {
      for (const { instance, assigns } of uses) {
        if (update === undefined) instance.socket.assign(assigns)
        else yield* settled(this.host.invoke(update, assigns, instance.socket))
      }
    }
    const strayed = uses.find(({ instance }) => instance.socket.redirect !== undefined)
    if (strayed !== undefined)
      throw redirectInUpdate(module.moduleName, updateMany === undefined ? 'update' : 'updateMany')
  }

  /** Renders a component if it is to be rendered, and takes what it tells the page. */
  private *finish(instance: ComponentInstance, components: Diff): Pass<void> {
    const { socket, print } = instance
    if (print === undefined || socket.isChanged) {
      this.renderInstance(instance, components)
      if (socket.hooks.has('afterRender')) yield* runAfterRender(this.host.invoke, socket)
    }
    this.events.push(...socket.takePageEvents())
  }

  private renderInstance(instance: ComponentInstance, components: Diff): void {
    const { socket, module, cid } = instance
    const render = socket.renderFunction ?? module.prepared.render
    const rendered = render(socket.assignsToRender(instance.print === undefined))
    if (!(rendered instanceof Rendered)) throw badReturn(module.moduleName, 'render', 'html`…`', rendered)
    if (!rendered.template.hasRoot) throw noRoot(module.moduleName, rendered.template.place)
    this.owner = cid
    const like = instance.print === undefined ? this.likeness(instance, rendered, components) : undefined
    const { diff, print, isNew } = diffTree({ host: this, before: instance.print, like }, rendered)
    instance.print = print
    if (!socket.connected) instance.rendered = rendered
    socket.rendered()
    if (socket.streamTable !== undefined) this.renderedInPass.push(socket)
    if (diff === undefined) return
    // With statics of another component comes the flag of that component.
    if (isNew && typeof diff[KEYS.statics] !== 'number') diff[KEYS.root] = 1
    components[cid] = diff
  }

  /** Another component of the module that looks alike, and that the client will certainly have. */
  private likeness(instance: ComponentInstance, { template }: Rendered, components: Diff): Likeness | undefined {
    let compared = 0
    for (const other of this.components.ofModule(instance.module)) {
      if (compared++ === MOST_COMPARED) return undefined
      const { print, isMarked, cid } = other
      if (other === instance || isMarked || print?.template !== template) continue
      return { reference: cid in components ? cid : -cid, print }
    }
    return undefined
  }

  useComponent({ module, id, assigns }: ComponentUse): number {
    const component = module as ComponentModule // sound: only `use` of a component makes one
    const known = this.components.find(component, id)
    const instance = known ?? this.components.add(component, id, (cid) => this.host.componentSocket(cid))
    if (this.usedInPass.has(instance.cid)) throw duplicateComponent(component.moduleName, id)
    this.usedInPass.add(instance.cid)
    this.owners.set(instance.cid, this.owner)
    if (instance.isMarked && !this.isOwnerMarked) {
      // The client is about to drop it: it gets all of it again.
      instance.print = undefined
      instance.isMarked = false
    }
    if (instance.use(assigns)) this.queue.push({ instance, assigns, isNew: known === undefined })
    return instance.cid
  }

  /** What is about to be dropped may still be rendered, when something is sent to it: what it uses goes with it nevertheless. */
  private get isOwnerMarked(): boolean {
    return this.components.get(this.owner)?.isMarked === true
  }

  useStream({ name, ref }: StreamItems): void {
    if (this.streamsInPass.has(ref)) throw duplicateStream(name)
    this.streamsInPass.add(ref)
  }

  useView(use: LiveViewUse, before: ViewPrint | undefined): ViewPrint {
    return this.host.nestedView(use, before)
  }

  private forgetComponents(): void {
    for (const instance of this.components.all) this.host.forgotten(instance)
    this.components.clear()
  }

  // ── Removal: the client says what left the page ──

  /** The client is about to drop these, with all that is in them. Numbers that are unknown are skipped. */
  mark(cids: readonly number[]): void {
    for (const cid of cids) {
      const instance = this.components.get(cid)
      if (instance !== undefined) instance.isMarked = true
    }
  }

  /** The client has dropped these. @returns those that are gone now: marked, and not used since. */
  destroy(cids: readonly number[]): ComponentInstance[] {
    const gone: ComponentInstance[] = []
    for (const cid of cids) {
      const instance = this.components.get(cid)
      if (instance === undefined || !instance.isMarked) continue
      this.components.delete(instance)
      gone.push(instance)
    }
    return gone
  }
}

function withComponents(diff: Diff | undefined, components: Diff): Diff | undefined {
  if (Object.keys(components).length === 0) return diff
  return { ...diff, [KEYS.components]: components }
}

function pairsOf(uses: readonly Use[]): (readonly [assigns: object, socket: ComponentSocket])[] {
  return uses.map(({ instance, assigns }) => [assigns, instance.socket])
}

/** By module, each in the order of its first use. */
function groupByModule(uses: readonly Use[]): Use[][] {
  const groups = new Map<ComponentModule, Use[]>()
  for (const use of uses) {
    const group = groups.get(use.instance.module)
    if (group === undefined) groups.set(use.instance.module, [use])
    else group.push(use)
  }
  return [...groups.values()]
}

/** Whoever returns the sockets, as Phoenix does, returns all of them. */
function checkUpdated({ moduleName }: ComponentModule, uses: readonly Use[], result: unknown): void {
  if (!Array.isArray(result)) return
  const isRight = result.length === uses.length && uses.every(({ instance }, at) => result[at] === instance.socket)
  if (isRight) return
  throw badReturn(moduleName, 'updateMany', `nothing, or the ${uses.length} sockets in their order`, result.length)
}
