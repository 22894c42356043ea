import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from '../http/conn.ts'
import { answerPage, type DeadPage, deadPageOf, documentHtml, plainHtml, rootView } from './dead-render.ts'
import type { RootLayout } from './layout.ts'
import { rootLayoutFor } from './root-layout.ts'
import { Rendered } from './template/html.ts'
import { LiveViewUse } from './template/nodes.ts'
import { raw } from './template/values.ts'

/** How {@link renderPage} answers. */
export interface PageOptions {
  /** What the document gets beside its content: `{ pageTitle }`. */
  readonly assigns?: Readonly<Record<string, unknown>>
  /** The document, in the place of what the plug `rootLayout` said; `false`: none. */
  readonly layout?: RootLayout | false
  /** Default 200. */
  readonly status?: number
}

const OPTIONS: readonly string[] = ['assigns', 'layout', 'status'] satisfies (keyof PageOptions)[]

/**
 * Answers a request with a page that no route made a live view: a handler's
 * `` (request, conn) => renderPage(request, conn, html`…`) ``.
 *
 * There may be live views in it, with {@link liveRender}: each is a root, which has no address and so no `handleParams`. They are
 * mounted here and again when the page's client has connected; where the first of them goes elsewhere, the answer does.
 * @param content - what stands in the document; or one view alone, `liveRender(View, options)`: then the document gets what that
 * assigned, too.
 * @throws {BadArgumentError} for an unknown option, or content that is neither.
 * @throws {BeamishError} `BEAMISH_NOT_IN_LIVE_VIEW` for a live component outside of a view.
 * Semantics: Phoenix.Controller.render/3, Phoenix.LiveView.Controller.live_render/3.
 */
export async function renderPage(
  request: Request,
  conn: Conn,
  content: Rendered | LiveViewUse,
  options: PageOptions = {},
): Promise<Response> {
  check(content, options)
  const { assigns = {}, layout = rootLayoutFor(conn), status = 200 } = options
  const page = deadPageOf(request, conn)
  return await answerPage(
    page,
    async () => {
      const inner = await innerOf(content, page)
      if (layout === false) return inner.container.html
      const flash = conn.hasFlash ? conn.flash.toObject() : {}
      const all = { flash, liveAction: null, ...inner.assigns, ...assigns }
      return await documentHtml(page, { layout, assigns: all, innerContent: inner.container })
    },
    status,
  )
}

async function innerOf(content: Rendered | LiveViewUse, page: DeadPage): ReturnType<typeof rootView> {
  if (content instanceof LiveViewUse) return await rootView(content, page)
  return { container: raw(await plainHtml(content, page)), assigns: {} }
}

function check(content: unknown, options: PageOptions): void {
  if (!(content instanceof Rendered || content instanceof LiveViewUse))
    throw new BadArgumentError('renderPage', 'html`…`, or liveRender(View, …)', content)
  checkKeys('renderPage', options, OPTIONS)
  const { layout = false } = options
  if (layout !== false && typeof layout !== 'function')
    throw new BadArgumentError('renderPage: layout', 'a function of the assigns, or false', layout)
}
