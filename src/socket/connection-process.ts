import { ServerCode } from '../behaviours/server.ts'
import type { Connection } from '../channel/connection.ts'
import type { Fastlane } from '../channel/fastlane.ts'
import type { RouteFinder, StaticFinder } from '../channel/joinable.ts'
import { systemClock } from '../core/clock.ts'
import { type ExitReason, reasonOfThrown, shutdown } from '../core/reason.ts'
import type { LogRule } from '../reports/logger.ts'
import type { ServerRef } from '../runtime/names.ts'
import { Timer } from '../runtime/timers.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { KeyBase } from '../token/key-base.ts'
import type { Frame } from '../wire/serializer.ts'
import { closeCode, DRAINING, FLOODED, TIMED_OUT } from './close-code.ts'
import type { SocketMetadata } from './events.ts'
import { Closed, Flooded, Inbox, Malformed, Marker } from './inbox.ts'
import type { ConnectRequest, Refusal } from './transport.ts'

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
  /** The secret of the endpoint, for tokens. A function, so that no log of a socket shows it. */
  readonly secretKeyBase: () => KeyBase | undefined
  /** The router of the endpoint: a live view has an address. */
  readonly router?: RouteFinder | undefined
  /** The static files of the endpoint: a live view asks whether its page has them. */
  readonly staticFiles?: StaticFinder | undefined
  /** The level at which its connections are logged. */
  readonly log: LogRule
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

/** Tells a socket process to close its connection because the server stops. */
export class Drain {}

class HeartbeatCheck {}

/** The checks in one heartbeat timeout: a silent client is closed after the timeout and at most a quarter of it more. */
const CHECKS = 4

const CONNECTED = emitter('beamish.socket.connected')
const CLOSED = emitter('beamish.socket.closed')
const MALFORMED = emitter('beamish.socket.malformed')
const FLOODING = emitter('beamish.socket.flooded')

/**
 * The process of one client's connection, whatever is spoken over it: it lets the client in or not, and watches that it lives.
 *
 * It lives exactly as long as the connection: when it ends, the transport closes that; when that is closed, it ends.
 */
export abstract class ConnectionCode extends ServerCode {
  readonly behaviour = 'Socket'
  protected readonly context: SocketContext
  protected connection: Connection | undefined = undefined
  /** Whether pings and pongs become messages. */
  protected readonly wantsControl: boolean = false
  private readonly asked: ConnectRequest
  private isAnswered = false
  private inbox: Inbox | undefined = undefined
  private heartbeat: Timer | undefined = undefined
  private silentChecks = 0
  private startedAt = 0
  /** What the client closed with. */
  private clientCode: number | undefined = undefined

  constructor(start: SocketStart) {
    super()
    this.asked = start.request
    this.context = start.context
  }

  /** Asks the app: ends in {@link letIn} or {@link turnAway}. */
  protected abstract connect(request: ConnectRequest): void
  /** The client is connected. */
  protected abstract opened(request: ConnectRequest, connection: Connection): void
  /** Makes a message of the process of a frame; called outside of it. */
  protected abstract decode(frame: Frame): unknown
  /** Everything before the marker is handed on: calls its `done`, now or when what that set off is complete. */
  protected abstract mark(marker: Marker): void

  replaceState(_state: unknown): void {}

  // ── Connect ──

  protected init(): void {
    this.ready()
    this.next = () => {
      this.startedAt = systemClock.now()
      this.lastMessage = { type: 'connect', params: this.asked.params }
      this.connect(this.asked)
    }
  }

  protected letIn(): void {
    const { process, asked, context, wantsControl } = this
    this.emitConnected('ok')
    this.inbox = new Inbox({
      process,
      decode: (frame) => this.decode(frame),
      maxMessagesPerSecond: context.maxMessagesPerSecond,
      wantsControl,
    })
    this.isAnswered = true
    this.connection = asked.accept(this.inbox)
    if (this.connection === undefined) {
      this.finish('normal')
      return
    }
    this.startHeartbeat()
    this.opened(asked, this.connection)
  }

  protected turnAway(refusal: Refusal, reason: ExitReason): void {
    if (refusal.type !== 'crashed') this.emitConnected('error')
    this.isAnswered = true
    this.asked.refuse(refusal)
    this.finish(reason)
  }

  private emitConnected(result: 'ok' | 'error'): void {
    if (!CONNECTED.hasHandlers) return
    const { params, info: connectInfo, vsn, serializer } = this.asked
    const durationMs = systemClock.now() - this.startedAt
    const { log } = this.context
    const metadata = { ...this.metadata(), params, connectInfo, vsn, serializer: serializer?.name, result, log }
    CONNECTED.execute({ durationMs }, metadata)
  }

  private metadata(): SocketMetadata {
    const { endpoint } = this.context
    return { pid: this.pid, endpoint, transport: this.asked.transport, userSocket: this.moduleName }
  }

  protected override failed(thrown: unknown): void {
    if (this.isAnswered) super.failed(thrown)
    else this.turnAway({ type: 'crashed' }, reasonOfThrown(thrown))
  }

  // ── What every connection hears ──

  /** @returns whether it was one of its messages. */
  protected handleConnection(message: unknown): boolean {
    if (message instanceof Closed) this.closed(message)
    else if (message instanceof Malformed) this.malformed(message.error)
    else if (message instanceof Flooded) this.flooded()
    else if (message instanceof HeartbeatCheck) this.checkHeartbeat()
    else if (message instanceof Marker) this.mark(message)
    else if (message instanceof Drain) this.terminate(shutdown(DRAINING))
    else return this.handleSystem(message)
    return true
  }

  private closed({ code, reason }: Closed): void {
    this.clientCode = code
    this.terminate(reason)
  }

  private malformed(error: unknown): void {
    if (MALFORMED.hasHandlers) MALFORMED.execute({ count: 1 }, { ...this.metadata(), error })
    this.terminate(shutdown({ malformed: error }))
  }

  private flooded(): void {
    const { maxMessagesPerSecond } = this.context
    if (maxMessagesPerSecond !== 'infinity' && FLOODING.hasHandlers)
      FLOODING.execute({ count: 1 }, { ...this.metadata(), maxMessagesPerSecond })
    this.terminate(shutdown(FLOODED))
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

  protected terminateCallback(reason: ExitReason): unknown {
    if (this.heartbeat !== undefined) this.process.runtime.timers.cancel(this.heartbeat)
    if (this.connection !== undefined) this.emitClosed(reason)
    this.connection?.close(this.codeOf(reason))
    return undefined
  }

  /** What the connection is closed with. */
  protected codeOf(reason: ExitReason): number {
    return closeCode(reason)
  }

  protected get isClosedByClient(): boolean {
    return this.clientCode !== undefined
  }

  private emitClosed(reason: ExitReason): void {
    if (!CLOSED.hasHandlers) return
    const { frames: receivedFrames = 0, bytes: receivedBytes = 0 } = this.inbox ?? {}
    const durationMs = systemClock.now() - this.startedAt
    const code = this.clientCode ?? this.codeOf(reason)
    CLOSED.execute({ durationMs, receivedFrames, receivedBytes }, { ...this.metadata(), code, reason })
  }
}
