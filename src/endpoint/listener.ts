import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Call } from '../behaviours/call.ts'
import { ServerCode } from '../behaviours/server.ts'
import type { Connection } from '../channel/connection.ts'
import type { Fastlane } from '../channel/fastlane.ts'
import type { Pid } from '../core/pid.ts'
import { type ExitReason, isAbnormal, reasonOfThrown } from '../core/reason.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { ExitMessage } from '../runtime/messages.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { SocketContext } from '../socket/connection-process.ts'
import type { ConnectRequest } from '../socket/transport.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { RunningServer } from './adapter.ts'
import { type AdapterOption, chooseAdapter } from './choose-adapter.ts'
import { Connections } from './connections.ts'
import type {} from './events.ts'
import { type Readiness, readinessOf } from './health.ts'
import { IdleLane, Lanes } from './lanes.ts'
import { LocalTopics } from './local-topics.ts'
import { LongPoll } from './longpoll.ts'
import { LongPollRelay } from './longpoll-relay.ts'
import type { Mount, MountedTransport } from './mount.ts'
import type { DrainSettings, EndpointSettings, LongPollSettings, TlsOptions } from './options.ts'
import { Reception, type ReceptionParts } from './reception.ts'
import { announce } from './running-endpoint.ts'
import type { Site } from './site.ts'

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
  /** 0 while the server that the endpoint is a guest of does not listen. */
  readonly port: number
  readonly adapter: string
}

const DRAINED = emitter('beamish.socket.drain')

/** A client knocks. */
class Knock {
  readonly mount: Mount
  readonly client: ConnectRequest

  constructor(mount: Mount, client: ConnectRequest) {
    this.mount = mount
    this.client = client
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
export class ListenerCode extends ServerCode implements ReceptionParts {
  readonly behaviour = 'Listener'
  private readonly settings: ListenerSettings
  private server: RunningServer | undefined = undefined
  private adapterName = ''
  /** For clients with a WebSocket. */
  private fastlane: Fastlane | undefined = undefined
  /** For clients that poll. */
  private readonly topics = new LocalTopics<Connection>()
  private pollFastlane: Fastlane | undefined = undefined
  readonly longPolls: LongPoll[] = []
  private readonly connections = new Map<Mount, Connections>()
  private readonly reception: Reception
  private isStopping = false

  constructor(settings: ListenerSettings) {
    super()
    this.settings = settings
    this.reception = new Reception(this)
  }

  // ── What the reception asks for ──

  get endpoint(): string {
    return this.settings.endpoint
  }

  get runtime(): Runtime {
    return this.process.runtime
  }

  get mounts(): readonly Mount[] {
    return this.settings.mounts
  }

  get site(): Site {
    return this.settings.site
  }

  readonly readiness = (): Readiness => (this.isStopping ? 'stopping' : readinessOf(this.process))

  readonly knock = (mount: Mount, client: ConnectRequest): void => {
    if (this.isStopping || this.process.ending) client.refuse({ type: 'unavailable' })
    else this.process.deliver(new Knock(mount, client))
  }

  get moduleName(): string {
    return this.settings.endpoint
  }

  getState(): unknown {
    const connections = [...this.connections.values()].reduce((sum, { size }) => sum + size, 0)
    const counts = this.longPolls.map((longPoll) => longPoll.count())
    return {
      ...this.info(),
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
    for (const mount of settings.mounts) {
      if (mount.longPoll !== undefined) this.longPolls.push(this.longPollOf(mount, mount.longPoll))
    }
    const { host, port, tls } = settings
    const server = await adapter.start({
      host,
      port,
      tls,
      webSockets: this.reception.routes(),
      request: (request, respond) => void this.reception.serve(request, respond),
      failed: (error, request) => this.reception.failed(error, request),
    })
    this.adapterName = adapter.name
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
    announce({ settings, server })
    this.ready(this.info())
  }

  protected override failed(thrown: unknown): void {
    if (!this.isStarting) super.failed(thrown)
    else this.notReady({ type: 'refused', reason: reasonOfThrown(thrown) }, 'normal')
  }

  // ── Long poll ──

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
      knock: (client) => this.knock(mount, client),
    })
  }

  private relayOf(pubsub: string, { windowMs, pubsubTimeoutMs }: LongPollSettings): LongPollRelay {
    const { process } = this
    const act = (work: (listener: Pid) => void): void => process.deliver(new Errand(work))
    return new LongPollRelay({ pubsub, timers: process.runtime.timers, pubsubTimeoutMs, windowMs, act })
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
    if (call.name === 'serverInfo') call.answer(this.info())
  }

  private info(): ServerInfo {
    return { host: this.settings.host, port: this.server?.port ?? 0, adapter: this.adapterName }
  }

  private admit({ mount, client }: Knock): void {
    const spec = mount.socket.specFor({ request: client, context: this.contextOf(mount, client) })
    const unavailable = () => client.refuse({ type: 'unavailable' })
    // Not waited for: many clients may knock at once.
    DynamicSupervisor.startChild(mount.sockets, spec).then((outcome) => {
      if (outcome.type === 'started') this.guard(mount, client, outcome.pid.receiver as LocalProcess | undefined)
      else unavailable()
    }, unavailable)
  }

  private contextOf(mount: Mount, { transport }: ConnectRequest): SocketContext {
    const { channels, maxChannels, maxMessagesPerSecond, secretKeyBase, router, staticFiles, log } = mount
    const { endpoint, pubsub } = this.settings
    const isPolling = transport === 'longpoll'
    const fastlane = isPolling ? this.pollFastlane : this.fastlane
    const timeoutMs: number | 'infinity' = isPolling ? 'infinity' : (mount.webSocket?.settings.timeoutMs ?? 'infinity')
    const limits = { timeoutMs, maxChannels, maxMessagesPerSecond }
    return { endpoint, pubsub, fastlane, channels, secretKeyBase, router, staticFiles, log, ...limits }
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

  private requestsAnswered(): Promise<void> {
    const { requestDrain } = this.settings
    return requestDrain === false ? Promise.resolve() : this.reception.whenAnswered(requestDrain.shutdownMs)
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
