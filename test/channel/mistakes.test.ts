import t, { type Test } from 'tap'
import {
  broadcast,
  broadcastFrom,
  Channel,
  type ChannelSocket,
  isBroadcast,
  ok,
  on,
  push,
  reply,
  replyTo,
  replyWith,
  Socket,
  type SocketCallbacks,
  socketRef,
  stop,
} from '../../src/channel/index.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { Sys, self } from '../../src/index.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { ChannelTest, startSupervised, withRuntime } from '../../src/testing/index.ts'

// Every public function of the room, held wrong: it says what was expected, what came, and what to write.

type Case = readonly [act: () => unknown, message: RegExp, code?: string]

/** What a test hands over where the types would not let it. */
const wrong = (value?: unknown) => value as never

const UserSocket = Socket.define({
  channels: {
    'room:*': Channel.define({
      join: () => ok(),
      handleIn: { ref: (_payload, socket) => reply(Boolean(socketRef(socket))) },
    }),
  },
})

function check(t: Test, cases: readonly Case[]): void {
  for (const [act, message, code = 'BEAMISH_BAD_ARGUMENT'] of cases) t.throws(act, { code, message }, String(act))
}

t.test('messages: what is no socket, no event, no payload', (t) =>
  withRuntime(async () => {
    const channel = await ChannelTest.join(await ChannelTest.connect(UserSocket), 'room:a')
    const socket = await Sys.getState<ChannelSocket>(channel.pid)
    check(t, [
      [
        () => push(wrong(), 'a', {}),
        /push expects the socket that the callback of a channel was given first, got undefined/,
      ],
      [() => push(wrong({ topic: 'a' }), 'a', {}), /push expects the socket.* got \{ topic: "a" \}/],
      [() => broadcast(wrong(), 'a', {}), /broadcast expects the socket/],
      [() => broadcastFrom(wrong(null), 'a', {}), /broadcastFrom expects the socket.* got null/],
      [() => socketRef(wrong('room:a')), /socketRef expects the socket/],
      [() => push(socket, wrong(), {}), /push: event expects a string, got undefined/],
      [() => push(socket, wrong({ a: 1 }), {}), /push: event expects a string/],
      [() => broadcast(socket, wrong(7), {}), /broadcast: event expects a string, got 7/],
      [() => push(socket, 'a', undefined), /payload of a push or broadcast to be an object/, 'BEAMISH_INVALID_PAYLOAD'],
      [() => broadcast(socket, 'a', 'text'), /a string of 4/, 'BEAMISH_INVALID_PAYLOAD'],
      [() => push(socket, 'phx_reply', {}), /events that start with phx_/, 'BEAMISH_RESERVED_EVENT'],
      [() => socketRef(socket), /call it in `handleIn`/, 'BEAMISH_NO_SOCKET_REF'],
      [() => replyTo(wrong(), reply()), /replyTo expects what socketRef\(socket\) returned, got undefined/],
      [() => replyTo(wrong('12'), reply()), /replyTo expects what socketRef/],
      [() => replyTo(refOf(socket), wrong({ a: 1 })), /replyTo expects reply\(response\) \| replyError/],
      [() => socket.membership.answer('1', wrong()), /an answer expects reply\(response\)/],
      [() => socket.assign(wrong()), /assign expects \('key', value\), \(\{ key: value \}\) or .*, got undefined/],
      [() => socket.assign(wrong('key')), /assign expects .* got "key"/],
      [() => socket.assign(wrong([1])), /assign expects/],
      [() => socket.assign(wrong(7), 1), /assign: key expects a string, got 7/],
      [() => socket.assign(() => wrong(7)), /assign: what the function returned expects/],
      [() => socket.assign(wrong(async () => ({}))), /what the function returned expects.*Is an `await` missing/],
    ])
    t.same(socket.assigns, {}, 'nothing was assigned')
    await ChannelTest.refutePush(wrong(/.*/))
  }),
)

function refOf(socket: ChannelSocket) {
  socket.ref = '1'
  const ref = socketRef(socket)
  socket.ref = null
  return ref
}

t.test('broadcasts of an endpoint: what is no topic, no event, no payload', (t) =>
  withRuntime(async () => {
    await startSupervised(PubSub.child({ name: 'app' }))
    const endpoint = Endpoint.define({ name: 'web', pubsub: 'app' })
    check(t, [
      [() => endpoint.broadcast(wrong(), 'a', {}), /broadcast: topic expects a string, got undefined/],
      [() => endpoint.broadcast('room:a', wrong(), {}), /broadcast: event expects a string/],
      [() => endpoint.broadcastFrom(self(), wrong(7), 'a', {}), /broadcast: topic expects a string, got 7/],
      [() => endpoint.broadcastFrom(wrong(), 'room:a', 'a', {}), /PubSub\.broadcastFrom: from expects the pid/],
      [() => endpoint.broadcast('room:a', 'a', wrong(7)), /got a number/, 'BEAMISH_INVALID_PAYLOAD'],
    ])
    t.notOk([undefined, null, 7, 'broadcast', {}].some(isBroadcast))
  }),
)

t.test('results and schemas', async (t) => {
  check(t, [
    [() => replyWith(wrong(404)), /replyWith: status expects a string, got 404/],
    [() => stop('normal', wrong({ bye: 1 })), /stop: answer expects reply\(response\)/],
    [() => on(wrong(), () => {}), /on: schema expects a Standard Schema.*got undefined/],
    [() => on(wrong({ parse: () => {} }), () => {}), /on: schema expects/],
    [() => on({ '~standard': { validate: (value) => ({ value }) } }, wrong()), /on: handler expects a function/],
  ])
})

t.test('a definition of a channel', async (t) => {
  const join = () => ok()
  const define = (callbacks?: unknown) => () => Channel.define(wrong(callbacks))
  check(t, [
    [define(), /Channel\.define expects an object with the callbacks module, .* got undefined/],
    [define({}), /join expects a function, got undefined/],
    [define({ join, handleCall: 7 }), /handleCall expects an object of handlers by event/],
    [define({ join, handleCall: { a: 1 } }), /handleCall\.a expects a function, got 1/],
    [define({ join, handleCast: { a: 1 } }), /handleCast\.a expects a function/],
    [define({ join, unhandledEvent: 'ignore' }), /unhandledEvent expects 'crash' \| 'answer', got "ignore"/],
    [define({ join, shutdown: 'soon' }), /shutdown expects 'brutalKill', whole milliseconds/],
    [define({ join, shutdown: -1 }), /shutdown expects/],
    [define({ join, module: 7 }), /module expects a string/],
    [define({ *join() {} }), /no generator function/],
    [define({ join, handleIn: { *a() {} } }), /no generator function/],
    [define({ join, intercept: 'a' }), /intercept expects a list of events/],
    [define({ join, intercept: [1] }), /intercept expects a list of events/],
  ])
})

t.test('a table of topics', async (t) => {
  const channel = Channel.define({ join: () => ok() })
  const define = (channels: unknown) => () => Socket.define({ channels } as SocketCallbacks<object>)
  const expected = /Socket\.define: channels: room:\* expects a channel \(Channel\.define\) or \{ channel, assigns \}/
  check(t, [
    [define({ 'room:*': undefined }), new RegExp(`${expected.source}, got undefined`)],
    [define({ 'room:*': null }), new RegExp(`${expected.source}, got null`)],
    [define({ 'room:*': {} }), new RegExp(`${expected.source}, got \\{\\}`)],
    [define({ 'room:*': 'RoomChannel' }), new RegExp(`${expected.source}, got "RoomChannel"`)],
    [define({ 'room:*': { chanel: channel } }), new RegExp(`${expected.source}, got \\{ chanel`)],
    [define({ 'room:*': () => channel }), expected],
    [define({ 'room:*': { channel, assigns: 7 } }), /room:\*: assigns expects an object, got 7/],
    [define({ 'ro*m': channel }), /a prefix and one \* at the end \('room:\*'\), got "ro\*m"/],
    [define({ '': channel }), /expects a topic/],
  ])
})
