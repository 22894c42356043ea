import t from 'tap'
import {
  Incoming,
  isBroadcast,
  type Joinable,
  type Membership,
  reply,
  Socket,
  TransportEnded,
} from '../../src/channel/index.ts'
import { Router, text } from '../../src/endpoint/index.ts'
import {
  childSpec,
  exit,
  GenServer,
  ignore,
  noReply,
  type Pid,
  Process,
  self,
  send,
  shutdown,
  stop,
} from '../../src/index.ts'
import { ChannelTest, withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { RawClient } from '../support/raw-client.ts'
import { onEveryWire } from '../support/wires.ts'

// A process of an app's own behind a topic, written as its author would: by the public doors alone.

const ends: unknown[] = []
const pids: Pid[] = []

/** Does with a client what its params say. */
const Custom = GenServer.define({
  module: 'Custom',
  init: (client: Membership) => {
    const { how } = client.params as { how: string }
    pids.push(self())
    switch (how) {
      case 'refuse':
        client.refuse({ reason: 'not today' })
        return ignore()
      case 'raise':
        throw new Error('crashed on demand')
      case 'ignore':
        return ignore()
      case 'later':
      case 'end':
      case 'early push':
      case 'early close':
        send(self(), how)
        break
      default:
        client.accept({ hello: client.topic, assigns: client.assigns }, ['seen'])
    }
    return client
  },
  handleInfo: (message: unknown, client) => {
    if (message instanceof TransportEnded) return stop(message.reason)
    if (message instanceof Incoming) return incoming(message, client)
    if (isBroadcast(message)) client.push('out', message.payload)
    else if (message === 'later') client.accept({ late: true })
    else if (message === 'early push') client.push('pushed', {})
    else if (message === 'early close') client.close()
    else if (message === 'end') return stop('normal')
    return noReply()
  },
  terminate: (reason) => void ends.push(reason),
})

function incoming(message: Incoming, client: Membership) {
  if (message.isLeave) {
    client.answer(message.ref, reply())
    client.close()
    return stop(shutdown('left'))
  }
  switch (message.event) {
    case 'echo':
      client.answer(message.ref, reply(message.payload))
      break
    case 'push':
      client.push('pushed', message.payload)
      break
    case 'accept':
      client.accept()
      break
    case 'close':
      client.close()
      return stop('shutdown')
    case 'boom':
      throw new Error('crashed on demand')
  }
  return noReply()
}

const CustomChannel: Joinable = {
  moduleName: 'CustomChannel',
  // 'permanent', which nobody should say, must not bring it back.
  specFor: (client) => childSpec(Custom, client, { restart: 'permanent' }),
}

const UserSocket = Socket.define({ channels: { 'custom:*': { channel: CustomChannel, assigns: { a: 1 } } } })

t.test('CH-070 a custom process answers its join in the three ways, and closes', (t) =>
  onEveryWire(t, async (t, wire, world) => {
    ends.length = 0
    const { port, endpoint } = await startEndpoint({ sockets: { '/socket': UserSocket } })
    const client = await wire.open(port)
    const join = async (joinRef: string, how: string) => (await client.join('custom:a', joinRef, { how }))[4]
    t.same(await join('1', 'accept'), { status: 'ok', response: { hello: 'custom:a', assigns: { a: 1 } } })
    client.send('1', '2', 'custom:a', 'echo', { n: 1 })
    client.send('1', '3', 'custom:a', 'push', { n: 2 })
    client.send('stale', '4', 'custom:a', 'echo', {})
    endpoint.broadcast('custom:a', 'seen', { n: 3 })
    endpoint.broadcast('custom:a', 'plain', { n: 4 })
    const frames = await client.rest()
    t.same(
      frames.filter(([, , , event]) => event !== 'out' && event !== 'plain'),
      [
        ['1', '2', 'custom:a', 'phx_reply', { status: 'ok', response: { n: 1 } }],
        ['1', null, 'custom:a', 'pushed', { n: 2 }],
      ],
    )
    t.same(
      frames.filter(([, , , event]) => event === 'out' || event === 'plain').sort(),
      [
        ['1', null, 'custom:a', 'out', { n: 3 }],
        [null, null, 'custom:a', 'plain', { n: 4 }],
      ].sort(),
    )
    client.send('1', '5', 'custom:a', 'phx_leave', {})
    const close = (joinRef: string) => [joinRef, joinRef, 'custom:a', 'phx_close', {}]
    t.same(await client.take(2), [['1', '5', 'custom:a', 'phx_reply', { status: 'ok', response: {} }], close('1')])
    t.same(ends, [shutdown('left')])

    t.same(await join('6', 'refuse'), { status: 'error', response: { reason: 'not today' } })
    for (const how of ['raise', 'ignore', 'end', 'early push', 'early close']) {
      t.same(await join('7', how), { status: 'error', response: { reason: 'join crashed' } }, how)
    }
    t.same(await client.rest(), [], 'no phx_error')

    t.same(await join('8', 'later'), { status: 'ok', response: { late: true } })
    client.send('8', '9', 'custom:a', 'close', {})
    t.same(await client.next(), close('8'))
    t.same(await client.rest(), [], 'its closing notice is all')

    await join('10', 'accept')
    client.send('10', '11', 'custom:a', 'boom', {})
    t.same(await client.next(), ['10', '10', 'custom:a', 'phx_error', { reason: 'channel_crash' }])
    t.same(await client.rest(), [], 'nothing brings it back but its client')

    await join('12', 'accept')
    t.same(await join('13', 'accept'), { status: 'ok', response: { hello: 'custom:a', assigns: { a: 1 } } })
    t.same(await client.next(), close('12'), 'a second join replaces it')
    await wire.leave(client, world)
    t.ok(
      pids.every((pid) => !Process.isAlive(pid)),
      'none outlives its client',
    )
    t.same(ends.at(-1), wire.endReason, 'it is told how the connection ended')
  }),
)

t.test('a join is answered once, and nothing is pushed or closed before', (t) =>
  withRuntime(async ({ reports }) => {
    const socket = await ChannelTest.connect(UserSocket)
    for (const how of ['early push', 'early close']) {
      t.match(await ChannelTest.tryJoin(socket, 'custom:a', { how }), { type: 'refused' })
    }
    const channel = await ChannelTest.join(socket, 'custom:a', { how: 'accept' })
    ChannelTest.push(channel, 'accept')
    await ChannelTest.assertPush('phx_error')
    const codes = reports.flatMap((report) => (report.type === 'crash' ? [report.reason] : []))
    t.match(codes, [
      { error: { code: 'BEAMISH_NOT_JOINED', message: /push on "custom:a"/ } },
      { error: { code: 'BEAMISH_NOT_JOINED', message: /close on "custom:a"/ } },
      { error: { code: 'BEAMISH_JOIN_ANSWERED', message: /has been accepted already/ } },
    ])
  }),
)

t.test('a joinable that cannot say how it is started is a join that crashed, with a report', (t) =>
  withRuntime(async ({ reports }) => {
    const broken = (specFor: () => unknown): Joinable => ({
      moduleName: 'Broken',
      specFor: specFor as Joinable['specFor'],
    })
    const channels = {
      throws: broken(() => {
        throw new Error('no idea')
      }),
      'no spec': broken(() => undefined),
      'no start': broken(() => ({ id: 'x', start: () => Promise.reject(new Error('cannot')) })),
    }
    const socket = await ChannelTest.connect(Socket.define({ channels }))
    for (const topic of Object.keys(channels)) {
      const outcome = await ChannelTest.tryJoin(socket, topic)
      t.same(outcome, { type: 'refused', response: { reason: 'join crashed' } }, topic)
    }
    t.ok(socket.isOpen)
    const crashes = reports.flatMap((report) => (report.type === 'crash' ? [[report.initialCall, report.reason]] : []))
    t.match(crashes, [
      ['GenServer Broken', { error: { message: 'no idea' } }],
      ['GenServer Broken', { error: { code: 'BEAMISH_BAD_ARGUMENT', message: /a child/ } }],
    ])
  }),
)

t.test('a custom process that is killed is phx_error, and its client hears no more of its topic', (t) =>
  withRuntime(async ({ runtime }) => {
    const socket = await ChannelTest.connect(UserSocket)
    const before = runtime.size
    const channel = await ChannelTest.join(socket, 'custom:a', { how: 'accept' })
    exit(channel.pid, 'kill')
    await ChannelTest.assertPush('phx_error', { reason: 'channel_crash' }, { to: channel })
    ChannelTest.broadcastFrom(channel, 'plain', {})
    await ChannelTest.refutePush('plain')
    t.equal(runtime.size, before)
  }),
)

t.test('a process that is alone in its topic needs no PubSub, and broadcasts do not reach its client', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const Alone = GenServer.define({
      init: (client: Membership) => {
        seen.push(client.transport.router?.lookup('GET', '/here', 'localhost').type)
        client.acceptAlone({ ok: 1 })
        return client
      },
      handleInfo: (message: unknown, client) => {
        if (message instanceof TransportEnded) return stop(message.reason)
        if (message instanceof Incoming) client.answer(message.ref, reply({ echo: message.payload }))
        return noReply()
      },
    })
    const AloneChannel: Joinable = { moduleName: 'Alone', specFor: (client) => childSpec(Alone, client) }
    const router = Router.define((route) => route.get('/here', () => text('here')))
    const { port, endpoint } = await startEndpoint({
      router,
      sockets: { '/socket': Socket.define({ channels: { 'alone:*': AloneChannel } }) },
    })
    const client = await RawClient.open(port)
    t.same(await client.join('alone:a', '1'), ['1', '1', 'alone:a', 'phx_reply', { status: 'ok', response: { ok: 1 } }])
    t.same(seen, ['found'], 'it knows the routes of its endpoint')
    endpoint.broadcast('alone:a', 'seen', {})
    client.send('1', '2', 'alone:a', 'hello', { n: 1 })
    t.same(await client.rest(), [['1', '2', 'alone:a', 'phx_reply', { status: 'ok', response: { echo: { n: 1 } } }]])
    client.close()
  }),
)
