import t from 'tap'
import { broadcast, push } from '../../src/channel/messaging.ts'
import { ok, reply } from '../../src/channel/result.ts'
import { receive, sleep, spawn } from '../../src/index.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { startEndpoint } from '../support/endpoint.ts'
import type { RawFrame } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'
import { onEveryWire, type Wire } from '../support/wires.ts'

// The orders of channels.md §7.13, over real sockets.

const room = testRoom({
  intercept: ['intercepted'],
  handleOut: { intercepted: (payload, socket) => push(socket, 'intercepted', payload) },
  join: (_topic, { early }, socket) => {
    if (early) socket.assign({ early })
    return ok({ joined: true })
  },
  handleIn: {
    // Everything that a channel can say, in one handler.
    all: ({ n }, socket) => {
      push(socket, 'pushed', { n })
      broadcast(socket, 'intercepted', { n })
      broadcast(socket, 'shouted', { n })
      return reply({ n })
    },
    echo: (payload) => reply(payload),
    slow_echo: async (payload) => {
      await sleep(payload.ms)
      return reply(payload)
    },
    flood: ({ count }, socket) => {
      for (let n = 0; n < count; n++) broadcast(socket, 'flooded', { n })
      return reply()
    },
  },
  terminate: (_reason, socket) => {
    if (socket.joined) push(socket, 'last word', {})
  },
})

async function serve(wire: Wire) {
  const { port, endpoint } = await startEndpoint({ sockets: { '/socket': Socket.define({ channels: { '*': room } }) } })
  return { endpoint, open: () => wire.open(port) }
}

const names = (frames: readonly RawFrame[]) => frames.map(([joinRef, ref, , event]) => [joinRef, ref, event])

t.test('CH-049, CH-060, CH-066 a handler that pushes, broadcasts and replies is heard in that order', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { open } = await serve(wire)
    const [client, other] = [await open(), await open()]
    await client.join('a', '1')
    await other.join('a', '7')
    for (const n of [1, 2]) client.send('1', `r${n}`, 'a', 'all', { n })
    const heard = (n: number) => [
      ['1', null, 'pushed'],
      [null, null, 'shouted'],
      ['1', `r${n}`, 'phx_reply'],
    ]
    const mine = names(await client.rest())
    // An intercepted broadcast comes to `handleOut` through the mailbox: after the reply of the handler that made it.
    const uninterrupted = mine.filter(([, , event]) => event !== 'intercepted')
    t.same(uninterrupted, [...heard(1), ...heard(2)])
    const events = mine.map(([, ref, event]) => ref ?? event)
    t.ok(events.indexOf('intercepted') > events.indexOf('r1'), 'the intercepted push is behind the reply')
    t.equal(events.filter((event) => event === 'intercepted').length, 2)
    const theirs = names(await other.rest())
    t.same(
      theirs.filter(([, , event]) => event === 'shouted'),
      [
        [null, null, 'shouted'],
        [null, null, 'shouted'],
      ],
    )
    t.same(
      theirs.filter(([, , event]) => event === 'intercepted'),
      [
        ['7', null, 'intercepted'],
        ['7', null, 'intercepted'],
      ],
      'with the join_ref of the one who gets it',
    )
  }),
)

t.test('the reply of a join is the first frame of its incarnation, whatever is broadcast meanwhile', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { open, endpoint } = await serve(wire)
    const client = await open()
    let isOver = false
    spawn(async () => {
      for (let n = 0; !isOver; n++) {
        endpoint.broadcast('a', 'shouted', { n })
        await receive(() => false, { afterMs: 0 })
      }
    })
    const frames: RawFrame[] = []
    const closeOf = async (joinRef: string) => {
      while (frames.at(-1)?.[0] !== joinRef || frames.at(-1)?.[3] !== 'phx_close') frames.push(await client.next())
    }
    for (let join = 1; join <= 50; join++) {
      client.send(String(join), String(join), 'a', 'phx_join', {})
      client.send(String(join), `l${join}`, 'a', 'phx_leave', {})
      // Every other join comes when the one before it is over; the rest replace it.
      if (join % 2 === 0) await closeOf(String(join))
    }
    isOver = true
    frames.push(...(await client.rest()))
    let joined: unknown
    for (const [joinRef, ref, , event] of frames) {
      if (event === 'phx_reply' && ref === joinRef) joined = joinRef
      if (event === 'phx_close' && joinRef === joined) joined = undefined
      if (event === 'shouted' && joined === undefined) t.fail('a broadcast came when the topic was not joined')
    }
    t.ok(frames.filter(([, , , event]) => event === 'shouted').length > 0, 'some came when it was')
    t.equal(frames.filter(([, , , event]) => event === 'phx_close').length, 50)
  }),
)

t.test('what one process broadcasts reaches every subscriber in order and whole', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { open } = await serve(wire)
    const clients = await Promise.all([open(), open(), open()])
    for (const client of clients) await client.join('a')
    const count = 2000
    clients[0]?.send('1', '2', 'a', 'flood', { count })
    const expected = Array.from({ length: count }, (_, n) => n)
    for (const [index, client] of clients.entries()) {
      const frames = await client.take(index === 0 ? count + 1 : count)
      if (index === 0) t.equal(frames.pop()?.[1], '2', 'the reply comes last')
      t.same(
        frames.map(([, , , , payload]) => (payload as { n: number }).n),
        expected,
      )
    }
  }),
)

t.test('CH-058 a leave: what was sent before, its reply, phx_close, last words, and no broadcast after that', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { open, endpoint } = await serve(wire)
    const client = await open()
    await client.join('a')
    client.send('1', '2', 'a', 'echo', {})
    client.send('1', '3', 'a', 'phx_leave', {})
    client.send('1', '4', 'a', 'echo', {})
    client.send('1', '5', 'a', 'phx_leave', {})
    t.same(names(await client.take(6)), [
      ['1', '2', 'phx_reply'],
      ['1', '3', 'phx_reply'],
      ['1', '1', 'phx_close'],
      ['1', null, 'last word'],
      [null, '4', 'phx_reply'],
      ['1', '5', 'phx_reply'],
    ])
    endpoint.broadcast('a', 'shouted', {})
    t.same(await client.rest(), [])
    await client.join('a', '9')
    endpoint.broadcast('a', 'shouted', {})
    t.same(names(await client.rest()), [[null, null, 'shouted']])
  }),
)

t.test('what comes behind a leave that has to wait finds a topic that is not joined, in its order', (t) =>
  onEveryWire(t, async (t, wire, { clock }) => {
    const { open } = await serve(wire)
    const client = await open()
    await client.join('a')
    client.send('1', '2', 'a', 'slow_echo', { ms: 100 })
    client.send('1', '3', 'a', 'phx_leave', {})
    client.send('1', '4', 'a', 'echo', {})
    client.send('stale', '5', 'a', 'echo', {})
    client.send('1', '6', 'a', 'phx_leave', {})
    t.same(await client.rest(), [], 'the channel is busy')
    await clock.advance(100)
    t.same(names(await client.take(6)), [
      ['1', '2', 'phx_reply'],
      ['1', '3', 'phx_reply'],
      ['1', '1', 'phx_close'],
      ['1', null, 'last word'],
      [null, '4', 'phx_reply'],
      ['1', '6', 'phx_reply'],
    ])
  }),
)

t.test('CH-054 a join of a joined topic: new reply, old phx_close, new frames; a broadcast comes once', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { open, endpoint } = await serve(wire)
    const client = await open()
    await client.join('a', '1')
    client.send('5', '5', 'a', 'phx_join', {})
    client.send('5', '6', 'a', 'echo', {})
    client.send('1', '7', 'a', 'echo', {})
    t.same(names(await client.take(3)), [
      ['5', '5', 'phx_reply'],
      ['1', '1', 'phx_close'],
      ['5', '6', 'phx_reply'],
    ])
    endpoint.broadcast('a', 'shouted', {})
    t.same(names(await client.rest()), [[null, null, 'shouted']])
  }),
)

t.test('a leave that the channel has not handled when the topic is joined anew is not answered, but closed', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { open } = await serve(wire)
    const client = await open()
    await client.join('a', '1')
    client.send('1', '2', 'a', 'slow_echo', { ms: 60_000 })
    client.send('1', '3', 'a', 'phx_leave', {})
    client.send('1', '4', 'a', 'echo', {})
    client.send('5', '5', 'a', 'phx_join', {})
    client.send('5', '6', 'a', 'echo', {})
    t.same(names(await client.take(3)), [
      ['5', '5', 'phx_reply'],
      ['1', '1', 'phx_close'],
      ['5', '6', 'phx_reply'],
    ])
    t.same(await client.rest(), [])
  }),
)

t.test('the replies of one channel come in the order of arrival, those of another do not wait for them', (t) =>
  onEveryWire(t, async (t, wire, { clock }) => {
    const { open } = await serve(wire)
    const client = await open()
    await client.join('a', '1')
    await client.join('b', '2')
    client.send('1', '3', 'a', 'slow_echo', { ms: 100 })
    client.send('1', '4', 'a', 'echo', {})
    client.send('2', '5', 'b', 'echo', {})
    t.same(names(await client.rest()), [['2', '5', 'phx_reply']])
    await clock.advance(100)
    t.same(names(await client.take(2)), [
      ['1', '3', 'phx_reply'],
      ['1', '4', 'phx_reply'],
    ])
  }),
)
