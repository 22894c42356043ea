import fc from 'fast-check'
import t from 'tap'
import { type ClientMessage, msgpack } from '../../src/client/msgpack.ts'
import type { Broadcast } from '../../src/wire/message.ts'
import { msgpack as server } from '../../src/wire/msgpack.ts'
import { readMsgpack } from '../../src/wire/msgpack-reader.ts'

// The other half of each test is the server's codec, whose reader is strict and was not written with the client's.

function encode(message: Partial<ClientMessage>): Uint8Array {
  const frames: Uint8Array[] = []
  msgpack.encode({ topic: 't', event: 'e', payload: {}, ...message }, (frame) => void frames.push(frame))
  const [frame, ...more] = frames
  if (frame === undefined || more.length > 0) throw new Error(`it called back ${frames.length} times`)
  return frame
}

function decode(frame: string | ArrayBuffer): ClientMessage {
  const messages: ClientMessage[] = []
  msgpack.decode(frame, (message) => void messages.push(message))
  const [message, ...more] = messages
  if (message === undefined || more.length > 0) throw new Error(`it called back ${messages.length} times`)
  return message
}

/** As a WebSocket gives it to the client. */
function received(frame: Uint8Array | string): ArrayBuffer {
  return new Uint8Array(frame as Uint8Array).buffer
}

function broadcast(payload: unknown): ArrayBuffer {
  return received(server.fastlane({ type: 'broadcast', topic: 't', event: 'e', payload }) as Uint8Array)
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

function hex(data: Uint8Array | ArrayBuffer): string {
  return Buffer.from(data as ArrayBuffer).toString('hex')
}

const REPLIED = 'a97068785f7265706c79 82 a6737461747573 a26f6b a8726573706f6e7365'

t.test('CH-040 what the client sends equals the table of the specification', async (t) => {
  const room = { join_ref: '3', topic: 'room:1' }
  const heartbeat = { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '5' } // without a join_ref, as the client does
  t.equal(hex(encode(heartbeat)), hex(bytes('95 c0 a135 a770686f656e6978 a9686561727462656174 80')))
  t.equal(
    hex(encode({ ...room, ref: '3', event: 'phx_join' })),
    hex(bytes('95 a133 a133 a6726f6f6d3a31 a87068785f6a6f696e 80')),
  )
  t.equal(
    hex(encode({ ...room, ref: '7', event: 'chunk', payload: bytes('deadbeef').buffer })),
    hex(bytes('95 a133 a137 a6726f6f6d3a31 a56368756e6b c404 deadbeef')),
  )
})

t.test('CH-040 what the server sends is read as the table of the specification says', async (t) => {
  const reply = { join_ref: null, ref: '5', topic: 'phoenix', event: 'phx_reply' }
  t.same(decode(bytes(`95 c0 a135 a770686f656e6978 ${REPLIED} 80`).buffer), {
    ...reply,
    payload: { status: 'ok', response: {} },
  })
  t.same(decode(bytes('95 a133 c0 a6726f6f6d3a31 a36e6577 81 a161 01').buffer), {
    join_ref: '3',
    ref: null,
    topic: 'room:1',
    event: 'new',
    payload: { a: 1 },
  })
  t.same(decode(bytes('95 c0 c0 a6726f6f6d3a31 a36e6577 81 a161 01').buffer).join_ref, null)
  const { payload } = decode(bytes(`95 a133 a137 a6726f6f6d3a31 ${REPLIED} c404 deadbeef`).buffer)
  t.equal(payload.status, 'ok')
  t.equal(hex(payload.response), 'deadbeef')
})

t.test('refs that are missing, undefined or null are nil', async (t) => {
  for (const refs of [{}, { ref: undefined, join_ref: undefined }, { ref: null, join_ref: null }]) {
    const message = { topic: 't', event: 'e', payload: {}, ...refs } as unknown as ClientMessage
    t.equal(hex(encode(message)).slice(0, 6), '95c0c0')
  }
})

t.test('CH-042 a payload that is bytes, of whatever kind, is sent as bytes', async (t) => {
  const around = bytes('ff 00010203 ff')
  const kinds = {
    ArrayBuffer: around.slice(1, 5).buffer,
    Uint8Array: around.subarray(1, 5),
    Uint16Array: new Uint16Array(around.slice(1, 5).buffer),
    DataView: new DataView(around.buffer, 1, 4),
    Buffer: Buffer.from([0, 1, 2, 3]),
  }
  for (const [kind, payload] of Object.entries(kinds)) {
    t.match(hex(encode({ payload })), /c40400010203$/, kind)
  }
})

t.test(
  'CH-042 bytes arrive as the default serializer has them: an ArrayBuffer where they are everything',
  async (t) => {
    const pushed = decode(broadcast(bytes('01 02'))).payload
    t.ok(pushed instanceof ArrayBuffer)
    t.equal(hex(pushed), '0102')
    const encoded = server.encode({
      type: 'reply',
      joinRef: '1',
      ref: '2',
      topic: 't',
      status: 'ok',
      response: bytes('03'),
    })
    const { status, response } = decode(received(encoded)).payload
    t.equal(status, 'ok')
    t.ok(response instanceof ArrayBuffer)
    t.equal(hex(response), '03')
    t.equal(decode(broadcast(new Uint8Array(0))).payload.byteLength, 0)
  },
)

t.test('CH-042 bytes inside an object arrive as byte arrays with memory of their own', async (t) => {
  const sent = encode({ payload: { raw: bytes('01').buffer, list: [bytes('0203'), Buffer.from([4])] } })
  t.same(server.decode(sent).payload, { raw: bytes('01'), list: [bytes('0203'), bytes('04')] })

  const { payload } = decode(broadcast({ file: bytes('0102'), response: bytes('03') }))
  t.equal(payload.file.constructor, Uint8Array)
  t.equal(payload.response.constructor, Uint8Array, 'only a reply has a response')
  t.equal(payload.file.buffer.byteLength, 2)
})

t.test('a string is text of V2 when it starts with a bracket, else base64', async (t) => {
  const message = { join_ref: '1', ref: null, topic: 't', event: 'e', payload: { a: 'é' } }
  t.same(decode('["1",null,"t","e",{"a":"é"}]'), message)
  t.same(decode(Buffer.from(encode(message)).toString('base64')), message)
  const { payload } = decode(Buffer.from(encode({ payload: bytes('01ff').buffer })).toString('base64'))
  t.equal(hex(payload), '01ff')
})

t.test('the payload that the client gets is never null', async (t) => {
  t.same(decode('[null,null,"t","e",null]').payload, {})
  t.same(decode(bytes('95c0c0a174a165c0').buffer).payload, {})
  t.same(decode(bytes('95c0c0a174a97068785f7265706c79c0').buffer).payload, {})
})

t.test('CH-041 what has another form in JSON is sent in that form', async (t) => {
  const payload = {
    at: new Date(0),
    gone: undefined,
    large: 2 ** 60,
    nan: Number.NaN,
    list: [undefined, () => 1],
    own: { toJSON: () => 'as it says' },
    lone: '\ud800',
  }
  t.same(server.decode(encode({ payload })).payload, {
    at: '1970-01-01T00:00:00.000Z',
    large: 2 ** 60,
    nan: null,
    list: [null, null],
    own: 'as it says',
    lone: '\ufffd',
  })
})

t.test('what cannot be sent throws where it is pushed', async (t) => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  t.throws(() => encode({ payload: circle }), { code: 'BEAMISH_INVALID_PAYLOAD' })
  t.throws(() => encode({ payload: { n: 1n } }), { code: 'BEAMISH_INVALID_PAYLOAD' })
  t.equal(hex(encode({})), hex(bytes('95c0c0a174a16580')), 'and the codec goes on')
})

t.test('what cannot be read throws at once: half a frame, and a Blob', async (t) => {
  t.throws(() => decode(bytes('95c0c0a174a1').buffer))
  t.throws(() => decode(new Blob([bytes('95c0c0a174a16580')]) as unknown as ArrayBuffer), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /binaryType/,
  })
  t.same(decode(broadcast({ a: 1 })).payload, { a: 1 }, 'and the codec goes on')
})

t.test('an error thrown by the callback comes through, and the callback is not called again', async (t) => {
  let calls = 0
  const callback = (): void => {
    calls += 1
    throw new Error('of the app')
  }
  t.throws(() => msgpack.encode({ topic: 't', event: 'e', payload: {} }, callback), { message: 'of the app' })
  t.throws(() => msgpack.decode(broadcast({}), callback), { message: 'of the app' })
  t.equal(calls, 2)
})

t.test('a frame from another realm is an ArrayBuffer too', async (t) => {
  const { runInNewContext } = await import('node:vm')
  const foreign = runInNewContext('Uint8Array.of(0x95, 0xc0, 0xc0, 0xa1, 0x74, 0xa1, 0x65, 0x80).buffer')
  t.notOk(foreign instanceof ArrayBuffer)
  t.equal(decode(foreign).topic, 't')
})

t.test('frames stay as they are while more are encoded', async (t) => {
  const frames = Array.from({ length: 3000 }, (_, n) => encode({ payload: { n } }))
  t.ok(frames.every((frame, n) => (server.decode(frame).payload as { n: number }).n === n))
})

/** JSON, with bytes in it. What the server refuses is left out: keys that could become a prototype. */
const payloads = fc.letrec<{ any: unknown; object: object }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 60, maxLength: 300 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, false),
    fc.uint8Array({ maxLength: 300 }).map((array) => new Uint8Array(array)),
    fc.array(tie('any'), { maxLength: 40 }),
    tie('object'),
  ),
  object: fc
    .dictionary(fc.string(), tie('any'), { maxKeys: 20, noNullPrototype: true })
    .filter((object) => !Object.hasOwn(object, '__proto__') && !Object.hasOwn(object, 'constructor')),
})).object

// msgpackr reads strings over 64 bytes with a TextDecoder, which takes a U+FEFF at their beginning for a byte order mark.
const withoutMark = (value: object): boolean => !JSON.stringify(value).includes('\ufeff')

t.test('whatever the client sends the server reads, and the other way round', async (t) => {
  fc.assert(
    fc.property(payloads.filter(withoutMark), fc.string(), (payload, text) => {
      const frame = encode({ payload, join_ref: text, topic: text })
      const read = server.decode(frame)
      t.strictSame(read, { type: 'message', joinRef: text, ref: null, topic: text, event: 'e', payload })
      const back: Broadcast = { type: 'broadcast', topic: text, event: 'e', payload }
      t.strictSame(decode(received(server.fastlane(back))).payload, payload)
      t.ok(Array.isArray(readMsgpack(frame)), 'it is standard MessagePack')
    }),
    { numRuns: 200 },
  )
})
