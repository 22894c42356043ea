import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { StaticManifest } from '../../src/http/static-manifest.ts'

const NAMES = { 'app.js': 'app-0123456789abcdef0123456789abcdef.js', 'css/app.css': 'css/app-fedc.css' }

t.test('a file is found by its name and by its digested one, wherever it is served', async (t) => {
  const manifest = new StaticManifest('test', NAMES)
  for (const address of [
    '/assets/app.js',
    'http://localhost/app.js?vsn=d',
    `/assets/${NAMES['app.js']}`,
    `/${NAMES['app.js']}?vsn=d`,
    '/css/app-fedc.css',
  ])
    t.ok(manifest.isCurrent(address), address)
  for (const address of ['/assets/app-old.js', '/css/other.css', '', '/app.js.map'])
    t.notOk(manifest.isCurrent(address), address)
})

t.test('a path is digested, and one that is not known stays', async (t) => {
  const manifest = new StaticManifest('test', NAMES)
  t.equal(manifest.digested('/app.js'), `/${NAMES['app.js']}?vsn=d`)
  t.equal(manifest.digested('css/app.css'), 'css/app-fedc.css?vsn=d')
  t.equal(manifest.digested('/other.js'), '/other.js')
})

t.test('it is read from a file, as phx.digest writes it or bare', async (t) => {
  const folder = t.testdir()
  for (const [name, content] of Object.entries({ 'a.json': { latest: NAMES, digests: {} }, 'b.json': NAMES })) {
    const file = join(folder, name)
    await writeFile(file, JSON.stringify(content))
    t.ok(new StaticManifest('test', file).isCurrent('/app.js'))
    t.ok(new StaticManifest('test', pathToFileURL(file)).isCurrent('/app.js'))
  }
})

t.test('what is none says so', async (t) => {
  const folder = t.testdir({ 'bad.json': '{"latest": [1]}', 'no.json': 'x' })
  const wrong: (readonly [unknown, RegExp])[] = [
    ['', /a JSON file \(a path or a file URL\), or an object of names/],
    [7, /a JSON file/],
    [{ 'app.js': 7 }, /a JSON file/],
    [new URL('http://localhost/'), /a JSON file/],
    [join(folder, 'none.json'), /a file that can be read as JSON \(.*ENOENT/],
    [join(folder, 'no.json'), /a file that can be read as JSON/],
    [join(folder, 'bad.json'), /an object of names, or one under `latest`/],
  ]
  for (const [option, message] of wrong)
    t.throws(() => new StaticManifest('test', option as never), { code: 'BEAMISH_BAD_ARGUMENT', message })
})
