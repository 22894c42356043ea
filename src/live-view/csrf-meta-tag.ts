import type { Conn } from '../http/conn.ts'
import { html, type Rendered } from './template/html.ts'

/**
 * The CSRF token of the session, for the head of a document: the page's script reads it, and gives it to its LiveSocket.
 *
 * ```js
 * // in the browser
 * const csrfToken = document.querySelector('meta[name="csrf-token"]').getAttribute('content')
 * const liveSocket = new LiveSocket('/live', Socket, { params: { _csrf_token: csrfToken } })
 * ```
 * @throws {BeamishError} `BEAMISH_NO_PLUG` without `csrf()`. Semantics: the `csrf-token` of the root layout that Phoenix generates.
 */
export function csrfMetaTag(conn: Conn): Rendered {
  return html`<meta name="csrf-token" content=${conn.csrfToken}>`
}
