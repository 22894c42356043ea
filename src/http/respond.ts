import { BadArgumentError } from '../core/errors.ts'

/**
 * An answer that is HTML.
 * @param body - the page, as it is: what came from users must have been escaped.
 * @param init - status and headers, as of `new Response`; a content type of its own wins.
 * Semantics: Phoenix.Controller.html/2.
 */
export function html(body: string, init: ResponseInit = {}): Response {
  return respond('html', 'text/html; charset=utf-8', body, init)
}

/** An answer that is plain text. Semantics: Phoenix.Controller.text/2. @param init - status and headers. */
export function text(body: string, init: ResponseInit = {}): Response {
  return respond('text', 'text/plain; charset=utf-8', body, init)
}

/**
 * An answer that is a value as JSON.
 * @param init - status and headers.
 * @throws {BadArgumentError} for what JSON does not know: `undefined`, a function.
 * Semantics: Phoenix.Controller.json/2.
 */
export function json(value: unknown, init: ResponseInit = {}): Response {
  const body: string | undefined = JSON.stringify(value)
  if (body === undefined) throw new BadArgumentError('json', 'a value that JSON knows', value)
  return respond('json', 'application/json; charset=utf-8', body, init)
}

function respond(where: string, type: string, body: string, init: ResponseInit): Response {
  if (typeof body !== 'string') throw new BadArgumentError(where, 'text', body)
  const headers = new Headers(init.headers)
  if (!headers.has('content-type')) headers.set('content-type', type)
  return new Response(body, { ...init, headers })
}

/**
 * Sends the client elsewhere.
 *
 * @param to - a path of this site, or `{ external: url }` for any other. A path that came from a user cannot lead away: one
 * that a browser would take for another site is refused.
 * @param status - 302 by default: GET comes next, whatever it was. 303, 301, 307 and 308 are the others.
 * @throws {BadArgumentError} for a path that is none, a URL that is not of http or https, another status.
 * Semantics: Phoenix.Controller.redirect/2.
 */
export function redirect(to: string | { readonly external: string | URL }, status: number = 302): Response {
  if (!REDIRECTS.includes(status)) throw new BadArgumentError('redirect: status', REDIRECTS.join(' | '), status)
  const location = typeof to === 'string' ? localPath(to) : externalUrl(to)
  return new Response(null, { status, headers: { location } })
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

// Read as a browser reads it: to it `//host` and `/\host` are other sites, tabs and newlines are nothing, and `/.//host` is
// `//host`, which the next reader would take for one.
function localPath(path: string): string {
  const url = path.startsWith('/') && URL.canParse(path, HERE) ? new URL(path, HERE) : undefined
  const local = url?.origin === HERE ? `${url.pathname}${url.search}${url.hash}` : '//'
  if (!local.startsWith('//')) return local
  throw new BadArgumentError(
    'redirect',
    'a path of this site, such as /rooms',
    path,
    'Elsewhere: redirect({ external: url }).',
  )
}

const HERE = 'http://here.invalid'

function externalUrl(to: { readonly external: string | URL }): string {
  const given = to?.external
  const url = given instanceof URL || typeof given === 'string' ? parseUrl(String(given)) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href
  throw new BadArgumentError('redirect', 'a path, or { external: a URL of http or https }', given ?? to)
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
