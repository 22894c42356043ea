import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Call } from '../behaviours/call.ts'
import { ServerCode } from '../behaviours/server.ts'
import type { Connection, Publisher } from '../channel/connection.ts'
import { Fastlane, type Lane, type LaneOwner } from '../channel/fastlane.ts'
import type { Pid } from '../core/pid.ts'
import { type ExitReason, isAbnormal, reasonOfThrown } from '../core/reason.ts'
import { PubSub, subscribeFor, unsubscribeFor } from '../pubsub/pubsub.ts'
import { ExitMessage } from '../runtime/messages.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Timer } from '../runtime/timers.ts'
import type { SocketContext } from '../socket/connection-process.ts'
import type { ConnectRequest, FrameReceiver } from '../socket/transport.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type {
  HttpReply,
  IncomingRequest,
  RequestHead,
  Respond,
  RunningServer,
  Upgrade,
  WebSocketRoute,
} from './adapter.ts'
import type { Overflow } from './backlog.ts'
import { type AdapterOption, chooseAdapter } from './choose-adapter.ts'
import { Connections } from './connections.ts'
import type {} from './events.ts'
import type { TurnedAway } from './handshake.ts'
import { type Readiness, readinessOf } from './health.ts'
import { LocalTopics } from './local-topics.ts'
import { LongPoll } from './longpoll.ts'
import { LongPollRelay } from './longpoll-relay.ts'
import type { Mount, MountedTransport } from './mount.ts'
import type { DrainSettings, EndpointSettings, LongPollSettings, TlsOptions, WebSocketSettings } from './options.ts'
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
  /** How long requests that are being answered are waited for when it stops. */
  readonly requestDrain: false | DrainSettings
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

const BACKPRESSURE = emitter('beamish.transport.backpressure')
const DRAINED = emitter('beamish.socket.drain')

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
  readonly fastlane: Fastlane
  readonly lane: Lane

  constructor(fastlane: Fastlane, lane: Lane) {
    this.fastlane = fastlane
    this.lane = lane
  }
}

/** Something that has to be done by a process, for code that runs in none. */
class Errand {
  readonly run: (listener: Pid) => void

  constructor(run: (listener: Pid) => void) {
    this.run = run
  }
}

/**
 * The process that owns the listening socket and every connection made through it: with it they come and go.
 *
 * Each client that may knock gets a socket process under its mount's supervisor; this process watches it, so that a connection
 * never outlives the process that serves it. It also holds the PubSub entries of its transport's lanes.
 * Semantics: Ranch's or Thousand Island's listener, with Phoenix.Endpoint's drainer.
 */
export class ListenerCode extends ServerCode implements SiteHost {
  readonly behaviour = 'Listener'
  private readonly settings: ListenerSettings
  private server: RunningServer | undefined = undefined
  private info: ServerInfo | undefined = undefined
  /** For clients with a WebSocket. */
  private fastlane: Fastlane | undefined = undefined
  /** For clients that poll. */
  private readonly topics = new LocalTopics<Connection>()
  private pollFastlane: Fastlane | undefined = undefined
  private readonly longPolls: LongPoll[] = []
  private readonly connections = new Map<Mount, Connections>()
  private isStopping = false
  /** Requests that wait for their answer. */
  private unanswered = 0
  private allAnswered: () => void = () => {}

  constructor(settings: ListenerSettings) {
    super()
    this.settings = settings
  }

  get moduleName(): string {
    return this.settings.endpoint
  }

  getState(): unknown {
    const connections = [...this.connections.values()].reduce((sum, { size }) => sum + size, 0)
    const counts = this.longPolls.map((longPoll) => longPoll.count())
    return {
      ...this.info,
      connections,
      lanes: (this.fastlane?.size ?? 0) + (this.pollFastlane?.size ?? 0),
      polls: counts.reduce((sum, { polls }) => sum + polls, 0),
    }
  }

  replaceState(): void {}

  // ── Start ──

  protected init(): void {
    const { process } = this
    process.trapsExits = true
    for (const mount of this.settings.mounts) this.connections.set(mount, new Connections(process))
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
    for (const mount of settings.mounts) {
      if (mount.longPoll !== undefined) this.longPolls.push(this.longPollOf(mount, mount.longPoll))
    }
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
    const { pubsub, settings } = this.settings
    if (pubsub !== undefined) {
      this.fastlane = new Lanes(this.process, pubsub, server).fastlane
      this.pollFastlane = new Lanes(this.process, pubsub, this.topics).fastlane
    }
    announce({ settings, port: server.port })
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
    this.unanswered++
    try {
      await this.answerRequest(request, respond)
    } catch (error) {
      respond({ status: 500 })
      this.requestFailed(error, request)
    } finally {
      this.unanswered--
      if (this.unanswered === 0) this.allAnswered()
    }
  }

  /** @returns when it is answered, or held as a poll: those end with their sessions. */
  private async answerRequest(request: IncomingRequest, respond: Respond): Promise<void> {
    const longPoll = this.longPolls.find((one) => one.matches(request.path))
    if (longPoll !== undefined) return await longPoll.serve(request, respond)
    const reply = this.plainUpgrade(request) ?? (await this.settings.site(request, this))
    if (reply !== undefined) respond(reply)
    else if (request.pass === undefined) respond(NOT_FOUND)
    else request.pass()
  }

  private requestFailed(error: unknown, { method, path }: Pick<RequestHead, 'method' | 'path'>): void {
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
    const { maxFrameBytes, compress, maxBufferedBytes, slowClient } = transport.settings
    const upgrade = (asked: Upgrade): void => this.upgrade(mount, transport, asked)
    const overflowed = (overflow: Overflow, { pid }: FrameReceiver): void => this.overflowed(mount, pid, overflow)
    const failed = (error: unknown): void => this.slowClientFailed(transport, error)
    const limits = { maxFrameBytes, compress, maxBufferedBytes, slowClient }
    return { path: transport.pattern, ...limits, upgrade, overflowed, failed }
  }

  private overflowed(mount: Mount, pid: Pid, { policy, queuedBytes }: Overflow): void {
    if (!BACKPRESSURE.hasHandlers) return
    const { endpoint } = this.settings
    const userSocket = mount.socket.moduleName
    BACKPRESSURE.execute({ count: 1, queuedBytes }, { pid, endpoint, transport: 'websocket', userSocket, policy })
  }

  private slowClientFailed({ pattern }: MountedTransport<WebSocketSettings>, error: unknown): void {
    this.requestFailed(error, { method: 'slowClient', path: pattern.text })
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

  private longPollOf(mount: Mount, transport: MountedTransport<LongPollSettings>): LongPoll {
    const { endpoint, pubsub } = this.settings
    const { runtime } = this.process
    return new LongPoll({
      endpoint,
      userSocket: mount.socket.moduleName,
      transport,
      runtime,
      topics: this.topics,
      relay: pubsub === undefined ? undefined : this.relayOf(pubsub, transport.settings),
      node: () => (pubsub === undefined ? runtime.node : PubSub.nodeName(pubsub)),
      knock: (client) => this.knock(mount, client, this.contextOf(mount, this.pollFastlane, 'infinity')),
    })
  }

  private relayOf(pubsub: string, { windowMs, pubsubTimeoutMs }: LongPollSettings): LongPollRelay {
    const { process } = this
    const act = (work: (listener: Pid) => void): void => process.deliver(new Errand(work))
    return new LongPollRelay({ pubsub, timers: process.runtime.timers, pubsubTimeoutMs, windowMs, act })
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
    else if (message instanceof IdleLane) message.fastlane.closeIdle(message.lane)
    else if (message instanceof Errand) message.run(this.process.pid)
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
      if (outcome.type === 'started') this.guard(mount, client, outcome.pid.receiver as LocalProcess | undefined)
      else unavailable()
    }, unavailable)
  }

  private contextOf(mount: Mount, fastlane: Fastlane | undefined, timeoutMs: number | 'infinity'): SocketContext {
    const { channels, maxChannels, maxMessagesPerSecond, secretKeyBase, router, log } = mount
    const { endpoint, pubsub } = this.settings
    const limits = { timeoutMs, maxChannels, maxMessagesPerSecond }
    return { endpoint, pubsub, fastlane, channels, secretKeyBase, router, log, ...limits }
  }

  private guard(mount: Mount, client: ConnectRequest, socket: LocalProcess | undefined): void {
    if (socket === undefined || socket.ending || this.process.ending) client.ended('noproc')
    else this.connections.get(mount)?.watch(client, socket) // every mount has its own from the start
  }

  // ── The end ──

  protected async terminateCallback(reason: ExitReason): Promise<void> {
    this.isStopping = true
    this.refuseKnocks()
    this.server?.stopAccepting()
    // Only who leaves in order takes the time.
    if (!isAbnormal(reason)) await Promise.all([...this.drainAll(), this.requestsAnswered()])
    await Promise.all([...this.connections.values()].map((connections) => connections.dismiss(DISMISSAL_MS)))
    this.server?.close()
  }

  /** Who has knocked and was not asked in: nobody reads the mailbox any more. */
  private refuseKnocks(): void {
    for (const message of this.process.mailbox.toArray()) {
      if (message instanceof Knock) message.client.refuse({ type: 'unavailable' })
    }
  }

  private drainAll(): Promise<void>[] {
    return [...this.connections].map(async ([mount, connections]) => {
      const { drain, path, socket, log } = mount
      if (drain === false) return
      const { endpoint } = this.settings
      const metadata = { endpoint, path, userSocket: socket.moduleName, intervalMs: drain.batchIntervalMs, log }
      await connections.drain(drain, (round) => DRAINED.execute(round, metadata))
    })
  }

  /** When the requests that have been asked are answered; not for ever. */
  private requestsAnswered(): Promise<void> {
    const { requestDrain } = this.settings
    if (this.unanswered === 0 || requestDrain === false) return Promise.resolve()
    const { timers } = this.process.runtime
    return new Promise((resolve) => {
      const timer = new Timer(resolve)
      timers.start(timer, requestDrain.shutdownMs)
      this.allAnswered = () => {
        timers.cancel(timer)
        resolve()
      }
    })
  }
}

/** The lanes of one transport, which stand in PubSub in the name of the listener. */
class Lanes implements LaneOwner {
  readonly fastlane: Fastlane
  private readonly listener: LocalProcess
  private readonly pubsub: string

  constructor(listener: LocalProcess, pubsub: string, publisher: Publisher) {
    this.listener = listener
    this.pubsub = pubsub
    this.fastlane = new Fastlane(publisher, this)
  }

  subscribeLane(lane: Lane): void {
    subscribeFor(this.listener.pid, this.pubsub, lane.topic, lane)
  }

  unsubscribeLane(lane: Lane): void {
    unsubscribeFor(this.listener.pid, this.pubsub, lane.topic, lane)
  }

  laneIdle(lane: Lane): void {
    this.listener.deliver(new IdleLane(this.fastlane, lane))
  }
}

/** How long the end of a listener may take. */
export function shutdownLimitMs({ mounts, requestDrain }: ListenerSettings): number {
  const drains = [requestDrain, ...mounts.map(({ drain }) => drain)]
  return Math.max(...drains.map((drain) => (drain === false ? 0 : drain.shutdownMs))) + DISMISSAL_MS + GRACE_MS
}

/** How long clients have that were not drained, or not in time. */
const DISMISSAL_MS = 1000
/** Nothing else of the end waits: this is for a busy machine. */
const GRACE_MS = 4000
