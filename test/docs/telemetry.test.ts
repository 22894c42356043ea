import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { declaredEvents, type EventShape } from '../support/declared-events.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const PAPER = 'docs/telemetry.md'

interface Row extends EventShape {
  readonly when: string
}

/** The names in backticks of one cell. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name).sort()
}

function rowsIn(paper: string): Row[] {
  return paper.split('\n').flatMap((line) => {
    const [, name = '', measurements = '', metadata = '', when = ''] =
      /^\| `([\w.]+)` \| (.*?) \| (.*?) \| (.*?) \|$/.exec(line) ?? []
    return name === '' ? [] : [{ name, measurements: namesIn(measurements), metadata: namesIn(metadata), when }]
  })
}

/** How an event is written in the paper. */
function rowOf({ name, measurements, metadata }: EventShape, when: string): string {
  const cell = (names: readonly string[]) => names.map((one) => `\`${one}\``).join(', ') || '–'
  return `| \`${name}\` | ${cell(measurements)} | ${cell(metadata)} | ${when} |`
}

const events = declaredEvents(root)
const rows = rowsIn(readFileSync(root + PAPER, 'utf8'))
const rowByName = new Map(rows.map((row) => [row.name, row]))

t.test('docs/telemetry.md lists every event that a room declares', async (t) => {
  const declared = await events
  t.ok(declared.length > 10, 'the events were found')
  for (const event of declared.filter(({ name }) => !rowByName.has(name))) {
    t.fail(`${PAPER} lacks ${event.name}. Add this row to a table, and say when it is emitted:
${rowOf(event, 'When … . Phoenix: …')}`)
  }
})

t.test('docs/telemetry.md lists no event twice, and none that is not declared', async (t) => {
  const declared = new Set((await events).map(({ name }) => name))
  for (const { name } of rows.filter((row) => !declared.has(row.name))) {
    t.fail(`${PAPER} has a row for ${name}, which no room declares: take the row out, or mend its name`)
  }
  for (const row of rows.filter((row) => rowByName.get(row.name) !== row)) {
    t.fail(`${PAPER} has two rows for ${row.name}: take one out`)
  }
})

t.test('each row has the measurements and metadata that are declared, and says when', async (t) => {
  for (const event of await events) {
    const row = rowByName.get(event.name)
    if (row === undefined) continue
    const { measurements, metadata } = row
    t.strictSame(
      { measurements, metadata },
      { measurements: event.measurements, metadata: event.metadata },
      `${PAPER}, the row of ${event.name} should be:\n${rowOf(event, row.when)}`,
    )
    t.ok(row.when.trim().length > 10, `${PAPER} should say when ${event.name} is emitted`)
  }
})

t.test('every event that is declared is emitted somewhere', async (t) => {
  const sources = ['src', 'supervisors'].flatMap(sourcesIn)
  const calls = sources.flatMap((source) => [
    ...source.matchAll(/\b(?:emitter|execute|span|observed)\(\s*(['`])(.*?)\1/g),
  ])
  const emitted = calls.map(([, , name = '']) => name)
  for (const { name } of await events) {
    const span = name.replace(/\.(start|stop|exception)$/, '')
    t.ok(
      emitted.some((call) => call === name || call === span || isTemplateOf(call, name)),
      `${name} is declared, but no source has emitter('${name}') or execute('${name}', …)`,
    )
  }
})

function sourcesIn(folder: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(`${root}${folder}/${path}`, 'utf8'))
}

/** `beamish.report.${type}` stands for every name that begins so. */
function isTemplateOf(call: string, name: string): boolean {
  const [start = '', hole] = call.split('${')
  return hole !== undefined && start !== '' && name.startsWith(start)
}

t.test('a row is read by its four cells', async (t) => {
  const found = rowsIn(
    '| event | measures | tells | when |\n| `a.b` | `n`, `durationMs`: of it | – | Now and then. |\nno row',
  )
  t.strictSame(found, [{ name: 'a.b', measurements: ['durationMs', 'n'], metadata: [], when: 'Now and then.' }])
  t.equal(rowOf(found[0] as Row, 'x'), '| `a.b` | `durationMs`, `n` | – | x |')
})
