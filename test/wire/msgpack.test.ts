import t from 'tap'
import { containsBytes } from '../../src/wire/json-value.ts'
import type { Broadcast, Message, Reply } from '../../src/wire/message.ts'
import { msgpack } from '../../src/wire/msgpack.ts'
import type { Frame } from '../../src/wire/serializer.ts'
import { v2Json } from '../../src/wire/v2-json.ts'
import { serializerContract } from '../contracts/serializer.ts'
import { readMsgpackAsClient, writeMsgpack, writeOfficial } from '../contracts/serializer-clients.ts'

const HEAD = '95c0c0a174a165' // [null, null, "t", "e", …

t.test('MessagePack keeps the serializer contract', (t) =>
  serializerContract(t, {
    serializer: msgpack,
    write: writeMsgpack,
    read: readMsgpackAsClient,
    sendsJoinRef: true,
    malformed: {
      'an empty frame': new Uint8Array(0),
      'empty text': '',
      'an array of four': bytes('94c0c0a174a165'),
      'an array of six': bytes('96c0c0a174a16580c0'),
      'a map': bytes('80'),
      'a topic that is a number': bytes('95c0c005a16580'),
      'a topic that is nil': bytes('95c0c0c0a16580'),
      'an event that is bytes': bytes('95c0c0a174c4016580'),
      'a ref that is a number': bytes('95c005a174a16580'),
      'a join_ref that is a number': bytes('9505c0a174a16580'),
      'trailing bytes': bytes(`${HEAD}80c0`),
      'no payload': bytes(HEAD),
      c1: bytes(`${HEAD}c1`),
      'a record definition': bytes(`${HEAD}d4724091a16101`),
      'a timestamp': bytes(`${HEAD}d6ff00000000`),
      'an unknown extension': bytes(`${HEAD}c7010100`),
      'a Set extension': bytes(`${HEAD}d473009101`),
      'an undefined extension': bytes(`${HEAD}d40000`),
      'a key that is a number': bytes(`${HEAD}810102`),
      'a key that is nil': bytes(`${HEAD}81c002`),
      'a key that is a map': bytes(`${HEAD}818002`),
      'a string not in UTF-8': bytes(`${HEAD}a2c328`),
      'a long string not in UTF-8': bytes(`${HEAD}d940${'61'.repeat(63)}ff`),
      'a surrogate in a string': bytes(`${HEAD}a3eda080`),
      'a string past the end': bytes(`${HEAD}dbffffffff61`),
      'bytes past the end': bytes(`${HEAD}c6ffffffff61`),
      'an array past the end': bytes(`${HEAD}ddffffffffc0`),
      'a map past the end': bytes(`${HEAD}dfffffffffa16101`),
      'half an integer': bytes(`${HEAD}cf00000000`),
      'half a float': bytes(`${HEAD}cb0000`),
      'depth 100,000': bytes(`${HEAD}${'91'.repeat(1e5)}90`),
      'depth 100,000 in maps': bytes(`${HEAD}${'81a161'.repeat(1e5)}80`),
      'a truncated binary push': Uint8Array.of(0, 1, 1, 6, 5, 0x33),
    },
  }),
)

t.test('CH-040 messages equal the table of the specification', (t) => {
  const push: Message = { type: 'message', joinRef: '3', ref: null, topic: 'room:1', event: 'new', payload: { a: 1 } }
  const reply: Reply = { type: 'reply', joinRef: null, ref: '5', topic: 'phoenix', status: 'ok', response: {} }
  const chunk: Reply = { ...reply, joinRef: '3', ref: '7', topic: 'room:1', response: bytes('deadbeef') }
  const broadcast: Broadcast = { type: 'broadcast', topic: 'room:1', event: 'new', payload: { a: 1 } }
  const replied = 'a97068785f7265706c79' + '82' + 'a6737461747573' + 'a26f6b' + 'a8726573706f6e7365'

  t.equal(hex(msgpack.encode(reply)), `95c0a135a770686f656e6978${replied}80`, 'heartbeat reply')
  t.equal(hex(msgpack.encode(push)), '95a133c0a6726f6f6d3a31a36e657781a16101', 'push')
  t.equal(hex(msgpack.fastlane(broadcast)), '95c0c0a6726f6f6d3a31a36e657781a16101', 'broadcast')
  t.equal(hex(msgpack.encode(chunk)), `95a133a137a6726f6f6d3a31${replied}c404deadbeef`, 'reply with bytes')

  t.strictSame(
    msgpack.decode(bytes('95c0a135a770686f656e6978a968656172746265617480')),
    { type: 'message', joinRef: null, ref: '5', topic: 'phoenix', event: 'heartbeat', payload: {} },
    'heartbeat',
  )
  t.strictSame(
    msgpack.decode(bytes('95a133a133a6726f6f6d3a31a87068785f6a6f696e80')),
    { type: 'message', joinRef: '3', ref: '3', topic: 'room:1', event: 'phx_join', payload: {} },
    'join',
  )
  t.strictSame(
    msgpack.decode(bytes('95a133a137a6726f6f6d3a31a56368756e6bc404deadbeef')),
    { type: 'message', joinRef: '3', ref: '7', topic: 'room:1', event: 'chunk', payload: bytes('deadbeef') },
    'push of bytes',
  )
  t.end()
})

t.test('CH-042 bytes inside an object stay bytes, both ways', (t) => {
  const payload = { list: [bytes('0102')], view: Buffer.from([3]), raw: bytes('04').buffer }
  const frame = msgpack.fastlane({ type: 'broadcast', topic: 't', event: 'e', payload })
  const seen = { list: [bytes('0102')], view: bytes('03'), raw: bytes('04') }
  t.strictSame(msgpack.decode(frame).payload, seen)
  t.end()
})

t.test('CH-043 V2 text and V2 binary pushes are taken as well', (t) => {
  const sent = { joinRef: '3', ref: '7', topic: 'room:1', event: 'chunk', payload: bytes('deadbeef') }
  t.strictSame(msgpack.decode(writeOfficial(sent)), { type: 'message', ...sent })
  t.strictSame(msgpack.decode('["3","7","room:1","chunk",{"a":1}]'), { type: 'message', ...sent, payload: { a: 1 } })
  t.end()
})

t.test('the longer array headers are the same array', (t) => {
  const rest = 'c0c0a174a16580'
  for (const header of ['95', 'dc0005', 'dd00000005']) t.equal(msgpack.decode(bytes(header + rest)).event, 'e')
  t.end()
})

t.test('CH-041 every number format is read', (t) => {
  const read = (value: string): unknown => msgpack.decode(bytes(HEAD + value)).payload
  t.strictSame(
    ['00', '7f', 'cc80', 'cdffff', 'ceffffffff', 'cf001fffffffffffff', 'e0', 'ff', 'd080', 'd18000', 'd280000000'].map(
      read,
    ),
    [0, 127, 128, 65_535, 4_294_967_295, Number.MAX_SAFE_INTEGER, -32, -1, -128, -32_768, -2_147_483_648],
  )
  t.equal(read('d3ffffffffffffffff'), -1)
  t.equal(read('d38000000000000000'), -(2 ** 63))
  t.equal(read('cfffffffffffffffff'), 2 ** 64, 'the nearest number, as JSON.parse gives it')
  t.equal(read('ca3f800000'), 1)
  t.equal(read('cb3ff8000000000000'), 1.5)
  t.strictSame([read('c0'), read('c2'), read('c3')], [null, false, true])
  t.end()
})

t.test('a lone surrogate becomes U+FFFD, in values and keys', (t) => {
  const frame = msgpack.fastlane({ type: 'broadcast', topic: '\ud800t', event: 'e', payload: { 'a\udc00': '\ud800' } })
  t.strictSame(msgpack.decode(frame), {
    type: 'message',
    joinRef: null,
    ref: null,
    topic: '\ufffdt',
    event: 'e',
    payload: { 'a\ufffd': '\ufffd' },
  })
  t.end()
})

t.test('an own __proto__ of the server is a member, not a prototype', (t) => {
  const payload = JSON.parse('{"__proto__":{"a":1},"d":1}')
  payload.d = new Date(0)
  const frame = msgpack.fastlane({ type: 'broadcast', topic: 't', event: 'e', payload })
  t.match(hex(frame), /a95f5f70726f746f5f5f81a16101/)
  t.throws(() => msgpack.decode(frame), { code: 'BEAMISH_INVALID_MESSAGE' })
  t.end()
})

t.test('a frame inside a larger buffer is read within its bounds', (t) => {
  const around = bytes(`ffff${HEAD}a16bffff`)
  t.equal(msgpack.decode(around.subarray(2, -2)).payload, 'k')
  t.throws(() => msgpack.decode(around.subarray(2, -3)), { code: 'BEAMISH_INVALID_MESSAGE' })
  t.end()
})

t.test('frames stay as they are while more are encoded', (t) => {
  const encode = (n: number): Frame => msgpack.fastlane({ type: 'broadcast', topic: 't', event: 'e', payload: { n } })
  const frames = Array.from({ length: 5000 }, (_, n) => encode(n))
  t.ok(frames.every((frame, n) => (msgpack.decode(frame).payload as { n: number }).n === n))
  t.end()
})

t.test('containsBytes finds bytes at any depth', (t) => {
  t.equal(containsBytes(bytes('01')), true)
  t.equal(containsBytes({ a: [{ b: new ArrayBuffer(1) }] }), true)
  t.equal(containsBytes({ a: [{ b: 'text' }], c: null }), false)
  const circle: Record<string, unknown> = {}
  circle.left = circle
  circle.right = circle
  t.throws(() => containsBytes(circle), { code: 'BEAMISH_INVALID_PAYLOAD' })
  t.end()
})

t.test('CH-041 a message of one client looks alike to members of both kinds', (t) => {
  const { payload } = msgpack.decode(bytes(`${HEAD}82a161cf1000000000000000a162cb7ff8000000000000`))
  const broadcast: Broadcast = { type: 'broadcast', topic: 't', event: 'e', payload }
  t.strictSame(v2Json.decode(v2Json.fastlane(broadcast)).payload, { a: 2 ** 60, b: null })
  t.strictSame(msgpack.decode(msgpack.fastlane(broadcast)).payload, { a: 2 ** 60, b: null })
  t.end()
})

function hex(frame: Frame): string {
  return typeof frame === 'string' ? frame : Buffer.from(frame).toString('hex')
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
