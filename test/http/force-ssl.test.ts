import t from 'tap'
import { type ForceSslOptions, forceSsl } from '../../src/http/force-ssl.ts'
import { text } from '../../src/http/respond.ts'
import { type ForwardedHeader, rewriteOn } from '../../src/http/rewrite-on.ts'
import { Router } from '../../src/http/router.ts'

const UP = { pipe: [rewriteOn(['x-forwarded-proto'])] }

async function send(options: ForceSslOptions | undefined, url: string, init: RequestInit = {}) {
  const router = Router.define((route) => {
    route.scope('/', UP, (r) => r.any('/*rest', () => text('fine'), { pipe: forceSsl(options) }))
  })
  const { status, headers } = await router.handle(new Request(url, init))
  return [status, headers.get('location') ?? headers.get('strict-transport-security')]
}

t.test('without TLS clients are sent to the same place with it', async (t) => {
  t.same(await send(undefined, 'http://a.test/x%20y?q=1'), [301, 'https://a.test/x%20y?q=1'])
  t.same(await send({}, 'http://a.test:8080/', { method: 'HEAD' }), [301, 'https://a.test:8080/'])
  t.same(await send({}, 'http://a.test/x', { method: 'POST', body: 'b' }), [307, 'https://a.test/x'])
  t.same(await send({ host: 'b.test:444' }, 'http://a.test/x'), [301, 'https://b.test:444/x'])
})

t.test('with TLS they are told to stay', async (t) => {
  t.same(await send({}, 'https://a.test/'), [200, 'max-age=31536000'])
  const hsts = { maxAgeSeconds: 60, subdomains: true, preload: true }
  t.same(await send({ hsts }, 'https://a.test/'), [200, 'max-age=60; preload; includeSubDomains'])
  t.same(await send({ hsts: false }, 'https://a.test/'), [200, null])
})

t.test('a proxy may speak TLS for the server', async (t) => {
  const headers = { 'x-forwarded-proto': 'https' }
  t.same(await send({}, 'http://a.test/', { headers }), [200, 'max-age=31536000'])
  t.same(await send({}, 'https://a.test/', { headers: { 'x-forwarded-proto': 'http' } }), [301, 'https://a.test/'])
})

t.test('some may come without', async (t) => {
  t.same(await send({}, 'http://localhost:4000/'), [200, null])
  t.same(await send({}, 'http://127.0.0.1/'), [200, null])
  const exclude = { hosts: ['[::1]'], paths: ['/health'], conn: (_: unknown, { url }: Request) => url.endsWith('?yes') }
  t.same(await send({ exclude }, 'http://[::1]:4000/'), [200, null])
  t.same(await send({ exclude }, 'http://a.test/health?x'), [200, null])
  t.same(await send({ exclude }, 'http://a.test/?yes'), [200, null])
  t.same(await send({ exclude }, 'http://localhost/health2'), [301, 'https://localhost/health2'])
})

t.test('options of the wrong kind are refused', async (t) => {
  const wrong = [
    { hosts: [] },
    { host: 'https://a.test' },
    { host: 'a.test/path' },
    { hsts: 'yes' },
    { hsts: { maxAgeSeconds: -1 } },
    { exclude: ['localhost'] },
    { exclude: { hosts: 'localhost' } },
  ]
  for (const options of wrong) t.throws(() => forceSsl(options as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('what a proxy says of its client is believed, as far as it is asked and makes sense', async (t) => {
  const told = async (headers: ForwardedHeader[], sent: Record<string, string>) => {
    const router = Router.define((route) =>
      route.get('/', (_request, { isSecure, host, remoteAddress }) => Response.json([isSecure, host, remoteAddress]), {
        pipe: rewriteOn(headers),
      }),
    )
    const request = new Request('http://a.test:4000/', { headers: sent })
    return (await router.handle(request, { remoteAddress: '10.0.0.1' })).json()
  }
  const all: ForwardedHeader[] = ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-for']
  const sent = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'b.test',
    'x-forwarded-port': '443',
    'x-forwarded-for': '203.0.113.7, 10.0.0.9',
  }
  t.same(await told(all, sent), [true, 'b.test', '203.0.113.7'])
  t.same(await told(all, { ...sent, 'x-forwarded-port': '444' }), [true, 'b.test:444', '203.0.113.7'])
  t.same(await told(['x-forwarded-proto'], sent), [true, 'a.test:4000', '10.0.0.1'])
  t.same(await told(all, {}), [false, 'a.test:4000', '10.0.0.1'])
  const nonsense = {
    'x-forwarded-proto': 'gopher',
    'x-forwarded-host': 'b.test/evil?',
    'x-forwarded-port': 'x',
    'x-forwarded-for': '<script>',
  }
  t.same(await told(all, nonsense), [false, 'a.test:4000', '10.0.0.1'])
  t.throws(() => rewriteOn(['forwarded' as never]), { code: 'BEAMISH_BAD_ARGUMENT' })
})
