import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { msgpack as server } from '../../src/wire/msgpack.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { testRoom } from '../support/room.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A folder with the built script in it. */
async function built(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'beamish-client-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  // The test runner hooks itself into every Node that its tests start.
  await run('env', ['-u', 'NODE_OPTIONS', process.execPath, join(root, 'scripts/build-client.js'), folder])
  return folder
}

t.test('the built script needs nothing but what every browser has', async (t) => {
  const code = readFileSync(join(await built(t), 'beamish-client.js'), 'utf8')
  const page = createContext({ TextEncoder, TextDecoder, atob, ArrayBuffer, Uint8Array })
  runInContext(code, page)
  const frames: Uint8Array[] = []
  Object.assign(page, { got: (frame: Uint8Array) => void frames.push(frame) })
  runInContext(
    'Beamish.msgpack.encode({ topic: "t", event: "e", payload: { n: 1, b: Uint8Array.of(1, 2) } }, got)',
    page,
  )
  t.match(server.decode(frames[0] as Uint8Array), { topic: 't', event: 'e', payload: { n: 1, b: Uint8Array.of(1, 2) } })
  t.equal(runInContext('Beamish.msgpack.vsn', page), '2.0.0-msgpack')
  t.ok(gzipSync(code, { level: 9 }).length < 16_000, 'and it stays small: src/client/README.md says how small')
})

const PAGE = `<!doctype html>
<script src="phoenix.min.js"></script>
<script src="beamish-client.js"></script>
<script>
  const socket = new Phoenix.Socket('/socket', { ...Beamish.msgpack, params: {} })
  socket.connect()
  const room = socket.channel('room:a')
  const answer = (push) => new Promise((resolve) => push.receive('ok', resolve))
  window.done = answer(room.join())
    .then(() => Promise.all([
      answer(room.push('echo', { text: 'é', file: Uint8Array.of(1, 2) })),
      answer(room.push('echo', Uint8Array.of(3, 255).buffer)),
    ]))
    .then(([inside, all]) => [
      inside.text, inside.file instanceof Uint8Array, [...inside.file],
      all instanceof ArrayBuffer, [...new Uint8Array(all)],
      socket.conn.url.includes('vsn=2.0.0-msgpack'),
    ])
</script>
`

t.test('CH-039 a page with two script tags speaks MessagePack', { skip: withoutChromium }, async (t) => {
  const folder = await built(t)
  await copyFile(join(root, 'node_modules/phoenix/priv/static/phoenix.min.js'), join(folder, 'phoenix.min.js'))
  await writeFile(join(folder, 'index.html'), PAGE)
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  await withRuntime(async () => {
    const socket = Socket.define({ channels: { 'room:*': testRoom() } })
    const { port } = await startEndpoint({ sockets: { '/socket': socket }, static: { '/': folder } })
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => void problems.push(error.message))
    await page.goto(`http://127.0.0.1:${port}/index.html`)
    t.same(await page.evaluate('window.done'), ['é', true, [1, 2], true, [3, 255], true])
    t.same(problems, [])
    await page.close()
  })
})
