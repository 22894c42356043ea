import { checkKeys } from '../core/check-keys.ts'
import { systemClock } from '../core/clock.ts'
import { BadArgumentError, show } from '../core/errors.ts'
import { reasonOfThrown } from '../core/reason.ts'
import { currentProcess } from '../runtime/current.ts'
import { span } from '../telemetry/span.ts'
import { describeThrown, emitter } from '../telemetry/telemetry.ts'
import { type AnyPathParams, Conn, DEFAULT_ENDPOINT, type RequestFacts } from './conn.ts'
import { defaultErrorPage, type ErrorPage, type HttpFailure, statusText } from './error-page.ts'
import { asHttpError } from './errors.ts'
import type {} from './events.ts'
import { overridden } from './method-override.ts'
import { type Handler, responseOf, withHeaders } from './plug.ts'
import { nameOf, RouteTable } from './route-table.ts'
import { type Route, RouteScope } from './routes.ts'

/** How a router answers when something goes wrong. */
export interface RouterOptions {
  /** Makes the error pages; for what it leaves `undefined` there is a plain one. */
  readonly errorPage?: ErrorPage
  /** Whether error pages show what was thrown: for developers only. Default: what the endpoint says, else false. */
  readonly debugErrors?: boolean
}

/** Where a request would go. */
export type Lookup =
  | { readonly type: 'found'; readonly route: Route; readonly params: AnyPathParams }
  | { readonly type: 'notFound' | 'undecodable' }
  | { readonly type: 'methodNotAllowed'; readonly methods: readonly string[] }

/** Routes, and what they answer. */
export interface RouterModule {
  /** All routes, in the order in which they were written. */
  readonly routes: readonly Route[]
  /**
   * Answers a request. Without a route it is 404, with routes for other methods 405; what a handler throws becomes an error
   * page.
   * @param facts - what the server knows of the request. A {@link Conn} will do: so a router can stand in another one.
   * @returns a response, whatever happens: it never rejects.
   */
  handle(request: Request, facts?: RequestFacts): Promise<Response>
  /**
   * Where a request would go.
   * @param path - as in a URL: encoded, without the query.
   * @param host - without a port. Default: one that no scope has named.
   */
  lookup(method: string, path: string, host?: string): Lookup
}

const OPTIONS: readonly string[] = ['errorPage', 'debugErrors'] satisfies (keyof RouterOptions)[]

/**
 * Defines what answers plain HTTP requests.
 *
 * ```ts
 * import { Router, secureHeaders, text } from 'beamish/endpoint'
 *
 * export const router = Router.define((route) => {
 *   route.pipeline('browser', [secureHeaders()])
 *   route.scope('/', { pipe: 'browser' }, (r) => {
 *     r.get('/hello/:name', (_request, conn) => text(`Hello, ${conn.params.name}`))
 *   })
 * })
 * const response = await router.handle(new Request('http://localhost/hello/ada'))
 * console.log(response.status, await response.text())
 * ```
 *
 * A form that means `put`, `patch` or `delete` says so in a field `_method`, as browsers cannot; where there is such a route, it is asked.
 *
 * @param build - is called once, at once, and says the routes.
 * @throws {BadArgumentError} for a path or handler that is none, a pipeline that is unknown, two routes for the same requests.
 *
 * Semantics: Phoenix.Router. Differs: the most particular route wins, of host and then of path, not the first. *When not to use it*: a JSON API of many
 * routes may prefer Hono or H3; `route.forward('/api', app.fetch)` takes it in.
 */
function define(build: (route: RouteScope) => void, options: RouterOptions = {}): RouterModule {
  if (typeof build !== 'function') throw new BadArgumentError('Router.define', 'a function of the routes', build)
  checkOptions(options)
  const routes: Route[] = []
  build(new RouteScope({ routes, pipelines: new Map(), liveSessions: new Set(['default']) }, { path: '', plugs: [] }))
  const routing = new Routing(routes, options)
  return {
    routes,
    handle: (request, facts = {}) => routing.handle(request, facts),
    lookup: (method, path, host = '') => routing.lookup(method, path, host),
  }
}

function checkOptions(options: RouterOptions): void {
  checkKeys('Router.define', options, OPTIONS)
  const { errorPage, debugErrors } = options
  if (errorPage !== undefined && typeof errorPage !== 'function') {
    throw new BadArgumentError('Router.define: errorPage', 'a function (failure, request) => Response', errorPage)
  }
  if (debugErrors !== undefined && typeof debugErrors !== 'boolean') {
    throw new BadArgumentError('Router.define: debugErrors', 'true or false', debugErrors)
  }
}

/** A failure before it is a page. */
interface Failure {
  readonly status: number
  readonly message: string
  /** What was thrown, in an array, as it may be `undefined`; empty when no route answers. */
  readonly thrown: readonly [] | readonly [unknown]
  /** What was being done, for the developer. */
  readonly doing: string
}

const errorRendered = emitter('beamish.router.errorRendered')

class Routing {
  private readonly routes: readonly Route[]
  private readonly table: RouteTable<Route>
  private readonly options: RouterOptions

  constructor(routes: readonly Route[], options: RouterOptions) {
    this.routes = routes
    this.table = new RouteTable('Router.define', routes)
    this.options = options
  }

  lookup(method: string, path: string, host: string): Lookup {
    const match = this.table.match(method, path, host)
    return match.type === 'found' ? { type: 'found', route: match.row, params: match.params } : match
  }

  async handle(request: Request, facts: RequestFacts): Promise<Response> {
    const response = await this.respond(request, this.withOwn(facts))
    return request.method === 'HEAD' ? withoutBody(response) : response
  }

  /** Read one by one: facts may be a conn, or another object whose members are getters. */
  private withOwn({
    endpoint = DEFAULT_ENDPOINT,
    remoteAddress = '',
    isSecure,
    secretKeyBase,
    debugErrors,
  }: RequestFacts): RequestFacts {
    const isDebug = this.options.debugErrors ?? debugErrors ?? false
    return { endpoint, remoteAddress, secretKeyBase, debugErrors: isDebug, ...(isSecure !== undefined && { isSecure }) }
  }

  private async respond(asked: Request, facts: RequestFacts): Promise<Response> {
    const url = new URL(asked.url)
    const request = await overridden(asked, (method) => this.answers(method, url))
    const match = this.table.match(request.method, url.pathname, url.hostname)
    const failed = { thrown: [], doing: `${request.method} ${url.pathname}` } as const
    switch (match.type) {
      case 'found':
        return this.dispatch(request, new Conn(url, facts, match.row.path.text, match.params), match.row.handler)
      case 'notFound':
        return this.fail(request, facts, { ...failed, status: 404, message: statusText(404) })
      case 'undecodable':
        return this.fail(request, facts, { ...failed, status: 400, message: 'The path of the URL cannot be decoded.' })
      case 'methodNotAllowed': {
        const page = await this.fail(request, facts, { ...failed, status: 405, message: statusText(405) })
        return withHeaders(page, (headers) => headers.set('allow', match.methods.join(', ')))
      }
    }
  }

  /** Whether a route says this method, not just any. */
  private answers(method: string, { pathname, hostname }: URL): boolean {
    const match = this.table.match(method, pathname, hostname)
    return match.type === 'found' && match.row.method === method
  }

  private async dispatch(request: Request, conn: Conn, handler: Handler): Promise<Response> {
    const { route, endpoint } = conn
    try {
      return await span('beamish.router.dispatch', { request, conn, route }, async (observed) => {
        const response = await handler(request, conn)
        observed.addMetadata({ status: response.status })
        return response
      })
    } catch (error) {
      const known = asHttpError(error)
      const status = known?.status ?? 500
      if (status >= 500) report(request, endpoint, route, error)
      const message = known !== undefined && status < 500 ? known.detail : statusText(status)
      const doing = `${request.method} ${route}`
      const page = await this.fail(request, conn, { status, message, thrown: [error], doing })
      return known === undefined ? page : withHeaders(page, (headers) => appendAll(headers, known.headers))
    }
  }

  private async fail(request: Request, facts: RequestFacts, failure: Failure): Promise<Response> {
    const startedMs = systemClock.now()
    const page = await this.pageOf(request, facts, failure)
    const { status, thrown } = failure
    const metadata = { request, status, ...(thrown.length === 0 ? {} : describeThrown(thrown[0])) }
    errorRendered.execute({ durationMs: systemClock.now() - startedMs }, metadata)
    return page
  }

  private async pageOf(request: Request, facts: RequestFacts, failure: Failure): Promise<Response> {
    const { status, message, thrown } = failure
    const isDebug = facts.debugErrors === true
    const details = isDebug ? this.detailsOf(failure) : []
    const shown: HttpFailure = { status, message, isDebug, details, ...(thrown.length > 0 && { error: thrown[0] }) }
    try {
      const own = await this.options.errorPage?.(shown, request)
      return own === undefined
        ? defaultErrorPage(shown, request)
        : responseOf(own, 'errorPage', 'a Response or undefined')
    } catch (error) {
      report(request, facts.endpoint ?? DEFAULT_ENDPOINT, 'errorPage', error)
      return defaultErrorPage(shown, request)
    }
  }

  private detailsOf({ thrown, doing }: Failure): string[] {
    if (thrown.length === 1)
      return [`in ${doing}`, ...(describeThrown(thrown[0]).stacktrace ?? show(thrown[0])).split('\n')]
    return [`no route for ${doing}; there are`, ...this.routes.map((route) => `  ${nameOf(route)}`)]
  }
}

function appendAll(headers: Headers, added: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(added)) headers.append(name, value)
}

/** Tells the developers. The process is the one that the endpoint answers in; outside any, the main one. */
function report(request: Request, endpoint: string, route: string, error: unknown): void {
  const { runtime } = currentProcess()
  const reason = reasonOfThrown(error)
  // Without the query: there may be tokens in it.
  const path = new URL(request.url).pathname
  runtime.report({ type: 'requestFailed', level: 'error', endpoint, method: request.method, path, route, reason })
}

/** Semantics: Plug.Head. */
function withoutBody(response: Response): Response {
  response.body?.cancel().catch(() => {}) // nobody will read it
  const { status, statusText, headers } = response
  return new Response(null, { status, statusText, headers })
}

/** Routes for plain HTTP. Semantics: Phoenix.Router. */
export const Router = { define } as const
