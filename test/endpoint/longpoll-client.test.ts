import { type Socket as ClientSocket, LongPoll, type SocketConnectOption } from 'phoenix'
import t from 'tap'
import { ok } from '../../src/channel/result.ts'
import { msgpack } from '../../src/client/msgpack.ts'
import type { MountOptions } from '../../src/endpoint/options.ts'
import { Socket, type SocketCallbacks } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { answerOf, joined, nextEvent, phoenixClient } from '../support/phoenix-client.ts'
import { testRoom } from '../support/room.ts'
import { SECRET } from '../support/visit.ts'

// The official client, in Node, where it polls with `fetch`.

type RoomOptions = Parameters<typeof testRoom>[0]
type Callbacks = Partial<SocketCallbacks<Record<string, unknown>>>

/** The typings of the client lack what a transport is made with. */
const POLLING = { transport: LongPoll } as unknown as Partial<SocketConnectOption>

async function serve(room: RoomOptions = {}, mount: Partial<MountOptions> = {}, callbacks: Callbacks = {}) {
  const socket = Socket.define<Record<string, unknown>>({ channels: { 'room:*': testRoom(room) }, ...callbacks })
  return await startEndpoint({
    secretKeyBase: SECRET,
    sockets: { '/socket': { socket, longpoll: { windowMs: 1000 }, ...mount } },
  })
}

/** Where a client that fell back remembers it. */
function sessionStore(): { readonly kept: Map<string, string>; readonly options: object } {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key),
    setItem: (key: string, value: string) => kept.set(key, value),
  }
  return { kept, options: { sessionStorage: storage } }
}

/** The name of the transport that a client uses right now. */
function transportOf(client: ClientSocket): string {
  return (client as unknown as { conn: object }).conn.constructor.name
}

t.test('the official client joins, asks, hears broadcasts and leaves over long poll', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await serve()
    const client = phoenixClient(t, port, POLLING)
    const channel = await joined(client, 'room:a', { after_join: true, user: 'ann' })
    t.equal(transportOf(client), 'LongPoll')
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
    const news = nextEvent(channel, 'news')
    endpoint.broadcast('room:a', 'news', { n: 2 })
    t.same(await news, { n: 2 })
    t.same(await answerOf(channel.leave()), ['ok', {}])
    t.equal((await answerOf(client.channel('room:forbidden').join()))[0], 'error')
  }),
)

t.test('CH-015 over long poll the authToken reaches connect from a header of its own', (t) =>
  withRuntime(async () => {
    const tokens: unknown[] = []
    const connect: Callbacks['connect'] = (_params, _socket, info) => {
      tokens.push(info.authToken)
      return ok()
    }
    const { port } = await serve({}, { authToken: true }, { connect })
    await joined(phoenixClient(t, port, { ...POLLING, authToken: 'subjects?_d=1' }), 'room:a')
    await joined(phoenixClient(t, port, POLLING), 'room:a')
    t.same(tokens, ['subjects?_d=1', null])
  }),
)

t.test('LP-016 a hundred and fifty pushes in one tick arrive in two posts, all of them in order', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const { port } = await serve({ handleIn: { note: ({ n }) => void seen.push(n), echo: () => undefined } })
    const client = phoenixClient(t, port, POLLING)
    const channel = await joined(client, 'room:a')
    const fetched = globalThis.fetch
    let posts = 0
    globalThis.fetch = (...args) => {
      if (args[1]?.method === 'POST') posts++
      return fetched(...args)
    }
    t.teardown(() => {
      globalThis.fetch = fetched
    })
    for (let n = 0; n < 150; n++) channel.push('note', { n })
    while (seen.length < 150) await new Promise((resolve) => setImmediate(resolve))
    t.same(
      seen,
      Array.from({ length: 150 }, (_, n) => n),
    )
    t.equal(posts, 2)
  }),
)

t.test('CH-077 CH-078 over long poll a crashed channel is joined again, and so are all when the session is gone', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await serve({}, {}, { id: () => 'user:1' })
    const quick = { rejoinAfterMs: () => 10, reconnectAfterMs: () => 10 }
    const client = phoenixClient(t, port, { ...POLLING, ...quick })
    const channel = await joined(client, 'room:a')
    /** Resolves when the channel has failed, and is joined again. */
    const rejoined = async () => {
      await new Promise<void>((resolve) => channel.onError(() => resolve()))
      while (channel.state !== 'joined') await new Promise((resolve) => setImmediate(resolve))
    }
    const afterCrash = rejoined()
    channel.push('boom', {})
    await afterCrash
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
    const afterDisconnect = rejoined()
    endpoint.broadcast('user:1', 'disconnect', {})
    await afterDisconnect
    t.same(await answerOf(channel.push('echo', { n: 2 })), ['ok', { n: 2 }])
  }),
)

t.test('CH-081 a client whose upgrades are refused falls back to long poll; one whose are accepted stays', (t) =>
  withRuntime(async () => {
    const { port } = await serve({}, { websocket: false })
    const { kept, options } = sessionStore()
    const client = phoenixClient(t, port, { longPollFallbackMs: 5000, ...options })
    const channel = await joined(client, 'room:a')
    t.equal(transportOf(client), 'LongPoll')
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
    t.match([...kept.values()], ['true'])
  }).then(() =>
    withRuntime(async () => {
      // Its join takes for ever: the heartbeat that decides about the fallback does not wait behind it.
      const { port } = await serve({ join: (topic) => (topic === 'room:slow' ? new Promise<never>(() => {}) : ok()) })
      const client = phoenixClient(t, port, { longPollFallbackMs: 5000, ...sessionStore().options })
      client.channel('room:slow').join()
      await joined(client, 'room:a')
      await new Promise<void>((resolve) => client.ping(() => resolve()))
      t.equal(transportOf(client), 'WebSocket')
    }),
  ),
)

t.test('CH-045 a MessagePack client that falls back goes on over long poll, with bytes in both directions', (t) =>
  withRuntime(async () => {
    const { port, endpoint } = await serve({}, { websocket: false })
    const options = { ...msgpack, longPollFallbackMs: 5000, ...sessionStore().options }
    const client = phoenixClient(t, port, options as Partial<SocketConnectOption>)
    const channel = await joined(client, 'room:a', { reply: 1 })
    t.equal(transportOf(client), 'LongPoll')
    t.same(await answerOf(channel.push('echo', { text: 'ä', n: 1.5 })), ['ok', { text: 'ä', n: 1.5 }])
    const bytes = new Uint8Array([0xde, 0xad, 0xbe, 0xef])
    const [status, echoed] = await answerOf(channel.push('echo', bytes.buffer))
    t.same([status, new Uint8Array(echoed as ArrayBuffer)], ['ok', bytes])
    const inside = (await answerOf(channel.push('echo', { inside: bytes })))[1] as { inside: Uint8Array }
    t.same(new Uint8Array(inside.inside), bytes)
    const news = nextEvent(channel, 'news')
    endpoint.broadcast('room:a', 'news', { at: new Date(0), bytes })
    const { at, bytes: heard } = (await news) as { at: string; bytes: Uint8Array }
    t.same([at, new Uint8Array(heard)], ['1970-01-01T00:00:00.000Z', bytes])
  }),
)

t.test('CH-045 a MessagePack version with `transport: LongPoll` reads JSON where there are no bytes', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const client = phoenixClient(t, port, { ...POLLING, vsn: '2.0.0-msgpack' })
    const channel = await joined(client, 'room:a')
    t.same(await answerOf(channel.push('echo', { n: 1 })), ['ok', { n: 1 }])
  }),
)
