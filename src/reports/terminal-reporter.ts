import { FLOOD_NOTICE, Flood } from './flood.ts'
import { formatReport, shownErrorOf } from './format.ts'
import { isLogged } from './logger.ts'
import { ANSI, PLAIN, wantsColors } from './paint.ts'
import type { Report, Reporter, ReportLevel } from './report.ts'
import { timeOf } from './time-of-day.ts'

/** Where and how {@link terminalReporter} writes; everything has a default. */
export interface TerminalOptions {
  /** Takes one report as text. Default: `console.error`, which survives a closed pipe. */
  readonly write?: (text: string) => void
  /** Default: when standard error is a terminal and nobody objects (`NO_COLOR`). */
  readonly colors?: boolean
  /** Columns. Default: those of the terminal. */
  readonly width?: number
  /** The time of day. Default: the machine's. */
  readonly now?: () => Date
}

/**
 * The default: writes reports of `least` and above to the terminal.
 *
 * A stack is written once, not in each of the three reports of one crash. Of a flood, a hundred reports a second are
 * written and the others counted: the count follows.
 */
export function terminalReporter(least: ReportLevel = 'warning', options: TerminalOptions = {}): Reporter {
  const terminal = new Terminal(options)
  return (report) => {
    if (isLogged(report, least)) terminal.report(report)
  }
}

class Terminal {
  private readonly options: TerminalOptions
  private readonly flood = new Flood()
  private shownError: unknown = undefined

  constructor(options: TerminalOptions) {
    this.options = options
  }

  report(report: Report): void {
    const now = this.now()
    switch (this.flood.admit(report, now.getTime())) {
      case 'write':
        this.write(this.text(report, now))
        break
      case 'firstCounted':
        this.notice(FLOOD_NOTICE)
        // Not the runtime's timers: a flood of a runtime that is being ended must be told too.
        setTimeout(() => this.summarise(), Flood.windowMs).unref()
    }
  }

  private text(report: Report, now: Date): string {
    const { shownError } = this
    this.shownError = shownErrorOf(report)
    const width = this.options.width ?? process.stderr.columns
    const size = width === undefined ? {} : { width }
    try {
      return formatReport(report, {
        colors: this.colors,
        prefix: timeOf(now),
        directory: process.cwd(),
        shownError,
        ...size,
      })
    } catch {
      return `${timeOf(now)} ${report.level} ${report.type} (the report cannot be shown)`
    }
  }

  private summarise(): void {
    const summary = this.flood.takeSummary()
    if (summary !== undefined) this.notice(summary)
  }

  private notice(text: string): void {
    const paint = this.colors ? ANSI : PLAIN
    this.write(`${paint.dim(timeOf(this.now()))} ${paint.yellow('▲')} ${paint.bold(text)}`)
  }

  private write(text: string): void {
    const { write } = this.options
    if (write === undefined) console.error(text)
    else write(text)
  }

  private get colors(): boolean {
    return this.options.colors ?? wantsColors(process.stderr, process.env)
  }

  private now(): Date {
    return this.options.now?.() ?? new Date()
  }
}
