import type { Conn } from './conn.ts'
import { type Plug, withHeaders } from './plug.ts'
import { checkSessionOptions, SessionCookie, type SessionOptions } from './session-cookie.ts'
import { Session } from './session-data.ts'

/** What Plug says of every response: a page that was made for one client is not for the next. */
const PRIVATE = 'max-age=0, private, must-revalidate'

/**
 * Gives each request `conn.session`, kept in a cookie that only this server can write.
 *
 * The cookie is sent when the session was changed, and taken away when that left nothing in it. One that was altered, is too
 * old, or of another secret is no session: the request has an empty one. The secrets are the endpoint's `secretKeyBase`; of a
 * list the first signs and all verify, so that a new one can go in front.
 *
 * ```ts fragment
 * import { csrf, flash, Router, type SessionOptions, secureHeaders, session } from 'beamish/endpoint'
 *
 * export const sessionOptions: SessionOptions = { key: '_chat', signingSalt: 'mXq3', maxAgeSeconds: 14 * 86_400 }
 * export const router = Router.define((route) => {
 *   route.pipeline('browser', [session(sessionOptions), flash(), csrf(), secureHeaders()])
 * })
 * ```
 *
 * @param options - also for sockets that want to read the session: keep them in a constant.
 * @throws {BadArgumentError} for an unknown option or one of the wrong kind. While it answers: `BEAMISH_SESSION_TOO_LARGE` ·
 * `BEAMISH_NO_SECRET_KEY_BASE` · `BEAMISH_BAD_ARGUMENT` for a value that no cookie can hold, or a secret under 64 bytes.
 *
 * Semantics: Plug.Session with Plug.Session.COOKIE, whose cookies it reads and which reads its own. *When not to use it*: for
 * sessions that the server must be able to end: a cookie is good wherever it is. Keep those in a table, and their key here.
 */
export function session(options: SessionOptions): Plug {
  checkSessionOptions(options)
  const cookie = new SessionCookie(options)
  return async function session(request, conn, next) {
    const header = request.headers.get('cookie')
    const own = new Session(cookie.read(header, conn, Date.now()), options.csrfTokenKey)
    conn.provide({ session: own })
    const response = await next()
    const setCookie = own.isChanged ? setCookieOf(cookie, own, conn, header) : undefined
    own.seal()
    return withHeaders(response, (headers) => {
      if (setCookie !== undefined) headers.append('set-cookie', setCookie)
      if (!headers.has('cache-control')) headers.set('cache-control', PRIVATE)
    })
  }
}

function setCookieOf(cookie: SessionCookie, own: Session, conn: Conn, header: string | null): string | undefined {
  if (own.size > 0) return cookie.write(own.toObject(), conn, conn.isSecure, Date.now())
  return cookie.isIn(header) ? cookie.expire(conn.isSecure) : undefined
}
