import type { RouteFinder, StaticFinder } from '../channel/joinable.ts'
import type { HttpReply, HttpRequest } from '../http/message.ts'
import type { LogRule } from '../reports/logger.ts'
import type { SocketModule } from '../socket/user-socket.ts'
import type { VersionedSerializer } from '../socket/version.ts'
import type { KeyBase } from '../token/key-base.ts'
import type { ConnectInfoOptions } from './connect-info.ts'
import { manifestOf } from './manifest.ts'
import {
  type DrainSettings,
  drainAtStart,
  type EndpointSettings,
  isSocketModule,
  type LongPollSettings,
  longPollSettings,
  type MountOptions,
  type WebSocketSettings,
  webSocketSettings,
} from './options.ts'
import { type OriginPolicy, originPolicy } from './origin.ts'
import { PathPattern } from './path-pattern.ts'

/** What a client is judged by that wants to connect, by whichever transport. */
export interface HandshakeRules {
  /** `undefined`: a raw socket reads the frames, and a client needs no `vsn`. */
  readonly serializers: readonly VersionedSerializer[] | undefined
  readonly checkOrigin: OriginPolicy
  readonly checkCsrf: boolean
  readonly connectInfo: ConnectInfoOptions
  /** The endpoint's own host. */
  readonly urlHost: string
  readonly secretKeyBase: string | readonly string[] | undefined
  /** Whether the client's `authToken` is taken out of its request. */
  readonly authToken: boolean
  /** `undefined`: the header is not looked at. */
  readonly subprotocols: readonly string[] | undefined
  /** What a refusal by `connect` is answered with; `undefined`: 403. */
  readonly errorHandler: ((request: HttpRequest, reason: unknown) => HttpReply) | undefined
}

/** One transport of a mount. */
export interface MountedTransport<Settings> {
  readonly pattern: PathPattern
  readonly rules: HandshakeRules
  readonly settings: Settings
}

/** One user socket under one path. */
export interface Mount {
  readonly path: string
  readonly socket: SocketModule
  readonly webSocket: MountedTransport<WebSocketSettings> | undefined
  readonly longPoll: MountedTransport<LongPollSettings> | undefined
  readonly maxChannels: number
  readonly maxMessagesPerSecond: number | 'infinity'
  readonly drain: false | DrainSettings
  readonly log: LogRule
  /** The endpoint's. A function, so that no log of a socket shows it. */
  readonly secretKeyBase: () => KeyBase | undefined
  /** The router of the endpoint. */
  readonly router: RouteFinder | undefined
  /** The static files of the endpoint. */
  readonly staticFiles: StaticFinder | undefined
  /** The names of its two dynamic supervisors. */
  readonly sockets: string
  readonly channels: string
}

/**
 * The mounts of an endpoint that is about to start.
 * @param drain - how those are drained that do not say it themselves.
 */
export function mountsOf(endpoint: EndpointSettings, drain: Mount['drain']): Mount[] {
  return Object.entries(endpoint.sockets).map(([path, given]) => {
    const options: MountOptions = isSocketModule(given) ? { socket: given } : given
    return mountOf(endpoint, drain, path === '/' ? '' : path, options)
  })
}

function mountOf(endpoint: EndpointSettings, drain: Mount['drain'], path: string, options: MountOptions): Mount {
  const where = `Endpoint: sockets ${path}`
  const webSocket = webSocketSettings(where, options, endpoint)
  const longPoll = longPollSettings(where, options, endpoint)
  return {
    path,
    socket: options.socket,
    webSocket: webSocket === undefined ? undefined : mounted(where, path, webSocket, options, endpoint),
    longPoll: longPoll === undefined ? undefined : mounted(where, path, longPoll, options, endpoint),
    maxChannels: options.maxChannels ?? 100,
    maxMessagesPerSecond: options.maxMessagesPerSecond ?? 'infinity',
    drain: options.drainer === undefined ? drain : drainAtStart(`${where}: drainer`, options.drainer),
    log: options.log ?? 'info',
    secretKeyBase: () => endpoint.secretKeyBase,
    router: endpoint.router,
    staticFiles: manifestOf(endpoint),
    sockets: `${endpoint.name} ${path} sockets`,
    channels: `${endpoint.name} ${path} channels`,
  }
}

function mounted<Settings extends WebSocketSettings | LongPollSettings>(
  where: string,
  path: string,
  settings: Settings,
  mount: MountOptions,
  endpoint: EndpointSettings,
): MountedTransport<Settings> {
  const rules: HandshakeRules = {
    serializers: mount.socket.isRaw ? undefined : settings.serializers,
    checkOrigin: originPolicy(`${where}: checkOrigin`, settings.checkOrigin),
    checkCsrf: settings.checkCsrf,
    connectInfo: settings.connectInfo,
    urlHost: endpoint.url.host,
    secretKeyBase: endpoint.secretKeyBase,
    authToken: mount.authToken ?? false,
    subprotocols: 'subprotocols' in settings ? settings.subprotocols : undefined,
    errorHandler: 'errorHandler' in settings ? settings.errorHandler : undefined,
  }
  return { pattern: new PathPattern(`${path}/${settings.path}`), rules, settings }
}
