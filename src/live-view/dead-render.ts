import { nanoid } from 'nanoid'
import type { Callback } from '../behaviours/server.ts'
import type { Conn } from '../http/conn.ts'
import { html as htmlResponse } from '../http/respond.ts'
import { ComponentSocket } from './component.ts'
import { containerHtml, mergedContainer } from './container.ts'
import { redirectOverHttp } from './http-redirect.ts'
import { Lifecycle } from './lifecycle.ts'
import type { LiveRoute } from './live-route.ts'
import type { SessionValues } from './live-view.ts'
import { performed } from './pass.ts'
import { checkReload } from './reload.ts'
import { layoutOf, renderView } from './render-view.ts'
import type { MountOptions } from './result.ts'
import { rootLayoutOf } from './root-layout.ts'
import { siteOfRequest } from './site.ts'
import { toHtml } from './template/render-html.ts'
import { signSession, signStatic } from './tokens.ts'
import { ViewTree } from './tree/view-tree.ts'
import { tokenNameOf } from './view-registry.ts'
import { LiveViewSocket } from './view-socket.ts'

/** Semantics: liveview.md §2.1, step 7. */
const HEADERS = { 'cache-control': 'max-age=0, private, must-revalidate' }

/** Outside of a connection nothing has an async context of its own. */
const invoke = ({ call }: Callback, a?: unknown, b?: unknown, c?: unknown): unknown => call(a, b, c)

/**
 * Answers a request with a live view: mounted without a connection, rendered, forgotten. The client mounts it again.
 * Semantics: Phoenix.LiveView.Static.render/3; liveview.md §2.
 */
export async function renderPage(route: LiveRoute, request: Request, conn: Conn): Promise<Response> {
  checkReload(request, conn)
  const url = new URL(request.url)
  url.hash = ''
  const extra = extraSession(route, request, conn)
  const socket = socketFor(route, conn, url)
  const lifecycle = new Lifecycle(socket, invoke)
  const params = { ...conn.query, ...conn.params }
  const session = { ...(conn.hasSession ? conn.session.toObject() : {}), ...extra }
  const options = await performed(lifecycle.mount({ params, session }))
  if (socket.redirect === undefined) await performed(lifecycle.handleParams(params, url.href))
  if (socket.redirect !== undefined) return redirectOverHttp(socket, socket.redirect, conn)
  return htmlResponse(await documentOf(route, { socket, conn, options, extra }), { headers: HEADERS })
}

function extraSession({ session }: LiveRoute, request: Request, conn: Conn): SessionValues {
  return typeof session.session === 'function' ? session.session(request, conn) : session.session
}

function socketFor(route: LiveRoute, conn: Conn, { origin }: URL): LiveViewSocket {
  const { assigns: shared } = conn
  const site = siteOfRequest(conn)
  const flash = conn.hasFlash ? conn.flash.toObject() : {}
  const id = `phx-${nanoid()}`
  return new LiveViewSocket({ id, view: route.view, site, origin, route, flash, connection: undefined, shared })
}

interface Page {
  readonly socket: LiveViewSocket
  readonly conn: Conn
  readonly options: MountOptions
  readonly extra: SessionValues
}

async function documentOf(route: LiveRoute, page: Page): Promise<string> {
  const { socket, conn } = page
  const content = await contentOf(socket, page.options)
  const { id, site, view, assigns } = socket
  const session = { id, view: tokenNameOf(view), liveSession: route.session.name, parent: null, session: page.extra }
  const marks = {
    id,
    isMain: true,
    session: signSession(site, session),
    static: signStatic(site, { id, flash: assigns.flash }),
  }
  const innerContent = containerHtml(mergedContainer(view.prepared.container, route.container), marks, content)
  const rootLayout = rootLayoutOf(route.session, conn)
  return toHtml(rootLayout({ ...assigns, innerContent, conn }))
}

/** The view's own HTML, with its components in their places. */
async function contentOf(socket: LiveViewSocket, options: MountOptions): Promise<string> {
  const tree = new ViewTree({
    invoke,
    componentSocket: (cid) => new ComponentSocket(cid, socket),
    forgotten: () => {},
  })
  const rendered = renderView(socket, layoutOf(socket, options, false), true)
  await performed(tree.render(rendered))
  return tree.toHtml(rendered)
}
