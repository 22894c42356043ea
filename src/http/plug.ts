import { BadArgumentError } from '../core/errors.ts'
import type { AnyPathParams, Conn } from './conn.ts'
import { noResponse } from './errors.ts'

/** Answers a request: what a route calls. It runs as the program, or as the process that the endpoint runs it in. */
export type Handler<PathParams extends object = AnyPathParams> = (
  request: Request,
  conn: Conn<PathParams>,
) => Response | Promise<Response>

/** What may stand in the place of a handler: a router, or a page of a room above. */
export interface Page<PathParams extends object = AnyPathParams> {
  /** Answers a request. */
  handle(request: Request, conn: Conn<PathParams>): Response | Promise<Response>
}

/**
 * A step around a handler: it may answer itself, or `return next()`, before and after which it does what it is for.
 *
 * ```ts fragment
 * import { type Plug, withHeaders } from 'beamish/endpoint'
 *
 * export const timing: Plug = async (_request, _conn, next) => {
 *   const startedMs = performance.now()
 *   const response = await next()
 *   return withHeaders(response, (headers) => headers.set('server-timing', `app;dur=${performance.now() - startedMs}`))
 * }
 * ```
 * Semantics: a function plug of Plug; a response of its own is what `halt` is there.
 */
export type Plug = (request: Request, conn: Conn, next: () => Promise<Response>) => Response | Promise<Response>

/** One handler of plugs, the first outermost, around another. */
export function compose(plugs: readonly Plug[], handler: Handler): Handler {
  return plugs.reduceRight<Handler>((inner, plug) => {
    const who = `the plug ${plug.name || '(anonymous)'}`
    return async (request, conn) => {
      const next = async (): Promise<Response> => inner(request, conn)
      return responseOf(await plug(request, conn, next), who, 'a Response, usually that of next()')
    }
  }, handler)
}

/** What a route was given, as a handler. @throws {BadArgumentError} when it is neither a function nor a page. */
export function handlerOf(where: string, target: Handler | Page): Handler {
  const handle = typeof target === 'function' ? target : target?.handle?.bind(target)
  if (typeof handle !== 'function') {
    throw new BadArgumentError(where, 'a function (request, conn) => Response, or an object with such a handle', target)
  }
  const who = `the handler ${handle.name.replace(/^bound /, '') || '(anonymous)'}`
  return async (request, conn) => responseOf(await handle(request, conn), who, 'a Response')
}

/**
 * What came back, when it is a response that can be sent. By its shape: some servers bring a Response class of their own.
 * @throws {BeamishError} `BEAMISH_BAD_RETURN` for anything else, `Response.error()` among it.
 */
export function responseOf(value: unknown, who: string, expected: string): Response {
  const { status, headers } = (value ?? {}) as Partial<Response>
  const isResponse = typeof status === 'number' && status >= 200 && typeof headers?.get === 'function'
  if (isResponse) return value as Response // just seen
  throw noResponse(who, expected, value)
}

/**
 * The response with other headers. Those of `fetch` and of `Response.redirect` are fixed: then it is a copy.
 * @param change - changes the headers it is given.
 */
export function withHeaders(response: Response, change: (headers: Headers) => void): Response {
  try {
    change(response.headers)
    return response
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const headers = new Headers(response.headers)
    change(headers)
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
  }
}
