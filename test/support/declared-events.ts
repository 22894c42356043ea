// The telemetry events that the sources declare, as the compiler sees them: names, measurements, metadata.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** An event, and the names of what it carries, sorted. */
export interface EventShape {
  readonly name: string
  readonly measurements: readonly string[]
  readonly metadata: readonly string[]
}

/**
 * Asks the compiler for the table of events, augmentations and spans included.
 *
 * TypeScript 7 has no interface for programs; but what it says of a union that is assigned to `never` is the whole union.
 * @param root - the top of the repository; its `dist` is compiled.
 */
export async function declaredEvents(root: string): Promise<EventShape[]> {
  const folder = await mkdtemp(join(root, 'dist/events-'))
  try {
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG))
    await writeFile(join(folder, 'facts.ts'), questionOf(root))
    return shapesOf(factsIn(await compile(root, folder)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const CONFIG = {
  extends: '../../tsconfig.json',
  compilerOptions: {
    noEmit: true,
    noErrorTruncation: true,
    incremental: false,
    tsBuildInfoFile: null,
    rootDir: '../..',
  },
  include: ['facts.ts'],
  exclude: [],
}

/**
 * One union of sentences: `e`, `e measures m` for each measurement, `e tells k` for each member of the metadata.
 * Written out in one place, because the compiler would print an alias by its name.
 */
const QUESTION = `
type Keys<T> = T extends unknown ? { [K in keyof T]-?: K }[keyof T] & string : never
export const facts: never = null! as {
  [E in EventName]: E | \`\${E} measures \${Keys<MeasurementsOf<E>>}\` | \`\${E} tells \${Keys<MetadataOf<E>>}\`
}[EventName]
`

function questionOf(root: string): string {
  const compiled = ['src', 'supervisors'].flatMap((folder) => declarationsIn(root, `dist/${folder}`))
  const augmenting = compiled.filter((file) => /declare module '[^']*telemetry\/events\.ts'/.test(read(root, file)))
  const imports = augmenting.map((file) => `import type {} from '../../${file.replace(/\.d\.ts$/, '.ts')}'`)
  const table = `import type { EventName, MeasurementsOf, MetadataOf } from '../../dist/src/telemetry/events.ts'`
  return [table, ...imports, QUESTION].join('\n')
}

function declarationsIn(root: string, folder: string): string[] {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => path.endsWith('.d.ts')).map((path) => `${folder}/${path}`)
}

function read(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

async function compile(root: string, folder: string): Promise<string> {
  // The test runner hooks itself into every Node that its tests start, and the compiler does not bear that.
  const args = ['-u', 'NODE_OPTIONS', join(root, 'node_modules/.bin/tsc'), '-p', '.']
  const failed: unknown = await run('env', args, { cwd: folder, maxBuffer: 1e8 }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return (failed as { stdout?: string } | undefined)?.stdout ?? ''
}

function factsIn(output: string): string[] {
  const [, union] = /error TS2322: Type '(.*)' is not assignable to type 'never'\./.exec(output) ?? []
  if (union === undefined) throw new Error(`the compiler did not answer as expected:\n${output}`)
  return [...union.matchAll(/"([^"]+)"/g)].map(([, fact = '']) => fact)
}

function shapesOf(facts: readonly string[]): EventShape[] {
  const names = facts.filter((fact) => !fact.includes(' ')).sort()
  const said = (start: string) =>
    facts.flatMap((fact) => (fact.startsWith(start) ? [fact.slice(start.length)] : [])).sort()
  return names.map((name) => ({
    name,
    measurements: said(`${name} measures `),
    metadata: said(`${name} tells `),
  }))
}
