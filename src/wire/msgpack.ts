import { Packr } from 'msgpackr'
import { show } from '../core/errors.ts'
import { describe, InvalidMessageError, InvalidPayloadError } from './errors.ts'
import { toJsonValue } from './json-value.ts'
import {
  type Broadcast,
  checkPayload,
  type Message,
  messageOf,
  REPLY_EVENT,
  type Reply,
  replyPayload,
} from './message.ts'
import { readMsgpack } from './msgpack-reader.ts'
import type { Frame, Serializer } from './serializer.ts'
import { BINARY_PUSH_TAG, decodeBinaryPush } from './v2-binary.ts'
import { decodeText } from './v2-json.ts'

/**
 * MessagePack for the same protocol, `vsn` 2.0.0-msgpack: an extension of Beamish.
 * Frames are binary, one MessagePack array `[join_ref, ref, topic, event, payload]`; bytes may stand anywhere in a
 * payload. From a client also V2 text frames and V2 binary pushes are taken; to it only MessagePack is sent.
 * Values look as a JSON client sees them (dates are strings, and so on), see {@link toJsonValue}.
 * Semantics: channels.md §6.
 */
export const msgpack: Serializer = { name: 'msgpack', carriesBytes: true, decode, encode, fastlane }

// Standard MessagePack only: no records, the shortest map header. `useToJSON` is off because `toJsonValue` has called it
// already, and what is left of that name is a client's data.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true, useToJSON: false })

function decode(frame: Frame): Message {
  if (typeof frame === 'string') return decodeText(frame)
  if (frame[0] === BINARY_PUSH_TAG) return decodeBinaryPush(frame)
  const fields = readMsgpack(frame)
  if (!Array.isArray(fields) || fields.length !== 5) {
    throw new InvalidMessageError('an array [join_ref, ref, topic, event, payload]', describe(fields))
  }
  const message = messageOf(fields)
  if (typeof message.joinRef === 'number') throw new InvalidMessageError('join_ref to be a string or nil', 'a number')
  if (typeof message.ref === 'number') throw new InvalidMessageError('ref to be a string or nil', 'a number')
  if (message.topic === null) throw new InvalidMessageError('topic to be a string', 'null')
  return message
}

function encode(message: Message | Reply): Frame {
  const { joinRef, ref, topic } = message
  if (message.type === 'reply') return pack([joinRef, ref, topic, REPLY_EVENT, replyPayload(message)])
  checkPayload(message.payload)
  return pack([joinRef, ref, topic, message.event, message.payload])
}

function fastlane({ topic, event, payload }: Broadcast): Frame {
  checkPayload(payload)
  return pack([null, null, topic, event, payload])
}

// The result is a view into memory that msgpackr fills once and never again: nothing to copy.
function pack(fields: readonly unknown[]): Uint8Array {
  const value = toJsonValue(fields)
  try {
    return packr.pack(value)
  } catch (error) {
    throw new InvalidPayloadError('a payload that MessagePack can carry', show(error), { cause: error })
  }
}
