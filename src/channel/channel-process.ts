import { Call, Cast, PostedCall, type Request } from '../behaviours/call.ts'
import type { Callback } from '../behaviours/server.ts'
import { ServerCode } from '../behaviours/server.ts'
import { systemClock } from '../core/clock.ts'
import { type ExitReason, isAbnormal, reasonOfThrown, shutdown } from '../core/reason.ts'
import type { LogRule } from '../reports/logger.ts'
import { isExit } from '../runtime/messages.ts'
import { emitter } from '../telemetry/telemetry.ts'
import { type Broadcast, LEAVE_EVENT, type Message, type MessageRef } from '../wire/message.ts'
import { isBroadcast } from './broadcast.ts'
import { badReturn, noHandler } from './errors.ts'
import type { Intercepts } from './fastlane.ts'
import { type ConnectionListener, Incoming, type Membership, TransportEnded } from './joinable.ts'
import { ANSWERS, Answer, NoAnswer, Ok, Refused, reply, replyError, Stop } from './result.ts'
import { refusedPayload, type Schema, type SchemaResult } from './schema.ts'
import { ChannelSocket } from './socket.ts'

/** A handler of `handleIn`, and the schema that stands before it. */
export interface InHandler {
  readonly callback: Callback
  readonly schema: Schema | undefined
}

/** The callbacks of a channel, made ready for the loop. */
export interface PreparedChannel {
  readonly moduleName: string
  readonly join: Callback
  readonly handleIn: ReadonlyMap<string, InHandler>
  readonly intercepts: Intercepts
  readonly handleOut: ReadonlyMap<string, Callback>
  readonly handleCall: ReadonlyMap<string, Callback>
  readonly handleCast: ReadonlyMap<string, Callback>
  readonly handleInfo: Callback | undefined
  readonly terminate: Callback | undefined
  /** What an event that `handleIn` does not know does. */
  readonly unhandledEvent: 'crash' | 'answer'
  readonly logJoin: LogRule
  readonly logHandleIn: LogRule
}

const IN_RESULTS = `nothing | ${ANSWERS} | noReply() | stop(reason, reply)`
const CALL_RESULTS = 'reply(value) | noReply() | stop(reason, reply(value)), those of beamish/channel'
const RESULTS = 'nothing | noReply() | stop(reason)'

const JOINED = emitter('beamish.channel.joined')
const HANDLED_IN = emitter('beamish.channel.handledIn')

/** Tells a channel to end as intended: the client is told `phx_close`. For tests. Semantics: Phoenix.Channel.Server.close/2. */
export class CloseOrder {}

/**
 * The loop of one channel: one client in one topic.
 *
 * Life: joining → joined → ended. `join` runs before any message is looked at, whatever time it takes; the start does not wait
 * for it. Semantics: Phoenix.Channel.Server; channels.md §7.3 to §7.10.
 */
export class ChannelCode extends ServerCode implements ConnectionListener {
  readonly behaviour = 'Channel'
  private readonly module: PreparedChannel
  private readonly membership: Membership
  private socket: ChannelSocket | undefined = undefined
  private isJoining = true

  constructor(module: PreparedChannel, membership: Membership) {
    super()
    this.module = module
    this.membership = membership
    this.formatStatus = () => ({ state: this.summary() })
  }

  get moduleName(): string {
    return this.module.moduleName
  }

  getState(): unknown {
    return this.socket
  }

  replaceState(state: unknown): void {
    if (state instanceof ChannelSocket) this.socket = state
  }

  /** The socket as reports show it: what the app put there, not what it hangs on. */
  private summary(): object {
    const { topic, joinRef } = this.membership
    return { topic, joinRef, joined: this.socket?.joined, assigns: this.socket?.assigns }
  }

  // ── Join ──

  protected init(): void {
    this.socket = new ChannelSocket(this.membership, this.process.pid)
    const isConnected = this.membership.begin(this.process, this)
    this.ready()
    this.next = isConnected ? () => this.join() : () => this.finish(shutdown('closed'))
  }

  private join(): void {
    const { topic, params } = this.membership
    this.lastMessage = { type: 'join', topic, params }
    const startedAt = timeFor(JOINED)
    this.whenDone(this.invoke(this.module.join, topic, params, this.socket), (result) => {
      const durationMs = systemClock.now() - startedAt
      this.joinReturned(result)
      if (startedAt > 0) this.emitJoined(durationMs, params, result instanceof Ok ? 'ok' : 'error')
    })
  }

  private emitJoined(durationMs: number, params: unknown, result: 'ok' | 'error'): void {
    const { moduleName: channel, logJoin: log } = this.module
    JOINED.execute({ durationMs }, { channel, params, socket: this.socket as ChannelSocket, result, log })
  }

  private joinReturned(result: unknown): void {
    if (result instanceof Ok) this.letIn(result)
    else if (result instanceof Refused) this.keepOut(result)
    else throw badReturn(this.moduleName, 'join', 'ok(reply) | refuse(reason)', result)
  }

  private letIn(result: Ok): void {
    const isIn = this.membership.accept(result.value, this.module.intercepts)
    this.isJoining = false
    // The connection ended meanwhile, and it never was joined: what came before the notice of that is for nobody.
    if (!isIn) this.transportEnded('normal')
  }

  private keepOut(result: Refused): void {
    this.membership.refuse(result.reason)
    this.isJoining = false
    this.terminate('shutdown')
  }

  protected override failed(thrown: unknown): void {
    if (this.isStarting || !this.isJoining) super.failed(thrown)
    else this.joinCrashed(reasonOfThrown(thrown))
  }

  private joinCrashed(reason: ExitReason): void {
    this.isJoining = false
    this.membership.refuse({ reason: 'join crashed' })
    this.finish(reason)
  }

  // ── One message ──

  protected handle(message: unknown): void {
    if (message instanceof Incoming) this.handleIncoming(message.message)
    else if (message instanceof TransportEnded) this.transportEnded(message.reason)
    else if (message instanceof Call || message instanceof PostedCall) this.handleCall(message)
    else if (message instanceof Cast) this.handleCast(message)
    else if (this.handleSystem(message)) return
    else if (isExit(message, this.membership.transport.pid))
      this.terminate(message.reason) // replaced, and it traps exits
    else if (isBroadcast(message) && message.topic === this.membership.topic) this.handleOut(message)
    else if (message instanceof CloseOrder) this.stop(new Stop(shutdown('closed'), undefined), null)
    else this.handleInfo(message)
  }

  private handleIncoming(message: Message): void {
    this.begins(message)
    if (message.event === LEAVE_EVENT) this.leave(message)
    else this.handleIn(message)
  }

  private leave(message: Message): void {
    this.membership.answer(message.ref, reply())
    this.membership.close()
    this.terminate(shutdown('left'))
  }

  private handleIn(message: Message): void {
    const startedAt = timeFor(HANDLED_IN)
    const handler = this.module.handleIn.get(message.event)
    ;(this.socket as ChannelSocket).ref = message.ref
    if (handler === undefined) this.applyIn(this.unhandled(message.event), message, startedAt)
    else if (handler.schema === undefined) this.callIn(handler, message, message.payload, startedAt)
    else this.check(handler, handler.schema, message, startedAt)
  }

  private unhandled(event: string): Answer {
    if (this.module.unhandledEvent === 'answer') return replyError({ reason: 'unhandled event' })
    throw noHandler(this.moduleName, 'handleIn', event, this.module.handleIn)
  }

  private check(handler: InHandler, schema: Schema, message: Message, startedAt: number): void {
    this.whenDone(schema['~standard'].validate(message.payload), (checked) => {
      const result = checked as SchemaResult<unknown>
      if (result.issues === undefined) this.callIn(handler, message, result.value, startedAt)
      else this.applyIn(replyError(refusedPayload(result.issues)), message, startedAt)
    })
  }

  private callIn(handler: InHandler, message: Message, payload: unknown, startedAt: number): void {
    this.whenDone(this.invoke(handler.callback, payload, this.socket), (result) =>
      this.applyIn(result, message, startedAt),
    )
  }

  private handleCall(request: Request): void {
    this.begins(request)
    const handler = this.module.handleCall.get(request.name)
    if (handler === undefined) throw noHandler(this.moduleName, 'handleCall', request.name, this.module.handleCall)
    this.whenDone(this.invoke(handler, request.payload, this.socket, request), (result) =>
      this.applyCall(result, request),
    )
  }

  private handleCast(cast: Cast): void {
    this.begins(cast)
    const handler = this.module.handleCast.get(cast.name)
    if (handler === undefined) throw noHandler(this.moduleName, 'handleCast', cast.name, this.module.handleCast)
    this.whenDone(this.invoke(handler, cast.payload, this.socket), (result) =>
      this.apply(result, `handleCast.${cast.name}`),
    )
  }

  private handleOut(message: Broadcast): void {
    const handler = this.module.handleOut.get(message.event)
    if (handler === undefined) {
      this.unexpected(message)
      return
    }
    this.begins(message)
    const result = this.invoke(handler, message.payload, this.socket)
    this.whenDone(result, (value) => this.apply(value, `handleOut.${message.event}`))
  }

  private handleInfo(message: unknown): void {
    const { handleInfo } = this.module
    if (handleInfo === undefined) {
      this.unexpected(message)
      return
    }
    this.begins(message)
    this.whenDone(this.invoke(handleInfo, message, this.socket), (value) => this.apply(value, 'handleInfo'))
  }

  private transportEnded(reason: ExitReason): void {
    this.membership.leaveLane()
    this.terminate(reason === 'normal' ? shutdown('closed') : reason)
  }

  connectionEnds(): void {
    this.holdOut()
  }

  /**
   * The channel is about to end by itself: its last words get the time that `shutdown` allows, even if its supervisor stops as
   * well. So exit signals become messages, which nobody will look at: what ends the channel is before them in its mailbox.
   */
  private holdOut(): void {
    this.process.trapsExits = true
  }

  private begins(message: unknown): void {
    this.lastMessage = message
    if (this.debug !== undefined) this.debug.event({ type: 'in', message }, this.socket)
  }

  // ── What a callback returned ──

  private applyIn(result: unknown, message: Message, startedAt: number): void {
    const { ref } = message
    if (startedAt > 0) this.emitHandledIn(startedAt, message)
    ;(this.socket as ChannelSocket).ref = null
    if (result === undefined || result instanceof NoAnswer) return
    if (result instanceof Answer) this.membership.answer(ref, result)
    else if (result instanceof Stop) this.stop(result, ref)
    else throw badReturn(this.moduleName, `handleIn.${message.event}`, IN_RESULTS, result)
  }

  private emitHandledIn(startedAt: number, { event, ref, payload: params }: Message): void {
    const durationMs = systemClock.now() - startedAt
    const { moduleName: channel, logHandleIn: log } = this.module
    HANDLED_IN.execute({ durationMs }, { channel, event, ref, params, socket: this.socket as ChannelSocket, log })
  }

  private applyCall(result: unknown, request: Request): void {
    if (result instanceof NoAnswer) return
    if (result instanceof Answer && result.status === 'ok') request.answer(result.response)
    else if (result instanceof Stop) this.stopCalled(result, request)
    else throw badReturn(this.moduleName, `handleCall.${request.name}`, CALL_RESULTS, result)
  }

  private stopCalled({ reason, answer }: Stop, request: Request): void {
    if (!isAbnormal(reason)) this.membership.close()
    this.terminate(reason, answer === undefined ? undefined : () => request.answer(answer.response))
  }

  private apply(result: unknown, where: string): void {
    if (result === undefined || result instanceof NoAnswer) return
    if (result instanceof Stop && result.answer === undefined) this.stop(result, null)
    else throw badReturn(this.moduleName, where, RESULTS, result)
  }

  private stop({ reason, answer }: Stop, ref: MessageRef): void {
    if (answer !== undefined) this.membership.answer(ref, answer)
    if (!isAbnormal(reason)) this.membership.close()
    this.terminate(reason)
  }

  private unexpected(message: unknown): void {
    const { process, moduleName } = this
    const { pid, name } = process
    process.runtime.report({ type: 'unexpectedMessage', level: 'warning', module: moduleName, pid, name, message })
  }

  protected terminateCallback(reason: ExitReason): unknown {
    const { terminate } = this.module
    if (terminate === undefined) return undefined
    this.holdOut()
    return this.invoke(terminate, reason, this.socket)
  }
}

/** When something began that an event is to measure; 0 while nobody listens to it. */
function timeFor(event: { readonly hasHandlers: boolean }): number {
  return event.hasHandlers ? systemClock.now() : 0
}
