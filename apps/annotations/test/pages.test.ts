import t from 'tap'
import { startApp } from './world.ts'

/** A browser without scripts: it keeps its cookie and follows no redirect by itself. */
function visitor(url: string) {
  let cookie = ''
  const visit = async (path: string, fields?: Record<string, string>) => {
    const body = fields && { method: 'POST', body: new URLSearchParams(fields) }
    const response = await fetch(url + path, { headers: { cookie }, redirect: 'manual', ...body })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    return { status: response.status, to: response.headers.get('location'), page: await response.text() }
  }
  /** Sends the form of a page, with its token against forgery. */
  const submit = async (page: string, path: string, fields: Record<string, string> = {}) =>
    visit(path, { ...fields, _csrf_token: /name="_csrf_token" value="([^"]+)"/.exec(page)?.[1] ?? '' })
  return { visit, submit }
}

t.test('a name is asked for, looked at, and leads to where one wanted to go', async (t) => {
  const { visit, submit } = visitor((await startApp(t)).url)
  t.match(await visit('/videos/2'), { status: 302, to: '/sign-in' })
  const { page } = await visit('/sign-in')
  t.notMatch(page, 'user-token')
  t.match(await submit(page, '/sign-in', { name: ' ' }), { status: 422, page: 'One letter at least' })
  t.match(await submit(page, '/sign-in', { name: '<b>' }), { status: 422, page: 'value="&lt;b&gt;"' })
  t.equal((await visit('/sign-in', { name: 'Ann' })).status, 403, 'without the token against forgery')
  t.match(await submit(page, '/sign-in', { name: 'Ann' }), { status: 303, to: '/videos/2' })

  const video = await visit('/videos/2')
  t.match(video, { status: 200, page: /<meta name="user-token" content="[^"]{20,}">/ })
  t.match(video.page, 'src="/clips/pendulums.webm"')
  t.match((await visit('/')).page, /Sunrise over the hills.*Fifteen pendulums.*Rain on a pond/s)
  t.equal((await visit('/videos/99')).status, 404)

  t.match(await submit(video.page, '/sign-out'), { status: 303, to: '/sign-in' })
  t.match(await visit('/'), { status: 302, to: '/sign-in' })
})

t.test('clips are served in parts, and nothing else of the app is', async (t) => {
  const { url } = await startApp(t)
  const part = await fetch(`${url}/clips/rain.webm`, { headers: { range: 'bytes=100000-100009' } })
  t.equal(part.status, 206)
  t.match(part.headers.get('content-range'), /^bytes 100000-100009\/\d+$/)
  t.equal(part.headers.get('content-type'), 'video/webm')
  t.equal((await part.arrayBuffer()).byteLength, 10)
  for (const path of ['/clips/../tree.ts', '/clips/%2e%2e/tree.ts', '/clips/'])
    t.equal((await fetch(url + path)).status, 404)
})
