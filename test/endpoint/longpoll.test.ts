import t from 'tap'
import { isBroadcast } from '../../src/channel/broadcast.ts'
import { ok, refuse } from '../../src/channel/result.ts'
import { shutdown } from '../../src/core/reason.ts'
import type { EndpointOptions, LongPollOptions, MountOptions } from '../../src/endpoint/options.ts'
import { exit, reply, Supervisor } from '../../src/index.ts'
import { RawSocket } from '../../src/socket/raw-socket.ts'
import { Socket, type SocketCallbacks } from '../../src/socket/user-socket.ts'
import { assertReceive, settle, withRuntime } from '../../src/testing/index.ts'
import { Token } from '../../src/token/token.ts'
import { ADAPTERS } from '../support/adapters.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { askPoll, PollClient, untilHeld } from '../support/poll-client.ts'
import { RawClient, type RawFrame } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'
import { heard } from '../support/telemetry.ts'
import { SECRET } from '../support/visit.ts'

const WINDOW_MS = 1000
const PATH = '/socket/longpoll?vsn=2.0.0'

type Callbacks = Partial<SocketCallbacks<Record<string, unknown>>>
type RoomOptions = Parameters<typeof testRoom>[0]

interface Serving {
  readonly room?: RoomOptions
  readonly socket?: Callbacks
  readonly longpoll?: LongPollOptions
  readonly mount?: Partial<MountOptions>
  readonly endpoint?: EndpointOptions
}

/** An endpoint with one mount that can be polled, and over a WebSocket. */
async function serve({ room = {}, socket = {}, longpoll = {}, mount = {}, endpoint = {} }: Serving = {}) {
  const module = Socket.define<Record<string, unknown>>({
    module: 'RoomSocket',
    channels: { 'room:*': testRoom(room) },
    ...socket,
  })
  const mounted = { socket: module, longpoll: { windowMs: WINDOW_MS, ...longpoll }, ...mount }
  const started = await startEndpoint({ secretKeyBase: SECRET, sockets: { '/socket': mounted }, ...endpoint })
  return { ...started, open: (query = '') => PollClient.open(started.port, `${PATH}${query}`) }
}

const OK = { status: 'ok', response: {} }
const answered = (ref: string, response: unknown = {}): RawFrame => [
  '1',
  ref,
  'room:a',
  'phx_reply',
  { status: 'ok', response },
]

// ── Sessions and polls ───────────────────────────────────────────────────────────────────────────────────────────────

t.test('LP-001 a GET without a token opens a session, and says so in its body', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const answer = await askPoll(port, PATH)
    t.equal(answer.http, 200)
    t.same(Object.keys(JSON.parse(answer.text)).sort(), ['messages', 'status', 'token'])
    t.match(answer, { status: 410, messages: [], token: /^[\w.~-]{20,2000}$/ })
    t.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
    t.equal(answer.headers.get('cache-control'), 'no-store')
    t.equal(answer.headers.get('access-control-allow-origin'), '*')
  }),
)

t.test(
  'LP-002 a poll takes what is queued, oldest first; the next one is told at the end of its window that nothing came',
  (t) =>
    withRuntime(async ({ clock }) => {
      const { open, endpoint } = await serve()
      const client = await open()
      endpoint.subscribe('room:a')
      await client.post(['1', '1', 'room:a', 'phx_join', {}], ['1', '2', 'room:a', 'shout', { n: 1 }])
      await assertReceive((message: unknown) => isBroadcast(message) && message.event === 'shout')
      endpoint.broadcast('room:a', 'news', { n: 2 })
      const full = await client.poll()
      t.equal(full.status, 200)
      t.equal(full.token, client.token)
      t.same(
        full.messages?.map((message) => JSON.parse(message)),
        [
          ['1', '1', 'room:a', 'phx_reply', OK],
          [null, null, 'room:a', 'shout', { n: 1 }],
          ['1', '2', 'room:a', 'phx_reply', OK],
          [null, null, 'room:a', 'news', { n: 2 }],
        ],
      )
      const empty = client.poll()
      await untilHeld(1)
      await clock.advance(WINDOW_MS - 1)
      t.equal(await Promise.race([empty, settle()]), undefined, 'not before the window is over')
      await clock.advance(1)
      t.match(await empty, { http: 200, status: 204, token: client.token, messages: [] })
    }),
)

for (const adapter of ADAPTERS) {
  t.test(
    `LP-003 a poll that is held is answered as soon as something comes, with all that comes at once: ${adapter}`,
    (t) =>
      withRuntime(async () => {
        const { open } = await serve({ endpoint: { adapter } })
        const client = await open()
        await client.join('room:a', '1', {})
        const held = client.poll()
        await untilHeld(1)
        t.equal((await client.post(['1', '2', 'room:a', 'push_then_reply', { n: 1 }])).status, 200)
        const { status, messages = [] } = await held
        t.equal(status, 200)
        t.same(
          messages.map((message) => JSON.parse(message)),
          [['1', null, 'room:a', 'pushed', { n: 1 }], answered('2')],
        )
      }),
  )
}

t.test('LP-004 a body of another content type, or of none, is one text frame', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    const frame = (...parts: RawFrame) => JSON.stringify(parts, null, 2) // with line feeds: no lines are looked for
    const type = (value: string) => ({ 'content-type': value })
    t.equal((await client.postBody(frame('1', '1', 'room:a', 'phx_join', {}), type('application/json'))).status, 200)
    const unnamed = new TextEncoder().encode(frame('1', '2', 'room:a', 'echo', { n: 2 }))
    t.equal((await client.postBody(unnamed)).status, 200)
    const lines = type('application/x-ndjson; charset=utf-8')
    t.equal((await client.postBody(frame('1', '3', 'room:a', 'echo', { n: 3 }), lines)).status, 200)
    t.same(await client.take(3), [answered('1'), answered('2', { n: 2 }), answered('3', { n: 3 })])
  }),
)

/** The line of a binary push of the client. */
function binaryLine(ref: string, event: string, bytes: number[]): string {
  const parts = ['1', ref, 'room:a', event].map((part) => Buffer.from(part))
  const lengths = parts.map(({ length }) => length)
  return Buffer.concat([Buffer.from([0, ...lengths]), ...parts, Buffer.from(bytes)]).toString('base64')
}

t.test('LP-005 lines are handled in order, text and base64 alike, and the answer comes afterwards', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const { open } = await serve({
      room: {
        handleIn: {
          note: (payload, socket) => {
            seen.push([socket.ref, payload instanceof Uint8Array ? [...payload] : payload])
          },
        },
      },
    })
    const client = await open()
    await client.join('room:a')
    const body = [
      JSON.stringify(['1', '2', 'room:a', 'note', { n: 2 }]),
      JSON.stringify(['stale', '3', 'room:a', 'note', { n: 3 }]),
      '',
      binaryLine('4', 'note', [0xde, 0xad, 0xbe, 0xef]),
      JSON.stringify([null, '5', 'room:a', 'note', { n: 5 }]),
    ].join('\r\n')
    const answer = await client.postBody(`${body}\n`, { 'content-type': 'application/x-ndjson' })
    t.same(JSON.parse(answer.text), { status: 200 })
    t.same(seen, [
      ['2', { n: 2 }],
      ['4', [0xde, 0xad, 0xbe, 0xef]],
      ['5', { n: 5 }],
    ])
  }),
)

t.test('LP-005 the answer waits for joins, and for what was sent behind them', (t) =>
  withRuntime(async () => {
    const gate = new Gate()
    const handled: unknown[] = []
    const { open } = await serve({
      room: {
        join: async (topic) => {
          if (topic === 'room:slow') await gate.opened
          return ok()
        },
        handleIn: { note: ({ n }) => void handled.push(n) },
      },
    })
    const [client, other] = [await open(), await open()]
    const posting = client.post(['1', '1', 'room:slow', 'phx_join', {}], ['1', '2', 'room:slow', 'note', { n: 1 }])
    t.equal((await other.post([null, '3', 'phoenix', 'heartbeat', {}])).status, 200, 'others do not wait')
    t.equal(await Promise.race([posting, settle()]), undefined, 'not while the join runs')
    gate.open()
    t.equal((await posting).status, 200)
    t.same(handled, [1])
  }),
)

t.test('LP-006 of a hundred and one lines the first hundred are handled', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const { open } = await serve({ room: { handleIn: { note: ({ n }) => void seen.push(n) } } })
    const client = await open()
    await client.join('room:a')
    const lines = Array.from({ length: 101 }, (_, n): RawFrame => ['1', null, 'room:a', 'note', { n }])
    t.equal((await client.post(...lines)).status, 200)
    t.same(
      seen,
      Array.from({ length: 100 }, (_, n) => n),
    )
  }),
)

t.test('LP-007 a socket that does not come to its messages is answered for with 408 at the end of the window', (t) =>
  withRuntime(async ({ clock }) => {
    const reached = new Gate()
    const handleIn = () => {
      reached.open()
      return new Promise<never>(() => {})
    }
    const stuck = RawSocket.define({ handleIn })
    const { open } = await serve({ mount: { socket: stuck } })
    const client = await open()
    const posting = client.postBody('anything')
    await reached.opened
    await clock.advance(WINDOW_MS - 1)
    t.equal(await Promise.race([posting, settle()]), undefined)
    await clock.advance(1)
    const answer = await posting
    t.same([answer.http, answer.text], [200, '{"status":408}'])
  }),
)

t.test('LP-008 a session without polls ends, and its channels with it; posts do not keep it', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const ends: unknown[] = []
    const { open } = await serve({ room: { terminate: (reason) => void ends.push(reason) } })
    await settle()
    const before = runtime.size
    const client = await open()
    await client.join('room:a')
    await clock.advance(2.25 * WINDOW_MS - 1)
    t.equal((await client.post(['1', '2', 'room:a', 'echo', {}])).status, 200)
    t.same(ends, [])
    await clock.advance(1)
    t.same(ends, [shutdown('inactive')])
    t.match(await client.post(['1', '3', 'room:a', 'echo', {}]), { http: 200, status: 410 })
    t.match(await client.poll(), { status: 410, token: String }, 'a poll opens a new session')
    await clock.advance(3 * WINDOW_MS)
    t.equal(runtime.size, before, 'nothing remains')
  }),
)

t.test('LP-008 a session that is polled goes on, however long the polls are held', (t) =>
  withRuntime(async ({ clock }) => {
    const { open } = await serve()
    const client = await open()
    await client.join('room:a')
    for (let round = 0; round < 5; round++) {
      const poll = client.poll()
      await untilHeld(1)
      await clock.advance(WINDOW_MS)
      t.equal((await poll).status, 204)
      await clock.advance(WINDOW_MS) // less than the patience
    }
    t.equal((await client.post(['1', '2', 'room:a', 'echo', {}])).status, 200)
  }),
)

// ── Who may connect ──────────────────────────────────────────────────────────────────────────────────────────────────

t.test('LP-010 a refusal is status 403 in the body of a 200', (t) =>
  withRuntime(async ({ reports }) => {
    const refused = heard(t, 'beamish.transport.refused')
    const connect = ({ reject, ratelimit }: Record<string, unknown>) => {
      if (reject) return refuse()
      return ratelimit ? refuse('rate_limit') : ok()
    }
    const { port } = await serve({ socket: { connect }, mount: { checkOrigin: ['//friend.com'] } })
    const status = async (query: string, request = {}) => {
      const { http, text } = await askPoll(port, `/socket/longpoll?${query}`, request)
      return [http, text]
    }
    const forbidden = [200, '{"status":403}']
    t.same(await status('vsn=2.0.0&reject=true'), forbidden)
    t.same(await status('vsn=2.0.0&ratelimit=true'), forbidden)
    t.same(await status('vsn=123.1.1'), forbidden)
    const headers = { origin: 'http://evil.example' }
    t.same(await status('vsn=2.0.0', { headers }), forbidden)
    t.same(await status('vsn=2.0.0', { headers, method: 'POST', body: 'x' }), forbidden)
    const about = { endpoint: 'endpoint', path: '/socket/longpoll', transport: 'longpoll' }
    t.match(
      refused.map(({ metadata }) => metadata),
      [
        { ...about, why: 'version' },
        { ...about, why: 'origin' },
        { ...about, why: 'origin' },
      ],
    )
    t.equal(reports.filter(({ type }) => type === 'connectionRefused').length, 3)
    t.equal((await askPoll(port, PATH, { headers: { origin: 'https://friend.com' } })).status, 410)
  }),
)

t.test('a connect that crashes is HTTP 500 with a report, a query that cannot be decoded 400', (t) =>
  withRuntime(async ({ reports }) => {
    const connect = () => {
      throw new Error('connect crashed on demand')
    }
    const { port } = await serve({ socket: { connect } })
    t.equal((await askPoll(port, PATH)).http, 500)
    t.equal(reports.filter(({ type }) => type === 'crash').length, 1)
    t.equal((await askPoll(port, `${PATH}&a=%zz`)).http, 400)
  }),
)

t.test(
  'LP-011 a forced disconnect ends the channels, wakes the poll that is held, and the next one finds no session',
  (t) =>
    withRuntime(async () => {
      const ends: unknown[] = []
      const { open, endpoint } = await serve({
        room: { terminate: (reason) => void ends.push(reason) },
        socket: { connect: ({ user_id }) => ok({ user_id }), id: ({ assigns }) => `user:${assigns['user_id']}` },
      })
      const [client, other] = [await open('&user_id=k1'), await open('&user_id=k2')]
      await client.join('room:a')
      await other.join('room:a')
      const held = client.poll()
      await untilHeld(1)
      endpoint.broadcast('user:k1', 'disconnect', {})
      t.match(await held, { status: 204, token: client.token, messages: [] })
      t.same(ends, [shutdown('disconnected')])
      const next = await client.poll()
      t.equal(next.status, 410)
      t.not(next.token, client.token)
      t.equal((await other.post(['1', '2', 'room:a', 'echo', {}])).status, 200)
    }),
)

t.test(
  'LP-012 the token is a param or a header, which wins; without a good one a GET opens a session and a POST finds none',
  (t) =>
    withRuntime(async () => {
      const { port, open } = await serve()
      const client = await open()
      const other = await open()
      await client.join('room:a')
      const header = (token: string) => ({ 'x-phoenix-longpoll-token': token })
      const echo = (n: number) => JSON.stringify(['1', `${n}`, 'room:a', 'echo', {}])
      const post = (query: string, headers = {}) =>
        askPoll(port, PATH + query, { method: 'POST', body: echo(7), headers })
      t.equal((await post(`&token=${client.token}`)).status, 200)
      t.equal((await post('', header(client.token))).status, 200)
      t.equal((await post(`&token=${other.token}`, header(client.token))).status, 200)
      t.same(
        (await client.take(3)).map(([, , , , payload]) => payload),
        [OK, OK, OK],
      )

      const forged = `${client.token.slice(0, -2)}AA`
      for (const token of ['', 'garbage', forged, 'a'.repeat(3000)]) {
        const answer = await post(`&token=${token}`)
        t.same([answer.http, answer.text], [200, '{"status":410}'], token.slice(0, 20))
        const opened = await askPoll(port, `${PATH}&token=${token}`)
        t.equal(opened.status, 410)
        t.not(opened.token, client.token)
      }
      t.equal((await post('')).status, 410)
      t.equal((await post(`&token=${client.token}`, header('garbage'))).status, 410, 'the header wins')
    }),
)

t.test('LP-012 a token is good for its own mount, and for a time', (t) =>
  withRuntime(async () => {
    const socket = Socket.define({ channels: { 'room:*': testRoom() } })
    const longpoll = { windowMs: WINDOW_MS }
    const { port } = await startEndpoint({
      secretKeyBase: SECRET,
      sockets: { '/socket': { socket, longpoll }, '/other': { socket, longpoll } },
    })
    const { token } = await PollClient.open(port)
    const post = (path: string) => askPoll(port, `${path}?token=${token}`, { method: 'POST', body: '' })
    t.equal((await post('/other/longpoll')).status, 410)
    const salt = 'endpoint /socket/longpoll long poll'
    const place = Token.verify(SECRET, salt, token)
    if (place.type !== 'ok') throw new Error(place.reason)
    const signedAtSeconds = Date.now() / 1000 - 100
    const resigned = (maxAgeSeconds: number) => Token.sign(SECRET, salt, place.data, { maxAgeSeconds, signedAtSeconds })
    const status = async (again: string) =>
      (await askPoll(port, `/socket/longpoll?token=${again}`, { method: 'POST', body: '["1","1","t","e",{}]' })).status
    t.equal(await status(resigned(99)), 410)
    t.equal(await status(resigned(101)), 200)
  }),
)

t.test('LP-013 OPTIONS says what is allowed, any other method is HTTP 400', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const headers = { 'access-control-request-headers': 'x-one, content-type', origin: 'http://localhost' }
    const options = await askPoll(port, PATH, { method: 'OPTIONS', headers })
    t.same([options.http, options.text], [200, ''])
    const header = (name: string) => options.headers.get(`access-control-${name}`)
    t.equal(header('allow-headers'), 'x-one, content-type')
    t.equal(header('allow-methods'), 'get, post, options')
    t.equal(header('max-age'), '3600')
    t.equal(header('allow-origin'), '*')
    for (const method of ['PUT', 'DELETE']) t.equal((await askPoll(port, PATH, { method })).http, 400, method)
  }),
)

// ── What goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────────

t.test('LP-014 a malformed line ends the session at once; no other notices', (t) =>
  withRuntime(async () => {
    const malformed = heard(t, 'beamish.socket.malformed')
    const ends: unknown[] = []
    const { open } = await serve({ room: { terminate: (reason) => void ends.push(reason) } })
    const [client, other] = [await open(), await open()]
    await client.join('room:a')
    await other.join('room:a')
    const held = client.poll()
    await untilHeld(1)
    const answer = await client.post('[garbage')
    t.same([answer.http, answer.status], [200, 408])
    t.equal((await held).status, 204)
    t.match(ends, [{ detail: { malformed: { code: 'BEAMISH_INVALID_MESSAGE' } } }])
    t.match(malformed, [{ metadata: { transport: 'longpoll' } }])
    t.equal((await client.poll()).status, 410)
    t.equal((await other.post(['1', '2', 'room:a', 'echo', {}])).status, 200)
  }),
)

t.test('LP-014 what is no base64, no UTF-8 or too long is HTTP 400, and the session lives', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    await client.join('room:a')
    const lines = { 'content-type': 'application/x-ndjson' }
    const echo = JSON.stringify(['1', '2', 'room:a', 'echo', {}])
    for (const bad of ['not base64!', 'QQ', '{}']) {
      t.equal((await client.postBody(`${echo}\n${bad}`, lines)).http, 400, bad)
    }
    t.equal((await client.postBody(new Uint8Array([0xff, 0xfe]), lines)).http, 400)
    t.equal((await client.postBody(`["${'x'.repeat(8_000_000)}"]`)).http, 400)
    t.equal((await client.post(['1', '9', 'room:a', 'echo', { n: 9 }])).status, 200)
    t.same(await client.take(1), [answered('9', { n: 9 })], 'and nothing of the bodies that were refused')
  }),
)

t.test(
  'LP-015 a message of bytes is left out for a client that reads JSON, with one warning, and nothing else is harmed',
  (t) =>
    withRuntime(async ({ reports }) => {
      const dropped = heard(t, 'beamish.longpoll.dropped')
      const { port, open, endpoint } = await serve()
      const old = await PollClient.open(port, '/socket/longpoll?vsn=1.0.0')
      const client = await open()
      await client.join('room:a')
      await old.postBody(JSON.stringify({ topic: 'room:a', event: 'phx_join', payload: {}, ref: '1' }))
      const socket = await RawClient.open(port)
      await socket.join('room:a')
      endpoint.broadcast('room:a', 'bytes', Buffer.from([1, 2, 3]))
      await client.post(binaryLine('2', 'echo', [1, 2]), binaryLine('3', 'push_then_reply', [3]))
      endpoint.broadcast('room:a', 'text', { n: 1 })
      t.same(await client.take(2), [answered('3'), [null, null, 'room:a', 'text', { n: 1 }]])
      t.equal((await socket.take(2)).length, 2, 'a WebSocket gets both')
      t.match(
        dropped.map(({ measurements }) => measurements.count),
        [1, 1, 1],
      )
      t.match(
        reports.filter(({ type }) => type === 'messageDropped'),
        [{ level: 'warning', path: '/socket/longpoll', serializer: 'v2-json' }],
      )
      t.match(await old.poll(), { status: 200, messages: [/phx_reply/, /"text"/] })
      socket.close()
    }),
)

for (const adapter of ADAPTERS) {
  t.test(`LP-017 what was queued for a poll that broke is there for the next one, once: ${adapter}`, (t) =>
    withRuntime(async () => {
      const { open, endpoint } = await serve({ endpoint: { adapter } })
      const client = await open()
      await client.join('room:a')
      const leaving = new AbortController()
      const broken = client.poll({ signal: leaving.signal })
      await untilHeld(1)
      leaving.abort()
      await t.rejects(broken)
      await untilHeld(0)
      for (let n = 0; n < 3; n++) endpoint.broadcast('room:a', 'news', { n })
      const news = (n: number): RawFrame => [null, null, 'room:a', 'news', { n }]
      t.same(await client.take(3), [news(0), news(1), news(2)])
      await client.post(['1', '2', 'room:a', 'echo', {}])
      t.same(await client.take(1), [answered('2')], 'and nothing of it again')
    }),
  )
}

t.test(
  'of two polls the newer one takes what comes, the older is told at the end of its window that nothing did',
  (t) =>
    withRuntime(async ({ clock }) => {
      const { open, endpoint } = await serve()
      const client = await open()
      await client.join('room:a')
      const older = client.poll()
      await untilHeld(1)
      await clock.advance(WINDOW_MS / 2)
      const newer = client.poll()
      await untilHeld(2)
      endpoint.broadcast('room:a', 'news', {})
      t.equal((await newer).status, 200)
      await clock.advance(WINDOW_MS / 2)
      t.match(await older, { status: 204, messages: [] })
    }),
)

t.test('a client that does not fetch what waits for it loses its session before it costs too much', (t) =>
  withRuntime(async () => {
    const overflow = heard(t, 'beamish.transport.backpressure')
    const { open, endpoint } = await serve({ longpoll: { maxBufferedBytes: 1000 } })
    const [slow, quick] = [await open(), await open()]
    await slow.join('room:a')
    await quick.join('room:a')
    for (let n = 0; n < 3; n++) {
      endpoint.broadcast('room:a', 'news', { text: 'x'.repeat(450) })
      await quick.take(1)
    }
    t.equal((await slow.poll()).status, 410)
    t.match(overflow, [{ metadata: { transport: 'longpoll', userSocket: 'RoomSocket', policy: 'close' } }])
    t.ok((overflow[0]?.measurements.queuedBytes ?? 0) > 1000)
    t.equal((await quick.post(['1', '2', 'room:a', 'echo', {}])).status, 200)
  }),
)

t.test('a socket process that is killed takes its session along, and whoever waits is answered', (t) =>
  withRuntime(async () => {
    const { open } = await serve({
      room: { handleIn: { die: (_payload, socket) => void exit(socket.transportPid, 'kill') } },
    })
    const client = await open()
    await client.join('room:a')
    const held = client.poll()
    await untilHeld(1)
    await client.post(['1', '2', 'room:a', 'die', {}])
    t.equal((await held).status, 204)
    t.equal((await client.poll()).status, 410)
  }),
)

t.test('CH-074 a session that ends while a join runs leaves nothing behind', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const gate = new Gate()
    const { open, endpoint } = await serve({
      room: {
        join: async () => {
          await gate.opened
          return ok()
        },
      },
    })
    await settle()
    const before = runtime.size
    const client = await open()
    const posting = client.post(['1', '1', 'room:a', 'phx_join', {}])
    while (runtime.size < before + 2) await settle()
    await clock.advance(3 * WINDOW_MS)
    t.equal((await posting).status, 408)
    gate.open()
    await settle()
    t.equal(runtime.size, before)
    endpoint.broadcast('room:a', 'ghost', {})
    t.equal((await client.poll()).status, 410)
  }),
)

t.test('when the endpoint stops, polls are answered and channels drained', (t) =>
  withRuntime(async () => {
    const ends: unknown[] = []
    const { open, tree } = await serve({ room: { terminate: (reason) => void ends.push(reason) } })
    const client = await open()
    await client.join('room:a')
    const held = client.poll()
    await untilHeld(1)
    const stopping = Supervisor.stop(tree)
    t.equal((await held).status, 204)
    await stopping
    t.same(ends, [shutdown('draining')])
    await t.rejects(client.poll())
  }),
)

t.test('a raw socket over long poll sees text and bytes, and sends both', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const raw = RawSocket.define({
      handleIn: (frame, { opcode }) => {
        seen.push([opcode, typeof frame === 'string' ? frame : [...frame]])
        return reply([frame, 'text'])
      },
    })
    const { port } = await serve({ mount: { socket: raw } })
    const client = await PollClient.open(port, '/socket/longpoll?any=thing')
    t.equal((await client.post('["any text"]', Buffer.from([1, 2]).toString('base64'))).status, 200)
    t.same(seen, [
      ['text', '["any text"]'],
      ['binary', [1, 2]],
    ])
    t.same((await client.poll()).messages, ['["any text"]', 'text', 'AQI=', 'text'])
  }),
)

t.test('broadcasts reach those who poll and those who do not, each of them but the sender of broadcastFrom', (t) =>
  withRuntime(async () => {
    const { port, open } = await serve()
    const [poller, other] = [await open(), await open()]
    await poller.join('room:a')
    await other.join('room:a')
    const socket = await RawClient.open(port)
    await socket.join('room:a')
    await poller.post(['1', '2', 'room:a', 'others', { n: 1 }])
    const others: RawFrame = [null, null, 'room:a', 'others', { n: 1 }]
    t.same(await other.take(1), [others])
    t.same(await socket.next(), others)
    t.same(await poller.take(1), [answered('2')])
    socket.send('1', '3', 'room:a', 'others', { n: 1 })
    t.same(await poller.take(1), [others])
    t.same(await other.take(1), [others])
    socket.close()
  }),
)
