import { BytesUnsupportedError, describe, InvalidMessageError } from './errors.ts'
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

/**
 * The serializer of old clients, `vsn` 1.0.0, also used when a client names none.
 * Frames are JSON objects `{topic, event, payload, ref}`; a client may add `join_ref`, the server never does. Text only.
 * Semantics: Phoenix.Socket.V1.JSONSerializer; channels.md §5.5.
 */
export const v1Json: Serializer = { name: 'v1-json', carriesBytes: false, decode, encode, fastlane }

function decode(frame: Frame): Message {
  if (typeof frame !== 'string') throw new InvalidMessageError('a text frame (vsn 1.0.0 has no other)', describe(frame))
  const value = parseJson(frame)
  if (!isFrame(value)) throw new InvalidMessageError('{topic, event, payload, ref}', describe(value))
  return messageOf([value.join_ref ?? null, value.ref, value.topic, value.event, value.payload])
}

function encode(message: Message | Reply): Frame {
  const { topic, ref } = message
  if (message.type === 'reply') {
    refuseBytes(message.response)
    return stringifyJson({ topic, event: REPLY_EVENT, payload: replyPayload(message), ref })
  }
  return encodeObject(message, ref)
}

function fastlane(broadcast: Broadcast): Frame {
  return encodeObject(broadcast, null)
}

function encodeObject({ topic, event, payload }: Message | Broadcast, ref: Message['ref']): string {
  refuseBytes(payload)
  checkPayload(payload)
  return stringifyJson({ topic, event, payload, ref })
}

function refuseBytes(payload: unknown): void {
  if (asBytes(payload) !== undefined) throw new BytesUnsupportedError(v1Json.name)
}

interface V1Frame {
  readonly topic: unknown
  readonly event: unknown
  readonly payload: unknown
  readonly ref: unknown
  readonly join_ref?: unknown
}

function isFrame(value: unknown): value is V1Frame {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return 'topic' in value && 'event' in value && 'payload' in value && 'ref' in value
}
