import fc from 'fast-check'
import t from 'tap'
import { canonicalPath, type PathParams, parseRoutePath, withoutSegments } from '../../src/http/route-path.ts'

const stepsOf = (path: string) =>
  parseRoutePath('route', path).steps.map((step) => (step.type === 'static' ? step.text : `${step.type} ${step.name}`))

t.test('a path is read into texts, parameters and a rest', async (t) => {
  t.same(stepsOf('/'), [])
  t.same(stepsOf('/rooms/:id/edit'), ['rooms', 'param id', 'edit'])
  t.same(stepsOf('//rooms//:id/'), ['rooms', 'param id'])
  t.same(stepsOf('/files/*path'), ['files', 'rest path'])
  t.same(stepsOf('/a%3Ab/ü/%C3%BC'), ['a:b', 'ü', 'ü'])
})

t.test('a path that could be meant otherwise is refused', async (t) => {
  const paths = ['rooms', '', '/a?b', '/a#b', '/a\\b', '/:', '/:a-b', '/x:id', '/*', '/*rest/more', '/:a/:a', '/%zz']
  for (const path of paths) t.throws(() => parseRoutePath('route', path), { code: 'BEAMISH_BAD_ARGUMENT' }, path)
  t.throws(() => parseRoutePath('route', undefined as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('paths that mean the same have one spelling', async (t) => {
  for (const path of ['/a/b', '/a/b/', '//a//b', '/%61/b', '/a/%62']) t.equal(canonicalPath(path), '/a/b', path)
  t.equal(canonicalPath(''), '/')
  t.equal(canonicalPath('/a%2fb'), '/a%2Fb', 'an encoded slash is no slash')
  t.equal(canonicalPath('/*'), '/%2A')
  for (const path of ['/%', '/%zz', '/%ff', '/%ed%a0%80']) t.equal(canonicalPath(path), undefined, path)
})

t.test('any path has a spelling that stays, or none', async () => {
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      const canonical = canonicalPath(path)
      if (canonical === undefined) return true
      return canonicalPath(canonical) === canonical && /^\/(?:[^/*]+(?:\/[^/*]+)*)?$/.test(canonical)
    }),
  )
})

t.test('a prefix is cut off by its segments', async (t) => {
  t.equal(withoutSegments('/api/users/1', 1), '/users/1')
  t.equal(withoutSegments('//api//users', 1), '//users')
  t.equal(withoutSegments('/api', 1), '/')
  t.equal(withoutSegments('/api/', 1), '/')
  t.equal(withoutSegments('/a/b/c%2Fd', 2), '/c%2Fd')
  t.equal(withoutSegments('/a', 0), '/a')
})

t.test('the parameters of a path are known to the compiler', async (t) => {
  const room: PathParams<'/rooms/:id/files/*path'> = { id: '1', path: 'a/b' }
  const none: PathParams<'/rooms'> = {}
  // @ts-expect-error: there is no such parameter
  const wrong: PathParams<'/rooms/:id'> = { name: '1' }
  t.ok([room, none, wrong])
})
