import type { Channel, Push, SocketConnectOption } from 'phoenix'
import t, { type Test } from 'tap'
import { broadcast } from '../../src/channel/messaging.ts'
import { ok, refuse, reply, replyError, replyWith, stop } from '../../src/channel/result.ts'
import { msgpack } from '../../src/client/msgpack.ts'
import { shutdown } from '../../src/core/reason.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { answerOf, joined, phoenixClient } from '../support/phoenix-client.ts'
import { testRoom } from '../support/room.ts'

// What answers and ends mean to the official client, in both of its codecs.

const CODECS: readonly [name: string, codec: Partial<SocketConnectOption>][] = [
  ['V2 JSON', {}],
  ['MessagePack', msgpack as Partial<SocketConnectOption>],
]

/** A quick client, for each codec in a world of its own. */
async function onEveryCodec(
  t: Test,
  more: Parameters<typeof testRoom>[0],
  body: (t: Test, client: ReturnType<typeof phoenixClient>) => Promise<void>,
): Promise<void> {
  for (const [name, codec] of CODECS) {
    await t.test(name, (t) =>
      withRuntime(async () => {
        const socket = Socket.define({ channels: { 'room:*': testRoom(more) } })
        const { port } = await startEndpoint({ sockets: { '/socket': socket } })
        await body(t, phoenixClient(t, port, { ...codec, rejoinAfterMs: () => 5 }))
      }),
    )
  }
}

/** Which of these statuses a push was answered with, and the response. */
function firstOf(push: Push, ...statuses: string[]): Promise<[string, unknown]> {
  return new Promise((resolve) => {
    // Its types know three statuses; it takes any.
    for (const status of statuses) push.receive(status as 'ok', (response) => resolve([status, response]))
  })
}

/** What the client would join again. Its types leave it out. */
function clientChannels(client: ReturnType<typeof phoenixClient>): readonly Channel[] {
  return (client as unknown as { channels: readonly Channel[] }).channels
}

function closed(channel: Channel): Promise<void> {
  return new Promise((resolve) => channel.onClose(() => resolve()))
}

t.test('CH-050 a join gives its answer to receive, ok or error, and may be tried again', (t) => {
  let isFull = true
  const join = () => (isFull ? refuse({ reason: 'full' }) : ok({ seat: 7 }))
  return onEveryCodec(t, { join }, async (t, client) => {
    isFull = true
    const channel = client.channel('room:a')
    const joining = channel.join()
    t.same(await firstOf(joining, 'ok', 'error'), ['error', { reason: 'full' }])
    isFull = false
    t.same(await firstOf(joining, 'ok'), ['ok', { seat: 7 }], 'the client tries again by itself')
    t.equal(channel.state, 'joined')
  })
})

t.test('CH-059 a push gives its answer to receive: any status, any response, or none at all', (t) => {
  const handleIn = {
    status: ({ status }: { status: string }) => replyWith(status),
    ok: (payload: { v?: unknown }) => reply('v' in payload ? payload.v : undefined),
    error: ({ v }: { v: unknown }) => replyError(v),
    with: ({ status, v }: { status: string; v: unknown }) => replyWith(status, v),
    silent: () => {},
  }
  return onEveryCodec(t, { handleIn }, async (t, client) => {
    const channel = await joined(client, 'room:a')
    t.same(await firstOf(channel.push('status', { status: 'ok' }), 'ok'), ['ok', {}], 'a status alone')
    t.same(await firstOf(channel.push('status', { status: 'weird' }), 'weird', 'ok'), ['weird', {}])
    t.same(await firstOf(channel.push('ok', {}), 'ok'), ['ok', {}])
    for (const v of [{ a: { b: 1 } }, [1, [2]], [], 'text', '', 7, true, false, null]) {
      t.same(await firstOf(channel.push('ok', { v }), 'ok'), ['ok', v])
      t.same(await firstOf(channel.push('error', { v }), 'error'), ['error', v])
    }
    t.same(await firstOf(channel.push('with', { status: 'later', v: [1] }), 'later'), ['later', [1]])
    t.equal((await answerOf(channel.push('silent', {}, 20)))[0], 'timeout')
    t.same(await firstOf(channel.push('ok', { v: 1 }), 'ok'), ['ok', 1], 'and the channel goes on')
  })
})

t.test('CH-062 a client whose channel stopped as intended does not join again, and gets the reply', (t) => {
  const reasons = { normal: 'normal', shutdown: 'shutdown', tuple: shutdown('because') } as const
  const handleIn = {
    stop: ({ how }: { how: keyof typeof reasons }) => stop(reasons[how]),
    bye: ({ how }: { how: keyof typeof reasons }) => stop(reasons[how], reply({ bye: how })),
    shout: (_payload: unknown, socket: Parameters<typeof broadcast>[0]) => void broadcast(socket, 'shout', {}),
  }
  return onEveryCodec(t, { handleIn }, async (t, client) => {
    for (const how of Object.keys(reasons)) {
      for (const event of ['stop', 'bye']) {
        const channel = await joined(client, 'room:a')
        const over = closed(channel)
        const push = channel.push(event, { how })
        if (event === 'bye') t.same(await firstOf(push, 'ok'), ['ok', { bye: how }])
        await over
        t.equal(channel.state, 'closed')
        t.notOk(clientChannels(client).includes(channel), 'it is forgotten: nothing will join it again')
      }
    }
    t.ok(client.isConnected())
  })
})
