import { truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { get as httpGet, type IncomingMessage } from 'node:http'
import t from 'tap'
import { withRuntime } from '../../src/testing/with-runtime.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { openOn, until } from '../support/open-files.ts'

const LARGE_BYTES = 20 * 1024 * 1024

/** Files behind the default server, of long ago. */
async function serve() {
  const folder = t.testdir({ 'app.js': 'plain', 'app.js.br': 'brotli' })
  const large = `${folder}/large.bin`
  writeFileSync(large, 'begin')
  truncateSync(large, LARGE_BYTES)
  for (const name of ['app.js', 'app.js.br', 'large.bin']) utimesSync(`${folder}/${name}`, 1000, 1000)
  const { port } = await startEndpoint({ static: { '/': { folder, maxAgeSeconds: 60 } } })
  return { url: `http://127.0.0.1:${port}`, large }
}

function get(url: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpGet(url, { headers, agent: false }, resolve).on('error', reject)
  })
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks)
}

t.test('tags, parts and compressed files go over the wire', (t) =>
  withRuntime(async () => {
    const { url } = await serve()
    const first = await get(`${url}/app.js`, { 'accept-encoding': 'br' })
    t.equal(String(await bodyOf(first)), 'brotli')
    t.match(first.headers, { 'content-encoding': 'br', vary: 'accept-encoding', 'cache-control': 'public, max-age=60' })
    const again = await get(`${url}/app.js`, { 'accept-encoding': 'br', 'if-none-match': first.headers.etag ?? '' })
    t.same([again.statusCode, (await bodyOf(again)).length], [304, 0])
    const part = await get(`${url}/app.js`, { range: 'bytes=1-2' })
    t.same([part.statusCode, part.headers['content-range'], String(await bodyOf(part))], [206, 'bytes 1-2/5', 'la'])
    const beyond = await get(`${url}/app.js`, { range: 'bytes=9-' })
    t.same([beyond.statusCode, beyond.headers['content-range']], [416, 'bytes */5'])
    await bodyOf(beyond)
  }),
)

t.test('a large file arrives whole, and one whose client goes is closed', (t) =>
  withRuntime(async () => {
    const { url, large } = await serve()
    const whole = await bodyOf(await get(`${url}/large.bin`))
    t.same([whole.length, whole.subarray(0, 6).toString()], [LARGE_BYTES, 'begin\0'])
    const broken = await get(`${url}/large.bin`)
    await new Promise((resolve) => broken.once('data', resolve))
    if (process.platform === 'linux') t.equal(openOn(large), 1, 'most of it is still to come')
    broken.on('error', () => {}) // aborted, as it was meant to be
    broken.destroy()
    await until(() => openOn(large) === 0)
  }),
)
