// Runs compiled tests, each file in a process of its own, and ends with one line that machines can read: `N passed, N failed`.
//
//   node scripts/run-tests.js                                  every test
//   node scripts/run-tests.js test/runtime/mailbox.test.ts     these files or folders
//
// `tap run` is not used: its loader and its hooks, which nothing here needs, double the time of a small file.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Parser } from 'tap-parser'

const FILES_AT_ONCE = Math.max(2, Math.min(4, availableParallelism()))
const TIMEOUT_MS = 120_000

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function testsIn(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return /\.test\.js$/.test(path) ? [path] : []
  return readdirSync(path).flatMap((name) => testsIn(join(path, name)))
}

/** Where the compiled form of a test lies that was named by its source, from here or from the top of the repository. */
function compiled(argument) {
  const path = existsSync(resolve(argument)) ? resolve(argument) : resolve(root, argument)
  const inside = relative(root, path)
  return join(root, inside.split(sep)[0] === 'dist' ? inside : join('dist', inside)).replace(/\.ts$/, '.js')
}

/** Runs one file to its end. What it wrote comes back with its verdict: files that run side by side are not told in turns. */
function run(file) {
  return new Promise((done) => {
    const began = Date.now()
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(TIMEOUT_MS / 1000) },
    })
    const result = { file, passed: 0, failed: 0, output: '' }
    const parser = new Parser()
    parser.on('assert', ({ ok, skip, todo }) => {
      if (!ok && !todo) result.failed++
      else if (ok && !skip && !todo) result.passed++
    })
    child.stdout.on('data', (text) => {
      result.output += text
    })
    child.stdout.pipe(parser)
    // tap ends a file that hangs, and tells which test it was in; one that cannot even do that is ended from here.
    const hung = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS + 5000)
    child.on('close', (code, signal) => {
      clearTimeout(hung)
      if (code !== 0) result.output += `# exit: ${signal ?? code}\n`
      const isSkipped = parser.results?.plan.skipAll
      // A file that fails while all its tests pass threw, hung, left early or has no tests: that is one failure of its own.
      if (code !== 0 || !parser.results?.ok || result.output === '') result.failed ||= 1
      done({ ...result, isSkipped, ms: Date.now() - began })
    })
  })
}

function tell({ file, failed, output, isSkipped, ms }) {
  const verdict = failed > 0 ? 'FAIL' : isSkipped ? 'skip' : 'ok  '
  console.log(`${verdict} ${file} (${(ms / 1000).toFixed(1)} s)`)
  if (failed > 0) console.log(output)
}

const asked = process.argv.slice(2)
const places = asked.length ? asked.map(compiled) : [join(root, 'dist/test'), join(root, 'dist/apps')]
const files = places.flatMap(testsIn).map((file) => relative(root, file))
if (files.length === 0) console.error(`no tests found in ${asked.join(', ') || 'dist'}`)

const totals = { passed: 0, failed: 0 }
async function runNext() {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const result = await run(file)
    totals.passed += result.passed
    totals.failed += result.failed
    tell(result)
  }
}
await Promise.all(Array.from({ length: FILES_AT_ONCE }, runNext))
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1)
