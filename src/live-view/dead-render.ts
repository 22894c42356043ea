import { nanoid } from 'nanoid'
import type { Callback } from '../behaviours/server.ts'
import type { Conn } from '../http/conn.ts'
import { html as htmlResponse } from '../http/respond.ts'
import { ComponentSocket } from './component.ts'
import { type ContainerMarks, containerHtml, mergedContainer } from './container.ts'
import { ViewPrint } from './diff/prints.ts'
import { redirectOverHttp } from './http-redirect.ts'
import type { Container, RootLayout } from './layout.ts'
import { Lifecycle } from './lifecycle.ts'
import { requiredId, viewOfUse } from './live-render.ts'
import type { LiveRoute } from './live-route.ts'
import type { SessionValues } from './live-view.ts'
import { sessionOfNested } from './nested-view.ts'
import { factsOfRequest } from './page-facts.ts'
import { performed } from './pass.ts'
import { checkReload } from './reload.ts'
import { layoutOf, renderView } from './render-view.ts'
import type { MountOptions } from './result.ts'
import { rootLayoutOf } from './root-layout.ts'
import { type Site, siteOfRequest } from './site.ts'
import type { Rendered } from './template/html.ts'
import type { LiveViewUse } from './template/nodes.ts'
import type { PageFacts } from './template/page-value.ts'
import { toHtml } from './template/render-html.ts'
import type { Raw } from './template/values.ts'
import { signSession, signStatic } from './tokens.ts'
import { ViewTree } from './tree/view-tree.ts'
import { tokenNameOf, uniqueTokenNameOf } from './view-registry.ts'
import { LiveViewSocket, type ViewSocketOptions } from './view-socket.ts'
import { visitOfRequest } from './visit.ts'

// Pages over HTTP: their views are mounted without a connection, rendered, and forgotten. The client mounts them again.
// Semantics: Phoenix.LiveView.Static; liveview.md §2.

/** Semantics: liveview.md §2.1, step 7. */
const HEADERS = { 'cache-control': 'max-age=0, private, must-revalidate' }

/** Outside of a connection nothing has an async context of its own. */
const invoke = ({ call }: Callback, a?: unknown, b?: unknown, c?: unknown): unknown => call(a, b, c)

/** What the views of one answer have in common. */
export interface DeadPage {
  readonly request: Request
  readonly conn: Conn
  readonly site: Site
  /** Scheme, host and port. */
  readonly origin: string
  /** Of the request. */
  readonly session: SessionValues
  /** What templates may ask it for. */
  readonly facts: PageFacts
}

/** A view that is mounted. */
interface DeadView {
  readonly socket: LiveViewSocket
  readonly options: MountOptions
}

/** A view goes elsewhere while a page is made: the whole page does. */
class PageRedirect {
  readonly socket: LiveViewSocket

  constructor(socket: LiveViewSocket) {
    this.socket = socket
  }
}

/** What the views of the answer to a request have in common. @throws {HttpError} as `checkReload`. */
export function deadPageOf(request: Request, conn: Conn): DeadPage {
  checkReload(request, conn)
  const session = conn.hasSession ? conn.session.toObject() : {}
  const { origin } = new URL(request.url)
  return { request, conn, site: siteOfRequest(conn), origin, session, facts: factsOfRequest(conn) }
}

/** Answers with a page, or where one of its views goes. */
export async function answerPage(page: DeadPage, document: () => Promise<string>, status = 200): Promise<Response> {
  try {
    return htmlResponse(await document(), { status, headers: HEADERS })
  } catch (error) {
    if (!(error instanceof PageRedirect)) throw error
    const { socket } = error
    if (socket.redirect === undefined) throw error
    return redirectOverHttp(socket, socket.redirect, page.conn)
  }
}

// ── The view of a route ──

/**
 * Answers a request with a live view.
 * Semantics: Phoenix.LiveView.Static.render/3.
 */
export function renderRoute(route: LiveRoute, request: Request, conn: Conn): Promise<Response> {
  const page = deadPageOf(request, conn)
  const url = new URL(request.url)
  url.hash = ''
  return answerPage(page, () =>
    routeDocument(route, page, { url: url.href, extra: extraSession(route, request, conn) }),
  )
}

function extraSession({ session }: LiveRoute, request: Request, conn: Conn): SessionValues {
  return typeof session.session === 'function' ? session.session(request, conn) : session.session
}

async function routeDocument(
  route: LiveRoute,
  page: DeadPage,
  { url, extra }: { readonly url: string; readonly extra: SessionValues },
): Promise<string> {
  const { conn } = page
  const { view } = route
  const socket = socketFor(page, {
    id: randomId(),
    view,
    route,
    flash: flashOf(conn),
    shared: conn.assigns,
  })
  const params = { ...conn.query, ...conn.params }
  const lifecycle = new Lifecycle(socket, invoke)
  const options = await performed(lifecycle.mount({ params, session: { ...page.session, ...extra }, uri: url }))
  if (socket.redirect === undefined) await performed(lifecycle.handleParams(params, url))
  if (socket.redirect !== undefined) throw new PageRedirect(socket)
  const content = await contentOf({ socket, options }, page, false)
  const session = { view: tokenNameOf(view), liveSession: route.session.name, parent: null, session: extra }
  const marks = { isMain: true, session: signSession(page.site, { id: socket.id, ...session }) }
  const innerContent = containerOf(socket, route.container, marks, content)
  return await documentHtml(page, { layout: rootLayoutOf(route.session, conn), assigns: socket.assigns, innerContent })
}

interface Document {
  readonly layout: RootLayout
  readonly assigns: object
  readonly innerContent: Raw
}

/** The document around the content of a page: there may be views in that, too. */
export function documentHtml(page: DeadPage, { layout, assigns, innerContent }: Document): Promise<string> {
  return plainHtml(layout({ ...assigns, innerContent, conn: page.conn }), page)
}

// ── Views of a plain page ──

/** The HTML of markup that is no live view, with the views in it. */
export function plainHtml(rendered: Rendered, page: DeadPage): Promise<string> {
  return withViews(
    (view) => toHtml(rendered, { view, facts: page.facts }),
    async (use) => (await rootView(use, page)).container.html,
  )
}

/** A view that stands in a plain page: its element with all that is in it, and what it assigned. */
export async function rootView(
  use: LiveViewUse,
  page: DeadPage,
): Promise<{ readonly container: Raw; readonly assigns: object }> {
  const { conn, site } = page
  const id = use.id ?? randomId()
  const dead = await mounted(use, page, { id, flash: flashOf(conn), shared: conn.assigns })
  const { view } = dead.socket
  const content = await contentOf(dead, page, use.isSticky)
  const session = { id, view: uniqueTokenNameOf(view), liveSession: null, parent: null, session: use.session }
  const marks = { session: signSession(site, session), isSticky: use.isSticky }
  return { container: containerOf(dead.socket, use.container, marks, content), assigns: dead.socket.assigns }
}

// ── Views inside of others ──

async function nestedHtml(use: LiveViewUse, around: LiveViewSocket, page: DeadPage): Promise<string> {
  const isChild = !use.isSticky
  const dead = await mounted(use, page, { id: requiredId(use), isChild, flash: {}, shared: around.assigns })
  const content = await contentOf(dead, page, true)
  // A child is told of its session when its parent is connected: a token would have to name that.
  const marks = use.isSticky
    ? { session: signSession(page.site, sessionOfNested(use, '')), isSticky: true }
    : { session: '', parentId: around.id }
  return containerOf(dead.socket, use.container, marks, content).html
}

async function mounted(
  use: LiveViewUse,
  page: DeadPage,
  options: Pick<ViewSocketOptions, 'id' | 'isChild' | 'flash' | 'shared'>,
): Promise<DeadView> {
  const view = viewOfUse(use)
  uniqueTokenNameOf(view) // or the page would show another one when it is connected
  const socket = socketFor(page, { ...options, view, route: undefined })
  const session = { ...page.session, ...use.session }
  const mountOptions = await performed(new Lifecycle(socket, invoke).mount({ params: {}, session, uri: undefined }))
  if (socket.redirect !== undefined) throw new PageRedirect(socket)
  return { socket, options: mountOptions }
}

// ── What they have in common ──

function randomId(): string {
  return `phx-${nanoid()}`
}

function flashOf(conn: Conn): ViewSocketOptions['flash'] {
  return conn.hasFlash ? conn.flash.toObject() : {}
}

function socketFor(
  { request, conn, site, origin }: DeadPage,
  options: Omit<ViewSocketOptions, 'site' | 'origin' | 'connection' | 'visit'>,
): LiveViewSocket {
  return new LiveViewSocket({ ...options, site, origin, connection: undefined, visit: visitOfRequest(request, conn) })
}

/** A view in its element. */
function containerOf(
  { id, site, view, assigns, newKeys }: LiveViewSocket,
  over: Container | undefined,
  marks: Omit<ContainerMarks, 'id' | 'static'>,
  content: string,
): Raw {
  const token = signStatic(site, { id, flash: assigns.flash, assignNew: [...newKeys] })
  return containerHtml(mergedContainer(view.prepared.container, over), { id, ...marks, static: token }, content)
}

const NOT_SENT = (use: LiveViewUse): ViewPrint => new ViewPrint(use, '', '')

/** The view's own HTML, with its components and the views in it in their places. */
async function contentOf({ socket, options }: DeadView, page: DeadPage, isNested: boolean): Promise<string> {
  const tree = new ViewTree({
    invoke,
    page: page.facts,
    componentSocket: (cid) => new ComponentSocket(cid, socket),
    nestedView: NOT_SENT,
    forgotten: () => {},
  })
  const rendered = renderView(socket, layoutOf(socket, options, isNested), true)
  await performed(tree.render(rendered))
  return await withViews(
    (view) => tree.toHtml(rendered, view),
    (use) => nestedHtml(use, socket, page),
  )
}

/** Markup is made at once, views are not: so they are found first, then made one after another, and then put in. */
async function withViews(
  write: (view: (use: LiveViewUse) => string) => string,
  make: (use: LiveViewUse) => Promise<string>,
): Promise<string> {
  const uses: LiveViewUse[] = []
  const empty = write((use) => {
    uses.push(use)
    return ''
  })
  if (uses.length === 0) return empty
  const made: string[] = []
  for (const use of uses) made.push(await make(use))
  let at = 0
  return write(() => made[at++] as string) // as many, in the same order
}
