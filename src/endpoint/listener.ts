import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Call } from '../behaviours/call.ts'
import { ServerCode } from '../behaviours/server.ts'
import { Fastlane, type Lane, type LaneOwner } from '../channel/fastlane.ts'
import { type ExitReason, reasonOfThrown } from '../core/reason.ts'
import { subscribeFor, unsubscribeFor } from '../pubsub/pubsub.ts'
import { ExitMessage } from '../runtime/messages.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Timer } from '../runtime/timers.ts'
import { Drain, type SocketContext } from '../socket/connection-process.ts'
import type { ConnectRequest } from '../socket/transport.ts'
import type {
  HttpReply,
  IncomingRequest,
  RequestHead,
  Respond,
  RunningServer,
  Upgrade,
  WebSocketRoute,
} from './adapter.ts'
import { type AdapterOption, chooseAdapter } from './choose-adapter.ts'
import type { TurnedAway } from './handshake.ts'
import { type Readiness, readinessOf } from './health.ts'
import type { Mount, MountedTransport } from './mount.ts'
import type { EndpointSettings, TlsOptions, WebSocketSettings } from './options.ts'
import { tellTurnedAway } from './refusal.ts'
import { announce } from './running-endpoint.ts'
import type { Site, SiteHost } from './site.ts'
import { checkHandshake, replyToTurnedAway, SocketUpgrade } from './websocket.ts'

/** What a listener is started with. Checked, with defaults. */
export interface ListenerSettings {
  /** The name of the endpoint. */
  readonly endpoint: string
  readonly host: string
  readonly port: number
  readonly pubsub: string | undefined
  readonly tls: TlsOptions | undefined
  readonly mounts: readonly Mount[]
  readonly adapter: AdapterOption | undefined
  /** Answers what is no WebSocket. */
  readonly site: Site
  /** What the endpoint was started with. */
  readonly settings: EndpointSettings
}

/** Where an endpoint listens. */
export interface ServerInfo {
  readonly host: string
  readonly port: number
  readonly adapter: string
}

const NOT_FOUND: HttpReply = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Not found',
}

/** A client knocks. */
class Knock {
  readonly mount: Mount
  readonly client: ConnectRequest
  readonly context: SocketContext

  constructor(mount: Mount, client: ConnectRequest, context: SocketContext) {
    this.mount = mount
    this.client = client
    this.context = context
  }
}

/** A lane has no client any more. */
class IdleLane {
  readonly lane: Lane

  constructor(lane: Lane) {
    this.lane = lane
  }
}

/**
 * The process that owns the listening socket and every connection made through it: with it they come and go.
 *
 * Each client that may knock gets a socket process under its mount's supervisor; this process watches it, so that a connection
 * never outlives the process that serves it. It also holds the PubSub entries of its transport's lanes.
 * Semantics: Ranch's or Thousand Island's listener, with Phoenix.Endpoint's drainer.
 */
export class ListenerCode extends ServerCode implements LaneOwner, SiteHost {
  readonly behaviour = 'Listener'
  private readonly settings: ListenerSettings
  private server: RunningServer | undefined = undefined
  private info: ServerInfo | undefined = undefined
  private fastlane: Fastlane | undefined = undefined
  private readonly guards = new Set<SocketGuard>()
  private isStopping = false
  private emptied: (() => void) | undefined = undefined

  constructor(settings: ListenerSettings) {
    super()
    this.settings = settings
  }

  get moduleName(): string {
    return this.settings.endpoint
  }

  getState(): unknown {
    return { ...this.info, connections: this.guards.size, lanes: this.fastlane?.size ?? 0 }
  }

  replaceState(): void {}

  // ── Start ──

  protected init(): void {
    const { process } = this
    process.trapsExits = true
    const starting = this.startServer()
    // However this process ends, also by a kill: nothing may go on listening for it.
    process.whenReleased(() =>
      starting.then(
        (server) => server.close(),
        () => {},
      ),
    )
    this.whenDone(starting, (server) => this.listening(server as RunningServer))
  }

  private async startServer(): Promise<RunningServer> {
    const { settings } = this
    const fellBack = (name: string, error: unknown) => this.fellBack(name, error)
    const adapter = await chooseAdapter({ option: settings.adapter, fellBack })
    const webSockets = settings.mounts.flatMap((mount) =>
      mount.webSocket === undefined ? [] : [this.webSocketRoute(mount, mount.webSocket)],
    )
    const { host, port, tls } = settings
    const server = await adapter.start({
      host,
      port,
      tls,
      webSockets,
      request: (request, respond) => void this.serve(request, respond),
      failed: (error, request) => this.requestFailed(error, request),
    })
    this.info = { host, port: server.port, adapter: adapter.name }
    return server
  }

  private fellBack(adapter: string, error: unknown): void {
    const { endpoint } = this.settings
    const reason = reasonOfThrown(error)
    this.process.runtime.report({ type: 'serverFallback', level: 'warning', endpoint, adapter, reason })
  }

  private listening(server: RunningServer): void {
    this.server = server
    if (this.settings.pubsub !== undefined) this.fastlane = new Fastlane(server, this)
    announce({ settings: this.settings.settings, port: server.port })
    this.ready(this.info)
  }

  protected override failed(thrown: unknown): void {
    if (!this.isStarting) super.failed(thrown)
    else this.notReady({ type: 'refused', reason: reasonOfThrown(thrown) }, 'normal')
  }

  // ── What answers requests may ask ──

  get runtime(): Runtime {
    return this.process.runtime
  }

  readonly readiness = (): Readiness => (this.isStopping ? 'stopping' : readinessOf(this.process))

  // ── Requests: called by the server, outside any process ──

  private async serve(request: IncomingRequest, respond: Respond): Promise<void> {
    try {
      const reply = this.plainUpgrade(request) ?? (await this.settings.site(request, this))
      if (reply !== undefined) respond(reply)
      else if (request.pass === undefined) respond(NOT_FOUND)
      else request.pass()
    } catch (error) {
      respond({ status: 500 })
      this.requestFailed(error, request)
    }
  }

  private requestFailed(error: unknown, { method, path }: RequestHead): void {
    const { endpoint } = this.settings
    const reason = reasonOfThrown(error)
    const report = { endpoint, method, path, route: undefined, reason }
    this.process.runtime.report({ type: 'requestFailed', level: 'error', ...report })
  }

  /** A request for a WebSocket's path that the server saw no WebSocket in: the handshake says why. */
  private plainUpgrade(request: IncomingRequest): HttpReply | undefined {
    for (const { webSocket } of this.settings.mounts) {
      if (webSocket?.pattern.match(request.path) === undefined) continue
      const handshake = checkHandshake(request, webSocket)
      return handshake.type === 'turnedAway' ? this.turnAway(webSocket, handshake) : undefined
    }
    return undefined
  }

  private webSocketRoute(mount: Mount, transport: MountedTransport<WebSocketSettings>): WebSocketRoute {
    const { maxFrameBytes, compress, maxBufferedBytes } = transport.settings
    const upgrade = (asked: Upgrade): void => this.upgrade(mount, transport, asked)
    return { path: transport.pattern, maxFrameBytes, compress, maxBufferedBytes, upgrade }
  }

  private upgrade(mount: Mount, transport: MountedTransport<WebSocketSettings>, upgrade: Upgrade): void {
    const handshake = checkHandshake(upgrade.request, transport)
    if (handshake.type === 'turnedAway') {
      upgrade.refuse(this.turnAway(transport, handshake))
      return
    }
    const context = this.contextOf(mount, this.fastlane, transport.settings.timeoutMs)
    this.knock(mount, new SocketUpgrade(upgrade, handshake, transport.rules), context)
  }

  private turnAway({ pattern }: MountedTransport<WebSocketSettings>, why: TurnedAway): HttpReply {
    const { endpoint } = this.settings
    tellTurnedAway(this.process.runtime, { endpoint, path: pattern.text, transport: 'websocket' }, why)
    return replyToTurnedAway(why)
  }

  private knock(mount: Mount, client: ConnectRequest, context: SocketContext): void {
    if (this.isStopping || this.process.ending) client.refuse({ type: 'unavailable' })
    else this.process.deliver(new Knock(mount, client, context))
  }

  // ── One message ──

  protected handle(message: unknown): void {
    if (message instanceof Knock) this.admit(message)
    else if (message instanceof IdleLane) this.fastlane?.closeIdle(message.lane)
    else if (message instanceof Call) this.answer(message)
    else if (this.handleSystem(message)) return
    else if (message instanceof ExitMessage) this.terminate(message.reason) // PubSub failed, and the lanes in it are lost
  }

  private answer(call: Call): void {
    if (call.name === 'serverInfo') call.answer(this.info)
  }

  private admit({ mount, client, context }: Knock): void {
    const spec = mount.socket.specFor({ request: client, context })
    const unavailable = () => client.refuse({ type: 'unavailable' })
    // Not waited for: many clients may knock at once.
    DynamicSupervisor.startChild(mount.sockets, spec).then((outcome) => {
      if (outcome.type === 'started') this.guard(client, outcome.pid.receiver as LocalProcess | undefined)
      else unavailable()
    }, unavailable)
  }

  private contextOf(mount: Mount, fastlane: Fastlane | undefined, timeoutMs: number | 'infinity'): SocketContext {
    const { channels, maxChannels, maxMessagesPerSecond, secretKeyBase, log } = mount
    const { endpoint, pubsub } = this.settings
    const limits = { timeoutMs, maxChannels, maxMessagesPerSecond }
    return { endpoint, pubsub, fastlane, channels, secretKeyBase, log, ...limits }
  }

  private guard(client: ConnectRequest, socket: LocalProcess | undefined): void {
    if (socket === undefined || socket.ending || this.process.ending) client.ended('noproc')
    else new SocketGuard(this.process, client, socket, (guard) => this.gone(guard)).into(this.guards)
  }

  private gone(guard: SocketGuard): void {
    this.guards.delete(guard)
    if (this.guards.size === 0) this.emptied?.()
  }

  // ── Lanes ──

  subscribeLane(lane: Lane): void {
    subscribeFor(this.process.pid, this.settings.pubsub as string, lane.topic, lane) // only a listener with a PubSub has lanes
  }

  unsubscribeLane(lane: Lane): void {
    unsubscribeFor(this.process.pid, this.settings.pubsub as string, lane.topic, lane)
  }

  laneIdle(lane: Lane): void {
    this.process.deliver(new IdleLane(lane))
  }

  // ── The end ──

  protected async terminateCallback(_reason: ExitReason): Promise<void> {
    this.isStopping = true
    this.server?.stopAccepting()
    await this.drain()
    this.server?.close()
  }

  /** Tells every client to come back elsewhere, and waits until they are gone, but not for ever. */
  private drain(): Promise<void> {
    for (const guard of this.guards) guard.tell(new Drain())
    if (this.guards.size === 0) return Promise.resolve()
    const { timers } = this.process.runtime
    return new Promise((resolve) => {
      const timer = new Timer(resolve)
      timers.start(timer, drainLimitMs(this.settings.mounts))
      this.emptied = () => {
        timers.cancel(timer)
        resolve()
      }
    })
  }
}

/** How long clients get at most to go when the endpoint stops. */
export function drainLimitMs(mounts: readonly Mount[]): number {
  return Math.max(0, ...mounts.map(({ drain }) => (drain === false ? 0 : drain.shutdownMs)))
}

/** The listener watches a socket process: when that ends, however, its connection does. */
class SocketGuard extends Monitor {
  private readonly client: ConnectRequest
  private readonly gone: (guard: SocketGuard) => void

  constructor(
    listener: LocalProcess,
    client: ConnectRequest,
    socket: LocalProcess,
    gone: (guard: SocketGuard) => void,
  ) {
    super(listener, socket.pid)
    this.client = client
    this.gone = gone
    this.attach(socket)
  }

  into(guards: Set<SocketGuard>): void {
    guards.add(this)
  }

  tell(message: unknown): void {
    this.target?.deliver(message)
  }

  override targetEnded(reason: ExitReason): void {
    this.client.ended(reason)
    this.gone(this)
  }
}
