import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/core/clock.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { html, json } from '../../src/http/respond.ts'
import { Router } from '../../src/http/router.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { ADAPTERS, type AdapterName } from '../support/adapters.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { freePort } from '../support/free-port.ts'
import { RawClient } from '../support/raw-client.ts'

const PAGE = '<!doctype html><html><head><title>one</title></head><body><p>hello</p></body></html>'
const SCRIPT =
  /<p>hello<\/p><script async src="\/beamish\/live_reload\.js" data-boot="[\w-]+" data-socket="[^"]+"><\/script><\/body>/

const router = Router.define((route) => {
  route.get('/page', () => html(PAGE))
  route.get('/piece', () => html('<p>a piece of a page</p>'))
  route.get('/data', () => json({ page: PAGE }))
  route.get('/tagged', (request) =>
    request.headers.get('if-none-match') === '"1"'
      ? new Response(null, { status: 304 })
      : html(PAGE, { headers: { etag: '"1"', 'cache-control': 'max-age=60' } }),
  )
})

/** A folder that goes when the test ends. */
async function folderOf(t: Test, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'beamish-live-reload-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

/** Runs a test on each of the two servers, by the clock of the machine: it is about files. */
function onBoth(t: Test, body: (t: Test, adapter: AdapterName) => Promise<void>): void {
  for (const adapter of ADAPTERS) {
    t.test(`with ${adapter}`, (t) => withRuntime(() => body(t, adapter), { clock: systemClock }))
  }
  t.end()
}

async function serve(options: EndpointOptions) {
  const { port } = await startEndpoint({ router, ...options })
  return { port, get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init) }
}

t.test('without the option there is no script, no socket, and documents are as they were made', (t) =>
  onBoth(t, async (t, adapter) => {
    const { get } = await serve({ adapter })
    const page = await get('/page')
    t.equal(await page.text(), PAGE)
    t.equal((await get('/beamish/live_reload.js')).status, 404)
    t.equal((await get('/beamish/live_reload/websocket')).status, 404)
  }),
)

t.test('with it documents get a script, and nothing else does', (t) =>
  onBoth(t, async (t, adapter) => {
    const folder = await folderOf(t, { 'index.html': PAGE, 'app.js': `'${PAGE}'`, 'packed.html': PAGE })
    await writeFile(join(folder, 'packed.html.gz'), 'not looked at')
    const { get } = await serve({ adapter, liveReload: true, static: { '/files': folder } })
    for (const path of ['/page', '/files/', '/files/packed.html', '/nothing']) {
      const response = await get(path, { headers: { accept: 'text/html' } })
      const text = await response.text()
      t.match(text, path === '/nothing' ? /live_reload\.js/ : SCRIPT, path)
      t.equal(response.headers.get('content-length'), String(Buffer.byteLength(text)), `${path} has its length`)
      t.equal(response.headers.get('cache-control'), 'no-store')
    }
    t.equal(await (await get('/piece')).text(), '<p>a piece of a page</p>')
    t.same(await (await get('/data')).json(), { page: PAGE })
    t.equal(await (await get('/files/app.js')).text(), `'${PAGE}'`)
    const script = await get('/beamish/live_reload.js')
    t.match(script.headers.get('content-type'), /^text\/javascript/)
    t.match(await script.text(), /new WebSocket/)
  }),
)

t.test('a document that the browser knows from elsewhere is sent whole, and not kept', (t) =>
  onBoth(t, async (t, adapter) => {
    const { get } = await serve({ adapter, liveReload: true })
    const tagged = await get('/tagged', { headers: { 'if-none-match': '"1"' } })
    t.equal(tagged.status, 200)
    t.match(await tagged.text(), SCRIPT)
    t.same([tagged.headers.get('etag'), tagged.headers.get('cache-control')], [null, 'no-store'])
  }),
)

t.test('open pages hear which start it is, and what changes', (t) =>
  onBoth(t, async (t, adapter) => {
    const folder = await folderOf(t, { 'app.css': '', 'app.js': '' })
    const { port, get } = await serve({ adapter, liveReload: true, static: { '/assets': folder } })
    const [, boot = ''] = /data-boot="([^"]+)"/.exec(await (await get('/page')).text()) ?? []
    const page = await RawClient.open(port, '/beamish/live_reload/websocket')
    const gone = await RawClient.open(port, '/beamish/live_reload/websocket')
    t.same(await page.next(), { type: 'boot', boot })
    await gone.next()
    gone.socket.close()
    await gone.closed
    await writeFile(join(folder, 'app.css.map'), '{}')
    await writeFile(join(folder, 'app.css'), 'p { color: red }')
    t.same(await page.next(), { type: 'styles' })
    await writeFile(join(folder, 'app.css'), 'p { color: blue }')
    await writeFile(join(folder, 'app.js'), '1')
    t.same(await page.next(), { type: 'page' })
  }),
)

t.test('folders that are to be watched are said, and exist', async (t) => {
  const folder = await folderOf(t, {})
  await withRuntime(
    async () => {
      const { port } = await serve({ liveReload: { watch: [folder] } })
      const page = await RawClient.open(port, '/beamish/live_reload/websocket')
      await page.next()
      await writeFile(join(folder, 'template.txt'), 'x')
      t.same(await page.next(), { type: 'page' })
    },
    { clock: systemClock },
  )
  const define = (liveReload: unknown) => () => Endpoint.define({ liveReload: liveReload as boolean })
  t.throws(define('yes'), { code: 'BEAMISH_BAD_ARGUMENT', message: /liveReload expects true, false or/ })
  t.throws(define({ folders: [] }), { code: 'BEAMISH_BAD_ARGUMENT', message: /the option watch/ })
  t.throws(define({ watch: ['/there/is/none'] }), { code: 'BEAMISH_BAD_ARGUMENT', message: /folders that exist/ })
})

// ── A program that starts again, and a browser that follows ──

const endpointDoor = new URL('../../src/endpoint/index.js', import.meta.url).href
const mainDoor = new URL('../../src/index.js', import.meta.url).href

const program = (greeting: string) => `
import { Application } from '${mainDoor}'
import { Endpoint, Router, html } from '${endpointDoor}'
const page = '<!doctype html><html><head><link rel="stylesheet" href="/assets/app.css"></head><body><p>${greeting}</p></body></html>'
const router = Router.define((route) => route.get('/', () => html(page)))
const [, , port, folder] = process.argv
const Site = Endpoint.define({ adapter: '${ADAPTERS[0]}', router, port: Number(port), static: { '/assets': folder }, liveReload: true })
await Application.run(Application.define({ name: 'site', children: () => [Site] }))
`

t.test('a page follows the program that it came from', { skip: withoutChromium }, async (t) => {
  const assets = await folderOf(t, { 'app.css': 'p { color: rgb(1, 2, 3) }' })
  const source = join(await folderOf(t, {}), 'main.mjs')
  await writeFile(source, program('first'))
  const port = await freePort()
  const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', source, String(port), assets], {
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  child.stdout.resume()
  const browser = await launchChromium()
  t.teardown(async () => {
    await browser.close()
    child.kill() // it ends the program first
    await once(child, 'exit')
  })
  const page = await browser.newPage()
  const answers = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.ok === true
  while (!(await answers())) await once(process, 'never', { signal: AbortSignal.timeout(50) }).catch(() => {})
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.locator('p:text-is("first")').waitFor()
  await page.evaluate('window.sign = "the same page"')

  await t.test('style sheets change under the page', async (t) => {
    await page.waitForFunction(
      'performance.getEntriesByType("resource").some(({ name }) => name.endsWith("live_reload.js"))',
    )
    await writeFile(join(assets, 'app.css'), 'p { color: rgb(4, 5, 6) }')
    await page.waitForFunction('getComputedStyle(document.querySelector("p")).color === "rgb(4, 5, 6)"')
    t.equal(await page.evaluate('window.sign'), 'the same page', 'it was not loaded again')
  })

  await t.test('the page loads again after the program did', async (t) => {
    await writeFile(source, program('second'))
    await page.locator('p:text-is("second")').waitFor()
    t.equal(await page.evaluate('window.sign'), undefined)
    await page.evaluate('window.sign = "still the same"')
    await writeFile(join(assets, 'app.css'), 'p { color: rgb(7, 8, 9) }')
    await page.waitForFunction('getComputedStyle(document.querySelector("p")).color === "rgb(7, 8, 9)"')
    t.equal(await page.evaluate('window.sign'), 'still the same', 'once, not over and over')
  })
  t.same(log, [], 'nobody complained')
})
