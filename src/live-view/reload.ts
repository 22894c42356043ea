import { parseCookie, stringifySetCookie } from 'cookie'
import type { Conn } from '../http/conn.ts'
import { statusText } from '../http/error-page.ts'
import { HttpError } from '../http/errors.ts'
import { siteOfRequest } from './site.ts'
import { openReload } from './tokens.ts'

/** Where the client keeps that a page must be answered with an error. The wire's spelling. */
const COOKIE = '__phoenix_reload_status__'

/**
 * A page whose view could not be mounted when it was connected is loaded anew: then the answer is the error page of that status,
 * so that it is seen, and the client does not try for ever.
 * @throws {HttpError} of the status that the client's cookie tells; 500 for a cookie that is none of ours.
 * Semantics: liveview.md §2.1, §19.3.
 */
export function checkReload(request: Request, conn: Conn): void {
  const value = parseCookie(request.headers.get('cookie') ?? '')[COOKIE]
  if (value === undefined || value === '') return
  const status = openReload(siteOfRequest(conn), value)?.status ?? 500
  const gone = stringifySetCookie({ name: COOKIE, value: '', path: '/', maxAge: 0 })
  throw new HttpError(status, statusText(status), { headers: { 'set-cookie': gone } })
}
