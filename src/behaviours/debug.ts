/** What happens in a server, as `sys` shows it. Semantics: OTP `sys:system_event()`. */
export interface SystemEvent {
  readonly type: string
  readonly message?: unknown
  readonly to?: unknown
  readonly state?: unknown
}

/** A function installed by `sys.install`. @returns its new state, or `'done'` to be removed. */
export type DebugFunction = (debugState: unknown, event: SystemEvent, processState: unknown) => unknown

/** Counters of `sys.statistics`. */
export interface Statistics {
  /** Wall clock milliseconds when counting began. */
  readonly startTime: number
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
    return this.trace === undefined && this.statistics === undefined && this.installed.size === 0 && this.logLength === 0
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

  event(event: SystemEvent, processState: unknown): void {
    this.count(event)
    this.trace?.(event)
    if (this.logLength > 0) {
      this.log.push(event)
      if (this.log.length > this.logLength) this.log.shift()
    }
    for (const [id, entry] of this.installed) this.call(id, entry, event, processState)
  }

  private count(event: SystemEvent): void {
    if (this.statistics === undefined) return
    if (event.type === 'in') this.statistics.messagesIn++
    else if (event.type === 'out') this.statistics.messagesOut++
  }

  /** A function that throws is removed; the server is not harmed. */
  private call(id: unknown, entry: { debug: DebugFunction; state: unknown }, event: SystemEvent, processState: unknown): void {
    try {
      entry.state = entry.debug(entry.state, event, processState)
    } catch {
      entry.state = 'done'
    }
    if (entry.state === 'done') this.installed.delete(id)
  }
}
