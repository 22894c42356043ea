// Runs an app while it is being written: when its sources change, or Beamish's, they are compiled and the app starts again.
//
//   node scripts/watch.js apps/chat [arguments]
//
// What does not compile is told, and the app goes on as it was. LIVE_RELOAD=1 tells the app to let open pages follow.
// Not `tsc --watch`: that of TypeScript 7.0 misses changes on Linux.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Editors write a file in several steps, and a change of branch is many files. */
const SETTLED_MS = 100

const root = fileURLToPath(new URL('..', import.meta.url))
const [app, ...args] = process.argv.slice(2)
if (app === undefined || !existsSync(join(root, app, 'main.ts'))) {
  console.error('which app? node scripts/watch.js apps/chat')
  process.exit(1)
}

/** Starts a program. @returns it; its `ended` resolves with its exit code. */
function start(command, args, env = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  return { child, ended: once(child, 'exit').then(([code]) => code) }
}

let running
async function startApp() {
  const main = join('dist', app, 'main.js')
  const program = start(process.execPath, ['--enable-source-maps', main, ...args], { LIVE_RELOAD: '1' })
  running = program
  const code = await program.ended
  if (running !== program) return
  running = undefined
  console.log(`${app} has ended with ${code}: it starts again with the next change`)
}

async function stopApp() {
  const program = running
  running = undefined
  program?.child.kill()
  await program?.ended
}

async function isCompiled() {
  const compiler = start(join(root, 'node_modules/.bin/tsc'), ['-p', '.'])
  return (await compiler.ended) === 0
}

// ── One change after the other ──

let isDue = false
let isBusy = false
async function changed() {
  isDue = true
  if (isBusy) return
  isBusy = true
  while (isDue) {
    isDue = false
    if (!(await isCompiled()) || isDue) continue
    await stopApp()
    console.log(`── ${app} starts ${'─'.repeat(60)}`)
    void startApp()
  }
  isBusy = false
}

let timer
function note(_event, name) {
  // What runs in the browser is bundled by the app.
  if (!/\.ts$/.test(name ?? '') || /(?:^|[/\\])(?:browser|test)[/\\]/.test(name)) return
  clearTimeout(timer)
  timer = setTimeout(changed, SETTLED_MS)
}

for (const folder of ['src', 'supervisors', app]) watch(join(root, folder), { recursive: true }, note)
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopApp()
    process.exit(0)
  })
}
void startApp()
