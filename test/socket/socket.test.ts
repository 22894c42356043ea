import t from 'tap'
import type { ChannelCallbacks } from '../../src/channel/channel.ts'
import { ok, refuse, reply } from '../../src/channel/result.ts'
import { shutdown } from '../../src/core/reason.ts'
import { exit, type Pid, self, trapExit } from '../../src/index.ts'
import { Socket, type SocketCallbacks } from '../../src/socket/user-socket.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { RawClient, refusedUpgrade } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'
import { heard } from '../support/telemetry.ts'

async function serve(callbacks: Partial<SocketCallbacks<Record<string, unknown>>> = {}, mount: object = {}) {
  const socket = Socket.define<Record<string, unknown>>({ channels: { 'room:*': testRoom() }, ...callbacks })
  const { port, endpoint, tree } = await startEndpoint({ sockets: { '/socket': { socket, ...mount } } })
  return { port, endpoint, tree, open: (query = '') => RawClient.open(port, `/socket/websocket?vsn=2.0.0${query}`) }
}

const room = (more: Partial<ChannelCallbacks<Record<string, unknown>>>) => ({ channels: { 'room:*': testRoom(more) } })

// ── Connect ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('connect sees the params, and what it assigns each channel begins with', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const { open } = await serve(
      {
        connect: async (params, socket, info) => {
          seen.push(params['user'], socket.transport, socket.endpoint, info.peerData?.address)
          return ok({ user: params['user'] })
        },
      },
      { connectInfo: { peerData: true } },
    )
    const client = await open('&user=ann')
    t.same(seen, ['ann', 'websocket', 'endpoint', '127.0.0.1'])
    t.match(await client.join('room:a', '1', { reply: 1 }), [
      '1',
      '1',
      'room:a',
      'phx_reply',
      { response: { assigns: { user: 'ann' } } },
    ])
    client.send('1', '2', 'room:a', 'set', { key: 'user', value: 'bob' })
    await client.next()
    t.match(
      (await client.join('room:b', '3', { reply: 1 }))[4],
      { response: { assigns: { user: 'ann' } } },
      'a copy each',
    )
  }),
)

t.test('a client that connect refuses gets 403, and one that crashes it 500 with a report; the next is served', (t) =>
  withRuntime(async ({ reports, runtime }) => {
    const { port, open } = await serve({
      connect: (params) => {
        if (params['crash']) throw new Error('connect crashed on demand')
        return params['reject'] ? refuse() : ok()
      },
    })
    await settle()
    const before = runtime.size
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&reject=1'), [403, ''])
    t.equal(reports.filter(({ type }) => type === 'crash').length, 0)
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&crash=1'), [500, ''])
    t.equal(reports.filter(({ type }) => type === 'crash').length, 1)
    t.equal(runtime.size, before, 'no process remains')
    const client = await open()
    t.equal((await client.join('room:a'))[3], 'phx_reply')
  }),
)

t.test('a connect or id that returns nonsense is refused with 403 and reported', (t) =>
  withRuntime(async ({ reports }) => {
    const { port } = await serve({
      connect: (params) => (params['nonsense'] ? ('yes' as never) : ok({ bad: params['bad'] })),
      id: (socket) => (socket.assigns['bad'] ? (42 as never) : null),
    })
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&bad=1'), [403, ''])
    t.same(await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&nonsense=1'), [403, ''])
    t.same(
      reports.map(({ type }) => type).filter((type) => type === 'crash' || type === 'connectionRefused'),
      ['connectionRefused', 'crash'],
    )
  }),
)

t.test('a slow connect holds up nobody else', (t) =>
  withRuntime(async () => {
    let letIn: (() => void) | undefined
    const { open } = await serve({
      connect: async (params) => {
        if (params['slow']) {
          await new Promise<void>((resolve) => {
            letIn = resolve
          })
        }
        return ok()
      },
    })
    const slow = open('&slow=1')
    const quick = await open()
    t.equal((await quick.join('room:a'))[3], 'phx_reply')
    letIn?.()
    t.equal((await (await slow).join('room:a'))[3], 'phx_reply')
  }),
)

t.test('CH-026 a broadcast of disconnect to an id closes all its connections, and no others', (t) =>
  withRuntime(async () => {
    const ends: unknown[] = []
    const { endpoint, open } = await serve({
      ...room({ terminate: (reason) => void ends.push(reason) }),
      connect: ({ user_id }) => ok({ user_id }),
      id: ({ assigns }) => `user_sockets:${assigns['user_id']}`,
    })
    const [first, second, other] = await Promise.all([open('&user_id=k1'), open('&user_id=k1'), open('&user_id=k2')])
    for (const client of [first, second, other]) await client.join('room:a')
    endpoint.broadcast('user_sockets:k1', 'something else', {})
    endpoint.broadcast('user_sockets:k1', 'disconnect', {})
    t.same(await Promise.all([first.closed, second.closed]), [1001, 1001])
    t.equal(first.received.length, 1, 'no further frame')
    t.same(ends, [shutdown('disconnected'), shutdown('disconnected')])
    other.send('1', '2', 'room:a', 'echo', {})
    t.equal((await other.rest()).length, 1)
  }),
)

// ── While it is connected ────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-021 a heartbeat is answered at once, and nothing else on its topic', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    client.send(null, '1', 'phoenix', 'heartbeat', {})
    client.send(null, '2', 'phoenix', 'phx_join', {})
    t.same(await client.take(2), [
      [null, '1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }],
      [null, '2', 'phoenix', 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } }],
    ])
  }),
)

t.test('CH-022 a client that says nothing for the timeout is closed; one that does is not', (t) =>
  withRuntime(async ({ clock }) => {
    const ends: unknown[] = []
    const { open, endpoint } = await serve(room({ terminate: (reason) => void ends.push(reason) }), {
      websocket: { timeoutMs: 2000 },
    })
    const silent = await open()
    const lively = await open()
    await silent.join('room:a')
    await lively.join('room:a')
    for (let round = 0; round < 4; round++) {
      await clock.advance(500)
      endpoint.broadcast('room:a', 'news', {}) // what the server says does not count
      await lively.rest()
    }
    t.equal(silent.socket.readyState, 1, 'not yet')
    await clock.advance(500)
    t.equal(await silent.closed, 1002)
    t.same(ends, [shutdown('timeout')])
    t.same((await lively.rest()).length, 0)
  }),
)

t.test('a topic that no pattern matches is answered, and the connection lives', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    t.same(await client.join('unmatched-topic', '4'), [
      null,
      '4',
      'unmatched-topic',
      'phx_reply',
      { status: 'error', response: { reason: 'unmatched topic' } },
    ])
    t.same(await client.rest(), [])
  }),
)

t.test('CH-048 an event for a topic that is not joined is unmatched, every time', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    for (const ref of ['1', '2']) {
      client.send('1', ref, 'room:a', 'boom', {})
      t.match(await client.next(), [null, ref, 'room:a', 'phx_reply', { response: { reason: 'unmatched topic' } }])
    }
  }),
)

t.test('CH-052 static assigns of a pattern are there in join, and assign merges in all its forms', (t) =>
  withRuntime(async () => {
    const channel = testRoom({
      join: (_topic, _params, socket) => {
        socket.assign('key', 1).assign({ map: 2 })
        socket.assign((assigns) => ({ fn: Number(assigns['key']) + 2 }))
        return ok(socket.assigns)
      },
    })
    const { open } = await serve({
      connect: () => ok({ user: 'ann', static: 0 }),
      channels: { system: { channel, assigns: { static: 1 } } },
    })
    const client = await open()
    const [, , , , answer] = await client.join('system')
    t.same(answer, { status: 'ok', response: { user: 'ann', static: 1, key: 1, map: 2, fn: 3 } })
  }),
)

t.test('CH-054 a join of a joined topic replaces its channel: new reply, old close, new frames', (t) =>
  withRuntime(async () => {
    const ends: unknown[] = []
    const { open, endpoint } = await serve(
      room({
        join: (_topic, { trap }) => {
          if (trap) trapExit(true)
          return ok()
        },
        terminate: (reason) => void ends.push(reason),
      }),
    )
    const client = await open()
    await client.join('room:a', '1', { trap: true })
    client.send('5', '5', 'room:a', 'phx_join', {})
    client.send('5', '6', 'room:a', 'push_then_reply', { n: 1 })
    client.send('1', '7', 'room:a', 'echo', {})
    const ok1 = { status: 'ok', response: {} }
    t.same(await client.rest(), [
      ['5', '5', 'room:a', 'phx_reply', ok1],
      ['1', '1', 'room:a', 'phx_close', {}],
      ['5', null, 'room:a', 'pushed', { n: 1 }],
      ['5', '6', 'room:a', 'phx_reply', ok1],
    ])
    t.same(ends, [shutdown('duplicate_join')])
    endpoint.broadcast('room:a', 'news', {})
    t.same(await client.rest(), [[null, null, 'room:a', 'news', {}]], 'once')
  }),
)

t.test('a channel that does not make room for the next one is killed after five seconds', (t) =>
  withRuntime(async ({ clock }) => {
    const { open } = await serve(
      room({
        join: (_topic, { stubborn }) => {
          trapExit(Boolean(stubborn))
          return ok()
        },
        terminate: () => new Promise(() => {}),
      }),
    )
    const client = await open()
    await client.join('room:a', '1', { stubborn: true })
    client.send('2', '2', 'room:a', 'phx_join', {})
    await clock.advance(4999)
    t.same(await client.rest(), [])
    await clock.advance(1)
    t.same(
      (await client.take(2)).map(([joinRef, , , event]) => [joinRef, event]),
      [
        ['2', 'phx_reply'],
        ['1', 'phx_close'],
      ],
    )
  }),
)

t.test('CH-055 the hundred and first join is refused, and a leave makes room', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    for (let n = 1; n <= 100; n++) client.send(String(n), String(n), `room:${n}`, 'phx_join', {})
    t.ok((await client.take(100)).every(([, , , , answer]) => (answer as { status: string }).status === 'ok'))
    t.same(await client.join('room:101', '101'), [
      '101',
      '101',
      'room:101',
      'phx_reply',
      { status: 'error', response: { reason: 'too many channels joined' } },
    ])
    t.match((await client.join('room:1', '102'))[4], { status: 'ok' }, 'a join of a joined topic')
    await client.next() // its phx_close
    client.send('2', '103', 'room:2', 'phx_leave', {})
    await client.take(2)
    t.match((await client.join('room:101', '104'))[4], { status: 'ok' })
  }),
)

t.test('the limit of channels is an option of the mount', (t) =>
  withRuntime(async () => {
    const { open } = await serve({}, { maxChannels: 2 })
    const client = await open()
    await client.join('room:a', '1')
    await client.join('room:b', '2')
    t.match((await client.join('room:c', '3'))[4], { response: { reason: 'too many channels joined' } })
  }),
)

t.test('CH-056 a stale join_ref is dropped, none at all is the present one', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    await client.join('room:a', '1')
    client.send('stale', '2', 'room:a', 'echo', { n: 2 })
    client.send(null, '3', 'room:a', 'echo', { n: 3 })
    t.same(await client.rest(), [['1', '3', 'room:a', 'phx_reply', { status: 'ok', response: { n: 3 } }]])
  }),
)

t.test('CH-057 a stale leave does nothing, one without a join_ref leaves', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    await client.join('room:a', '1')
    client.send('stale', '2', 'room:a', 'phx_leave', {})
    client.send(null, '3', 'room:a', 'phx_leave', {})
    t.same(await client.rest(), [
      ['1', '3', 'room:a', 'phx_reply', { status: 'ok', response: {} }],
      ['1', '1', 'room:a', 'phx_close', {}],
    ])
  }),
)

// ── Frames ───────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('a malformed frame closes its own connection with 1011, ends its channels, and nothing else', (t) =>
  withRuntime(async ({ reports }) => {
    const ends: unknown[] = []
    const { open } = await serve(room({ terminate: (reason) => void ends.push(reason) }))
    const bystander = await open()
    await bystander.join('room:a')
    const frames = ['garbage', '{}', '[1,2]', '', Buffer.from([9, 1, 2]), Buffer.from([0, 255, 1, 1, 1])]
    for (const frame of frames) {
      const client = await open()
      await client.join('room:a')
      client.socket.send(frame)
      t.equal(await client.closed, 1011)
    }
    t.equal(ends.length, frames.length)
    t.same(await bystander.rest(), [])
    t.equal(reports.filter(({ level }) => level === 'error').length, 0, 'a client cannot fill the log')
  }),
)

t.test('bytes travel as binary frames, in both directions', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    await client.join('room:a', '3')
    const field = (text: string) => Buffer.from(text)
    const data = Buffer.from([0xde, 0xad, 0xbe, 0xef])
    const push = (ref: string, event: string) =>
      Buffer.concat([Buffer.from([0, 1, 1, 6, event.length]), field(`3${ref}room:a${event}`), data])
    client.socket.send(push('7', 'echo'))
    t.same(await client.next(), Buffer.concat([Buffer.from([1, 1, 1, 6, 2]), field('37room:aok'), data]))
    client.socket.send(push('8', 'shout'))
    t.same(await client.next(), Buffer.concat([Buffer.from([2, 6, 5]), field('room:ashout'), data]))
  }),
)

t.test('an old client without a vsn speaks V1, and broadcasts of bytes pass it by', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await serve()
    const client = await RawClient.open(port, '/socket/websocket?x')
    client.socket.send(JSON.stringify({ topic: 'room:a', event: 'phx_join', payload: {}, ref: '1' }))
    t.same(await client.next(), {
      topic: 'room:a',
      event: 'phx_reply',
      ref: '1',
      payload: { status: 'ok', response: {} },
    })
    endpoint.broadcast('room:a', 'bytes', new Uint8Array(2))
    endpoint.broadcast('room:a', 'news', { n: 1 })
    t.same(await client.next(), { topic: 'room:a', event: 'news', ref: null, payload: { n: 1 } })
  }),
)

// ── The end ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('a socket process that is killed closes its connection with 1011, and its channels end', (t) =>
  withRuntime(async () => {
    const pids: Pid[] = []
    const { open } = await serve(
      room({
        join: (_topic, _params, socket) => {
          pids.push(socket.transportPid, self())
          return ok()
        },
        handleIn: { echo: () => reply() },
      }),
    )
    const client = await open()
    await client.join('room:a')
    const [socket, channel] = pids as [Pid, Pid]
    exit(socket, 'kill')
    t.equal(await client.closed, 1011)
    await settle()
    t.equal(channel.receiver, undefined)
  }),
)

t.test('a definition is checked at once', async (t) => {
  const channels = { 'room:*': testRoom() }
  for (const callbacks of [
    {},
    { channels, conect: () => ok() },
    { channels, id: 7 },
    { channels: { 'a*b': testRoom() } },
  ]) {
    t.throws(() => Socket.define(callbacks as SocketCallbacks<object>), { code: 'BEAMISH_BAD_ARGUMENT' })
  }
})

// ── Limits and telemetry ─────────────────────────────────────────────────────────────────────────────────────────────

t.test(
  'a client that sends more messages in a second than it may is closed with 1008; one that keeps to it is not',
  (t) =>
    withRuntime(async ({ clock }) => {
      const flooded = heard(t, 'beamish.socket.flooded')
      const ends: unknown[] = []
      const { open } = await serve(room({ terminate: (reason) => void ends.push(reason) }), {
        maxMessagesPerSecond: 10,
      })
      const [eager, patient] = [await open(), await open()]
      await eager.join('room:a')
      await patient.join('room:a')
      for (let second = 0; second < 5; second++) {
        for (let n = 0; n < 3; n++) patient.send('1', `${n}`, 'room:a', 'echo', { n })
        t.equal((await patient.rest()).length, 3)
        await clock.advance(500)
      }
      for (let n = 0; n < 30; n++) eager.send('1', `${n}`, 'room:a', 'silent', {})
      t.equal(await eager.closed, 1008)
      t.same(ends, [shutdown('flooded')])
      t.match(flooded, [{ measurements: { count: 1 }, metadata: { transport: 'websocket', maxMessagesPerSecond: 10 } }])
      t.equal((await patient.rest()).length, 0, 'nobody else notices')
    }),
)

t.test('exactly as many messages as a second may have pass', (t) =>
  withRuntime(async ({ clock }) => {
    const { open } = await serve({}, { maxMessagesPerSecond: 5 })
    const client = await open()
    for (let second = 0; second < 3; second++) {
      for (let n = 0; n < 5; n++) client.send(null, `${n}`, 'phoenix', 'heartbeat', {})
      t.equal((await client.take(5)).length, 5)
      await clock.advance(1000)
    }
    for (let n = 0; n < 6; n++) client.send(null, `${n}`, 'phoenix', 'heartbeat', {})
    t.equal(await client.closed, 1008, 'but not one more')
  }),
)

t.test(
  'telemetry tells of each connection: who was let in and who was not, what was malformed, and how it ended',
  (t) =>
    withRuntime(async () => {
      const [connected, malformed, closed] = [
        heard(t, 'beamish.socket.connected'),
        heard(t, 'beamish.socket.malformed'),
        heard(t, 'beamish.socket.closed'),
      ]
      const { port, open } = await serve({
        module: 'RoomSocket',
        connect: ({ reject, crash }) => {
          if (crash) throw new Error('connect crashed on demand')
          return reject ? refuse() : ok()
        },
      })
      await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&crash=1')
      await refusedUpgrade(port, '/socket/websocket?vsn=9.9.9')
      t.same(connected, [], 'neither a crash nor a version')
      await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0&reject=1')
      const [good, bad] = [await open('&a=b'), await open()]
      const about = { endpoint: 'endpoint', transport: 'websocket', userSocket: 'RoomSocket' }
      t.match(
        connected.map(({ metadata }) => metadata),
        [
          { ...about, result: 'error', params: { reject: '1' }, vsn: '2.0.0', serializer: 'v2-json', connectInfo: {} },
          { ...about, result: 'ok', params: { a: 'b' } },
          { ...about, result: 'ok' },
        ],
      )
      t.ok(connected.every(({ measurements }) => measurements.durationMs >= 0))
      bad.socket.send('garbage')
      t.equal(await bad.closed, 1011)
      t.match(malformed, [{ metadata: { ...about, error: { code: 'BEAMISH_INVALID_MESSAGE' } } }])
      await good.join('room:a')
      good.socket.close(4000)
      await good.closed
      await settle()
      t.match(closed, [
        { measurements: { receivedFrames: 1, receivedBytes: 7 }, metadata: { ...about, code: 1011 } },
        { measurements: { receivedFrames: 1 }, metadata: { ...about, code: 4000, reason: 'normal' } },
      ])
    }),
)
