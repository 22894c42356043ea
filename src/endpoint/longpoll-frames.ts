import { containsBytes } from '../wire/json-value.ts'
import { asBytes, type Message, type Reply } from '../wire/message.ts'
import { msgpack } from '../wire/msgpack.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import { v1Json } from '../wire/v1-json.ts'
import { v2Json } from '../wire/v2-json.ts'

// How frames travel in bodies: in JSON strings towards the client, in lines from it. Pure.

/** The only content type whose body is lines; any other body is one text frame. */
const LINES = 'application/x-ndjson'
/** How many lines of one body are handled; the client sends no more at a time. */
const MOST_LINES = 100

/**
 * The frames in the body of a POST. A line that starts with `[` is a text frame, any other is base64 of a binary one; blank lines
 * and those after the hundredth are ignored.
 * @returns `undefined` when a line is no base64, or the body is not UTF-8.
 * Semantics: channels.md §4.4.
 */
export function framesOf(body: Uint8Array, contentType: string | undefined): Frame[] | undefined {
  const text = textOf(body)
  if (text === undefined || contentType !== LINES) return text === undefined ? undefined : [text]
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const frames = lines.slice(0, MOST_LINES).map(frameOf)
  return frames.every((frame) => frame !== undefined) ? frames : undefined
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(body: Uint8Array): string | undefined {
  try {
    return UTF8.decode(body)
  } catch {
    return undefined
  }
}

/** Node skips what is no base64: only what comes back the same was all of it. */
function frameOf(line: string): Frame | undefined {
  if (line.startsWith('[')) return line
  const bytes = Buffer.from(line, 'base64')
  return bytes.toString('base64') === line ? bytes : undefined
}

/** Bytes as the client decodes them again. */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

// ── Serializers over long poll ───────────────────────────────────────────────────────────────────────────────────────

/**
 * The form of a serializer for clients that poll: MessagePack becomes JSON, but for messages with bytes, because the official
 * client reads only JSON when it was made with `transport: LongPoll`, and the server cannot tell.
 * Semantics: channels.md §4.5, §6.5.
 */
export function overLongPoll(serializer: Serializer): Serializer {
  if (serializer === msgpack) return MSGPACK
  return serializer === v1Json ? V1_JSON : serializer
}

/** Whether the client of a serializer understands base64 where it expects text. */
export function readsBase64(serializer: Serializer | undefined): boolean {
  return serializer !== V1_JSON && serializer !== v2Json
}

const MSGPACK: Serializer = {
  ...msgpack,
  encode: (message) =>
    containsBytes(contentOf(message)) ? base64Of(asBinary(msgpack.encode(message))) : v2Json.encode(message),
  fastlane: (broadcast) =>
    containsBytes(broadcast.payload) ? base64Of(asBinary(msgpack.fastlane(broadcast))) : v2Json.fastlane(broadcast),
}

/** A message that no text can carry: the session leaves it out, and says so. */
const UNSENDABLE: Frame = new Uint8Array()

const V1_JSON: Serializer = {
  ...v1Json,
  encode: (message) => (asBytes(contentOf(message)) === undefined ? v1Json.encode(message) : UNSENDABLE),
}

function contentOf(message: Message | Reply): unknown {
  return message.type === 'reply' ? message.response : message.payload
}

/** MessagePack has no text frames. */
function asBinary(frame: Frame): Uint8Array {
  return frame as Uint8Array
}
