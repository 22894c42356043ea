import t from 'tap'
import { Flash, flash } from '../../src/http/flash.ts'
import { json, redirect, text } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { session } from '../../src/http/session.ts'
import { readSession, SessionCookie } from '../../src/http/session-cookie.ts'

const secretKeyBase = 'abcdef0123456789'.repeat(8)
const options = { key: '_chat', signingSalt: 'salt' }

const router = Router.define((route) => {
  route.scope('/', { pipe: [session(options), flash()] }, (r) => {
    r.get('/save', (_request, { flash }) => {
      flash.put('info', 'saved')
      return redirect('/')
    })
    r.get('/again', () => redirect('/'))
    r.get('/now', (_request, { flash }) => {
      flash.put('error', 'at once')
      return json(flash.toObject())
    })
    r.get('/drop', (_request, { flash }) => {
      flash.clear()
      return redirect('/')
    })
    r.get('/', (_request, { flash }) => json(flash.toObject()))
    r.get('/plain', () => text(''))
  })
})

async function visit(path: string, cookie = '') {
  const response = await router.handle(new Request(`http://localhost${path}`, { headers: { cookie } }), {
    secretKeyBase,
  })
  return { body: await response.text(), cookie: response.headers.getSetCookie()[0]?.split(';')[0] }
}

t.test('a message goes with a redirect to the next page, and is gone after it', async (t) => {
  const saved = await visit('/save')
  t.same(readSession(options, saved.cookie, secretKeyBase), { phoenix_flash: { info: 'saved' } })
  const shown = await visit('/', saved.cookie)
  t.equal(shown.body, '{"info":"saved"}')
  t.equal((await visit('/', shown.cookie)).body, '{}')
})

t.test('a second redirect carries it on, unless it is cleared', async (t) => {
  const saved = await visit('/save')
  const again = await visit('/again', saved.cookie)
  t.equal((await visit('/', again.cookie)).body, '{"info":"saved"}')
  const dropped = await visit('/drop', saved.cookie)
  t.equal((await visit('/', dropped.cookie)).body, '{}')
})

t.test('a page that shows its own message keeps nothing, and one without messages makes no session', async (t) => {
  const now = await visit('/now')
  t.same(now, { body: '{"error":"at once"}', cookie: undefined })
  t.equal((await visit('/plain')).cookie, undefined)
})

t.test('a message may be any JSON value; what is none in a session of others is left out', async (t) => {
  const data = { phoenix_flash: { info: 'text', error: 7, list: [{ a: null }], big: 2n ** 80n } }
  const [cookie] = new SessionCookie(options).write(data, secretKeyBase, false, 0).split(';')
  t.equal((await visit('/', cookie)).body, '{"error":7,"info":"text","list":[{"a":null}]}')
  const [odd] = new SessionCookie(options).write({ phoenix_flash: 'text' }, secretKeyBase, false, 0).split(';')
  t.equal((await visit('/', odd)).body, '{}')
})

t.test('messages are kept by kind', async (t) => {
  const messages = new Flash([['info', 'a']])
  messages.put('info', 'b')
  messages.put('error', 'c')
  t.same([messages.get('info'), messages.get('error'), messages.get('none'), messages.size], ['b', 'c', undefined, 2])
})
