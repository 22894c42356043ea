// What a contract makes of both its sides, and what must not compile. Checked by the compiler, never run.
import { type Channel as PhoenixChannel, Socket as PhoenixSocket } from 'phoenix'
import * as v from 'valibot'
import { z } from 'zod'
import { implement, noReply, ok, push, refuse, reply, replyError, replyWith, stop } from '../../src/channel/index.ts'
import { defineContract, msgpack, type Refusal, type, typedChannel } from '../../src/client/index.ts'
import type { EndpointModule } from '../../src/endpoint/index.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false
/** Compiles only when both types are the same. */
function same<A, B>(_proof: Same<A, B>): void {}

interface Message {
  id: string
  text: string
}

const RoomContract = defineContract({
  topic: 'room:*',
  params: z.object({ name: z.string(), age: z.coerce.number<string>() }),
  reply: type<{ members: string[] }>(),
  error: type<{ reason: 'full' | 'banned' }>(),
  in: {
    say: {
      payload: v.object({ text: v.string(), at: v.optional(v.pipe(v.string(), v.transform(Number)), '0') }),
      reply: type<{ id: string }>(),
      error: type<{ reason: 'muted'; untilMs: number }>(),
    },
    upload: { payload: type<Uint8Array, Uint8Array>(), reply: type<ArrayBuffer>() },
    count: { reply: z.object({ n: z.coerce.number<string>() }) },
    typing: {},
    clear: { reply: type<void>() },
    mode: { reply: type<{ mode: 'on' | 'off' }>() },
  },
  out: { said: type<Message>(), at: type<{ at: Date }, { at: string }>() },
})

const Lobby = defineContract({ topic: 'lobby', out: { hello: type<{ a: 1 }>() } })

// ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────────

const Room = implement(RoomContract)

const handlers = {
  upload: () => reply(new ArrayBuffer(1)),
  count: () => reply({ n: '1' }),
  typing: () => {},
  clear: () => reply(),
  mode: () => reply({ mode: 'on' as const }),
}

export const RoomChannel = Room.define<{ name: string }>({
  join: (topic, params, socket) => {
    same<typeof topic, `room:${string}`>(true)
    same<typeof params, { name: string; age: number }>(true)
    socket.assign({ name: params.name })
    return params.age > 10 ? ok({ members: [] }) : refuse({ reason: 'full' })
  },
  handleIn: {
    say: async (payload, socket) => {
      same<typeof payload, { text: string; at: number }>(true)
      same<typeof socket.assigns, { name: string }>(true)
      Room.push(socket, 'said', { id: '1', text: payload.text })
      Room.broadcast(socket, 'at', { at: new Date() })
      // @ts-expect-error no such event
      Room.broadcast(socket, 'sayd', { id: '1', text: '' })
      // @ts-expect-error no such payload
      Room.broadcastFrom(socket, 'said', { id: 1, text: '' })
      // @ts-expect-error an event of the client
      Room.push(socket, 'say', { text: '' })
      if (payload.at > 5) return replyError({ reason: 'muted', untilMs: 5 })
      if (payload.at > 4) return stop('normal', reply({ id: '1' }))
      if (payload.at > 3) return stop('normal')
      return payload.at > 2 ? reply({ id: '1' }) : noReply()
    },
    upload: (payload) => {
      same<typeof payload, Uint8Array>(true)
      return reply(new ArrayBuffer(1))
    },
    count: (payload) => {
      same<typeof payload, unknown>(true)
      return reply({ n: '1' })
    },
    typing: (_payload, socket) => push(socket, 'anything', {}),
    clear: () => reply(),
    mode: async () => (Math.random() > 1 ? reply({ mode: 'on' }) : replyError({ reason: 'any' })),
  },
  intercept: ['said'],
  handleOut: {
    said: (payload, socket) => {
      same<typeof payload, Message>(true)
      push(socket, 'said', payload)
    },
  },
})

Room.define({
  // @ts-expect-error another reply to the join
  join: () => ok({ members: [1] }),
  handleIn: {
    ...handlers,
    // @ts-expect-error another reply
    say: () => reply({ id: 1 }),
  },
})
Room.define({
  // @ts-expect-error another error
  join: () => refuse({ reason: 'because' }),
  handleIn: {
    ...handlers,
    // @ts-expect-error another error
    say: () => replyError({ reason: 'because' }),
  },
})
Room.define({
  join: () => ok({ members: [] }),
  handleIn: {
    ...handlers,
    // @ts-expect-error the client waits for a reply
    say: () => {},
    // @ts-expect-error nobody waits for this one
    typing: () => reply({}),
  },
})
Room.define({
  join: () => ok({ members: [] }),
  handleIn: {
    ...handlers,
    // @ts-expect-error a status that the contract does not know
    say: () => replyWith('weird', { id: '1' }),
    // @ts-expect-error another reply at the end
    count: () => stop('normal', reply({ m: 1 })),
  },
})
Room.define({
  join: () => ok({ members: [] }),
  // @ts-expect-error no handler for say
  handleIn: handlers,
})
Room.define({
  join: () => ok({ members: [] }),
  handleIn: {
    ...handlers,
    say: () => reply({ id: '1' }),
    // @ts-expect-error not an event of the contract
    shout: () => reply({}),
  },
})
Room.define({
  join: () => ok({ members: [] }),
  handleIn: { ...handlers, say: () => noReply() },
  // @ts-expect-error not an event of the contract
  intercept: ['shouted'],
})

implement(Lobby).define({ join: () => ok() })
// @ts-expect-error the contract has no reply to the join
implement(Lobby).define({ join: () => ok({ a: 1 }) })

export function fromAnywhere(endpoint: EndpointModule): void {
  Room.broadcastOn(endpoint, 'room:1', 'said', { id: '1', text: '' })
  // @ts-expect-error not a topic of the contract
  Room.broadcastOn(endpoint, 'lobby', 'said', { id: '1', text: '' })
  // @ts-expect-error no such payload
  Room.broadcastOn(endpoint, 'room:1', 'said', { id: '1' })
}

// ── The client ───────────────────────────────────────────────────────────────────────────────────────────────────────

export async function client(): Promise<void> {
  const socket = new PhoenixSocket('/socket', { ...msgpack, params: {} })
  const room = typedChannel(RoomContract, socket, { topic: 'room:1', params: { name: 'Ann', age: '12' } })
  same<typeof room.channel, PhoenixChannel>(true)
  const joined = await room.join()
  same<typeof joined, { members: string[] }>(true)
  room.onJoin((again) => same<typeof again, { members: string[] }>(true))

  const said = await room.push('say', { text: 'hi' })
  same<typeof said, { id: string }>(true)
  const bytes = await room.push('upload', new Uint8Array(1))
  same<typeof bytes, ArrayBuffer>(true)
  const counted = await room.push('count', {}, { timeoutMs: 10 })
  same<typeof counted, { n: number }>(true)
  await room.push('count')
  const nothing = room.push('typing')
  same<typeof nothing, void>(true)
  const cleared = await room.push('clear')
  same<typeof cleared, void>(true)

  const outcome = await room.tryPush('say', { text: 'hi', at: '1' })
  if (outcome.type === 'ok') same<typeof outcome.reply, { id: string }>(true)
  if (outcome.type === 'error') same<typeof outcome.error, { reason: 'muted'; untilMs: number } | Refusal>(true)

  room.on('said', (message) => same<typeof message, Message>(true))
  const off = room.on('at', ({ at }) => same<typeof at, string>(true))
  off()

  // @ts-expect-error no such event
  room.push('sya', { text: 'hi' })
  // @ts-expect-error no such payload
  room.push('say', { txet: 'hi' })
  // @ts-expect-error what the handler gets, not what the client sends
  room.push('say', { text: 'hi', at: 1 })
  // @ts-expect-error no payload
  room.push('say')
  // @ts-expect-error not answered, so there is no outcome
  room.tryPush('typing')
  // @ts-expect-error an event of the client
  room.on('say', () => {})
  // @ts-expect-error not what is received
  room.on('said', (message: { id: number }) => message)
}

export function topics(socket: PhoenixSocket): void {
  typedChannel(RoomContract, socket, { topic: 'room:1', params: () => ({ name: 'Ann', age: '12' }) })
  // @ts-expect-error not a topic of the contract
  typedChannel(RoomContract, socket, { topic: 'lobby', params: { name: 'Ann', age: '12' } })
  // @ts-expect-error no params
  typedChannel(RoomContract, socket, { topic: 'room:1' })
  // @ts-expect-error other params
  typedChannel(RoomContract, socket, { topic: 'room:1', params: { name: 'Ann', age: 12 } })
  const lobby = typedChannel(Lobby, socket, { topic: 'lobby' })
  typedChannel(Lobby, socket, { topic: 'lobby', params: { any: 'thing' } })
  lobby.on('hello', ({ a }) => same<typeof a, 1>(true))
  // @ts-expect-error it has none
  lobby.push('hello', {})
}

// ── The contract ─────────────────────────────────────────────────────────────────────────────────────────────────────

// @ts-expect-error a payload is an object
defineContract({ topic: 'a', out: { said: type<string>() } })
// @ts-expect-error a payload is an object
defineContract({ topic: 'a', in: { say: { payload: z.number() } } })
// @ts-expect-error no schema
defineContract({ topic: 'a', in: { say: { reply: 'text' } } })
