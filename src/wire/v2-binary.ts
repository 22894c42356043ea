import { FieldTooLongError, InvalidMessageError } from './errors.ts'
import type { Broadcast, Message, MessageRef, Reply } from './message.ts'
import { asBuffer, copyBytes, readUtf8 } from './utf8.ts'

// Every length is one unsigned byte, counted in UTF-8; the payload runs to the end of the frame.
//
//   push in    00 len(join_ref) len(ref) len(topic) len(event)   join_ref ref topic event   payload
//   push out   00 len(join_ref)          len(topic) len(event)   join_ref     topic event   payload
//   reply      01 len(join_ref) len(ref) len(topic) len(status)  join_ref ref topic status  payload
//   broadcast  02                        len(topic) len(event)                topic event   payload
//
// A push out has no ref: the two push layouts differ.
const PUSH_KIND = 0
const REPLY_KIND = 1
const BROADCAST_KIND = 2
const PUSH_HEADER_BYTES = 5
const MAX_FIELD_BYTES = 255

/** First byte of every binary frame that a client may send. */
export const BINARY_PUSH_TAG: number = PUSH_KIND

/**
 * Reads a binary frame of a client, which is always a push.
 * An empty ref or join_ref is `null`. The payload is a copy.
 * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE` for another kind, a length past the end or text not in UTF-8.
 * Semantics: Phoenix.Socket.V2.JSONSerializer. Differs: an empty join_ref is `null`, not stale (channels.md §5.4).
 */
export function decodeBinaryPush(frame: Uint8Array): Message {
  if (frame[0] !== PUSH_KIND) throw new InvalidMessageError('a binary frame of kind 0 (push)', describeKind(frame[0]))
  const joinRefBytes = frame[1]
  const refBytes = frame[2]
  const topicBytes = frame[3]
  const eventBytes = frame[4]
  if (joinRefBytes === undefined || refBytes === undefined || topicBytes === undefined || eventBytes === undefined) {
    throw truncated(frame)
  }
  const refAt = PUSH_HEADER_BYTES + joinRefBytes
  const topicAt = refAt + refBytes
  const eventAt = topicAt + topicBytes
  const payloadAt = eventAt + eventBytes
  if (payloadAt > frame.length) throw truncated(frame)

  const text = asBuffer(frame)
  return {
    type: 'message',
    joinRef: joinRefBytes === 0 ? null : readUtf8(text, PUSH_HEADER_BYTES, refAt),
    ref: refBytes === 0 ? null : readUtf8(text, refAt, topicAt),
    topic: readUtf8(text, topicAt, eventAt),
    event: readUtf8(text, eventAt, payloadAt),
    payload: copyBytes(frame, payloadAt, frame.length),
  }
}

/**
 * Writes a push whose payload is bytes. Its ref is not sent.
 * @throws {FieldTooLongError} `BEAMISH_FIELD_TOO_LONG`
 */
export function encodeBinaryPush(message: Message, payload: Uint8Array): Uint8Array {
  const joinRef = refText(message.joinRef)
  const topic = message.topic ?? ''
  const joinRefBytes = fieldBytes('join_ref', joinRef)
  const topicBytes = fieldBytes('topic', topic)
  const eventBytes = fieldBytes('event', message.event)

  const frame = Buffer.allocUnsafe(4 + joinRefBytes + topicBytes + eventBytes + payload.length)
  frame[0] = PUSH_KIND
  frame[1] = joinRefBytes
  frame[2] = topicBytes
  frame[3] = eventBytes
  let at = 4
  at += frame.write(joinRef, at)
  at += frame.write(topic, at)
  at += frame.write(message.event, at)
  frame.set(payload, at)
  return frame
}

/**
 * Writes a reply whose response is bytes.
 * @throws {FieldTooLongError} `BEAMISH_FIELD_TOO_LONG`
 */
export function encodeBinaryReply(reply: Reply, response: Uint8Array): Uint8Array {
  const joinRef = refText(reply.joinRef)
  const ref = refText(reply.ref)
  const topic = reply.topic ?? ''
  const joinRefBytes = fieldBytes('join_ref', joinRef)
  const refBytes = fieldBytes('ref', ref)
  const topicBytes = fieldBytes('topic', topic)
  const statusBytes = fieldBytes('status', reply.status)

  const frame = Buffer.allocUnsafe(5 + joinRefBytes + refBytes + topicBytes + statusBytes + response.length)
  frame[0] = REPLY_KIND
  frame[1] = joinRefBytes
  frame[2] = refBytes
  frame[3] = topicBytes
  frame[4] = statusBytes
  let at = 5
  at += frame.write(joinRef, at)
  at += frame.write(ref, at)
  at += frame.write(topic, at)
  at += frame.write(reply.status, at)
  frame.set(response, at)
  return frame
}

/**
 * Writes a broadcast whose payload is bytes.
 * @throws {FieldTooLongError} `BEAMISH_FIELD_TOO_LONG`
 */
export function encodeBinaryBroadcast(broadcast: Broadcast, payload: Uint8Array): Uint8Array {
  const topicBytes = fieldBytes('topic', broadcast.topic)
  const eventBytes = fieldBytes('event', broadcast.event)

  const frame = Buffer.allocUnsafe(3 + topicBytes + eventBytes + payload.length)
  frame[0] = BROADCAST_KIND
  frame[1] = topicBytes
  frame[2] = eventBytes
  let at = 3
  at += frame.write(broadcast.topic, at)
  at += frame.write(broadcast.event, at)
  frame.set(payload, at)
  return frame
}

// Phoenix writes `to_string(ref)`: empty for none, digits for a number.
function refText(ref: MessageRef): string {
  return ref === null ? '' : String(ref)
}

function fieldBytes(field: string, text: string): number {
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_FIELD_BYTES) throw new FieldTooLongError(field, bytes)
  return bytes
}

function describeKind(kind: number | undefined): string {
  return kind === undefined ? 'an empty frame' : `kind ${kind}`
}

function truncated(frame: Uint8Array): InvalidMessageError {
  return new InvalidMessageError('a binary push whose lengths fit the frame', `${frame.length} bytes that end early`)
}
