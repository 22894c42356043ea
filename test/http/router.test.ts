import t from 'tap'
import type { Conn } from '../../src/http/conn.ts'
import { HttpError } from '../../src/http/errors.ts'
import type { Handler, Plug } from '../../src/http/plug.ts'
import { html, json, text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import type { RouteScope } from '../../src/http/routes.ts'
import { attach } from '../../src/telemetry/telemetry.ts'
import { withRuntime } from '../../src/testing/with-runtime.ts'

const at = (path: string, init: RequestInit = {}) => new Request(`http://localhost${path}`, init)
const saysConn: Handler = (_request, conn) => json({ route: conn.route, params: conn.params, query: conn.query })

/** A plug that leaves its name on the way in and on the way out. */
const marks =
  (name: string): Plug =>
  async (_request, conn, next) => {
    conn.assign('trail', `${conn.assigns['trail'] ?? ''}${name}`)
    const response = await next()
    response.headers.append('trail', `${name}`)
    return response
  }

const trailOf: Handler = (_request, conn) => text(String(conn.assigns['trail'] ?? ''))

async function answer(build: (route: RouteScope) => void, request: Request): Promise<[number, string]> {
  const response = await Router.define(build).handle(request)
  return [response.status, await response.text()]
}

t.test('a handler gets the request, and beside it the parameters of path and query', async (t) => {
  const router = Router.define((route) => {
    route.get('/hello/:name', saysConn)
    route.post('/echo', async (request) => text(await request.text()))
  })
  const response = await router.handle(at('/hello/Ada%20L%2Fx?a[b]=1&c=%20'))
  t.equal(response.status, 200)
  t.same(await response.json(), {
    route: '/hello/:name',
    params: { name: 'Ada L/x' },
    query: { a: { b: '1' }, c: ' ' },
  })
  const echoed = await router.handle(at('/echo', { method: 'POST', body: 'back' }))
  t.equal(await echoed.text(), 'back')
})

t.test('a conn knows what the server knows', async (t) => {
  let seen: Conn | undefined
  const router = Router.define((route) =>
    route.get('/', (_request, conn) => {
      seen = conn
      return text('')
    }),
  )
  const secretKeyBase = 's'.repeat(64)
  await router.handle(at('/'), { endpoint: 'chat', remoteAddress: '1.2.3.4', isSecure: true, secretKeyBase })
  t.match(seen, { endpoint: 'chat', remoteAddress: '1.2.3.4', isSecure: true, secretKeyBase, host: 'localhost' })
  await router.handle(new Request('https://example.com:444/'))
  t.match(seen, { endpoint: 'endpoint', remoteAddress: '', isSecure: true, host: 'example.com:444' })
  t.equal(seen?.secretKeyBase, undefined)
})

t.test('parameters of scopes and routes are known to the compiler', async (t) => {
  const got = await answer((route) => {
    route.scope('/rooms/:room', (r) => {
      r.get('/files/*path', (_request, conn) => {
        const { room, path }: { room: string; path: string } = conn.params
        // @ts-expect-error: there is no such parameter
        const none: unknown = conn.params.file
        return text([room, path, none].join(' '))
      })
      r.get('/any', saysConn)
    })
  }, at('/rooms/7/files/a/b'))
  t.same(got, [200, '7 a/b '])
})

t.test('pipelines go around a handler, in the order in which they stand', async (t) => {
  const router = Router.define((route) => {
    route.pipeline('a', [marks('a')])
    route.pipeline('ab', ['a', marks('b')])
    route.scope('/one', { pipe: 'ab' }, (r) => {
      r.get('/', trailOf)
      r.scope('/two', { pipe: [marks('c')] }, (r) => r.get('/three', trailOf, { pipe: marks('d') }))
    })
    route.get('/none', trailOf)
  })
  const bodyOf = async (path: string) => (await router.handle(at(path))).text()
  t.equal(await bodyOf('/one'), 'ab')
  t.equal(await bodyOf('/one/two/three'), 'abcd')
  t.equal(await bodyOf('/none'), '')
  t.equal((await router.handle(at('/one/two/three'))).headers.get('trail'), 'd, c, b, a')
})

t.test('a plug may answer itself', async (t) => {
  let reached = false
  const got = await answer((route) => {
    route.scope('/', { pipe: [() => text('stop', { status: 401 })] }, (r) =>
      r.get('/', () => {
        reached = true
        return text('')
      }),
    )
  }, at('/'))
  t.same(got, [401, 'stop'])
  t.notOk(reached)
})

t.test('each method has its word, and match and any take several', async (t) => {
  const router = Router.define((route) => {
    const says = (word: string) => () => text(word)
    route.get('/', says('get'))
    route.post('/', says('post'))
    route.put('/', says('put'))
    route.patch('/', says('patch'))
    route.delete('/', says('delete'))
    route.options('/', says('options'))
    route.match(['PUT', 'PURGE'], '/match', says('match'))
    route.any('/any', says('any'))
  })
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    t.equal(await (await router.handle(at('/', { method }))).text(), method.toLowerCase())
  }
  t.equal(await (await router.handle(at('/match', { method: 'PURGE' }))).text(), 'match')
  t.equal(await (await router.handle(at('/any', { method: 'REPORT' }))).text(), 'any')
  t.equal(router.routes.length, 9)
})

t.test('without a route it is 404, and 405 with the methods that there are', async (t) => {
  const build = (route: RouteScope) => route.get('/rooms/:id', saysConn)
  t.same(await answer(build, at('/none')), [404, 'Not Found'])
  t.same(await answer(build, at('/rooms/%ff')), [400, 'The path of the URL cannot be decoded.'])
  const response = await Router.define(build).handle(at('/rooms/1', { method: 'DELETE' }))
  t.equal(response.status, 405)
  t.equal(response.headers.get('allow'), 'GET, HEAD')
})

t.test('HEAD is answered as GET, without the body', async (t) => {
  let cancelled = false
  const cancel = () => {
    cancelled = true
  }
  const router = Router.define((route) => {
    route.get('/', () => text('long', { headers: { 'content-length': '4', x: 'y' } }))
    route.get('/stream', () => new Response(new ReadableStream({ cancel })))
    route.head('/own', () => text('', { status: 202 }))
  })
  const head = await router.handle(at('/', { method: 'HEAD' }))
  t.equal(head.status, 200)
  t.same([head.headers.get('x'), head.headers.get('content-length')], ['y', '4'])
  t.equal(await head.text(), '')
  t.equal((await router.handle(at('/stream', { method: 'HEAD' }))).body, null)
  t.ok(cancelled, 'the stream is told')
  t.equal((await router.handle(at('/own', { method: 'HEAD' }))).status, 202)
  t.equal((await router.handle(at('/none', { method: 'HEAD' }))).status, 404)
})

t.test('what a handler throws is a plain 500 for the client and a report for the developer', async (t) => {
  await withRuntime(async ({ reports }) => {
    const router = Router.define((route) => {
      route.get('/boom/:id', () => {
        throw new Error('secret detail')
      })
      route.get('/later', async () => {
        throw 'thrown text'
      })
    })
    const response = await router.handle(at('/boom/7?token=t0k3n', { headers: { accept: 'text/html' } }), {
      endpoint: 'chat',
    })
    t.equal(response.status, 500)
    const page = await response.text()
    t.match(page, /500 Internal Server Error/)
    t.notMatch(page, /secret|router\.test/)
    t.match(reports, [
      { type: 'requestFailed', level: 'error', endpoint: 'chat', method: 'GET', path: '/boom/7', route: '/boom/:id' },
    ])
    t.notMatch(JSON.stringify(reports), /t0k3n/)
    t.equal((await router.handle(at('/later'))).status, 500)
    t.equal(reports.length, 2)
  })
})

t.test('with debugErrors the page shows what was thrown, escaped, and which routes there are', async (t) => {
  await withRuntime(async () => {
    const router = Router.define(
      (route) =>
        route.get('/boom', () => {
          throw new Error('<b>detail')
        }),
      { debugErrors: true },
    )
    const asHtml = await (await router.handle(at('/boom', { headers: { accept: 'text/html' } }))).text()
    t.match(asHtml, /in GET \/boom/)
    t.match(asHtml, /Error: &lt;b&gt;detail\n\s+at/)
    const asJson = await (await router.handle(at('/none', { headers: { accept: 'application/json' } }))).json()
    t.same(asJson, { errors: { detail: 'Not Found', debug: ['no route for GET /none; there are', '  GET /boom'] } })
    const quiet = Router.define(() => {})
    t.match(await (await quiet.handle(at('/'), { debugErrors: true })).text(), /no route for GET \//)
  })
})

t.test('an HttpError has a status of its own, and below 500 a message for the client', async (t) => {
  await withRuntime(async ({ reports }) => {
    const router = Router.define((route) => {
      route.get('/:status', (_request, conn) => {
        throw new HttpError(Number(conn.params.status), 'no <such> room')
      })
      route.get('/upstream/404', () => {
        throw Object.assign(new Error('upstream said no'), { status: 404 })
      })
    })
    const missing = await router.handle(at('/404', { headers: { accept: 'text/html' } }))
    t.equal(missing.status, 404)
    t.match(await missing.text(), /404 Not Found<\/h1><p>no &lt;such&gt; room<\/p>/)
    t.equal(reports.length, 0, 'nobody need be told')
    const unavailable = await router.handle(at('/503'))
    t.same([unavailable.status, await unavailable.text()], [503, 'Service Unavailable'])
    t.equal(reports.length, 1)
    t.equal((await router.handle(at('/upstream/404'))).status, 500, "another server's status is not ours")
  })
  t.throws(() => new HttpError(200, 'fine'), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('an error page of one own is used, and a broken one is replaced', async (t) => {
  await withRuntime(async ({ reports }) => {
    const router = Router.define(
      (route) => {
        route.get('/boom', () => {
          throw new Error('boom')
        })
      },
      {
        errorPage: (failure, request) => {
          if (request.url.endsWith('/default')) return undefined
          if (request.url.endsWith('/broken')) throw new Error('in the page')
          if (request.url.endsWith('/text')) return 'text' as never
          return html(
            `own ${failure.status} ${failure.message} ${(failure.error as Error | undefined)?.message}`,
            failure,
          )
        },
      },
    )
    const bodyOf = async (path: string) => {
      const response = await router.handle(at(path))
      return [response.status, await response.text()]
    }
    t.same(await bodyOf('/none'), [404, 'own 404 Not Found undefined'])
    t.same(await bodyOf('/boom'), [500, 'own 500 Internal Server Error boom'])
    t.same(await bodyOf('/default'), [404, 'Not Found'])
    t.same(await bodyOf('/broken'), [404, 'Not Found'])
    t.same(await bodyOf('/text'), [404, 'Not Found'])
    t.match(reports, [
      { route: '/boom' },
      { route: 'errorPage', reason: { error: { message: 'in the page' } } },
      { route: 'errorPage', reason: { error: { code: 'BEAMISH_BAD_RETURN' } } },
    ])
  })
})

t.test('a handler or plug that returns no response is told so', async (t) => {
  await withRuntime(async ({ reports }) => {
    const forgets = () => undefined as never
    const router = Router.define((route) => {
      route.get('/handler', forgets)
      route.get('/network', () => Response.error())
      route.get('/plug', trailOf, {
        pipe: async function halfPlug(_request, _conn, next) {
          await next()
          return undefined as never
        },
      })
    })
    t.equal((await router.handle(at('/handler'))).status, 500)
    t.equal((await router.handle(at('/plug'))).status, 500)
    t.equal((await router.handle(at('/network', { method: 'HEAD' }))).status, 500)
    t.match(reports, [
      { reason: { error: { code: 'BEAMISH_BAD_RETURN', message: /the handler forgets must return a Response/ } } },
      { reason: { error: { code: 'BEAMISH_BAD_RETURN', message: /the plug halfPlug must return a Response/ } } },
      { reason: { error: { code: 'BEAMISH_BAD_RETURN' } } },
    ])
  })
})

t.test('a query that cannot be decoded is 400, for those that read it', async (t) => {
  const build = (route: RouteScope) => {
    route.get('/reads', (_request, conn) => json(conn.query))
    route.get('/ignores', () => text('fine'))
  }
  t.same(await answer(build, at('/reads?a=%ff')), [400, 'The query of the URL cannot be decoded.'])
  t.same(await answer(build, at('/ignores?a=%ff')), [200, 'fine'])
})

t.test('session, flash and csrfToken say which plug is missing', async (t) => {
  await withRuntime(async ({ reports }) => {
    const router = Router.define((route) => {
      route.get('/session', (_request, conn) => json(conn.session.size))
      route.get('/flash', (_request, conn) => json(conn.flash.size))
      route.get('/csrf', (_request, conn) => json(conn.csrfToken))
    })
    for (const path of ['/session', '/flash', '/csrf']) await router.handle(at(path))
    t.match(
      reports.map((report) => ('reason' in report ? report.reason : undefined)),
      ['session(…)', 'flash()', 'csrf()'].map((plug) => ({ error: { code: 'BEAMISH_NO_PLUG', message: plug } })),
    )
  })
})

t.test('forward hands everything below a path on, with the whole URL unless it is told to strip', async (t) => {
  const app = async (request: Request, conn?: Conn) => {
    const body = request.method === 'GET' ? '' : await request.text()
    return json([request.method, request.url, body, conn?.route])
  }
  const router = Router.define((route) => {
    route.get('/api/health', () => json('own'))
    route.forward('/api', app)
    route.scope('/t/:tenant', (r) => r.forward('/app', app, { strip: true }))
  })
  const send = async (path: string, init?: RequestInit) => (await router.handle(at(path, init))).json()
  t.same(await send('/api/users/a%20b?x=1'), ['GET', 'http://localhost/api/users/a%20b?x=1', '', '/api'])
  t.same(await send('/api'), ['GET', 'http://localhost/api', '', '/api'])
  t.same(await send('/api/health'), 'own')
  t.same(await send('/api/health', { method: 'POST', body: 'b' }), ['POST', 'http://localhost/api/health', 'b', '/api'])
  t.same(await send('/t/7/app/users%2Fx?y=2', { method: 'PUT', body: 'streamed' }), [
    'PUT',
    'http://localhost/users%2Fx?y=2',
    'streamed',
    '/t/:tenant/app',
  ])
  t.same(await send('/t/7/app'), ['GET', 'http://localhost/', '', '/t/:tenant/app'])
})

t.test('a router stands in another one, and knows what that knows', async (t) => {
  const admin = Router.define((route) =>
    route.get('/users', (_request, conn) =>
      json([conn.endpoint, conn.remoteAddress, conn.isSecure, conn.secretKeyBase]),
    ),
  )
  const router = Router.define((route) => route.forward('/admin', admin, { strip: true }))
  const facts = { endpoint: 'chat', remoteAddress: '::1', isSecure: true, secretKeyBase: ['a', 'b'] }
  const response = await router.handle(at('/admin/users'), facts)
  t.same(await response.json(), ['chat', '::1', true, ['a', 'b']])
})

t.test('a page is an object with handle, and a lookup tells which one a path leads to', async (t) => {
  class Lobby {
    readonly title = 'lobby'
    handle(_request: Request, conn: Conn): Response {
      return text(`${this.title} ${conn.params['id']}`)
    }
  }
  const page = new Lobby()
  const router = Router.define((route) => route.get('/rooms/:id', page))
  t.equal(await (await router.handle(at('/rooms/7'))).text(), 'lobby 7')
  const lookup = router.lookup('GET', '/rooms/a%20b')
  t.equal(lookup.type === 'found' && lookup.route.target, page)
  t.same(lookup.type === 'found' && { ...lookup.params }, { id: 'a b' })
  t.same(router.lookup('POST', '/rooms/1'), { type: 'methodNotAllowed', methods: ['GET', 'HEAD'] })
})

t.test('a scope may be for a host, and a scope in it for another', async (t) => {
  const router = Router.define((route) => {
    route.get('/', () => text('any'))
    route.scope('/', { host: 'admin.' }, (r) => {
      r.get('/', () => text('admin'))
      r.scope('/', { host: ['Shop.example', 'store.example'] }, (inner) => {
        inner.get('/', () => text('shop'))
        inner.forward('/api', () => text('api'))
      })
    })
  })
  const answer = async (url: string) => await (await router.handle(new Request(url))).text()
  t.equal(await answer('http://localhost/'), 'any')
  t.equal(await answer('http://ADMIN.example:8080/'), 'admin')
  t.equal(await answer('https://shop.example/'), 'shop')
  t.equal(await answer('https://store.example/api/x'), 'api')
  t.equal(await answer('https://other.example/api/x'), 'Not Found')
  t.same(
    ['localhost', 'admin.x', 'shop.example'].map((host) => router.lookup('GET', '/api', host).type),
    ['notFound', 'notFound', 'found'],
  )
  for (const host of ['', 'http://x', 'x:80', [], ['x', ''], 7])
    t.throws(() => Router.define((route) => route.scope('/', { host } as never, () => {})), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /route.scope\("\/"\): host/,
    })
})

t.test('a response with fixed headers goes through plugs that add some', async (t) => {
  const { secureHeaders } = await import('../../src/http/secure-headers.ts')
  const router = Router.define((route) =>
    route.get('/', () => Response.redirect('http://localhost/there', 303), { pipe: secureHeaders() }),
  )
  const response = await router.handle(at('/'))
  t.equal(response.status, 303)
  t.equal(response.headers.get('location'), 'http://localhost/there')
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
})

t.test('a dispatch is a span, and an error page is an event', async (t) => {
  await withRuntime(async () => {
    const router = Router.define((route) => {
      route.get('/fine/:id', () => text('', { status: 201 }))
      route.get('/boom', () => {
        throw new HttpError(409, 'taken')
      })
    })
    const seen: [string, object][] = []
    const mine = new Set<Request>()
    using _attachment = attach(
      'router test',
      [
        'beamish.router.dispatch.start',
        'beamish.router.dispatch.stop',
        'beamish.router.dispatch.exception',
        'beamish.router.errorRendered',
      ],
      (event, measurements, metadata) => {
        if (mine.has(metadata.request)) seen.push([event, { ...measurements, ...metadata }])
      },
    )
    for (const path of ['/fine/1', '/boom', '/none']) {
      const request = at(path)
      mine.add(request)
      await router.handle(request)
    }
    t.match(seen, [
      ['beamish.router.dispatch.start', { route: '/fine/:id', conn: { params: { id: '1' } } }],
      ['beamish.router.dispatch.stop', { route: '/fine/:id', status: 201, durationMs: Number }],
      ['beamish.router.dispatch.start', { route: '/boom' }],
      ['beamish.router.dispatch.exception', { route: '/boom', kind: 'error', durationMs: Number }],
      [
        'beamish.router.errorRendered',
        { status: 409, kind: 'error', reason: { code: 'BEAMISH_HTTP_ERROR' }, durationMs: Number },
      ],
      ['beamish.router.errorRendered', { status: 404, kind: undefined }],
    ])
    t.equal(seen.length, 6)
  })
})

t.test('mistakes in routes are refused where they are written', async (t) => {
  const refused = (build: (route: RouteScope) => void, message: RegExp) =>
    t.throws(() => Router.define(build), { code: 'BEAMISH_BAD_ARGUMENT', message })
  refused((route) => route.get('/', 'handler' as never), /route\.get\("\/"\) expects a function/)
  refused((route) => route.get('rooms', saysConn), /begins with '\/'/)
  refused((route) => route.get('/', saysConn, { pipe: 'browser' }), /names of pipelines \(none yet\), got "browser"/)
  refused((route) => route.get('/', saysConn, { pipes: [] } as never), /the options pipe, got "pipes"/)
  refused((route) => route.pipeline('a', [7 as never]), /route\.pipeline\("a"\)/)
  refused((route) => {
    route.pipeline('a', [])
    route.pipeline('a', [])
  }, /not taken/)
  refused((route) => route.scope('/*rest', () => {}), /without \*rest/)
  refused((route) => route.scope('/', undefined as never), /a function of the routes/)
  refused((route) => route.scope('/:id', (r) => r.get('/:id', saysConn)), /different name/)
  refused((route) => route.forward('/*rest', saysConn), /without \*rest/)
  refused((route) => route.forward('/', saysConn, { strip: 1 as never }), /true or false/)
  refused((route) => route.match(['get'], '/', saysConn), /in capitals/)
  refused((route) => {
    route.get('/', saysConn)
    route.get('/', saysConn)
  }, /one route for each method, host and path, got "GET \/"/)
  t.throws(() => Router.define('routes' as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => Router.define(() => {}, { debug: true } as never), { message: /errorPage, debugErrors/ })
  t.throws(() => Router.define(() => {}, { errorPage: 'x' as never }), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => Router.define(() => {}, { debugErrors: 'x' as never }), { code: 'BEAMISH_BAD_ARGUMENT' })
})
