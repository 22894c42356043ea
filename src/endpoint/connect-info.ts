import type { ConnectInfo } from '../socket/transport.ts'
import type { IncomingRequest } from './adapter.ts'

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
  readonly [custom: string]: unknown
}

/** What is known of a request before it is answered, by whichever transport. */
export type ConnectingRequest = Omit<IncomingRequest, 'body' | 'onGone'>

/** Gathers what an app asked for. Pure. */
export function connectInfoOf(request: ConnectingRequest, options: ConnectInfoOptions): ConnectInfo {
  const { headers, remoteAddress, remotePort } = request
  const info: Record<string, unknown> = {}
  if (options.peerData) info['peerData'] = { address: remoteAddress, port: remotePort }
  if (options.xHeaders) info['xHeaders'] = headersWith(headers, (name) => name.startsWith('x-'))
  if (options.userAgent) info['userAgent'] = headers['user-agent'] ?? null
  return info
}

function headersWith(
  headers: IncomingRequest['headers'],
  isWanted: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isWanted(name)))
}
