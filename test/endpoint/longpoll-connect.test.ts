import t from 'tap'
import { ok } from '../../src/channel/result.ts'
import type { MountOptions } from '../../src/endpoint/options.ts'
import type { ConnectInfo } from '../../src/socket/transport.ts'
import { Socket, type SocketCallbacks } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { askPoll, PollClient } from '../support/poll-client.ts'
import { RawClient } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'
import { heard } from '../support/telemetry.ts'
import { SECRET, visit } from '../support/visit.ts'

// What holds for whoever connects, for those who poll. Over a WebSocket: connect.test.ts.

interface Told {
  readonly params: Readonly<Record<string, unknown>>
  readonly info: ConnectInfo
}

async function serve(mounts: Record<string, Partial<MountOptions>>, callbacks: Partial<SocketCallbacks<object>> = {}) {
  const told: Told[] = []
  const socket = Socket.define<Record<string, unknown>>({
    channels: { 'room:*': testRoom() },
    connect: (params, _socket, info) => {
      told.push({ params: { ...params }, info })
      return ok(params)
    },
    ...callbacks,
  })
  const sockets = Object.fromEntries(
    Object.entries(mounts).map(([path, mount]) => [path, { socket, longpoll: true, ...mount }]),
  )
  const { port } = await startEndpoint({ secretKeyBase: SECRET, sockets })
  return { port, told }
}

/** The status in the body of the answer to a first GET. */
async function knock(port: number, pathAndQuery: string, headers: Record<string, string> = {}): Promise<number> {
  const { http, status } = await askPoll(port, pathAndQuery, { headers })
  return http === 200 ? status : http
}

t.test('CH-001 CH-018 over long poll mounts are told apart, and variables of paths are params', (t) =>
  withRuntime(async () => {
    const { port, told } = await serve({
      '/info/:tenant': { longpoll: { path: 'poll/:room/:_version' } },
      '/other': {},
    })
    t.equal(await knock(port, '/info/acme%20inc/poll/7/v1?vsn=2.0.0&tenant=evil&b[c]=2'), 410)
    t.same(told.pop()?.params, { vsn: '2.0.0', tenant: 'acme inc', room: '7', b: { c: '2' } })
    t.equal(await knock(port, '/info/acme/longpoll'), 404)
    t.equal(await knock(port, '/other/longpoll/more'), 404)
    t.equal(await knock(port, '/other/longpoll?vsn=2.0.0'), 410)
  }),
)

t.test('CH-002 CH-003 CH-004 over long poll the vsn chooses the serializer, and what it cannot be is refused', (t) =>
  withRuntime(async ({ reports }) => {
    const connected = heard(t, 'beamish.socket.connected')
    const { port, told } = await serve({ '/socket': {} })
    for (const query of ['vsn=123.1.1', 'vsn=2.1.0', 'vsn=3.0.0', 'vsn[]=2.0.0', 'vsn=', 'vsn=2']) {
      t.equal(await knock(port, `/socket/longpoll?${query}`), 403, query)
    }
    t.same([told, connected], [[], []])
    t.match(
      reports.find(({ type }) => type === 'connectionRefused'),
      { problem: /"123\.1\.1" matches none of 1\.0\.0/ },
    )
    const old = await PollClient.open(port, '/socket/longpoll?')
    await old.postBody(JSON.stringify({ topic: 'room:a', event: 'phx_join', payload: {}, ref: '1' }))
    const { messages = [] } = await old.poll()
    t.same(
      messages.map((message) => JSON.parse(message)),
      [{ topic: 'room:a', event: 'phx_reply', ref: '1', payload: { status: 'ok', response: {} } }],
    )
    const patched = await PollClient.open(port, '/socket/longpoll?vsn=2.0.9')
    t.same(await patched.join('room:a'), ['1', '1', 'room:a', 'phx_reply', { status: 'ok', response: {} }])
    t.match(
      connected.map(({ metadata }) => metadata),
      [
        { transport: 'longpoll', serializer: 'v1-json', vsn: '1.0.0', result: 'ok' },
        { transport: 'longpoll', serializer: 'v2-json', vsn: '2.0.9', result: 'ok' },
      ],
    )
  }),
)

t.test('CH-006 CH-007 over long poll a crash is HTTP 500 and a bad id status 403', (t) =>
  withRuntime(async ({ reports }) => {
    const { port } = await serve(
      { '/socket': {} },
      {
        connect: ({ crash, user_id }) => {
          if (crash) throw new Error('connect crashed on demand')
          return ok({ user_id })
        },
        id: ({ assigns }) => ((assigns as { user_id?: string }).user_id === 'bad-id' ? (42 as never) : null),
      },
    )
    t.equal(await knock(port, '/socket/longpoll?vsn=2.0.0&crash=1'), 500)
    t.equal(await knock(port, '/socket/longpoll?vsn=2.0.0&user_id=bad-id'), 403)
    t.equal(await knock(port, '/socket/longpoll?vsn=2.0.0'), 410)
    t.same(
      reports.map(({ type }) => type).filter((type) => type === 'crash' || type === 'connectionRefused'),
      ['crash', 'connectionRefused'],
    )
  }),
)

t.test('CH-008 CH-013 over long poll pages are judged by the policy of the mount and its transport', (t) =>
  withRuntime(async () => {
    const { port } = await serve({
      '/a': { checkOrigin: ['//a.com'] },
      '/b': { checkOrigin: ['//a.com'], longpoll: { checkOrigin: ['//b.com'] } },
    })
    for (const [mount, origin, status] of [
      ['/a', 'http://a.com', 410],
      ['/b', 'http://a.com', 403],
      ['/b', 'http://b.com', 410],
      ['/a', 'http://b.com', 403],
    ] as const) {
      t.equal(await knock(port, `${mount}/longpoll?vsn=2.0.0`, { origin }), status, `${mount} ${origin}`)
    }
    const client = await RawClient.open(port, '/b/websocket', { origin: 'http://a.com' })
    client.close()
  }),
)

t.test('CH-015 CH-016 over long poll connect is told what the mount lists, with the token from its own header', (t) =>
  withRuntime(async () => {
    const connectInfo = {
      peerData: true,
      xHeaders: true,
      secWebsocketHeaders: true,
      traceContextHeaders: true,
      userAgent: true,
      uri: true,
      custom: 'static',
    }
    const { port, told } = await serve({ '/all': { authToken: true, connectInfo }, '/none': {} })
    const headers = {
      'x-one': '1',
      'x-phoenix-authtoken': 'token',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'user-agent': 'tests',
      cookie: 'secret=1',
      authorization: 'Bearer secret',
    }
    await knock(port, '/all/longpoll?vsn=2.0.0&a=b', headers)
    await knock(port, '/none/longpoll?vsn=2.0.0', headers)
    await knock(port, '/all/longpoll?vsn=2.0.0')
    const [all, none, tokenless] = told.map(({ info }) => info)
    t.match(all, {
      peerData: { address: '127.0.0.1' },
      xHeaders: { 'x-one': '1' },
      secWebsocketHeaders: {},
      traceContextHeaders: { traceparent: headers.traceparent },
      userAgent: 'tests',
      uri: { scheme: 'http', host: '127.0.0.1', port, path: '/all/longpoll', query: 'vsn=2.0.0&a=b' },
      authToken: 'token',
      custom: 'static',
    })
    t.notMatch(JSON.stringify(all), /secret/)
    t.same(none, {})
    t.equal(tokenless?.authToken, null)
  }),
)

t.test('CH-017 over long poll the session is told with its CSRF token only', (t) =>
  withRuntime(async () => {
    const session = { key: '_app', signingSalt: 'salt' }
    const { port, told } = await serve({
      '/socket': { connectInfo: { session } },
      '/unchecked': { checkOrigin: true, longpoll: { checkCsrf: false, connectInfo: { session } } },
    })
    const { cookie, token } = await visit(session)
    await knock(port, `/socket/longpoll?vsn=2.0.0&_csrf_token=${token}`, { cookie })
    await knock(port, '/socket/longpoll?vsn=2.0.0', { cookie })
    await knock(port, `/socket/longpoll?vsn=2.0.0&_csrf_token=${token}`)
    await knock(port, '/unchecked/longpoll?vsn=2.0.0', { cookie })
    t.match(
      told.map(({ info }) => info.session),
      [{ user: 7 }, null, null, { user: 7 }],
    )
  }),
)
