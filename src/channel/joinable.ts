import { CheckedSpec, type ChildSpec, childSpec, type FullChildSpec } from '../../supervisors/child-spec.ts'
import { GenServer } from '../behaviours/gen-server.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { actingProcess } from '../runtime/current.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { KeyBase } from '../token/key-base.ts'
import { CLOSE_EVENT, checkPayload, LEAVE_EVENT, type Message, type MessageRef } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import { checkEvent } from './broadcast.ts'
import type { Connection } from './connection.ts'
import { joinAnswered, noPubSub, notJoined } from './errors.ts'
import { type Fastlane, Intercepts, type Lane } from './fastlane.ts'
import { ANSWERS, Answer } from './result.ts'

/** How a client is connected. */
export type TransportName = 'websocket' | 'longpoll'

/** What answers a path, as far as the rooms below a router need to know it. */
export type FoundRoute =
  | {
      readonly type: 'found'
      readonly route: { readonly target: unknown }
      readonly params: Readonly<Record<string, string>>
    }
  | { readonly type: 'notFound' | 'undecodable' | 'methodNotAllowed' }

/** The router of an endpoint, as seen from below. */
export interface RouteFinder {
  /**
   * @param path - as in a URL: encoded, without the query.
   * @param host - without a port.
   */
  lookup(method: string, path: string, host: string): FoundRoute
}

/** Which static files the endpoint has, as seen from below. */
export interface StaticFinder {
  /** Whether a page that has the file of this address has it as it is now. */
  isCurrent(address: string): boolean
}

/** One client's connection with the process that owns it: what all channels of the client share. */
export interface Transport {
  /** The socket process. */
  readonly pid: Pid
  readonly name: TransportName
  readonly connection: Connection
  readonly serializer: Serializer
  /** What the user socket's `id` said. */
  readonly id: string | null
  /** The name of the endpoint. */
  readonly endpoint: string
  /** The name of the endpoint's PubSub. */
  readonly pubsub: string | undefined
  /** Where broadcasts reach the transport; `undefined` without a PubSub. */
  readonly fastlane: Fastlane | undefined
  /** The secret of the endpoint. A function, so that no log of a socket shows it. */
  readonly secretKeyBase?: () => KeyBase | undefined
  /** The router of the endpoint, if it has one. */
  readonly router?: RouteFinder | undefined
  /** The static files of the endpoint, if it knows them by name. */
  readonly staticFiles?: StaticFinder | undefined
}

/**
 * What a topic may start: a channel, a live view, or an app's own process.
 *
 * ```ts
 * import { childSpec, GenServer, noReply, shutdown, stop } from 'beamish'
 * import { Incoming, type Joinable, type Membership, reply, TransportEnded } from 'beamish/channel'
 *
 * const Clock = GenServer.define({
 *   init: (client: Membership) => {
 *     client.accept({ at: Date.now() })
 *     return client
 *   },
 *   handleInfo: (message: unknown, client) => {
 *     if (message instanceof TransportEnded) return stop(shutdown('closed'))
 *     if (!(message instanceof Incoming)) return noReply()
 *     client.answer(message.ref, reply({ at: Date.now() }))
 *     if (!message.isLeave) return noReply()
 *     client.close()
 *     return stop(shutdown('left'))
 *   },
 * })
 * export const ClockChannel: Joinable = {
 *   moduleName: 'ClockChannel',
 *   specFor: (client) => childSpec(Clock, client, { restart: 'temporary' }),
 * }
 * ```
 * The process is started under the endpoint's supervisor of channels, with a {@link Membership}. It says `accept` or `refuse`,
 * once: in its `init` or later. From then on it gets each {@link Incoming} message of the client, `phx_leave` included, and a
 * {@link TransportEnded} when the connection is over; after either it must end. When it ends as intended it says `close`
 * first; an end without that is a crash, and the client joins again. One that ends before it has said anything is answered for:
 * `{ reason: 'join crashed' }`.
 *
 * Semantics: channels.md §7.14. *When not to use it*: for nearly everything `Channel.define` is less work; this is for processes
 * of another kind.
 */
export interface Joinable {
  /** What reports call it. */
  readonly moduleName: string
  /**
   * How one process is started. It runs as `'temporary'`, whatever is said here: only the client restarts it, by joining. A start
   * that waits holds up the other joins of its mount: answer the join later, not in `init`.
   */
  specFor(membership: Membership): ChildSpec
}

/** The specification of the process of one membership. Where an app's `specFor` fails, the process does, with a report. */
export function specOf(joinable: Joinable, membership: Membership): FullChildSpec {
  try {
    const spec = joinable.specFor(membership)
    const isReady = spec instanceof CheckedSpec && spec.restart === 'temporary'
    return isReady ? spec : childSpec(spec, undefined, { restart: 'temporary' })
  } catch (error) {
    const init = () => {
      throw error
    }
    return childSpec(GenServer.define({ module: joinable.moduleName, init }), undefined, { restart: 'temporary' })
  }
}

/** A message of the client, on its way from the transport to the socket process and from there to the channel. */
export class Incoming {
  readonly message: Message

  constructor(message: Message) {
    this.message = message
  }

  get event(): string {
    return this.message.event
  }

  /** Any JSON value, or bytes. */
  get payload(): unknown {
    return this.message.payload
  }

  /** What an answer names; `null` when the client wants none. */
  get ref(): MessageRef {
    return this.message.ref
  }

  /** The client leaves: it waits for an answer, `'ok'` whatever happens, and then for `close`. */
  get isLeave(): boolean {
    return this.message.event === LEAVE_EVENT
  }
}

/** Tells a channel that the connection is over. */
export class TransportEnded {
  readonly reason: ExitReason

  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

/** What a channel tells the socket process about a membership. */
export type MembershipNews = 'accepted' | 'refused' | 'closed' | 'ended'

/** The message of {@link MembershipNews}. `'ended'` comes from the runtime, for every end. */
export class MembershipNotice {
  readonly membership: Membership
  readonly news: MembershipNews

  constructor(membership: Membership, news: MembershipNews) {
    this.membership = membership
    this.news = news
  }
}

/** Who wants to know of the end of a connection before any process does. An object and not a function: each channel has one. */
export interface ConnectionListener {
  connectionEnds(): void
}

/** What a join is about. */
export interface MembershipRequest {
  readonly transport: Transport
  readonly topic: string
  /** The join_ref and ref of the request, as they came. */
  readonly joinRef: MessageRef
  readonly ref: MessageRef
  readonly params: unknown
  readonly assigns: object
  /** The join_ref of the membership that this one replaces: its `phx_close` goes out right after this one's answer. */
  readonly replaces: MessageRef | undefined
}

/**
 * One client in one topic, from its join to its end: what the channel process says to the client goes through here.
 *
 * ```text
 *   socket process ──ChannelWatch──► channel process      tells it 'ended'; both ends leave the lane
 *   channel process ──TransportWatch──► socket process    tells it TransportEnded
 * ```
 * Frames go straight to the connection, from the process that makes them, so that its program order is the order on the wire.
 */
export class Membership {
  readonly transport: Transport
  readonly topic: string
  /** Of this incarnation: without a join_ref the ref of the join stands for it. */
  readonly joinRef: MessageRef
  /** As the client gave it: what its later messages are compared with. */
  readonly givenJoinRef: MessageRef
  /** The channel process; `undefined` until it runs. */
  pid: Pid | undefined = undefined
  lane: Lane | undefined = undefined
  /** What the client sent with its join. Only until that is answered. */
  params: unknown
  /** The assigns of the user socket, with those of the pattern. Only until the join is answered. */
  assigns: object
  private isAlone = false
  private joinAnswer: 'none' | 'accepted' | 'refused' = 'none'
  private readonly ref: MessageRef
  private readonly replaces: MessageRef | undefined

  constructor(request: MembershipRequest) {
    this.transport = request.transport
    this.topic = request.topic
    this.givenJoinRef = request.joinRef
    this.joinRef = request.joinRef ?? request.ref
    this.ref = request.ref
    this.params = request.params
    this.assigns = request.assigns
    this.replaces = request.replaces
  }

  /** Whether the client was let in. Stays true when it has left. */
  get isJoined(): boolean {
    return this.joinAnswer === 'accepted'
  }

  /**
   * Names the process of the channel: from here on it and the socket process learn of each other's end. Done for every process
   * once its start is over, and by `accept` for the calling process; nothing when it was done before.
   * @param channel - default: the calling process.
   * @param listener - called in the moment in which the connection ends, before the process is told.
   * @returns false when the connection is over already, and nothing should be begun.
   */
  begin(channel: LocalProcess = actingProcess(), listener?: ConnectionListener): boolean {
    const socket = this.transport.pid.receiver as LocalProcess | undefined // sound: a connection's process is of this thread
    const isOver = socket === undefined || socket.ending
    if (this.pid !== undefined) return !isOver
    this.pid = channel.pid
    if (isOver) return false
    new ChannelWatch(socket, this, channel).attach(channel)
    new TransportWatch(channel, socket, listener).attach(socket)
    return true
  }

  /**
   * Lets the client in: from now on broadcasts reach it. The answer is the first frame that it sees of this incarnation. For the
   * process of the channel alone.
   * @param response - any JSON value or bytes. Default `{}`.
   * @param intercept - the events that go to the channel process, as a `Broadcast`, instead of the client.
   * @returns false when the connection ended meanwhile: nothing of it remains.
   * @throws {BeamishError} `BEAMISH_JOIN_ANSWERED` the second time · `BEAMISH_NO_PUBSUB` · `BEAMISH_INVALID_PAYLOAD`
   */
  accept(response?: unknown, intercept: Intercepts | readonly string[] = NO_INTERCEPTS): boolean {
    if (!this.canAccept()) return false
    const { transport } = this
    const { fastlane } = transport
    if (fastlane === undefined) throw noPubSub(transport.endpoint)
    const intercepts = intercept instanceof Intercepts ? intercept : new Intercepts(intercept)
    // Encoded before anything else is done: a response that has no JSON form is a crash of the join.
    const answer = this.encodeAnswer(this.givenJoinRef, this.ref, 'ok', response)
    this.lane = fastlane.enter(this, this.pid as Pid, intercepts) // begun, and so it has a pid
    if (intercepts.events.size > 0) PubSub.subscribe(transport.pubsub as string, this.topic, intercepts)
    this.answered('accepted', answer)
    return true
  }

  /**
   * As {@link accept}, but no broadcast of the topic reaches the client: only what this process says. For topics that one client has
   * for itself; it needs no PubSub. What is pushed is never left out for a slow client: the next message may build on it.
   * @returns false when the connection ended meanwhile. @throws {BeamishError} `BEAMISH_JOIN_ANSWERED` · `BEAMISH_INVALID_PAYLOAD`
   */
  acceptAlone(response?: unknown): boolean {
    if (!this.canAccept()) return false
    this.isAlone = true
    this.answered('accepted', this.encodeAnswer(this.givenJoinRef, this.ref, 'ok', response))
    return true
  }

  private canAccept(): boolean {
    const isConnected = this.begin() && this.isConnected
    this.requireUnanswered('accept')
    return isConnected
  }

  /**
   * Does not let the client in.
   * @param response - any JSON value or bytes, by convention `{ reason: 'unauthorized' }`. Default `{}`.
   * @throws {BeamishError} `BEAMISH_JOIN_ANSWERED` the second time · `BEAMISH_INVALID_PAYLOAD`
   */
  refuse(response?: unknown): void {
    this.requireUnanswered('refuse')
    this.answered('refused', this.encodeAnswer(this.givenJoinRef, this.ref, 'error', response))
  }

  private requireUnanswered(action: string): void {
    if (this.joinAnswer !== 'none') throw joinAnswered(action, this.topic, this.joinAnswer)
  }

  private answered(answer: 'accepted' | 'refused', frame: Frame): void {
    this.joinAnswer = answer
    this.transport.connection.send(frame)
    if (this.replaces !== undefined) this.sendClose(this.replaces)
    this.params = undefined
    this.assigns = NOTHING
    this.tell(answer)
  }

  /**
   * Says that the incarnation ends as intended. Broadcasts reach the client no more; pushes of a last word still do.
   * @throws {BeamishError} `BEAMISH_NOT_JOINED`
   */
  close(): void {
    this.requireJoined('close')
    this.leaveLane()
    this.sendClose(this.givenJoinRef)
    this.tell('closed')
  }

  /**
   * As {@link close}, but the client is told nothing: it knows.
   * @throws {BeamishError} `BEAMISH_NOT_JOINED`
   */
  closeUnannounced(): void {
    this.requireJoined('close')
    this.leaveLane()
    this.tell('closed')
  }

  /**
   * Sends an event to this client alone.
   * @throws {BeamishError} `BEAMISH_NOT_JOINED` · `BEAMISH_RESERVED_EVENT` · `BEAMISH_INVALID_PAYLOAD`
   */
  push(event: string, payload: unknown): void {
    this.requireJoined('push')
    checkEvent('push: event', event)
    checkPayload(payload)
    const { connection, serializer } = this.transport
    if (!connection.isOpen) return
    const message = { type: 'message' as const, joinRef: this.joinRef, ref: null, topic: this.topic, event, payload }
    connection.send(serializer.encode(message), this.isAlone ? undefined : message)
  }

  /**
   * Answers the message that carried `ref`. From any process, any number of times, also when the channel has ended.
   * @throws {BeamishError} `BEAMISH_INVALID_PAYLOAD`
   */
  answer(ref: MessageRef, answer: Answer): void {
    if (!(answer instanceof Answer)) throw new BadArgumentError('an answer', ANSWERS, answer)
    const { connection } = this.transport
    if (connection.isOpen) connection.send(this.encodeAnswer(this.joinRef, ref, answer.status, answer.response))
  }

  /** Broadcasts come no more. */
  leaveLane(): void {
    const { lane } = this
    this.lane = undefined
    if (lane !== undefined) lane.leave(this)
  }

  get isConnected(): boolean {
    return this.transport.connection.isOpen && this.transport.pid.receiver !== undefined
  }

  /** @throws {BeamishError} `BEAMISH_NOT_JOINED` */
  requireJoined(action: string): void {
    if (!this.isJoined) throw notJoined(action, this.topic)
  }

  private encodeAnswer(joinRef: MessageRef, ref: MessageRef, status: string, response: unknown): Frame {
    return this.transport.serializer.encode({ type: 'reply', joinRef, ref, topic: this.topic, status, response })
  }

  private sendClose(joinRef: MessageRef): void {
    const { connection, serializer } = this.transport
    if (connection.isOpen) connection.send(serializer.encode(endOf(this.topic, joinRef, CLOSE_EVENT, {})))
  }

  private tell(news: MembershipNews): void {
    this.transport.pid.receiver?.deliver(new MembershipNotice(this, news))
  }
}

const NOTHING = Object.freeze({})
const NO_INTERCEPTS = new Intercepts([])

/** `phx_close` or `phx_error`: the join_ref stands in both places. Semantics: channels.md §5.1. */
export function endOf(topic: string, joinRef: MessageRef, event: string, payload: object): Message {
  return { type: 'message', joinRef, ref: joinRef, topic, event, payload }
}

/** The socket process watches the channel process. Whichever of the two ends first, broadcasts to the client end with it. */
class ChannelWatch extends Monitor {
  private readonly membership: Membership

  constructor(socket: LocalProcess, membership: Membership, channel: LocalProcess) {
    super(socket, channel.pid)
    this.membership = membership
  }

  override targetEnded(): void {
    this.membership.leaveLane()
    this.watcher.deliverSignal(new MembershipNotice(this.membership, 'ended'))
  }

  override watcherEnded(): void {
    this.membership.leaveLane()
  }
}

/** The channel process watches the socket process. */
class TransportWatch extends Monitor {
  private readonly listener: ConnectionListener | undefined

  constructor(channel: LocalProcess, socket: LocalProcess, listener: ConnectionListener | undefined) {
    super(channel, socket.pid)
    this.listener = listener
  }

  override targetEnded(reason: ExitReason): void {
    this.listener?.connectionEnds()
    this.watcher.deliverSignal(new TransportEnded(reason))
  }
}
