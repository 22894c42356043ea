import type { FullChildSpec } from '../../supervisors/child-spec.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { CLOSE_EVENT, checkPayload, isReservedEvent, type Message, type MessageRef } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import type { Connection } from './connection.ts'
import { noPubSub, notJoined, reservedEvent } from './errors.ts'
import type { Fastlane, Intercepts, Lane } from './fastlane.ts'
import type { Answer } from './result.ts'

/** How a client is connected. */
export type TransportName = 'websocket' | 'longpoll'

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
}

/**
 * What a topic may start: a channel, a live view, or an app's own process.
 *
 * The process is started under the endpoint's supervisor of channels and linked to it, with a {@link Membership}. Its first
 * act is `membership.begin(itself)`; then it says `accept` or `refuse`, once. From then on it gets each {@link Incoming}
 * message of the client, `phx_leave` included, and a {@link TransportEnded} when the connection is over. When it ends as
 * intended it says `close` first; an end without that is a crash, and the client joins again.
 * Semantics: channels.md §7.14.
 */
export interface Joinable {
  /** What reports call it. */
  readonly moduleName: string
  /** The specification of one process: `'temporary'`, because only the client restarts it, by joining again. */
  specFor(membership: Membership): FullChildSpec
}

/** A message of the client, on its way from the transport to the socket process and from there to the channel. */
export class Incoming {
  readonly message: Message

  constructor(message: Message) {
    this.message = message
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
 * ```
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
  params: unknown
  assigns: object
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

  /**
   * The first act of the channel process: from here on each of the two processes learns of the other's end.
   * @returns false when the connection is over already, and nothing should be begun.
   */
  begin(channel: LocalProcess): boolean {
    const socket = this.transport.pid.receiver as LocalProcess | undefined // sound: a connection's process is of this thread
    this.pid = channel.pid
    if (socket === undefined || socket.ending) return false
    new ChannelWatch(socket, this, channel).attach(channel)
    new TransportWatch(channel, socket).attach(socket)
    return true
  }

  /**
   * Lets the client in: from now on broadcasts reach it. The answer is the first frame that it sees of this incarnation.
   * @param intercepts - the events that go to the channel process instead.
   * @returns false when the connection ended meanwhile: nothing of it remains.
   * @throws {BeamishError} `BEAMISH_NO_PUBSUB`
   */
  accept(response: unknown, intercepts: Intercepts): boolean {
    const { transport, pid } = this
    if (!this.isConnected || pid === undefined) return false
    const { fastlane } = transport
    if (fastlane === undefined) throw noPubSub(transport.endpoint)
    // Encoded before anything else is done: a response that has no JSON form is a crash of the join.
    const answer = this.encodeAnswer(this.givenJoinRef, this.ref, 'ok', response)
    this.lane = fastlane.enter(this, pid, intercepts)
    if (intercepts.events.size > 0) PubSub.subscribe(transport.pubsub as string, this.topic, intercepts)
    transport.connection.send(answer)
    this.closeReplaced()
    this.params = undefined
    this.assigns = NOTHING
    this.tell('accepted')
    return true
  }

  /** Does not let the client in. */
  refuse(response: unknown): void {
    this.transport.connection.send(this.encodeAnswer(this.givenJoinRef, this.ref, 'error', response))
    this.closeReplaced()
    this.tell('refused')
  }

  /** Says that the incarnation ends as intended. Broadcasts reach the client no more; pushes of a last word still do. */
  close(): void {
    this.leaveLane()
    this.sendClose(this.givenJoinRef)
    this.tell('closed')
  }

  /**
   * Sends an event to this client alone.
   * @throws {BeamishError} `BEAMISH_RESERVED_EVENT` · `BEAMISH_INVALID_PAYLOAD`
   */
  push(event: string, payload: unknown): void {
    if (isReservedEvent(event)) throw reservedEvent(event)
    checkPayload(payload)
    const { connection, serializer } = this.transport
    if (!connection.isOpen) return
    connection.send(
      serializer.encode({ type: 'message', joinRef: this.joinRef, ref: null, topic: this.topic, event, payload }),
    )
  }

  /** Answers the message that had `ref`. */
  answer(ref: MessageRef, answer: Answer): void {
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
  requireJoined(joined: boolean, action: string): void {
    if (!joined) throw notJoined(action, this.topic)
  }

  private encodeAnswer(joinRef: MessageRef, ref: MessageRef, status: string, response: unknown): Frame {
    return this.transport.serializer.encode({ type: 'reply', joinRef, ref, topic: this.topic, status, response })
  }

  private closeReplaced(): void {
    if (this.replaces !== undefined) this.sendClose(this.replaces)
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
  constructor(channel: LocalProcess, socket: LocalProcess) {
    super(channel, socket.pid)
  }

  override targetEnded(reason: ExitReason): void {
    this.watcher.deliverSignal(new TransportEnded(reason))
  }
}
