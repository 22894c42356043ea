import { BadArgumentError } from '../core/errors.ts'
import { formatReport } from './format.ts'
import type { Report, Reporter, ReportLevel } from './report.ts'

/** What a log line is about, for loggers that keep data: the report itself. */
export interface LogMetadata {
  readonly report: Report
}

/**
 * Where an application wants its log: give one to `new Runtime({ logger })` or `runtime.setLogger(logger)`.
 *
 * `message` has several lines and no colours. `console` is one; for pino see `src/reports/README.md`.
 */
export interface Logger {
  debug(message: string, metadata: LogMetadata): void
  info(message: string, metadata: LogMetadata): void
  warn(message: string, metadata: LogMetadata): void
  error(message: string, metadata: LogMetadata): void
}

/** The method of a logger for each level. */
export const LOG_METHODS = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const satisfies {
  readonly [Level in ReportLevel]: keyof Logger
}
/** At which level something is logged; `false`: not at all. */
export type LogRule = ReportLevel | false

const LEVELS: readonly string[] = Object.keys(LOG_METHODS)

/** Whether something of this level is at least as serious as `least`. */
export function isLogged({ level }: { readonly level: ReportLevel }, least: ReportLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least)
}

/** @throws {BadArgumentError} when `level` is none. */
export function checkLevel(where: string, level: unknown): asserts level is ReportLevel {
  if (typeof level === 'string' && LEVELS.includes(level)) return
  throw new BadArgumentError(where, LEVELS.map((known) => `'${known}'`).join(' | '), level)
}

/** @throws {BadArgumentError} when `rule` is none. */
export function checkLogRule(where: string, rule: unknown): asserts rule is LogRule {
  if (rule !== false) checkLevel(where, rule)
}

/** @throws {BadArgumentError} when a method is missing. */
export function checkLogger(where: string, logger: unknown): asserts logger is Logger {
  for (const method of Object.values(LOG_METHODS)) {
    if (typeof (logger as Partial<Logger> | null | undefined)?.[method] !== 'function') {
      throw new BadArgumentError(where, `a logger with the methods ${Object.values(LOG_METHODS).join(', ')}`, logger)
    }
  }
}

/** A reporter that hands reports of `least` and above to `logger`, as text. */
export function logReports(logger: Logger, least: ReportLevel): Reporter {
  return (report) => {
    if (isLogged(report, least)) logger[LOG_METHODS[report.level]](formatReport(report), { report })
  }
}
