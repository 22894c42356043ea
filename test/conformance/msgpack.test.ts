import { Packr, unpack } from 'msgpackr'
import type { Channel, Socket as PhoenixSocket, SocketConnectOption } from 'phoenix'
import t, { type Test } from 'tap'
import type { HandleIn } from '../../src/channel/channel.ts'
import { broadcast, push } from '../../src/channel/messaging.ts'
import { ok, reply } from '../../src/channel/result.ts'
import { msgpack } from '../../src/client/msgpack.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { msgpack as serverMsgpack } from '../../src/wire/msgpack.ts'
import { readMsgpack } from '../../src/wire/msgpack-reader.ts'
import type { Serializer } from '../../src/wire/serializer.ts'
import { v2Json } from '../../src/wire/v2-json.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { PackedClient } from '../support/packed-client.ts'
import { answerOf, joined, nextEvent, phoenixClient } from '../support/phoenix-client.ts'
import { RawClient } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

// MessagePack, from the official client with the codec of src/client to the other members of a topic. Real sockets.

const QUICK = { rejoinAfterMs: () => 5, reconnectAfterMs: () => 5 }

async function serve(room: Parameters<typeof testRoom>[0] = {}) {
  const socket = Socket.define({ channels: { 'room:*': testRoom(room) } })
  return await startEndpoint({ sockets: { '/socket': socket } })
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

function isBytes(value: unknown, kind: typeof ArrayBuffer | typeof Uint8Array, ...expected: number[]): boolean {
  if (value?.constructor !== kind) return false
  return Buffer.from(value as Uint8Array).equals(Uint8Array.from(expected))
}

// ── The same with both codecs ────────────────────────────────────────────────────────────────────────────────────────

/** What the official client lives through, told as values that can be compared. */
async function story(t: Test, codec: Partial<SocketConnectOption>): Promise<Readonly<Record<string, unknown>>> {
  const { port } = await serve()
  const ann = phoenixClient(t, port, { ...QUICK, ...codec })
  const bob = await joined(phoenixClient(t, port, codec), 'room:a')
  const room = ann.channel('room:a', { reply: { nested: [1, null, 'é'] } })
  const joins = [new Gate(), new Gate()]
  let joinCount = 0
  const joining = answerOf(room.join().receive('ok', () => joins[joinCount++]?.open()))
  return {
    join: await joining,
    refused: (await answerOf(ann.channel('room:forbidden').join()))[1],
    ...(await answers(room)),
    ...(await messages(room, bob)),
    ping: await pinged(ann),
    ...(await crashAndRejoin(room, joins[1] as Gate)),
    leave: [(await answerOf(room.leave()))[0], room.state],
  }
}

async function answers(room: Channel) {
  return {
    echo: await answerOf(room.push('echo', { list: [1.5, -1, true, 'x'.repeat(300)] })),
    fail: await answerOf(room.push('fail', { reason: 'on demand' })),
    text: await answerOf(room.push('reply_raw', { v: 'text' })),
    weird: await new Promise((resolve) => room.push('status', { status: 'weird' }).receive('weird' as 'ok', resolve)),
  }
}

async function messages(room: Channel, other: Channel) {
  const heard = [nextEvent(room, 'shout'), nextEvent(other, 'shout')]
  room.push('shout', { text: 'hello' })
  const pushed = nextEvent(room, 'pushed')
  room.push('push_then_reply', { n: 1 })
  return { broadcast: await Promise.all(heard), push: await pushed }
}

async function crashAndRejoin(room: Channel, rejoined: Gate) {
  const crash: unknown[] = []
  room.onError((reason) => void crash.push(reason))
  room.push('boom', {})
  await rejoined.opened
  return { crash, state: room.state, afterwards: await answerOf(room.push('echo', { back: true })) }
}

function pinged(socket: PhoenixSocket): Promise<boolean> {
  return new Promise((resolve) => socket.ping((latency) => resolve(latency >= 0)))
}

t.test('CH-039 with the codec the official client lives as it does with JSON', async (t) => {
  const packed = await withRuntime(() => story(t, msgpack))
  t.match(packed, { crash: [{ reason: 'channel_crash' }], state: 'joined', ping: true, leave: ['ok', 'closed'] })
  t.strictSame(packed, await withRuntime(() => story(t, {})))
})

t.test('CH-039 its heartbeats are answered, and it stays connected', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    // The client gives an answer as long as this, so that it must not be too short for a busy machine.
    const socket = phoenixClient(t, port, { ...msgpack, heartbeatIntervalMs: 700 })
    const answers: unknown[] = []
    const second = new Gate()
    socket.onMessage((message) => {
      answers.push(message)
      if (answers.length === 2) second.open()
    })
    socket.onClose(() => void answers.push('closed'))
    await second.opened
    const answer = { topic: 'phoenix', event: 'phx_reply', payload: { status: 'ok', response: {} } }
    t.match(answers, [answer, answer])
  }),
)

// ── The bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────

const REPLIED = 'a97068785f7265706c79 82 a6737461747573 a26f6b a8726573706f6e7365'

t.test('CH-040 on the wire stand the bytes of the specification, and another library reads them', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await serve({
      handleIn: { chunk: (payload) => reply(payload), nudge: (_, socket) => push(socket, 'new', { a: 1 }) },
    })
    const client = await PackedClient.open(port)
    const exchange = async (what: string, sent: string, expected: string) => {
      client.sendRaw(bytes(sent))
      await receives(what, expected)
    }
    const receives = async (what: string, expected: string) => {
      const frame = new Uint8Array((await client.nextRaw()) as Buffer)
      t.strictSame(frame, bytes(expected), what)
      t.strictSame(unpack(frame), readMsgpack(frame), `${what}: two readers agree`)
    }
    await exchange(
      'heartbeat',
      '95 c0 a135 a770686f656e6978 a9686561727462656174 80',
      `95 c0 a135 a770686f656e6978 ${REPLIED} 80`,
    )
    await exchange(
      'join',
      '95 a133 a133 a6726f6f6d3a31 a87068785f6a6f696e 80',
      `95 a133 a133 a6726f6f6d3a31 ${REPLIED} 80`,
    )
    client.send('3', '4', 'room:1', 'nudge', {})
    await receives('push', '95 a133 c0 a6726f6f6d3a31 a36e6577 81 a161 01')
    endpoint.broadcast('room:1', 'new', { a: 1 })
    await receives('broadcast', '95 c0 c0 a6726f6f6d3a31 a36e6577 81 a161 01')
    await exchange(
      'push of bytes and a reply with bytes',
      '95 a133 a137 a6726f6f6d3a31 a56368756e6b c404 deadbeef',
      `95 a133 a137 a6726f6f6d3a31 ${REPLIED} c404 deadbeef`,
    )
    client.close()
  }),
)

t.test(
  'CH-043 on a MessagePack connection text of V2 and its binary push are handled, and answered in MessagePack',
  (t) =>
    withRuntime(async () => {
      const { port } = await serve()
      const client = await PackedClient.open(port)
      client.sendRaw('["3","3","room:1","phx_join",{}]')
      t.same(await client.next(), ['3', '3', 'room:1', 'phx_reply', { status: 'ok', response: {} }])
      client.sendRaw('["3","4","room:1","echo",{"a":[1]}]')
      t.same(await client.next(), ['3', '4', 'room:1', 'phx_reply', { status: 'ok', response: { a: [1] } }])
      client.sendRaw(Buffer.concat([bytes('00 01 01 06 04'), Buffer.from('37room:1echo'), bytes('deadbeef')]))
      const [joinRef, ref, , , { response }] = (await client.next()) as [
        string,
        string,
        string,
        string,
        { response: Buffer },
      ]
      t.same([joinRef, ref, response.toString('hex')], ['3', '7', 'deadbeef'])
      client.close()
    }),
)

// ── Members of both kinds ────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-041 members with JSON and with MessagePack see equal values, whoever sends them', (t) =>
  withRuntime(async () => {
    const odd = () => ({ at: new Date(0), gone: undefined, large: 2 ** 60 + 1, nan: Number.NaN, list: [undefined] })
    const { port, endpoint } = await serve({
      handleIn: {
        shout: (payload, socket) => void broadcast(socket, 'shout', payload),
        server: (_, socket) => void broadcast(socket, 'shout', odd()),
      },
    })
    const json = await joined(phoenixClient(t, port), 'room:a')
    const packed = await joined(phoenixClient(t, port, msgpack), 'room:a')
    const seen = { at: '1970-01-01T00:00:00.000Z', large: 2 ** 60, nan: null, list: [null] }
    const alike = async (from: string, send: () => void) => {
      const heard = Promise.all([nextEvent(json, 'shout'), nextEvent(packed, 'shout')])
      send()
      t.strictSame(await heard, [seen, seen], from)
    }
    await alike('from a member with JSON', () => json.push('shout', odd()))
    await alike('from a member with MessagePack', () => packed.push('shout', odd()))
    await alike('from a channel', () => json.push('server', {}))
    await alike('from the endpoint', () => endpoint.broadcast('room:a', 'shout', odd()))
  }),
)

t.test('CH-041 each member gets its own framing', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await serve()
    const json = await RawClient.open(port)
    const packed = await PackedClient.open(port)
    await json.join('room:a')
    await packed.join('room:a')
    endpoint.broadcast('room:a', 'new', { a: 1 })
    t.same(await json.next(), [null, null, 'room:a', 'new', { a: 1 }])
    t.same(await packed.next(), [null, null, 'room:a', 'new', { a: 1 }])
    endpoint.broadcast('room:a', 'new', bytes('deadbeef'))
    const framed = Buffer.concat([bytes('02 06 03'), Buffer.from('room:anew'), bytes('deadbeef')])
    t.strictSame(await json.next(), framed)
    t.equal(((await packed.next())[4] as Buffer).toString('hex'), 'deadbeef')
    json.close()
    packed.close()
  }),
)

t.test('CH-042 bytes come as an ArrayBuffer, and inside an object as a byte array', (t) =>
  withRuntime(async () => {
    const { port } = await serve({
      join: () => ok({ avatar: Uint8Array.of(9) }),
      handleIn: {
        echo: (payload) => reply(payload),
        shout: (payload, socket) => void broadcast(socket, 'shout', payload),
        pushed: (payload, socket) => push(socket, 'pushed', payload),
      },
    })
    const socket = phoenixClient(t, port, msgpack)
    const room = socket.channel('room:a')
    const [, { avatar }] = (await answerOf(room.join())) as [string, { avatar: Uint8Array }]
    t.ok(isBytes(avatar, Uint8Array, 9), 'inside a join reply')
    const sent = Uint8Array.of(1, 2, 255).buffer
    const echoed = async (payload: object) => (await answerOf(room.push('echo', payload)))[1]
    t.ok(isBytes(await echoed(sent), ArrayBuffer, 1, 2, 255), 'reply')
    const { file, list } = (await echoed({ file: sent, list: [Uint8Array.of(3)] })) as {
      file: unknown
      list: unknown[]
    }
    t.ok(isBytes(file, Uint8Array, 1, 2, 255), 'inside a reply')
    t.ok(isBytes(list[0], Uint8Array, 3), 'and deeper')
    const json = await joined(phoenixClient(t, port), 'room:a')
    for (const event of ['shout', 'pushed']) {
      const heard = nextEvent(room, event)
      const other = event === 'shout' ? nextEvent(json, event) : sent
      room.push(event, sent)
      t.ok(isBytes(await heard, ArrayBuffer, 1, 2, 255), event)
      t.ok(isBytes(await other, ArrayBuffer, 1, 2, 255), `${event}, at a member with JSON`)
      const inside = nextEvent(room, event)
      room.push(event, { file: Uint8Array.of(7) })
      t.ok(isBytes(((await inside) as { file: unknown }).file, Uint8Array, 7), `inside a ${event}`)
    }
  }),
)

/** A serializer that counts its calls, since they were last taken. */
function counting(serializer: Serializer): { readonly serializer: Serializer; readonly taken: () => object } {
  const calls = { fastlane: 0, encode: 0 }
  const counted: Serializer = {
    ...serializer,
    encode: (message) => {
      calls.encode++
      return serializer.encode(message)
    },
    fastlane: (message) => {
      calls.fastlane++
      return serializer.fastlane(message)
    },
  }
  const taken = () => {
    const soFar = { ...calls }
    Object.assign(calls, { fastlane: 0, encode: 0 })
    return soFar
  }
  return { serializer: counted, taken }
}

t.test('CH-038 a broadcast to a hundred members with JSON and fifty with MessagePack is encoded twice', (t) =>
  withRuntime(async () => {
    const [json, packed] = [counting(v2Json), counting(serverMsgpack)]
    const shout: HandleIn<object> = (payload, socket) => void broadcast(socket, 'shout', payload)
    const { port, endpoint } = await startEndpoint({
      sockets: {
        '/socket': {
          socket: Socket.define({ channels: { 'room:*': testRoom({ handleIn: { shout } }) } }),
          serializers: [
            { version: '2.0.0', serializer: json.serializer },
            { version: '2.0.0-msgpack', serializer: packed.serializer },
          ],
        },
      },
    })
    const talker = await RawClient.open(port)
    const members: readonly (RawClient | PackedClient)[] = [
      talker,
      ...(await Promise.all(Array.from({ length: 99 }, () => RawClient.open(port)))),
      ...(await Promise.all(Array.from({ length: 50 }, () => PackedClient.open(port)))),
    ]
    t.teardown(() => members.forEach((member) => void member.close()))
    for (const member of members) await member.join('room:a')
    t.same(
      [json.taken(), packed.taken()],
      [
        { fastlane: 0, encode: 100 },
        { fastlane: 0, encode: 50 },
      ],
      'the joins',
    )

    const said = async () => (await Promise.all(members.map((member) => member.next()))).map((frame) => frame[4])
    const once = [json, packed].map(() => ({ fastlane: 1, encode: 0 }))
    endpoint.broadcast('room:a', 'shout', { n: 1 })
    t.same(await said(), Array(150).fill({ n: 1 }))
    t.same([json.taken(), packed.taken()], once, 'by the endpoint')
    talker.send('1', '2', 'room:a', 'shout', { n: 2 })
    t.same(await said(), Array(150).fill({ n: 2 }))
    t.same([json.taken(), packed.taken()], once, 'by a member')
  }),
)

// ── Hostile ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const HEAD = '95 c0 a131 a6726f6f6d3a61 a46563686f' // [nil, "1", "room:a", "echo", …

/** Frames that are no message. */
const MALFORMED: Readonly<Record<string, Uint8Array>> = {
  nothing: bytes(''),
  'a record definition': bytes(`${HEAD} d4724091a16101`),
  'what msgpackr itself packs when it may use records': new Packr().pack([null, '1', 'room:a', 'echo', { a: 1 }]),
  c1: bytes(`${HEAD} c1`),
  truncated: bytes(`${HEAD} 82 a161`),
  'trailing bytes': bytes(`${HEAD} 80 c0`),
  'depth 100,000': bytes(`${HEAD} ${'91'.repeat(1e5)} 90`),
  'depth 100,000 in maps': bytes(`${HEAD} ${'81a161'.repeat(1e5)} 80`),
  'an array of four': bytes('94 c0 a131 a6726f6f6d3a61 a46563686f'),
  'an array of six': bytes(`96${HEAD.slice(2)} 80 c0`),
  'a topic that is a number': bytes('95 c0 a131 05 a46563686f 80'),
  'a ref that is a number': bytes('95 c0 01 a6726f6f6d3a61 a46563686f 80'),
  'an event that is nil': bytes('95 c0 a131 a6726f6f6d3a61 c0 80'),
  'an array that claims 4 G items': bytes(`${HEAD} dd ffffffff c0`),
  'a map that claims 4 G members': bytes(`${HEAD} df ffffffff a16101`),
  'a string that claims 4 GB': bytes(`${HEAD} db ffffffff 61`),
  'bytes that claim 4 GB': bytes(`${HEAD} c6 ffffffff 61`),
  'arrays that claim 64 K items each': bytes(`${HEAD} ${'dcffff'.repeat(500)}`),
  'a Set': bytes(`${HEAD} d4730091 01`),
  'a timestamp': bytes(`${HEAD} d6ff00000000`),
  'a key that is a number': bytes(`${HEAD} 81 01 02`),
  'a key __proto__': bytes(`${HEAD} 81 a95f5f70726f746f5f5f 81 a16101`),
  'constructor.prototype': bytes(`${HEAD} 81 ab636f6e7374727563746f72 81 a970726f746f74797065 81 a16101`),
  'text that is no UTF-8': bytes(`${HEAD} a2c328`),
  'a binary push that ends early': bytes('00 01 01 06 05 33'),
  'a binary frame of kind 1': bytes('01 01 01 06 02 33 37'),
}

t.test('CH-044 hostile frames close their own connection with 1011, and nobody else notices', (t) =>
  withRuntime(async ({ reports }) => {
    const { port, endpoint } = await serve()
    const control = await joined(phoenixClient(t, port, msgpack), 'room:a')
    const heard: unknown[] = []
    control.on('shout', (payload) => void heard.push(payload))
    const before = process.memoryUsage()
    for (const [what, frame] of Object.entries(MALFORMED)) {
      const hostile = await PackedClient.open(port)
      await hostile.join('room:a')
      hostile.sendRaw(frame)
      t.equal(await hostile.closed, 1011, what)
      t.equal(hostile.received.length, 1, 'nothing but the answer to its join')
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    t.ok(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers < 100_000_000, 'no claim was believed')
    t.equal(Reflect.get({}, 'a'), undefined, 'no prototype was touched')
    endpoint.broadcast('room:a', 'shout', { n: 1 })
    t.same(await answerOf(control.push('echo', { n: 2 })), ['ok', { n: 2 }])
    t.same(heard, [{ n: 1 }])
    t.same(
      reports.filter(({ level }) => level === 'error'),
      [],
    )
  }),
)

t.test('CH-044 a key constructor is data like any other', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const room: Channel = await joined(phoenixClient(t, port, msgpack), 'room:a')
    const payload = { constructor: 'of ships', prototype: { a: 1 }, toString: null, hasOwnProperty: [] }
    t.same(await answerOf(room.push('echo', payload)), ['ok', payload])
  }),
)
