import t from 'tap'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { formatReport, type Report, receive, Supervisor, self } from '../../src/index.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { tlsFiles } from '../support/certificate.ts'
import { startEndpoint } from '../support/endpoint.ts'

t.test('its links begin with what the world knows it by', async (t) => {
  const url = (options: Parameters<typeof Endpoint.define>[0]) => Endpoint.define(options).url()
  t.equal(url({}), 'http://localhost:4000')
  t.equal(url({ port: 80 }), 'http://localhost')
  t.equal(url({ port: 8443, tls: tlsFiles(t.testdir()) }), 'https://localhost:8443')
  t.equal(url({ url: { host: 'example.com', scheme: 'https', port: 443 } }), 'https://example.com')
  t.equal(url({ url: { host: 'example.com', port: 8080 } }), 'http://example.com:8080')
  const below = Endpoint.define({ url: { host: 'example.com', path: '/app/' } })
  t.same([below.path('/rooms/1'), below.path('rooms'), below.path('/')], ['/app/rooms/1', '/app/rooms', '/app/'])
  t.same([below.staticPath('/app.js'), below.host()], ['/app/app.js', 'example.com'])
  t.equal(Endpoint.define({}).path('/rooms'), '/rooms')
})

t.test('while it runs it is what it was started with, and listens where it does', (t) =>
  withRuntime(async () => {
    const Web = Endpoint.define({ name: 'web', port: 4000, host: '127.0.0.1' })
    t.same([Web.config('port'), Web.config('maxBodyBytes'), Web.config('pubsub')], [4000, 8_000_000, undefined])
    const tree = await Supervisor.start([Web.child({ port: 0, url: { host: 'example.com' }, maxBodyBytes: 10 })])
    const { port } = await Web.serverInfo()
    t.equal(Web.url(), `http://example.com:${port}`)
    t.same([Web.host(), Web.config('maxBodyBytes'), Web.config('port')], ['example.com', 10, 0])
    await Supervisor.stop(tree)
    t.equal(Web.url(), 'http://localhost:4000')
  }),
)

t.test('it broadcasts on this node only, or throws when it cannot', (t) =>
  withRuntime(async () => {
    const { endpoint } = await startEndpoint({})
    endpoint.subscribe('news')
    t.equal(endpoint.broadcastOrThrow('news', 'flash', { n: 1 }), 'ok')
    t.equal(endpoint.broadcastFromOrThrow(self(), 'news', 'flash', { n: 2 }), 'ok')
    t.same(endpoint.localBroadcast('news', 'flash', { n: 3 }), { type: 'ok' })
    t.same(endpoint.localBroadcastFrom(self(), 'news', 'flash', { n: 4 }), { type: 'ok' })
    t.match(await receive(), { event: 'flash', payload: { n: 1 } })
    t.match(await receive(), { event: 'flash', payload: { n: 3 } })
    t.equal(await receive({ afterMs: 0 }), undefined)
    t.throws(() => endpoint.localBroadcast('news', 'phx_close', {}), { code: 'BEAMISH_RESERVED_EVENT' })
    t.throws(() => Endpoint.define({ name: 'lonely' }).broadcastOrThrow('news', 'flash', {}), {
      code: 'BEAMISH_NO_PUBSUB',
    })
  }),
)

t.test('two endpoints of one name: the second one is told whose name it is', (t) =>
  withRuntime(async ({ reports }) => {
    const [first, second] = [Endpoint.define({ name: 'web', port: 0 }), Endpoint.define({ name: 'web', port: 0 })]
    const tree = await Supervisor.start([first])
    const taken = /alreadyStarted: its name is taken, #Pid<[^>]*> has it/
    await t.rejects(Supervisor.start([second]), { code: 'BEAMISH_START_REFUSED', message: taken })
    t.match(formatReport(reports.find(({ level }) => level === 'error') as Report), taken)
    await Supervisor.stop(tree)
  }),
)
