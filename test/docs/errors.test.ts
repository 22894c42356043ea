import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Every code that a source file writes, in code or in a docstring. */
function codesIn(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => readFileSync(`${root}${folder}/${path}`, 'utf8').match(/\bBEAMISH_[A-Z_]+\b/g) ?? [])
}

interface Row {
  readonly code: string
  readonly cause: string
  readonly remedy: string
}

function rows(): Row[] {
  const lines = readFileSync(`${root}docs/errors.md`, 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, code = '', cause = '', remedy = ''] = /^\| `(BEAMISH_[A-Z_]+)` \| (.*?) \| (.*?) \|$/.exec(line) ?? []
    return code === '' ? [] : [{ code, cause, remedy }]
  })
}

const used = new Set([...codesIn('src'), ...codesIn('supervisors')])
const listed = rows()

t.test('docs/errors.md lists every error code', async (t) => {
  t.ok(used.size > 30, 'the codes were found')
  const known = new Set(listed.map((row) => row.code))
  t.same(
    [...used].filter((code) => !known.has(code)),
    [],
  )
})

t.test('docs/errors.md lists no code twice, and none that does not exist', async (t) => {
  const codes = listed.map((row) => row.code)
  t.same(
    codes.filter((code) => !used.has(code)),
    [],
  )
  t.same(
    codes.filter((code, at) => codes.indexOf(code) !== at),
    [],
  )
})

t.test('every code has a cause and a remedy', async (t) => {
  t.same(
    listed.filter((row) => row.cause.trim().length < 10 || row.remedy.trim().length < 10),
    [],
  )
})
