import { describe, InvalidMessageError } from './errors.ts'
import { parseJson, stringifyJson } from './json-text.ts'
import {
  asBytes,
  type Broadcast,
  checkPayload,
  type Message,
  messageOf,
  REPLY_EVENT,
  type Reply,
  replyPayload,
} from './message.ts'
import type { Frame, Serializer } from './serializer.ts'
import { decodeBinaryPush, encodeBinaryBroadcast, encodeBinaryPush, encodeBinaryReply } from './v2-binary.ts'

/**
 * The serializer of today's official client, `vsn` 2.0.0.
 * Text frames are `[join_ref, ref, topic, event, payload]`. A payload or response that *is* bytes travels as a binary
 * frame; bytes *inside* an object do not: there they become what `JSON.stringify` makes of them. Integers beyond 2^53
 * lose precision, as everywhere in JavaScript.
 * Semantics: Phoenix.Socket.V2.JSONSerializer; channels.md §5.3, §5.4.
 */
export const v2Json: Serializer = { name: 'v2-json', carriesBytes: true, decode, encode, fastlane }

function decode(frame: Frame): Message {
  return typeof frame === 'string' ? decodeText(frame) : decodeBinaryPush(frame)
}

/**
 * Reads a V2 text frame: an array of five elements, of which further ones are ignored.
 * @throws {InvalidMessageError} `BEAMISH_INVALID_MESSAGE`
 */
export function decodeText(text: string): Message {
  const frame = parseJson(text)
  if (!Array.isArray(frame) || frame.length < 5) {
    throw new InvalidMessageError('[join_ref, ref, topic, event, payload]', describe(frame))
  }
  return messageOf(frame)
}

function encode(message: Message | Reply): Frame {
  const { joinRef, ref, topic } = message
  if (message.type === 'reply') {
    const bytes = asBytes(message.response)
    if (bytes !== undefined) return encodeBinaryReply(message, bytes)
    return stringifyJson([joinRef, ref, topic, REPLY_EVENT, replyPayload(message)])
  }
  const { event, payload } = message
  const bytes = asBytes(payload)
  if (bytes !== undefined) return encodeBinaryPush(message, bytes)
  checkPayload(payload)
  return stringifyJson([joinRef, ref, topic, event, payload])
}

function fastlane(broadcast: Broadcast): Frame {
  const { topic, event, payload } = broadcast
  const bytes = asBytes(payload)
  if (bytes !== undefined) return encodeBinaryBroadcast(broadcast, bytes)
  checkPayload(payload)
  return stringifyJson([null, null, topic, event, payload])
}
