import type { Report } from './report.ts'

/** What {@link Flood} lets through in one window. A supervisor gives up long before. */
const MOST_PER_WINDOW = 100
const WINDOW_MS = 1000

/**
 * Bounds how many reports are written: the first hundred of each second. The others are counted, by type.
 *
 * Values in, values out: it is told the time.
 */
export class Flood {
  private windowStart = Number.NEGATIVE_INFINITY
  private written = 0
  private readonly suppressed = new Map<string, number>()

  /** Milliseconds after which {@link takeSummary} is due. */
  static readonly windowMs = WINDOW_MS

  /** What to do with a report. `'firstCounted'`: it is the first of those that are only counted. */
  admit(report: Report, nowMs: number): 'write' | 'count' | 'firstCounted' {
    if (nowMs - this.windowStart >= WINDOW_MS) {
      this.windowStart = nowMs
      this.written = 0
    }
    if (this.written < MOST_PER_WINDOW) {
      this.written++
      return 'write'
    }
    const isFirst = this.suppressed.size === 0
    this.suppressed.set(report.type, (this.suppressed.get(report.type) ?? 0) + 1)
    return isFirst ? 'firstCounted' : 'count'
  }

  /** How many were not written since the last summary, as a line; `undefined` when none were. */
  takeSummary(): string | undefined {
    if (this.suppressed.size === 0) return undefined
    const total = [...this.suppressed.values()].reduce((sum, count) => sum + count, 0)
    const parts = [...this.suppressed].map(([type, count]) => `${count} ${type}`).join(', ')
    this.suppressed.clear()
    return `${total} reports were not written: ${parts}`
  }
}

/** Said at once, so that a program that ends in the middle of a flood has still told it. */
export const FLOOD_NOTICE = `more than ${MOST_PER_WINDOW} reports in a second: the rest of this second is counted, not written`
