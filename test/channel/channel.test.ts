import t from 'tap'
import * as v from 'valibot'
import { Channel, type ChannelCallbacks } from '../../src/channel/channel.ts'
import { fastlane } from '../../src/channel/dispatch.ts'
import { broadcast, broadcastFrom, push, replyTo, socketRef } from '../../src/channel/messaging.ts'
import { noReply, ok, reply, stop } from '../../src/channel/result.ts'
import { on } from '../../src/channel/schema.ts'
import type { ChannelSocket } from '../../src/channel/socket.ts'
import { shutdown, type UncaughtError } from '../../src/core/reason.ts'
import { exit, type Pid, receive, Sys, self, send, sleep, spawn } from '../../src/index.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { RegistryTable } from '../../src/registry/table.ts'
import type { Report } from '../../src/reports/report.ts'
import { findTable } from '../../src/runtime/tables.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { settle } from '../../src/testing/index.ts'
import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { testRoom } from '../support/room.ts'
import { onEveryWire, WEB_SOCKETS, type Wire } from '../support/wires.ts'

type Room = Partial<ChannelCallbacks<Record<string, unknown>>>

/** A channel that shows what comes to it. */
const other = Channel.define({
  join: () => ok(),
  handleInfo: (message, socket) => push(socket, 'info', message),
})

/** A client of an endpoint whose topics `room:*` are test rooms. */
async function connect(wire: Wire, more: Room = {}) {
  const room = testRoom(more)
  const { port, endpoint } = await startEndpoint({
    sockets: { '/socket': Socket.define({ channels: { 'room:*': room, 'other:*': other } }) },
  })
  const open = () => wire.open(port)
  return { port, endpoint, open, client: await open() }
}

const reply1 = (ref: string, response: unknown = {}, status = 'ok', topic = 'room:a', joinRef: string | null = '1') => [
  joinRef,
  ref,
  topic,
  'phx_reply',
  { status, response },
]

/** How many entries PubSub has for a topic. */
function subscriptions(topic: string): number {
  const table = findTable(RegistryTable.kind, 'test') as RegistryTable
  return table.partitions().flatMap(({ entries }) => entries.at(topic)).length
}

/** The errors that processes crashed with. */
function crashesIn(reports: readonly Report[]): Error[] {
  return reports.flatMap(({ type, ...report }) =>
    type === 'crash' ? [(report as { reason: UncaughtError }).reason.error as Error] : [],
  )
}

/** What was reported as wrong, without what only says where. */
function warningsIn(reports: readonly Report[]): unknown[] {
  return reports
    .filter(({ level }) => level === 'warning' || level === 'error')
    .map((report) => ({ ...report, pid: undefined }))
}

// ── Join ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-049 after a join come its reply, the broadcast and the push, in that order', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client } = await connect(wire)
    client.send('1', '1', 'room:a', 'phx_join', { after_join: true, user: 'bob' })
    t.same(await client.take(3), [
      reply1('1'),
      [null, null, 'room:a', 'user_entered', { user: 'bob' }],
      ['1', null, 'room:a', 'joined', { status: 'connected' }],
    ])
  }),
)

t.test('CH-050 a join is answered with what it said, and after a refusal the topic can be joined again', (t) =>
  onEveryWire(t, async (t, wire, { runtime }) => {
    const { client } = await connect(wire)
    t.same(await client.join('room:a', '1', { reply: 'x' }), reply1('1', { got: 'x', assigns: {} }))
    const before = runtime.size
    t.same(
      await client.join('room:forbidden', '2'),
      reply1('2', { reason: 'unauthorized' }, 'error', 'room:forbidden', '2'),
    )
    t.same(await client.rest(), [], 'no phx_close')
    t.equal(runtime.size, before, 'no process remains')
    t.same((await client.join('room:forbidden', '3'))[4], { status: 'error', response: { reason: 'unauthorized' } })
  }),
)

t.test('CH-051 a join that throws or returns nonsense is answered, reported, and harms nobody', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { client } = await connect(wire)
    for (const topic of ['room:joincrash', 'room:badreturn']) {
      t.same(await client.join(topic, '1'), reply1('1', { reason: 'join crashed' }, 'error', topic))
    }
    t.same(await client.rest(), [], 'no phx_error, and the connection lives')
    t.match(crashesIn(reports), [{ message: 'join crashed on demand' }, { code: 'BEAMISH_BAD_RETURN' }])
  }),
)

t.test('CH-047 a join of a topic that no pattern matches is answered, and somebody is warned', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { client } = await connect(wire)
    t.same(
      await client.join('unmatched-topic', '4'),
      reply1('4', { reason: 'unmatched topic' }, 'error', 'unmatched-topic', null),
    )
    const warning = { type: 'unmatchedTopic', module: /channel\.test/, topic: 'unmatched-topic' }
    t.match(warningsIn(reports), [warning])
    client.send('4', '5', 'unmatched-topic', 'echo', {})
    t.same(
      await client.rest(),
      [reply1('5', { reason: 'unmatched topic' }, 'error', 'unmatched-topic', null)],
      'nothing was joined',
    )
    t.equal(warningsIn(reports).length, 1, 'an event for it is no reason to warn')
  }),
)

t.test('CH-053 pushing or broadcasting in join throws and says what to do instead', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const acts: { [topic: string]: (socket: ChannelSocket) => unknown } = {
      'room:push': (socket) => push(socket, 'early', {}),
      'room:broadcast': (socket) => broadcast(socket, 'early', {}),
      'room:from': (socket) => broadcastFrom(socket, 'early', {}),
    }
    const { client } = await connect(wire, {
      join: (topic, _params, socket) => {
        acts[topic]?.(socket)
        return ok()
      },
    })
    for (const topic of Object.keys(acts)) {
      t.same(await client.join(topic), reply1('1', { reason: 'join crashed' }, 'error', topic))
    }
    const wanted = { code: 'BEAMISH_NOT_JOINED', message: /send yourself a message/ }
    t.match(crashesIn(reports), [wanted, wanted, wanted])
  }),
)

t.test('LS-16, CH-074 a connection that closes while its join runs leaves nothing behind', (t) =>
  // One that polls waits with its posts for the join, and for what comes behind it: longpoll.test.ts has the same for those.
  onEveryWire(
    t,
    async (t, wire, { runtime, clock }) => {
      const { client, open, endpoint } = await connect(wire, { intercept: ['x'], handleOut: { x: () => {} } })
      await settle()
      const before = runtime.size
      client.send('1', '1', 'room:slow', 'phx_join', {})
      await client.rest()
      t.equal(runtime.size, before + 1, 'the join runs')
      client.close()
      await client.closed
      await clock.advance(500)
      t.equal(runtime.size, before - 1, 'neither the channel nor the socket process')
      t.equal(subscriptions('room:slow'), 0, 'no subscription')
      t.match(await Sys.getState('endpoint listener'), { connections: 0, lanes: 0 })
      t.equal((await DynamicSupervisor.countChildren('endpoint /socket channels')).active, 0)
      const other = await open()
      endpoint.broadcast('room:slow', 'ghost', {})
      t.same(await other.rest(), [])
      t.equal(runtime.size, before)
    },
    WEB_SOCKETS,
  ),
)

t.test('CH-074 a channel whose connection closed while its join ran looks at no message any more', (t) =>
  onEveryWire(
    t,
    async (t, wire, { clock, reports }) => {
      const seen: unknown[] = []
      const { client } = await connect(wire, {
        join: async () => {
          send(self(), 'after the join')
          await sleep(500)
          return ok()
        },
        handleInfo: (message, socket) => {
          seen.push(message)
          push(socket, 'welcome', {})
        },
      })
      client.send('1', '1', 'room:a', 'phx_join', {})
      await client.rest()
      client.close()
      await client.closed
      await clock.advance(500)
      t.same([seen, warningsIn(reports).length], [[], 0])
    },
    WEB_SOCKETS,
  ),
)

t.test('CH-073 a slow join holds up its own topic alone', (t) =>
  onEveryWire(t, async (t, wire, { clock }) => {
    const { client } = await connect(wire)
    client.send('1', '1', 'room:slow', 'phx_join', {})
    client.send('1', '2', 'room:slow', 'echo', { n: 1 })
    client.send('1', '3', 'room:slow', 'echo', { n: 2 })
    client.send(null, '4', 'phoenix', 'heartbeat', {})
    client.send('5', '5', 'room:b', 'phx_join', {})
    t.same(await client.take(2), [reply1('4', {}, 'ok', 'phoenix', null), reply1('5', {}, 'ok', 'room:b', '5')])
    await clock.advance(500)
    t.same(await client.take(3), [
      reply1('1', {}, 'ok', 'room:slow'),
      reply1('2', { n: 1 }, 'ok', 'room:slow'),
      reply1('3', { n: 2 }, 'ok', 'room:slow'),
    ])
  }),
)

t.test('messages behind a join that is refused find a topic that is not joined', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client } = await connect(wire, { join: async () => ({ type: 'refused' }) as never })
    client.send('1', '1', 'room:a', 'phx_join', {})
    client.send('1', '2', 'room:a', 'echo', {})
    client.send('1', '3', 'room:a', 'phx_leave', {})
    t.same(await client.take(3), [
      reply1('1', { reason: 'join crashed' }, 'error'),
      reply1('2', { reason: 'unmatched topic' }, 'error', 'room:a', null),
      reply1('3'),
    ])
  }),
)

t.test('a channel that is killed while it joins is a join that crashed', (t) =>
  onEveryWire(t, async (t, wire) => {
    const joining: Pid[] = []
    const { client } = await connect(wire, {
      join: async () => {
        joining.push(self())
        await receive(() => false)
        return ok()
      },
    })
    client.send('1', '1', 'room:a', 'phx_join', {})
    while (joining.length === 0) await settle()
    exit(joining[0] as Pid, 'kill')
    t.same(await client.next(), reply1('1', { reason: 'join crashed' }, 'error'))
  }),
)

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('handlers answer with a status, a response, or not at all', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client } = await connect(wire)
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'status', { status: 'weird' })
    client.send('1', '3', 'room:a', 'echo', { a: 1 })
    client.send('1', '4', 'room:a', 'reply_raw', { v: [1, 2] })
    client.send('1', '5', 'room:a', 'reply_raw', { v: 'text' })
    client.send('1', '6', 'room:a', 'reply_raw', {})
    client.send('1', '7', 'room:a', 'fail', { b: 2 })
    client.send('1', '8', 'room:a', 'silent', {})
    t.same(await client.rest(), [
      reply1('2', {}, 'weird'),
      reply1('3', { a: 1 }),
      reply1('4', [1, 2]),
      reply1('5', 'text'),
      reply1('6', null),
      reply1('7', { b: 2 }, 'error'),
    ])
  }),
)

t.test('an event that nobody handles is answered where the channel says so, and the channel goes on', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { client } = await connect(wire, { unhandledEvent: 'answer' })
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'no such event', { a: 1 })
    client.send('1', '3', 'room:a', 'constructor', {})
    client.send('1', '4', 'room:a', 'echo', { b: 2 })
    t.same(await client.take(3), [
      reply1('2', { reason: 'unhandled event' }, 'error'),
      reply1('3', { reason: 'unhandled event' }, 'error'),
      reply1('4', { b: 2 }),
    ])
    t.same(warningsIn(reports), [])
  }),
)

t.test('CH-060 a push or an own broadcast arrives before the reply of the handler that made it', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client } = await connect(wire)
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'push_then_reply', { n: 1 })
    client.send('1', '3', 'room:a', 'shout', { n: 2 })
    t.same(await client.rest(), [
      ['1', null, 'room:a', 'pushed', { n: 1 }],
      reply1('2'),
      [null, null, 'room:a', 'shout', { n: 2 }],
      reply1('3'),
    ])
  }),
)

t.test(
  'CH-061 a socket reference answers from anywhere, and is to be had only while there is something to answer',
  (t) =>
    onEveryWire(t, async (t, wire) => {
      const codes: unknown[] = []
      const attempt = (socket: Parameters<typeof socketRef>[0]) => {
        try {
          socketRef(socket)
        } catch (error) {
          codes.push((error as { code: string }).code)
        }
      }
      const { client } = await connect(wire, {
        join: (_topic, _params, socket) => {
          attempt(socket)
          send(self(), 'outside')
          return ok()
        },
        handleInfo: (_message, socket) => attempt(socket),
        handleIn: {
          spawn_reply: (_payload, socket) => {
            const ref = socketRef(socket)
            spawn(() => {
              replyTo(ref, reply({ late: true }))
              replyTo(ref, reply({ again: true }))
            })
          },
          ref: (_payload, socket) => attempt(socket),
        },
      })
      await client.join('room:a')
      client.send('1', null, 'room:a', 'ref', {})
      client.send('1', '2', 'room:a', 'spawn_reply', {})
      t.same(await client.take(2), [reply1('2', { late: true }), reply1('2', { again: true })])
      t.same(codes, ['BEAMISH_NOT_JOINED', 'BEAMISH_NO_SOCKET_REF', 'BEAMISH_NO_SOCKET_REF'])
    }),
)

t.test('a payload that a schema refuses is answered, and the handler does not see it', (t) =>
  onEveryWire(t, async (t, wire) => {
    const seen: unknown[] = []
    const { client } = await connect(wire, {
      handleIn: {
        say: on(v.object({ text: v.pipe(v.string(), v.trim()) }), ({ text }) => {
          seen.push(text)
          return reply({ text })
        }),
        later: on(
          v.objectAsync({
            n: v.pipeAsync(
              v.number(),
              v.checkAsync(async (n) => n > 1, 'too small'),
            ),
          }),
          ({ n }) => reply(n),
        ),
      },
    })
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'say', { text: ' hello ' })
    client.send('1', '3', 'room:a', 'say', { text: 7 })
    client.send('1', '4', 'room:a', 'later', { n: 1 })
    client.send('1', '5', 'room:a', 'later', { n: 2 })
    const frames = await client.take(4)
    t.same(frames[0], reply1('2', { text: 'hello' }))
    t.match(frames[1]?.[4], {
      status: 'error',
      response: { reason: 'invalid payload', issues: [{ message: String, path: ['text'] }] },
    })
    t.match(frames[2]?.[4], { response: { issues: [{ message: 'too small', path: ['n'] }] } })
    t.same(frames[3], reply1('5', 2))
    t.same(seen, ['hello'])
  }),
)

// ── The end ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A room that pushes its reason when it ends, and keeps it. */
function lastWords(ends: unknown[]): Room {
  return {
    terminate: (reason, socket) => {
      ends.push(reason)
      if (socket.joined) push(socket, 'you_left', {})
    },
  }
}

t.test('CH-058 a leave is answered, closed and final', (t) =>
  onEveryWire(t, async (t, wire) => {
    const ends: unknown[] = []
    const { client } = await connect(wire, lastWords(ends))
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'phx_leave', {})
    client.send('1', '3', 'room:a', 'echo', {})
    client.send('1', '4', 'room:a', 'phx_leave', {})
    client.send('9', '5', 'room:never', 'phx_leave', {})
    const frames = await client.rest()
    const about = (name: string) => frames.filter(([, , topic]) => topic === name) // topics wait for each other as it comes
    t.same(about('room:a'), [
      reply1('2'),
      ['1', '1', 'room:a', 'phx_close', {}],
      ['1', null, 'room:a', 'you_left', {}],
      reply1('3', { reason: 'unmatched topic' }, 'error', 'room:a', null),
      reply1('4'),
    ])
    t.same(about('room:never'), [reply1('5', {}, 'ok', 'room:never', '9')])
    t.same(ends, [shutdown('left')])
  }),
)

t.test('CH-062 a channel that stops as intended closes, with its reply first', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const ends: unknown[] = []
    const { client } = await connect(wire, lastWords(ends))
    const close = (joinRef: string) => [joinRef, joinRef, 'room:a', 'phx_close', {}]
    const word = (joinRef: string) => [joinRef, null, 'room:a', 'you_left', {}]
    for (const [index, reason] of ['normal', 'shutdown', 'shutdown_tuple'].entries()) {
      const joinRef = String(index)
      await client.join('room:a', joinRef)
      client.send(joinRef, 'x', 'room:a', 'stop', { reason })
      client.send(joinRef, 'y', 'room:a', 'echo', {})
      const late = reply1('y', { reason: 'unmatched topic' }, 'error', 'room:a', null)
      t.same(await client.rest(), [close(joinRef), word(joinRef), late])
    }
    t.same(ends, ['normal', 'shutdown', shutdown('because')])
    await client.join('room:a', '9')
    client.send('9', 'x', 'room:a', 'stop_reply', { bye: 1 })
    t.same(await client.rest(), [reply1('x', { bye: 1 }, 'ok', 'room:a', '9'), close('9'), word('9')])
    t.equal(reports.filter(({ level }) => level === 'error').length, 0)
  }),
)

t.test('CH-063 a crash is phx_error, after the last words', (t) =>
  onEveryWire(t, async (t, wire) => {
    const ends: unknown[] = []
    const { client } = await connect(wire, lastWords(ends))
    for (const [event, payload] of [
      ['boom', {}],
      ['unknown event', {}],
      ['badret', {}],
      ['stop', { reason: 'other' }],
    ] as const) {
      await client.join('room:a', '7')
      client.send('7', '8', 'room:a', event, payload)
      t.same(await client.take(2), [
        ['7', null, 'room:a', 'you_left', {}],
        ['7', '7', 'room:a', 'phx_error', { reason: 'channel_crash' }],
      ])
    }
    t.match(ends, [
      { error: { message: 'crashed on demand' } },
      { error: { code: 'BEAMISH_NO_HANDLER' } },
      { error: { code: 'BEAMISH_BAD_RETURN' } },
      'other',
    ])
    t.same(await client.rest(), [])
  }),
)

t.test('CH-063 a channel that fails with a reply: the reply, its last words, phx_error', (t) =>
  onEveryWire(t, async (t, wire) => {
    const ends: unknown[] = []
    const { client } = await connect(wire, {
      ...lastWords(ends),
      handleIn: { stop_error_reply: (payload) => stop('other', reply(payload)) },
    })
    await client.join('room:a', '7')
    client.send('7', '8', 'room:a', 'stop_error_reply', { a: 1 })
    t.same(await client.take(3), [
      reply1('8', { a: 1 }, 'ok', 'room:a', '7'),
      ['7', null, 'room:a', 'you_left', {}],
      ['7', '7', 'room:a', 'phx_error', { reason: 'channel_crash' }],
    ])
    t.same(ends, ['other'])
  }),
)

t.test('CH-046 the first pattern that matches a topic brings it to its channel', (t) =>
  onEveryWire(t, async (t, wire) => {
    const named = (name: string) => Channel.define({ join: (topic) => ok({ name, topic }) })
    const socket = Socket.define({
      channels: { 'food*': named('food'), 'foo*': named('foo'), 'room:*': named('room') },
    })
    const { port } = await startEndpoint({ sockets: { '/socket': socket } })
    const client = await wire.open(port)
    for (const [topic, name] of [
      ['food:1', 'food'],
      ['foo:1', 'foo'],
      ['room:', 'room'],
    ]) {
      t.same((await client.join(topic as string))[4], { status: 'ok', response: { name, topic } })
    }
    t.same((await client.join('room'))[4], { status: 'error', response: { reason: 'unmatched topic' } })
  }),
)

t.test('CH-064 a channel that is killed from outside is phx_error, and can be joined anew', (t) =>
  onEveryWire(t, async (t, wire) => {
    const pids: Pid[] = []
    const { client } = await connect(wire, {
      join: () => {
        pids.push(self())
        return ok()
      },
    })
    for (const reason of ['kill', 'shutdown']) {
      await client.join('room:a', '1')
      exit(pids.at(-1) as Pid, reason)
      t.same(await client.next(), ['1', '1', 'room:a', 'phx_error', { reason: 'channel_crash' }])
      t.same(await client.rest(), [], 'nothing restarts it')
    }
    t.same(await client.join('room:a', '2'), reply1('2', {}, 'ok', 'room:a', '2'))
  }),
)

t.test('LS-21 a crash in one room is noticed in that room alone', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client, open } = await connect(wire)
    const neighbour = await open()
    await client.join('room:a', '1')
    await client.join('room:b', '2')
    await neighbour.join('room:a', '1')
    client.send('1', '3', 'room:a', 'boom', {})
    t.equal((await client.next())[3], 'phx_error')
    client.send('2', '4', 'room:b', 'echo', { still: 'here' })
    t.same(await client.next(), reply1('4', { still: 'here' }, 'ok', 'room:b', '2'))
    neighbour.send('1', '2', 'room:a', 'echo', { me: 'too' })
    t.same(await neighbour.rest(), [reply1('2', { me: 'too' })])
  }),
)

t.test('when the connection breaks, its channels end and hear nothing more', (t) =>
  onEveryWire(t, async (t, wire, world) => {
    const ends: unknown[] = []
    const { client, open, endpoint } = await connect(wire, lastWords(ends))
    const other = await open()
    await settle()
    const before = world.runtime.size
    await client.join('room:a', '1')
    await client.join('room:b', '2')
    await wire.leave(client, world)
    const reason = wire.endReason === 'normal' ? shutdown('closed') : wire.endReason
    t.same(ends, [reason, reason])
    t.equal(world.runtime.size, before - 1)
    endpoint.broadcast('room:a', 'shout', {})
    t.same(await other.rest(), [])
  }),
)

// ── Broadcasts ───────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-065 shout reaches everybody, others everybody else, and so do broadcasts from outside', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client, open, endpoint } = await connect(wire)
    const other = await open()
    await client.join('room:a')
    await other.join('room:a')
    const event = (name: string, n: number) => [null, null, 'room:a', name, { n }]
    client.send('1', '2', 'room:a', 'shout', { n: 1 })
    t.same(await client.rest(), [event('shout', 1), reply1('2')])
    t.same(await other.rest(), [event('shout', 1)])
    client.send('1', '3', 'room:a', 'others', { n: 2 })
    t.same(await client.rest(), [reply1('3')])
    t.same(await other.rest(), [event('others', 2)])
    endpoint.broadcast('room:a', 'news', { n: 3 })
    endpoint.broadcastFrom(self(), 'room:a', 'news', { n: 4 })
    t.same(await client.rest(), [event('news', 3), event('news', 4)])
    t.same(await other.rest(), [event('news', 3), event('news', 4)])
  }),
)

t.test('CH-066 an intercepted event is what handleOut makes of it, any other goes straight through', (t) =>
  onEveryWire(t, async (t, wire) => {
    const called: unknown[] = []
    const room: Room = {
      join: (_topic, { user }, socket) => {
        socket.assign({ user })
        return ok()
      },
      intercept: ['intercepted', 'hidden', 'last'],
      handleOut: {
        intercepted: (payload, socket) => push(socket, 'intercepted', { ...payload, for: socket.assigns['user'] }),
        hidden: () => {
          called.push('hidden')
        },
        last: () => stop('normal'),
      },
      handleIn: {
        intercept_me: (payload, socket) => {
          broadcast(socket, 'intercepted', payload)
          return reply()
        },
      },
    }
    const { client, open, endpoint } = await connect(wire, room)
    const other = await open()
    await client.join('room:a', '1', { user: 'ann' })
    await other.join('room:a', '4', { user: 'bob' })
    client.send('1', '2', 'room:a', 'intercept_me', { n: 1 })
    t.same(await client.take(2), [reply1('2'), ['1', null, 'room:a', 'intercepted', { n: 1, for: 'ann' }]])
    t.same(await other.next(), ['4', null, 'room:a', 'intercepted', { n: 1, for: 'bob' }])
    endpoint.broadcast('room:a', 'hidden', {})
    endpoint.broadcast('room:a', 'plain', { n: 2 })
    endpoint.broadcast('room:a', 'last', {})
    t.same(await client.take(2), [
      [null, null, 'room:a', 'plain', { n: 2 }],
      ['1', '1', 'room:a', 'phx_close', {}],
    ])
    t.same(called, ['hidden', 'hidden'])
  }),
)

t.test('CH-068 another topic that a channel subscribes to comes to handleInfo', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client, endpoint } = await connect(wire, {
      handleIn: {
        subscribe: ({ topic }) => {
          PubSub.subscribe('test', topic)
          return reply()
        },
        unsubscribe: ({ topic }) => {
          PubSub.unsubscribe('test', topic)
          return reply()
        },
      },
      handleInfo: ({ topic, event, payload }, socket) => push(socket, 'external', { topic, event, payload }),
    })
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'subscribe', { topic: 'news' })
    await client.next()
    endpoint.broadcast('news', 'flash', { n: 1 })
    const external = (n: number) => ['1', null, 'room:a', 'external', { topic: 'news', event: 'flash', payload: { n } }]
    t.same(await client.next(), external(1))
    client.send('1', '3', 'room:a', 'subscribe', { topic: 'news' })
    await client.next()
    endpoint.broadcast('news', 'flash', { n: 2 })
    t.same(await client.take(2), [external(2), external(2)])
    client.send('1', '4', 'room:a', 'unsubscribe', { topic: 'news' })
    await client.next()
    endpoint.broadcast('news', 'flash', { n: 3 })
    t.same(await client.rest(), [])
  }),
)

t.test('a channel that subscribes to its own topic gets its broadcasts in handleOut once more', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { client, endpoint } = await connect(wire, {
      intercept: ['seen'],
      handleOut: { seen: (payload, socket) => push(socket, 'out', payload) },
      handleIn: {
        subscribe: () => {
          PubSub.subscribe('test', 'room:a')
          return reply()
        },
      },
    })
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'subscribe', {})
    await client.next()
    endpoint.broadcast('room:a', 'seen', { n: 1 })
    endpoint.broadcast('room:a', 'plain', { n: 2 })
    const out = ['1', null, 'room:a', 'out', { n: 1 }]
    t.same(await client.rest(), [[null, null, 'room:a', 'plain', { n: 2 }], out, out])
    t.match(warningsIn(reports), [{ message: { event: 'plain' } }], 'for which it has no handleOut')
  }),
)

t.test('a message that is no event reaches every channel of its topic, in handleInfo, once', (t) =>
  onEveryWire(t, async (t, wire) => {
    const { client, open } = await connect(wire, {
      intercept: ['seen'],
      handleOut: { seen: () => {} },
      handleInfo: (message, socket) => push(socket, 'info', message),
    })
    const plain = await open()
    await client.join('room:a')
    await plain.join('other:a')
    PubSub.broadcast('test', 'room:a', { n: 1 })
    PubSub.broadcast('test', 'room:a', { n: 2 }, fastlane)
    PubSub.broadcast('test', 'other:a', { n: 3 })
    PubSub.broadcast('test', 'other:a', { n: 4 }, fastlane)
    const info = (topic: string, n: number) => ['1', null, topic, 'info', { n }]
    t.same(await client.rest(), [info('room:a', 1), info('room:a', 2)], 'a channel that intercepts')
    t.same(await plain.rest(), [info('other:a', 3), info('other:a', 4)], 'one that does not')
  }),
)

t.test('CH-071 joining and broadcasting without a PubSub say what is missing', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { Endpoint } = await import('../../src/endpoint/endpoint.ts')
    const socket = Socket.define({ channels: { 'room:*': testRoom() } })
    const sockets = { '/socket': { socket, longpoll: true } }
    const endpoint = Endpoint.define({ port: 0, checkOrigin: false, secretKeyBase: 's'.repeat(64), sockets })
    await endpoint.startLink()
    const client = await wire.open((await endpoint.serverInfo()).port)
    t.same(await client.join('room:a'), reply1('1', { reason: 'join crashed' }, 'error'))
    t.match(crashesIn(reports), [{ code: 'BEAMISH_NO_PUBSUB', message: /PubSub\.child/ }])
    t.throws(() => endpoint.broadcast('room:a', 'news', {}), { code: 'BEAMISH_NO_PUBSUB' })
  }),
)

t.test('CH-075 an event of the protocol cannot be pushed or broadcast by an app', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { client, endpoint } = await connect(wire, {
      handleIn: {
        push: ({ event }, socket) => push(socket, event, {}),
        broadcast: ({ event }, socket) => {
          broadcast(socket, event, {})
        },
      },
    })
    for (const by of ['push', 'broadcast']) {
      await client.join('room:a')
      client.send('1', '2', 'room:a', by, { event: 'phx_close' })
      t.equal((await client.next())[3], 'phx_error')
    }
    t.match(crashesIn(reports), [{ code: 'BEAMISH_RESERVED_EVENT' }, { code: 'BEAMISH_RESERVED_EVENT' }])
    t.throws(() => endpoint.broadcast('room:a', 'phx_close', {}), { code: 'BEAMISH_RESERVED_EVENT' })
  }),
)

t.test('a payload that is no object cannot be pushed or broadcast, and a reply may be anything', (t) =>
  onEveryWire(t, async (t, wire, { reports }) => {
    const { client, endpoint } = await connect(wire, {
      handleIn: { push_list: ({ v }, socket) => push(socket, 'pushed', v) },
    })
    await client.join('room:a')
    client.send('1', '2', 'room:a', 'push_list', { v: [1] })
    t.equal((await client.next())[3], 'phx_error')
    t.match(crashesIn(reports), [{ code: 'BEAMISH_INVALID_PAYLOAD' }])
    for (const payload of ['text', 1, [1], null]) {
      t.throws(() => endpoint.broadcast('room:a', 'news', payload), { code: 'BEAMISH_INVALID_PAYLOAD' })
    }
  }),
)

// ── Definition ───────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('a definition is checked at once', async (t) => {
  const join = () => ok()
  const bad: [object, RegExp][] = [
    [{}, /join expects a function/],
    [{ join, handelIn: {} }, /handelIn/],
    [{ join, handleIn: { a: 1 } }, /handleIn\.a/],
    [{ join, intercept: ['a'] }, /handler for the intercepted a/],
    [{ join, handleOut: { a: () => noReply() } }, /every event of handleOut, a too/],
    [{ join, terminate: 'x' }, /terminate expects a function/],
  ]
  for (const [callbacks, message] of bad) {
    t.throws(() => Channel.define(callbacks as ChannelCallbacks<object>), { code: 'BEAMISH_BAD_ARGUMENT', message })
  }
})
