import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from './conn.ts'
import { type Plug, withHeaders } from './plug.ts'

/** Strict-Transport-Security: browsers that saw it come back by TLS only. */
export interface HstsOptions {
  /** How long browsers remember. Seconds. Default 31536000, a year. */
  readonly maxAgeSeconds?: number
  /** Whether it holds for all subdomains too. Default false. */
  readonly subdomains?: boolean
  /** Whether browsers may ship it in their lists, which is hard to take back. Default false. */
  readonly preload?: boolean
}

/** Requests that may come without TLS. */
export interface SslExclude {
  /** Hosts, without their ports. */
  readonly hosts?: readonly string[]
  /** Paths, whole: `/health`. */
  readonly paths?: readonly string[]
  /** Whatever else. */
  readonly conn?: (conn: Conn, request: Request) => boolean
}

/** Options of {@link forceSsl}. */
export interface ForceSslOptions {
  /** Default `{}`; `false` sends none. */
  readonly hsts?: HstsOptions | boolean
  /** Where clients are sent, with a port if need be. Default: the host that they asked for. */
  readonly host?: string
  /** Default `{ hosts: ['localhost', '127.0.0.1'] }`; one of your own must name them again. */
  readonly exclude?: SslExclude
}

const OPTIONS: readonly string[] = ['hsts', 'host', 'exclude'] satisfies (keyof ForceSslOptions)[]
const YEAR_SECONDS = 31_536_000

/**
 * Sends clients without TLS to the same place with it: GET and HEAD by 301, others by 307. Those with TLS are told to stay.
 *
 * Behind a proxy that speaks TLS for this server `rewriteOn(['x-forwarded-proto'])` must stand before it, or clients are sent
 * round in circles.
 * @throws {BadArgumentError} for an unknown option or one of the wrong kind.
 * Semantics: Plug.SSL.
 */
export function forceSsl(options: ForceSslOptions = {}): Plug {
  checkOptions(options)
  const { hsts = true, host, exclude = { hosts: ['localhost', '127.0.0.1'] } } = options
  const header = hsts === false ? undefined : hstsHeader(hsts === true ? {} : hsts)
  return async function forceSsl(request, conn, next) {
    const url = new URL(request.url)
    if (isExcluded(exclude, conn, request, url)) return next()
    if (!conn.isSecure) return toHttps(request, `https://${host ?? conn.host}${url.pathname}${url.search}`)
    const response = await next()
    if (header === undefined) return response
    return withHeaders(response, (headers) => headers.set('strict-transport-security', header))
  }
}

function toHttps({ method }: Request, location: string): Response {
  const status = method === 'GET' || method === 'HEAD' ? 301 : 307
  return new Response(null, { status, headers: { location } })
}

function isExcluded(exclude: SslExclude, conn: Conn, request: Request, { pathname }: URL): boolean {
  const { hosts = [], paths = [] } = exclude
  return hosts.includes(hostname(conn.host)) || paths.includes(pathname) || exclude.conn?.(conn, request) === true
}

/** Without the port; an IPv6 address keeps its brackets. */
function hostname(host: string): string {
  return host.replace(/:\d*$/, '')
}

function hstsHeader({ maxAgeSeconds = YEAR_SECONDS, subdomains = false, preload = false }: HstsOptions): string {
  if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
    throw new BadArgumentError('forceSsl: hsts.maxAgeSeconds', 'seconds, at least 0', maxAgeSeconds)
  }
  return `max-age=${maxAgeSeconds}${preload ? '; preload' : ''}${subdomains ? '; includeSubDomains' : ''}`
}

function checkOptions(options: ForceSslOptions): void {
  checkKeys('forceSsl', options, OPTIONS)
  const { host, exclude = {}, hsts = true } = options
  if (host !== undefined && !/^[^\s/?#@\\]+$/.test(host)) {
    throw new BadArgumentError('forceSsl: host', 'a host, with a port if need be', host)
  }
  if (typeof hsts !== 'boolean' && (typeof hsts !== 'object' || hsts === null)) {
    throw new BadArgumentError('forceSsl: hsts', 'true, false, or { maxAgeSeconds, subdomains, preload }', hsts)
  }
  const { hosts = [], paths = [], conn = () => false, ...unknown } = exclude
  const isRight = [hosts, paths].every(Array.isArray) && typeof conn === 'function' && Object.keys(unknown).length === 0
  if (!isRight) throw new BadArgumentError('forceSsl: exclude', '{ hosts: […], paths: […], conn: function }', exclude)
}
