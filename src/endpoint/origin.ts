import { BadArgumentError } from '../core/errors.ts'

/** The page that wants to connect: its `Origin` header. */
export interface Origin {
  /** As it came: `'https://example.com'`, `'null'`, `'file://'`. */
  readonly text: string
  /** `undefined` for what has no host. */
  readonly url: URL | undefined
}

/** Tells whether a page may connect. */
// biome-ignore lint/suspicious/noExplicitAny: whatever stands behind the function in the option
export type OriginCheck = (origin: Origin, ...args: any[]) => boolean

/**
 * Which pages may open a connection.
 *
 * - `true`: those of the endpoint's own host (`url.host`), whatever their scheme and port.
 * - `'conn'`: those that came from the very host and port that the request is for.
 * - a list: any that an entry matches. An entry is `[scheme:]//host[:port]`; what it leaves out matches all, and `//*.host`
 *   is the host and all its subdomains.
 * - a function, or one with more arguments (`[isFriend, 'example.com']`): whatever it accepts; the only way to accept a page
 *   without a host. When it throws, the request is answered with 500.
 * - `false`: all. Only safe when nothing that `connect` sees comes from a cookie.
 */
export type CheckOrigin =
  | boolean
  | 'conn'
  | readonly string[]
  | OriginCheck
  | readonly [check: OriginCheck, ...args: unknown[]]

/** What an origin is compared with. */
export interface OriginFacts {
  /** The endpoint's own host. */
  readonly urlHost: string
  /** The `host` header of the request. */
  readonly requestHost: string
  readonly isSecure: boolean
}

interface Pattern {
  readonly scheme: string | undefined
  readonly host: string
  readonly withSubdomains: boolean
  readonly port: string | undefined
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/**
 * Tells whether a page of `origin` may connect. No `Origin` header at all is no page: accepted.
 * Semantics: Phoenix.Socket.Transport.check_origin/5; channels.md §2.4.
 */
export type OriginPolicy = (origin: string | undefined, facts: OriginFacts) => boolean

/** Makes a policy of an option. @throws {BadArgumentError} for an entry without a host, or something else altogether. */
export function originPolicy(where: string, option: CheckOrigin): OriginPolicy {
  if (option === false) return () => true
  const accepts = acceptsOf(where, option)
  return (origin, facts) => origin === undefined || accepts(origin, facts)
}

type Accepts = (origin: string, facts: OriginFacts) => boolean

function acceptsOf(where: string, option: Exclude<CheckOrigin, false>): Accepts {
  if (typeof option === 'function') return acceptsWith(option, [])
  if (option === true) return (origin, { urlHost }) => parseOrigin(origin)?.hostname === urlHost.toLowerCase()
  if (option === 'conn') return (origin, facts) => isOwn(parseOrigin(origin), facts)
  if (!Array.isArray(option)) {
    throw new BadArgumentError(where, "true | false | 'conn' | a list of origins | a function", option)
  }
  const [check, ...args]: readonly unknown[] = option
  return isCheck(check) ? acceptsWith(check, args) : acceptsListed(where, option)
}

function isCheck(entry: unknown): entry is OriginCheck {
  return typeof entry === 'function'
}

function acceptsWith(check: OriginCheck, args: readonly unknown[]): Accepts {
  return (text) => check({ text, url: parseOrigin(text) }, ...args) === true
}

function acceptsListed(where: string, entries: readonly unknown[]): Accepts {
  const patterns = entries.map((entry) => parsePattern(where, entry))
  return (origin) => {
    const url = parseOrigin(origin)
    return url !== undefined && patterns.some((pattern) => matches(pattern, url))
  }
}

function isOwn(url: URL | undefined, { requestHost, isSecure }: OriginFacts): boolean {
  if (url === undefined || url.protocol !== (isSecure ? 'https:' : 'http:')) return false
  return url.host === (parseOrigin(`${url.protocol}//${requestHost}`)?.host ?? '')
}

/** @returns `undefined` for what has no host: `null`, `file://`, the empty string. */
function parseOrigin(origin: string): URL | undefined {
  try {
    const url = new URL(origin)
    return url.hostname === '' ? undefined : url
  } catch {
    return undefined
  }
}

function parsePattern(where: string, entry: unknown): Pattern {
  const match =
    typeof entry === 'string' ? /^(?:([a-z][a-z0-9+.-]*):)?\/\/(\*\.)?([^/:*]+)(?::(\d+))?$/i.exec(entry) : null
  if (match === null)
    throw new BadArgumentError(where, "entries such as '//host', 'https://host:443', '//*.host'", entry)
  const [, scheme, wildcard, host = '', port] = match
  const protocol = scheme === undefined ? undefined : `${scheme.toLowerCase()}:`
  return {
    scheme: protocol,
    host: host.toLowerCase(),
    withSubdomains: wildcard !== undefined,
    port: port ?? (protocol === undefined ? undefined : DEFAULT_PORTS[protocol]),
  }
}

function matches({ scheme, host, withSubdomains, port }: Pattern, url: URL): boolean {
  if (scheme !== undefined && scheme !== url.protocol) return false
  // A URL does not show the port that its scheme implies.
  if (port !== undefined && port !== (url.port || DEFAULT_PORTS[url.protocol])) return false
  return url.hostname === host || (withSubdomains && url.hostname.endsWith(`.${host}`))
}
