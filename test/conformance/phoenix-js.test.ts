import t from 'tap'
import { ok, refuse, reply } from '../../src/channel/result.ts'
import { exit, type Pid, self } from '../../src/index.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { answerOf, joined, nextEvent, phoenixClient } from '../support/phoenix-client.ts'
import { testRoom } from '../support/room.ts'

// The official client, npm `phoenix`, over a real socket. Its own timers are real: it is told to be quick about them.

const QUICK = { rejoinAfterMs: () => 5, reconnectAfterMs: () => 5 }

async function serve(more: Parameters<typeof testRoom>[0] = {}) {
  const socket = Socket.define({ channels: { 'room:*': testRoom(more) }, id: () => 'everybody' })
  return await startEndpoint({ sockets: { '/socket': socket } })
}

t.test('it joins, pushes, is answered, and hears what others say', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const ann = await joined(phoenixClient(t, port), 'room:a')
    const bob = await joined(phoenixClient(t, port), 'room:a')
    t.same(await answerOf(ann.push('echo', { a: 1 })), ['ok', { a: 1 }])
    t.same(await answerOf(ann.push('fail', { b: 2 })), ['error', { b: 2 }])
    const heard = [nextEvent(ann, 'shout'), nextEvent(bob, 'shout')]
    ann.push('shout', { text: 'hello' })
    t.same(await Promise.all(heard), [{ text: 'hello' }, { text: 'hello' }])
  }),
)

t.test('a push that is not answered times out', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const channel = await joined(phoenixClient(t, port), 'room:a')
    t.equal((await answerOf(channel.push('silent', {}, 20)))[0], 'timeout')
  }),
)

t.test('it gets bytes as it sent them', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const channel = await joined(phoenixClient(t, port), 'room:a')
    const bytes = new Uint8Array([1, 2, 255]).buffer
    const [status, response] = await answerOf(channel.push('echo', bytes))
    t.equal(status, 'ok')
    t.same(new Uint8Array(response as ArrayBuffer), new Uint8Array([1, 2, 255]))
  }),
)

t.test('CH-077 after a crash it is told so, and joins again with a new join_ref', (t) =>
  withRuntime(async () => {
    const joinRefs: unknown[] = []
    const { port } = await serve({
      join: (_topic, _params, socket) => {
        joinRefs.push(socket.joinRef)
        return ok()
      },
    })
    const socket = phoenixClient(t, port, QUICK)
    const channel = socket.channel('room:a')
    const reasons: unknown[] = []
    const states: string[] = []
    channel.onError((reason) => {
      reasons.push(reason)
      states.push(channel.state)
    })
    const joins = [new Gate(), new Gate()]
    let count = 0
    channel.join().receive('ok', () => joins[count++]?.open())
    await joins[0]?.opened
    channel.push('boom', {})
    await joins[1]?.opened
    t.same(reasons, [{ reason: 'channel_crash' }])
    t.same(states, ['errored'])
    t.equal(channel.state, 'joined')
    t.equal(new Set(joinRefs).size, 2)
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
  }),
)

t.test('CH-078 after any close it reconnects, and every joined channel joins again', (t) =>
  withRuntime(async () => {
    const pids: Pid[] = []
    const { port, endpoint } = await serve({
      join: (_topic, _params, socket) => {
        pids.push(socket.transportPid)
        return ok()
      },
    })
    const socket = phoenixClient(t, port, QUICK)
    const codes: number[] = []
    socket.onClose((event) => void codes.push(event.code))
    let waiting = [new Gate(), new Gate()]
    const channels = ['room:a', 'room:b'].map((topic, index) => {
      const channel = socket.channel(topic)
      channel.join().receive('ok', () => waiting[index]?.open())
      return channel
    })
    const settled = async (interrupt: () => void) => {
      waiting = [new Gate(), new Gate()]
      interrupt()
      await Promise.all(waiting.map(({ opened }) => opened))
    }
    await Promise.all(waiting.map(({ opened }) => opened))
    await settled(() => endpoint.broadcast('everybody', 'disconnect', {})) // 1001
    await settled(() => exit(pids.at(-1) as Pid, 'kill')) // 1011
    await settled(() => exit(pids.at(-1) as Pid, 'shutdown')) // 1012
    const { conn } = socket as unknown as { conn: { terminate(): void } }
    await settled(() => conn.terminate()) // 1006
    t.same(codes, [1001, 1011, 1012, 1006])
    t.same(await answerOf(channels[1]!.push('echo', { n: 1 })), ['ok', { n: 1 }])
  }),
)

t.test('CH-079 a second channel object for a topic takes its place', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const socket = phoenixClient(t, port)
    const first = await joined(socket, 'room:a')
    const closed = new Promise<void>((resolve) => first.onClose(() => resolve()))
    const second = await joined(socket, 'room:a')
    await closed
    t.equal(first.state, 'closed')
    t.same(await answerOf(second.push('echo', { n: 1 })), ['ok', { n: 1 }])
  }),
)

t.test('CH-080 what is pushed before the join is answered is sent after it, in order', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const { port } = await serve({
      handleIn: {
        count: ({ n }) => {
          seen.push(n)
          return reply({ n })
        },
      },
    })
    const socket = phoenixClient(t, port)
    const channel = socket.channel('room:a')
    const joining = answerOf(channel.join())
    const pushes = [1, 2, 3].map((n) => answerOf(channel.push('count', { n })))
    t.equal((await joining)[0], 'ok')
    t.same(
      await Promise.all(pushes),
      [1, 2, 3].map((n) => ['ok', { n }]),
    )
    t.same(seen, [1, 2, 3])
  }),
)

t.test('CH-082 params from a function are asked for anew at each rejoin', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const pids: Pid[] = []
    const { port } = await serve({
      join: (_topic, params) => {
        seen.push(params)
        pids.push(self())
        return seen.length === 2 ? refuse({ reason: 'not yet' }) : ok()
      },
    })
    const socket = phoenixClient(t, port, QUICK)
    let n = 0
    const channel = socket.channel('room:a', () => ({ n: ++n }))
    const third = new Gate()
    channel.join().receive('ok', () => {
      if (seen.length === 3) third.open()
      else exit(pids[0] as Pid, 'kill')
    })
    await third.opened
    t.same(seen, [{ n: 1 }, { n: 2 }, { n: 3 }])
  }),
)

t.test('leave is answered, and the client does not come back', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const channel = await joined(phoenixClient(t, port, QUICK), 'room:a')
    const closed = new Promise<void>((resolve) => channel.onClose(() => resolve()))
    t.equal((await answerOf(channel.leave()))[0], 'ok')
    await closed
    t.equal(channel.state, 'closed')
  }),
)
