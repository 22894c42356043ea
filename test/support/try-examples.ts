import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { type Example, examplesIn, folderOf, moduleOf } from './doc-examples.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))
/** An example that takes longer is no example. */
const LONGEST_RUN_MS = 20_000
const LONGEST_COMPILE_MS = 55_000
/** What starts a program is loading it: others run meanwhile. */
const AT_A_TIME = 3

function filesIn(folder: string, ending: string): string[] {
  if (!existsSync(root + folder)) return []
  const paths = readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => path.endsWith(ending)).map((path) => `${folder}/${path}`)
}

/** The examples of the front page and of the pages of rooms, folders and apps. */
export function papersExamples(): Example[] {
  const papers = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']
  const rooms = ['docs', 'src', 'supervisors', 'apps', 'bench'].flatMap((folder) => filesIn(folder, '.md'))
  return examplesOf([...papers, ...rooms])
}

/** The examples of docstrings. */
export function docstringsExamples(): Example[] {
  return examplesOf(['src', 'supervisors'].flatMap((folder) => filesIn(folder, '.ts')))
}

function examplesOf(paths: readonly string[]): Example[] {
  return paths.flatMap((path) => examplesIn(path, readFileSync(root + path, 'utf8')))
}

/** Examples of the front page and of docstrings are run; a room's page shows pieces. */
function isRun({ source, isFragment }: Example): boolean {
  return !isFragment && (source === 'README.md' || source.endsWith('.ts'))
}

/** Inside `dist`, so that `beamish/…` and the packages are found as a user finds them. */
async function write(examples: readonly Example[]): Promise<string> {
  await mkdir(`${root}dist`, { recursive: true })
  const folder = await mkdtemp(`${root}dist/examples-`)
  const options = {
    rootDir: '.',
    outDir: 'out',
    incremental: false,
    declaration: false,
    declarationMap: false,
    noEmitOnError: false,
  }
  const relaxed = { noUnusedLocals: false, noUnusedParameters: false }
  const config = {
    extends: `${root}tsconfig.json`,
    compilerOptions: { ...options, ...relaxed, tsBuildInfoFile: null },
    include: ['**/*.ts'],
    exclude: ['out'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const example of examples) {
    await mkdir(join(folder, folderOf(example.source)), { recursive: true })
    await writeFile(join(folder, folderOf(example.source), `${example.name}.ts`), moduleOf(example))
  }
  return folder
}

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code?: number | string
}

function outcome(command: string, args: readonly string[], cwd: string, timeout: number): Promise<Outcome> {
  // The test runner hooks itself into every Node that its tests start, and the compiler does not bear that.
  const plain = ['-u', 'NODE_OPTIONS', command, ...args]
  return run('env', plain, { cwd, timeout, killSignal: 'SIGKILL', maxBuffer: 1e8 }).catch(
    (error: unknown) => error as Outcome,
  )
}

/** Compiles examples, and runs those that are whole programs, a few at a time. */
export async function tryExamples(t: Test, examples: readonly Example[]): Promise<void> {
  const waiting = examples.filter(isRun)
  t.ok(waiting.length > 3, 'there are examples to run')
  const folder = await write(examples)
  t.teardown(() => rm(folder, { recursive: true, force: true }))

  const compiled = await outcome(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], folder, LONGEST_COMPILE_MS)
  t.notOk('code' in compiled, `they compile\n${compiled.stdout}${compiled.stderr}`)

  const runner = async (): Promise<void> => {
    for (let example = waiting.shift(); example !== undefined; example = waiting.shift()) {
      const file = join(folder, 'out', folderOf(example.source), `${example.name}.js`)
      const ended = await outcome(process.execPath, [file], folder, LONGEST_RUN_MS)
      t.notOk('code' in ended, `${example.source}:${example.line} runs\n${ended.stderr}`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, runner))
}
