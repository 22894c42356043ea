import t from 'tap'
import * as v from 'valibot'
import { z } from 'zod'
import { implement } from '../../src/channel/contract.ts'
import { noReply, ok, refuse, reply, replyError } from '../../src/channel/result.ts'
import { defineContract, type } from '../../src/client/contract.ts'
import { msgpack } from '../../src/client/msgpack.ts'
import { ContractError, type PhoenixChannel, PushError, typedChannel } from '../../src/client/typed-channel.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { phoenixClient } from '../support/phoenix-client.ts'

// Both sides of a contract, with the official client between them and a real socket.

const RoomContract = defineContract({
  topic: 'room:*',
  params: z.object({ name: z.string().min(2), age: z.coerce.number<string>().default(1) }),
  reply: z.object({ name: z.string(), age: z.number(), at: z.iso.datetime().transform((text) => new Date(text)) }),
  error: type<{ reason: 'full' }>(),
  in: {
    say: {
      payload: v.object({ text: v.pipe(v.string(), v.trim(), v.minLength(1)) }),
      reply: type<{ id: string; text: string }>(),
      error: type<{ reason: 'muted'; untilMs: number }>(),
    },
    file: { payload: type<{ bytes: Uint8Array }>(), reply: type<{ bytes: Uint8Array }>() },
    silent: { reply: type<void>() },
    wrong: { reply: z.object({ n: z.number() }) },
    slowly: { reply: z.object({ n: z.number() }).refine(async () => true) },
    strange: { reply: type<unknown>() },
    announce: { payload: z.object({ n: z.unknown() }) },
    boom: {},
  },
  out: { said: type<{ text: string }>(), counted: z.object({ n: z.number() }) },
})

const Room = implement(RoomContract)

const RoomChannel = Room.define<{ name: string }>({
  join: (topic, { name, age }, socket) => {
    if (topic === 'room:full') return refuse({ reason: 'full' })
    if (topic === 'room:wrong') return ok({ name, age, at: 'not a date' })
    socket.assign({ name })
    return ok({ name, age, at: new Date(0).toISOString() })
  },
  handleIn: {
    say: ({ text }, socket) => {
      if (text === 'too much') return replyError({ reason: 'muted', untilMs: 5 })
      Room.broadcast(socket, 'said', { text: `${socket.assigns.name}: ${text}` })
      return reply({ id: '1', text })
    },
    file: ({ bytes }) => reply({ bytes }),
    silent: () => noReply(),
    wrong: () => reply({ n: 'one' as unknown as number }),
    slowly: () => reply({ n: 1 }),
    strange: () => reply({}),
    announce: ({ n }, socket) => Room.push(socket, 'counted', { n: n as number }),
    boom: () => {
      throw new Error('crashed on demand')
    },
  },
})

async function serve() {
  const socket = Socket.define({ channels: { [RoomContract.topic]: RoomChannel } })
  return await startEndpoint({ sockets: { '/socket': socket } })
}

const QUICK = { rejoinAfterMs: () => 5 }

t.test('join, push and messages go through a contract, with JSON and with MessagePack', async (t) => {
  for (const codec of [{}, msgpack]) {
    await withRuntime(async () => {
      const { port, endpoint } = await serve()
      const socket = phoenixClient(t, port, codec)
      const room = typedChannel(RoomContract, socket, { topic: 'room:1', params: { name: 'Ann', age: '12' } })
      const heard: string[] = []
      const off = room.on('said', ({ text }) => void heard.push(text))
      t.same(await room.join(), { name: 'Ann', age: 12, at: new Date(0) }, 'params were coerced there, the reply here')
      t.same(await room.push('say', { text: '  hi  ' }), { id: '1', text: 'hi' })
      t.same(heard, ['Ann: hi'], 'the broadcast came before the reply')
      Room.broadcastOn(endpoint, 'room:1', 'said', { text: 'by the endpoint' })
      await room.push('strange')
      off()
      Room.broadcastOn(endpoint, 'room:1', 'said', { text: 'not any more' })
      await room.push('strange')
      t.same(heard, ['Ann: hi', 'by the endpoint'])
      await room.leave()
      t.equal(room.channel.state, 'closed')
    })
  }
})

t.test('bytes are of the contract too', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const room = typedChannel(RoomContract, phoenixClient(t, port, msgpack), {
      topic: 'room:1',
      params: { name: 'Ann' },
    })
    await room.join()
    t.same(await room.push('file', { bytes: Uint8Array.of(1, 2) }), { bytes: Uint8Array.of(1, 2) })
  }),
)

t.test('what the contract forbids does not reach a handler, and the client is told what is wrong', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const socket = phoenixClient(t, port)
    const room = typedChannel(RoomContract, socket, { topic: 'room:1', params: { name: 'Ann' } })
    await room.join()
    const invalid = { reason: 'invalid payload', issues: [{ path: ['text'] }] }
    t.match(await room.tryPush('say', { text: '   ' }), { type: 'error', error: invalid })
    t.match(await room.tryPush('say', {} as { text: string }), { type: 'error', error: invalid })
    await t.rejects(room.push('say', { text: '' }), {
      code: 'BEAMISH_PUSH_REFUSED',
      message: /say on "room:1" was answered with an error: .*invalid payload/,
    })
    const stranger = typedChannel(RoomContract, socket, { topic: 'room:2', params: { name: 'A' } })
    await t.rejects(stranger.join(), {
      code: 'BEAMISH_PUSH_REFUSED',
      event: 'join',
      outcome: { type: 'error', error: { reason: 'invalid payload', issues: [{ path: ['name'] }] } },
    })
    await stranger.leave()
  }),
)

t.test('a push ends in one of four ways, to catch or to switch on', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const room = typedChannel(RoomContract, phoenixClient(t, port), { topic: 'room:1', params: { name: 'Ann' } })
    await room.join()
    t.same(await room.tryPush('say', { text: 'a' }), { type: 'ok', reply: { id: '1', text: 'a' } })
    const muted = { type: 'error', error: { reason: 'muted', untilMs: 5 } }
    t.same(await room.tryPush('say', { text: 'too much' }), muted)
    t.same(await room.tryPush('silent', {}, { timeoutMs: 20 }), { type: 'timeout' })
    t.match(await room.tryPush('wrong'), { type: 'invalid', issues: [{ path: ['n'] }] })
    t.same(await room.tryPush('slowly'), { type: 'ok', reply: { n: 1 } }, 'a schema may take its time')

    const refused = await room.push('say', { text: 'too much' }).catch((error: unknown) => error)
    t.ok(refused instanceof PushError)
    t.match(refused, { topic: 'room:1', event: 'say', outcome: muted })
    await t.rejects(room.push('silent', {}, { timeoutMs: 20 }), { code: 'BEAMISH_PUSH_TIMEOUT' })
    await t.rejects(room.push('wrong'), { code: 'BEAMISH_CONTRACT_BROKEN', message: /not of the contract: n: / })
  }),
)

t.test('an event that the contract does not answer is sent and forgotten', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const room = typedChannel(RoomContract, phoenixClient(t, port), { topic: 'room:1', params: { name: 'Ann' } })
    const counted = new Promise((resolve) => room.on('counted', resolve))
    await room.join()
    t.equal(room.push('announce', { n: 3 }), undefined)
    t.same(await counted, { n: 3 })
  }),
)

t.test('a refused join rejects; the client goes on trying until it leaves', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const room = typedChannel(RoomContract, phoenixClient(t, port), { topic: 'room:full', params: { name: 'Ann' } })
    await t.rejects(room.join(), {
      code: 'BEAMISH_PUSH_REFUSED',
      outcome: { type: 'error', error: { reason: 'full' } },
    })
    t.equal(room.channel.state, 'errored')
    await room.leave()
    t.equal(room.channel.state, 'closed')
  }),
)

t.test('a join whose reply is not of the contract rejects, and its handlers are not called', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const room = typedChannel(RoomContract, phoenixClient(t, port), { topic: 'room:wrong', params: { name: 'Ann' } })
    room.onJoin(() => t.fail('it was called'))
    await t.rejects(room.join(), { code: 'BEAMISH_CONTRACT_BROKEN', outcome: { issues: [{ path: ['at'] }] } })
  }),
)

t.test('onJoin hears of the first join and of each rejoin, whose params a function makes anew', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    let age = 0
    const params = () => ({ name: 'Ann', age: String(++age) })
    const room = typedChannel(RoomContract, phoenixClient(t, port, QUICK), { topic: 'room:1', params })
    const [ages, forgotten]: number[][] = [[], []]
    const third = new Gate()
    room.onJoin((reply) => {
      ages?.push(reply.age)
      if (ages?.length === 3) third.open()
      else room.push('boom')
    })
    room.onJoin(({ age }) => void forgotten?.push(age))()
    t.equal((await room.join()).age, 1)
    await third.opened
    t.same(ages, [1, 2, 3])
    t.same(forgotten, [])
  }),
)

t.test('a message that its schema refuses goes to onInvalid, not to the handler', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const errors: ContractError[] = []
    const arrived = new Gate()
    const room = typedChannel(RoomContract, phoenixClient(t, port), {
      topic: 'room:1',
      params: { name: 'Ann' },
      onInvalid: (error) => {
        errors.push(error)
        arrived.open()
      },
    })
    room.on('counted', () => t.fail('it was called'))
    await room.join()
    room.push('announce', { n: 'three' })
    await arrived.opened
    t.ok(errors[0] instanceof ContractError)
    t.match(errors[0], { code: 'BEAMISH_CONTRACT_BROKEN', topic: 'room:1', event: 'counted', message: /n: / })
  }),
)

// ── Without a server ─────────────────────────────────────────────────────────────────────────────────────────────────

/** A channel that does nothing but remember who listens. */
function deaf(): PhoenixChannel & { readonly listeners: ((payload: unknown) => void)[] } {
  const push = { receive: () => push }
  const listeners: ((payload: unknown) => void)[] = []
  return {
    listeners,
    join: () => push,
    leave: () => push,
    push: () => push,
    on: (_, listener) => listeners.push(listener),
    off: () => {},
  }
}

t.test('without onInvalid the error is thrown where the message arrives', async (t) => {
  const channel = deaf()
  const room = typedChannel(RoomContract, { channel: () => channel }, { topic: 'room:1', params: { name: 'Ann' } })
  room.on('counted', () => t.fail('it was called'))
  t.throws(() => channel.listeners[0]?.({ n: '1' }), { code: 'BEAMISH_CONTRACT_BROKEN' })
})

t.test('a schema for messages must answer at once', async (t) => {
  const channel = deaf()
  const contract = defineContract({ topic: 'a', out: { said: z.object({}).refine(async () => true) } })
  typedChannel(contract, { channel: () => channel }, { topic: 'a' }).on('said', () => {})
  t.throws(() => channel.listeners[0]?.({}), { code: 'BEAMISH_BAD_ARGUMENT', message: /answers at once/ })
})

t.test('a schema that throws is an outcome, not a promise that never settles', async (t) => {
  const broken = (validate: () => never) =>
    ({ '~standard': { validate } }) as unknown as ReturnType<typeof type<object>>
  const thrower = broken(() => {
    throw new Error('of the schema')
  })
  const rejecter = broken((() => Promise.reject(new Error('of the schema'))) as () => never)
  const contract = defineContract({ topic: 'a', in: { one: { reply: thrower }, two: { reply: rejecter } } })
  const push = {
    receive: (status: string, callback: (response: unknown) => void) => status === 'ok' && callback({}),
  }
  const room = typedChannel(contract, { channel: () => ({ ...deaf(), push: () => push }) }, { topic: 'a' })
  const invalid = { type: 'invalid', issues: [{ message: /threw Error: of the schema/ }] }
  t.match(await room.tryPush('one'), invalid)
  t.match(await room.tryPush('two'), invalid)
})

t.test('mistakes that types cannot see are refused', async (t) => {
  const socket = { channel: deaf }
  const wrong = { topic: 'lobby', params: { name: 'Ann' } } as unknown as { topic: 'room:1'; params: { name: string } }
  t.throws(() => typedChannel(RoomContract, socket, wrong), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /room:\*, got "lobby"/,
  })
  const room = typedChannel(RoomContract, socket, { topic: 'room:1', params: { name: 'Ann' } })
  t.throws(() => room.push('sya' as 'boom'), { code: 'BEAMISH_BAD_ARGUMENT', message: /say, file, .* got "sya"/ })
  t.throws(() => room.on('toString' as 'said', () => {}), { code: 'BEAMISH_BAD_ARGUMENT' })
})
