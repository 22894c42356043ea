import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import type { MessageRef } from '../wire/message.ts'
import { Broadcast } from './broadcast.ts'
import { fastlane } from './dispatch.ts'
import { noPubSub, noSocketRef } from './errors.ts'
import type { Membership } from './joinable.ts'
import { ANSWERS, Answer } from './result.ts'
import { ChannelSocket } from './socket.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever a channel assigns
type AnySocket = ChannelSocket<any>

/**
 * Sends an event to this client alone, in order with its replies.
 * @param payload - an object or bytes (`Uint8Array`, `ArrayBuffer`).
 * @throws {BeamishError} `BEAMISH_NOT_JOINED` in `join` · `BEAMISH_RESERVED_EVENT` for `phx_…` · `BEAMISH_INVALID_PAYLOAD`
 * Semantics: Phoenix.Channel.push/3.
 */
export function push(socket: AnySocket, event: string, payload: unknown): void {
  checkSocket('push', socket).membership.push(event, payload)
}

/**
 * Sends an event to every subscriber of the channel's topic, on all nodes, this client included.
 * @param payload - an object or bytes (`Uint8Array`, `ArrayBuffer`).
 * @returns what `PubSub.broadcast` does.
 * @throws {BeamishError} `BEAMISH_NOT_JOINED` in `join` · `BEAMISH_RESERVED_EVENT` for `phx_…` · `BEAMISH_INVALID_PAYLOAD`
 * Semantics: Phoenix.Channel.broadcast/3.
 */
export function broadcast(socket: AnySocket, event: string, payload: unknown): ReturnType<typeof PubSub.broadcast> {
  checkSocket('broadcast', socket).membership.requireJoined('broadcast')
  return broadcastTo(pubsubOf(socket), socket.topic, event, payload)
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
  checkSocket('broadcastFrom', socket).membership.requireJoined('broadcastFrom')
  return broadcastToFrom(pubsubOf(socket), socket.channelPid, socket.topic, event, payload)
}

function checkSocket(where: string, socket: unknown): AnySocket {
  if (socket instanceof ChannelSocket) return socket
  throw new BadArgumentError(where, 'the socket that the callback of a channel was given first', socket)
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
  checkSocket('socketRef', socket).membership.requireJoined('socketRef')
  if (socket.ref === null) throw noSocketRef(socket.topic)
  return new SocketRef(socket.membership, socket.ref)
}

/**
 * Answers a message: `replyTo(ref, reply({ done: true }))`. From any process and any number of times (the client takes the
 * first), also after the channel ended; when the client is gone nothing happens.
 * @throws {BeamishError} `BEAMISH_INVALID_PAYLOAD` for a response without a JSON form.
 * Semantics: Phoenix.Channel.reply/2.
 */
export function replyTo(ref: SocketRef, answer: Answer): void {
  if (!(ref instanceof SocketRef)) throw new BadArgumentError('replyTo', 'what socketRef(socket) returned', ref)
  if (!(answer instanceof Answer)) throw new BadArgumentError('replyTo', ANSWERS, answer)
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

/** As {@link broadcastTo}. @throws {BroadcastError} when the adapter of the PubSub refuses. */
export function broadcastToOrThrow(pubsub: string, topic: string, event: string, payload: unknown): 'ok' {
  return PubSub.broadcastOrThrow(pubsub, topic, new Broadcast(topic, event, payload), fastlane)
}

/** As {@link broadcastToFrom}. @throws {BroadcastError} when the adapter of the PubSub refuses. */
export function broadcastToFromOrThrow(
  pubsub: string,
  from: Pid,
  topic: string,
  event: string,
  payload: unknown,
): 'ok' {
  return PubSub.broadcastFromOrThrow(pubsub, from, topic, new Broadcast(topic, event, payload), fastlane)
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

/** As {@link broadcastTo}, on this node only. */
export function localBroadcastTo(
  pubsub: string,
  topic: string,
  event: string,
  payload: unknown,
): ReturnType<typeof PubSub.localBroadcast> {
  return PubSub.localBroadcast(pubsub, topic, new Broadcast(topic, event, payload), fastlane)
}

/** As {@link broadcastToFrom}, on this node only. */
export function localBroadcastToFrom(
  pubsub: string,
  from: Pid,
  topic: string,
  event: string,
  payload: unknown,
): ReturnType<typeof PubSub.localBroadcastFrom> {
  return PubSub.localBroadcastFrom(pubsub, from, topic, new Broadcast(topic, event, payload), fastlane)
}
