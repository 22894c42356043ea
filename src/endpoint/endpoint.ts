import { CheckedSpec, type FullChildSpec } from '../../supervisors/child-spec.ts'
import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { makeCall } from '../behaviours/call.ts'
import { starters } from '../behaviours/start.ts'
import { noPubSub } from '../channel/errors.ts'
import { broadcastTo, broadcastToFrom } from '../channel/messaging.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { StaticFiles, type StaticMounts } from '../http/static-files.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import type { Operation } from '../runtime/operation.ts'
import type { StartOptions } from '../runtime/start.ts'
import type { SocketModule } from '../socket/user-socket.ts'
import { DEFAULT_SERIALIZERS } from '../socket/version.ts'
import type { HttpReply, HttpRequest, ServerAdapter } from './adapter.ts'
import { ListenerCode, type ListenerSettings, type Mount, type ServerInfo } from './listener.ts'
import { type CheckOrigin, originPolicy } from './origin.ts'

/** A user socket with options of its own. */
export interface MountOptions {
  readonly socket: SocketModule
  /** Default: the endpoint's. */
  readonly checkOrigin?: CheckOrigin
  /** A client that is silent for so long is closed. Default 60000. */
  readonly heartbeatTimeoutMs?: number
  /** The most topics that one client may have joined. Default 100. */
  readonly maxChannels?: number
  /** A longer message closes its connection. Default 10000000. */
  readonly maxFrameBytes?: number
}

/** What an endpoint is. */
export interface EndpointOptions {
  /** What it is registered as, with its parts. Default `'endpoint'`; two endpoints of one program need two names. */
  readonly name?: string
  /** The address to listen on. Default `'127.0.0.1'`; `'0.0.0.0'` is every address of the machine. */
  readonly host?: string
  /** Default 4000; 0 takes any free port, which `serverInfo` tells. */
  readonly port?: number
  /** How the world sees this endpoint. Default: `{ host: 'localhost' }`. */
  readonly url?: { readonly host: string }
  /** Which pages may open a connection. Default `true`: those of `url.host`. */
  readonly checkOrigin?: CheckOrigin
  /** The name of the PubSub that its channels use; it must be started before the endpoint. */
  readonly pubsub?: string
  /** User sockets by path: `'/socket'` is reached at `/socket/websocket`. */
  readonly sockets?: { readonly [path: string]: SocketModule | MountOptions }
  /** Folders of files by path. */
  readonly static?: StaticMounts
  /** The most milliseconds that clients get to go when the endpoint stops. Default 5000. */
  readonly drainMs?: number
  /** The kind of server. Default: uWebSockets.js. */
  readonly adapter?: ServerAdapter
}

/** A defined endpoint: a child of a tree, and a way to broadcast. */
export interface EndpointModule {
  /** What reports call it. */
  readonly moduleName: string
  /**
   * The endpoint as a child: `ChatEndpoint.child({ port: 0 })`. In a list of children the module itself will do.
   * @param overrides - options that are only known at start.
   */
  child(overrides?: EndpointOptions): FullChildSpec
  /** As {@link child}, for lists of children. */
  childSpec(overrides?: EndpointOptions): FullChildSpec
  /** Starts it, linked to the caller. @throws {StartError} when the port is taken, among others. */
  startLink(overrides?: EndpointOptions): Operation<Pid>
  /** Where it listens. @throws {ExitError} `BEAMISH_NOPROC` when it does not run. */
  serverInfo(): Operation<ServerInfo>
  /** Sends an event to every subscriber of a topic. @throws {BeamishError} `BEAMISH_NO_PUBSUB` · `BEAMISH_RESERVED_EVENT` */
  broadcast(topic: string, event: string, payload: unknown): ReturnType<typeof PubSub.broadcast>
  /** As {@link broadcast}, to everybody but the process `from`. */
  broadcastFrom(from: Pid, topic: string, event: string, payload: unknown): ReturnType<typeof PubSub.broadcastFrom>
  /** Subscribes the calling process: it gets each {@link Broadcast} of the topic. */
  subscribe(topic: string): ReturnType<typeof PubSub.subscribe>
  /** Ends all subscriptions of the calling process to the topic. */
  unsubscribe(topic: string): ReturnType<typeof PubSub.unsubscribe>
}

type Settings = Required<Omit<EndpointOptions, 'pubsub' | 'adapter'>> & Pick<EndpointOptions, 'pubsub' | 'adapter'>

const OPTIONS: readonly string[] = [
  'name',
  'host',
  'port',
  'url',
  'checkOrigin',
  'pubsub',
  'sockets',
  'static',
  'drainMs',
  'adapter',
] satisfies (keyof EndpointOptions)[]
const MOUNT_OPTIONS: readonly string[] = [
  'socket',
  'checkOrigin',
  'heartbeatTimeoutMs',
  'maxChannels',
  'maxFrameBytes',
] satisfies (keyof MountOptions)[]

const DEFAULTS = {
  name: 'endpoint',
  host: '127.0.0.1',
  port: 4000,
  url: { host: 'localhost' },
  checkOrigin: true,
  sockets: {},
  static: {},
  drainMs: 5000,
} satisfies EndpointOptions

/** A listener ends when its clients have been told, and that has a limit of its own: this only adds to it. */
const LISTENER_GRACE_MS = 5000

const listenerStarters = starters<readonly [ListenerSettings], StartOptions>({
  what: 'Endpoint listener',
  check: () => {},
  code: (settings) => new ListenerCode(settings as ListenerSettings),
})

/**
 * Defines an endpoint: where a program listens, and what stands behind its paths.
 * @throws {BadArgumentError} for an unknown option or one of the wrong kind.
 *
 * Semantics: Phoenix.Endpoint. *When not to use it*: for HTTP alone any server will do; this one is about sockets.
 */
function define(options: EndpointOptions): EndpointModule {
  const settings = checkOptions('Endpoint.define', options)
  const { name } = settings
  const pubsub = (): string => {
    if (settings.pubsub === undefined) throw noPubSub(name)
    return settings.pubsub
  }
  const child = (overrides?: EndpointOptions): FullChildSpec => {
    const started = overridden(options, overrides)
    return Supervisor.child(childrenOf(started), { id: `${name} endpoint`, strategy: 'restForOne' })
  }
  return {
    moduleName: name,
    child,
    childSpec: child,
    startLink: (overrides) =>
      Supervisor.startLink(childrenOf(overridden(options, overrides)), { strategy: 'restForOne' }),
    serverInfo: () => serverInfo(name),
    broadcast: (topic, event, payload) => broadcastTo(pubsub(), topic, event, payload),
    broadcastFrom: (from, topic, event, payload) => broadcastToFrom(pubsub(), from, topic, event, payload),
    subscribe: (topic) => PubSub.subscribe(pubsub(), topic),
    unsubscribe: (topic) => PubSub.unsubscribe(pubsub(), topic),
  }
}

function overridden(options: EndpointOptions, overrides: EndpointOptions = {}): Settings {
  if (overrides.name !== undefined && overrides.name !== (options.name ?? DEFAULTS.name)) {
    throw new BadArgumentError('Endpoint: name', 'the name that it was defined with', overrides.name)
  }
  return checkOptions('Endpoint', { ...options, ...overrides })
}

function serverInfo(name: string): Operation<ServerInfo> {
  const site = { module: 'Endpoint', function: 'serverInfo', defaultTimeoutMs: 5000 }
  return makeCall(listenerName(name), 'serverInfo', undefined, site) as Operation<ServerInfo> // what ListenerCode answers
}

// ── The tree ─────────────────────────────────────────────────────────────────────────────────────────────────────────
//
//   endpoint (restForOne)
//    ├─ channels of each mount     DynamicSupervisor    outlive the sockets, so that they can say goodbye
//    ├─ sockets of each mount      DynamicSupervisor
//    └─ listener                   last to start, first to stop: when it stops, it lets the clients go

function childrenOf(settings: Settings): FullChildSpec[] {
  const mounts = Object.entries(settings.sockets).map(([path, mount]) => mountOf(settings, path, mount))
  const supervisors = mounts.flatMap(({ channels, sockets }) => [
    DynamicSupervisor.child({ name: channels }),
    DynamicSupervisor.child({ name: sockets }),
  ])
  return [...supervisors, listenerSpec(settings, mounts)]
}

function listenerSpec(settings: Settings, mounts: readonly Mount[]): FullChildSpec {
  const { name, host, port, pubsub, drainMs } = settings
  const listener: ListenerSettings = {
    endpoint: name,
    host,
    port,
    pubsub,
    mounts,
    drainMs,
    adapter: adapterOf(settings),
    request: handlerOf(settings),
  }
  const args = [listener, { name: listenerName(name) }]
  return new CheckedSpec(
    'listener',
    listenerStarters.tryStartLink,
    args,
    'permanent',
    drainMs + LISTENER_GRACE_MS,
    'worker',
    false,
  )
}

function listenerName(endpoint: string): string {
  return `${endpoint} listener`
}

/** Imported when it starts: a program that listens nowhere needs no native library. */
function adapterOf({ adapter }: Settings): () => Promise<ServerAdapter> {
  if (adapter !== undefined) return () => Promise.resolve(adapter)
  return async () => (await import('./uwebsockets.ts')).uWebSockets
}

function handlerOf(settings: Settings): (request: HttpRequest) => Promise<HttpReply> {
  const files = new StaticFiles('Endpoint: static', settings.static)
  return async (request) => (await files.reply(request)) ?? NOT_FOUND
}

const NOT_FOUND: HttpReply = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Not found',
}

function mountOf(settings: Settings, path: string, given: SocketModule | MountOptions): Mount {
  const options = 'specFor' in given ? { socket: given } : given
  const { socket, heartbeatTimeoutMs = 60_000, maxChannels = 100, maxFrameBytes = 10_000_000 } = options
  const checkOrigin = originPolicy(
    `Endpoint: sockets ${path}: checkOrigin`,
    options.checkOrigin ?? settings.checkOrigin,
  )
  return {
    path: `${path === '/' ? '' : path}/websocket`,
    socket,
    rules: { serializers: DEFAULT_SERIALIZERS, checkOrigin, urlHost: settings.url.host },
    maxFrameBytes,
    heartbeatTimeoutMs,
    maxChannels,
    sockets: `${settings.name} ${path} sockets`,
    channels: `${settings.name} ${path} channels`,
  }
}

// ── Options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function checkOptions(where: string, options: EndpointOptions): Settings {
  checkKeys(where, options, OPTIONS)
  const { pubsub, adapter, ...rest } = options
  const settings: Settings = { ...DEFAULTS, ...rest }
  checkText(`${where}: name`, settings.name)
  checkText(`${where}: host`, settings.host)
  checkText(`${where}: url.host`, settings.url?.host)
  if (pubsub !== undefined) checkText(`${where}: pubsub`, pubsub)
  checkNumber(`${where}: port`, 'a port from 0 to 65535', settings.port, 0, 65_535)
  checkNumber(`${where}: drainMs`, 'milliseconds, at least 0', settings.drainMs, 0)
  for (const [path, mount] of Object.entries(settings.sockets)) checkMount(`${where}: sockets`, path, mount)
  new StaticFiles(`${where}: static`, settings.static)
  originPolicy(`${where}: checkOrigin`, settings.checkOrigin)
  return { ...settings, ...(pubsub === undefined ? {} : { pubsub }), ...(adapter === undefined ? {} : { adapter }) }
}

function checkMount(where: string, path: string, mount: SocketModule | MountOptions): void {
  if (!/^\/[^?#*]*$/.test(path)) throw new BadArgumentError(where, "paths that begin with '/'", path)
  if (typeof mount === 'object' && mount !== null && 'specFor' in mount) return
  checkKeys(`${where} ${path}`, mount, MOUNT_OPTIONS)
  const { socket, heartbeatTimeoutMs = 1, maxChannels = 1, maxFrameBytes = 1 } = mount
  if (typeof socket?.specFor !== 'function')
    throw new BadArgumentError(`${where} ${path}: socket`, 'Socket.define(…)', socket)
  checkNumber(`${where} ${path}: heartbeatTimeoutMs`, 'milliseconds, more than 0', heartbeatTimeoutMs, 1)
  checkNumber(`${where} ${path}: maxChannels`, 'a whole number, at least 1', maxChannels, 1)
  checkNumber(`${where} ${path}: maxFrameBytes`, 'bytes, at least 1', maxFrameBytes, 1)
}

function checkKeys(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new BadArgumentError(where, 'an object of options', options)
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new BadArgumentError(where, `the options ${known.join(', ')}`, key)
  }
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
  if (!Number.isInteger(value) || value < least || value > most) throw new BadArgumentError(where, expected, value)
}

/** Endpoints: where the world comes in. Semantics: Phoenix.Endpoint. */
export const Endpoint = { define } as const
