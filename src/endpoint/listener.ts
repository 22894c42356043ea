import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Call } from '../behaviours/call.ts'
import { ServerCode } from '../behaviours/server.ts'
import { Fastlane, type Lane, type LaneOwner } from '../channel/fastlane.ts'
import { type ExitReason, reasonOfThrown } from '../core/reason.ts'
import { subscribeFor, unsubscribeFor } from '../pubsub/pubsub.ts'
import { ExitMessage } from '../runtime/messages.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { Timer } from '../runtime/timers.ts'
import { Drain, type SocketContext } from '../socket/socket-process.ts'
import type { SocketModule } from '../socket/user-socket.ts'
import type { HttpReply, HttpRequest, RunningServer, ServerAdapter, Upgrade, WebSocketRoute } from './adapter.ts'
import { checkHandshake, type HandshakeRules, SocketUpgrade } from './websocket.ts'

/** One user socket under one path. */
export interface Mount {
  readonly path: string
  readonly socket: SocketModule
  readonly rules: HandshakeRules
  readonly maxFrameBytes: number
  readonly heartbeatTimeoutMs: number
  readonly maxChannels: number
  /** The names of its two dynamic supervisors. */
  readonly sockets: string
  readonly channels: string
}

/** What a listener is started with. Checked, with defaults. */
export interface ListenerSettings {
  /** The name of the endpoint. */
  readonly endpoint: string
  readonly host: string
  readonly port: number
  readonly pubsub: string | undefined
  readonly mounts: readonly Mount[]
  /** The most milliseconds that clients get to go when the endpoint stops. */
  readonly drainMs: number
  readonly adapter: () => Promise<ServerAdapter>
  /** Answers what is no WebSocket. */
  readonly request: (request: HttpRequest) => Promise<HttpReply>
}

/** Where an endpoint listens. */
export interface ServerInfo {
  readonly host: string
  readonly port: number
  readonly adapter: string
}

/** A client knocks. */
class Knock {
  readonly mount: Mount
  readonly upgrade: SocketUpgrade

  constructor(mount: Mount, upgrade: SocketUpgrade) {
    this.mount = mount
    this.upgrade = upgrade
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
export class ListenerCode extends ServerCode implements LaneOwner {
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
    const adapter = await settings.adapter()
    const webSockets = settings.mounts.map((mount) => this.routeOf(mount))
    const { host, port } = settings
    const server = await adapter.start({
      host,
      port,
      webSockets,
      request: (request, respond) => this.serve(request).then(respond),
    })
    this.info = { host, port: server.port, adapter: adapter.name }
    return server
  }

  private listening(server: RunningServer): void {
    this.server = server
    if (this.settings.pubsub !== undefined) this.fastlane = new Fastlane(server, this)
    this.ready(this.info)
  }

  protected override failed(thrown: unknown): void {
    if (!this.isStarting) super.failed(thrown)
    else this.notReady({ type: 'refused', reason: reasonOfThrown(thrown) }, 'normal')
  }

  // ── Requests: called by the server, outside any process ──

  private async serve(request: HttpRequest): Promise<HttpReply> {
    try {
      const mount = this.settings.mounts.find(({ path }) => path === request.path)
      // The server saw no WebSocket in it. The handshake says why.
      const handshake = mount === undefined ? undefined : checkHandshake(request, mount.rules)
      return handshake?.type === 'refused' ? handshake.reply : await this.settings.request(request)
    } catch {
      return { status: 500 }
    }
  }

  private routeOf(mount: Mount): WebSocketRoute {
    const { path, maxFrameBytes } = mount
    return { path, maxFrameBytes, upgrade: (upgrade) => this.knock(mount, upgrade) }
  }

  private knock(mount: Mount, upgrade: Upgrade): void {
    const handshake = checkHandshake(upgrade.request, mount.rules)
    if (handshake.type === 'refused') upgrade.refuse(handshake.reply)
    else if (this.isStopping || this.process.ending) upgrade.refuse({ status: 503 })
    else this.process.deliver(new Knock(mount, new SocketUpgrade(upgrade, handshake.params, handshake.serializer)))
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

  private admit({ mount, upgrade }: Knock): void {
    const spec = mount.socket.specFor({ request: upgrade, context: this.contextOf(mount) })
    // Not waited for: many clients may knock at once.
    DynamicSupervisor.startChild(mount.sockets, spec).then(
      (outcome) => {
        if (outcome.type === 'started') this.guard(upgrade, outcome.pid.receiver as LocalProcess | undefined)
        else upgrade.refuse(503)
      },
      () => upgrade.refuse(503),
    )
  }

  private contextOf({ channels, heartbeatTimeoutMs, maxChannels }: Mount): SocketContext {
    const { fastlane, settings } = this
    const { endpoint, pubsub } = settings
    return { endpoint, pubsub, fastlane, channels, heartbeatTimeoutMs, maxChannels }
  }

  private guard(upgrade: SocketUpgrade, socket: LocalProcess | undefined): void {
    if (socket === undefined || socket.ending || this.process.ending) upgrade.ended('noproc')
    else new SocketGuard(this.process, upgrade, socket, (guard) => this.gone(guard)).into(this.guards)
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
      timers.start(timer, this.settings.drainMs)
      this.emptied = () => {
        timers.cancel(timer)
        resolve()
      }
    })
  }
}

/** The listener watches a socket process: when that ends, however, its connection does. */
class SocketGuard extends Monitor {
  private readonly upgrade: SocketUpgrade
  private readonly gone: (guard: SocketGuard) => void

  constructor(
    listener: LocalProcess,
    upgrade: SocketUpgrade,
    socket: LocalProcess,
    gone: (guard: SocketGuard) => void,
  ) {
    super(listener, socket.pid)
    this.upgrade = upgrade
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
    this.upgrade.ended(reason)
    this.gone(this)
  }
}
