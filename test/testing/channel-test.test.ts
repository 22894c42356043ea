import t from 'tap'
import {
  broadcast,
  Channel,
  type ChannelCallbacks,
  type ChannelSocket,
  ok,
  push,
  refuse,
  reply,
  Socket,
  type SocketCallbacks,
} from '../../src/channel/index.ts'
import { Process, Sys, send, shutdown, sleep } from '../../src/index.ts'
import { PubSub } from '../../src/pubsub/index.ts'
import { assertReceive, ChannelTest, startSupervised, type TestSocket, withRuntime } from '../../src/testing/index.ts'

// Written as the author of a program would: by the public doors alone.

const ends: unknown[] = []

function room(more: Partial<ChannelCallbacks<Record<string, unknown>>> = {}) {
  return Channel.define<Record<string, unknown>>({
    module: 'Room',
    join: async (topic, params, socket) => {
      if (topic === 'room:vault') return refuse({ reason: 'unauthorized' })
      if (topic === 'room:slow') await sleep(500)
      if (topic === 'room:crash') throw new Error('crashed on demand')
      socket.assign({ params })
      return ok({ topic, user: socket.assigns['user'] ?? null })
    },
    handleIn: {
      echo: (payload) => reply(payload),
      push: (payload, socket) => push(socket, 'pushed', payload),
      shout: (payload, socket) => void broadcast(socket, 'shout', payload),
      boom: () => {
        throw new Error('crashed on demand')
      },
    },
    handleInfo: (message, socket) => push(socket, 'info', { message }),
    terminate: (reason) => void ends.push(reason),
    ...more,
  })
}

function userSocket(more: Partial<SocketCallbacks<Record<string, unknown>>> = {}) {
  return Socket.define<Record<string, unknown>>({ module: 'UserSocket', channels: { 'room:*': room() }, ...more })
}

async function joined(topic = 'room:lobby', more: Partial<ChannelCallbacks<Record<string, unknown>>> = {}) {
  const socket = await ChannelTest.connect(userSocket({ channels: { 'room:*': room(more) } }))
  return { socket, channel: await ChannelTest.subscribeAndJoin(socket, topic) }
}

/** The message of what a promise is rejected with. */
async function complaint(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as Error).message
  }
  return 'it did not complain'
}

// ── Connect ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('connect runs the user socket with params and what the endpoint would know of the request', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const module = userSocket({
      connect: async (params, socket, info) => {
        seen.push(params, info, socket.transport, socket.endpoint)
        return ok({ user: params['user'] })
      },
      id: ({ assigns }) => `users:${assigns['user']}`,
    })
    const connectInfo = { xHeaders: { 'x-version': '7' } }
    const socket = await ChannelTest.connect(module, { user: 'ann' }, { connectInfo, endpoint: 'web' })
    t.same(seen, [{ user: 'ann' }, connectInfo, 'websocket', 'web'])
    t.equal(socket.id, 'users:ann')
    t.same(socket.assigns, { user: 'ann' })
    t.ok(Process.isAlive(socket.pid) && socket.isOpen)
    t.same((await ChannelTest.join(socket, 'room:lobby')).response, { topic: 'room:lobby', user: 'ann' })
  }),
)

t.test('a client that is not let in is an outcome, or fails the test', (t) =>
  withRuntime(async () => {
    const module = userSocket({
      connect: ({ how }) => {
        if (how === 'crash') throw new Error('crashed on demand')
        return how === 'refuse' ? refuse('too many') : ('nonsense' as never)
      },
    })
    t.same(await ChannelTest.tryConnect(module, { how: 'refuse' }), { type: 'refused', reason: 'too many' })
    t.same(await ChannelTest.tryConnect(module, { how: 'crash' }), { type: 'crashed' })
    t.same(await ChannelTest.tryConnect(module), { type: 'invalid' })
    t.match(
      await complaint(ChannelTest.connect(module, { how: 'refuse' })),
      /connect of UserSocket did not let the client in.*too many/,
    )
  }),
)

t.test('a client may be connected as somebody, and nobody is asked', (t) =>
  withRuntime(async () => {
    const module = userSocket({ connect: () => refuse(), id: () => 'nobody' })
    const socket = await ChannelTest.socket(module, { id: 'users:7', assigns: { user: 'ann' } })
    t.equal(socket.id, 'users:7')
    t.same((await ChannelTest.join(socket, 'room:lobby')).response, { topic: 'room:lobby', user: 'ann' })
    PubSub.broadcast('channel-test', 'users:7', {
      type: 'broadcast',
      topic: 'users:7',
      event: 'disconnect',
      payload: {},
    })
    t.match(await assertReceive({ type: 'closed' }), { code: 1001 }, 'it listens to its id')
    t.notOk(socket.isOpen)
    t.equal((await ChannelTest.socket(module)).id, null)
  }),
)

t.test('channels use the PubSub that they are told to, which runs already or is started', (t) =>
  withRuntime(async () => {
    await startSupervised(PubSub.child({ name: 'running' }))
    for (const pubsub of ['running', 'started']) {
      const socket = await ChannelTest.connect(userSocket(), {}, { pubsub })
      await ChannelTest.join(socket, `room:${pubsub}`)
      PubSub.subscribe(pubsub, 'news')
      PubSub.broadcast(pubsub, 'news', `of ${pubsub}`)
      await assertReceive(`of ${pubsub}`)
      PubSub.broadcast(pubsub, `room:${pubsub}`, 'hello')
      const { payload } = await ChannelTest.assertPush('info')
      t.same(payload, { message: 'hello' })
    }
  }),
)

t.test('when the test ends, so does everything that it connected', async (t) => {
  let size = 0
  let socket: TestSocket | undefined
  await withRuntime(async ({ runtime }) => {
    socket = (await joined()).socket
    size = runtime.size
  })
  t.ok(size > 5)
  t.notOk(socket?.isOpen)
})

t.test('outside of a test there is nothing to run it', async (t) => {
  await t.rejects(ChannelTest.connect(userSocket()), { code: 'BEAMISH_NO_TEST' })
})

// ── Join and leave ───────────────────────────────────────────────────────────────────────────────────────────────────

t.test('a join gives the channel, its process and its answer', (t) =>
  withRuntime(async () => {
    const socket = await ChannelTest.connect(userSocket())
    const channel = await ChannelTest.join(socket, 'room:lobby', { since: new Date(0), skip: undefined })
    t.match(channel, { topic: 'room:lobby', response: { topic: 'room:lobby', user: null } })
    const state = await Sys.getState<ChannelSocket>(channel.pid)
    t.same(state.assigns['params'], { since: '1970-01-01T00:00:00.000Z' }, 'params as they come over a wire')
    t.equal(state.joinRef, channel.joinRef)
  }),
)

t.test('a join that is refused, crashes or matches nothing is an outcome, or fails the test', (t) =>
  withRuntime(async () => {
    const socket = await ChannelTest.connect(userSocket())
    const refused = async (topic: string) => await ChannelTest.tryJoin(socket, topic)
    t.same(await refused('room:vault'), { type: 'refused', response: { reason: 'unauthorized' } })
    t.same(await refused('room:crash'), { type: 'refused', response: { reason: 'join crashed' } })
    t.same(await refused('elsewhere'), { type: 'refused', response: { reason: 'unmatched topic' } })
    t.match(await complaint(ChannelTest.join(socket, 'room:vault')), /not let into "room:vault".*unauthorized/)
  }),
)

t.test('a join that waits for the clock goes on when the test moves it', (t) =>
  withRuntime(async ({ clock }) => {
    const socket = await ChannelTest.connect(userSocket())
    const joining = ChannelTest.join(socket, 'room:slow')
    await clock.advance(500)
    t.equal((await joining).topic, 'room:slow')
    t.match(
      await complaint(ChannelTest.join(await ChannelTest.connect(userSocket()), 'room:slow', {}, { timeoutMs: 5 })),
      /the join of "room:slow" was not answered in 5 ms.*virtual clock/,
    )
  }),
)

t.test('several clients may connect and join at once', (t) =>
  withRuntime(async () => {
    const join = async (n: number) => ChannelTest.join(await ChannelTest.connect(userSocket()), `room:${n}`)
    const channels = await Promise.all([1, 2, 3].map(join))
    t.same(
      channels.map(({ topic }) => topic),
      ['room:1', 'room:2', 'room:3'],
    )
  }),
)

t.test('a leave is answered and closed, and terminate knows why', (t) =>
  withRuntime(async () => {
    ends.length = 0
    const { channel } = await joined()
    await ChannelTest.assertReply(ChannelTest.leave(channel), 'ok')
    await ChannelTest.assertPush('phx_close', {}, { to: channel })
    t.same(ends, [shutdown('left')])
    await ChannelTest.assertReply(ChannelTest.push(channel, 'echo'), 'error', { reason: 'unmatched topic' })
  }),
)

t.test('close ends a channel as intended, again and again', (t) =>
  withRuntime(async () => {
    ends.length = 0
    const { channel } = await joined()
    await ChannelTest.close(channel)
    t.notOk(Process.isAlive(channel.pid))
    t.same(ends, [shutdown('closed')])
    await ChannelTest.assertPush('phx_close')
    await ChannelTest.close(channel)
  }),
)

t.test('CH-069 a channel whose terminate never returns is killed when its time is up', (t) =>
  withRuntime(async () => {
    const { channel } = await joined('room:lobby', { terminate: () => new Promise(() => {}) })
    await ChannelTest.close(channel, 10)
    t.notOk(Process.isAlive(channel.pid))
    await ChannelTest.close(channel, 10)
    await ChannelTest.assertPush('phx_close')
    await ChannelTest.refutePush('phx_error')
  }),
)

t.test('a client that goes away takes its channels along', (t) =>
  withRuntime(async () => {
    ends.length = 0
    const { socket } = await joined()
    ChannelTest.disconnect(socket)
    await ChannelTest.refutePush('phx_close')
    t.same(ends, [shutdown('closed')])
    t.notOk(socket.isOpen)
    await assertReceive({ type: 'closed', socket, code: 1000 })
  }),
)

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('an answer is found by its ref, whichever comes first', (t) =>
  withRuntime(async () => {
    const { channel } = await joined()
    const [first, second] = [1, 2].map((n) => ChannelTest.push(channel, 'echo', { n, at: new Date(n) })) as [
      string,
      string,
    ]
    await ChannelTest.assertReply(second, 'ok', { n: 2 })
    const { response } = await ChannelTest.assertReply(first, /^o/)
    t.same(response, { n: 1, at: '1970-01-01T00:00:00.001Z' })
    await ChannelTest.refuteReply(first)
    t.match(
      await complaint(ChannelTest.assertReply(first, 'ok', {}, { timeoutMs: 5 })),
      /no message matches .*reply.*after 5 ms/,
    )
    const third = ChannelTest.push(channel, 'echo', { n: 3 })
    await ChannelTest.refuteReply(third, 'error')
    t.match(await complaint(ChannelTest.refuteReply(third, 'ok', { n: 3 })), /a message matches/)
  }),
)

t.test('what one client gets is told from what another does', (t) =>
  withRuntime(async () => {
    const { channel: ann } = await joined()
    const { channel: bob } = await joined()
    ChannelTest.push(ann, 'push', { n: 1 })
    await ChannelTest.refutePush('pushed', undefined, { to: bob })
    await ChannelTest.refutePush('pushed', undefined, { to: bob.socket })
    await ChannelTest.assertPush('pushed', { n: 1 }, { to: ann })
    ChannelTest.push(ann, 'shout', { n: 2 })
    for (const to of [ann, bob]) {
      const { joinRef } = await ChannelTest.assertPush('shout', { n: 2 }, { to })
      t.equal(joinRef, null, 'a broadcast is the same for all')
    }
    for (let n = 0; n < 2; n++) await ChannelTest.assertBroadcast('shout', { n: 2 }) // the test subscribed twice
    await ChannelTest.refuteBroadcast('shout')
  }),
)

t.test('a push of an earlier join of the same topic is not taken for one of this', (t) =>
  withRuntime(async () => {
    const { channel: first, socket } = await joined()
    const second = await ChannelTest.join(socket, 'room:lobby')
    await ChannelTest.refutePush('phx_close', undefined, { to: second })
    t.equal((await ChannelTest.assertPush('phx_close', undefined, { to: first })).joinRef, first.joinRef)
    t.match(
      await complaint(ChannelTest.assertPush('phx_close', {}, { to: second, timeoutMs: 5 })),
      /no message matches \{ type: "push", event: "phx_close", payload: \{\}, socket: #TestSocket<\d+>, topic: "room:lobby"/,
    )
  }),
)

t.test('a broadcast from the test reaches the client and not the test', (t) =>
  withRuntime(async () => {
    const { channel } = await joined()
    ChannelTest.broadcastFrom(channel, 'news', { n: 1 })
    t.equal((await ChannelTest.assertPush('news', { n: 1 })).joinRef, null)
    await ChannelTest.refuteBroadcast('news')
  }),
)

t.test('intercepted events come as what handleOut pushes', (t) =>
  withRuntime(async () => {
    const { channel } = await joined('room:lobby', {
      intercept: ['news'],
      handleOut: { news: (payload, socket) => push(socket, 'news', { ...payload, seen: true }) },
    })
    ChannelTest.broadcastFrom(channel, 'news', { n: 1 })
    const { joinRef } = await ChannelTest.assertPush('news', { n: 1, seen: true })
    t.equal(joinRef, channel.joinRef)
    await ChannelTest.refutePush('news')
  }),
)

t.test('messages to the process of a channel, and its crash, are seen from outside', (t) =>
  withRuntime(async ({ reports }) => {
    const { channel } = await joined()
    send(channel.pid, 'hello')
    await ChannelTest.assertPush('info', { message: 'hello' })
    ChannelTest.push(channel, 'boom')
    await ChannelTest.assertPush('phx_error', { reason: 'channel_crash' }, { to: channel })
    t.equal(reports.filter(({ type }) => type === 'crash').length, 1)
  }),
)

t.test('bytes stay bytes, and what no client could get does not go out', (t) =>
  withRuntime(async () => {
    const { channel } = await joined()
    const { response } = await ChannelTest.assertReply(ChannelTest.push(channel, 'echo', new Uint8Array([1, 2])), 'ok')
    t.same(response, new Uint8Array([1, 2]))
    ChannelTest.push(channel, 'push', [1])
    await ChannelTest.assertPush('phx_error')
  }),
)

t.test('what is held wrong says what was expected', (t) =>
  withRuntime(async () => {
    const { channel, socket } = await joined()
    const wrong: [() => unknown, RegExp][] = [
      [() => ChannelTest.push(socket as never, 'echo'), /ChannelTest\.push expects what ChannelTest\.join returned/],
      [() => ChannelTest.push(channel, 7 as never), /ChannelTest\.push: event expects a string, got 7/],
      [() => ChannelTest.leave(undefined as never), /expects what ChannelTest\.join returned, got undefined/],
      [() => ChannelTest.broadcastFrom({} as never, 'a', {}), /ChannelTest\.broadcastFrom/],
      [() => ChannelTest.disconnect(channel as never), /expects what ChannelTest\.connect returned/],
      [() => ChannelTest.assertPush('a', {}, { to: {} as never }), /assertPush: to/],
    ]
    for (const [act, message] of wrong) t.throws(act, { code: 'BEAMISH_BAD_ARGUMENT', message })
    await t.rejects(ChannelTest.connect(room() as never), /.*/)
    await t.rejects(ChannelTest.connect(undefined as never), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /Socket\.define/,
    })
    await t.rejects(ChannelTest.join(channel as never, 'room:a'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)
