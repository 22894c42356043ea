import { formatReason } from '../core/reason.ts'
import type { Report } from './report.ts'

/** Prints warnings and errors on the terminal. */
export function defaultReporter(report: Report): void {
  if (report.level === 'debug' || report.level === 'info') return
  const reason = 'reason' in report ? formatReason(report.reason) : ''
  console.error(`[beamish] ${report.level} ${report.type} ${reason}`)
}
