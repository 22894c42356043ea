import { Packr } from 'msgpackr'
import * as phoenix from 'phoenix'
import { readMsgpack } from '../../src/wire/msgpack-reader.ts'
import type { Frame } from '../../src/wire/serializer.ts'
import type { ClientMessage } from './serializer.ts'

interface OfficialMessage {
  readonly join_ref: string | null
  readonly ref: string | null
  readonly topic: string
  readonly event: string
  readonly payload: unknown
}

interface OfficialSerializer {
  encode<T>(message: OfficialMessage, callback: (frame: string | ArrayBuffer) => T): T
  decode<T>(frame: string | ArrayBuffer, callback: (message: OfficialMessage) => T): T
}

// sound: the npm client exports it; the type package has not caught up
const { Serializer: official } = phoenix as unknown as { Serializer: OfficialSerializer }

/** Encodes with the serializer of the official client. */
export function writeOfficial({ joinRef, ref, topic, event, payload }: ClientMessage): Frame {
  // The official client tells bytes by `payload.constructor`, which null has not got.
  if (payload === null) return JSON.stringify([joinRef, ref, topic, event, null])
  const body = payload instanceof Uint8Array ? arrayBuffer(payload) : payload
  const message = { join_ref: joinRef as string | null, ref: ref as string | null, topic, event, payload: body }
  return official.encode(message, (frame) => (typeof frame === 'string' ? frame : new Uint8Array(frame)))
}

/** Decodes with the serializer of the official client. */
export function readOfficial(frame: Frame): ClientMessage {
  return official.decode(typeof frame === 'string' ? frame : arrayBuffer(frame), ({ join_ref, ...rest }) => ({
    joinRef: join_ref,
    ...rest,
  }))
}

// Our frames are written by msgpackr and read by our own reader, so the client's half is the other way round: each half
// is tested against code that was not written with it.
const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false })

/** Encodes as a MessagePack client does. */
export function writeMsgpack({ joinRef, ref, topic, event, payload }: ClientMessage): Frame {
  return new Uint8Array(packr.pack([joinRef, ref, topic, event, payload]))
}

/** Decodes as a MessagePack client does. */
export function readMsgpackAsClient(frame: Frame): ClientMessage {
  if (typeof frame === 'string') throw new TypeError('a MessagePack client is sent binary frames only')
  const [joinRef, ref, topic, event, payload] = readMsgpack(frame) as unknown[] // sound: spread, or it throws
  return { joinRef, ref, topic, event, payload } as ClientMessage // sound: the tests compare each field
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
