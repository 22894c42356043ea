import { checkKeys } from '../core/check-keys.ts'
import { checkParameterFilter, DEFAULT_PARAMETER_FILTER, type ParameterFilter } from '../reports/filter-parameters.ts'
import { checkLevel, checkLogger, isLogged, LOG_METHODS } from '../reports/logger.ts'
import type { ReportLevel } from '../reports/report.ts'
import { timeOf } from '../reports/time-of-day.ts'
import { type Attachment, attach as attachHandler } from '../telemetry/telemetry.ts'
import { type LoggedEvent, type LogLine, TELLINGS, type Telling } from './log-lines.ts'

/** Where lines go: a method for each level, as `console` and most loggers have them. `metadata` is the event's own. */
export interface LineLogger {
  debug(message: string, metadata: object): void
  info(message: string, metadata: object): void
  warn(message: string, metadata: object): void
  error(message: string, metadata: object): void
}

/** Options of {@link WebLogger.attach}. */
export interface WebLoggerOptions {
  /** Default: standard error, with the time of day. */
  readonly logger?: LineLogger
  /** Lines below it are not written. Default `'info'`; `'debug'` also tells of the events of clients. */
  readonly level?: ReportLevel
  /** Which parameters are not shown. Default: members whose name contains `password` or `token`. */
  readonly filterParameters?: ParameterFilter
  /** The id of the telemetry handler. Default `'beamish.webLogger'`; two loggers need two. */
  readonly handlerId?: string
}

const OPTIONS: readonly string[] = [
  'logger',
  'level',
  'filterParameters',
  'handlerId',
] satisfies (keyof WebLoggerOptions)[]

const EVENTS = Object.keys(TELLINGS) as LoggedEvent[] // sound: the keys of a table of just these

/** The default: standard error, as reports. */
const TERMINAL: LineLogger = { debug: print, info: print, warn: print, error: print }

function print(message: string): void {
  console.error(`${timeOf(new Date())} ${message}`)
}

function attach(options: WebLoggerOptions = {}): Attachment {
  const { logger = TERMINAL, level, filterParameters: filter, handlerId } = checkedOptions(options)
  return attachHandler(handlerId, EVENTS, (event, measurements, metadata) => {
    // Sound: telemetry calls with what the event of that name carries.
    const tell = TELLINGS[event] as Telling<never> as (...args: unknown[]) => LogLine | undefined
    const line = tell(measurements, metadata, filter)
    if (line !== undefined && isLogged(line, level)) logger[LOG_METHODS[line.level]](line.message(), metadata)
  })
}

function checkedOptions(options: WebLoggerOptions): WebLoggerOptions & typeof DEFAULTS {
  checkKeys('WebLogger.attach', options, OPTIONS)
  const checked = { ...DEFAULTS, ...options }
  checkLevel('WebLogger.attach: level', checked.level)
  checkParameterFilter('WebLogger.attach: filterParameters', checked.filterParameters)
  if (options.logger !== undefined) checkLogger('WebLogger.attach: logger', options.logger)
  return checked
}

const DEFAULTS: Required<Omit<WebLoggerOptions, 'logger'>> = {
  level: 'info',
  filterParameters: DEFAULT_PARAMETER_FILTER,
  handlerId: 'beamish.webLogger',
}

/** A log of what clients do. The library writes none by itself: a program attaches this, or a handler of its own. */
export const WebLogger = {
  /**
   * Writes a line for each connection, join and event of a client from now on, in the runtime's turn.
   *
   * ```ts
   * import { WebLogger } from 'beamish/endpoint'
   *
   * const attachment = WebLogger.attach({ level: 'debug', filterParameters: ['password', 'token', 'iban'] })
   * attachment.detach()
   * ```
   * Joins are of the level that the channel's `logJoin` says (`'info'`), events of its `logHandleIn` (`'debug'`). Topics that
   * start with `phoenix` are not told. What a client sent is bounded, and control characters of it are escaped.
   * @returns the attachment: `detach()` ends it.
   * @throws {BadArgumentError} for wrong options. @throws {HandlerExistsError} `BEAMISH_HANDLER_EXISTS` when it is attached.
   *
   * Semantics: Phoenix.Logger. Differs: attached by the program, and writes to standard error.
   * *When not to use it*: for numbers. Attach to the events, which carry durations and counts.
   */
  attach,
} as const
