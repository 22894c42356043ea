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
 * started, and ends the runtime.
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
  return await runtime.run(() => supervising(runtime, () => body({ runtime, clock, reports })))
}
