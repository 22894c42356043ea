import { createHmac, pbkdf2Sync } from 'node:crypto'
import { parseSetCookie } from 'cookie'
import fc from 'fast-check'
import t from 'tap'
import type { Conn } from '../../src/http/conn.ts'
import { text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { session } from '../../src/http/session.ts'
import { readSession, SessionCookie, type SessionOptions } from '../../src/http/session-cookie.ts'
import type { Session } from '../../src/http/session-data.ts'
import { withRuntime } from '../../src/testing/with-runtime.ts'

const secretKeyBase = 'abcdef0123456789'.repeat(8)
const other = '0123456789abcdef'.repeat(8)
const signed: SessionOptions = { key: '_chat', signingSalt: 'signing salt' }
const encrypted: SessionOptions = { ...signed, encryptionSalt: 'encryption salt' }
const NOW_MS = 1_700_000_000_000

/** One request to a route that does something with its session, with this cookie. */
async function visit(
  options: SessionOptions,
  act: (session: Session, conn: Conn) => unknown,
  cookie?: string,
  facts: object = {},
) {
  let seen: unknown
  const router = Router.define((route) =>
    route.get(
      '/',
      (_request, conn) => {
        seen = act(conn.session, conn)
        return text('')
      },
      { pipe: session(options) },
    ),
  )
  const request = new Request('http://localhost/', { headers: cookie === undefined ? {} : { cookie } })
  const response = await router.handle(request, { secretKeyBase, ...facts })
  const [setCookie, ...more] = response.headers.getSetCookie()
  t.same(more, [])
  return { seen, response, setCookie, cookie: setCookie?.split(';')[0] }
}

const all = (session: Session) => session.toObject()

t.test('what a request puts into the session the next one finds, signed or encrypted', async (t) => {
  for (const options of [signed, encrypted]) {
    const first = await visit(options, (session) => {
      session.put('user_id', 7)
      session.put('roles', ['admin', { name: 'ä' }])
    })
    const { seen } = await visit(options, all, `a=b; ${first.cookie}; c=d`)
    t.same(seen, { user_id: 7, roles: ['admin', { name: 'ä' }] })
  }
})

t.test('a signed session can be read by anybody, an encrypted one not', async (t) => {
  const put = (session: Session) => session.put('name', 'Ada Lovelace')
  const textOf = (cookie = '') =>
    cookie
      .split(/[.=]/)
      .map((part) => Buffer.from(part, 'base64url').toString())
      .join('')
  t.match(textOf((await visit(signed, put)).cookie), 'Ada Lovelace')
  t.notMatch(textOf((await visit(encrypted, put)).cookie), 'Ada Lovelace')
})

t.test('a signed cookie has the bytes that Plug writes', async (t) => {
  // %{"user_id" => 7}: a map of one pair, a binary of 7 bytes, a small integer.
  const term = Buffer.concat([Buffer.from('8374000000016d00000007', 'hex'), Buffer.from('user_id'), Buffer.of(97, 7)])
  const body = `${Buffer.from('HS256').toString('base64url')}.${term.toString('base64url')}`
  const key = pbkdf2Sync(secretKeyBase, 'signing salt', 1000, 32, 'sha256')
  const cookie = `_chat=${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
  t.same(readSession(signed, cookie, secretKeyBase), { user_id: 7 })
  t.equal((await visit(signed, (session) => session.put('user_id', 7))).cookie, cookie)
})

t.test('the cookie is sent when something changed, and only then', async (t) => {
  const { cookie } = await visit(signed, (session) => session.put('a', 1))
  const changes: [string, (session: Session) => void, boolean][] = [
    ['nothing', () => {}, false],
    ['reading', (session) => session.get('a'), false],
    ['the same value', (session) => session.put('a', 1), false],
    ['deleting what is not there', (session) => session.delete('b'), false],
    ['another value', (session) => session.put('a', 2), true],
    ['an object, which may have changed inside', (session) => session.put('b', {}), true],
    ['deleting', (session) => session.delete('a'), true],
    ['undefined', (session) => session.put('a', undefined), true],
    ['renewing', (session) => session.renew(), true],
  ]
  for (const [what, change, isSent] of changes) {
    t.equal((await visit(signed, change, cookie)).setCookie !== undefined, isSent, what)
  }
})

t.test('an empty session takes the cookie away, and needs none', async (t) => {
  const { cookie } = await visit(signed, (session) => session.put('a', 1))
  const cleared = await visit({ ...signed, domain: 'a.test' }, (session) => session.clear(), cookie)
  t.match(parseSetCookie(cleared.setCookie ?? ''), { name: '_chat', value: '', maxAge: 0, path: '/', domain: 'a.test' })
  t.equal((await visit(signed, (session) => session.clear())).setCookie, undefined)
})

t.test('the cookie has the attributes that it should', async (t) => {
  const put = (session: Session) => session.put('a', 1)
  const attributesOf = async (options: SessionOptions, facts?: object) => {
    const {
      name: _n,
      value: _v,
      ...attributes
    } = parseSetCookie((await visit(options, put, undefined, facts)).setCookie ?? '')
    return attributes
  }
  t.same(await attributesOf(signed), { path: '/', sameSite: 'lax', httpOnly: true })
  t.same(await attributesOf(signed, { isSecure: true }), { path: '/', sameSite: 'lax', httpOnly: true, secure: true })
  const all = { maxAgeSeconds: 60, sameSite: 'none', secure: true, path: '/app', domain: 'a.test' } as const
  const { maxAgeSeconds: maxAge, ...others } = all
  t.same(await attributesOf({ ...signed, ...all }), { ...others, maxAge, httpOnly: true })
})

t.test('a response of a session is not for shared caches, unless the handler says so', async (t) => {
  const { response } = await visit(signed, () => {})
  t.equal(response.headers.get('cache-control'), 'max-age=0, private, must-revalidate')
  const router = Router.define((route) =>
    route.get('/', () => new Response('', { headers: { 'cache-control': 'public' } }), { pipe: session(signed) }),
  )
  const own = await router.handle(new Request('http://localhost/'), { secretKeyBase })
  t.equal(own.headers.get('cache-control'), 'public')
})

t.test('a cookie that was altered, or is of others, is no session', async (t) => {
  for (const options of [signed, encrypted]) {
    const cookie = (await visit(options, (session) => session.put('admin', false))).cookie ?? ''
    const middle = Math.floor(cookie.length / 2)
    const altered = cookie.slice(0, middle) + (cookie[middle] === 'A' ? 'B' : 'A') + cookie.slice(middle + 1)
    for (const bad of [altered, `${cookie}x`, cookie.slice(0, -1), '_chat=', '_chat', '_chat=a.b.c', `x${cookie}`]) {
      const { seen, response } = await visit(options, all, bad)
      t.same(seen, {}, bad)
      t.equal(response.status, 200)
    }
    t.same((await visit(options, all, cookie, { secretKeyBase: other })).seen, {})
    t.same((await visit({ ...options, signingSalt: 's', encryptionSalt: 'e' }, all, cookie)).seen, {})
  }
})

t.test('any cookie header is read without an error', async () => {
  const headers = fc.oneof(
    fc.string(),
    fc.string().map((value) => `_chat=${value}`),
    fc.base64String().map((v) => `_chat=${v}`),
  )
  fc.assert(
    fc.property(headers, fc.constantFrom(signed, encrypted), (header, options) => {
      return readSession(options, header, secretKeyBase) === undefined
    }),
  )
})

t.test('whatever can be kept comes back', async () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noInteger: true, noDefaultInfinity: true }),
  )
  const key = fc.string().filter((key) => key !== '__proto__')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 4 }), fc.constantFrom(signed, encrypted), (data, options) => {
      const header = new SessionCookie(options).write(data, secretKeyBase, false, NOW_MS)
      const back = readSession(options, header.split(';')[0], secretKeyBase)
      return JSON.stringify(sorted(back)) === JSON.stringify(sorted(data))
    }),
  )
})

/** Members in one order: a map has none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

t.test('a new secret goes in front of the list, and the old one still reads', async (t) => {
  const { cookie } = await visit(encrypted, (session) => session.put('a', 1))
  const rotated = { secretKeyBase: [other, secretKeyBase] }
  t.same((await visit(encrypted, all, cookie, rotated)).seen, { a: 1 })
  const again = await visit(encrypted, (session) => session.put('b', 2), cookie, rotated)
  t.same((await visit(encrypted, all, again.cookie, { secretKeyBase: other })).seen, { a: 1, b: 2 })
})

t.test('a session ends when it is too old, whatever the browser thinks', async (t) => {
  const options = { ...signed, maxAgeSeconds: 60 }
  const [cookie] = new SessionCookie(options).write({ a: 1 }, secretKeyBase, false, NOW_MS).split(';')
  t.same(readSession(options, cookie, secretKeyBase, NOW_MS + 60_000), { a: 1 })
  t.equal(readSession(options, cookie, secretKeyBase, NOW_MS + 61_001), undefined)
  t.same(readSession(signed, cookie, secretKeyBase, NOW_MS + 61_001), { a: 1 }, 'without an age it has none')
  const [ageless] = new SessionCookie(signed).write({ a: 1 }, secretKeyBase, false, NOW_MS).split(';')
  t.same(readSession(options, ageless, secretKeyBase, NOW_MS), { a: 1 }, 'a cookie of Plug says no time')
  const old = `_chat=${new SessionCookie(options).write({ a: 1 }, secretKeyBase, false, 0).split(/[=;]/)[1]}`
  t.same((await visit(options, all, old)).seen, {})
})

t.test('a session that no browser would keep is an error that says so', async (t) => {
  await withRuntime(async ({ reports }) => {
    const { response, setCookie } = await visit(signed, (session) => session.put('text', 'x'.repeat(4000)))
    t.same([response.status, setCookie], [500, undefined])
    t.match(reports, [{ reason: { error: { code: 'BEAMISH_SESSION_TOO_LARGE', message: /5\d\d\d bytes/ } } }])
    t.equal((await visit(signed, (session) => session.put('text', 'x'.repeat(2800)))).response.status, 200)
  })
})

t.test('a value that no cookie can hold, and a secret that is none, are errors', async (t) => {
  await withRuntime(async ({ reports }) => {
    t.equal((await visit(signed, (session) => session.put('f', () => {}))).response.status, 500)
    t.equal((await visit(signed, () => {}, undefined, { secretKeyBase: undefined })).response.status, 500)
    t.equal((await visit(signed, () => {}, undefined, { secretKeyBase: 'short'.repeat(5) })).response.status, 500)
    t.match(
      reports.map((report) => ('reason' in report ? report.reason : undefined)),
      [
        { error: { code: 'BEAMISH_BAD_ARGUMENT', message: /session/ } },
        { error: { code: 'BEAMISH_NO_SECRET_KEY_BASE' } },
        { error: { code: 'BEAMISH_BAD_ARGUMENT', message: /64 random bytes/ } },
      ],
    )
  })
})

t.test('a change after the response was made is an error, not a loss', async (t) => {
  let late: Session | undefined
  await visit(signed, (session) => {
    late = session
  })
  for (const change of ['put', 'clear', 'renew'] as const) {
    t.throws(() => late?.[change]('a', 1), { code: 'BEAMISH_SESSION_SENT' })
  }
  t.equal(late?.get('a'), undefined)
})

t.test('options of the wrong kind are refused at once', async (t) => {
  const wrong = [
    null,
    {},
    { key: '_chat' },
    { ...signed, key: 'a b' },
    { ...signed, signingSalt: '' },
    { ...signed, encryptionSalt: 7 },
    { ...signed, store: 'redis' },
    { ...signed, max_age: 60 },
    { ...signed, maxAgeSeconds: 0.5 },
    { ...signed, sameSite: 'Lax' },
    { ...signed, sameSite: 'none' },
    { ...signed, secure: 'yes' },
    { ...signed, path: 'app' },
    { ...signed, path: '/a;b' },
    { ...signed, domain: 'a b' },
    { ...signed, csrfTokenKey: '' },
    { ...signed, keyIterations: 0 },
    { ...encrypted, keyLength: 64 },
  ]
  for (const options of wrong) {
    t.throws(() => session(options as never), { code: 'BEAMISH_BAD_ARGUMENT' }, JSON.stringify(options))
    t.throws(() => readSession(options as never, '', secretKeyBase), { code: 'BEAMISH_BAD_ARGUMENT' })
  }
})
