import { describeMessage } from './describe-message.ts'

/** What happens in a server, as `sys` shows it. Semantics: OTP `sys:system_event()`. */
export interface SystemEvent {
  readonly type: string
  readonly message?: unknown
  readonly to?: unknown
  readonly state?: unknown
}

/** A function installed by `sys.install`. @returns its new state, or `'done'` to be removed. */
export type DebugFunction = (debugState: unknown, event: SystemEvent, processState: unknown) => unknown

/** Counters of `Sys.statistics`. */
export interface Statistics {
  /** Milliseconds of the runtime's clock when counting began. */
  readonly startTimeMs: number
  readonly startReductions: number
  messagesIn: number
  messagesOut: number
}

/** The debug facilities of one server: made by `sys`, fed by the server's loop. */
export class Debug {
  trace: ((event: SystemEvent) => void) | undefined = undefined
  statistics: Statistics | undefined = undefined
  readonly installed = new Map<unknown, { debug: DebugFunction; state: unknown }>()
  private log: SystemEvent[] = []
  private logLength = 0

  /** Whether nothing is on any more. */
  get isIdle(): boolean {
    return (
      this.trace === undefined && this.statistics === undefined && this.installed.size === 0 && this.logLength === 0
    )
  }

  /** What is on: `'trace'`, `'statistics'`, `'log'`, and the ids of installed functions. */
  get facilities(): readonly unknown[] {
    const { trace, statistics, logLength, installed } = this
    const on = { trace: trace !== undefined, statistics: statistics !== undefined, log: logLength > 0 }
    return [...Object.entries(on).flatMap(([facility, isOn]) => (isOn ? [facility] : [])), ...installed.keys()]
  }

  /** Keeps the last `length` events; 0 keeps none. */
  keep(length: number): void {
    this.logLength = length
    this.log = length === 0 ? [] : this.log.slice(-length)
  }

  /** The kept events, oldest first. */
  events(): readonly SystemEvent[] {
    return this.log
  }

  event(happened: SystemEvent, processState: unknown): void {
    const event = happened.type === 'in' ? { ...happened, message: describeMessage(happened.message) } : happened
    this.count(event)
    this.tracing(event)
    if (this.logLength > 0) {
      this.log.push(event)
      if (this.log.length > this.logLength) this.log.shift()
    }
    for (const [id, entry] of this.installed) this.call(id, entry, event, processState)
  }

  private tracing(event: SystemEvent): void {
    try {
      this.trace?.(event)
    } catch {
      this.trace = undefined // as with installed functions: the server is not harmed
    }
  }

  private count(event: SystemEvent): void {
    if (this.statistics === undefined) return
    if (event.type === 'in') this.statistics.messagesIn++
    else if (event.type === 'out') this.statistics.messagesOut++
  }

  /** A function that throws is removed; the server is not harmed. */
  private call(
    id: unknown,
    entry: { debug: DebugFunction; state: unknown },
    event: SystemEvent,
    processState: unknown,
  ): void {
    try {
      entry.state = entry.debug(entry.state, event, processState)
    } catch {
      entry.state = 'done'
    }
    if (entry.state === 'done') this.installed.delete(id)
  }
}
