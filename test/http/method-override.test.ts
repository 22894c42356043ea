import t from 'tap'
import { csrf, HttpError, Router, type SessionOptions, session, text } from '../../src/endpoint/index.ts'
import { SECRET, visit } from '../support/visit.ts'

const router = Router.define((route) => {
  const says = (request: Request) => request.text().then((body) => text(`${request.method} ${body}`))
  route.post('/room', says)
  route.delete('/room', says)
  route.put('/only', says)
  route.post('/plain', says)
  route.forward('/api', says)
})

const send = async (
  path: string,
  body: string | URLSearchParams | FormData,
  headers: Record<string, string> = {},
  method = 'POST',
) => {
  const response = await router.handle(new Request(`http://localhost${path}`, { method, body, headers }))
  return `${response.status} ${await response.text()}`
}

t.test('LV-152 a form says what browsers cannot send', async (t) => {
  t.equal(await send('/room', new URLSearchParams('_method=delete&a=1')), '200 DELETE _method=delete&a=1')
  t.equal(await send('/room', new URLSearchParams('_method=DELETE')), '200 DELETE _method=DELETE')
  t.equal(await send('/only', new URLSearchParams('_method=put')), '200 PUT _method=put')
  const parts = new FormData()
  parts.set('_method', 'delete')
  t.match(await send('/room', parts), /^200 DELETE --/)
})

t.test('a form that says nothing of the kind is what it is', async (t) => {
  t.equal(await send('/room', new URLSearchParams('a=1')), '200 POST a=1')
  t.equal(await send('/room', new URLSearchParams('_method=put')), '200 POST _method=put', 'nobody answers that')
  t.equal(await send('/room', new URLSearchParams('_method=get')), '200 POST _method=get')
  t.equal(await send('/plain', new URLSearchParams('_method=delete')), '200 POST _method=delete')
  t.equal(await send('/api', new URLSearchParams('_method=delete')), '200 POST _method=delete', 'who forwards decides')
  t.equal(await send('/room', '_method=delete', { 'content-type': 'text/plain' }), '200 POST _method=delete')
  t.match(await send('/only', new URLSearchParams('_method=delete')), /^405 /)
  t.equal(
    await send('/room', '{"_method":"delete"}', { 'content-type': 'application/json' }),
    '200 POST {"_method":"delete"}',
  )
  t.equal(
    await send('/room', 'no parts', { 'content-type': 'multipart/form-data; boundary=x' }),
    '200 POST no parts',
    'nor is what is no form after all',
  )
})

t.test('a form that means another method needs its CSRF token as any other', async (t) => {
  const SESSION: SessionOptions = { key: '_override', signingSalt: 'salt' }
  const guarded = Router.define((route) =>
    route.scope('/', { pipe: [session(SESSION), csrf()] }, (r) =>
      r.delete('/room', (request) => {
        if (request.method !== 'DELETE') throw new HttpError(400, 'no delete')
        return text('gone')
      }),
    ),
  )
  const { cookie, token } = await visit(SESSION)
  const ask = async (fields: string) => {
    const init = { method: 'POST', headers: { cookie }, body: new URLSearchParams(fields) }
    return (await guarded.handle(new Request('http://localhost/room', init), { secretKeyBase: SECRET })).status
  }
  t.equal(await ask('_method=delete'), 403)
  t.equal(await ask(`_method=delete&_csrf_token=${token}`), 200)
})
