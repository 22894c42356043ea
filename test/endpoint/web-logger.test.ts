import t from 'tap'
import { Channel } from '../../src/channel/channel.ts'
import { ok, refuse, reply } from '../../src/channel/result.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { type LineLogger, WebLogger, type WebLoggerOptions } from '../../src/endpoint/web-logger.ts'
import { HttpError } from '../../src/http/errors.ts'
import { text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { Socket, type SocketCallbacks } from '../../src/socket/user-socket.ts'
import { hasHandlers } from '../../src/telemetry/telemetry.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { RawClient, refusedUpgrade } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

interface Written {
  readonly level: string
  readonly message: string
  readonly metadata: object
}

let attachments = 0

/** A logger that remembers, attached until the block ends. */
function logged(options: WebLoggerOptions = {}): Disposable & { readonly lines: Written[] } {
  const lines: Written[] = []
  const keep = (level: string) => (message: string, metadata: object) => void lines.push({ level, message, metadata })
  const logger: LineLogger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
  attachments += 1
  const attachment = WebLogger.attach({ logger, handlerId: `test ${attachments}`, ...options })
  return { lines, [Symbol.dispose]: () => void attachment.detach() }
}

const saidBy = (lines: readonly Written[]) => lines.map(({ level, message }) => [level, message])

async function serve(callbacks: Partial<SocketCallbacks<Record<string, unknown>>> = {}) {
  const channels = { 'room:*': testRoom(), 'phoenix*': testRoom() }
  const socket = Socket.define<Record<string, unknown>>({ module: 'UserSocket', channels, ...callbacks })
  const { port } = await startEndpoint({ sockets: { '/socket': socket } })
  return { port, open: (query = '') => RawClient.open(port, `/socket/websocket?vsn=2.0.0${query}`) }
}

t.test(
  'CH-020 a connection is one entry, with transport, serializer and filtered parameters; without a logger none',
  (t) =>
    withRuntime(async () => {
      const { open } = await serve()
      {
        using log = logged()
        const client = await open('&user=ann&password=hunter2')
        t.equal(log.lines.length, 1)
        t.match(saidBy(log.lines), [
          [
            'info',
            /^CONNECTED TO UserSocket in \d+(ms|µs)\n {2}Transport: websocket\n {2}Serializer: v2-json\n {2}Parameters: \{ [^\n]*user: 'ann', password: '\[FILTERED\]' \}$/,
          ],
        ])
        await client.close()
      }
      t.equal(hasHandlers('beamish.socket.connected'), false)
      using log = logged({ level: 'warning' })
      await (await open('&user=bob')).close()
      t.same(log.lines, [], 'nor below the level')
    }),
)

t.test('CH-020 a refused connection is told', (t) =>
  withRuntime(async () => {
    const { port } = await serve({ connect: () => refuse() })
    using log = logged()
    await refusedUpgrade(port, '/socket/websocket?vsn=2.0.0')
    t.match(saidBy(log.lines), [['info', /^REFUSED CONNECTION TO UserSocket in /]])
  }),
)

t.test('CH-020 joins and events are told with filtered parameters, events at the level debug', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    using log = logged({ level: 'debug' })
    using info = logged()
    await client.join('room:a', '1', { join: 'yes', user: { password: 'hunter2' } })
    await client.join('room:forbidden', '2')
    client.send('1', '3', 'room:a', 'echo', { in: 'yes', token: 'hunter2', url: '/?password=hunter2', list: [1, [2]] })
    await client.next()
    client.send('1', '4', 'room:a', 'phx_leave', {})
    await client.take(2)
    t.match(saidBy(log.lines), [
      [
        'info',
        /^JOINED room:a in \d+(ms|µs)\n {2}Parameters: \{ join: 'yes', user: \{ password: '\[FILTERED\]' \} \}$/,
      ],
      ['info', /^REFUSED JOIN room:forbidden in \d+(ms|µs)\n {2}Parameters: \{\}$/],
      [
        'debug',
        /^HANDLED echo INCOMING ON room:a \(TestRoom\) in \d+(ms|µs)\n {2}Parameters: \{ in: 'yes', token: '\[FILTERED\]', url: '\[FILTERED\]', list: \[ 1, \[ 2 \] \] \}$/,
      ],
    ])
    t.match(log.lines[2]?.metadata, { event: 'echo', socket: { topic: 'room:a' } }, 'the metadata of the event')
    t.equal(log.lines.length, 3, 'a leave is none of them')
    t.equal(info.lines.length, 2)
    t.notMatch(log.lines.map(({ message }) => message).join(), /hunter2/)
  }),
)

t.test('CH-020 the connections of a mount with log: false are not told, those of another are', (t) =>
  withRuntime(async () => {
    const socket = Socket.define({ module: 'UserSocket', channels: {} })
    const { port } = await startEndpoint({
      sockets: { '/quiet': { socket, log: false }, '/loud': { socket, log: 'warning' } },
    })
    using log = logged()
    await RawClient.open(port, '/quiet/websocket?vsn=2.0.0')
    t.same(log.lines, [])
    await RawClient.open(port, '/loud/websocket?vsn=2.0.0')
    t.match(saidBy(log.lines), [['warn', /^CONNECTED TO UserSocket/]])
    t.throws(() => Endpoint.define({ sockets: { '/socket': { socket, log: 'loud' as 'info' } } }), {
      message: /log expects/,
    })
  }),
)

t.test('the filter may be another', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    using words = logged({ filterParameters: ['iban'] })
    using keeping = logged({ filterParameters: { keep: ['id'] } })
    await client.join('room:a', '1', { password: 'a', my_iban: 'b', id: 'c' })
    t.match(words.lines[0]?.message, /\{ password: 'a', my_iban: '\[FILTERED\]', id: 'c' \}/)
    t.match(keeping.lines[0]?.message, /\{ password: '\[FILTERED\]', my_iban: '\[FILTERED\]', id: 'c' \}/)
  }),
)

t.test('topics that start with phoenix are not told', (t) =>
  withRuntime(async () => {
    const { open } = await serve()
    const client = await open()
    using log = logged({ level: 'debug' })
    await client.join('phoenix:live_reload', '1')
    t.same(log.lines, [])
  }),
)

t.test('a channel says at which level it is told, if at all', (t) =>
  withRuntime(async () => {
    const channel = (options: object) =>
      Channel.define({ module: 'Quiet', join: () => ok(), handleIn: { echo: (payload) => reply(payload) }, ...options })
    const channels = {
      'silent:*': channel({ logJoin: false, logHandleIn: false }),
      'loud:*': channel({ logJoin: 'warning', logHandleIn: 'info' }),
    }
    const { open } = await serve({ channels })
    const client = await open()
    using log = logged()
    for (const topic of ['silent:1', 'loud:1']) {
      await client.join(topic, '1')
      client.send('1', '2', topic, 'echo', {})
      await client.next()
    }
    t.match(saidBy(log.lines), [
      ['warn', /^JOINED loud:1/],
      ['info', /^HANDLED echo INCOMING ON loud:1 \(Quiet\)/],
    ])
    t.equal(log.lines.length, 2)
    t.throws(() => channel({ logJoin: 'loud' }), { message: /logJoin expects 'debug' \| 'info'/ })
    t.throws(() => channel({ logHandleIn: true }), { message: /logHandleIn/ })
  }),
)

t.test('a client cannot write lines or colours of its own into a log, nor long ones', (t) =>
  withRuntime(async () => {
    const { open } = await serve({ channels: { '*': testRoom() } })
    const client = await open()
    using log = logged({ level: 'debug' })
    const topic = 'room:\n12:00 JOINED admin\u001b[31m\u202e\u2028'
    await client.join(topic, '1', { 'a\nb': 'c\nd\u001b[0m' })
    client.send('1', '2', topic, 'echo', { text: 'x'.repeat(100_000), deep: [[[[[[[[[['x']]]]]]]]]] })
    await client.next()
    await client.join('t'.repeat(10_000), '3')
    await settle()
    const [join, event, long] = log.lines.map(({ message }) => message)
    t.equal(join?.split('\n').length, 2)
    t.match(join, /room:\\u\{a\}12:00 JOINED admin\\u\{1b\}\[31m\\u\{202e\}\\u\{2028\}/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    t.notMatch(join, /[\u001b\u202e\u2028]/)
    t.ok((event?.length ?? 0) < 2000, 'what it sent is bounded')
    t.ok((long?.length ?? 0) < 500)
  }),
)

t.test('requests are told with their status; a path with a parameter that is not shown by its route', (t) =>
  withRuntime(async () => {
    const router = Router.define((route) => {
      route.get('/rooms/:id', () => text('hello'))
      route.get('/reset/:token', () => text('hello'))
      route.get('/gone/:token', () => {
        throw new HttpError(410, 'gone')
      })
      route.get('/boom', () => {
        throw new TypeError('on demand')
      })
    })
    using log = logged()
    const get = (path: string) => router.handle(new Request(`http://localhost${path}`))
    await get('/rooms/5?q=a&access_token=hunter2')
    await get('/reset/hunter2')
    await get('/gone/hunter2')
    await get('/boom')
    await get('/missing')
    t.match(saidBy(log.lines), [
      [
        'info',
        /^SENT 200 TO GET \/rooms\/5 in \d+(ms|µs)\n {2}Parameters: \{ q: 'a', access_token: '\[FILTERED\]', id: '5' \}$/,
      ],
      ['info', /^SENT 200 TO GET \/reset\/:token in /],
      ['info', /^SENT 410 TO GET \/gone\/:token \(HttpError\) in /],
      ['info', /^SENT 500 TO GET \/boom \(TypeError\) in /],
      ['info', /^SENT 404 TO GET \/missing \(no route\)$/],
    ])
    t.equal(log.lines.length, 5)
    t.notMatch(log.lines.map(({ message }) => message).join(), /hunter2/)
  }),
)

t.test('by default lines go to standard error with the time of day', async (t) => {
  const written: unknown[] = []
  const { error } = console
  console.error = (...args) => void written.push(args)
  t.teardown(() => {
    console.error = error
  })
  const attachment = WebLogger.attach()
  t.throws(() => WebLogger.attach(), { code: 'BEAMISH_HANDLER_EXISTS' })
  await Router.define((route) => route.get('/', () => text(''))).handle(new Request('http://localhost/'))
  t.equal(attachment.detach(), true)
  t.match(written, [[/^\d\d:\d\d:\d\d\.\d{3} SENT 200 TO GET \/ in /]])
})

t.test('options of the wrong kind are refused', async (t) => {
  const bad = [null, { levels: 'info' }, { level: 'loud' }, { filterParameters: 'password' }, { logger: {} }]
  for (const options of bad) {
    t.throws(() => WebLogger.attach(options as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /WebLogger\.attach/ })
  }
})
