import { Packr } from 'msgpackr/pack'
import { BadArgumentError } from '../core/errors.ts'
import { toJsonValue } from '../wire/json-value.ts'
import { REPLY_EVENT } from '../wire/message.ts'

/** A message as the official client has it, in its own spelling. */
export interface ClientMessage {
  readonly join_ref: string | null
  readonly ref: string | null
  readonly topic: string
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: the client's own type of it
  readonly payload: any
}

/** The three options of the official client's `Socket` that decide how messages become frames. */
export interface Codec {
  /** What the server chooses its serializer by. */
  readonly vsn: string
  /** Makes a frame of one of the client's messages. Calls back once, before it returns. */
  readonly encode: (message: object, callback: (frame: Uint8Array<ArrayBuffer>) => void) => void
  /** Reads a frame of the server. Calls back once, before it returns. */
  readonly decode: (frame: string | ArrayBuffer, callback: (message: ClientMessage) => void) => void
}

/**
 * MessagePack for the official client: `new Socket('/socket', { ...msgpack, params })`.
 *
 * Frames are smaller than JSON, and bytes may stand anywhere in a payload. A payload that *is* bytes (`ArrayBuffer`, any typed
 * array) arrives as an `ArrayBuffer`, as does a reply that is; bytes inside an object arrive as `Uint8Array`. Everything else
 * looks as `JSON.stringify` would have made it: a date is a string, and so on. When the client falls back to long poll it goes
 * on with this codec.
 * @throws {InvalidPayloadError} `BEAMISH_INVALID_PAYLOAD` from `encode` (that is, from `channel.push`) for what has no JSON
 * form · {BadArgumentError} from `decode` for a `Blob`: the Socket's `binaryType` must stay `'arraybuffer'`.
 *
 * Semantics: channels.md §6.4. Differs from the default serializer: a typed array as payload is bytes, not an object of numbers.
 */
export const msgpack: Codec = {
  vsn: '2.0.0-msgpack',
  encode: (message, callback) => callback(encode(message as ClientMessage)), // sound: the client calls it, with nothing else
  decode: (frame, callback) => callback(decode(frame)),
}

// Standard MessagePack only, as the server has it: see src/wire/msgpack.ts. Bytes are copied out of the frame, so that each
// array owns its whole buffer.
const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  useToJSON: false,
  encodeUndefinedAsNil: true,
  int64AsType: 'number',
  copyBuffers: true,
})

function encode({ join_ref, ref, topic, event, payload }: ClientMessage): Uint8Array<ArrayBuffer> {
  const body = ArrayBuffer.isView(payload) ? bytesOf(payload) : payload
  return packr.pack(toJsonValue([join_ref, ref, topic, event, body])) as Uint8Array<ArrayBuffer> // never shared memory
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

// A string is what long poll carries: a text frame, or base64 of a binary one.
function decode(frame: string | ArrayBuffer): ClientMessage {
  const fields = typeof frame === 'string' && frame.startsWith('[') ? JSON.parse(frame) : unpack(frame)
  const [join_ref, ref, topic, event, payload] = fields
  return { join_ref, ref, topic, event, payload: asDefault(event, payload) }
}

function unpack(frame: string | ArrayBuffer): unknown {
  if (typeof frame === 'string') return packr.unpack(Uint8Array.from(atob(frame), (char) => char.charCodeAt(0)))
  // By its tag, because the frame may come from another realm, such as an iframe.
  if (Object.prototype.toString.call(frame) === '[object ArrayBuffer]') return packr.unpack(new Uint8Array(frame))
  throw new BadArgumentError('msgpack.decode', "an ArrayBuffer (the Socket's binaryType must be 'arraybuffer')", frame)
}

/** Bytes are an `ArrayBuffer` where the default serializer has one. The client reads `payload.status`: it must not be null. */
function asDefault(event: string, payload: unknown): unknown {
  if (payload instanceof Uint8Array) return payload.buffer
  const { response } = (payload ?? {}) as { response?: unknown } // sound: any value has properties to look up
  if (event === REPLY_EVENT && response instanceof Uint8Array)
    return { ...(payload as object), response: response.buffer }
  return payload ?? {}
}
