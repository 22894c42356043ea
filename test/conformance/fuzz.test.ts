import fc from 'fast-check'
import { Packr } from 'msgpackr'
import t, { type Test } from 'tap'
import WebSocket from 'ws'
import { reply } from '../../src/channel/result.ts'
import { Registry } from '../../src/registry/registry.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { Sys } from '../../src/sys/sys.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { msgpack } from '../../src/wire/msgpack.ts'
import { v2Json } from '../../src/wire/v2-json.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { RawClient } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

// Whatever a client sends, over real sockets: it is a message, or it ends that client's connection with 1011, and that is all.
//
// What is to be expected of a frame is not asked of our own decoders: either the way in which it was made says it, or
// JSON.parse and msgpackr do.

type Vsn = '1.0.0' | '2.0.0' | '2.0.0-msgpack'
/** `either`: nobody but our decoder could say. Then it must be one of the two all the same. */
type Outcome = 'open' | 'closed' | 'either'

interface Attack {
  readonly vsn: Vsn
  readonly frame: string | Uint8Array
  readonly expected: Outcome
}

const MAX_FRAME_BYTES = 200_000
/** How many attacks of each kind: `BEAMISH_FUZZ_RUNS=10000 TAP_TIMEOUT=0` for the long form. */
const RUNS = Number(process.env['BEAMISH_FUZZ_RUNS'] ?? 150)

// ── The world ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface World {
  readonly port: number
  /** A client that lives through all of it, in the topic that is attacked. */
  readonly control: RawClient
  /** What would grow if anything leaked. */
  readonly tables: () => Promise<object>
}

async function attacked(runtime: { readonly size: number }): Promise<World> {
  // Nothing here broadcasts: a word of one client must not reach another.
  const room = testRoom({
    handleIn: { echo: (payload) => reply(payload), boom: () => Promise.reject(new Error('boom')) },
  })
  const socket = Socket.define({ channels: { 'room:*': room, '*': room } })
  const { port } = await startEndpoint({
    sockets: { '/socket': { socket, websocket: { maxFrameBytes: MAX_FRAME_BYTES }, maxChannels: 5 } },
  })
  const control = await RawClient.open(port)
  await control.join('room:a')
  const tables = async () => {
    const { connections, lanes } = (await Sys.getState('endpoint listener')) as { connections: number; lanes: number }
    return { processes: runtime.size, connections, lanes, entries: Registry.count('test') }
  }
  return { port, control, tables }
}

/** Runs `body` in such a world; afterwards the control has noticed nothing, and nothing has grown. */
function underAttack(t: Test, body: (world: World) => Promise<void>): Promise<void> {
  return withRuntime(async ({ runtime }) => {
    const world = await attacked(runtime)
    const before = await world.tables()
    await body(world)
    await becomes(world.tables, before)
    t.same(await world.tables(), before, 'nothing has grown')
    world.control.send('1', 'last', 'room:a', 'echo', { still: 'here' })
    t.same(await world.control.next(), [
      '1',
      'last',
      'room:a',
      'phx_reply',
      { status: 'ok', response: { still: 'here' } },
    ])
    t.equal(world.control.received.length, 2, 'the control heard nothing else')
    t.same(Object.keys(Object.prototype), [], 'no prototype was touched')
    t.equal(Reflect.get({}, 'polluted'), undefined)
    world.control.close()
  })
}

/** Waits until closed sockets are known to the server as well: that takes turns of the event loop, not time. */
async function becomes(look: () => Promise<object>, wanted: object): Promise<void> {
  const text = JSON.stringify(wanted)
  for (let turn = 0; turn < 10_000 && JSON.stringify(await look()) !== text; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

// ── One attack ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Sends the frame, then a heartbeat. @returns the close code, or `'open'` when the heartbeat was answered. */
async function attack(port: number, { vsn, frame }: Attack): Promise<number | 'open'> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket/websocket?vsn=${vsn}`)
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject)
      socket.on('close', resolve)
      socket.on('message', (data: Buffer) => {
        if (data.includes(ALIVE)) resolve('open')
      })
      socket.on('open', () => {
        socket.send(join(vsn))
        socket.send(frame)
        socket.send(heartbeat(vsn))
      })
    })
  } finally {
    socket.terminate()
  }
}

const ALIVE = 'still-alive'

function join(vsn: Vsn): string {
  return text(vsn, '1', '1', 'room:a', 'phx_join', {})
}

function heartbeat(vsn: Vsn): string {
  return text(vsn, null, ALIVE, 'phoenix', 'heartbeat', {})
}

function text(vsn: Vsn, join_ref: string | null, ref: string, topic: string, event: string, payload: object): string {
  if (vsn === '1.0.0') return JSON.stringify({ topic, event, payload, ref, join_ref })
  return JSON.stringify([join_ref, ref, topic, event, payload]) // a MessagePack connection takes text as well
}

async function checkAttack(port: number, attacking: Attack): Promise<void> {
  const outcome = await attack(port, attacking)
  const isRight =
    attacking.expected === 'either' ? outcome === 'open' || outcome === 1011 : outcome === CODES[attacking.expected]
  if (!isRight) throw new Error(`expected ${attacking.expected}, got ${outcome}`)
}

const CODES = { open: 'open', closed: 1011 } as const

function fuzz(t: Test, attacks: fc.Arbitrary<Attack>): Promise<void> {
  return underAttack(t, async ({ port }) => {
    await fc.assert(
      fc.asyncProperty(attacks, (attacking) => checkAttack(port, attacking)),
      { numRuns: RUNS },
    )
  })
}

// ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ODD_NAMES = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'then', 'status', 'polluted', '')

/** JSON as text, because an object in memory could not have all that a text can: `__proto__`, double keys, escapes. */
const jsonText = fc.letrec<{ value: string }>((tie) => {
  const key = fc.oneof(fc.string(), ODD_NAMES).map((name) => JSON.stringify(name))
  const escaped = fc.constantFrom('"\\u005f_proto__"', '"\\u0063onstructor"')
  const member = fc.tuple(fc.oneof(key, escaped), tie('value')).map(([name, value]) => `${name}:${value}`)
  return {
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('null', 'true', 'false', '0', '-0', '1e999', '-1.5E-7', '12345678901234567890', '""', '{}', '[]'),
      fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
      fc.double().map((value) => JSON.stringify(value)),
      fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
      fc.array(member, { maxLength: 5 }).map((members) => `{${members.join(',')}}`),
    ),
  }
}).value

const refText = fc.oneof(
  fc.constantFrom('null', '"1"', '"2"', '""', '1', '-1.5'),
  fc.string().map((ref) => JSON.stringify(ref)),
)
const TOPICS = ['room:a', 'room:b', 'room:', 'phoenix', 'nowhere', '__proto__', 'room:joincrash', 'room:badreturn']
const topic = fc.oneof(fc.constantFrom(...TOPICS), fc.string())
const EVENTS = ['phx_join', 'phx_leave', 'phx_reply', 'phx_close', 'phx_error', 'heartbeat', 'echo', 'boom', 'toString']
const event = fc.oneof(fc.constantFrom(...EVENTS, '__proto__', 'constructor'), fc.string())

/** Whether a text holds what is refused although it is JSON: keys that a merge would make a prototype of. */
function holdsUnsafeKey(json: string): boolean {
  let isUnsafe = false
  JSON.parse(json, (key, value) => {
    const hasPrototype = typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
    if (key === '__proto__' || (key === 'constructor' && hasPrototype)) isUnsafe = true
    return value
  })
  return isUnsafe
}

const oddArrays: fc.Arbitrary<Attack> = fc
  .tuple(refText, refText, fc.option(topic), event, jsonText, fc.array(jsonText, { maxLength: 2 }))
  .map(([joinRef, ref, someTopic, someEvent, payload, more]) => {
    const frame = `[${[joinRef, ref, JSON.stringify(someTopic), JSON.stringify(someEvent), payload, ...more].join(',')}]`
    return { vsn: '2.0.0', frame, expected: holdsUnsafeKey(frame) ? 'closed' : 'open' }
  })

t.test('CH-024 fuzz: a well-formed message of V2, however odd, leaves the connection open', (t) => fuzz(t, oddArrays))

const oddObjects: fc.Arbitrary<Attack> = fc
  .tuple(refText, fc.option(topic), event, jsonText, fc.option(refText))
  .map(([ref, someTopic, someEvent, payload, joinRef]) => {
    const rest = joinRef === null ? '' : `,"join_ref":${joinRef}`
    const head = `"topic":${JSON.stringify(someTopic)},"event":${JSON.stringify(someEvent)}`
    const frame = `{${head},"ref":${ref},"payload":${payload}${rest}}`
    return { vsn: '1.0.0', frame, expected: holdsUnsafeKey(frame) ? 'closed' : 'open' }
  })

t.test('CH-036 fuzz: a well-formed message of V1, however odd, leaves the connection open', (t) => fuzz(t, oddObjects))

/** Every proper prefix of an array or object is no JSON; nor is it with something behind it. */
const brokenText: fc.Arbitrary<Attack> = fc
  .tuple(fc.oneof(oddArrays, oddObjects), fc.nat(), fc.option(fc.constantFrom(']', '}', ',', 'x', '[', '\0', '1')))
  .map(([{ vsn, frame }, at, more]) => {
    const whole = frame as string
    return { vsn, frame: more === null ? whole.slice(0, at % whole.length) : whole + more, expected: 'closed' }
  })

t.test('CH-024 fuzz: a text that is cut short, or goes on, closes with 1011', (t) => fuzz(t, brokenText))

const NO_REFS = ['true', '{}', '[]', '["1"]']
const NO_TOPICS = ['1', 'true', '{}', '["room:a"]']

/** One of the first four places holds what no message has there, or places are missing. */
const wrongArrays: fc.Arbitrary<Attack> = fc
  .oneof(
    fc.constantFrom(...NO_REFS).map((ref) => [ref, '"2"', '"room:a"', '"echo"', '{}']),
    fc.constantFrom(...NO_REFS).map((ref) => ['"1"', ref, '"room:a"', '"echo"', '{}']),
    fc.constantFrom(...NO_TOPICS).map((place) => ['"1"', '"2"', place, '"echo"', '{}']),
    fc.constantFrom(...NO_TOPICS, 'null').map((place) => ['"1"', '"2"', '"room:a"', place, '{}']),
    fc.nat(4).map((length) => ['"1"', '"2"', '"room:a"', '"echo"'].slice(0, length)),
  )
  .map((places) => ({ vsn: '2.0.0', frame: `[${places.join(',')}]`, expected: 'closed' }))

const noArrays: fc.Arbitrary<Attack> = jsonText
  .filter((json) => !json.startsWith('['))
  .map((frame) => ({ vsn: '2.0.0', frame, expected: 'closed' }))

t.test('CH-024 fuzz: JSON that is no message closes with 1011', (t) => fuzz(t, fc.oneof(wrongArrays, noArrays)))

// ── V2 binary ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A binary push, whose lengths may lie. */
const binaryPushes: fc.Arbitrary<Attack> = fc
  .record({
    kind: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
    fields: fc.tuple(fc.string(), fc.string(), topic, event).map((fields) => fields.map((field) => Buffer.from(field))),
    lie: fc.option(fc.tuple(fc.nat(3), fc.nat(255))),
    data: fc.uint8Array({ maxLength: 50 }),
    keep: fc.option(fc.nat(100)),
    vsn: fc.constantFrom<Vsn>('1.0.0', '2.0.0', '2.0.0-msgpack'),
  })
  .map(({ kind, fields, lie, data, keep, vsn }) => {
    const lengths = fields.map(({ length }) => length)
    if (lie !== null) lengths[lie[0]] = lie[1]
    const whole = Buffer.concat([Uint8Array.of(kind, ...lengths), ...fields, data])
    const frame = keep === null ? whole : whole.subarray(0, keep)
    return { vsn, frame, expected: pushOutcome(vsn, frame) }
  })

function pushOutcome(vsn: Vsn, frame: Uint8Array): Outcome {
  if (vsn === '1.0.0') return 'closed'
  if (frame[0] !== 0) return vsn === '2.0.0' ? 'closed' : 'either'
  let at = 5
  for (const length of frame.subarray(1, 5)) {
    if (!isUtf8(frame.subarray(at, at + length))) return 'closed'
    at += length
  }
  return frame.length >= at && frame.length >= 5 ? 'open' : 'closed'
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

t.test('CH-024 fuzz: a binary push is whole, or it closes with 1011', (t) => fuzz(t, binaryPushes))

// ── MessagePack ──────────────────────────────────────────────────────────────────────────────────────────────────────

const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false })

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, 0, -1, 2 ** 31, 2 ** 53, -(2 ** 40), Number.NaN, Number.NEGATIVE_INFINITY),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.oneof(
        fc.string(),
        ODD_NAMES.filter((name) => name !== '__proto__'),
      ),
      tie('value'),
      { maxKeys: 20 },
    ),
  ),
})).value

/** A key `constructor` is data; only one whose value has a `prototype` is refused. */
function hasUnsafeKey(found: unknown): boolean {
  if (typeof found !== 'object' || found === null) return false
  return Object.entries(found).some(([key, member]) => {
    const hasPrototype = typeof member === 'object' && member !== null && Object.hasOwn(member, 'prototype')
    return (key === 'constructor' && hasPrototype) || hasUnsafeKey(member)
  })
}

const packed: fc.Arbitrary<Attack> = fc
  .tuple(fc.option(fc.string()), fc.option(fc.string()), topic, event, value)
  .map((fields) => ({
    vsn: '2.0.0-msgpack',
    frame: new Uint8Array(packr.pack(fields)),
    expected: hasUnsafeKey(fields) ? 'closed' : 'open',
  }))

t.test('CH-044 fuzz: a well-formed MessagePack message, however odd, leaves the connection open', (t) =>
  fuzz(t, packed),
)

/** No proper prefix of a MessagePack value is one, and nothing may follow it. */
const brokenPacked: fc.Arbitrary<Attack> = fc
  .tuple(packed, fc.nat(), fc.option(fc.uint8Array({ minLength: 1, maxLength: 9 })))
  .map(([{ vsn, frame }, at, more]) => {
    const whole = frame as Uint8Array
    const broken = more === null ? whole.subarray(0, at % whole.length) : Buffer.concat([whole, more])
    return { vsn, frame: broken, expected: 'closed' }
  })

t.test('CH-044 fuzz: MessagePack that is cut short, or goes on, closes with 1011', (t) => fuzz(t, brokenPacked))

/** One byte of a message is another. */
const flipped: fc.Arbitrary<Attack> = fc
  .tuple(fc.oneof(packed, oddArrays), fc.nat(), fc.nat(255))
  .map(([{ vsn, frame }, at, byte]) => {
    const damaged = Buffer.from(frame as Uint8Array)
    damaged[at % damaged.length] = byte
    // As text it must stay UTF-8, which is the transport's affair.
    return { vsn, frame: typeof frame === 'string' ? damaged.toString() : damaged, expected: 'either' }
  })

const noise: fc.Arbitrary<Attack> = fc
  .tuple(fc.constantFrom<Vsn>('2.0.0', '2.0.0-msgpack'), fc.uint8Array({ maxLength: 300 }), fc.boolean())
  .map(([vsn, bytes, isArray]) => ({
    vsn,
    frame: isArray ? Buffer.concat([Uint8Array.of(0x95, 0xc0, 0xc0), bytes]) : bytes,
    expected: 'either',
  }))

t.test('CH-044 fuzz: damaged messages and noise are messages, or close with 1011', (t) =>
  fuzz(t, fc.oneof(flipped, noise)),
)

// ── Size and depth ───────────────────────────────────────────────────────────────────────────────────────────────────

/** What uWebSockets.js ends by dropping the connection, other servers say with a code of their own. */
const TRANSPORT_CODES = [1006, 1007, 1009]

t.test('CH-025 what is too long, or text that is no UTF-8, ends its own connection', (t) =>
  underAttack(t, async ({ port }) => {
    const tooLong = 'x'.repeat(MAX_FRAME_BYTES + 1)
    const code = async (frame: string | Uint8Array, options: { binary?: boolean } = {}) => {
      const { socket, closed } = await RawClient.open(port)
      socket.send(frame, options)
      return await closed
    }
    t.ok(TRANSPORT_CODES.includes(await code(`[null,null,"room:a","echo","${tooLong}"]`)), 'text')
    t.ok(TRANSPORT_CODES.includes(await code(Buffer.alloc(MAX_FRAME_BYTES + 1))), 'binary')
    const noText = Buffer.from('[null,null,"room:a","echo","\xff"]', 'latin1')
    t.ok(TRANSPORT_CODES.includes(await code(noText, { binary: false })), 'no UTF-8')
  }),
)

t.test('CH-024 what is nested too deep closes with 1011, up to that it is data', (t) =>
  underAttack(t, async ({ port }) => {
    const nested = (open: string, close: string, depth: number) =>
      `["1","2","room:a","echo",${open.repeat(depth)}1${close.repeat(depth)}]`
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      await checkAttack(port, { vsn: '2.0.0', frame: nested(open, close, 500), expected: 'open' })
      for (const depth of [600, 30_000]) {
        await checkAttack(port, { vsn: '2.0.0', frame: nested(open, close, depth), expected: 'closed' })
      }
    }
    const head = packr.pack(['1', '2', 'room:a', 'echo', null]).subarray(0, -1)
    const deep = (item: number[], depth: number) =>
      Buffer.concat([head, ...Array(depth).fill(Uint8Array.from(item)), Uint8Array.of(1)])
    for (const item of [[0x91], [0x81, 0xa1, 0x61]]) {
      await checkAttack(port, { vsn: '2.0.0-msgpack', frame: deep(item, 500), expected: 'open' })
      for (const depth of [600, 60_000]) {
        await checkAttack(port, { vsn: '2.0.0-msgpack', frame: deep(item, depth), expected: 'closed' })
      }
    }
  }),
)

t.test('CH-024 what follows a malformed frame is not handled', (t) =>
  underAttack(t, async ({ port, control }) => {
    const client = await RawClient.open(port)
    await client.join('room:a')
    client.socket.send('{')
    for (let n = 0; n < 100; n++) client.send('1', String(n), 'room:a', 'echo', { n })
    t.equal(await client.closed, 1011)
    t.equal(client.received.length, 1, 'the answer to its join')
    t.equal(control.received.length, 1)
  }),
)

// ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const MEGABYTES = 2_000_000
const filled = (...item: number[]): Uint8Array => Buffer.alloc(MEGABYTES, Uint8Array.from(item))
const ofText = (item: string): string => item.repeat(MEGABYTES / item.length)
const inPayload = (json: string): string => `[null,null,"t","e",${json}]`
const inPacked = (head: readonly number[], rest: Uint8Array): Uint8Array => {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, rest.length)
  return Buffer.concat([Uint8Array.of(...head), length, rest])
}

/** Frames of the kinds that a careless reader takes quadratic time for, or memory by what they claim. */
const COSTLY: Readonly<Record<string, string | Uint8Array>> = {
  'brackets that open': ofText('['),
  'brackets in a string': inPayload(`"${ofText('[{')}"`),
  'small arrays': inPayload(`[${ofText('[],')}0]`),
  'members of one object': inPayload(`{${Array.from({ length: 150_000 }, (_, n) => `"${n}k":0`).join(',')}}`),
  'one key again and again': inPayload(`{${ofText('"constructor":0,')}"a":0}`),
  'escapes that might be keys': inPayload(`["${ofText('\\u0041')}"]`),
  'one number': inPayload(ofText('9')),
  'packed arrays that open': filled(0x91),
  'packed arrays that claim all the rest': filled(0xdd, 0, 0, 0xff, 0xff),
  'packed maps that claim 64 K members': filled(0xde, 0xff, 0xff, 0xa1, 0x61),
  'packed items': inPacked([0x95, 0xc0, 0xc0, 0xa1, 0x74, 0xa1, 0x65, 0xdd], filled(0)),
  'packed empty strings': inPacked([0x95, 0xc0, 0xc0, 0xa1, 0x74, 0xa1, 0x65, 0xdd], filled(0xa0)),
  'a string of wrong UTF-8': inPacked([0x95, 0xdb], filled(0xff)),
  'a binary push': filled(0),
}

/** Linear readers take a tenth of a second, on a slow machine that does other things somewhat more; quadratic ones hours. */
const LONGEST_MS = 10_000

t.test('CH-044 megabytes, whatever is in them, are read or refused in linear time', async (t) => {
  for (const [what, frame] of Object.entries(COSTLY)) {
    const start = performance.now()
    try {
      ;(typeof frame === 'string' ? v2Json : msgpack).decode(frame)
    } catch (error) {
      t.match(error, { code: 'BEAMISH_INVALID_MESSAGE' }, what)
    }
    t.ok(performance.now() - start < LONGEST_MS, what)
  }
})
