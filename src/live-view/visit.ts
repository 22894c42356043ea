import type { Conn } from '../http/conn.ts'
import type { ConnectInfo, Params } from '../socket/transport.ts'
import { mountOnly } from './errors.ts'
import type { LiveViewSocket } from './view-socket.ts'

// What a root view may ask while it is mounted. Semantics: Phoenix.LiveView.get_connect_params/1, get_connect_info/2, static_changed?/1.

/** What is known of a client while a view is mounted for it. */
export interface Visit {
  /** `null` while the page is made over HTTP. */
  readonly params: Params | null
  info(key: string): unknown
}

/** A client that has connected. */
export function visitOfConnection(params: Params, info: ConnectInfo): Visit {
  return { params, info: (key) => info[key] }
}

/** A request: what it says is put together when somebody asks. */
export function visitOfRequest(request: Request, conn: Conn): Visit {
  return { params: null, info: (key) => REQUEST_INFO[key]?.(request, conn) }
}

const TRACE_HEADERS = ['traceparent', 'tracestate']

const REQUEST_INFO: Readonly<Record<string, (request: Request, conn: Conn) => unknown>> = {
  peerData: (_request, { remoteAddress }) => ({ address: remoteAddress, port: 0 }) satisfies ConnectInfo['peerData'],
  xHeaders: ({ headers }) => headersWith(headers, (name) => name.startsWith('x-')),
  secWebsocketHeaders: ({ headers }) => headersWith(headers, (name) => name.startsWith('sec-websocket-')),
  traceContextHeaders: ({ headers }) => headersWith(headers, (name) => TRACE_HEADERS.includes(name)),
  userAgent: ({ headers }) => headers.get('user-agent'),
  uri: ({ url }) => uriOf(new URL(url)),
  session: (_request, conn) => (conn.hasSession ? conn.session.toObject() : null),
}

function headersWith(headers: Headers, isWanted: (name: string) => boolean): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].filter(([name]) => isWanted(name)))
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

function uriOf({ protocol, hostname, port, pathname, search }: URL): ConnectInfo['uri'] {
  const scheme = protocol.slice(0, -1)
  const number = port === '' ? (DEFAULT_PORTS[scheme] ?? 0) : Number(port)
  return { scheme, host: hostname, port: number, path: pathname, query: search.slice(1) }
}

// biome-ignore lint/suspicious/noExplicitAny: a visit is no matter of the assigns
type AnyViewSocket = LiveViewSocket<any>

/**
 * What the client's LiveSocket was given as `params`, with what it adds itself: `_mounts`, `_mount_attempts`, `_live_referer`,
 * `_track_static`. Only in `mount` and `onMount` of a root view: keep in the assigns what is needed later.
 * @returns `null` while the page is made over HTTP.
 * @throws {BeamishError} `BEAMISH_MOUNT_ONLY` after the mount, and in a view inside another one.
 * Semantics: Phoenix.LiveView.get_connect_params/1.
 */
export function getConnectParams(socket: AnyViewSocket): Params | null {
  return visitOf('getConnectParams', socket).params
}

/**
 * What is known of the client beside its params: `peerData`, `xHeaders`, `secWebsocketHeaders`, `traceContextHeaders`, `userAgent`,
 * `uri`, `session`. Over HTTP all of it, of the request; when connected what `connectInfo` of the socket's mount lists, and
 * `undefined` for what it does not. Only in `mount` and `onMount` of a root view.
 * @throws {BeamishError} as {@link getConnectParams}. Semantics: Phoenix.LiveView.get_connect_info/2.
 */
export function getConnectInfo<Key extends keyof ConnectInfo & string>(
  socket: AnyViewSocket,
  key: Key,
): ConnectInfo[Key] {
  return visitOf('getConnectInfo', socket).info(key) as ConnectInfo[Key] // each key says what it is
}

/**
 * Whether the page has other versions of its static files than the endpoint has now: of those in elements with `phx-track-static`, any
 * that is neither a name nor a digested name in `cacheStaticManifest` of the endpoint. Only in `mount` and `onMount` of a root view.
 * @returns false over HTTP, without a manifest, and for a page that tracks nothing.
 * @throws {BeamishError} as {@link getConnectParams}. Semantics: Phoenix.LiveView.static_changed?/1.
 */
export function staticChanged(socket: AnyViewSocket): boolean {
  const tracked = visitOf('staticChanged', socket).params?.['_track_static']
  const { staticFiles } = socket.site
  if (!Array.isArray(tracked) || staticFiles === undefined) return false
  return tracked.some((address: unknown) => typeof address !== 'string' || !staticFiles.isCurrent(address))
}

function visitOf(caller: string, { visit, isChild, view }: AnyViewSocket): Visit {
  if (visit === undefined || isChild) throw mountOnly(caller, view.moduleName, isChild)
  return visit
}
