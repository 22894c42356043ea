import fc from 'fast-check'
import t from 'tap'
import { parseRoutePath } from '../../src/http/route-path.ts'
import { nameOf, RouteTable } from '../../src/http/route-table.ts'

const rowOf = (route: string) => {
  const [method = '', path = ''] = route.split(' ')
  const at = path.indexOf('/')
  const hosts = path.slice(0, at).split('|')
  return { method: method === '*' ? '' : method, hosts, path: parseRoutePath('table', path.slice(at)) }
}
const tableOf = (...routes: string[]) => new RouteTable('table', routes.map(rowOf))

function found(table: ReturnType<typeof tableOf>, method: string, path: string, host = 'localhost'): unknown {
  const match = table.match(method, path, host)
  return match.type === 'found' ? [nameOf(match.row), { ...match.params }] : match
}

t.test('a request finds its route, and its parameters decoded', async (t) => {
  const table = tableOf('GET /', 'GET /rooms/:id', 'POST /rooms', 'GET /files/*path', 'GET /größe')
  t.same(found(table, 'GET', '/'), ['GET /', {}])
  t.same(found(table, 'GET', ''), ['GET /', {}])
  t.same(found(table, 'GET', '/rooms/a%20b%2Fc'), ['GET /rooms/:id', { id: 'a b/c' }])
  t.same(found(table, 'GET', '/rooms/1/'), ['GET /rooms/:id', { id: '1' }])
  t.same(found(table, 'POST', '/rooms'), ['POST /rooms', {}])
  t.same(found(table, 'GET', '/files/a/b%20c'), ['GET /files/*path', { path: 'a/b c' }])
  t.same(found(table, 'GET', '/files'), ['GET /files/*path', { path: '' }])
  t.same(found(table, 'GET', '/gr%C3%B6%C3%9Fe'), ['GET /größe', {}])
})

t.test('the most particular route wins, and a blind alley is left again', async (t) => {
  const table = tableOf('GET /*all', 'GET /a/:x', 'GET /a/b', 'GET /:y/c/d', 'POST /a/:x')
  t.same(found(table, 'GET', '/a/b'), ['GET /a/b', {}])
  t.same(found(table, 'GET', '/a/z'), ['GET /a/:x', { x: 'z' }])
  t.same(found(table, 'GET', '/a/c/d'), ['GET /:y/c/d', { y: 'a' }])
  t.same(found(table, 'GET', '/a/c/e'), ['GET /*all', { all: 'a/c/e' }])
  t.same(found(table, 'POST', '/a/b'), ['POST /a/:x', { x: 'b' }])
})

t.test('a path of other methods names them', async (t) => {
  const table = tableOf('GET /rooms', 'POST /rooms', 'DELETE /rooms/:id', '* /any')
  t.same(found(table, 'PUT', '/rooms'), { type: 'methodNotAllowed', methods: ['GET', 'HEAD', 'POST'] })
  t.same(found(table, 'GET', '/rooms/1'), { type: 'methodNotAllowed', methods: ['DELETE'] })
  t.same(found(table, 'GET', '/rooms/1/2'), { type: 'notFound' })
  t.same(found(table, 'PURGE', '/any'), ['* /any', {}])
})

t.test('a host has routes of its own, and those of any host', async (t) => {
  const table = tableOf(
    'GET /a',
    'GET /b',
    'GET admin./a',
    'POST admin./c',
    'GET admin.x.org|shop.x.org/a',
    'GET admin.x./a',
  )
  const at = (host: string) => found(table, 'GET', '/a', host)
  t.same(at('x.org'), ['GET /a', {}])
  t.same(at('admin.org'), ['GET admin./a', {}])
  t.same(at('admin.x.com'), ['GET admin.x./a', {}], 'the longer beginning')
  t.same(at('admin.x.org'), ['GET admin.x.org|shop.x.org/a', {}], 'a whole name')
  t.same(at('shop.x.org'), ['GET admin.x.org|shop.x.org/a', {}])
  t.same(at('administration.org'), ['GET /a', {}])
  t.same(found(table, 'GET', '/b', 'admin.org'), ['GET /b', {}])
  t.same(found(table, 'POST', '/a', 'admin.org'), { type: 'methodNotAllowed', methods: ['GET', 'HEAD'] })
  t.same(found(table, 'POST', '/c', 'x.org'), { type: 'notFound' })
  t.throws(() => tableOf('GET admin./a', 'GET admin.|x.org/:b', 'GET admin./:c'), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('HEAD goes where GET goes, unless it has a route of its own', async (t) => {
  const table = tableOf('* /*all', 'GET /a', 'GET /b', 'HEAD /b')
  t.same(found(table, 'HEAD', '/a'), ['GET /a', {}])
  t.same(found(table, 'HEAD', '/b'), ['HEAD /b', {}])
  t.same(found(table, 'HEAD', '/c'), ['* /*all', { all: 'c' }])
})

t.test('a parameter or a rest stands for no more than it says', async (t) => {
  const table = tableOf('GET /rooms/:id', 'GET /files/:name/*rest')
  t.same(found(table, 'GET', '/rooms'), { type: 'notFound' })
  t.same(found(table, 'GET', '/rooms//'), { type: 'notFound' })
  t.same(found(table, 'GET', '/files'), { type: 'notFound' })
  t.same(found(table, 'GET', '/files/x'), ['GET /files/:name/*rest', { name: 'x', rest: '' }])
  t.same(found(table, 'GET', '/rooms/%zz'), { type: 'undecodable' })
})

t.test('two routes for the same requests are refused, whatever their parameters are called', async (t) => {
  t.throws(() => tableOf('GET /rooms/:id', 'GET /rooms/:name/'), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /GET \/rooms/,
  })
  t.doesNotThrow(() => tableOf('GET /rooms/:id', 'POST /rooms/:id', '* /rooms/:id'))
})

t.test('names and paths that mean something to objects mean nothing here', async (t) => {
  const table = tableOf('GET /:__proto__/x', 'GET /y')
  const match = table.match('GET', '/evil/x', 'localhost')
  t.equal(match.type === 'found' && Object.hasOwn(match.params, '__proto__'), true)
  t.same(found(table, 'GET', '/__proto__'), { type: 'notFound' })
  t.same(found(table, 'constructor', '/y'), { type: 'methodNotAllowed', methods: ['GET', 'HEAD'] })
})

t.test('every text comes back from the place of a parameter', async (t) => {
  const table = tableOf('GET /a/:x/b', 'GET /a/b', 'GET /a/:x/*rest')
  const text = fc.string({ unit: 'grapheme', minLength: 1 })
  fc.assert(
    fc.property(text, (x) => {
      t.same(found(table, 'GET', `/a/${encodeURIComponent(x)}/b`), ['GET /a/:x/b', { x }])
    }),
  )
})
