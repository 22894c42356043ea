import type { Pid } from '../../core/pid.ts'
import type { FlashMessages } from '../../live-view/state.ts'
import type { LiveViewSocket } from '../../live-view/view-socket.ts'
import { Sys } from '../../sys/sys.ts'
import { isLike } from '../is-like.ts'
import { ClientPage } from './client-page.ts'
import {
  attributeOf,
  type Element,
  elementsIn,
  hasAttribute,
  isElement,
  outerHtml,
  parseHtml,
  replaceChildren,
} from './dom.ts'
import { wrong } from './failure.ts'
import type { FormValues } from './form-fields.ts'
import { type LiveOutcome, LiveRedirect } from './live-redirect.ts'
import type { WireMessage } from './live-transport.ts'
import { selectAll } from './selector.ts'
import { TestElement } from './test-element.ts'
import { TestForm } from './test-form.ts'
import { type TestFile, TestUpload } from './test-upload.ts'

/** Who gets the messages of a topic. */
export interface TopicListener {
  receive(message: WireMessage): void
  /** The connection is over. */
  disconnected(): void
}

/** What a view needs of the page that it stands on. */
export interface ViewPage {
  readonly origin: string
  /** The process of a view, by its topic. */
  pidOf(topic: string): Pid | undefined
  transmit(message: WireMessage): void
  transmitBytes(frame: Uint8Array): void
  /** From now on the messages of a topic go here. */
  listen(topic: string, listener: TopicListener): void
  nextRef(): string
  /** What the next file that is chosen on the page is called there. */
  nextFileRef(): string
  readFlash(token: unknown): FlashMessages
  /** Makes and joins a view that stands inside another one; a sticky one may be there already. */
  joinChild(element: Element): Promise<TestView>
  /** A view goes elsewhere, and the page with it. */
  goesTo(redirect: LiveRedirect, from: TestView): void
  /** How long assertions wait, in milliseconds. */
  readonly timeoutMs: number
  /** What is wrong with a page: raised, or printed. */
  complain(problem: string): void
}

/** How a join came out. */
export type JoinAnswer =
  // biome-ignore lint/suspicious/noExplicitAny: as the server says it
  { readonly status: string; readonly response: any }

/** A patch of the address. */
export interface TestPatch {
  readonly to: string
  readonly kind: string
}

/** Where a view stands on a page. */
export interface ViewPlace {
  /** The address, for the view that has it. */
  readonly url?: string
  readonly isSticky?: boolean
}

/**
 * A live view as its page has it. What the server sends changes it at once; its functions wait until what they ask for is done, and
 * until the view has nothing left to do.
 */
export class TestView implements TopicListener {
  /** The id of its container. */
  readonly id: string
  private readonly page: ViewPage
  private readonly tree = new ClientPage()
  private readonly waiting = new Map<string, (message: WireMessage | undefined) => void>()
  private readonly children = new Map<string, TestView>()
  private joinRef = ''
  private end: 'crashed' | 'closed' | undefined = undefined
  private problem: unknown = undefined
  private redirects: LiveRedirect[] = []
  private patches: TestPatch[] = []
  private events: (readonly [name: string, payload: unknown])[] = []
  private replies: unknown[] = []
  private title: string | undefined = undefined
  private url: string
  private arrived: (() => void) | undefined = undefined
  private readonly place: ViewPlace

  constructor(id: string, page: ViewPage, place: ViewPlace = {}) {
    this.id = id
    this.page = page
    this.place = place
    this.url = place.url ?? ''
  }

  /** Whether it outlives the views that show it. */
  get isSticky(): boolean {
    return this.place.isSticky ?? false
  }

  /** Whether the page has it no more. */
  get isOver(): boolean {
    return this.end !== undefined
  }

  private get topic(): string {
    return `lv:${this.id}`
  }

  /** The process of the view. */
  get pid(): Pid {
    const pid = this.page.pidOf(this.topic)
    if (pid === undefined) throw wrong(`the view ${this.id} has no process`)
    return pid
  }

  // ── Join and leave ──

  /** Joins, as the client does. For the page. */
  async join(payload: object): Promise<JoinAnswer> {
    this.joinRef = this.page.nextRef()
    const answer = await this.ask('phx_join', payload, this.joinRef)
    if (answer === undefined) return { status: 'error', response: { reason: 'no answer' } }
    const { status, response } = answer[4] as JoinAnswer
    if (status === 'ok') await this.settle()
    else this.ended('closed')
    return { status, response }
  }

  /** The page leaves the view, and before that those in it. */
  async leave(): Promise<void> {
    if (this.end !== undefined) return
    this.leaveChildren()
    await this.ask('phx_leave', {})
    this.ended('closed')
  }

  // ── From the server ──

  /** A message for it came. */
  receive(message: WireMessage): void {
    const [joinRef, ref, , event, payload] = message
    if (joinRef !== null && joinRef !== this.joinRef) return // of a view that was here before
    this.protect(() => this.take(event, payload))
    if (event === 'phx_reply' && ref !== null) {
      const waiting = this.waiting.get(ref)
      this.waiting.delete(ref)
      waiting?.(message)
    }
    this.arrived?.()
  }

  // biome-ignore lint/suspicious/noExplicitAny: as the server says it
  private take(event: string, payload: any): void {
    if (event === 'phx_reply') this.replied(payload.response)
    else if (event === 'diff') this.apply(payload)
    else if (event === 'live_patch') this.patched(payload)
    else if (event === 'live_redirect' || event === 'redirect') this.redirected(event, payload)
    else if (event === 'phx_close') this.ended('closed')
    else if (event === 'phx_error') this.ended('crashed')
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  private replied(response: any): void {
    // Of a join: at once, for what changed since may come in the same breath.
    if (response.rendered !== undefined) this.apply(response.rendered)
    if (response.live_patch !== undefined) this.patched(response.live_patch)
    if (response.diff !== undefined) this.apply(response.diff)
    if (response.live_redirect !== undefined) this.redirected('live_redirect', response.live_redirect)
    if (response.redirect !== undefined) this.redirected('redirect', response.redirect)
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  private apply(message: any): void {
    const { e: events = [], r: reply, t: title, ...diff } = message
    if (Object.keys(diff).length > 0) this.tree.merge(diff)
    if (title !== undefined) this.title = title
    if (reply !== undefined) this.replies.push(reply)
    this.events.push(...events)
    this.announceRemoval()
  }

  private patched({ to, kind }: TestPatch): void {
    this.patches.push({ to, kind })
    this.url = new URL(to, this.page.origin).href
  }

  private redirected(event: string, { to, flash }: { to: string; flash?: string }): void {
    const type = event === 'live_redirect' ? 'navigate' : 'redirect'
    this.leaveFor(new LiveRedirect(type, to, this.page.readFlash(flash), flash))
  }

  /** The page goes elsewhere: the view says so, or a link on it is followed. */
  leaveFor(redirect: LiveRedirect): LiveRedirect {
    this.goesTo(redirect)
    this.page.goesTo(redirect, this)
    return redirect
  }

  /** It goes elsewhere, or another view of the page does. */
  goesTo(redirect: LiveRedirect): void {
    this.redirects.push(redirect)
    this.arrived?.()
  }

  private ended(end: 'crashed' | 'closed'): void {
    if (this.end !== undefined) return
    this.end = end
    this.leaveChildren()
    for (const waiting of this.waiting.values()) waiting(undefined)
    this.waiting.clear()
  }

  private leaveChildren(): void {
    for (const child of this.children.values()) if (!child.isSticky) void child.leave()
  }

  /** The connection is over. */
  disconnected(): void {
    this.ended('closed')
    for (const child of this.children.values()) child.disconnected()
  }

  /** What goes wrong here must not go wrong in the process that sent it. */
  private protect(body: () => void): void {
    try {
      body()
    } catch (error) {
      this.problem ??= error
    }
  }

  // ── Components that leave the page ──

  private readonly removed = new Set<number>()

  private announceRemoval(): void {
    const shown = this.tree.shownCids
    const gone = this.tree.cids.filter((cid) => !shown.has(cid) && !this.removed.has(cid))
    for (const cid of this.tree.cids) if (shown.has(cid)) this.removed.delete(cid)
    if (gone.length === 0) return
    for (const cid of gone) this.removed.add(cid)
    void this.ask('cids_will_destroy', { cids: gone }).then(() => this.confirmRemoval(gone))
  }

  private async confirmRemoval(announced: readonly number[]): Promise<void> {
    const shown = this.tree.shownCids
    const gone = announced.filter((cid) => !shown.has(cid))
    if (gone.length === 0 || this.end !== undefined) return
    const answer = await this.ask('cids_destroyed', { cids: gone })
    const deleted = (answer?.[4].response.cids ?? []) as number[]
    this.tree.prune(deleted)
    for (const cid of deleted) this.removed.delete(cid)
  }

  // ── To the server ──

  /** Sends a message, and waits for its answer. @returns `undefined` when the view ended instead. */
  ask(event: string, payload: object, ref: string = this.page.nextRef()): Promise<WireMessage | undefined> {
    if (this.end !== undefined) return Promise.resolve(undefined)
    const answer = new Promise<WireMessage | undefined>((resolve) => this.waiting.set(ref, resolve))
    this.page.transmit([this.joinRef, ref, this.topic, event, payload])
    return answer
  }

  /** Sends an event of the page, and gives what became of that. For elements and forms. */
  async perform(payload: object): Promise<LiveOutcome> {
    this.requireAlive()
    const answer = await this.ask('event', payload)
    if (answer?.[4].status === 'error') throw wrong(`the view ${this.id} refused ${JSON.stringify(payload)}`)
    return await this.outcome()
  }

  /** What became of an action: the page then, or where it went. For elements. */
  async outcome(): Promise<LiveOutcome> {
    await this.settle()
    const redirect = this.redirects.at(-1)
    if (redirect !== undefined) return redirect
    this.requireAlive()
    return this.html()
  }

  /** Waits until the view has handled all that it was sent, with all that this brought about. */
  async settle(): Promise<void> {
    for (;;) {
      await this.quiet()
      await this.joinChildren()
      for (const child of this.children.values()) await child.settle()
      if (this.waiting.size === 0) break
      await Promise.race([...this.waiting.keys()].map((ref) => this.answerTo(ref)))
    }
    this.raise()
  }

  /** Waits until its process has nothing left to do; when that has ended, until the page has heard of it. */
  private async quiet(): Promise<void> {
    const pid = this.page.pidOf(this.topic)
    if (this.end !== undefined || pid === undefined) return
    const isThere = pid.receiver !== undefined && (await Sys.getState(pid).then(isAnswer, isNoAnswer))
    if (!isThere && this.end === undefined) await this.nextMessage(this.page.timeoutMs)
  }

  private answerTo(ref: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.waiting.get(ref)
      this.waiting.set(ref, (message) => {
        waiting?.(message)
        resolve()
      })
    })
  }

  private raise(): void {
    const { problem } = this
    this.problem = undefined
    if (problem !== undefined) throw problem
  }

  private requireAlive(): void {
    if (this.end === 'crashed') throw wrong(`the live view ${this.id} crashed; the report says why`)
    if (this.end === 'closed' && this.redirects.length === 0) throw wrong(`the live view ${this.id} has ended`)
  }

  // ── What is on the page ──

  /** The view's HTML when it has done all that it was asked to. @throws {AssertionError} when it crashed. */
  async render(): Promise<string> {
    await this.settle()
    this.requireAlive()
    return this.html()
  }

  /**
   * As {@link render}, when the tasks that the view and its components have started so far are over, and what came of them is shown.
   * @param timeoutMs - how long that may take, in milliseconds of the machine's clock. Default: as assertions.
   * @throws {AssertionError} when it takes longer. Semantics: Phoenix.LiveViewTest.render_async/2.
   */
  async renderAsync(timeoutMs: number = this.page.timeoutMs): Promise<string> {
    await this.awaitTasks(timeoutMs)
    return await this.render()
  }

  /** Waits for the tasks that run now. For elements. */
  async awaitTasks(timeoutMs: number = this.page.timeoutMs): Promise<void> {
    const pid = this.page.pidOf(this.topic)
    if (pid?.receiver === undefined) return
    // What the process of a live view says that it is; nothing, when it ends meanwhile: then its tasks have ended as well.
    const socket = (await Sys.getState(pid).then(undefined, () => undefined)) as LiveViewSocket | undefined
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, 'late')
    })
    const outcome = await Promise.race([socket?.tasks?.ended(), late])
    clearTimeout(timer)
    if (outcome === 'late') throw wrong(`expected the tasks of the view ${this.id} to end within ${timeoutMs} ms`)
  }

  /** The view's HTML as it is now, with the views in it. */
  html(): string {
    const page = this.dom()
    return page.childNodes
      .map((node) => (isElement(node) ? outerHtml(node) : 'value' in node ? escaped(node.value) : ''))
      .join('')
  }

  /** The parsed page. For elements. */
  dom(): ReturnType<typeof parseHtml> {
    const page = parseHtml(this.tree.toHtml())
    for (const [id, child] of this.children) {
      const container = elementsIn(page).find((element) => attributeOf(element, 'id') === id)
      if (container !== undefined) replaceChildren(container, child.html())
    }
    this.check(page)
    return page
  }

  private check(page: ReturnType<typeof parseHtml>): void {
    const seen = new Set<string>()
    for (const element of elementsIn(page)) {
      const id = attributeOf(element, 'id')
      if (id !== undefined && seen.has(id)) this.page.complain(`two elements of the page have the id ${id}`)
      if (id !== undefined) seen.add(id)
      const isForm = element.tagName === 'form' && hasAttribute(element, 'phx-change')
      if (isForm && id === undefined) this.page.complain('a form with phx-change has no id: it is not recovered')
    }
  }

  /** The title of the page, as the view said last; `undefined` when it said none. */
  async pageTitle(): Promise<string | undefined> {
    await this.settle()
    return this.title
  }

  /** An element of the view. It is looked for when something is asked of it. @param text - what it contains, or a pattern. */
  element(selector: string, text?: string | RegExp): TestElement {
    return new TestElement(this, { selector, text })
  }

  /** Whether there is such an element, now. */
  async hasElement(selector: string, text?: string | RegExp): Promise<boolean> {
    await this.settle()
    return this.element(selector, text).found.length > 0
  }

  /** A form of the view, with what somebody filled in. */
  form(selector: string, values: FormValues = {}): TestForm {
    return new TestForm(this, { selector, values })
  }

  /** Somebody chooses files in a `liveFileInput`. Its form hears of them with `renderUploadChange`, its view with `renderUpload`. */
  fileInput(form: string, name: string, files: readonly TestFile[]): TestUpload {
    return new TestUpload(this, this.page, this.form(form), name, files)
  }

  // ── Events without an element ──

  /** Sends a click event by its name. @param value - what comes with it. */
  renderClick(event: string, value: object = {}): Promise<LiveOutcome> {
    return this.perform({ type: 'click', event, value })
  }

  /** Sends an event of a hook by its name. */
  renderHook(event: string, value: object = {}): Promise<LiveOutcome> {
    return this.perform({ type: 'hook', event, value })
  }

  /** Follows a patch link. @param href - as it stands in the link: a query alone is of the present address. */
  async renderPatch(href: string): Promise<LiveOutcome> {
    this.requireAlive()
    const url = new URL(href, this.url === '' ? this.page.origin : this.url)
    const to = href.startsWith('/') ? href : `${url.pathname}${url.search}${url.hash}`
    const answer = await this.ask('live_patch', { url: url.href })
    if (answer?.[4].response.link_redirect === true) return new LiveRedirect('navigate', to, {}, undefined)
    this.patched({ to, kind: 'push' })
    return await this.outcome()
  }

  /** The present address of the page. */
  get address(): string {
    return this.url
  }

  // ── Views in it ──

  /** The views that stand in this one. */
  async liveChildren(): Promise<TestView[]> {
    await this.settle()
    return [...this.children.values()]
  }

  /** The view of this id in this one. @throws {AssertionError} without one. */
  async findLiveChild(id: string): Promise<TestView> {
    await this.settle()
    const child = this.children.get(id)
    if (child !== undefined) return child
    throw wrong(
      `the view ${this.id} has no live child ${id}. It has ${[...this.children.keys()].join(', ') || 'none'}.`,
    )
  }

  private async joinChildren(): Promise<void> {
    const page = parseHtml(this.end === undefined ? this.safeHtml() : '')
    const containers = new Map(
      selectAll(page, '[data-phx-session]').map((element) => [attributeOf(element, 'id') ?? '', element]),
    )
    for (const [id, child] of this.children) {
      if (containers.has(id)) continue
      this.children.delete(id)
      if (this.end === undefined || !child.isSticky) await child.leave()
    }
    const added = [...containers].filter(([id]) => !this.children.has(id))
    const joined = added.map(([, element]) => this.page.joinChild(element))
    for (const child of await Promise.all(joined)) this.children.set(child.id, child)
  }

  private safeHtml(): string {
    try {
      return this.tree.toHtml()
    } catch (error) {
      this.problem ??= error
      return ''
    }
  }

  // ── Assertions ──

  /** Waits for a patch of the address. @param to - the path; left out: any. @returns it; it is found once. */
  async assertPatch(to?: string): Promise<TestPatch> {
    const isWanted = (patch: TestPatch) => to === undefined || patch.to === to
    return await this.assertFound(
      () => takeFrom(this.patches, isWanted),
      `a patch to ${to ?? 'anywhere'}`,
      this.patches,
    )
  }

  /** Waits for a redirect or a live navigation. @returns where it went; its `flash` is what went along. */
  async assertRedirect(to?: string): Promise<LiveRedirect> {
    const isWanted = (redirect: LiveRedirect) => to === undefined || redirect.to === to
    const find = () => this.redirects.find(isWanted)
    return await this.assertFound(find, `a redirect to ${to ?? 'anywhere'}`, this.redirects)
  }

  /** @throws {AssertionError} when the view has gone elsewhere. */
  async refuteRedirected(): Promise<void> {
    await this.settle()
    const [redirect] = this.redirects
    if (redirect !== undefined) throw wrong(`expected no redirect, but found ${redirect}`)
  }

  /** @throws {AssertionError} when the address was patched. @param to - left out: to anywhere. */
  async refutePatched(to?: string): Promise<void> {
    await this.settle()
    const patch = this.patches.find((known) => to === undefined || known.to === to)
    if (patch !== undefined) throw wrong(`expected no patch, but found one to ${patch.to}`)
  }

  /** Waits for an event that the view pushed. @param payload - a part of it. @returns all of it; it is found once. */
  async assertPushEvent(name: string, payload: unknown = {}): Promise<unknown> {
    const isWanted = (event: readonly [string, unknown]) => event[0] === name && isLike(payload, event[1])
    const find = () => takeFrom(this.events, isWanted)
    return (await this.assertFound(find, `the event ${name}`, this.events))[1]
  }

  /** @throws {AssertionError} when the view has pushed such an event. */
  async refutePushEvent(name: string, payload: unknown = {}): Promise<void> {
    await this.settle()
    const event = this.events.find((known) => known[0] === name && isLike(payload, known[1]))
    if (event !== undefined) throw wrong(`expected no event ${name}, but found ${JSON.stringify(event)}`)
  }

  /** Waits for the reply to an event. @param reply - a part of it. @returns all of it; it is found once. */
  async assertReply(reply: unknown = {}): Promise<unknown> {
    return await this.assertFound(
      () => takeFrom(this.replies, (known) => isLike(reply, known)),
      'a reply',
      this.replies,
    )
  }

  private async assertFound<T>(find: () => T | undefined, what: string, instead: readonly unknown[]): Promise<T> {
    await this.settle()
    const until = performance.now() + this.page.timeoutMs
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      const leftMs = until - performance.now()
      if (leftMs <= 0) throw wrong(`expected ${what}, but found ${JSON.stringify(instead)}`)
      await this.nextMessage(leftMs)
      this.raise()
    }
  }

  private nextMessage(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.arrived = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const isAnswer = () => true
const isNoAnswer = () => false

function takeFrom<T>(items: T[], isWanted: (item: T) => boolean): T | undefined {
  const index = items.findIndex(isWanted)
  return index < 0 ? undefined : items.splice(index, 1)[0]
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
