import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { type Callback, ServerCode } from '../behaviours/server.ts'
import { isBroadcast } from '../channel/broadcast.ts'
import type { Connection } from '../channel/connection.ts'
import { badReturn } from '../channel/errors.ts'
import type { Fastlane } from '../channel/fastlane.ts'
import { Incoming, type Membership, MembershipNotice, specOf, type Transport } from '../channel/joinable.ts'
import { Ok, Refused } from '../channel/result.ts'
import { Assignable } from '../channel/socket.ts'
import type { Pid } from '../core/pid.ts'
import { type ExitReason, reasonOfThrown, shutdown } from '../core/reason.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { exit } from '../runtime/signals.ts'
import { Timer } from '../runtime/timers.ts'
import type { Message, Reply } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import { closeCode, DISCONNECTED, DRAINING, TIMED_OUT } from './close-code.ts'
import type { TopicRoute, TopicTable } from './topic-table.ts'
import { Topics, type TopicsHost } from './topics.ts'
import type { ConnectRequest, FrameReceiver, Refusal } from './transport.ts'

/** What an endpoint gives to the sockets of one mount. */
export interface SocketContext {
  /** The name of the endpoint. */
  readonly endpoint: string
  /** The name of its PubSub. */
  readonly pubsub: string | undefined
  readonly fastlane: Fastlane | undefined
  /** The dynamic supervisor of channel processes. */
  readonly channels: ServerRef
  /** A client that is silent for so long is closed; `'infinity'`: the transport itself sees to that. */
  readonly timeoutMs: number | 'infinity'
  readonly maxChannels: number
  readonly maxMessagesPerSecond: number | 'infinity'
}

/** One connection to be. */
export interface SocketStart {
  readonly request: ConnectRequest
  readonly context: SocketContext
  /** Who it is, where that is known beforehand: then neither `connect` nor `id` is asked. For tests. */
  readonly known?: KnownClient
}

/** What `connect` and `id` would have said. */
export interface KnownClient {
  readonly id: string | null
  readonly assigns: object
}

/** The callbacks of a user socket, made ready. */
export interface PreparedSocket {
  readonly moduleName: string
  readonly routes: TopicTable
  readonly connect: Callback | undefined
  readonly id: Callback | undefined
}

/** Tells a socket process to close its connection because the server stops. */
export class Drain {}

class Malformed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

class Closed {
  readonly code: number

  constructor(code: number) {
    this.code = code
  }
}

class HeartbeatCheck {}

class Overdue {
  readonly membership: Membership

  constructor(membership: Membership) {
    this.membership = membership
  }
}

/** What `connect` gets: the socket before it is connected. */
export class ConnectingSocket<Assigns extends object> extends Assignable<Assigns> {
  readonly transport: string
  readonly endpoint: string

  constructor(transport: string, endpoint: string) {
    super({} as Assigns) // sound when `connect` fills it, as its type says
    this.transport = transport
    this.endpoint = endpoint
  }
}

/** Where the transport delivers what the client does: everything becomes a message of the socket process. */
class Inbox implements FrameReceiver {
  /** Whether anything has come since the last check. */
  wasHeard = true
  private readonly process: LocalProcess
  private readonly serializer: Serializer

  constructor(process: LocalProcess, serializer: Serializer) {
    this.process = process
    this.serializer = serializer
  }

  get pid(): Pid {
    return this.process.pid
  }

  frame(frame: Frame): void {
    this.wasHeard = true
    this.process.deliver(this.decode(frame))
  }

  heard(): void {
    this.wasHeard = true
  }

  closed(code: number): void {
    this.process.deliverSignal(new Closed(code))
  }

  /** At once, because the transport takes the frame's memory back. */
  private decode(frame: Frame): Incoming | Malformed {
    try {
      return new Incoming(this.serializer.decode(frame))
    } catch (error) {
      return new Malformed(error)
    }
  }
}

/** The checks in one heartbeat timeout: a silent client is closed after the timeout and at most a quarter of it more. */
const CHECKS = 4
/** How long a channel may take to make room for the join that replaces it. Semantics: channels.md §7.4. */
const REPLACE_PATIENCE_MS = 5000

/**
 * The process of one client's connection: it decides whether the client may connect, then routes its messages to channels.
 *
 * It lives exactly as long as the connection: when it ends, the transport closes that; when that is closed, it ends.
 * Semantics: Phoenix.Socket with its transport; channels.md §2, §3, §7.
 */
export class SocketCode extends ServerCode implements TopicsHost {
  readonly behaviour = 'Socket'
  private readonly module: PreparedSocket
  private readonly context: SocketContext
  private request: ConnectRequest | undefined
  private readonly known: KnownClient | undefined
  private socket: ConnectingSocket<object> | undefined
  private id: string | null = null
  private connection: Connection | undefined = undefined
  private transport: Transport | undefined = undefined
  private inbox: Inbox | undefined = undefined
  private topics: Topics | undefined = undefined
  private heartbeat: Timer | undefined = undefined
  private silentChecks = 0

  constructor(module: PreparedSocket, start: SocketStart) {
    super()
    this.module = module
    this.request = start.request
    this.context = start.context
    this.known = start.known
  }

  get moduleName(): string {
    return this.module.moduleName
  }

  getState(): unknown {
    return { id: this.id, assigns: this.socket?.assigns, channels: this.topics?.size ?? 0 }
  }

  replaceState(): void {}

  // ── Connect ──

  protected init(): void {
    this.ready()
    this.next = () => this.meet(this.request as ConnectRequest)
  }

  private meet(request: ConnectRequest): void {
    const { known } = this
    this.socket = new ConnectingSocket(request.transport, this.context.endpoint)
    if (known === undefined) this.connect(request)
    else {
      this.socket.assign(known.assigns)
      this.open(known.id, request)
    }
  }

  private connect(request: ConnectRequest): void {
    const { connect } = this.module
    this.lastMessage = { type: 'connect', params: request.params }
    const result =
      connect === undefined ? new Ok(undefined) : this.invoke(connect, request.params, this.socket, request.info)
    this.whenDone(result, (value) => this.connectReturned(value, request))
  }

  private connectReturned(result: unknown, request: ConnectRequest): void {
    if (result instanceof Refused) this.turnAway({ type: 'refused', reason: result.reason }, 'normal')
    else if (result instanceof Ok) this.identify(result, request)
    else this.misuse('connect', 'ok(assigns) | refuse(reason)', result)
  }

  private identify(result: Ok, request: ConnectRequest): void {
    const { socket } = this
    if (result.value !== undefined) socket?.assign(result.value as object)
    const id = this.module.id === undefined ? null : this.invoke(this.module.id, socket)
    if (typeof id === 'string' || id === null) this.open(id, request)
    else this.misuse('id', 'a string | null', id)
  }

  private open(id: string | null, request: ConnectRequest): void {
    const { pubsub } = this.context
    this.id = id
    // Subscribed before the client knows that it is connected: no forced disconnect is missed.
    if (id !== null && pubsub !== undefined) PubSub.subscribe(pubsub, id)
    this.inbox = new Inbox(this.process, request.serializer)
    this.connection = request.accept(this.inbox)
    this.request = undefined
    if (this.connection === undefined) this.finish('normal')
    else this.opened(this.transportOf(request, this.connection))
  }

  private opened(transport: Transport): void {
    const { context } = this
    const assigns = this.socket?.assigns ?? {}
    this.transport = transport
    this.topics = new Topics(this, { transport, routes: this.module.routes, assigns, maxChannels: context.maxChannels })
    this.startHeartbeat()
  }

  private transportOf(request: ConnectRequest, connection: Connection): Transport {
    const { transport: name, serializer } = request
    const { endpoint, pubsub, fastlane } = this.context
    return { pid: this.process.pid, name, connection, serializer, id: this.id, endpoint, pubsub, fastlane }
  }

  private turnAway(refusal: Refusal, reason: ExitReason): void {
    this.request?.refuse(refusal)
    this.request = undefined
    this.finish(reason)
  }

  private misuse(callback: string, expected: string, result: unknown): void {
    this.turnAway({ type: 'invalid' }, reasonOfThrown(badReturn(this.moduleName, callback, expected, result)))
  }

  protected override failed(thrown: unknown): void {
    if (this.request === undefined) super.failed(thrown)
    else this.turnAway({ type: 'crashed' }, reasonOfThrown(thrown))
  }

  // ── One message ──

  protected handle(message: unknown): void {
    this.lastMessage = message
    if (message instanceof Incoming) this.topics?.handle(message)
    else if (message instanceof MembershipNotice) this.topics?.notice(message)
    else if (message instanceof Closed) this.terminate('normal')
    else if (message instanceof Malformed) this.terminate(shutdown({ malformed: message.error }))
    else if (message instanceof HeartbeatCheck) this.checkHeartbeat()
    else if (message instanceof Overdue) this.killReplaced(message.membership)
    else if (message instanceof Drain) this.terminate(shutdown(DRAINING))
    else if (!this.handleSystem(message)) this.handleOther(message)
  }

  /** Its own topic is that of its id: only `disconnect` means something there. */
  private handleOther(message: unknown): void {
    if (!isBroadcast(message) || message.topic !== this.id) return
    if (message.event === 'disconnect') this.terminate(shutdown(DISCONNECTED))
  }

  // ── What the topics need ──

  send(message: Message | Reply): void {
    const { transport } = this
    if (transport?.connection.isOpen) transport.connection.send(transport.serializer.encode(message))
  }

  startChannel(membership: Membership, route: TopicRoute): void {
    const { process } = this
    // Not waited for: heartbeats and other topics must not wait behind a start. The channel itself says how its join came out.
    const failed = () => process.deliver(new MembershipNotice(membership, 'ended'))
    DynamicSupervisor.startChild(this.context.channels, specOf(route.channel, membership)).then((outcome) => {
      const channel = outcome.type === 'started' ? outcome.pid.receiver : undefined
      if (channel === undefined) failed()
      else membership.begin(channel as LocalProcess) // sound: children of a local supervisor are of this thread
    }, failed)
  }

  unmatched(topic: string | null): void {
    const { process, moduleName } = this
    process.runtime.report({ type: 'unmatchedTopic', level: 'warning', module: moduleName, pid: process.pid, topic })
  }

  endReplaced(membership: Membership): void {
    const { process } = this
    if (membership.pid !== undefined) exit(membership.pid, shutdown('duplicate_join'))
    process.runtime.timers.start(new Timer(() => process.deliver(new Overdue(membership))), REPLACE_PATIENCE_MS)
  }

  private killReplaced({ pid }: Membership): void {
    if (pid !== undefined) exit(pid, 'kill')
  }

  // ── Heartbeat ──

  private startHeartbeat(): void {
    const { process } = this
    if (this.context.timeoutMs === 'infinity') return
    this.heartbeat = new Timer(() => process.deliver(new HeartbeatCheck()))
    this.waitForHeartbeat()
  }

  private waitForHeartbeat(): void {
    const { timeoutMs } = this.context
    if (this.heartbeat === undefined || timeoutMs === 'infinity') return
    this.process.runtime.timers.start(this.heartbeat, timeoutMs / CHECKS)
  }

  /** Counting checks instead of reading the clock for each frame: a frame only leaves a mark. */
  private checkHeartbeat(): void {
    this.silentChecks = this.inbox?.wasHeard ? 0 : this.silentChecks + 1
    if (this.inbox !== undefined) this.inbox.wasHeard = false
    if (this.silentChecks >= CHECKS) this.terminate(shutdown(TIMED_OUT))
    else this.waitForHeartbeat()
  }

  // ── The end ──

  protected terminateCallback(reason: ExitReason): undefined {
    if (this.heartbeat !== undefined) this.process.runtime.timers.cancel(this.heartbeat)
    this.connection?.close(closeCode(reason))
  }
}
