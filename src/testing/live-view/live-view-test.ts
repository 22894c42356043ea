import { DynamicSupervisor } from '../../../supervisors/dynamic-supervisor.ts'
import type { Joinable, Membership } from '../../channel/joinable.ts'
import { checkKeys } from '../../core/check-keys.ts'
import { BadArgumentError } from '../../core/errors.ts'
import type { Pid } from '../../core/pid.ts'
import { Router, type RouterModule } from '../../http/router.ts'
import { session as sessionPlug } from '../../http/session.ts'
import { readSession, type SessionOptions } from '../../http/session-cookie.ts'
import { StaticManifest, type StaticManifestOption } from '../../http/static-manifest.ts'
import { type LiveRenderOptions, liveRender } from '../../live-view/live-render.ts'
import { LiveViewChannel, liveSocketOf } from '../../live-view/live-socket.ts'
import { renderPage } from '../../live-view/render-page.ts'
import type { FlashMessages } from '../../live-view/state.ts'
import { html } from '../../live-view/template/html.ts'
import { openFlash } from '../../live-view/tokens.ts'
import { UploadChannel } from '../../live-view/upload/upload-channel.ts'
import type { AnyView } from '../../live-view/view-registry.ts'
import { whereis } from '../../runtime/names.ts'
import type { ConnectInfo, Params } from '../../socket/transport.ts'
import type { KeyBase } from '../../token/key-base.ts'
import { startSupervised } from '../supervised.ts'
import { CookieJar } from './cookie-jar.ts'
import { attributeOf, type Element, hasAttribute, parseHtml } from './dom.ts'
import { wrong } from './failure.ts'
import { LiveRedirect } from './live-redirect.ts'
import { connectLive, LiveConnection, supervisorNames, type WireMessage } from './live-transport.ts'
import { selectAll } from './selector.ts'
import type { FormRequest, TestForm } from './test-form.ts'
import { TestView, type TopicListener, type ViewPage } from './test-view.ts'

/** What a test visits. */
export interface LiveViewTestOptions {
  readonly router: RouterModule
  /** The options of the router's `session(…)`, so that live views have the session of the request. Default: they have an empty one. */
  readonly session?: SessionOptions
  /** Scheme and host of its pages: `'https://admin.example.com'`. Default `'http://localhost'`. */
  readonly origin?: string
  /** Default: one that is made up. */
  readonly secretKeyBase?: KeyBase
  /** What sockets say their endpoint is. Default `'live-view-test'`. */
  readonly endpoint?: string
  /** What `socket.pubsub` says. Default: nothing. */
  readonly pubsub?: string
  /** What the client gives its LiveSocket as `params`. */
  readonly connectParams?: Params
  /** What the mount of the socket says with `connectInfo`, beside the session. */
  readonly connectInfo?: ConnectInfo
  /** The digested names of static files, for `staticChanged`: as the option of an endpoint. Default: none. */
  readonly cacheStaticManifest?: StaticManifestOption
  /** What becomes of pages with two elements of one id, and of forms that cannot be recovered. Default `'raise'`. */
  readonly onError?: 'raise' | 'warn'
  /** How long assertions wait for what has not come yet, in milliseconds of the machine's clock. Default 1000. */
  readonly timeoutMs?: number
}

const OPTIONS: readonly string[] = [
  'router',
  'session',
  'origin',
  'secretKeyBase',
  'endpoint',
  'pubsub',
  'connectParams',
  'connectInfo',
  'cacheStaticManifest',
  'onError',
  'timeoutMs',
] satisfies (keyof LiveViewTestOptions)[]

const SECRET =
  'made up for tests of live views: as long as the cookie of a session wants it to be, and no secret at all'
const ORIGIN = 'http://localhost'

/** One visitor of a router: requests with cookies, and pages with live views. */
export class LiveVisitor {
  private readonly options: LiveViewTestOptions
  private readonly cookies = new CookieJar()

  constructor(options: LiveViewTestOptions) {
    this.options = options
  }

  private get secretKeyBase(): KeyBase {
    return this.options.secretKeyBase ?? SECRET
  }

  private get origin(): string {
    return this.options.origin ?? ORIGIN
  }

  private get endpoint(): string {
    return this.options.endpoint ?? 'live-view-test'
  }

  /** Sends a request. Cookies are kept. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    return this.requestFrom(this.options.router, path, init)
  }

  private async requestFrom(router: RouterModule, path: string, init: RequestInit): Promise<Response> {
    const request = new Request(new URL(path, this.origin), init)
    if (this.cookies.header !== '') request.headers.set('cookie', this.cookies.header)
    const { endpoint, secretKeyBase } = this
    const response = await router.handle(request, { endpoint, secretKeyBase })
    this.cookies.take(response)
    return response
  }

  /** Asks for a page. */
  get(path: string): Promise<Response> {
    return this.request(path, { headers: { accept: 'text/html' } })
  }

  /** Sends a form as a browser without a live view does. @throws {AssertionError} for one without an action. */
  async submitForm(form: TestForm): Promise<Response> {
    return await this.submit(await form.plainRequest())
  }

  /** Sends a form because its view says `phx-trigger-action`. @throws {AssertionError} unless it does. */
  async followTriggerAction(form: TestForm): Promise<Response> {
    return await this.submit(await form.triggeredRequest())
  }

  /** Sends what a form sends. */
  submit({ method, path, body }: FormRequest): Promise<Response> {
    if (method === 'GET') return this.get(`${path.split('?')[0]}?${body}`)
    return this.request(path, { method, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  }

  /**
   * Loads a page, and connects its live view.
   * @returns the main view, connected. @throws {AssertionError} when it goes elsewhere, or cannot be joined.
   */
  async live(path: string): Promise<TestView> {
    const outcome = await this.tryLive(path)
    if (outcome instanceof TestView) return outcome
    throw wrong(`expected a live view at ${path}, but found ${outcome}`)
  }

  /** As {@link live}, for pages that may go elsewhere, over HTTP or when they are connected. */
  async tryLive(path: string): Promise<TestView | LiveRedirect> {
    return await this.connectTo(path, await this.get(path))
  }

  /**
   * Connects a view that no route leads to, on a page of its own.
   * @param options - as of `liveRender`. @returns the view. @throws {AssertionError} as {@link live}.
   * Semantics: Phoenix.LiveViewTest.live_isolated/3.
   */
  async liveIsolated(view: AnyView, options: LiveRenderOptions = {}): Promise<TestView> {
    const { session } = this.options
    const content = html`${liveRender(view, options)}`
    const router = Router.define((route) =>
      route.scope('/', { pipe: session === undefined ? [] : [sessionPlug(session)] }, (r) =>
        r.get('/', (request, conn) => renderPage(request, conn, content)),
      ),
    )
    const outcome = await this.connectTo('/', await this.requestFrom(router, '/', {}))
    if (outcome instanceof TestView) return outcome
    throw wrong(`expected ${view.moduleName} on a page of its own, but found ${outcome}`)
  }

  private async connectTo(path: string, response: Response): Promise<TestView | LiveRedirect> {
    const location = response.headers.get('location')
    if (location !== null) return new LiveRedirect('redirect', location, {}, undefined)
    const html = await response.text()
    if (response.status !== 200) throw wrong(`expected a page at ${path}, but found ${response.status}:\n${html}`)
    return await this.connect(html, new URL(path, this.origin).href)
  }

  /** Goes where a view went: live where that can be, else by loading the page. The flash goes along. */
  async follow(redirect: unknown): Promise<TestView> {
    if (!(redirect instanceof LiveRedirect)) throw wrong(`expected a redirect to follow, but found ${String(redirect)}`)
    if (redirect.flashToken !== undefined) this.cookies.set('__phoenix_flash__', redirect.flashToken)
    return await this.live(redirect.to)
  }

  /** Goes from a connected view to another address, without loading the page. @returns as {@link tryLive}. */
  async liveRedirect(view: TestView, to: string, flash?: string): Promise<TestView | LiveRedirect> {
    const page = pages.get(view)
    if (page === undefined) throw new BadArgumentError('liveRedirect', 'a view that `live` returned', view)
    return await page.navigate(to, flash)
  }

  /** Connects the live view of a page that was loaded. */
  private async connect(html: string, url: string): Promise<TestView | LiveRedirect> {
    const dom = parseHtml(html)
    const main = selectAll(dom, '[data-phx-main]')[0] ?? selectAll(dom, '[data-phx-session]')[0]
    if (main === undefined) throw wrong(`expected a live view on the page, but found ${html}`)
    const csrfToken = selectAll(dom, 'meta[name="csrf-token"]').map((meta) => attributeOf(meta, 'content'))[0]
    const page = new LivePage(this.pageOptions(csrfToken), dom)
    await page.open()
    return await page.joinRoot(main, url)
  }

  private pageOptions(csrfToken: string | undefined): PageOptions {
    const {
      router,
      pubsub,
      connectInfo = {},
      connectParams = {},
      session,
      onError = 'raise',
      timeoutMs = 1000,
      cacheStaticManifest: names,
    } = this.options
    const { origin, endpoint, secretKeyBase } = this
    const values = session === undefined ? undefined : readSession(session, this.cookies.header, secretKeyBase)
    const info: ConnectInfo = { ...connectInfo, ...(session !== undefined && { session: values ?? {} }) }
    const params = { ...connectParams, ...(csrfToken !== undefined && { _csrf_token: csrfToken }) }
    const staticFiles = names === undefined ? undefined : new StaticManifest('LiveViewTest: cacheStaticManifest', names)
    return { router, origin, pubsub, endpoint, secretKeyBase, staticFiles, info, params, onError, timeoutMs }
  }
}

/** The page that a view stands on. */
const pages = new WeakMap<TestView, LivePage>()

interface PageOptions {
  readonly router: RouterModule
  readonly origin: string
  readonly pubsub: string | undefined
  readonly endpoint: string
  readonly secretKeyBase: KeyBase
  readonly staticFiles: StaticManifest | undefined
  readonly info: ConnectInfo
  readonly params: Params
  readonly onError: 'raise' | 'warn'
  readonly timeoutMs: number
}

/** One page of a browser: its connection, and the views on it. */
class LivePage implements ViewPage {
  readonly origin: string
  readonly timeoutMs: number
  private readonly options: PageOptions
  private readonly views = new Map<string, TestView>()
  /** Of topics that are no views. */
  private readonly listeners = new Map<string, TopicListener>()
  private readonly memberships = new Map<string, Membership>()
  private connection: LiveConnection | undefined = undefined
  private container: Element | undefined = undefined
  private main: TestView | undefined = undefined
  /** What the page said about the first render of its views, by id. For its first joins. */
  private readonly statics: Map<string, string>
  /** Views that stay when the page goes from view to view, by id. */
  private readonly stickies = new Map<string, TestView>()
  /** Those of them that the present view shows. */
  private readonly shown = new Set<TestView>()
  private refs = 0
  private fileRefs = 0

  constructor(options: PageOptions, dom: ReturnType<typeof parseHtml>) {
    this.options = options
    this.origin = options.origin
    this.timeoutMs = options.timeoutMs
    const containers = selectAll(dom, '[data-phx-static]')
    this.statics = new Map(
      containers.map((it) => [attributeOf(it, 'id') ?? '', attributeOf(it, 'data-phx-static') ?? '']),
    )
  }

  async open(): Promise<void> {
    const { endpoint } = this.options
    for (const name of Object.values(supervisorNames(endpoint)))
      if (whereis(name) === undefined) await startSupervised(DynamicSupervisor.child({ name, id: name }))
    const outcome = await connectLive({
      ...this.options,
      socket: liveSocketOf({ 'lv:*': this.watched(LiveViewChannel), 'lvu:*': this.watched(UploadChannel) }),
      received: (message) => (this.views.get(message[2]) ?? this.listeners.get(message[2]))?.receive(message),
      closed: () => {
        for (const listener of [...this.views.values(), ...this.listeners.values()]) listener.disconnected()
      },
    })
    if (!(outcome instanceof LiveConnection)) throw wrong(`the page could not be connected: ${outcome.type}`)
    this.connection = outcome
  }

  /** Remembers who was let into which topic. */
  private watched(channel: Joinable): Joinable {
    return {
      moduleName: channel.moduleName,
      specFor: (membership) => {
        this.memberships.set(membership.topic, membership)
        return channel.specFor(membership)
      },
    }
  }

  /** Joins the view of the page. */
  async joinRoot(container: Element, url: string): Promise<TestView | LiveRedirect> {
    this.container = container
    return await this.joinMain(url, { url })
  }

  /** Leaves the view of the page, and joins another one in its place. */
  async navigate(to: string, flash: string | undefined): Promise<TestView | LiveRedirect> {
    const id = attributeOf(this.container as Element, 'id') ?? '' // a view of it exists
    await this.views.get(`lv:${id}`)?.leave()
    const url = new URL(to, this.origin).href
    this.shown.clear()
    const outcome = await this.joinMain(url, { redirect: url, ...(flash !== undefined && { flash }) })
    if (outcome instanceof TestView) await this.leaveForgotten()
    return outcome
  }

  /** The page took its sticky views along: those that the new one does not show go now. */
  private async leaveForgotten(): Promise<void> {
    for (const [id, view] of this.stickies) {
      if (this.shown.has(view)) continue
      this.stickies.delete(id)
      await view.leave()
    }
  }

  private async joinMain(url: string, address: object): Promise<TestView | LiveRedirect> {
    const container = this.container as Element // as above
    const view = new TestView(attributeOf(container, 'id') ?? '', this, { url })
    this.views.set(`lv:${view.id}`, view)
    pages.set(view, this)
    this.main = view
    const hasAddress = !hasAttribute(container, 'data-phx-sticky')
    const answer = await view.join({ ...(hasAddress && address), ...this.joinParams(container) })
    this.statics.clear()
    if (answer.status === 'ok') return view
    const target = redirectIn(answer.response, (flash) => this.readFlash(flash))
    if (target === undefined) throw wrong(`the view ${view.id} could not be joined: ${JSON.stringify(answer.response)}`)
    return target
  }

  private joinParams(container: Element): object {
    const params = { ...this.options.params, _mounts: 0, _mount_attempts: 0 }
    const session = attributeOf(container, 'data-phx-session')
    const id = attributeOf(container, 'id') ?? ''
    const staticToken = attributeOf(container, 'data-phx-static') || this.statics.get(id) || null
    return { params, session, static: staticToken, sticky: hasAttribute(container, 'data-phx-sticky') }
  }

  goesTo(redirect: LiveRedirect, from: TestView): void {
    if (this.main !== from) this.main?.goesTo(redirect)
  }

  async joinChild(element: Element): Promise<TestView> {
    const id = attributeOf(element, 'id') ?? ''
    const isSticky = hasAttribute(element, 'data-phx-sticky')
    const known = this.stickies.get(id)
    const view = known?.isOver === false && isSticky ? known : new TestView(id, this, { isSticky })
    if (isSticky) this.shown.add(view)
    if (view === known) return view
    if (isSticky) this.stickies.set(id, view)
    this.views.set(`lv:${id}`, view)
    pages.set(view, this)
    const answer = await view.join(this.joinParams(element))
    const target = answer.status === 'ok' ? undefined : redirectIn(answer.response, (flash) => this.readFlash(flash))
    if (target !== undefined) {
      view.goesTo(target)
      this.goesTo(target, view)
    } else if (answer.status !== 'ok')
      throw wrong(`the view ${id} could not be joined: ${JSON.stringify(answer.response)}`)
    return view
  }

  pidOf(topic: string): Pid | undefined {
    return this.memberships.get(topic)?.pid
  }

  transmit(message: WireMessage): void {
    this.connection?.transmit(message)
  }

  transmitBytes(frame: Uint8Array): void {
    this.connection?.transmitBytes(frame)
  }

  listen(topic: string, listener: TopicListener): void {
    this.listeners.set(topic, listener)
  }

  nextFileRef(): string {
    return String(this.fileRefs++)
  }

  nextRef(): string {
    return String(++this.refs)
  }

  readFlash(token: unknown): FlashMessages {
    const { endpoint, secretKeyBase } = this.options
    return openFlash({ endpoint, secretKeyBase, pubsub: undefined, router: undefined, staticFiles: undefined }, token)
  }

  complain(problem: string): void {
    if (this.options.onError === 'raise') throw wrong(problem)
    console.warn(`LiveViewTest: ${problem}`)
  }
}

/** Where a view sent the page in the place of being joined. */
function redirectIn(
  // biome-ignore lint/suspicious/noExplicitAny: as the server says it
  { live_redirect: live, redirect }: any,
  readFlash: (token: unknown) => FlashMessages,
): LiveRedirect | undefined {
  const target = live ?? redirect
  if (target === undefined) return undefined
  return new LiveRedirect(live ? 'navigate' : 'redirect', target.to, readFlash(target.flash), target.flash)
}

/**
 * A visitor for the routes of a test: a browser without one.
 * @throws {BadArgumentError} for an unknown option, without a router, or for an origin that is none.
 */
function visit(options: LiveViewTestOptions): LiveVisitor {
  checkKeys('LiveViewTest.visit', options ?? {}, OPTIONS)
  if (typeof options?.router?.handle !== 'function')
    throw new BadArgumentError('LiveViewTest.visit: router', 'Router.define(…)', options?.router)
  const { origin = ORIGIN } = options
  if (!URL.canParse(origin) || new URL(origin).origin !== origin)
    throw new BadArgumentError('LiveViewTest.visit: origin', "scheme and host: 'https://admin.example.com'", origin)
  return new LiveVisitor(options)
}

/** What {@link LiveViewTest.liveIsolated} takes. */
export interface LiveIsolatedOptions extends LiveRenderOptions {
  /** What the view may navigate in. Default: a router without routes. */
  readonly router?: RouterModule
}

/**
 * Connects a view that no route leads to, on a page of its own: for views that stand inside of others, and to try one out.
 * @returns the view. @throws {AssertionError} when it goes elsewhere, or cannot be joined.
 * Semantics: Phoenix.LiveViewTest.live_isolated/3.
 */
function liveIsolated(view: AnyView, { router, ...options }: LiveIsolatedOptions = {}): Promise<TestView> {
  return visit({ router: router ?? Router.define(() => {}) }).liveIsolated(view, options)
}

/**
 * Tests of live views without a browser, a socket or a port: pages are loaded from a router, connected, clicked and filled in, and
 * what is then on them is HTML. In the body of `withRuntime`.
 *
 * Semantics: Phoenix.LiveViewTest. Differs: functions are methods of the visitor, its views and their elements. *When not to use
 * it*: for what the browser does by itself (JS commands, hooks, focus) drive a browser.
 */
export const LiveViewTest = { visit, liveIsolated } as const
