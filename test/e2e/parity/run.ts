import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CHROMIUM, FLAGS } from '../../support/chromium.ts'
import { type Report, summaryOf } from './report.ts'
import { SKIPPED } from './skipped.ts'

// Runs the specs of a checkout of phoenix_live_view against the pages in this folder. The specs are copied out of the checkout,
// beside the packages that they import, and stay as they are but for the port.

const USAGE =
  'test/e2e/parity/run <checkout of phoenix_live_view> [--port 4004] [--adapter uws|node] [-- arguments of playwright test]'
/** Where the sources of this file lie. */
const SOURCES = fileURLToPath(new URL('../../../../test/e2e/parity/', import.meta.url))
const SOURCE_MAP = 'priv/static/phoenix_live_view.esm.js.map'

interface Settings {
  readonly checkout: string
  readonly port: string
  readonly adapter: string
  readonly playwright: readonly string[]
}

function settings(): Settings {
  const args = process.argv.slice(2)
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const { values, positionals } = parseArgs({
    args: args.slice(0, end),
    options: {
      port: { type: 'string', default: process.env['PORT'] ?? '4004' },
      adapter: { type: 'string', default: 'uws' },
    },
    allowPositionals: true,
  })
  const checkout = resolve(positionals[0] ?? '')
  const isRight = positionals.length === 1 && existsSync(join(checkout, 'test/e2e/tests'))
  if (!isRight) throw new Error(`there are no specs in ${join(checkout, 'test/e2e/tests')}\n${USAGE}`)
  return { checkout, port: values.port, adapter: values.adapter, playwright: args.slice(end + 1) }
}

/** Installs what the specs import, once for each pair of versions. @returns the folder. */
function installed(checkout: string): string {
  const versions = {
    '@playwright/test': versionOf(createRequire(import.meta.url).resolve('playwright-core/package.json')),
    'monocart-reporter': developedWith(checkout, 'monocart-reporter'),
  }
  const name = Object.values(versions)
    .join('-')
    .replace(/[^\w.-]/g, '')
  const folder = join(tmpdir(), `beamish-parity-${name}`)
  if (existsSync(join(folder, 'node_modules/monocart-reporter'))) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: versions }))
  const env = { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' }
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, env, stdio: 'inherit' })
  if (status !== 0) throw new Error(`npm install failed in ${folder}`)
  return folder
}

function versionOf(packageFile: string): string {
  return JSON.parse(readFileSync(packageFile, 'utf8')).version
}

function developedWith(checkout: string, name: string): string {
  const { devDependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  return devDependencies[name]
}

/** Copies the specs to a folder of this run, in the same place relative to the source map that they read. */
function copied({ checkout, port }: Settings, packages: string): string {
  const top = join(packages, `run-${port}`)
  const folder = join(top, 'test/e2e')
  rmSync(top, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of ['tests', 'test-fixtures.js', 'utils.js'])
    cpSync(join(checkout, 'test/e2e', name), join(folder, name), { recursive: true })
  cpSync(join(checkout, SOURCE_MAP), join(top, SOURCE_MAP))
  cpSync(join(SOURCES, 'playwright.config.js'), join(folder, 'playwright.config.js'))
  if (port !== '4004') movePort(join(folder, 'tests'), port)
  return folder
}

/** Some specs spell the address of the server. */
function movePort(folder: string, port: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue
    const file = join(folder, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('localhost:4004', `localhost:${port}`))
  }
}

/** Starts the pages. @returns their process, when they answer. */
async function started({ port, adapter }: Settings, logFile: string): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const server = spawn(process.execPath, ['--enable-source-maps', main, '--port', port, '--adapter', adapter], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  server.stdout.pipe(log)
  server.stderr.pipe(log)
  const announced = once(createInterface({ input: server.stdout }), 'line')
  const ended = once(server, 'exit').then(() => Promise.reject(new Error(`the pages did not start: see ${logFile}`)))
  ended.catch(() => {}) // later it is no news
  await Promise.race([announced, ended])
  return server
}

async function runSpecs({ port, playwright }: Settings, folder: string, report: string): Promise<void> {
  const patterns = SKIPPED.map(({ file, title }) => `${escaped(file)} ${escaped(title)}$`)
  const env = {
    ...process.env,
    PARITY_PORT: port,
    PARITY_CHROMIUM: CHROMIUM,
    PARITY_FLAGS: JSON.stringify(FLAGS),
    PARITY_SKIPPED: JSON.stringify(patterns),
    PARITY_REPORT: report,
  }
  const command = join(folder, '../../../node_modules/.bin/playwright')
  const child = spawn(command, ['test', '-c', 'playwright.config.js', ...playwright], {
    cwd: folder,
    env,
    stdio: 'inherit',
  })
  await once(child, 'exit')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

const chosen = settings()
const folder = copied(chosen, installed(chosen.checkout))
const report = join(folder, 'report.json')
const server = await started(chosen, join(folder, 'server.log'))
try {
  await runSpecs(chosen, folder, report)
} finally {
  server.kill('SIGTERM')
}
if (!existsSync(report)) throw new Error('Playwright left no report')
// When some specs were asked for, nobody wants to hear of the others.
const notRun = chosen.playwright.length === 0 ? SKIPPED : []
const { text, isGood } = summaryOf(JSON.parse(readFileSync(report, 'utf8')) as Report, notRun)
console.log(`\n${text}\n\nThe log of the server: ${join(folder, 'server.log')}`)
process.exitCode = isGood ? 0 : 1
