import type { Pid } from '../core/pid.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import type { MessageRef } from '../wire/message.ts'
import { Broadcast } from './broadcast.ts'
import { fastlane } from './dispatch.ts'
import { noPubSub, noSocketRef } from './errors.ts'
import type { Membership } from './joinable.ts'
import type { Answer } from './result.ts'
import type { ChannelSocket } from './socket.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever a channel assigns
type AnySocket = ChannelSocket<any>

/**
 * Sends an event to this client alone, in order with its replies.
 * @param payload - an object or bytes (`Uint8Array`, `ArrayBuffer`).
 * @throws {BeamishError} `BEAMISH_NOT_JOINED` in `join` · `BEAMISH_RESERVED_EVENT` for `phx_…` · `BEAMISH_INVALID_PAYLOAD`
 * Semantics: Phoenix.Channel.push/3.
 */
export function push(socket: AnySocket, event: string, payload: unknown): void {
  socket.membership.requireJoined(socket.joined, 'push')
  socket.membership.push(event, payload)
}

/**
 * Sends an event to every subscriber of the channel's topic, on all nodes, this client included.
 * @param payload - an object or bytes (`Uint8Array`, `ArrayBuffer`).
 * @returns what `PubSub.broadcast` does.
 * @throws {BeamishError} `BEAMISH_NOT_JOINED` in `join` · `BEAMISH_RESERVED_EVENT` for `phx_…` · `BEAMISH_INVALID_PAYLOAD`
 * Semantics: Phoenix.Channel.broadcast/3.
 */
export function broadcast(socket: AnySocket, event: string, payload: unknown): ReturnType<typeof PubSub.broadcast> {
  socket.membership.requireJoined(socket.joined, 'broadcast')
  return PubSub.broadcast(pubsubOf(socket), socket.topic, new Broadcast(socket.topic, event, payload), fastlane)
}

/**
 * As {@link broadcast}, to everybody but this channel.
 * Semantics: Phoenix.Channel.broadcast_from/3.
 */
export function broadcastFrom(
  socket: AnySocket,
  event: string,
  payload: unknown,
): ReturnType<typeof PubSub.broadcastFrom> {
  socket.membership.requireJoined(socket.joined, 'broadcastFrom')
  const message = new Broadcast(socket.topic, event, payload)
  return PubSub.broadcastFrom(pubsubOf(socket), socket.channelPid, socket.topic, message, fastlane)
}

function pubsubOf(socket: AnySocket): string {
  const { pubsub, endpoint } = socket
  if (pubsub === undefined) throw noPubSub(endpoint)
  return pubsub
}

/** A message of a client that waits for its answer. Made by {@link socketRef}. */
export class SocketRef {
  readonly topic: string
  readonly ref: MessageRef
  readonly membership: Membership

  constructor(membership: Membership, ref: MessageRef) {
    this.topic = membership.topic
    this.ref = ref
    this.membership = membership
  }
}

/**
 * Remembers which message is being handled, so that it can be answered later with {@link replyTo}, by any process.
 * @throws {BeamishError} `BEAMISH_NOT_JOINED` · `BEAMISH_NO_SOCKET_REF` outside `handleIn`, or for a message without a ref.
 * Semantics: Phoenix.Channel.socket_ref/1.
 */
export function socketRef(socket: AnySocket): SocketRef {
  socket.membership.requireJoined(socket.joined, 'socketRef')
  if (socket.ref === null) throw noSocketRef(socket.topic)
  return new SocketRef(socket.membership, socket.ref)
}

/**
 * Answers a message: `replyTo(ref, reply({ done: true }))`. From any process and any number of times (the client takes the
 * first), also after the channel ended; when the client is gone nothing happens.
 * Semantics: Phoenix.Channel.reply/2.
 */
export function replyTo(ref: SocketRef, answer: Answer): void {
  ref.membership.answer(ref.ref, answer)
}

/**
 * Sends an event to every subscriber of any topic. What `Endpoint.broadcast` does.
 * @throws {BeamishError} `BEAMISH_RESERVED_EVENT` · `BEAMISH_INVALID_PAYLOAD`
 */
export function broadcastTo(
  pubsub: string,
  topic: string,
  event: string,
  payload: unknown,
): ReturnType<typeof PubSub.broadcast> {
  return PubSub.broadcast(pubsub, topic, new Broadcast(topic, event, payload), fastlane)
}

/** As {@link broadcastTo}, to everybody but the process `from`. */
export function broadcastToFrom(
  pubsub: string,
  from: Pid,
  topic: string,
  event: string,
  payload: unknown,
): ReturnType<typeof PubSub.broadcastFrom> {
  return PubSub.broadcastFrom(pubsub, from, topic, new Broadcast(topic, event, payload), fastlane)
}
