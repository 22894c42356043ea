import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from './conn.ts'
import { isCsrfToken, isValidCsrfToken, makeCsrfToken, maskCsrfToken } from './csrf-token.ts'
import { asHttpError, HttpError } from './errors.ts'
import type { Plug } from './plug.ts'
import type { Session } from './session-data.ts'

/** Options of {@link csrf}. */
export interface CsrfOptions {
  /**
   * Whether the header `origin` of a request must name this site, where there is one; a list names other sites that may post
   * here too, such as `https://admin.example.com`. Default false: the token is enough.
   */
  readonly checkOrigin?: boolean | readonly string[]
}

/** Requests that change nothing. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
/** Where a form has the token. The wire's spelling: clients of Phoenix send it so. */
const FIELD = '_csrf_token'
const HEADER = 'x-csrf-token'

const NO_TOKEN =
  'The CSRF token is missing or wrong. The request must bring the session cookie, and the token that the page was given ' +
  `(conn.csrfToken) as the field ${FIELD} of its form or as the header ${HEADER}.`
const FOREIGN = 'The page that sent this belongs to another site.'
const FOREIGN_SCRIPT =
  'A script that is made for one client can be read by any site that embeds it. Ask for it with the header ' +
  'x-requested-with: XMLHttpRequest, or take the route out of the pipeline with csrf().'

/**
 * Refuses requests that another site made a browser send: all but GET, HEAD and OPTIONS need the token of the session, else
 * the answer is 403. Gives each request `conn.csrfToken`. Stands after `session(…)`.
 *
 * The token is looked for in the header `x-csrf-token`, then in the field `_csrf_token` of a form; the body stays there for
 * the handler. A script as the answer to a plain GET is refused as well, because any site could embed it.
 *
 * @throws {BadArgumentError} for an unknown option or one of the wrong kind.
 * Semantics: Plug.CSRFProtection, whose tokens it takes. Differs: JSON bodies are not looked into, and there are no tokens
 * for other hosts.
 */
export function csrf(options: CsrfOptions = {}): Plug {
  const { checkOrigin = false, ...unknown } = options
  const [extra] = Object.keys(unknown)
  if (extra !== undefined) throw new BadArgumentError('csrf', 'the option checkOrigin', extra)
  const origins = originsOf(checkOrigin)
  return async function csrf(request, conn, next) {
    const { session } = conn
    conn.provide({ csrfToken: () => maskCsrfToken(tokenOf(session)) })
    if (!SAFE_METHODS.includes(request.method)) {
      if (origins !== undefined && !isOwnOrigin(request, conn, origins)) throw new HttpError(403, FOREIGN)
      if (!(await isVerified(request, session))) throw new HttpError(403, NO_TOKEN)
    }
    const response = await next()
    if (request.method === 'GET' && isScript(response) && !isXhr(request)) throw new HttpError(403, FOREIGN_SCRIPT)
    return response
  }
}

/** Made when it is first asked for: a session that needs none is not written for it. */
function tokenOf(session: Session): string {
  const kept = session.get(session.csrfTokenKey)
  if (isCsrfToken(kept)) return kept
  const made = makeCsrfToken()
  session.put(session.csrfTokenKey, made)
  return made
}

async function isVerified(request: Request, session: Session): Promise<boolean> {
  const key = session.csrfTokenKey
  const data = { [key]: session.get(key) }
  return isValidCsrfToken(data, request.headers.get(HEADER), key) || isValidCsrfToken(data, await fieldOf(request), key)
}

const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i

async function fieldOf(request: Request): Promise<unknown> {
  if (!FORM.test(request.headers.get('content-type') ?? '') || request.body === null) return undefined
  try {
    return (await request.clone().formData()).get(FIELD)
  } catch (error) {
    if (asHttpError(error) !== undefined) throw error // the server's own: longer than it takes
    return undefined // no form after all
  }
}

function originsOf(checkOrigin: boolean | readonly string[]): readonly string[] | undefined {
  if (checkOrigin === false) return undefined
  if (checkOrigin === true) return []
  const isRight = Array.isArray(checkOrigin) && checkOrigin.every((origin) => originOf(origin) === origin)
  if (isRight) return checkOrigin
  throw new BadArgumentError('csrf: checkOrigin', 'true, false, or a list of origins (https://host)', checkOrigin)
}

function isOwnOrigin(request: Request, conn: Conn, others: readonly string[]): boolean {
  const origin = request.headers.get('origin')
  if (origin === null || others.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === conn.host
}

function originOf(text: unknown): string | undefined {
  return typeof text === 'string' && URL.canParse(text) ? new URL(text).origin : undefined
}

function isScript(response: Response): boolean {
  return /^(?:text|application)\/javascript\b/i.test(response.headers.get('content-type') ?? '')
}

function isXhr(request: Request): boolean {
  return request.headers.get('x-requested-with') === 'XMLHttpRequest'
}
