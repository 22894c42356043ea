// Runs tap on compiled tests and ends with one line that machines can read: `N passed, N failed`.
//
//   node scripts/run-tests.js                                  every test
//   node scripts/run-tests.js test/runtime/mailbox.test.ts     these files or folders
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

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

const asked = process.argv.slice(2)
const places = asked.length ? asked.map(compiled) : [join(root, 'dist/test'), join(root, 'dist/apps')]
const files = places.flatMap(testsIn).map((file) => relative(root, file))
if (files.length === 0) {
  console.error(`no tests found in ${asked.join(', ') || 'dist'}`)
  console.log('0 passed, 0 failed')
  process.exit(1)
}

const tap = join(root, 'node_modules/.bin/tap')
const child = spawn(tap, ['run', '--reporter=tap', ...files], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
const totals = { passed: 0, failed: 0 }
let block = [] // the output of the file that is being read
let failedInFile = 0
createInterface({ input: child.stdout }).on('line', (line) => {
  if (/^# Subtest: /.test(line)) {
    block = []
    failedInFile = 0
  }
  block.push(line)
  if (/^Bail out!/.test(line)) console.log(line)
  const point = /^( {4}|)(not ok|ok) \d+ - (.*)$/.exec(line)
  if (point === null) return
  const [, margin, verdict, name] = point
  // One level below its file stands a test; at the margin stands the file itself.
  if (margin === '') endOfFile(verdict, name)
  else if (verdict === 'not ok' && !/# TODO/i.test(name)) failedInFile++
  else if (verdict === 'ok' && !/# (SKIP|TODO)/i.test(name)) totals.passed++
})

function endOfFile(verdict, name) {
  if (verdict === 'ok') {
    console.log(`${/# SKIP/i.test(name) ? 'skip' : 'ok  '} ${name}`)
    return
  }
  // A file that fails while all its tests pass threw, hung or left early: that is one failure of its own.
  totals.failed += Math.max(failedInFile, 1)
  console.log(`FAIL ${name}`)
  console.log(block.join('\n'))
}

child.on('close', (code) => {
  if (code !== 0 && totals.failed === 0) totals.failed = 1 // tap itself gave up: a bail out, a signal
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exit(code === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1)
})
