import type { SkippedSpec } from './skipped.ts'

// The report of Playwright, as far as it is read here.

/** A file, or a group of specs. */
interface Suite {
  readonly title: string
  readonly suites?: readonly Suite[]
  readonly specs?: readonly Spec[]
}

interface Spec {
  readonly title: string
  readonly tests: readonly { readonly status: string; readonly results: readonly Result[] }[]
}

interface Result {
  readonly error?: { readonly message?: string }
}

/** What Playwright writes as JSON. */
export interface Report {
  readonly suites: readonly Suite[]
  readonly errors: readonly { readonly message?: string }[]
}

/** What became of one spec. */
interface Outcome {
  readonly file: string
  readonly title: string
  readonly kind: 'passed' | 'flaky' | 'failed' | 'skipped'
  /** Of a failure, also one that did not happen again: its first lines. Of a skip: its reason. */
  readonly why: string
}

/** What became of a run. */
export interface Summary {
  readonly text: string
  readonly isGood: boolean
}

const KINDS = ['passed', 'flaky', 'failed', 'skipped'] as const

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

/** A table of a run, and what failed and was skipped. @param notRun - specs that were left out. */
export function summaryOf({ suites, errors }: Report, notRun: readonly SkippedSpec[]): Summary {
  const outcomes = suites.flatMap((suite) => outcomesOf(suite, suite.title, []))
  outcomes.push(...notRun.map(({ file, title, reason }) => ({ file, title, kind: 'skipped' as const, why: reason })))
  const withKind = (wanted: Outcome['kind']) => outcomes.filter(({ kind }) => kind === wanted)
  const lines = [
    ...tableOf(outcomes),
    ...errors.map(({ message }) => `the run itself: ${firstLines(message)}`),
    ...withKind('failed').map(({ file, title, why }) => `failed   ${file} › ${title}\n         ${why}`),
    ...withKind('flaky').map(({ file, title, why }) => `flaky    ${file} › ${title}: passed later\n         ${why}`),
    ...withKind('skipped').map(({ file, title, why }) => `skipped  ${file} › ${title}: ${why}`),
  ]
  const isGood = withKind('failed').length === 0 && errors.length === 0 && outcomes.length > notRun.length
  return { text: lines.join('\n'), isGood }
}

function outcomesOf({ suites = [], specs = [] }: Suite, file: string, groups: readonly string[]): Outcome[] {
  const own = specs.map((spec) => outcomeOf(spec, file, groups))
  return [...own, ...suites.flatMap((suite) => outcomesOf(suite, file, [...groups, suite.title]))]
}

function outcomeOf({ title, tests }: Spec, file: string, groups: readonly string[]): Outcome {
  const place = { file, title: [...groups, title].join(' ') }
  const statuses = tests.map(({ status }) => status)
  if (statuses.every((status) => status === 'skipped')) return { ...place, kind: 'skipped', why: 'the suite says so' }
  const errors = tests.flatMap(({ results }) => results).flatMap(({ error }) => error ?? [])
  const why = firstLines(errors.at(-1)?.message)
  if (statuses.includes('unexpected')) return { ...place, kind: 'failed', why }
  return statuses.includes('flaky') ? { ...place, kind: 'flaky', why } : { ...place, kind: 'passed', why: '' }
}

function firstLines(message = 'nothing is known of it'): string {
  const lines = message.replace(COLOURS, '').split('\n')
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 8)
    .join(' | ')
}

function tableOf(outcomes: readonly Outcome[]): string[] {
  const files = [...new Set(outcomes.map(({ file }) => file))].sort()
  const width = Math.max(...files.map((file) => file.length), 5)
  const row = (name: string, cells: readonly unknown[]) =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(8))].join('')
  const counts = (of: readonly Outcome[]) => KINDS.map((wanted) => of.filter(({ kind }) => kind === wanted).length)
  return [
    row('', KINDS),
    ...files.map((file) => row(file, counts(outcomes.filter((outcome) => outcome.file === file)))),
    row('all', counts(outcomes)),
  ]
}
