// Runs tap on compiled tests and ends with one line that machines can read: `N passed, N failed`.
//
//   node scripts/run-tests.js                                  every test
//   node scripts/run-tests.js test/runtime/mailbox.test.ts     these files or folders
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function testsIn(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return /\.test\.js$/.test(path) ? [path] : []
  return readdirSync(path).flatMap((name) => testsIn(join(path, name)))
}

function compiled(argument) {
  const inside = relative(root, join(process.cwd(), argument))
  return join(root, inside.startsWith('dist') ? inside : join('dist', inside)).replace(/\.ts$/, '.js')
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
createInterface({ input: child.stdout }).on('line', (line) => {
  if (/^# Subtest: /.test(line)) block = []
  block.push(line)
  const point = /^( {4}|)(not ok|ok) \d+ - (.*)$/.exec(line)
  if (point === null) return
  const isSkipped = /# (SKIP|TODO)/i.test(line)
  // One level below its file stands a test; at the margin stands the file itself.
  if (point[1] !== '') {
    if (!isSkipped) totals[point[2] === 'ok' ? 'passed' : 'failed']++
  } else if (point[2] === 'ok') {
    console.log(`ok   ${point[3]}`)
  } else {
    console.log(`FAIL ${point[3]}`)
    console.log(block.join('\n'))
  }
})
child.on('close', (code) => {
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exit(code === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1)
})
