import { type AnyAssigns, Assignable } from '../channel/socket.ts'
import type { Params } from '../socket/transport.ts'
import type { KeyBase } from '../token/key-base.ts'
import { HttpError, noPlug } from './errors.ts'
import type { Flash } from './flash.ts'
import { parseQuery } from './query.ts'
import type { Session } from './session-data.ts'

/**
 * What a server knows of a request that the request itself does not say. Everything has a default, for tests.
 */
export interface RequestFacts {
  /** The name of the endpoint. Default `'endpoint'`. */
  readonly endpoint?: string
  /** The address of the client, as text. Default `''`. */
  readonly remoteAddress?: string
  /** Whether the request came over TLS. Default: whether its URL begins with `https:`. */
  readonly isSecure?: boolean
  /** The secret of the endpoint, at least 64 random bytes; in a list the first signs, and all verify. For sessions, tokens. */
  readonly secretKeyBase?: KeyBase | undefined
  /** Whether error pages show what was thrown, when the router does not say it. Default false. */
  readonly debugErrors?: boolean
}

/** What an endpoint is called that was given no name. */
export const DEFAULT_ENDPOINT = 'endpoint'

/** The parameters of a path, by name, decoded. */
export type AnyPathParams = { readonly [name: string]: string }

/**
 * One request on its way through a router: what its handler and plugs get beside the request itself.
 *
 * Semantics: Plug.Conn. Differs: the request and the response are the web's own, and this is the rest.
 */
export class Conn<PathParams extends object = AnyPathParams> extends Assignable<AnyAssigns> {
  /** The name of the endpoint. */
  readonly endpoint: string
  /** Whether error pages show what was thrown. */
  readonly debugErrors: boolean
  /** The path of the route, as it was written: `/rooms/:id`. */
  readonly route: string
  /** The parameters of the path, decoded. A `*rest` is the segments joined by slashes, and may hold `..`: mind it. */
  readonly params: PathParams
  /** The address of the client, as text; behind a proxy see `rewriteOn`. */
  remoteAddress: string
  /** Whether the client speaks TLS; behind a proxy see `rewriteOn`. */
  isSecure: boolean
  /** The host that the client asked for, with its port unless that is the usual one. */
  host: string
  /** Private to the language: a log of the conn must not show it. */
  readonly #secretKeyBase: KeyBase | undefined
  private readonly search: string
  private parsedQuery: Params | undefined
  private ownSession: Session | undefined
  private ownFlash: Flash | undefined
  private ownCsrfToken: (() => string) | undefined

  constructor(url: URL, facts: RequestFacts, route: string, params: PathParams) {
    super({})
    this.endpoint = facts.endpoint ?? DEFAULT_ENDPOINT
    this.remoteAddress = facts.remoteAddress ?? ''
    this.isSecure = facts.isSecure ?? url.protocol === 'https:'
    this.#secretKeyBase = facts.secretKeyBase
    this.debugErrors = facts.debugErrors ?? false
    this.host = url.host
    this.search = url.search
    this.route = route
    this.params = params
  }

  /** Makes a conn a context for `Token.sign(conn, …)`. */
  get secretKeyBase(): KeyBase | undefined {
    return this.#secretKeyBase
  }

  /**
   * The parameters of the query: strings, and maps and lists of them.
   * @throws {HttpError} with status 400 when a percent sequence cannot be decoded.
   */
  get query(): Params {
    this.parsedQuery ??= parseQuery(this.search.slice(1))
    if (this.parsedQuery === undefined) throw new HttpError(400, 'The query of the URL cannot be decoded.')
    return this.parsedQuery
  }

  /** What the client keeps between requests. @throws {BeamishError} `BEAMISH_NO_PLUG` without `session(…)`. */
  get session(): Session {
    if (this.ownSession === undefined) throw noPlug(this.route, 'session', 'session(…)')
    return this.ownSession
  }

  /** Messages for the next page. @throws {BeamishError} `BEAMISH_NO_PLUG` without `flash()`. */
  get flash(): Flash {
    if (this.ownFlash === undefined) throw noPlug(this.route, 'flash', 'flash()')
    return this.ownFlash
  }

  /**
   * The token that a form must send as `_csrf_token`, or a script as the header `x-csrf-token`. Each time another one; all of
   * them are valid as long as the session is. Asked for before the handler returns: the session must learn of it.
   * @throws {BeamishError} `BEAMISH_NO_PLUG` without `csrf()`.
   */
  get csrfToken(): string {
    if (this.ownCsrfToken === undefined) throw noPlug(this.route, 'csrfToken', 'csrf()')
    return this.ownCsrfToken()
  }

  /** Whether there is a session. */
  get hasSession(): boolean {
    return this.ownSession !== undefined
  }

  /** Whether there is a flash. */
  get hasFlash(): boolean {
    return this.ownFlash !== undefined
  }

  /** For plugs: gives the request a session, a flash, a source of CSRF tokens. */
  provide(parts: { session?: Session; flash?: Flash; csrfToken?: () => string }): void {
    this.ownSession = parts.session ?? this.ownSession
    this.ownFlash = parts.flash ?? this.ownFlash
    this.ownCsrfToken = parts.csrfToken ?? this.ownCsrfToken
  }
}
