import fc from 'fast-check'
import t from 'tap'
import { html, json, redirect, text } from '../../src/http/respond.ts'

const locationOf = (response: Response) => [response.status, response.headers.get('location')]

t.test('answers have their type, unless they have another', async (t) => {
  t.equal(html('<p>').headers.get('content-type'), 'text/html; charset=utf-8')
  t.equal(text('a').headers.get('content-type'), 'text/plain; charset=utf-8')
  const made = json({ a: 1 }, { status: 201, headers: { 'X-A': 'b' } })
  t.same([made.status, made.headers.get('x-a'), await made.json()], [201, 'b', { a: 1 }])
  t.equal(json(null).headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(
    json({}, { headers: { 'Content-Type': 'application/ld+json' } }).headers.get('content-type'),
    'application/ld+json',
  )
  for (const wrong of [undefined, () => {}]) t.throws(() => json(wrong), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => html({} as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('a redirect goes to a path of this site', async (t) => {
  t.same(locationOf(redirect('/rooms?a=b#c')), [302, '/rooms?a=b#c'])
  t.same(locationOf(redirect('/grün/ä b', 303)), [303, '/gr%C3%BCn/%C3%A4%20b'])
  t.same(locationOf(redirect('/a/../b')), [302, '/b'])
  const elsewhere = [
    '//evil.test',
    '/\\evil.test',
    '/\t/evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    '\\/evil.test',
  ]
  for (const path of [...elsewhere, '', 'rooms', 'https://evil.test', 'javascript:alert(1)', ' /rooms']) {
    t.throws(() => redirect(path), { code: 'BEAMISH_BAD_ARGUMENT' }, path)
  }
})

t.test('no path leads a browser to another site', async () => {
  const trickster = fc.string({
    unit: fc.constantFrom('/', '\\', '.', ':', '@', '\t', '\n', ' ', 'a', '%2f', '?', '#', 'ü'),
  })
  fc.assert(
    fc.property(fc.oneof(trickster, fc.string(), fc.webPath()), fc.constantFrom('', '/'), (path, start) => {
      let location: string | null
      try {
        location = redirect(start + path).headers.get('location')
      } catch {
        return true
      }
      return new URL(location ?? '//', 'https://site.test/deep/page').origin === 'https://site.test'
    }),
    { numRuns: 2000 },
  )
})

t.test('a redirect elsewhere says so, and goes to the web only', async (t) => {
  t.same(locationOf(redirect({ external: 'https://example.com/a b' }, 301)), [301, 'https://example.com/a%20b'])
  t.same(locationOf(redirect({ external: new URL('http://example.com') })), [302, 'http://example.com/'])
  for (const external of ['javascript:alert(1)', 'data:text/html,x', '/rooms', '//host', undefined]) {
    t.throws(() => redirect({ external: external as string }), { code: 'BEAMISH_BAD_ARGUMENT' }, String(external))
  }
  t.throws(() => redirect(undefined as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  for (const status of [200, 300, 304]) t.throws(() => redirect('/', status), { code: 'BEAMISH_BAD_ARGUMENT' })
})
