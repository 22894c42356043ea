import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import type { HttpRequest } from '../../src/http/message.ts'
import { Router } from '../../src/http/router.ts'
import { secureHeaders } from '../../src/http/secure-headers.ts'
import { StaticFiles, staticFiles } from '../../src/http/static-files.ts'
import type { StaticFolder } from '../../src/http/static-mounts.ts'

const request = (path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path,
  query: '',
  headers: {},
  remoteAddress: '',
  ...more,
})

const folder = t.testdir({
  secret: 'keep out',
  public: {
    'index.html': '<p>hi',
    'app.js': 'go()',
    'ä b.txt': 'text',
    '.env': 'KEY',
    '.well-known': { 'security.txt': 'contact', '.hidden': 'KEY' },
    sub: { 'index.html': '<p>sub', '.well-known': { 'security.txt': 'contact' } },
  },
})
mkdirSync(`${folder}/public/links`)
symlinkSync(`${folder}/secret`, `${folder}/public/links/out`)
symlinkSync(`${folder}/public/app.js`, `${folder}/public/links/in.js`)
writeFileSync(`${folder}/public-secret`, 'keep out')

const files = new StaticFiles('static', { '/': `${folder}/public`, '/deep': `${folder}/public/sub` })
const bodyOf = async (path: string) => {
  const reply = await files.reply(request(path))
  return reply?.body === undefined ? undefined : String(Buffer.from(reply.body as Uint8Array))
}

t.test('files are served with their type, folders by their index, the longest prefix first', async (t) => {
  t.equal(await bodyOf('/app.js'), 'go()')
  t.equal(await bodyOf('/'), '<p>hi')
  t.equal(await bodyOf('/sub/'), '<p>sub')
  t.equal(await bodyOf('/deep/index.html'), '<p>sub')
  t.equal(await bodyOf('/%C3%A4%20b.txt'), 'text')
  t.equal(await bodyOf('/links/in.js'), 'go()')
  const reply = await files.reply(request('/'))
  t.match(reply?.headers, { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' })
  t.match((await files.reply(request('/app.js')))?.headers, { 'content-type': 'text/javascript; charset=utf-8' })
})

t.test('nothing else is to be had, however it is asked for', async (t) => {
  const paths = [
    '/nothing',
    '/sub',
    '/../secret',
    '/..%2fsecret',
    '/%2e%2e/secret',
    '/sub/../../secret',
    '/..\\secret',
    '/..%5csecret',
    '/.env',
    '/%2eenv',
    '/app.js%00.html',
    '//app.js',
    '/%zz',
    '/links/out',
    '/../public-secret',
    '/C:/Windows/win.ini',
    '',
  ]
  for (const path of paths) t.equal(await files.reply(request(path)), undefined, path)
  t.equal(await files.reply(request('/app.js', { method: 'POST' })), undefined)
})

t.test('what is well known may be found, and only at the top', async (t) => {
  t.equal(await bodyOf('/.well-known/security.txt'), 'contact')
  t.equal(await bodyOf('/sub/.well-known/security.txt'), undefined)
  t.equal(await bodyOf('/.well-known/.hidden'), undefined)
})

t.test('whatever a path is made of, it leads to a file of the folder or to none', async () => {
  const step = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '',
    'sub',
    'app.js',
    '%2f',
    '/',
    '\\',
    '%5c',
    '%00',
    '.env',
    'links',
    'out',
    '…',
  )
  const inside = ['<p>hi', 'go()', 'text', '<p>sub', 'contact']
  await fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      const body = await bodyOf(`/${steps.join('/')}`)
      return body === undefined || inside.includes(body)
    }),
  )
})

t.test('what the browser has already is not sent again, and HEAD sends no body', async (t) => {
  const first = await files.reply(request('/app.js'))
  const etag = first?.headers['etag'] ?? ''
  const again = await files.reply(request('/app.js', { headers: { 'if-none-match': `"x", ${etag}` } }))
  t.same([again?.status, again?.body, again?.contentLength], [304, undefined, undefined])
  t.match(again?.headers, { etag, 'cache-control': 'no-cache' })
  const since = first?.headers['last-modified'] ?? ''
  t.equal((await files.reply(request('/app.js', { headers: { 'if-modified-since': since } })))?.status, 304)
  t.match(await files.reply(request('/app.js', { method: 'HEAD' })), { status: 200, body: undefined, contentLength: 4 })
})

t.test('a tag is strong once the file has settled, and another for other bytes', async (t) => {
  const path = `${folder}/public/tagged.txt`
  writeFileSync(path, 'one')
  const tagAt = async (nowMs: number) => {
    const files = new StaticFiles('static', { '/': `${folder}/public` }, () => nowMs)
    return (await files.reply(request('/tagged.txt')))?.headers['etag'] ?? ''
  }
  utimesSync(path, 1000, 1000)
  t.match(await tagAt(1_000_900), /^W\/"/, 'it may be changed again within the same moment')
  t.match(await tagAt(900_000), /^W\/"/, 'a time to come says nothing')
  const settled = await tagAt(1_001_001)
  t.match(settled, /^"/)
  t.equal(await tagAt(1_000_900), `W/${settled}`)
  utimesSync(path, 1000, 1000.001)
  t.not(await tagAt(1_001_100), settled)
})

/** A folder with these files, of long ago, and what a request to it is answered. */
function serving(contents: Record<string, string | Buffer>, options: Partial<StaticFolder> = {}) {
  folders += 1
  const own = `${folder}/own-${folders}`
  mkdirSync(own)
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(`${own}/${name}`, content)
    utimesSync(`${own}/${name}`, 1000, 1000)
  }
  const files = new StaticFiles('static', { '/': { folder: own, ...options } })
  return async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const reply = await files.reply(request(path, { headers, method }))
    const text = reply?.body === undefined ? undefined : await new Response(reply.body).text()
    return { ...reply, text }
  }
}
let folders = 0

t.test('a part of a file can be asked for', async (t) => {
  const get = serving({ 'a.txt': '0123456789' })
  const { headers } = await get('/a.txt')
  t.match(headers, { 'accept-ranges': 'bytes' })
  t.match(await get('/a.txt', { range: 'bytes=2-4' }), {
    status: 206,
    text: '234',
    contentLength: 3,
    headers: { 'content-range': 'bytes 2-4/10', 'content-type': 'text/plain; charset=utf-8' },
  })
  t.match(await get('/a.txt', { range: 'bytes=-2' }), { status: 206, text: '89' })
  const beyond = await get('/a.txt', { range: 'bytes=10-' })
  t.match(beyond, { status: 416, text: undefined, headers: { 'content-range': 'bytes */10' } })
  t.equal(beyond.headers?.['content-type'], undefined)
  t.match(await get('/a.txt', { range: 'bytes=0-1,4-5' }), { status: 200, text: '0123456789' })
  t.match(await get('/a.txt', { range: 'bytes=2-4' }, 'HEAD'), { status: 200, contentLength: 10 })
})

t.test('a part is only sent of the file that the client has begun', async (t) => {
  const get = serving({ 'a.txt': '0123456789' })
  const { headers } = await get('/a.txt')
  const range = 'bytes=8-'
  const parts = [headers?.['etag'] ?? '', headers?.['last-modified'] ?? '']
  for (const condition of parts)
    t.match(await get('/a.txt', { range, 'if-range': condition }), { status: 206, text: '89' })
  for (const condition of ['"other"', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
    t.match(await get('/a.txt', { range, 'if-range': condition }), { status: 200, text: '0123456789' })
  }
  const tag = headers?.['etag'] ?? ''
  t.match(await get('/a.txt', { range, 'if-none-match': tag }), { status: 304 }, 'it has all of it')
})

t.test('a compressed file is sent to those who take it, with the type of the plain one', async (t) => {
  const contents = {
    'a.js': 'plain',
    'a.js.gz': 'gzipped',
    'a.js.br': 'brotli',
    'b.js': 'b',
    'c.png': 'c',
    'c.png.gz': 'no',
  }
  const get = serving(contents)
  const accept = (coding: string) => ({ 'accept-encoding': coding })
  const type = 'text/javascript; charset=utf-8'
  const brotli = await get('/a.js', accept('gzip, br'))
  t.match(brotli, {
    text: 'brotli',
    headers: { 'content-encoding': 'br', 'content-type': type, vary: 'accept-encoding' },
  })
  const gzip = await get('/a.js', accept('gzip'))
  t.match(gzip, { text: 'gzipped', contentLength: 7, headers: { 'content-encoding': 'gzip' } })
  const plain = await get('/a.js')
  t.match(plain, { text: 'plain', headers: { vary: 'accept-encoding' } })
  t.equal(plain.headers?.['content-encoding'], undefined)
  t.equal(new Set([brotli, gzip, plain].map(({ headers }) => headers?.['etag'])).size, 3, 'other bytes, other tags')
  t.match(await get('/b.js', accept('br')), { text: 'b' })
  t.match(await get('/a.js', { ...accept('gzip'), range: 'bytes=0-3' }), { status: 206, text: 'gzip' })
  t.match(await get('/a.js.gz'), { text: 'gzipped', headers: { 'content-type': 'application/gzip' } })
  const image = await get('/c.png', accept('gzip'))
  t.match(image, { text: 'c' })
  t.equal(image.headers?.['vary'], undefined)
  t.match(await serving(contents, { precompressed: false })('/a.js', accept('br')), { text: 'plain' })
})

t.test('a compressed file alone, or one that leads out, is nothing', async (t) => {
  const get = serving({ 'a.js.br': 'brotli', 'b.js': 'b' })
  symlinkSync(`${folder}/secret`, `${folder}/own-${folders}/b.js.br`)
  t.equal((await get('/a.js', { 'accept-encoding': 'br' })).status, undefined)
  t.equal((await get('/b.js', { 'accept-encoding': 'br' })).text, 'b')
})

t.test('how long a file may be used without asking is for the mount to say', async (t) => {
  const digested = `app-${'0123456789abcdef'.repeat(2)}.js`
  const contents = { 'app.js': '', [digested]: '', 'app-2024010112.js': '', 'main.D1b2.js': '' }
  const cacheOf = async (path: string, options?: Partial<StaticFolder>) =>
    (await serving(contents, options)(path)).headers?.['cache-control']
  t.equal(await cacheOf('/app.js'), 'no-cache')
  t.equal(await cacheOf('/app.js', { maxAgeSeconds: 60 }), 'public, max-age=60')
  t.equal(await cacheOf(`/${digested}`), 'public, max-age=31536000, immutable')
  t.equal(await cacheOf('/app-2024010112.js'), 'no-cache', 'a date is no digest')
  t.equal(await cacheOf(`/${digested}`, { immutable: false }), 'no-cache')
  const immutable = /\.\w{4}\.js$/g
  for (const _ of [1, 2]) t.match(await cacheOf('/main.D1b2.js', { immutable }), /immutable/)
  t.equal(await cacheOf(`/${digested}`, { immutable }), 'no-cache')
})

t.test('a mount may have another index, only some names, and headers of its own', async (t) => {
  const contents = { 'home.html': 'home', 'index.html': 'index', 'a.txt': 'a' }
  t.equal((await serving(contents, { index: 'home.html' })('/')).text, 'home')
  t.equal((await serving(contents, { index: false })('/')).status, undefined)
  const some = serving(contents, { only: ['a.txt'] })
  t.equal((await some('/a.txt')).text, 'a')
  t.equal((await some('/%61.txt')).text, 'a')
  t.equal((await some('/')).status, undefined)
  const headers = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'private' }
  const own = serving(contents, { headers })
  const expected = { 'access-control-allow-origin': '*', 'cache-control': 'private' }
  t.match((await own('/a.txt')).headers, expected)
  t.match((await own('/a.txt', { 'if-none-match': '*' })).headers, expected)
})

t.test('a large file comes as a stream, and so does a large part of it', async (t) => {
  const large = Buffer.alloc(300 * 1024, 'ab')
  const get = serving({ 'large.bin': large })
  const whole = await get('/large.bin')
  t.ok(whole.body instanceof ReadableStream)
  t.equal(whole.contentLength, large.length)
  t.equal(whole.text, large.toString())
  const part = await get('/large.bin', { range: 'bytes=1-300000' })
  t.ok(part.body instanceof ReadableStream)
  t.equal(part.text, large.subarray(1, 300_001).toString())
  t.ok((await get('/large.bin', { range: 'bytes=-5' })).body instanceof Uint8Array)
  t.same((await get('/large.bin', {}, 'HEAD')).body, undefined)
})

t.test('an empty file is a file', async (t) => {
  const get = serving({ 'empty.txt': '' })
  t.match(await get('/empty.txt'), { status: 200, text: '', contentLength: 0 })
  t.match(await get('/empty.txt', { range: 'bytes=0-' }), { status: 416, headers: { 'content-range': 'bytes */0' } })
})

t.test('in a route files stand behind its pipelines, and what is not there is 404', async (t) => {
  const router = Router.define((route) => {
    const pipe = secureHeaders()
    route.forward('/deep', staticFiles({ '/deep': `${folder}/public/sub` }), { pipe })
  })
  const get = (path: string, init?: RequestInit) => router.handle(new Request(`http://localhost${path}`, init))
  const found = await get('/deep/')
  t.same(
    [found.status, await found.text(), found.headers.get('referrer-policy')],
    [200, '<p>sub', 'strict-origin-when-cross-origin'],
  )
  t.equal(found.headers.get('content-length'), '6')
  const head = await get('/deep/', { method: 'HEAD' })
  t.same([head.status, head.headers.get('content-length'), head.body], [200, '6', null])
  const part = await get('/deep/index.html', { headers: { range: 'bytes=1-1' } })
  t.same([part.status, await part.text()], [206, 'p'])
  const etag = found.headers.get('etag') ?? ''
  t.equal((await get('/deep/', { headers: { 'if-none-match': etag } })).status, 304)
  t.equal((await get('/deep/none')).status, 404)
  t.equal((await get('/deep/', { method: 'POST' })).status, 404)
})

t.test('a mount that is none is refused', async (t) => {
  const refused = (mounts: unknown) =>
    t.throws(() => new StaticFiles('static', mounts as never), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /^BEAMISH_BAD_ARGUMENT: static/,
    })
  const options = [
    { max_age: 1 },
    { maxAgeSeconds: -1 },
    { immutable: 'yes' },
    { precompressed: 1 },
    { index: 'a/b' },
    { only: 'a' },
    { only: ['a/b'] },
    { headers: { 'a b': 'c' } },
    { folder: '' },
    { folder: new URL('https://a.test/') },
  ]
  for (const wrong of options) refused({ '/': { folder: '.', ...wrong } })
  for (const wrong of [null, 'folder', { assets: 'assets' }, { '/assets': 7 }, { '/assets': null }, { '/': {} }])
    refused(wrong)
})
