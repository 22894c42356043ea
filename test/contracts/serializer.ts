import { deepEqual, deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Broadcast, Message, Reply } from '../../src/wire/message.ts'
import type { Frame, Serializer } from '../../src/wire/serializer.ts'

/** A message as a client has it. */
export interface ClientMessage {
  readonly joinRef: string | number | null
  readonly ref: string | number | null
  readonly topic: string
  readonly event: string
  readonly payload: unknown
}

/** A serializer under test, with the client's half written by somebody else. */
export interface SerializerCase {
  readonly serializer: Serializer
  /** Encodes as a client does. */
  readonly write: (message: ClientMessage) => Frame
  /** Decodes as a client does. */
  readonly read: (frame: Frame) => ClientMessage
  /** Whether the server's frames carry a join_ref (V1's do not). */
  readonly sendsJoinRef: boolean
  /** Frames that are no message, by name. */
  readonly malformed: Readonly<Record<string, Frame>>
}

const push: Message = { type: 'message', joinRef: '3', ref: null, topic: 'room:1', event: 'new', payload: { a: 1 } }
const reply: Reply = { type: 'reply', joinRef: '3', ref: '7', topic: 'room:1', status: 'ok', response: { id: 5 } }
const broadcast: Broadcast = { type: 'broadcast', topic: 'room:1', event: 'new', payload: { a: 1 } }
const fromClient: ClientMessage = { joinRef: '3', ref: '7', topic: 'room:1', event: 'new', payload: { a: 1 } }

const notObjects: Readonly<Record<string, unknown>> = {
  'a string': 'hello',
  'a number': 42,
  'an array': [1],
  null: null,
  undefined,
  true: true,
}

/** The cases that every serializer passes. */
export function serializerContract(t: Test, under: SerializerCase): void {
  t.test('CH-030 frames have the fields that the protocol gives to their kind', (t) => envelopes(t, under))
  t.test('CH-031 a push or broadcast carries an object or bytes, a reply anything', (t) => payloadShapes(t, under))
  t.test('CH-041 values look as JSON shows them', (t) => values(t, under))
  t.test('CH-024 CH-044 what is malformed or hostile gives one typed error', (t) => hostile(t, under))
  t.test('CH-032 CH-037 bytes are carried, or refused by name', (t) => bytes(t, under))
  t.test('properties', (t) => properties(t, under))
  t.end()
}

function envelopes(t: Test, { serializer, read, write, sendsJoinRef }: SerializerCase): void {
  const joinRef = sendsJoinRef ? '3' : null

  t.strictSame(read(serializer.encode(push)), { joinRef, ref: null, topic: 'room:1', event: 'new', payload: { a: 1 } })
  t.strictSame(
    read(serializer.encode(reply)),
    { joinRef, ref: '7', topic: 'room:1', event: 'phx_reply', payload: { status: 'ok', response: { id: 5 } } },
    'a reply is a phx_reply with status and response',
  )
  t.strictSame(
    read(serializer.fastlane(broadcast)),
    { joinRef: null, ref: null, topic: 'room:1', event: 'new', payload: { a: 1 } },
    'a broadcast has no refs',
  )
  t.strictSame(
    read(serializer.encode({ ...push, joinRef: '3', ref: '3', event: 'phx_close', payload: {} })),
    { joinRef, ref: '3', topic: 'room:1', event: 'phx_close', payload: {} },
    'a phx_close carries the join_ref in both places',
  )
  t.strictSame(
    read(serializer.encode({ ...reply, response: undefined })).payload,
    { status: 'ok', response: {} },
    'no response is an empty object',
  )
  t.strictSame(
    serializer.decode(write(fromClient)),
    { type: 'message', joinRef: '3', ref: '7', topic: 'room:1', event: 'new', payload: { a: 1 } },
    'an inbound frame decodes into the same fields',
  )
  t.strictSame(
    serializer.decode(write({ ...fromClient, joinRef: null, ref: null, topic: 'phoenix', event: 'heartbeat' })),
    { type: 'message', joinRef: null, ref: null, topic: 'phoenix', event: 'heartbeat', payload: { a: 1 } },
    'refs may be null',
  )
  for (const payload of ['text', 1.5, true, null, [1, [2]], {}]) {
    t.strictSame(serializer.decode(write({ ...fromClient, payload })).payload, payload, 'any inbound payload is taken')
  }
  t.strictSame(serializer.fastlane(broadcast), serializer.fastlane(broadcast), 'equal broadcasts are equal frames')
  t.end()
}

function payloadShapes(t: Test, { serializer, read }: SerializerCase): void {
  for (const [name, payload] of Object.entries(notObjects)) {
    t.throws(() => serializer.encode({ ...push, payload }), { code: 'BEAMISH_INVALID_PAYLOAD' }, `push of ${name}`)
    t.throws(
      () => serializer.fastlane({ ...broadcast, payload }),
      { code: 'BEAMISH_INVALID_PAYLOAD', message: /object or bytes/ },
      `broadcast of ${name}`,
    )
  }
  for (const response of ['hello', 42, [1], null, true]) {
    t.strictSame(read(serializer.encode({ ...reply, response })).payload, { status: 'ok', response })
  }
  t.end()
}

class Account {
  readonly owner = 'ann'
  readonly #secret = 'x'
  get secret(): string {
    return this.#secret
  }
}

const selfDescribing = {
  kept: 1,
  toJSON(): unknown {
    return this
  },
}

function values(t: Test, { serializer, read }: SerializerCase): void {
  const payload = {
    date: new Date(0),
    absent: undefined,
    fn: () => {},
    symbol: Symbol('s'),
    list: [undefined, () => {}, new Date(0), 1],
    holes: Object.assign([], { 2: 1 }),
    nan: Number.NaN,
    infinity: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    zero: -0,
    boxed: [new Number(1), new String('s'), new Boolean(false)],
    account: new Account(),
    map: new Map([[1, 2]]),
    set: new Set([1]),
    error: new Error('hidden'),
    floats: new Float32Array([1, 2]),
    url: new URL('http://example.com/'),
    bare: Object.assign(Object.create(null), { a: 1 }),
    own: { constructor: 'Ferrari', hasOwnProperty: 1, toString: 2, valueOf: null, toJSON: 'text' },
    selfDescribing,
    keyed: { toJSON: (key: string) => `I am ${key}` },
    nested: { deep: [{ date: new Date(1), n: 1 }] },
    big: 2 ** 60,
    integers: [
      0,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      4_294_967_295,
      4_294_967_296,
      -1,
      -32,
      -33,
      -129,
      -32_769,
      -(2 ** 40),
    ],
    text: ['', 'é', '😀', '\u0000', '\ufeffbom', 'x'.repeat(300), '\ufeff'.repeat(100)],
  }
  const seen = JSON.parse(JSON.stringify(payload))

  t.strictSame(read(serializer.encode({ ...push, payload })).payload, seen)
  t.strictSame(read(serializer.fastlane({ ...broadcast, payload })).payload, seen)
  t.strictSame(read(serializer.encode({ ...reply, response: payload })).payload, { status: 'ok', response: seen })
  t.equal(payload.list[0], undefined, 'the payload itself is not changed')
  t.ok(payload.date instanceof Date)

  const circle: Record<string, unknown> = {}
  circle.self = circle
  const bomb = {
    toJSON: () => {
      throw new Error('boom')
    },
  }
  const silentBomb = {
    toJSON: () => {
      throw Object.create(null) // has no text of its own, so that an error message about it could fail in turn
    },
  }
  const code = 'BEAMISH_INVALID_PAYLOAD'
  for (const [name, wrong] of Object.entries({ circle, bigint: { n: 1n }, bomb, silentBomb })) {
    t.throws(() => serializer.encode({ ...push, payload: wrong }), { code }, `${name} has no JSON form`)
    t.throws(() => serializer.fastlane({ ...broadcast, payload: wrong }), { code })
    t.throws(() => serializer.encode({ ...reply, response: wrong }), { code })
  }
  t.end()
}

function hostile(t: Test, { serializer, write, malformed }: SerializerCase): void {
  const code = 'BEAMISH_INVALID_MESSAGE'
  for (const [name, frame] of Object.entries(malformed)) {
    t.throws(() => serializer.decode(frame), { code }, name)
  }
  const polluting = (payload: unknown): Frame => write({ ...fromClient, payload })
  t.throws(() => serializer.decode(polluting(JSON.parse('{"a":[{"__proto__":{"admin":true}}]}'))), { code })
  t.throws(() => serializer.decode(polluting({ constructor: { prototype: { admin: true } } })), { code })
  t.equal(Reflect.get({}, 'admin'), undefined, 'nothing is polluted')
  t.strictSame(
    serializer.decode(polluting({ constructor: 'Ferrari', prototype: 1, toJSON: 'x' })).payload,
    { constructor: 'Ferrari', prototype: 1, toJSON: 'x' },
    'a constructor that is mere data passes',
  )
  t.throws(() => serializer.decode(polluting(nested(600))), { code }, 'deep nesting')
  t.doesNotThrow(() => serializer.decode(polluting(nested(500))))
  t.end()
}

function bytes(t: Test, { serializer, read, write }: SerializerCase): void {
  const payload = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
  if (!serializer.carriesBytes) {
    const code = 'BEAMISH_BYTES_UNSUPPORTED'
    t.throws(() => serializer.encode({ ...push, payload }), { code })
    t.throws(() => serializer.encode({ ...reply, response: payload.buffer }), { code })
    t.throws(() => serializer.fastlane({ ...broadcast, payload }), { code })
    t.end()
    return
  }
  for (const given of [payload, payload.buffer, Buffer.from(payload), new Uint8Array([1, ...payload]).subarray(1)]) {
    t.strictSame(plain(read(serializer.encode({ ...push, payload: given })).payload), payload, 'push')
    t.strictSame(plain(read(serializer.fastlane({ ...broadcast, payload: given })).payload), payload, 'broadcast')
    const answer = read(serializer.encode({ ...reply, response: given })).payload
    t.strictSame(plain(Reflect.get(Object(answer), 'response')), payload, 'reply')
  }
  t.strictSame(plain(read(serializer.encode({ ...push, payload: new Uint8Array(0) })).payload), new Uint8Array(0))

  const frame = write({ ...fromClient, payload })
  const message = serializer.decode(frame)
  if (typeof frame !== 'string') frame.fill(0)
  t.strictSame(message.payload, payload, 'decoded bytes are a Uint8Array that outlives the frame')
  t.equal(Object.getPrototypeOf(message.payload), Uint8Array.prototype, 'and not a Buffer')
  t.end()
}

function properties(t: Test, { serializer, read, write, sendsJoinRef }: SerializerCase): void {
  const text = fc.string({ unit: 'binary' })
  const json = fc.jsonValue({ stringUnit: 'binary' }).filter(isHarmless)
  const fields = fc.record({ joinRef: fc.option(text), ref: fc.option(text), topic: text, event: text, payload: json })

  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fields, (sent) => {
        const { type, ...got } = serializer.decode(write(sent))
        deepEqual(got, { ...sent, payload: asJson(sent.payload) })
        deepEqual(type, 'message')
      }),
    )
  }, 'what a client writes is what is decoded')

  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fields, ({ joinRef, ref, topic, event: status, payload: response }) => {
        const got = read(serializer.encode({ type: 'reply', joinRef, ref, topic, status, response }))
        const payload = { status, response: asJson(response) }
        deepEqual(got, { joinRef: sendsJoinRef ? joinRef : null, ref, topic, event: 'phx_reply', payload })
      }),
    )
  }, 'what is encoded is what a client reads')

  const anything = fc.anything({
    maxDepth: 4,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
  })
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.dictionary(text, anything).filter(isHarmless), (payload) => {
        deepStrictEqual(read(serializer.fastlane({ ...broadcast, payload })).payload, asJson(payload))
      }),
    )
  }, 'any value is sent in its JSON form')

  const noise = fc.oneof(
    text,
    fc.uint8Array({ maxLength: 64 }),
    fc.json(),
    fc.tuple(fields, fc.double({ min: 0, max: 1, noNaN: true })).map(([sent, part]) => cut(write(sent), part)),
    fc.tuple(fields, fc.nat(), fc.nat(255)).map(([sent, at, byte]) => spoil(write(sent), at, byte)),
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(noise, (frame) => {
        try {
          serializer.decode(frame)
        } catch (error) {
          deepEqual(Reflect.get(Object(error), 'code'), 'BEAMISH_INVALID_MESSAGE')
        }
      }),
      { numRuns: 2000 },
    )
  }, 'noise gives a message or a typed error, and nothing else')
  t.end()
}

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {}
  for (let level = 1; level < levels; level++) value = { a: value }
  return value
}

// The keys that decoding refuses have tests of their own; here they would only stand in the way.
function isHarmless(value: unknown): boolean {
  return !/"(__proto__|prototype)":/.test(JSON.stringify(value))
}

function plain(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function cut(frame: Frame, part: number): Frame {
  return frame.slice(0, Math.floor(frame.length * part))
}

function spoil(frame: Frame, at: number, byte: number): Frame {
  const spoiled = Buffer.from(frame as Uint8Array) // sound: a string is taken as well
  spoiled[at % spoiled.length] = byte
  return typeof frame === 'string' ? spoiled.toString('latin1') : spoiled
}
