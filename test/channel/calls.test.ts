import t from 'tap'
import { Channel } from '../../src/channel/channel.ts'
import { broadcast, push } from '../../src/channel/messaging.ts'
import { noReply, ok, reply, replyError, stop } from '../../src/channel/result.ts'
import type { ChannelSocket } from '../../src/channel/socket.ts'
import { shutdown } from '../../src/core/reason.ts'
import {
  exit,
  type From,
  GenServer,
  monitor,
  type Pid,
  Process,
  self,
  send,
  sendAfter,
  spawn,
} from '../../src/index.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { assertReceive, ChannelTest, settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

const ends: unknown[] = []

const Desk = Channel.define({
  module: 'Desk',
  join: () => ok(),
  handleCall: {
    double: (n: number) => reply(n * 2),
    topic: (_: void, socket) => reply(socket.topic),
    slowly: async (n: number) => reply({ n }),
    announce: (payload: object, socket) => {
      push(socket, 'pushed', payload)
      broadcast(socket, 'announced', payload)
      return reply('announced' as const)
    },
    later: (text: string, _socket, from: From<string>) => {
      send(self(), { answer: from, text })
      return noReply()
    },
    leave: () => stop('normal', reply('bye')),
    fail: () => stop('broken'),
    nothing: () => undefined as never,
    wrong: () => replyError('no') as never,
  },
  handleCast: {
    tell: (payload: object, socket) => push(socket, 'told', payload),
    tellLater: async (payload: object, socket) => push(socket, 'told', payload),
    go: () => stop(shutdown('told to')),
    nonsense: () => 42 as never,
  },
  handleInfo: (message, socket: ChannelSocket) => {
    if (message.answer !== undefined) GenServer.reply(message.answer, message.text)
    else if (message.watch !== undefined) monitor(message.watch)
    else if (message.type === 'down') push(socket, 'down', { reason: message.reason })
    else if (message.tick !== undefined) broadcast(socket, 'tick', {})
    else if (message.stop !== undefined) return stop(message.stop)
    return undefined
  },
  terminate: (reason) => void ends.push(reason),
})

async function desk(channel = Desk) {
  ends.length = 0
  const socket = await ChannelTest.connect(Socket.define({ channels: { desk: channel } }))
  return await ChannelTest.join(socket, 'desk')
}

t.test('CH-067 a channel answers calls: now, later, or with its last words', (t) =>
  withRuntime(async () => {
    const { pid } = await desk()
    t.equal(await Desk.call(pid, 'double', 21), 42)
    t.equal(await Desk.call(pid, 'topic'), 'desk')
    t.same(await Desk.call(pid, 'slowly', 1), { n: 1 })
    t.equal(await Desk.call(pid, 'later', 'by and by'), 'by and by')
    t.equal(await Desk.call(pid, 'announce', { n: 1 }), 'announced')
    await ChannelTest.assertPush('pushed', { n: 1 })
    await ChannelTest.assertPush('announced', { n: 1 })
    t.equal(await GenServer.call(pid, 'double', 4), 8, 'the functions of GenServer do as well')
    const request = Desk.sendRequest(pid, 'double', 5)
    t.same(await GenServer.receiveResponse(request), { type: 'reply', value: 10 })
    t.equal(await Desk.call(pid, 'leave'), 'bye')
    await ChannelTest.assertPush('phx_close')
    t.same(ends, ['normal'])
    await t.rejects(async () => await Desk.call(pid, 'double', 1), { code: 'BEAMISH_NOPROC' })
  }),
)

t.test('CH-067 casts and other messages may push, broadcast and stop', (t) =>
  withRuntime(async ({ clock }) => {
    const { pid } = await desk()
    Desk.cast(pid, 'tell', { n: 1 })
    Desk.cast(pid, 'tellLater', { n: 2 })
    await ChannelTest.assertPush('told', { n: 1 })
    await ChannelTest.assertPush('told', { n: 2 })
    sendAfter(pid, { tick: 1 }, 100)
    await clock.advance(100)
    await ChannelTest.assertPush('tick')
    const other = spawn(idle)
    send(pid, { watch: other })
    await settle()
    exit(other, 'gone')
    await ChannelTest.assertPush('down', { reason: 'gone' })
    send(pid, { stop: 'normal' })
    await ChannelTest.assertPush('phx_close')
    t.same(ends, ['normal'])
    const second = await desk()
    Desk.cast(second.pid, 'go')
    await ChannelTest.assertPush('phx_close', undefined, { to: second })
    t.same(ends, [shutdown('told to')])
  }),
)

t.test('CH-067 a message that nobody handles is reported, and the channel lives', (t) =>
  withRuntime(async ({ reports }) => {
    const { pid } = await desk(Channel.define({ module: 'Quiet', join: () => ok() }) as never)
    send(pid, { hello: 1 })
    await settle()
    t.ok(Process.isAlive(pid))
    const found = reports.filter(({ type }) => type === 'unexpectedMessage')
    t.match(found, [{ level: 'warning', module: 'Quiet', message: { hello: 1 } }])
  }),
)

t.test('a call or cast that the channel does not know, or answers with nonsense, crashes it', (t) =>
  withRuntime(async () => {
    const calls: [(pid: Pid) => unknown, string, RegExp][] = [
      [
        (pid) => GenServer.call(pid, 'nobody'),
        'BEAMISH_NO_HANDLER',
        /Desk has no handleCall for "nobody"\. It has double/,
      ],
      [(pid) => GenServer.cast(pid, 'constructor'), 'BEAMISH_NO_HANDLER', /no handleCast for "constructor"/],
      [(pid) => Desk.call(pid, 'nothing'), 'BEAMISH_BAD_RETURN', /handleCall\.nothing must return reply\(value\)/],
      [(pid) => Desk.call(pid, 'wrong'), 'BEAMISH_BAD_RETURN', /handleCall\.wrong/],
      [(pid) => Desk.cast(pid, 'nonsense'), 'BEAMISH_BAD_RETURN', /handleCast\.nonsense must return nothing/],
    ]
    for (const [act, code, message] of calls) {
      const channel = await desk()
      try {
        await act(channel.pid)
      } catch (error) {
        t.match(error, { code: 'BEAMISH_EXIT' }, 'the caller learns of it')
      }
      await ChannelTest.assertPush('phx_error', undefined, { to: channel })
      t.match(ends, [{ error: { code, message } }])
    }
    const channel = await desk()
    await t.rejects(async () => await Desk.call(channel.pid, 'fail'), { message: /broken @/ })
    await ChannelTest.assertPush('phx_error', undefined, { to: channel })
  }),
)

t.test('a call waits for what came before it', (t) =>
  withRuntime(async () => {
    const { pid } = await desk()
    Desk.cast(pid, 'tellLater', { n: 1 })
    t.equal(await Desk.call(pid, 'announce', { n: 2 }), 'announced')
    const events = [await assertReceive({ type: 'push' }), await assertReceive({ type: 'push' })]
    t.same(
      events.map(({ event }) => event),
      ['told', 'pushed'],
    )
  }),
)
