import { formatReport, shownErrorOf } from '../reports/format.ts'
import type { Report } from '../reports/report.ts'
import { Runtime, type RuntimeOptions } from '../runtime/runtime.ts'
import { supervising } from './supervised.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a test gets that runs in a world of its own. */
export interface TestWorld {
  readonly runtime: Runtime
  /** Stands still until the test moves it. */
  readonly clock: VirtualClock
  /** What the runtime reported so far, oldest first. */
  readonly reports: readonly Report[]
}

/**
 * Runs `body` as a process of a runtime of its own, with a virtual clock and silent reports; then stops what `startSupervised`
 * started, and ends the runtime. When the body fails, the errors that were reported are written to the console: they tell why a view
 * or a server in it failed.
 * @param options - of the runtime: another `clock`, a `reporter` that does not collect, `longRunMs` …
 * @returns what `body` returns; rejects with what it throws.
 * Semantics: ExUnit, where each test is a process.
 */
export async function withRuntime<T>(
  body: (world: TestWorld) => T | PromiseLike<T>,
  options: RuntimeOptions = {},
): Promise<T> {
  const clock = new VirtualClock()
  const reports: Report[] = []
  using runtime = new Runtime({ clock, reporter: (report) => reports.push(report), ...options })
  return await runtime.run(() => supervising(runtime, () => watched(() => body({ runtime, clock, reports }), reports)))
}

/** Runs the body, and writes what its runtime reported when it fails. */
async function watched<T>(body: () => T | PromiseLike<T>, reports: readonly Report[]): Promise<T> {
  try {
    return await body()
  } catch (error) {
    writeErrors(reports)
    throw error
  }
}

function writeErrors(reports: readonly Report[]): void {
  let shownError: unknown
  for (const report of reports.filter(({ level }) => level === 'error')) {
    console.error(formatReport(report, { shownError, directory: process.cwd() }))
    shownError = shownErrorOf(report)
  }
}
