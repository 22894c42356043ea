import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { node } from '../../src/endpoint/node.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { HttpError } from '../../src/http/errors.ts'
import { json, redirect, text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { session } from '../../src/http/session.ts'
import { GenServer, reply, Supervisor, self } from '../../src/index.ts'
import { type Attachment, attach } from '../../src/telemetry/telemetry.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { ADAPTERS, type AdapterName } from '../support/adapters.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'

type Build = Parameters<typeof Router.define>[0]

/** Starts an endpoint with routes. @returns what fetches a path of it. */
async function serve(build: Build, options: EndpointOptions = {}) {
  const { port, endpoint } = await startEndpoint({ router: Router.define(build), ...options })
  const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)
  return { port, endpoint, get }
}

/** Both servers: what stands between them and the router must do with either. */
function onBoth(t: Test, body: (t: Test, adapter: AdapterName) => Promise<void>): void {
  for (const adapter of ADAPTERS) t.test(`with ${adapter}`, (t) => withRuntime(() => body(t, adapter)))
  t.end()
}

t.test('a route gets the request as the web has it, and its response is the answer', (t) =>
  onBoth(t, async (t, adapter) => {
    const { port, get } = await serve(
      (route) => {
        route.get('/hello/:name', (request, conn) =>
          json({ url: request.url, name: conn.params.name, q: conn.query, agent: request.headers.get('user-agent') }),
        )
        route.post('/echo', async (request, conn) => {
          const form = await request.formData()
          return json({ name: form.get('name'), from: conn.remoteAddress, secure: conn.isSecure, at: conn.endpoint })
        })
        route.get('/away', () => redirect('/hello/you'))
      },
      { adapter },
    )
    const hello = await get('/hello/m%C3%A9?a[b]=1', { headers: { 'user-agent': 'test' } })
    t.same(await hello.json(), {
      url: `http://127.0.0.1:${port}/hello/m%C3%A9?a[b]=1`,
      name: 'mé',
      q: { a: { b: '1' } },
      agent: 'test',
    })
    t.match(hello.headers.get('content-length'), /^\d+$/, 'in one piece')
    const echo = await get('/echo', { method: 'POST', body: new URLSearchParams({ name: 'Ann' }) })
    t.match(await echo.json(), { name: 'Ann', from: /127\.0\.0\.1$/, secure: false, at: 'endpoint' })
    const away = await get('/away', { redirect: 'manual' })
    t.same([away.status, away.headers.get('location')], [302, '/hello/you'])
  }),
)

t.test('several cookies are several headers', (t) =>
  onBoth(t, async (t, adapter) => {
    const { get } = await serve(
      (route) => {
        route.pipeline('browser', [session({ key: '_app', signingSalt: 'salt' })])
        route.scope('/', { pipe: 'browser' }, (r) => {
          r.get('/in', (_request, conn) => {
            conn.session.put('user', 'ann')
            const response = text('in')
            response.headers.append('set-cookie', 'theme=dark; Path=/')
            return response
          })
          r.get('/who', (_request, conn) => text(String(conn.session.get('user'))))
        })
      },
      { adapter, secretKeyBase: 'x'.repeat(64) },
    )
    const cookies = (await get('/in')).headers.getSetCookie()
    t.equal(cookies.length, 2)
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ')
    t.equal(await (await get('/who', { headers: { cookie } })).text(), 'ann')
  }),
)

t.test('a response that is a stream is one, and ends with its client', (t) =>
  onBoth(t, async (t, adapter) => {
    const cancelled = new Gate()
    const { port } = await serve(
      (route) =>
        route.get('/events', () => {
          const events = new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\n')),
            cancel: () => cancelled.open(),
          })
          return new Response(events, { headers: { 'content-type': 'text/event-stream' } })
        }),
      { adapter },
    )
    const client = httpRequest({ port, host: '127.0.0.1', path: '/events' }).end()
    client.on('error', () => {})
    const [response] = await once(client, 'response')
    t.equal(String((await once(response, 'data'))[0]), 'data: 1\n\n')
    client.destroy()
    await cancelled.opened
  }),
)

t.test('a handler learns that its client has gone', (t) =>
  onBoth(t, async (t, adapter) => {
    const asked = new Gate()
    const gone = new Gate()
    const { port } = await serve(
      (route) =>
        route.get('/slow', async (request) => {
          request.signal.addEventListener('abort', () => gone.open())
          asked.open()
          await gone.opened
          return text('nobody reads this')
        }),
      { adapter },
    )
    const client = httpRequest({ port, host: '127.0.0.1', path: '/slow' }).end()
    client.on('error', () => {})
    await asked.opened
    client.destroy()
    await gone.opened
    t.pass('its signal fired')
  }),
)

t.test('a body that is too long is 413, and one that nobody reads costs nothing', (t) =>
  onBoth(t, async (t, adapter) => {
    const { get } = await serve(
      (route) => {
        route.post('/read', async (request) => text(String((await request.text()).length)))
        route.post('/form', async (request) => text(String([...(await request.formData())].length)))
        route.post('/unread', () => text('fine'))
      },
      { adapter, maxBodyBytes: 1000 },
    )
    const post = async (path: string, size: number) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const { status } = await get(path, { method: 'POST', body: 'x'.repeat(size), headers })
      return status
    }
    t.equal(await post('/read', 1000), 200)
    t.equal(await post('/read', 1001), 413)
    t.equal(await post('/form', 200_000), 413)
    t.equal(await post('/unread', 200_000), 200)
  }),
)

t.test('what cannot be a request of the web is refused without one', (t) =>
  onBoth(t, async (t, adapter) => {
    const { port } = await serve((route) => route.get('/', () => text('home')), { adapter })
    const status = async (options: object) => {
      const client = httpRequest({ port, host: '127.0.0.1', ...options }).end()
      const [response] = await once(client, 'response')
      response.resume()
      return response.statusCode
    }
    t.equal(await status({ path: '/' }), 200)
    t.equal(await status({ path: '/', headers: { host: 'evil.example/path?' } }), 400)
    t.equal(await status({ path: '/', headers: { host: '[::1]:80' } }), 200)
    t.equal(await status({ path: '/', method: 'TRACE' }), 501)
    t.equal(await status({ path: '//other.example/x' }), 404)
  }),
)

t.test('a handler is a process of its own in the runtime of the endpoint', (t) =>
  withRuntime(async ({ runtime }) => {
    const Counter = GenServer.define({ init: () => 0, handleCall: { next: (_: void, n) => reply(n + 1, n + 1) } })
    await Counter.start(undefined, { name: 'counter' })
    const pids = new Set<string>()
    const { get } = await serve((route) =>
      route.get('/', async () => {
        pids.add(String(self()))
        return text(String(await Counter.call('counter', 'next')))
      }),
    )
    const before = runtime.size
    t.equal(await (await get('/')).text(), '1')
    t.equal(await (await get('/')).text(), '2')
    t.equal(pids.size, 2)
    t.equal(runtime.size, before)
  }),
)

t.test('files come before routes, and routes before nothing', (t) =>
  withRuntime(async () => {
    const pages = t.testdir({ 'app.js': 'a file' })
    const { get } = await serve(
      (route) => {
        route.get('/app.js', () => text('a route'))
        route.get('/other.js', () => text('another route'))
      },
      { static: { '/': pages } },
    )
    t.equal(await (await get('/app.js')).text(), 'a file')
    t.equal(await (await get('/other.js')).text(), 'another route')
    const missing = await get('/missing', { headers: { accept: 'application/json' } })
    t.same([missing.status, missing.headers.get('content-type')], [404, 'application/json; charset=utf-8'])
    t.equal((await get('/other.js', { method: 'PUT', body: 'x' })).status, 405)
    const head = await get('/other.js', { method: 'HEAD' })
    t.same([head.status, await head.text()], [200, ''])
  }),
)

t.test('what a handler throws is told once, and shown only when the endpoint says so', (t) =>
  withRuntime(async ({ reports }) => {
    const build: Build = (route) => {
      route.get('/crash', () => {
        throw new Error('the reason')
      })
      route.get('/gone', () => {
        throw new HttpError(410, 'it is over')
      })
    }
    const quiet = await serve(build)
    const crash = await quiet.get('/crash')
    t.equal(crash.status, 500)
    t.notMatch(await crash.text(), 'the reason')
    t.match(
      reports.filter(({ type }) => type === 'requestFailed'),
      [{ path: '/crash', route: '/crash' }],
    )
    t.equal((await quiet.get('/gone')).status, 410)
    const debug = await startDebugEndpoint(build)
    t.match(await (await fetch(`http://127.0.0.1:${debug}/crash`)).text(), 'the reason')
  }),
)

/** A second endpoint beside the first, for developers. */
async function startDebugEndpoint(build: Build): Promise<number> {
  const endpoint = Endpoint.define({ name: 'debug', port: 0, router: Router.define(build), debugErrors: true })
  await Supervisor.start([endpoint.child()])
  return (await endpoint.serverInfo()).port
}

t.test('in a server of somebody else, what no route answers is theirs', (t) =>
  withRuntime(async () => {
    const server = createServer((_request, response) => response.end('theirs'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const router = Router.define((route) => route.get('/ours', () => text('ours')))
    const endpoint = Endpoint.define({ adapter: node({ server }), router })
    await Supervisor.start([endpoint.child()])
    const { port } = server.address() as AddressInfo
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
      return [response.status, await response.text()]
    }
    t.same(await get('/ours'), [200, 'ours'])
    t.same(await get('/theirs'), [200, 'theirs'])
    t.equal((await get('/ours', 'DELETE'))[0], 405)
  }),
)

t.test('requests are told by telemetry, with the endpoint that they came to', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    const attachment: Attachment = attach(
      'site test',
      'beamish.router.dispatch.stop',
      (_event, _measured, { conn, status }) => {
        seen.push([conn.endpoint, status])
      },
    )
    t.teardown(() => attachment.detach())
    const { get } = await serve((route) => route.get('/', () => text('home')))
    await get('/')
    t.same(seen, [['endpoint', 200]])
  }),
)
