import { parseCookie, stringifySetCookie } from 'cookie'
import type { FlashMessage } from '../http/flash.ts'
import { type Plug, withHeaders } from '../http/plug.ts'
import { siteOfRequest } from './site.ts'
import { openFlash } from './tokens.ts'

/** Where the client puts the flash of a live view when it loads a page. The wire's spelling. */
const COOKIE = '__phoenix_flash__'

/**
 * Brings the flash of a live view to the page that is loaded after it: `redirect` in a live view, and navigation beyond its live
 * session. Stands after `flash()`.
 * @throws {BeamishError} `BEAMISH_NO_PLUG`, for a request, without `flash()` before it.
 * Semantics: Phoenix.LiveView.Router.fetch_live_flash/2. A token that is bad or old is no flash.
 */
export function liveFlash(): Plug {
  return async function liveFlash(request, conn, next) {
    const { flash } = conn
    const token = parseCookie(request.headers.get('cookie') ?? '')[COOKIE]
    if (token === undefined) return next()
    const messages = openFlash(siteOfRequest(conn), token)
    for (const [kind, message] of Object.entries(messages)) flash.put(kind, message as FlashMessage) // it was signed as JSON
    const gone = stringifySetCookie({ name: COOKIE, value: '', path: '/', maxAge: 0 })
    return withHeaders(await next(), (headers) => headers.append('set-cookie', gone))
  }
}
