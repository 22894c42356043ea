import { isValidCsrfToken } from '../http/csrf-token.ts'
import { readSession, type SessionOptions } from '../http/session-cookie.ts'
import type { SessionData } from '../http/session-data.ts'
import type { ConnectInfo } from '../socket/transport.ts'
import type { IncomingRequest } from './adapter.ts'
import type { Accepted } from './handshake.ts'
import type { HandshakeRules } from './mount.ts'

/**
 * What `connect` is told of a request beside its params: only what is listed here. Any key that is not known is passed on with
 * its value. Cookies and `authorization` are never passed on.
 * Semantics: Phoenix.Endpoint.socket/3 `:connect_info`; channels.md §2.6.
 */
export interface ConnectInfoOptions {
  /** Address and port of the peer. */
  readonly peerData?: boolean
  /** Every header whose name starts with `x-`. */
  readonly xHeaders?: boolean
  /** Every header whose name starts with `sec-websocket-`. */
  readonly secWebsocketHeaders?: boolean
  /** `traceparent` and `tracestate`. */
  readonly traceContextHeaders?: boolean
  readonly userAgent?: boolean
  /** Scheme, host, port, path and query of the request. */
  readonly uri?: boolean
  /**
   * Options of `session(…)`: the session of the client's cookie. It is `null` without the param `_csrf_token` that belongs to it,
   * so that a foreign page cannot ride on the cookie, unless the mount says `checkCsrf: false`.
   */
  readonly session?: SessionOptions
  readonly [custom: string]: unknown
}

/** What is known of a request before it is answered, by whichever transport. */
export type ConnectingRequest = Omit<IncomingRequest, 'body' | 'onGone'>

type Headers = IncomingRequest['headers']

/** Each key that is known, and what it says of a request. */
const KNOWN: Readonly<Record<string, (request: ConnectingRequest) => unknown>> = {
  peerData: ({ remoteAddress, remotePort }) => ({ address: remoteAddress, port: remotePort }),
  xHeaders: ({ headers }) => headersWith(headers, (name) => name.startsWith('x-')),
  secWebsocketHeaders: ({ headers }) => headersWith(headers, (name) => name.startsWith('sec-websocket-')),
  traceContextHeaders: ({ headers }) => headersWith(headers, (name) => TRACE_HEADERS.includes(name)),
  userAgent: ({ headers }) => headers['user-agent'] ?? null,
  uri: uriOf,
}

const TRACE_HEADERS = ['traceparent', 'tracestate']

/** The keys whose value must be true or false. */
export const CONNECT_INFO_FLAGS: readonly string[] = Object.keys(KNOWN)

/** Gathers what an app asked for. Pure, but for the age of a session. */
export function connectInfoOf(accepted: Accepted, rules: HandshakeRules): ConnectInfo {
  const { session, ...asked } = rules.connectInfo
  const info: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(asked)) {
    const known = KNOWN[key]
    if (known === undefined) info[key] = value
    else if (value) info[key] = known(accepted.request)
  }
  if (session !== undefined) info['session'] = sessionOf(accepted, session, rules)
  if (rules.authToken) info['authToken'] = accepted.authToken
  return info
}

function sessionOf(
  { request, params }: Accepted,
  options: SessionOptions,
  { checkCsrf, secretKeyBase }: HandshakeRules,
): SessionData | null {
  const session = readSession(options, request.headers['cookie'], { secretKeyBase })
  if (session === undefined) return null
  return !checkCsrf || isValidCsrfToken(session, params['_csrf_token'], options.csrfTokenKey) ? session : null
}

function headersWith(headers: Headers, isWanted: (name: string) => boolean): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isWanted(name)))
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const

function uriOf({ headers, path, query, isSecure }: ConnectingRequest): ConnectInfo['uri'] {
  const scheme = isSecure ? 'https' : 'http'
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(headers['host'] ?? '') ?? []
  return { scheme, host, port: port === undefined ? DEFAULT_PORTS[scheme] : Number(port), path, query }
}
