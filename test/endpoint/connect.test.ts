import { once } from 'node:events'
import t from 'tap'
import WebSocket from 'ws'
import { ok, refuse } from '../../src/channel/result.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions, MountOptions } from '../../src/endpoint/options.ts'
import type { ConnectInfo } from '../../src/socket/transport.ts'
import { Socket, type SocketCallbacks } from '../../src/socket/user-socket.ts'
import { DEFAULT_SERIALIZERS } from '../../src/socket/version.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { v2Json } from '../../src/wire/v2-json.ts'
import { ADAPTERS } from '../support/adapters.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { phoenixClient } from '../support/phoenix-client.ts'
import { askUpgrade, RawClient, refusedUpgrade } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'
import { heard } from '../support/telemetry.ts'
import { SECRET, visit } from '../support/visit.ts'

type Callbacks = Partial<SocketCallbacks<Record<string, unknown>>>

const roomSocket = (callbacks: Callbacks = {}) =>
  Socket.define<Record<string, unknown>>({ module: 'RoomSocket', channels: { 'room:*': testRoom() }, ...callbacks })

/** An endpoint with one mount, `/socket`. */
async function serve(mount: Partial<MountOptions> = {}, callbacks: Callbacks = {}, options: EndpointOptions = {}) {
  const { port } = await startEndpoint({
    sockets: { '/socket': { socket: roomSocket(callbacks), ...mount } },
    ...options,
  })
  return port
}

/** What came of a request to become a WebSocket: `'ok'`, or the status of the refusal. */
async function knock(port: number, query: string, headers: Record<string, string> = {}, path = '/socket/websocket') {
  const { status } = await askUpgrade(port, `${path}?${query}`, headers)
  return status === 101 ? 'ok' : status
}

const V2 = 'vsn=2.0.0'

// ── Mounts and versions ──────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-001 each mount is answered by its own user socket, and what is no transport by none', (t) =>
  withRuntime(async () => {
    const named = (name: string) => roomSocket({ channels: { 'room:*': testRoom({ join: () => ok({ name }) }) } })
    const { port } = await startEndpoint({ sockets: { '/socket': named('one'), '/limited': named('two') } })
    for (const [path, name] of [
      ['/socket', 'one'],
      ['/limited', 'two'],
    ]) {
      const client = await RawClient.open(port, `${path}/websocket`)
      t.match((await client.join('room:a'))[4], { status: 'ok', response: { name } })
    }
    for (const path of ['/socket', '/socket/', '/socket/elsewhere', '/socket/websocket/more', '/other/websocket']) {
      t.equal(await knock(port, V2, {}, path), 404, path)
    }
  }),
)

t.test(
  'CH-002 a version that nobody speaks is refused before connect is called, and the report names it and the table',
  (t) =>
    withRuntime(async ({ reports }) => {
      const refused = heard(t, 'beamish.transport.refused')
      const connected = heard(t, 'beamish.socket.connected')
      let calls = 0
      const connect = () => {
        calls++
        return ok()
      }
      const port = await serve({}, { connect })
      t.same(await refusedUpgrade(port, '/socket/websocket?vsn=123.1.1'), [403, ''])
      t.equal(calls, 0)
      const problem = 'vsn "123.1.1" matches none of 1.0.0 (v1-json), 2.0.0 (v2-json), 2.0.0-msgpack (msgpack)'
      const about = { endpoint: 'endpoint', path: '/socket/websocket', transport: 'websocket', why: 'version', problem }
      t.match(
        reports.filter(({ level }) => level === 'warning'),
        [{ type: 'connectionRefused', ...about }],
      )
      t.same(refused, [{ event: 'beamish.transport.refused', measurements: { count: 1 }, metadata: about }])
      t.same(connected, [])
    }),
)

t.test('CH-003 the vsn chooses the serializer: none is V1, patches match, the first entry of a table wins', (t) =>
  withRuntime(async () => {
    const seen: string[] = []
    const channel = testRoom({
      join: (_topic, _params, socket) => {
        seen.push(socket.serializer.name)
        return ok()
      },
    })
    const socket = roomSocket({ channels: { 'room:*': channel } })
    const first = { version: '3.0.0', serializer: { ...v2Json, name: 'first' } }
    const second = { version: '3.0.0', serializer: { ...v2Json, name: 'second' } }
    const own = { socket, serializers: [first, second, ...DEFAULT_SERIALIZERS] }
    const { port } = await startEndpoint({ sockets: { '/socket': socket, '/own': own } })
    const old = new WebSocket(`ws://127.0.0.1:${port}/socket/websocket`)
    await once(old, 'open')
    old.send(JSON.stringify({ topic: 'room:a', event: 'phx_join', payload: {}, ref: '1' }))
    const [answer] = await once(old, 'message')
    t.match(JSON.parse(String(answer)), { topic: 'room:a', event: 'phx_reply', ref: '1', payload: { status: 'ok' } })
    for (const vsn of ['2.0.0', '2.0.9']) {
      const client = await RawClient.open(port, `/socket/websocket?vsn=${vsn}`)
      t.same(await client.join('room:a'), ['1', '1', 'room:a', 'phx_reply', { status: 'ok', response: {} }])
    }
    for (const vsn of ['2.1.0', '3.0.0']) t.equal(await knock(port, `vsn=${vsn}`), 403, vsn)
    t.same(seen, ['v1-json', 'v2-json', 'v2-json'])
    const client = await RawClient.open(port, '/own/websocket?vsn=3.0.1')
    await client.join('room:a')
    t.equal(seen.at(-1), 'first')
  }),
)

t.test('CH-004 a vsn that is no version, or no text, is refused, and nothing crashes', (t) =>
  withRuntime(async ({ reports }) => {
    const port = await serve()
    for (const query of ['vsn[]=2.0.0', 'vsn=', 'vsn=2']) t.equal(await knock(port, query), 403, query)
    t.same(
      reports.filter(({ level }) => level === 'error'),
      [],
    )
    t.equal(await knock(port, V2), 'ok')
  }),
)

// ── What the app says ────────────────────────────────────────────────────────────────────────────────────────────────

const demanding: Callbacks = {
  connect: ({ reject, ratelimit, crash, nonsense, user_id }) => {
    if (crash) throw new Error('connect crashed on demand')
    if (nonsense) return 'yes' as never
    if (reject) return refuse()
    return ratelimit ? refuse('rate_limit') : ok({ user_id })
  },
  id: ({ assigns: { user_id } }) => (user_id === 'bad-id' ? (42 as never) : null),
}

t.test('CH-005 what connect refuses is 403, or what the error handler makes of it', (t) =>
  withRuntime(async () => {
    const port = await serve({}, demanding)
    t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&reject=true`), [403, ''])
    t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&ratelimit=true`), [403, ''])
  }).then(() =>
    withRuntime(async () => {
      const asked: [string, unknown][] = []
      const errorHandler = ({ path }: { path: string }, reason: unknown) => {
        asked.push([path, reason])
        if (reason === 'rate_limit') return { status: 429, body: 'Too many requests' }
        return { status: 403, headers: { 'retry-after': '5' } }
      }
      const port = await serve({ websocket: { errorHandler } }, demanding)
      t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&ratelimit=true`), [429, 'Too many requests'])
      t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&reject=true`), [403, ''])
      t.same(asked, [
        ['/socket/websocket', 'rate_limit'],
        ['/socket/websocket', undefined],
      ])
    }),
  ),
)

t.test('CH-006 a connect that crashes is 500 with a report, and the next client is served', (t) =>
  withRuntime(async ({ reports, runtime }) => {
    const port = await serve({}, demanding)
    await settle()
    const before = runtime.size
    t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&crash=true`), [500, ''])
    const [report] = reports.filter(({ type }) => type === 'crash')
    t.match(report, { level: 'error', reason: { error: { message: 'connect crashed on demand' } } })
    t.equal(runtime.size, before, 'no process remains')
    t.equal(await knock(port, V2), 'ok')
  }),
)

t.test('an error handler that crashes is 500 with a report', (t) =>
  withRuntime(async ({ reports }) => {
    const errorHandler = () => {
      throw new Error('the error handler crashed')
    }
    const port = await serve({ websocket: { errorHandler } }, demanding)
    t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&reject=true`), [500, ''])
    await settle()
    t.equal(reports.filter(({ type }) => type === 'crash').length, 1)
    t.equal(await knock(port, V2), 'ok')
  }),
)

t.test('CH-007 an id that is neither text nor null is refused with 403 and a warning', (t) =>
  withRuntime(async ({ reports }) => {
    const port = await serve({}, demanding)
    t.same(await refusedUpgrade(port, `/socket/websocket?${V2}&user_id=bad-id`), [403, ''])
    t.match(
      reports.filter(({ level }) => level !== 'info' && level !== 'debug'),
      [
        {
          type: 'connectionRefused',
          level: 'warning',
          path: 'RoomSocket.id',
          problem: /must return a string \| null, got 42/,
        },
      ],
    )
    t.equal(await knock(port, `${V2}&user_id=ann`), 'ok')
  }),
)

// ── Origins ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-008 of a list the listed pages may connect, and a client that is no page; another is reported', (t) =>
  withRuntime(async ({ reports }) => {
    const port = await serve({ checkOrigin: ['//localhost', 'https://*.allowed.test'] })
    t.equal(await knock(port, V2), 'ok')
    t.equal(await knock(port, V2, { origin: 'http://localhost:8080' }), 'ok')
    t.same(await refusedUpgrade(port, `/socket/websocket?${V2}`, { origin: 'http://notallowed.com' }), [403, ''])
    t.match(
      reports.filter(({ level }) => level === 'warning'),
      [{ type: 'connectionRefused', why: 'origin', problem: /"http:\/\/notallowed\.com"/, remedy: /checkOrigin: \[/ }],
    )
  }),
)

t.test(
  'CH-009 true demands the host of the endpoint whatever scheme and port, false nothing; unset is the endpoint',
  (t) =>
    withRuntime(async () => {
      const socket = roomSocket()
      const sockets = {
        '/own': { socket, checkOrigin: true },
        '/open': { socket, checkOrigin: false },
        '/unset': socket,
      } as const
      const { port } = await startEndpoint({ checkOrigin: ['//friend.com'], url: { host: 'Example.com' }, sockets })
      const knocks = async (mount: string, origins: string[]) => {
        const results: unknown[] = []
        for (const origin of origins) results.push(await knock(port, V2, { origin }, `${mount}/websocket`))
        return results
      }
      const origins = ['http://example.com', 'https://example.com:81', 'http://friend.com', 'null']
      t.same(await knocks('/own', origins), ['ok', 'ok', 403, 403])
      t.same(await knocks('/open', origins), ['ok', 'ok', 'ok', 'ok'])
      t.same(await knocks('/unset', origins), [403, 403, 'ok', 403])
    }),
)

t.test(
  'CH-010 CH-011 an entry matches what it leaves out, a port is that of its scheme, a star is for subdomains',
  (t) =>
    withRuntime(async () => {
      const list = ['//example.com', 'http://scheme.com', '//port.com:81', 'https://*.ex.com', 'https://plain.com']
      const port = await serve({ websocket: { checkOrigin: list } })
      const yes = ['http://example.com', 'https://example.com:8443', 'http://scheme.com', 'https://port.com:81']
      const no = ['https://scheme.com', 'http://scheme.com:8080', 'http://port.com', 'http://port.com:82']
      const stars = ['https://a.ex.com', 'https://a.b.ex.com', 'https://ex.com']
      const noStars = ['https://a.prefix-ex.com', 'http://a.ex.com', 'https://a.plain.com']
      for (const origin of [...yes, ...stars]) t.equal(await knock(port, V2, { origin }), 'ok', origin)
      for (const origin of [...no, ...noStars]) t.equal(await knock(port, V2, { origin }), 403, origin)
    }),
)

t.test(
  'CH-012 a page without a host is refused by true and by lists; a function may accept it; conn demands the request',
  (t) =>
    withRuntime(async () => {
      const asked: unknown[] = []
      const isFriend = ({ text, url }: { text: string; url: URL | undefined }, ...friends: string[]) => {
        asked.push([text, url?.host, friends])
        return text === 'null' || friends.includes(url?.hostname ?? '')
      }
      const socket = roomSocket()
      const sockets = {
        '/true': { socket, checkOrigin: true },
        '/list': { socket, checkOrigin: ['//example.com', '//null'] },
        '/function': { socket, checkOrigin: [isFriend, 'a.com', 'b.com'] },
        '/conn': { socket, checkOrigin: 'conn' },
      } as const
      const { port } = await startEndpoint({ url: { host: '127.0.0.1' }, sockets })
      const asks = (mount: string, origin: string) => knock(port, V2, { origin }, `${mount}/websocket`)
      for (const origin of ['file://', 'null', '']) {
        t.equal(await asks('/true', origin), 403, `true: ${origin}`)
        t.equal(await asks('/list', origin), 403, `list: ${origin}`)
        t.equal(await asks('/conn', origin), 403, `conn: ${origin}`)
      }
      t.equal(await asks('/function', 'null'), 'ok')
      t.equal(await asks('/function', 'https://b.com:444'), 'ok')
      t.equal(await asks('/function', 'https://c.com'), 403)
      t.same(asked, [
        ['null', undefined, ['a.com', 'b.com']],
        ['https://b.com:444', 'b.com:444', ['a.com', 'b.com']],
        ['https://c.com', 'c.com', ['a.com', 'b.com']],
      ])
      t.equal(await asks('/conn', `http://127.0.0.1:${port}`), 'ok')
      for (const other of [`https://127.0.0.1:${port}`, 'http://127.0.0.1', `http://localhost:${port}`]) {
        t.equal(await asks('/conn', other), 403, other)
      }
    }),
)

t.test('CH-013 each mount applies its own policy, whichever was reached first; without any check nothing starts', (t) =>
  withRuntime(async () => {
    const socket = roomSocket()
    const sockets = {
      '/a': { socket, checkOrigin: ['//a.com'] },
      '/b': { socket, checkOrigin: ['//b.com'] },
    }
    const { port } = await startEndpoint({ sockets })
    for (const [mount, origin, result] of [
      ['/a', 'http://a.com', 'ok'],
      ['/b', 'http://a.com', 403],
      ['/b', 'http://b.com', 'ok'],
      ['/a', 'http://b.com', 403],
    ] as const) {
      t.equal(await knock(port, V2, { origin }, `${mount}/websocket`), result, `${mount} ${origin}`)
    }
    const open = { socket, checkOrigin: false, checkCsrf: false }
    for (const mount of [open, { socket, websocket: { checkOrigin: false, checkCsrf: false } }]) {
      t.throws(() => Endpoint.define({ sockets: { '/socket': mount } }), {
        code: 'BEAMISH_BAD_ARGUMENT',
        message: /checkOrigin or checkCsrf/,
      })
    }
  }),
)

// ── Subprotocols and tokens ──────────────────────────────────────────────────────────────────────────────────────────

t.test(
  'CH-014 of the offered subprotocols the first of the server is answered; none offered is fine, none in common is not',
  (t) =>
    withRuntime(async ({ reports }) => {
      const port = await serve({ websocket: { subprotocols: ['sip', 'mqtt'] } })
      const chosen = async (...offered: string[]) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/socket/websocket?${V2}`, offered)
        await once(socket, 'open')
        return socket.protocol
      }
      t.equal(await chosen('mqtt', 'sip'), 'sip')
      t.equal(await chosen('xmpp', 'mqtt'), 'mqtt')
      t.equal(await chosen(), '')
      t.equal(await knock(port, V2, { 'sec-websocket-protocol': 'xmpp' }), 403)
      t.match(
        reports.filter(({ level }) => level === 'warning'),
        [{ why: 'subprotocol', problem: /"xmpp"/, remedy: /sip, mqtt/ }],
      )
    }),
)

/** A mount that takes tokens, and those that its `connect` was told. */
async function tokenMount(mount: Partial<MountOptions> = {}, options: EndpointOptions = {}) {
  const tokens: (string | null | undefined)[] = []
  const connect: Callbacks['connect'] = (_params, _socket, { authToken }) => {
    tokens.push(authToken)
    return ok()
  }
  return { port: await serve({ authToken: true, ...mount }, { connect }, options), tokens }
}

t.test('CH-015 the authToken of the official client reaches connect, anew with each connection', (t) =>
  withRuntime(async () => {
    const { port, tokens } = await tokenMount()
    let token = 'first tökèn'
    const client = phoenixClient(t, port, { authToken: (() => token) as unknown as string }) // its types lack the function
    const connected = () => new Promise<void>((resolve) => client.onOpen(() => resolve()))
    await connected()
    t.equal((client as unknown as { conn: WebSocket }).conn.protocol, 'phoenix')
    token = 'second'
    const again = connected()
    client.disconnect(() => client.connect())
    await again
    t.same(tokens, ['first tökèn', 'second'])
  }),
)

for (const adapter of ADAPTERS) {
  t.test(
    `CH-015 without a token it is null; both alphabets are read; what cannot be decoded is refused: ${adapter}`,
    (t) =>
      withRuntime(async () => {
        const { port, tokens } = await tokenMount({ websocket: { subprotocols: ['sip'] } }, { adapter })
        const offers = (...names: string[]) => knock(port, V2, { 'sec-websocket-protocol': names.join(', ') })
        const token = 'subjects?_d=1>>>'
        const standard = Buffer.from(token).toString('base64').replaceAll('=', '')
        t.match(standard, /\//, 'spelled as no subprotocol may be')
        t.equal(await knock(port, V2), 'ok')
        t.equal(await offers('phoenix', `base64url.bearer.phx.${standard}`), 'ok')
        t.equal(await offers(`base64url.bearer.phx.${Buffer.from(token).toString('base64url')}`, 'sip'), 'ok')
        t.equal(await offers('phoenix', 'base64url.bearer.phx.%%%'), 403)
        t.equal(await offers('phoenix', 'base64url.bearer.phx.abcde'), 403)
        t.equal(await offers('xmpp', `base64url.bearer.phx.${standard}`), 403)
        t.same(tokens, [null, token, token])
      }),
  )
}

// ── What connect is told ─────────────────────────────────────────────────────────────────────────────────────────────

t.test('CH-016 connect is told what the mount lists of the request, and nothing else', (t) =>
  withRuntime(async () => {
    const told: ConnectInfo[] = []
    const connect: Callbacks['connect'] = (_params, _socket, info) => {
      told.push(info)
      return ok()
    }
    const all = {
      peerData: true,
      xHeaders: true,
      secWebsocketHeaders: true,
      traceContextHeaders: true,
      userAgent: true,
      uri: true,
      custom: 'static',
    }
    const socket = roomSocket({ connect })
    const { port } = await startEndpoint({
      sockets: {
        '/all': { socket, authToken: true, connectInfo: all },
        '/some': { socket, websocket: { connectInfo: { xHeaders: false, userAgent: true } } },
        '/none': socket,
      },
    })
    const headers = {
      'x-one': '1',
      'X-Two': '2',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'rojo=1',
      'user-agent': 'tests',
      cookie: 'secret=1',
      authorization: 'Bearer secret',
      'sec-websocket-protocol': `phoenix, base64url.bearer.phx.${btoa('secret')}`,
    }
    for (const mount of ['/all', '/some', '/none']) await knock(port, `${V2}&a=%20b`, headers, `${mount}/websocket`)
    const [everything = {}, some, none] = told
    t.match(everything, {
      peerData: { address: '127.0.0.1', port: Number },
      xHeaders: { 'x-one': '1', 'x-two': '2' },
      traceContextHeaders: { traceparent: headers.traceparent, tracestate: 'rojo=1' },
      userAgent: 'tests',
      uri: { scheme: 'http', host: '127.0.0.1', port, path: '/all/websocket', query: `${V2}&a=%20b` },
      authToken: 'secret',
      custom: 'static',
    })
    t.match(everything.secWebsocketHeaders, { 'sec-websocket-version': '13', 'sec-websocket-protocol': 'phoenix' })
    t.notMatch(JSON.stringify({ ...everything, authToken: null }), /secret/, 'no cookie, no authorization, no token')
    t.same(Object.keys(everything.xHeaders ?? {}), ['x-one', 'x-two'])
    t.same(some, { userAgent: 'tests' })
    t.same(none, {})
  }),
)

t.test('CH-017 the session is told with the CSRF token that belongs to it, else it is null, and still connected', (t) =>
  withRuntime(async () => {
    const told: unknown[] = []
    const connect: Callbacks['connect'] = (_params, _socket, info) => {
      told.push(info.session)
      return ok()
    }
    const plain = { key: '_app', signingSalt: 'salt', encryptionSalt: 'more salt' }
    const custom = { key: '_own', signingSalt: 'salt', csrfTokenKey: '_own_token' }
    const socket = roomSocket({ connect })
    const { port } = await startEndpoint({
      secretKeyBase: ['a new secret, also of sixty-four bytes or more, which signs from today on', SECRET],
      sockets: {
        '/socket': { socket, connectInfo: { session: plain } },
        '/custom': { socket, connectInfo: { session: custom } },
        '/unchecked': { socket, checkOrigin: true, checkCsrf: false, connectInfo: { session: plain } },
      },
    })
    const { cookie, token } = await visit(plain)
    const other = await visit(plain)
    const own = await visit(custom)
    const asks = async (mount: string, headers: Record<string, string>, csrf: string | undefined) => {
      const query = csrf === undefined ? V2 : `${V2}&_csrf_token=${csrf}`
      t.equal(await knock(port, query, headers, `${mount}/websocket`), 'ok')
      return told.pop()
    }
    t.match(await asks('/socket', { cookie: `a=b; ${cookie}; c=d` }, token), { user: 7 })
    t.equal(await asks('/socket', { cookie }, undefined), null)
    t.equal(await asks('/socket', { cookie }, other.token), null, 'the token of another session')
    t.equal(await asks('/socket', { cookie: `${cookie.slice(0, -4)}AAAA` }, token), null, 'altered')
    t.equal(await asks('/socket', {}, token), null)
    t.match(await asks('/custom', { cookie: own.cookie }, own.token), { user: 7, _own_token: String })
    t.match(await asks('/unchecked', { cookie }, undefined), { user: 7 })
    t.equal(await asks('/unchecked', {}, undefined), null)
  }),
)

t.test(
  'CH-017 a session needs a secret that is long enough, which is found out before the endpoint starts',
  async (t) => {
    const session = { key: '_app', signingSalt: 'salt' }
    const sockets = { '/socket': { socket: roomSocket(), connectInfo: { session } } }
    const later = Endpoint.define({ sockets })
    t.throws(() => later.child(), { code: 'BEAMISH_NO_SECRET_KEY_BASE' })
    t.doesNotThrow(() => later.child({ secretKeyBase: 's'.repeat(64) }), 'it may come with the start')
    t.throws(() => Endpoint.define({ sockets, secretKeyBase: 's'.repeat(63) }), { code: 'BEAMISH_BAD_ARGUMENT' })
    const wrong = { '/socket': { socket: roomSocket(), connectInfo: { session: { key: '_app' } } } }
    t.throws(() => Endpoint.define({ sockets: wrong as never, secretKeyBase: 's'.repeat(64) }), {
      message: /signingSalt/,
    })
  },
)

t.test('CH-018 variables of mount and suffix are params beside those of the query, and win', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const connect: Callbacks['connect'] = (params) => {
      seen.push({ ...params })
      return ok()
    }
    const socket = roomSocket({ connect })
    const mount = { socket, websocket: { path: 'ws/:room/:_version' } }
    const { port } = await startEndpoint({ sockets: { '/info/:tenant': mount } })
    const asks = (path: string, query: string) => knock(port, query, {}, path)
    t.equal(await asks('/info/acme%20inc/ws/7/v1', `${V2}&tenant=evil&b[c]=2&l[]=1&l[]=2&flag&&e=`), 'ok')
    t.same(seen, [{ vsn: '2.0.0', tenant: 'acme inc', room: '7', b: { c: '2' }, l: ['1', '2'], flag: '', e: '' }])
    t.equal(await asks('/info/acme/websocket', V2), 404)
    t.equal(await asks('/info/acme/ws/7', V2), 404)
  }),
)

t.test('CH-019 what is no proper upgrade is answered with 400, which names the header', (t) =>
  withRuntime(async () => {
    const refused = heard(t, 'beamish.transport.refused')
    let calls = 0
    const port = await serve({}, { connect: () => (calls++ < 0 ? refuse() : ok()) })
    const url = `http://127.0.0.1:${port}/socket/websocket?${V2}`
    const plain = await fetch(url)
    t.same([plain.status, await plain.text()], [400, "expected the header 'connection: upgrade'"])
    const post = await fetch(url, { method: 'POST', body: 'x' })
    t.same([post.status, await post.text()], [400, ''])
    t.equal(await knock(port, `${V2}&a=%zz`), 400)
    for (const [name, value] of [
      ['upgrade', 'h2c'],
      ['sec-websocket-version', '12'],
    ] as const) {
      const { status, body } = await askUpgrade(port, `/socket/websocket?${V2}`, { [name]: value })
      t.equal(status, 400)
      t.match(body, name)
    }
    t.equal(calls, 0)
    t.same(
      refused.map(({ metadata }) => metadata.why),
      ['headers', 'method', 'query', 'headers', 'headers'],
    )
  }),
)

t.test(
  'CH-019 an unknown option of a mount, or one of the wrong kind, is refused when the endpoint is defined',
  async (t) => {
    const socket = roomSocket()
    const bad: [object, RegExp][] = [
      [{ socket, maxChanels: 1 }, /maxChanels/],
      [{ socket, websocket: { windowMs: 1 } }, /windowMs/],
      [{ socket, longpoll: { timeoutMs: 1 } }, /timeoutMs/],
      [{ socket, websocket: { timeoutMs: 0 } }, /timeoutMs/],
      [{ socket, websocket: { path: '/ws' } }, /websocket\.path/],
      [{ socket, websocket: { compress: 'yes' } }, /compress/],
      [{ socket, websocket: { subprotocols: 'sip' } }, /subprotocols/],
      [{ socket, websocket: { subprotocols: ['a b'] } }, /subprotocols/],
      [{ socket, websocket: { errorHandler: {} } }, /errorHandler/],
      [{ socket, serializers: [] }, /serializers/],
      [{ socket, serializers: [{ version: '2', serializer: v2Json }] }, /serializers/],
      [{ socket, serializers: [{ version: '2.0.0', serializer: {} }] }, /serializers/],
      [{ socket, connectInfo: { peerData: 'yes' } }, /connectInfo\.peerData/],
      [{ socket, connectInfo: ['peerData'] }, /connectInfo/],
      [{ socket, checkCsrf: 'yes' }, /checkCsrf/],
      [{ socket, authToken: 'yes' }, /authToken/],
      [{ socket, checkOrigin: 'same' }, /checkOrigin/],
      [{ socket, websocket: { path: 'x' }, longpoll: { path: 'x' } }, /path/],
    ]
    for (const [mount, message] of bad) {
      const options = { secretKeyBase: 's'.repeat(64), sockets: { '/socket': mount as MountOptions } }
      t.throws(() => Endpoint.define(options), { code: 'BEAMISH_BAD_ARGUMENT', message }, String(message))
    }
  },
)
