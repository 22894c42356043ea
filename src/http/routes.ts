import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { AnyPathParams, Conn } from './conn.ts'
import type { LiveGroup, LiveRouteOptions, LiveSessionOptions, LiveTarget } from './live-place.ts'
import { compose, type Handler, handlerOf, type Page, type Plug } from './plug.ts'
import { ANY_HOST, checkHosts, type Hosts } from './route-host.ts'
import { type PathParams, parseRoutePath, segmentsOf, withoutSegments } from './route-path.ts'
import { ANY_METHOD, type Row } from './route-table.ts'

/** A route as it was defined. */
export interface Route extends Row {
  /** What it was given: a function or a page. */
  readonly target: unknown
  /** The target behind its pipelines. */
  readonly handler: Handler
}

/** Plugs, or pipelines by their names: one, or a list of both. */
export type Pipe = string | Plug | readonly (string | Plug)[]

/** What a route or a scope may say beside its path. */
export interface PipeOptions {
  /** What its requests go through first, after what the scopes around it say. */
  readonly pipe?: Pipe
}

/** What a scope may say beside its path. */
export interface ScopeOptions extends PipeOptions {
  /**
   * Its routes are for requests to this host alone: a whole name, or with a dot at its end what the name begins with (`'admin.'`); or
   * for any of a list. In a scope in another one this is said anew. Default: what is around it says, else any host.
   */
  readonly host?: Hosts
}

/** How requests are handed on. */
export interface ForwardOptions extends PipeOptions {
  /** Whether the prefix is cut off the path of the request. Default false: the handler sees the whole URL. */
  readonly strip?: boolean
}

/** Answers any request: `fetch` of Hono, H3, itty-router and others. The conn comes second: Hono shows it as `c.env`. */
export type FetchHandler = (request: Request, conn: Conn) => Response | Promise<Response>

/** What a route may be given: a function, or an object with `handle`. */
export type Target<Params extends object> = Handler<Params> | Page<Params>

/** A path without parameters. */
type NoParams = Record<never, string>

/** What all scopes of one router share. */
interface Definition {
  readonly routes: Route[]
  readonly pipelines: Map<string, readonly Plug[]>
  /** The names of its live sessions. */
  readonly liveSessions: Set<string>
}

/** Where a scope is. */
interface Place {
  /** Without a slash at its end. */
  readonly path: string
  readonly plugs: readonly Plug[]
  readonly hosts?: readonly string[]
  /** The live session that it is in; `undefined` outside of any. */
  readonly live?: LiveGroup | undefined
}

/** The live session of live routes that are in none. One for all routers: it has no options that could differ. */
const DEFAULT_GROUP: LiveGroup = { name: 'default', options: {} }

type Joined<Outer extends object, Path extends string> = Outer & PathParams<Path>

/**
 * Where routes are written down: what {@link Router.define} and `scope` call back with.
 *
 * A path is texts and parameters: `/rooms/:id`; `*rest` at the end takes all segments that are left, also none. A room above
 * that has pages of its own kind gives them a `handle`, and they go where a function goes.
 */
export class RouteScope<Outer extends object = NoParams> {
  private readonly definition: Definition
  private readonly place: Place

  constructor(definition: Definition, place: Place) {
    this.definition = definition
    this.place = place
  }

  /**
   * Names a list of plugs, the first outermost; entries may be names of pipelines defined before.
   * @throws {BadArgumentError} for a name that is taken, or an entry that is no plug.
   * Semantics: Phoenix.Router.pipeline/2.
   */
  pipeline(name: string, plugs: readonly (string | Plug)[]): void {
    const { pipelines } = this.definition
    if (typeof name !== 'string' || name === '') throw new BadArgumentError('route.pipeline', 'a name', name)
    if (pipelines.has(name)) throw new BadArgumentError('route.pipeline', 'a name that is not taken', name)
    pipelines.set(name, this.plugsOf(`route.pipeline(${JSON.stringify(name)})`, plugs))
  }

  /**
   * Groups routes under a path, behind pipelines, or for a host. Scopes may be nested: paths and pipelines add up.
   * @throws {BadArgumentError} for a path with a `*rest`, a pipeline that is not defined before, or what is no host.
   * Semantics: Phoenix.Router.scope/3 with pipe_through/1.
   */
  scope<Path extends string>(path: Path, build: (route: RouteScope<Joined<Outer, Path>>) => void): void
  scope<Path extends string>(
    path: Path,
    options: ScopeOptions,
    build: (route: RouteScope<Joined<Outer, Path>>) => void,
  ): void
  scope(path: string, ...rest: [Builder] | [ScopeOptions, Builder]): void {
    const [options, build] = rest.length === 1 ? [{}, rest[0]] : rest
    const where = `route.scope(${JSON.stringify(path)})`
    if (typeof build !== 'function') throw new BadArgumentError(where, 'a function of the routes', build)
    const inner = this.pathOf(where, path)
    if (parseRoutePath(where, inner).steps.some(({ type }) => type === 'rest')) {
      throw new BadArgumentError(where, 'a path without *rest', path)
    }
    const plugs = [...this.place.plugs, ...this.pipeOf(where, options, SCOPE_OPTIONS)]
    const hosts = options.host === undefined ? {} : { hosts: checkHosts(`${where}: host`, options.host) }
    build(new RouteScope(this.definition, { ...this.place, ...hosts, path: inner, plugs }))
  }

  /**
   * A live view at a path, for GET: `route.live('/rooms/:id', RoomLive)`.
   * @param action - tells the view which of its routes it is at: `assigns.liveAction`. Default `null`.
   * @param options - those of {@link LiveRouteOptions}, and `pipe`.
   * @throws {BadArgumentError} for what is no live view, or wrong options. Semantics: Phoenix.LiveView.Router.live/4.
   */
  live<Path extends string>(
    path: Path,
    view: LiveTarget,
    action: string | null = null,
    options: LiveRouteOptions & PipeOptions = {},
  ): void {
    const where = `route.live(${JSON.stringify(path)})`
    if (typeof view?.livePage !== 'function') throw new BadArgumentError(where, 'a live view (LiveView.define)', view)
    if (action !== null && typeof action !== 'string')
      throw new BadArgumentError(`${where}: action`, 'a string or null', action)
    if (typeof options !== 'object' || options === null)
      throw new BadArgumentError(where, 'an object of options', options)
    const { pipe, ...own } = options
    const page = view.livePage({ where, action, options: own, group: this.place.live ?? DEFAULT_GROUP })
    this.add(['GET'], path, page, pipe === undefined ? {} : { pipe })
  }

  /**
   * Groups live routes: a page goes from one to another of its live session without being loaded; beyond it, it is loaded.
   * @param name - unique in the router.
   * @param options - those of {@link LiveSessionOptions}, and `pipe`.
   * @throws {BadArgumentError} for a name that is taken, a live session in another one, or wrong options.
   * Semantics: Phoenix.LiveView.Router.live_session/3.
   */
  liveSession(
    name: string,
    options: LiveSessionOptions & PipeOptions,
    build: (route: RouteScope<Outer>) => void,
  ): void {
    const where = `route.liveSession(${JSON.stringify(name)})`
    const { liveSessions } = this.definition
    if (typeof name !== 'string' || name === '') throw new BadArgumentError('route.liveSession', 'a name', name)
    if (this.place.live !== undefined)
      throw new BadArgumentError(where, 'a place outside of any other', this.place.live.name)
    if (liveSessions.has(name)) throw new BadArgumentError(where, 'a name that is not taken', name)
    if (typeof build !== 'function') throw new BadArgumentError(where, 'a function of the routes', build)
    liveSessions.add(name)
    const { pipe, ...own } = options
    const plugs = [...this.place.plugs, ...this.pipeOf(where, pipe === undefined ? {} : { pipe }, ROUTE_OPTIONS)]
    build(new RouteScope(this.definition, { ...this.place, plugs, live: { name, options: own } }))
  }

  /** A route for GET, and for HEAD, whose answer loses its body. */
  get<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['GET'], path, target, options)
  }

  /** A route for POST. */
  post<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['POST'], path, target, options)
  }

  /** A route for PUT. */
  put<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['PUT'], path, target, options)
  }

  /** A route for PATCH. */
  patch<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['PATCH'], path, target, options)
  }

  /** A route for DELETE. */
  delete<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['DELETE'], path, target, options)
  }

  /** A route for HEAD alone. */
  head<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['HEAD'], path, target, options)
  }

  /** A route for OPTIONS. */
  options<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add(['OPTIONS'], path, target, options)
  }

  /** A route for every method. */
  any<Path extends string>(path: Path, target: Target<Joined<Outer, Path>>, options?: PipeOptions): void {
    this.add([ANY_METHOD], path, target, options)
  }

  /** A route for these methods, in capitals. */
  match<Path extends string>(
    methods: readonly string[],
    path: Path,
    target: Target<Joined<Outer, Path>>,
    options?: PipeOptions,
  ): void {
    if (!Array.isArray(methods) || !methods.every((method) => /^[A-Z][A-Z-]*$/.test(method))) {
      throw new BadArgumentError(`route.match(…, ${JSON.stringify(path)})`, 'a list of methods, in capitals', methods)
    }
    this.add(methods, path, target, options)
  }

  /**
   * Hands every request at a path and below it on, whatever its method. Routes of this router win where they match.
   *
   * By default the handler gets the request as it is, with the whole URL: tell it so (Hono: `new Hono().basePath('/api')`, then
   * `route.forward('/api', app.fetch)`). With `strip: true` the prefix is cut off: `/api/users` arrives as `/users`, and the
   * handler need not know where it is mounted, but links that it makes to itself miss the prefix.
   * Semantics: Phoenix.Router.forward/4, which strips.
   */
  forward<Path extends string>(
    prefix: Path,
    target: FetchHandler | Page<Joined<Outer, Path>>,
    options: ForwardOptions = {},
  ): void {
    const { strip = false } = options
    const where = `route.forward(${JSON.stringify(prefix)})`
    if (typeof strip !== 'boolean') throw new BadArgumentError(`${where}: strip`, 'true or false', strip)
    const path = parseRoutePath(where, this.pathOf(where, prefix))
    if (path.steps.some(({ type }) => type === 'rest'))
      throw new BadArgumentError(where, 'a path without *rest', prefix)
    const handler = handlerOf(where, target as Target<AnyPathParams>) // sound: its conn has the parameters of its path
    const inner: Handler = strip
      ? (request, conn) => handler(stripped(request, path.steps.length), conn)
      : (request, conn) => handler(request, conn)
    const plugs = [...this.place.plugs, ...this.pipeOf(where, options, FORWARD_OPTIONS)]
    const steps = [...path.steps, { type: 'rest', name: '_forwarded' }] as const
    this.definition.routes.push({
      method: ANY_METHOD,
      hosts: this.hosts,
      path: { text: path.text, steps },
      target,
      handler: compose(plugs, inner),
    })
  }

  private add<Params extends object>(
    methods: readonly string[],
    path: string,
    target: Target<Params>,
    options: PipeOptions = {},
  ): void {
    const where = `route.${methods.map((method) => method.toLowerCase() || 'any').join('|')}(${JSON.stringify(path)})`
    const parsed = parseRoutePath(where, this.pathOf(where, path))
    const plugs = [...this.place.plugs, ...this.pipeOf(where, options, ROUTE_OPTIONS)]
    // Sound: the table gives the conn the parameters of the path, and `Params` is made of the path.
    const handler = compose(plugs, handlerOf(where, target as Target<AnyPathParams>))
    const { hosts } = this
    for (const method of methods) this.definition.routes.push({ method, hosts, path: parsed, target, handler })
  }

  private get hosts(): readonly string[] {
    return this.place.hosts ?? [ANY_HOST]
  }

  private pathOf(where: string, path: string): string {
    parseRoutePath(where, path)
    return `${this.place.path}/${segmentsOf(path).join('/')}`.replace(/\/$/, '') || '/'
  }

  private pipeOf(where: string, options: ScopeOptions, known: readonly string[]): readonly Plug[] {
    checkKeys(where, options, known)
    const { pipe = [] } = options
    return this.plugsOf(`${where}: pipe`, typeof pipe === 'string' || typeof pipe === 'function' ? [pipe] : pipe)
  }

  private plugsOf(where: string, entries: readonly (string | Plug)[]): readonly Plug[] {
    if (!Array.isArray(entries)) throw new BadArgumentError(where, 'plugs, or names of pipelines', entries)
    return (entries as readonly (string | Plug)[]).flatMap((entry) => {
      if (typeof entry === 'function') return [entry]
      const found = this.definition.pipelines.get(entry)
      if (found !== undefined) return found
      const names = [...this.definition.pipelines.keys()].join(', ') || 'none yet'
      throw new BadArgumentError(where, `plugs (functions), or names of pipelines (${names})`, entry)
    })
  }
}

type Builder = (route: RouteScope) => void

const ROUTE_OPTIONS: readonly string[] = ['pipe'] satisfies (keyof PipeOptions)[]
const SCOPE_OPTIONS: readonly string[] = ['pipe', 'host'] satisfies (keyof ScopeOptions)[]
const FORWARD_OPTIONS: readonly string[] = ['pipe', 'strip'] satisfies (keyof ForwardOptions)[]

function stripped(request: Request, segments: number): Request {
  const url = new URL(request.url)
  url.pathname = withoutSegments(url.pathname, segments)
  return new Request(url, request)
}
