import t from 'tap'
import type { Broadcast, Message, Reply } from '../../src/wire/message.ts'
import type { Frame } from '../../src/wire/serializer.ts'
import { v2Json } from '../../src/wire/v2-json.ts'
import { readOfficial, writeOfficial } from '../contracts/serializer-clients.ts'

const data = Uint8Array.of(0xde, 0xad, 0xbe, 0xef)
const push: Message = { type: 'message', joinRef: '3', ref: null, topic: 'room:1', event: 'chunk', payload: data }
const reply: Reply = { type: 'reply', joinRef: '3', ref: '7', topic: 'room:1', status: 'ok', response: data }
const broadcast: Broadcast = { type: 'broadcast', topic: 'room:1', event: 'chunk', payload: data }

t.test('CH-032 binary frames equal the examples of the specification', (t) => {
  t.equal(hex(v2Json.encode(push)), '00010605' + '33' + '726f6f6d3a31' + '6368756e6b' + 'deadbeef')
  t.equal(hex(v2Json.encode(reply)), '0101010602' + '33' + '37' + '726f6f6d3a31' + '6f6b' + 'deadbeef')
  t.equal(
    hex(v2Json.encode({ ...reply, status: 'error', response: Uint8Array.of(0) })),
    '0101010605' + '33' + '37' + '726f6f6d3a31' + '6572726f72' + '00',
  )
  t.equal(hex(v2Json.fastlane(broadcast)), '020605' + '726f6f6d3a31' + '6368756e6b' + 'deadbeef')
  t.end()
})

t.test('CH-032 the official client reads them, with an ArrayBuffer', (t) => {
  t.strictSame(readOfficial(v2Json.encode(push)), { ...fields(push), ref: null, payload: data.buffer })
  t.strictSame(readOfficial(v2Json.encode(reply)), {
    joinRef: '3',
    ref: '7',
    topic: 'room:1',
    event: 'phx_reply',
    payload: { status: 'ok', response: data.buffer },
  })
  t.strictSame(readOfficial(v2Json.fastlane(broadcast)), {
    joinRef: null,
    ref: null,
    topic: 'room:1',
    event: 'chunk',
    payload: data.buffer,
  })
  t.end()
})

t.test('CH-034 a binary push of the client is decoded with all five fields', (t) => {
  const frame = bytes('0001010605' + '33' + '37' + '726f6f6d3a31' + '6368756e6b' + 'deadbeef')
  t.strictSame(v2Json.decode(frame), { ...push, ref: '7' })
  t.equal(hex(writeOfficial({ ...fields(push), ref: '7', payload: data })), hex(frame), 'the official client sends it')

  const accents = bytes('0001010902' + '33' + '39' + '73616cc3b36e3ac3a9' + 'c3b1' + '00')
  t.strictSame(v2Json.decode(accents), {
    type: 'message',
    joinRef: '3',
    ref: '9',
    topic: 'salón:é',
    event: 'ñ',
    payload: Uint8Array.of(0),
  })
  t.end()
})

t.test('an absent ref or join_ref is empty on the wire and null inside', (t) => {
  const decoded = v2Json.decode(bytes('0000000101' + '74' + '65'))
  t.strictSame(decoded, {
    type: 'message',
    joinRef: null,
    ref: null,
    topic: 't',
    event: 'e',
    payload: new Uint8Array(0),
  })
  t.equal(
    hex(v2Json.encode({ ...reply, joinRef: null, ref: null })),
    '0100000602' + '726f6f6d3a31' + '6f6b' + 'deadbeef',
  )
  t.equal(hex(v2Json.encode({ ...push, joinRef: 12 })).slice(0, 12), '000206053132', 'a number is written in digits')
  t.end()
})

t.test('CH-033 a field of 256 bytes is refused by name, 255 works', (t) => {
  const fits = 'x'.repeat(255)
  const tooLong = 'x'.repeat(256)
  t.doesNotThrow(() => v2Json.encode({ ...push, joinRef: fits, topic: fits, event: fits }))
  t.doesNotThrow(() => v2Json.encode({ ...reply, joinRef: fits, ref: fits, topic: fits, status: fits }))
  t.doesNotThrow(() => v2Json.fastlane({ ...broadcast, topic: fits, event: fits }))
  t.strictSame(
    readOfficial(v2Json.encode({ ...reply, joinRef: fits, ref: fits, topic: fits, status: fits })),
    { joinRef: fits, ref: fits, topic: fits, event: 'phx_reply', payload: { status: fits, response: data.buffer } },
    'also for the client',
  )

  const refuses = (field: string, encode: () => Frame): void => {
    const message = new RegExp(`its ${field} in at most 255 bytes.*got 256`)
    t.throws(encode, { name: 'FieldTooLongError', code: 'BEAMISH_FIELD_TOO_LONG', message }, field)
  }
  refuses('join_ref', () => v2Json.encode({ ...push, joinRef: tooLong }))
  refuses('topic', () => v2Json.encode({ ...push, topic: tooLong }))
  refuses('event', () => v2Json.encode({ ...push, event: tooLong }))
  refuses('join_ref', () => v2Json.encode({ ...reply, joinRef: tooLong }))
  refuses('ref', () => v2Json.encode({ ...reply, ref: tooLong }))
  refuses('topic', () => v2Json.encode({ ...reply, topic: tooLong }))
  refuses('status', () => v2Json.encode({ ...reply, status: tooLong }))
  refuses('topic', () => v2Json.fastlane({ ...broadcast, topic: tooLong }))
  refuses('event', () => v2Json.fastlane({ ...broadcast, event: tooLong }))
  refuses('topic', () => v2Json.encode({ ...push, topic: 'é'.repeat(128) }))
  t.end()
})

t.test('a U+FFFD that the client sent is text, not an error', (t) => {
  t.equal(v2Json.decode(bytes('0000000301' + 'efbfbd' + '65')).topic, '\ufffd')
  t.end()
})

function fields({ joinRef, ref, topic, event, payload }: Message) {
  return { joinRef, ref, topic: topic ?? '', event, payload }
}

function hex(frame: Frame): string {
  return typeof frame === 'string' ? frame : Buffer.from(frame).toString('hex')
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
