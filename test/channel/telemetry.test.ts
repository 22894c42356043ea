import t from 'tap'
import * as v from 'valibot'
import { Channel } from '../../src/channel/channel.ts'
import type {
  BroadcastMeasurements,
  ChannelBroadcastMetadata,
  ChannelHandledInMetadata,
  ChannelJoinedMetadata,
} from '../../src/channel/events.ts'
import { broadcast, broadcastFrom, push } from '../../src/channel/messaging.ts'
import { ok, refuse, reply, stop } from '../../src/channel/result.ts'
import { on } from '../../src/channel/schema.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import type { SocketConnectedMetadata } from '../../src/socket/events.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { attach, type EventName, type HandlerArguments } from '../../src/telemetry/index.ts'
import { ChannelTest, settle, withRuntime } from '../../src/testing/index.ts'

// Handlers are global to the thread: each test lets go of its own.

let attachments = 0

/** Everything that is emitted under these names, until it is disposed. */
function listen<E extends EventName>(...events: E[]) {
  const heard: HandlerArguments<E>[] = []
  const attachment = attach(`telemetry.test ${++attachments}`, events, (...args) => void heard.push(args))
  return { heard, [Symbol.dispose]: () => attachment[Symbol.dispose]() }
}

const room = Channel.define({
  module: 'Room',
  join: async (topic, { how }, socket) => {
    if (how === 'raise') throw new Error('crashed on demand')
    if (how === 'nonsense') return 42 as never
    socket.assign({ topic })
    return how === 'refuse' ? refuse({ reason: 'unauthorized' }) : ok({ a: 1 })
  },
  intercept: ['seen'],
  handleOut: { seen: (payload, socket) => push(socket, 'seen', payload) },
  handleIn: {
    echo: (payload) => reply(payload),
    slowly: async (payload) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return reply(payload)
    },
    checked: on(v.object({ n: v.number() }), () => reply()),
    boom: () => {
      throw new Error('crashed on demand')
    },
    stop: () => stop('normal'),
    shout: (payload, socket) => void broadcast(socket, 'shout', payload),
    others: (payload, socket) => void broadcastFrom(socket, 'shout', payload),
  },
  unhandledEvent: 'answer',
})

const plain = Channel.define({ join: () => ok() })

const UserSocket = Socket.define({
  module: 'UserSocket',
  channels: { 'room:*': room, 'plain:*': plain },
  connect: ({ how }) => (how === 'refuse' ? refuse() : ok()),
})

t.test('CH-072 joins tell how long they took, with params, socket and result; not those that crash', (t) =>
  withRuntime(async () => {
    using joins = listen('beamish.channel.joined')
    const socket = await ChannelTest.connect(UserSocket)
    const channel = await ChannelTest.join(socket, 'room:a', { how: 'in' })
    await ChannelTest.tryJoin(socket, 'room:b', { how: 'refuse' })
    await ChannelTest.tryJoin(socket, 'room:c', { how: 'raise' })
    await ChannelTest.tryJoin(socket, 'room:d', { how: 'nonsense' })
    await ChannelTest.tryJoin(socket, 'unmatched')
    t.equal(joins.heard.length, 2)
    const [[, { durationMs }, first], [, , second]] = joins.heard as [
      [string, { durationMs: number }, ChannelJoinedMetadata],
      [string, object, ChannelJoinedMetadata],
    ]
    t.ok(durationMs >= 0 && durationMs < 1000)
    t.same([first.params, first.result, first.socket.topic], [{ how: 'in' }, 'ok', 'room:a'])
    t.same([first.socket.joined, first.socket.channelPid], [true, channel.pid])
    t.same(first.socket.assigns, { topic: 'room:a' }, 'the socket as join left it')
    t.same([second.params, second.result, second.socket.joined], [{ how: 'refuse' }, 'error', false])
  }),
)

t.test('CH-072 handled events tell how long they took, with event, ref, params and socket; no leave does', (t) =>
  withRuntime(async () => {
    using events = listen('beamish.channel.handledIn')
    const channel = await ChannelTest.join(await ChannelTest.connect(UserSocket), 'room:a')
    const ref = ChannelTest.push(channel, 'echo', { n: 1 })
    const late = ChannelTest.push(channel, 'slowly', { n: 2 })
    ChannelTest.push(channel, 'checked', { n: 'no number' })
    ChannelTest.push(channel, 'unknown', {})
    channel.socket.send(null, null, 'room:a', 'echo', { n: 3 })
    await ChannelTest.assertReply(ChannelTest.push(channel, 'echo', { n: 4 }), 'ok')
    const heard = events.heard as [string, { durationMs: number }, ChannelHandledInMetadata][]
    t.same(
      heard.map(([, , { event, params }]) => [event, params]),
      [
        ['echo', { n: 1 }],
        ['slowly', { n: 2 }],
        ['checked', { n: 'no number' }],
        ['unknown', {}],
        ['echo', { n: 3 }],
        ['echo', { n: 4 }],
      ],
    )
    const [first, second, , , fifth] = heard
    t.same([first?.[2].ref, second?.[2].ref, fifth?.[2].ref], [ref, late, null])
    t.equal(first?.[2].socket.channelPid, channel.pid)
    t.ok((second?.[1].durationMs ?? 0) >= 19, 'until its promise is settled')
    await ChannelTest.assertReply(ChannelTest.leave(channel), 'ok')
    const again = await ChannelTest.join(channel.socket, 'room:a')
    ChannelTest.push(again, 'boom')
    await ChannelTest.assertPush('phx_error')
    t.equal(heard.length, 6, 'neither a leave nor what threw')
    const last = await ChannelTest.join(channel.socket, 'room:a')
    ChannelTest.push(last, 'stop')
    await ChannelTest.assertPush('phx_close', undefined, { to: last })
    t.equal(heard.at(-1)?.[2].event, 'stop')
  }),
)

t.test('CH-072 connections tell whether they came about', (t) =>
  withRuntime(async () => {
    using connects = listen('beamish.socket.connected')
    const connectInfo = { userAgent: 'test' }
    await ChannelTest.connect(UserSocket, { user: 'ann' }, { connectInfo, endpoint: 'web' })
    await ChannelTest.tryConnect(UserSocket, { how: 'refuse' })
    const heard = connects.heard as [string, { durationMs: number }, SocketConnectedMetadata][]
    const [[, { durationMs }, first], [, , second]] = heard as [(typeof heard)[0], (typeof heard)[0]]
    t.ok(durationMs >= 0)
    t.match(first, {
      endpoint: 'web',
      userSocket: 'UserSocket',
      transport: 'websocket',
      vsn: String,
      serializer: 'test',
    })
    t.match(first, { params: { user: 'ann' }, connectInfo, result: 'ok' })
    t.match(second, { params: { how: 'refuse' }, result: 'error' })
  }),
)

t.test('a broadcast tells whom it reached, and how often it was encoded', (t) =>
  withRuntime(async () => {
    using broadcasts = listen('beamish.channel.broadcast')
    const heard = broadcasts.heard as [string, BroadcastMeasurements, ChannelBroadcastMetadata][]
    const taken = () => heard.splice(0).map(([, measured, { topic, event }]) => [topic, event, measured])
    const members = await Promise.all(
      Array.from({ length: 3 }, async () =>
        ChannelTest.join(await ChannelTest.connect(UserSocket, {}, { pubsub: 'p' }), 'room:a'),
      ),
    )
    const [first] = members as [(typeof members)[0]]
    ChannelTest.push(first, 'shout', {})
    ChannelTest.push(first, 'others', {})
    await settle()
    const toAll = { lanes: 1, clients: 3, processes: 0, encodings: 1 }
    t.same(taken(), [
      ['room:a', 'shout', toAll],
      ['room:a', 'shout', { ...toAll, clients: 2 }],
    ])
    PubSub.subscribe('p', 'room:a')
    ChannelTest.broadcastFrom(first, 'seen', {}) // from this process, which does not get it
    await settle()
    t.same(taken(), [['room:a', 'seen', { lanes: 0, clients: 0, processes: 3, encodings: 0 }]], 'intercepted by all')
    ChannelTest.push(first, 'shout', {})
    await settle()
    t.same(taken(), [['room:a', 'shout', { ...toAll, processes: 1 }]])
    await ChannelTest.close(first)
    ChannelTest.broadcastFrom(first, 'shout', {})
    t.same(taken(), [['room:a', 'shout', { ...toAll, clients: 2 }]])
    PubSub.broadcast('p', 'room:a', 'no event')
    t.same(taken(), [])
  }),
)
