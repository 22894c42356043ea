import { describe, InvalidMessageError, InvalidPayloadError } from './errors.ts'

// The wire's own spelling. These constants are the only place in the library where it is written down.
/** Event that asks to join a topic. Client to server. */
export const JOIN_EVENT = 'phx_join'
/** Event that asks to leave a topic. Client to server. */
export const LEAVE_EVENT = 'phx_leave'
/** Event of every {@link Reply}. Server to client. */
export const REPLY_EVENT = 'phx_reply'
/** Event that says: this channel ended as intended, do not rejoin. Server to client. */
export const CLOSE_EVENT = 'phx_close'
/** Event that says: this channel crashed, rejoin. Server to client. */
export const ERROR_EVENT = 'phx_error'
/** Event of the client's heartbeat, on {@link HEARTBEAT_TOPIC}. */
export const HEARTBEAT_EVENT = 'heartbeat'
/** Topic of the connection itself, which no channel can have. */
export const HEARTBEAT_TOPIC = 'phoenix'

/**
 * Name that a client gave to one of its messages, or `null`.
 * The official client sends strings. Numbers are allowed and come back as they came, because the client compares with
 * `===`; the binary layout turns them into strings.
 */
export type MessageRef = string | number | null

/**
 * One message of the protocol: what a client sent, or a push to one client.
 *
 * As decoded, `payload` is any JSON value or, from a binary frame, a `Uint8Array` that the receiver owns: a plain
 * `Uint8Array` never means anything else, so bytes and objects cannot be confused. `topic` is `null` only when a client
 * sent `null`; such a topic matches no channel.
 *
 * As encoded, `payload` must be an object or bytes (`Uint8Array` or `ArrayBuffer`); `ref` is `null` on a push.
 * Semantics: Phoenix.Socket.Message; channels.md §5.2.
 */
export interface Message {
  readonly type: 'message'
  readonly joinRef: MessageRef
  readonly ref: MessageRef
  readonly topic: string | null
  readonly event: string
  readonly payload: unknown
}

/**
 * The answer to the message that carried `ref`.
 * `status` is `'ok'`, `'error'` or a word of the app's; `response` any JSON value or bytes, `undefined` meaning `{}`.
 * `joinRef` is `null` for heartbeats and unmatched topics.
 * Semantics: Phoenix.Socket.Reply; channels.md §5.2, §7.6.
 */
export interface Reply {
  readonly type: 'reply'
  readonly joinRef: MessageRef
  readonly ref: MessageRef
  readonly topic: string | null
  readonly status: string
  readonly response: unknown
}

/**
 * A message for every subscriber of `topic`, the same bytes for all of them.
 * `payload` must be an object or bytes (`Uint8Array` or `ArrayBuffer`).
 * Semantics: Phoenix.Socket.Broadcast; channels.md §5.6.
 */
export interface Broadcast {
  readonly type: 'broadcast'
  readonly topic: string
  readonly event: string
  readonly payload: unknown
}

/**
 * Tells whether `event` belongs to the protocol, so that an app must not push or broadcast it.
 * A broadcast `phx_close` would close the channel in every client. `heartbeat` is not reserved: it means something on
 * {@link HEARTBEAT_TOPIC} only.
 * Semantics: channels.md §5.1.
 */
export function isReservedEvent(event: string): boolean {
  return event.startsWith('phx_')
}

/**
 * Makes a message of what a frame held at `[join_ref, ref, topic, event, payload]`.
 * Refs may be strings, numbers or null, the topic a string or null, the payload anything.
 * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE` naming the field that is something else.
 * Semantics: channels.md §3.1. Differs: Phoenix lets any value stand for a ref, topic or event and fails later.
 */
export function messageOf(fields: readonly unknown[]): Message {
  // Destructuring would go through the iterator of the array, which costs as much as all the checks.
  const joinRef = fields[0]
  const ref = fields[1]
  const topic = fields[2]
  const event = fields[3]
  if (!isRef(joinRef)) throw new InvalidMessageError('join_ref to be a string, a number or null', describe(joinRef))
  if (!isRef(ref)) throw new InvalidMessageError('ref to be a string, a number or null', describe(ref))
  if (typeof topic !== 'string' && topic !== null) {
    throw new InvalidMessageError('topic to be a string or null', describe(topic))
  }
  if (typeof event !== 'string') throw new InvalidMessageError('event to be a string', describe(event))
  return { type: 'message', joinRef, ref, topic, event, payload: fields[4] }
}

/**
 * The payload that a {@link Reply} has on the wire.
 * A response of `undefined` becomes `{}`, as a reply without a response has it in Phoenix.
 */
export function replyPayload(reply: Reply): { status: string; response: unknown } {
  return { status: reply.status, response: reply.response === undefined ? {} : reply.response }
}

/**
 * Returns a payload or response as bytes, without copying.
 * @returns `undefined` when it is not a byte array, that is neither `Uint8Array` (`Buffer` included) nor `ArrayBuffer`.
 */
export function asBytes(payload: unknown): Uint8Array | undefined {
  if (payload instanceof Uint8Array) return payload
  if (payload instanceof ArrayBuffer) return new Uint8Array(payload)
  return undefined
}

/**
 * Checks the payload of a push or broadcast, in the process that sends it.
 * Every serializer checks too; calling this early makes the mistake surface where it was made.
 * @throws {InvalidPayloadError} `BEAMISH_INVALID_PAYLOAD` unless it is an object or bytes; arrays are refused.
 * Semantics: Phoenix.Socket.V2.JSONSerializer, which raises for a payload that is not a map.
 */
export function checkPayload(payload: unknown): void {
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return
  throw new InvalidPayloadError(
    'the payload of a push or broadcast to be an object or bytes (a reply may carry any JSON value)',
    describe(payload),
  )
}

function isRef(value: unknown): value is MessageRef {
  return typeof value === 'string' || value === null || typeof value === 'number'
}
