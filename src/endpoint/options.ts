import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { RouterModule } from '../http/router.ts'
import { checkSessionOptions } from '../http/session-cookie.ts'
import { StaticFiles, type StaticMounts } from '../http/static-files.ts'
import { checkManifestOption, type StaticManifestOption } from '../http/static-manifest.ts'
import { checkLogRule, type LogRule } from '../reports/logger.ts'
import type { SocketModule } from '../socket/user-socket.ts'
import { DEFAULT_SERIALIZERS, isVersion, type VersionedSerializer } from '../socket/version.ts'
import { keyBasesOf, NoSecretKeyBaseError } from '../token/key-base.ts'
import type { HttpReply, HttpRequest } from './adapter.ts'
import type { SlowClientOption } from './backlog.ts'
import type { AdapterOption } from './choose-adapter.ts'
import { CONNECT_INFO_FLAGS, type ConnectInfoOptions } from './connect-info.ts'
import { type HealthOptions, healthSettings } from './health.ts'
import { checkLiveReload, type LiveReloadOptions } from './live-reload/live-reload.ts'
import { type CheckOrigin, originPolicy } from './origin.ts'

// Every option of an endpoint: what it is called, what it may be, what it is when it is left out. Checked once, here.

/** What the WebSocket and the long-poll transport of a mount have in common. */
export interface TransportOptions {
  /** What follows the mount's path. Default `'websocket'` or `'longpoll'`. A segment `:name` becomes a param. */
  readonly path?: string
  /** The first whose version a client's `vsn` matches serves it. Default: V1 and V2 JSON, and MessagePack. */
  readonly serializers?: readonly VersionedSerializer[]
  /** Which pages may connect. Default: the endpoint's. */
  readonly checkOrigin?: CheckOrigin
  /** Whether `connect` sees the session only when the client sent the session's CSRF token too. Default true. */
  readonly checkCsrf?: boolean
  /** What `connect` is told of the request beside its params. Default: nothing. */
  readonly connectInfo?: ConnectInfoOptions
}

/** Options of the WebSocket transport of a mount. */
export interface WebSocketOptions extends TransportOptions {
  /** A client that is silent for so many milliseconds is closed. Default 60000. */
  readonly timeoutMs?: number
  /** A longer message closes its connection. Default 10000000. */
  readonly maxFrameBytes?: number
  /** Whether permessage-deflate is accepted when a client offers it. Default false. */
  readonly compress?: boolean
  /** The accepted subprotocols, the preferred one first. Default: the header is not looked at. */
  readonly subprotocols?: readonly string[]
  /** Writes the answer when `connect` refused: it gets the reason. Default: 403 without a body. */
  readonly errorHandler?: (request: HttpRequest, reason: unknown) => HttpReply
  /** A client that has more bytes than this waiting is slow. Default 4194304. */
  readonly maxBufferedBytes?: number
  /**
   * What becomes of pushes and broadcasts for a slow client: `'close'`, its connection is cut, and it comes back · `'drop'`, it
   * never gets them and does not know · `{ coalesce: key }`, of those of one topic with one key it gets the last when it has
   * caught up. A function says it for each message. Answers and ends are never left out: for them there is room for
   * `maxBufferedBytes` again, then the connection is cut. Default `'close'`.
   */
  readonly slowClient?: SlowClientOption
}

/** Options of the long-poll transport of a mount. */
export interface LongPollOptions extends TransportOptions {
  /** How long a poll is held when there is nothing to say. Less than the client's 20 seconds. Default 10000. */
  readonly windowMs?: number
  /** How long to look for a session on other nodes. Default 2000. */
  readonly pubsubTimeoutMs?: number
  /** How long the token of a session is good, in seconds. Default 1209600, two weeks. */
  readonly maxAgeSeconds?: number
  /** The most bytes that may wait for a client that does not fetch them. Beyond it the session ends. Default 4194304. */
  readonly maxBufferedBytes?: number
}

/** How the clients of a mount are told to go when the endpoint stops. */
export interface DrainOptions {
  /** How many connections are closed at a time. Default 10000. */
  readonly batchSize?: number
  /** Milliseconds between two batches. Default 2000. */
  readonly batchIntervalMs?: number
  /** The most milliseconds for all of it. Default 30000. */
  readonly shutdownMs?: number
}

/** A user socket with options of its own. */
export interface MountOptions extends Omit<TransportOptions, 'path'> {
  readonly socket: SocketModule
  /** Default true. */
  readonly websocket?: boolean | WebSocketOptions
  /** Default false. */
  readonly longpoll?: boolean | LongPollOptions
  /** Whether the client's `authToken` is taken from its request, for `connect`. Default false. */
  readonly authToken?: boolean
  /** The most topics that one client may have joined. Default 100. */
  readonly maxChannels?: number
  /** The most messages that one client may send in a second; one that sends more is closed. Default `'infinity'`. */
  readonly maxMessagesPerSecond?: number | 'infinity'
  /** How its clients are told to go; `false`: they are not told. A function is called when the endpoint starts. */
  readonly drainer?: false | DrainOptions | (() => false | DrainOptions)
  /** The level at which `WebLogger` tells of its connections, or `false`: not at all. Default `'info'`. */
  readonly log?: LogRule
}

/** How the world sees an endpoint: for the links that it makes, and for `checkOrigin: true`. */
export interface UrlOptions {
  /** Default `'http'`. */
  readonly scheme?: 'http' | 'https'
  readonly host: string
  /** Default: the port that it listens on. */
  readonly port?: number
  /** What every path begins with. Default `'/'`. */
  readonly path?: string
}

/** Files of a key and its certificate, as PEM. */
export interface TlsOptions {
  readonly keyFile: string
  readonly certFile: string
  /** Asks clients for a certificate. One that shows none is served; one that shows a bad one is not. */
  readonly caFile?: string
  /** What the key is locked with. */
  readonly passphrase?: string
}

/** What an endpoint is. */
export interface EndpointOptions {
  /** What it is registered as, with its parts. Default `'endpoint'`; two endpoints of one program need two names. */
  readonly name?: string
  /** The address to listen on. Default `'127.0.0.1'`; `'0.0.0.0'` is every address of the machine. */
  readonly host?: string
  /** Default 4000; 0 takes any free port, which `serverInfo` tells. */
  readonly port?: number
  /** Listens with TLS. */
  readonly tls?: TlsOptions
  /** How the world sees this endpoint. Default: `{ host: 'localhost' }`. */
  readonly url?: UrlOptions
  /** What tokens and sessions are signed with: at least 64 random bytes. Of a list the first signs, all verify. */
  readonly secretKeyBase?: string | readonly string[]
  /** Which pages may open a connection. Default `true`: those of `url.host`. */
  readonly checkOrigin?: CheckOrigin
  /** The name of the PubSub that its channels use; it must be started before the endpoint. */
  readonly pubsub?: string
  /** User sockets by path: `'/socket'` is reached at `/socket/websocket`. A segment `:name` becomes a param. */
  readonly sockets?: { readonly [path: string]: SocketModule | MountOptions }
  /** Folders of files by path. They come before the routes. */
  readonly static?: StaticMounts
  /**
   * The digested names of static files, as a build writes them: a JSON file, or the names. `staticPath` gives them, and
   * `staticChanged` of live views compares with them. Read when the endpoint starts. Default: none.
   */
  readonly cacheStaticManifest?: StaticManifestOption
  /** What answers everything else: `Router.define(…)`. */
  readonly router?: RouterModule
  /** A request with a longer body is answered with 413, when its handler reads it. Default 8000000. */
  readonly maxBodyBytes?: number
  /** Whether error pages show what was thrown, where the router does not say: for developers only. Default false. */
  readonly debugErrors?: boolean
  /** Answers who asks whether the program lives, and whether it is ready; `true`: under `/health/live` and `/health/ready`. Default false. */
  readonly health?: boolean | HealthOptions
  /**
   * Whether open pages load themselves again: when files of the static folders change (style sheets alone are only fetched anew),
   * and after the program was started again. For developers only: each HTML document that is sent in one piece gets a script, and
   * browsers keep none of them. `true`, or what to watch. Default false. Semantics: phoenix_live_reload.
   */
  readonly liveReload?: boolean | LiveReloadOptions
  /** How clients are told to go when the endpoint stops, for mounts that do not say. */
  readonly drainer?: false | DrainOptions | (() => false | DrainOptions)
  /**
   * Which server: `'uws'`, uWebSockets.js · `'node'`, the portable one · `node({ server })`, a server that is there already.
   * Default: uWebSockets.js, or the portable one with a warning where it does not load.
   */
  readonly adapter?: AdapterOption
}

/** The options of an endpoint, checked and complete. */
export type EndpointSettings = Required<Omit<EndpointOptions, OptionalOption>> & Pick<EndpointOptions, OptionalOption>

type OptionalOption = 'pubsub' | 'adapter' | 'tls' | 'secretKeyBase' | 'router' | 'cacheStaticManifest'

const DEFAULTS = {
  name: 'endpoint',
  host: '127.0.0.1',
  port: 4000,
  url: { host: 'localhost' },
  checkOrigin: true,
  sockets: {},
  static: {},
  maxBodyBytes: 8_000_000,
  debugErrors: false,
  health: false,
  liveReload: false,
  drainer: {},
} satisfies EndpointOptions

const OPTIONS: readonly string[] = [
  'name',
  'host',
  'port',
  'tls',
  'url',
  'secretKeyBase',
  'checkOrigin',
  'pubsub',
  'sockets',
  'static',
  'cacheStaticManifest',
  'router',
  'maxBodyBytes',
  'debugErrors',
  'health',
  'liveReload',
  'drainer',
  'adapter',
] satisfies (keyof EndpointOptions)[]

const COMMON_OPTIONS = ['serializers', 'checkOrigin', 'checkCsrf', 'connectInfo'] satisfies (keyof TransportOptions)[]
const MOUNT_OPTIONS: readonly string[] = [
  ...COMMON_OPTIONS,
  'socket',
  'websocket',
  'longpoll',
  'authToken',
  'maxChannels',
  'maxMessagesPerSecond',
  'drainer',
  'log',
] satisfies (keyof MountOptions)[]
const WEBSOCKET_OPTIONS: readonly string[] = [
  ...COMMON_OPTIONS,
  'path',
  'timeoutMs',
  'maxFrameBytes',
  'compress',
  'subprotocols',
  'errorHandler',
  'maxBufferedBytes',
  'slowClient',
] satisfies (keyof WebSocketOptions)[]
const LONGPOLL_OPTIONS: readonly string[] = [
  ...COMMON_OPTIONS,
  'path',
  'windowMs',
  'pubsubTimeoutMs',
  'maxAgeSeconds',
  'maxBufferedBytes',
] satisfies (keyof LongPollOptions)[]
const DRAIN_OPTIONS: readonly string[] = ['batchSize', 'batchIntervalMs', 'shutdownMs'] satisfies (keyof DrainOptions)[]
const URL_OPTIONS: readonly string[] = ['scheme', 'host', 'port', 'path'] satisfies (keyof UrlOptions)[]
const TLS_OPTIONS: readonly string[] = ['keyFile', 'certFile', 'caFile', 'passphrase'] satisfies (keyof TlsOptions)[]

/** The least length of a secret, as Phoenix has it. */
const LEAST_SECRET_BYTES = 20
/** What Plug asks for where it keeps a session. */
const LEAST_SESSION_SECRET_BYTES = 64

/** Checks the options of an endpoint, and fills in the defaults. @throws {BadArgumentError} */
export function checkOptions(where: string, options: EndpointOptions): EndpointSettings {
  checkKeys(where, options, OPTIONS)
  const settings: EndpointSettings = { ...DEFAULTS, ...withoutUndefined(options) }
  checkText(`${where}: name`, settings.name)
  checkText(`${where}: host`, settings.host)
  checkNumber(`${where}: port`, 'a port from 0 to 65535', settings.port, 0, 65_535)
  checkUrl(`${where}: url`, settings.url)
  if (settings.tls !== undefined) checkTls(`${where}: tls`, settings.tls)
  if (settings.secretKeyBase !== undefined) checkSecrets(`${where}: secretKeyBase`, settings.secretKeyBase)
  if (settings.pubsub !== undefined) checkText(`${where}: pubsub`, settings.pubsub)
  for (const [path, mount] of Object.entries(settings.sockets)) checkMount(`${where}: sockets`, path, mount, settings)
  new StaticFiles(`${where}: static`, settings.static)
  if (settings.cacheStaticManifest !== undefined)
    checkManifestOption(`${where}: cacheStaticManifest`, settings.cacheStaticManifest)
  checkRouter(`${where}: router`, settings.router)
  checkNumber(`${where}: maxBodyBytes`, 'bytes, at least 0', settings.maxBodyBytes, 0)
  checkFlag(`${where}: debugErrors`, settings.debugErrors)
  healthSettings(`${where}: health`, settings.health)
  checkLiveReload(`${where}: liveReload`, settings.liveReload)
  originPolicy(`${where}: checkOrigin`, settings.checkOrigin)
  drainOf(`${where}: drainer`, settings.drainer)
  checkAdapter(`${where}: adapter`, settings.adapter)
  return settings
}

function checkSlowClient(where: string, option: unknown): void {
  if (option === 'close' || option === 'drop' || typeof option === 'function') return
  throw new BadArgumentError(where, "'close', 'drop' or a function of the message", option)
}

function checkRouter(where: string, router: unknown): void {
  if (router === undefined) return
  const isRouter = typeof router === 'object' && router !== null && 'handle' in router && 'lookup' in router
  if (!isRouter) throw new BadArgumentError(where, 'Router.define(…)', router)
}

function checkAdapter(where: string, adapter: unknown): void {
  if (adapter === undefined || adapter === 'uws' || adapter === 'node') return
  const isAdapter = typeof adapter === 'object' && adapter !== null && 'start' in adapter && 'name' in adapter
  if (!isAdapter) throw new BadArgumentError(where, "'uws', 'node', node({ server }) or another adapter", adapter)
}

/** An option that is given as `undefined` is left out. */
function withoutUndefined(options: EndpointOptions): EndpointOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function checkUrl(where: string, url: UrlOptions): void {
  checkKeys(where, url, URL_OPTIONS)
  checkText(`${where}.host`, url.host)
  if (url.port !== undefined) checkNumber(`${where}.port`, 'a port from 0 to 65535', url.port, 0, 65_535)
  if (url.path !== undefined && !url.path.startsWith('/'))
    throw new BadArgumentError(`${where}.path`, "a path that begins with '/'", url.path)
  if (url.scheme !== undefined && url.scheme !== 'http' && url.scheme !== 'https')
    throw new BadArgumentError(`${where}.scheme`, "'http' | 'https'", url.scheme)
}

function checkTls(where: string, tls: TlsOptions): void {
  checkKeys(where, tls, TLS_OPTIONS)
  checkText(`${where}.keyFile`, tls.keyFile)
  checkText(`${where}.certFile`, tls.certFile)
  if (tls.caFile !== undefined) checkText(`${where}.caFile`, tls.caFile)
  if (tls.passphrase !== undefined) checkText(`${where}.passphrase`, tls.passphrase)
}

function checkSecrets(where: string, secrets: string | readonly string[]): void {
  const list = Array.isArray(secrets) ? (secrets as readonly unknown[]) : [secrets]
  const isGood = list.length > 0 && list.every((secret) => typeof secret === 'string' && isLong(secret))
  // Never shown: it is a secret.
  if (!isGood) {
    throw new BadArgumentError(
      where,
      `secrets of at least ${LEAST_SECRET_BYTES} bytes`,
      list.map(withoutShowing).join(', '),
      'Make one with: node -p "crypto.randomBytes(48).toString(\'base64\')"',
    )
  }
}

/** What is known of a secret that may not be shown. */
function withoutShowing(secret: unknown): string {
  if (typeof secret !== 'string') return typeof secret
  return secret === 'undefined'
    ? 'the text undefined (a variable that is not set)'
    : `${Buffer.byteLength(secret)} bytes`
}

function isLong(secret: string): boolean {
  return Buffer.byteLength(secret) >= LEAST_SECRET_BYTES
}

const A_CHANNEL = "A channel is joined on a socket: Socket.define({ channels: { 'room:*': RoomChannel } })."

function checkMount(where: string, path: string, mount: SocketModule | MountOptions, settings: EndpointSettings): void {
  if (!/^\/[^?#*]*$/.test(path)) throw new BadArgumentError(where, "paths that begin with '/'", path)
  if (isSocketModule(mount)) return
  const place = `${where} ${path}`
  refuseChannel(place, mount)
  checkKeys(place, mount, MOUNT_OPTIONS)
  refuseChannel(`${place}: socket`, mount.socket)
  if (!isSocketModule(mount.socket)) throw new BadArgumentError(`${place}: socket`, 'Socket.define(…)', mount.socket)
  checkNumber(`${place}: maxChannels`, 'a whole number, at least 1', mount.maxChannels ?? 1, 1)
  checkRate(`${place}: maxMessagesPerSecond`, mount.maxMessagesPerSecond ?? 'infinity')
  checkFlag(`${place}: authToken`, mount.authToken ?? false)
  drainOf(`${place}: drainer`, mount.drainer ?? settings.drainer)
  checkLogRule(`${place}: log`, mount.log ?? 'info')
  const webSocket = webSocketSettings(place, mount, settings)
  const longPoll = longPollSettings(place, mount, settings)
  if (webSocket !== undefined && webSocket.path === longPoll?.path) {
    throw new BadArgumentError(`${place}: path`, 'two transports under two paths', webSocket.path)
  }
}

function checkRate(where: string, rate: number | 'infinity'): void {
  if (rate !== 'infinity') checkNumber(where, "a whole number, at least 1, or 'infinity'", rate, 1)
}

/** Whether it is what `Socket.define` gives. */
export function isSocketModule(value: unknown): value is SocketModule {
  return typeof value === 'object' && value !== null && 'specFor' in value && 'isRaw' in value
}

/** A channel, or a view, is what a topic of a socket may be. */
function refuseChannel(where: string, value: unknown): void {
  const isChannel = typeof value === 'object' && value !== null && 'specFor' in value && !isSocketModule(value)
  if (isChannel) throw new BadArgumentError(where, 'Socket.define({ channels })', value, A_CHANNEL)
}

// ── Settings of one mount ────────────────────────────────────────────────────────────────────────────────────────────

/** Complete options of the WebSocket transport of a mount. */
export type WebSocketSettings = Required<Omit<WebSocketOptions, 'errorHandler' | 'subprotocols'>> &
  Pick<WebSocketOptions, 'errorHandler' | 'subprotocols'>
/** Complete options of the long-poll transport of a mount. */
export type LongPollSettings = Required<LongPollOptions>
/** Complete options of a drain. */
export type DrainSettings = Required<DrainOptions>

const WEBSOCKET_DEFAULTS = {
  path: 'websocket',
  timeoutMs: 60_000,
  maxFrameBytes: 10_000_000,
  compress: false,
  maxBufferedBytes: 4 * 1024 * 1024,
  slowClient: 'close' as const,
}
const LONGPOLL_DEFAULTS = {
  path: 'longpoll',
  windowMs: 10_000,
  pubsubTimeoutMs: 2000,
  maxAgeSeconds: 1_209_600,
  maxBufferedBytes: 4 * 1024 * 1024,
}
const DRAIN_DEFAULTS = { batchSize: 10_000, batchIntervalMs: 2000, shutdownMs: 30_000 }

/** @returns `undefined` when the mount has no WebSocket transport. @throws {BadArgumentError} */
export function webSocketSettings(
  where: string,
  mount: MountOptions,
  endpoint: EndpointSettings,
): WebSocketSettings | undefined {
  const { websocket = true } = mount
  if (websocket === false) return undefined
  const given = websocket === true ? {} : websocket
  checkKeys(`${where}: websocket`, given, WEBSOCKET_OPTIONS)
  const settings = { ...WEBSOCKET_DEFAULTS, ...commonOf(`${where}: websocket`, given, mount, endpoint), ...given }
  checkPath(`${where}: websocket.path`, settings.path)
  checkFlag(`${where}: websocket.compress`, settings.compress)
  checkFunction(`${where}: websocket.errorHandler`, settings.errorHandler)
  checkSubprotocols(`${where}: websocket.subprotocols`, settings.subprotocols)
  checkNumber(`${where}: websocket.timeoutMs`, 'milliseconds, more than 0', settings.timeoutMs, 1)
  checkNumber(`${where}: websocket.maxFrameBytes`, 'bytes, at least 1', settings.maxFrameBytes, 1)
  checkNumber(`${where}: websocket.maxBufferedBytes`, 'bytes, at least 1', settings.maxBufferedBytes, 1)
  checkSlowClient(`${where}: websocket.slowClient`, settings.slowClient)
  return settings
}

/** @returns `undefined` when the mount has no long-poll transport. @throws {BadArgumentError} */
export function longPollSettings(
  where: string,
  mount: MountOptions,
  endpoint: EndpointSettings,
): LongPollSettings | undefined {
  const { longpoll = false } = mount
  if (longpoll === false) return undefined
  const given = longpoll === true ? {} : longpoll
  checkKeys(`${where}: longpoll`, given, LONGPOLL_OPTIONS)
  const settings = { ...LONGPOLL_DEFAULTS, ...commonOf(`${where}: longpoll`, given, mount, endpoint), ...given }
  checkPath(`${where}: longpoll.path`, settings.path)
  checkNumber(`${where}: longpoll.windowMs`, 'milliseconds, less than 20000', settings.windowMs, 1, 19_999)
  checkNumber(`${where}: longpoll.pubsubTimeoutMs`, 'milliseconds, more than 0', settings.pubsubTimeoutMs, 1)
  checkNumber(`${where}: longpoll.maxBufferedBytes`, 'bytes, at least 1', settings.maxBufferedBytes, 1)
  checkNumber(`${where}: longpoll.maxAgeSeconds`, 'seconds, more than 0', settings.maxAgeSeconds, 1)
  return settings
}

/** What both transports of a mount share: theirs, else the mount's, else the endpoint's. */
function commonOf(
  where: string,
  transport: TransportOptions,
  mount: MountOptions,
  endpoint: EndpointSettings,
): Required<Omit<TransportOptions, 'path'>> {
  const serializers = transport.serializers ?? mount.serializers ?? DEFAULT_SERIALIZERS
  const checkOrigin = transport.checkOrigin ?? mount.checkOrigin ?? endpoint.checkOrigin
  const checkCsrf = transport.checkCsrf ?? mount.checkCsrf ?? true
  const connectInfo = transport.connectInfo ?? mount.connectInfo ?? {}
  originPolicy(`${where}: checkOrigin`, checkOrigin)
  checkFlag(`${where}: checkCsrf`, checkCsrf)
  checkSerializers(`${where}: serializers`, serializers)
  checkConnectInfo(`${where}: connectInfo`, connectInfo, endpoint)
  if (checkOrigin === false && !checkCsrf) {
    throw new BadArgumentError(where, 'checkOrigin or checkCsrf, or both', 'neither', FOREIGN_PAGES)
  }
  return { serializers, checkOrigin, checkCsrf, connectInfo }
}

function checkSerializers(where: string, serializers: readonly VersionedSerializer[]): void {
  const isGood = Array.isArray(serializers) && serializers.length > 0 && serializers.every(isVersionedSerializer)
  if (!isGood) throw new BadArgumentError(where, "a list of { version: '2.0.0', serializer }", serializers)
}

function isVersionedSerializer(entry: unknown): boolean {
  const { version, serializer } = Object(entry) as Partial<VersionedSerializer>
  const { name, decode, encode, fastlane } = Object(serializer) as Partial<VersionedSerializer['serializer']>
  const functions = [decode, encode, fastlane]
  return isVersion(version) && typeof name === 'string' && functions.every((one) => typeof one === 'function')
}

function checkConnectInfo(where: string, connectInfo: ConnectInfoOptions, { secretKeyBase }: EndpointSettings): void {
  if (typeof connectInfo !== 'object' || connectInfo === null || Array.isArray(connectInfo)) {
    throw new BadArgumentError(where, 'an object of what connect is told', connectInfo)
  }
  for (const key of CONNECT_INFO_FLAGS) if (key in connectInfo) checkFlag(`${where}.${key}`, connectInfo[key])
  if (connectInfo.session === undefined) return
  checkSessionOptions(connectInfo.session)
  // A secret may still come with what the endpoint is started with.
  if (secretKeyBase !== undefined) keyBasesOf(`${where}.session`, { secretKeyBase }, LEAST_SESSION_SECRET_BYTES)
}

/** What an endpoint cannot start without. @throws {NoSecretKeyBaseError} `BEAMISH_NO_SECRET_KEY_BASE` */
export function checkComplete(where: string, { secretKeyBase, sockets }: EndpointSettings): void {
  if (secretKeyBase !== undefined) return
  for (const [path, mount] of Object.entries(sockets)) {
    const need = 'socket' in mount ? secretNeededBy(mount as MountOptions) : undefined
    if (need !== undefined) throw new NoSecretKeyBaseError(`${where}: sockets ${path}: ${need}`)
  }
}

/** Cookies are opened with it, and the tokens of long-poll sessions are signed with it. */
function secretNeededBy({ websocket, longpoll = false, connectInfo }: MountOptions): string | undefined {
  if (longpoll !== false) return 'longpoll'
  const readsSession = connectInfo?.session ?? (typeof websocket === 'object' && websocket.connectInfo?.session)
  return readsSession ? 'connectInfo.session' : undefined
}

/** The names of subprotocols are tokens of HTTP. */
function checkSubprotocols(where: string, names: readonly string[] | undefined): void {
  if (names === undefined) return
  const isGood = Array.isArray(names) && names.every((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(String(name)))
  if (!isGood) throw new BadArgumentError(where, "a list of subprotocols, such as ['sip', 'mqtt']", names)
}

const FOREIGN_PAGES = 'Without both, any page in the world can connect with the cookies of its visitor.'

/** What a drain goes by. @returns `false` when clients are not told. @throws {BadArgumentError} */
export function drainOf(where: string, option: NonNullable<MountOptions['drainer']> | false): false | DrainSettings {
  if (typeof option === 'function') return DRAIN_DEFAULTS // asked, and checked, when the endpoint starts
  return drainSettings(where, option)
}

/** As {@link drainOf}, when the endpoint starts: a function is called now. @throws {BadArgumentError} */
export function drainAtStart(
  where: string,
  option: NonNullable<MountOptions['drainer']> | false,
): false | DrainSettings {
  return drainSettings(where, typeof option === 'function' ? option() : option)
}

function drainSettings(where: string, option: false | DrainOptions): false | DrainSettings {
  if (option === false) return false
  checkKeys(where, option, DRAIN_OPTIONS)
  const settings = { ...DRAIN_DEFAULTS, ...option }
  checkNumber(`${where}.batchSize`, 'a whole number, at least 1', settings.batchSize, 1)
  checkNumber(`${where}.batchIntervalMs`, 'milliseconds, at least 0', settings.batchIntervalMs, 0)
  checkNumber(`${where}.shutdownMs`, 'milliseconds, at least 0', settings.shutdownMs, 0)
  return settings
}

// ── Kinds of values ──────────────────────────────────────────────────────────────────────────────────────────────────

function checkPath(where: string, path: unknown): void {
  if (typeof path === 'string' && /^[^/?#*][^?#*]*$/.test(path)) return
  throw new BadArgumentError(where, "what follows the mount's path, such as 'websocket'", path)
}

function checkFlag(where: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new BadArgumentError(where, 'true | false', value)
}

function checkFunction(where: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw new BadArgumentError(where, 'a function', value)
}

function checkText(where: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw new BadArgumentError(where, 'a string', value)
}

function checkNumber(
  where: string,
  expected: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  const isText = typeof value === 'string'
  throw new BadArgumentError(
    where,
    expected,
    value,
    isText ? 'A variable of the environment is text: Number(…).' : undefined,
  )
}
