import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { HttpRequest } from '../../src/http/message.ts'
import { StaticFiles } from '../../src/http/static-files.ts'

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
    sub: { 'index.html': '<p>sub' },
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

t.test('what the browser has already is not sent again, and HEAD sends no body', async (t) => {
  const etag = String((await files.reply(request('/app.js')))?.headers?.['etag'])
  t.match(await files.reply(request('/app.js', { headers: { 'if-none-match': etag } })), {
    status: 304,
    body: undefined,
  })
  t.match(await files.reply(request('/app.js', { method: 'HEAD' })), { status: 200, body: undefined, contentLength: 4 })
})

t.test('a mount that is none is refused', async (t) => {
  t.throws(() => new StaticFiles('static', { assets: 'assets' }), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => new StaticFiles('static', { '/assets': 7 as never }), { code: 'BEAMISH_BAD_ARGUMENT' })
})
