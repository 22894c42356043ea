import t from 'tap'
import { type CsrfOptions, csrf } from '../../src/http/csrf.ts'
import { isValidCsrfToken, makeCsrfToken, maskCsrfToken } from '../../src/http/csrf-token.ts'
import { HttpError } from '../../src/http/errors.ts'
import { text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { session } from '../../src/http/session.ts'
import { readSession, type SessionOptions } from '../../src/http/session-cookie.ts'

const secretKeyBase = 'abcdef0123456789'.repeat(8)
const SESSION: SessionOptions = { key: '_chat', signingSalt: 'salt' }

const site = (options?: CsrfOptions, sessionOptions: SessionOptions = SESSION) =>
  Router.define((route) => {
    route.scope('/', { pipe: [session(sessionOptions), csrf(options)] }, (r) => {
      r.get('/plain', () => text('plain'))
      r.get('/form', (_request, conn) => text(conn.csrfToken))
      r.get('/renew', (_request, { session }) => {
        session.renew()
        session.put('user', 1)
        return text('')
      })
      r.get('/script', () => text('secret()', { headers: { 'content-type': 'text/javascript' } }))
      r.any('/change', async (request) => {
        const isForm = request.headers.get('content-type')?.includes('form') ?? false
        return text(`changed ${isForm ? (await request.formData()).get('name') : await request.text()}`)
      })
    })
  })

type Site = ReturnType<typeof site>

async function send(router: Site, path: string, init: RequestInit & { cookie?: string } = {}) {
  const headers = new Headers(init.headers)
  if (init.cookie !== undefined) headers.set('cookie', init.cookie)
  const response = await router.handle(new Request(`http://site.test${path}`, { ...init, headers }), { secretKeyBase })
  return {
    status: response.status,
    body: await response.text(),
    cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '',
  }
}

/** A page that was shown: its token, and the cookie that came with it. */
async function open(router: Site) {
  const { body: token, cookie } = await send(router, '/form')
  return { token, cookie }
}

t.test('a change needs the token of the session, as a field or as a header', async (t) => {
  const router = site()
  const { token, cookie } = await open(router)
  const fields = new URLSearchParams({ name: 'Ada', _csrf_token: token })
  t.match(await send(router, '/change', { method: 'POST', body: fields, cookie }), { status: 200, body: 'changed Ada' })
  const form = new FormData()
  form.set('name', 'Bob')
  form.set('file', new Blob(['content']), 'a.txt')
  form.set('_csrf_token', token)
  t.match(await send(router, '/change', { method: 'PUT', body: form, cookie }), { status: 200, body: 'changed Bob' })
  const headers = { 'x-csrf-token': token }
  t.match(await send(router, '/change', { method: 'DELETE', headers, cookie }), { status: 200, body: 'changed ' })
  const json = await send(router, '/change', { method: 'PATCH', headers, body: '{"a":1}', cookie })
  t.match(json, { status: 200, body: 'changed {"a":1}' })
})

t.test('without it the answer is 403, and says what to do', async (t) => {
  const router = site()
  const { token, cookie } = await open(router)
  const stranger = await open(router)
  const post = (more: RequestInit & { cookie?: string }) => send(router, '/change', { method: 'POST', ...more })
  const attempts = [
    { cookie },
    { cookie, body: new URLSearchParams({ name: 'x' }) },
    { cookie, headers: { 'x-csrf-token': stranger.token } },
    { cookie, headers: { 'x-csrf-token': '' } },
    { headers: { 'x-csrf-token': token } },
    { cookie: stranger.cookie, headers: { 'x-csrf-token': token } },
    { cookie, body: JSON.stringify({ _csrf_token: token }), headers: { 'content-type': 'application/json' } },
    { cookie, body: 'no form', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
  ]
  for (const attempt of attempts) {
    const { status, body } = await post(attempt)
    t.equal(status, 403)
    t.match(body, /_csrf_token of its form or as the header x-csrf-token/)
  }
  const inUrl = await send(router, `/change?_csrf_token=${token}`, { method: 'POST', cookie })
  t.equal(inUrl.status, 403, 'a token in the URL would end up in logs')
})

t.test('a body that the server does not take is answered as the server says', async (t) => {
  const router = site()
  const { cookie } = await open(router)
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const body = new ReadableStream({ pull: (controller) => controller.error(new HttpError(413, 'too long')) })
    const init = { method: 'POST', cookie, body, duplex: 'half', headers: { 'content-type': type } } as const
    t.match(await send(router, '/change', init), { status: 413, body: 'too long' })
  }
})

t.test('what changes nothing needs no token, and makes no session', async (t) => {
  const router = site()
  for (const method of ['GET', 'HEAD', 'OPTIONS']) t.equal((await send(router, '/change', { method })).status, 200)
  t.equal((await send(router, '/plain')).cookie, '')
})

t.test('each token is another, and all of a session are valid until it is renewed', async (t) => {
  const router = site()
  const first = await open(router)
  const second = await send(router, '/form', { cookie: first.cookie })
  t.not(second.body, first.token)
  t.equal(second.cookie, '', 'the session has its token already')
  const post = (cookie: string, token: string) =>
    send(router, '/change', { method: 'POST', cookie, headers: { 'x-csrf-token': token } })
  for (const token of [first.token, second.body]) t.equal((await post(first.cookie, token)).status, 200)
  const renewed = await send(router, '/renew', { cookie: first.cookie })
  t.equal((await post(renewed.cookie, first.token)).status, 403)
})

t.test('with checkOrigin the page must belong to this site, or to one that is listed', async (t) => {
  const outcome = async (options: CsrfOptions, origin: string | undefined) => {
    const router = site(options)
    const { token, cookie } = await open(router)
    const headers = { 'x-csrf-token': token, ...(origin !== undefined && { origin }) }
    return (await send(router, '/change', { method: 'POST', cookie, headers })).status
  }
  t.equal(await outcome({}, 'https://evil.test'), 200)
  t.equal(await outcome({ checkOrigin: true }, undefined), 200)
  t.equal(await outcome({ checkOrigin: true }, 'http://site.test'), 200)
  for (const origin of ['https://evil.test', 'http://site.test:81', 'null', '']) {
    t.equal(await outcome({ checkOrigin: true }, origin), 403, origin)
  }
  t.equal(await outcome({ checkOrigin: ['https://admin.test'] }, 'https://admin.test'), 200)
  t.equal(await outcome({ checkOrigin: ['https://admin.test'] }, 'http://admin.test'), 403)
})

t.test('a script for one client is not for pages that embed it', async (t) => {
  const router = site()
  const embedded = await send(router, '/script')
  t.equal(embedded.status, 403)
  t.notMatch(embedded.body, /secret\(\)/)
  const asked = await send(router, '/script', { headers: { 'x-requested-with': 'XMLHttpRequest' } })
  t.match(asked, { status: 200, body: 'secret()' })
})

t.test('CH-017 a token matches its session, and no other; a custom token key is honoured', async (t) => {
  const options = { ...SESSION, csrfTokenKey: 'own_key' }
  const { token, cookie } = await open(site({}, options))
  const data = readSession(options, cookie, secretKeyBase)
  t.ok(isValidCsrfToken(data, token, 'own_key'))
  t.notOk(isValidCsrfToken(data, token), 'it is not under the usual key')
  t.notOk(isValidCsrfToken({ own_key: makeCsrfToken() }, token, 'own_key'))
  for (const wrong of [undefined, null, 7, '', 'x', token.slice(1), `${token}x`, [token]]) {
    t.notOk(isValidCsrfToken(data, wrong, 'own_key'))
  }
  for (const session of [undefined, {}, { own_key: 7 }, { own_key: 'short' }, { own_key: null }]) {
    t.notOk(isValidCsrfToken(session, token, 'own_key'))
  }
})

t.test("a token has Plug's form: the session's, masked, and the mask", async (t) => {
  // base64url(token XOR mask) and the mask, where all 24 characters of each count as bytes.
  const kept = 'AAAAAAAAAAAAAAAAAAAAAAAA'
  const mask = 'BBBBBBBBBBBBBBBBBBBBBBBB'
  const made = `${Buffer.alloc(24, 0x41 ^ 0x42).toString('base64url')}${mask}`
  t.equal(made, `AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD${mask}`)
  t.ok(isValidCsrfToken({ _csrf_token: kept }, made))
  t.match(maskCsrfToken(kept), /^[\w-]{56}$/)
  t.ok(isValidCsrfToken({ _csrf_token: kept }, maskCsrfToken(kept)))
  t.notOk(isValidCsrfToken({ _csrf_token: kept.replace('A', 'B') }, made))
})

t.test('options of the wrong kind are refused', async (t) => {
  for (const options of [{ origin: true }, { checkOrigin: 'https://a.test' }, { checkOrigin: ['a.test'] }]) {
    t.throws(() => csrf(options as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }
})
