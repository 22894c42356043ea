import { checkKeys } from '../core/check-keys.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { ExitError, type ExitReason, isNoCatch, isUncaughtError } from '../core/reason.ts'
import { emitReport } from '../reports/events.ts'
import { checkLevel, checkLogger, type Logger, logReports } from '../reports/logger.ts'
import type { Report, Reporter, ReportLevel } from '../reports/report.ts'
import { terminalReporter } from '../reports/terminal-reporter.ts'
import { ASYNC_CODE, type Code } from './code.ts'
import { asyncProcess, runInside, running } from './context.ts'
import { emitExit, emitSpawn } from './life-events.ts'
import { linkedPids } from './links.ts'
import type { OverflowPolicy } from './mailbox-limit.ts'
import { Names } from './names.ts'
import { type NodeLink, noNodeLink } from './node-link.ts'
import { LocalProcess } from './process.ts'
import { ProcessTable } from './process-table.ts'
import { Scheduler } from './scheduler.ts'
import { Tables } from './tables.ts'
import { Timers } from './timers.ts'
import { Wait } from './wait.ts'

/** Options of a runtime. */
export interface RuntimeOptions {
  /** The name of this node in its pids. Default `'local'`. */
  readonly node?: string
  /** Where time comes from. Default: the machine's monotonic clock. */
  readonly clock?: Clock
  /** Takes every report as data, in place of the log. Telemetry events are emitted in any case. */
  readonly reporter?: Reporter
  /** Takes the reports of `logLevel` and above as text. Default: the terminal. Not together with `reporter`. */
  readonly logger?: Logger
  /** The least serious reports that are logged. Default `'warning'`; `'info'` shows starts too. Not together with `reporter`. */
  readonly logLevel?: ReportLevel
  /** A handler that holds the thread longer than this many milliseconds is reported. Default 100. */
  readonly longRunMs?: number
}

const OPTIONS: readonly string[] = [
  'node',
  'clock',
  'reporter',
  'logger',
  'logLevel',
  'longRunMs',
] satisfies (keyof RuntimeOptions)[]
/** Long enough to be no load; it only tells Node that somebody still waits. */
const KEEP_ALIVE_MS = 2 ** 30

/**
 * A world of processes on this thread: scheduler, names, timers, and who is alive.
 *
 * Programs use the default one without noticing; tests make one each. Disposing it ends every process without a word.
 */
export class Runtime implements Disposable {
  readonly node: string
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly timers: Timers
  readonly names = new Names()
  readonly tables = new Tables()
  readonly processes = new ProcessTable()
  nodeLink: NodeLink
  /** Who code outside any process is. */
  main: LocalProcess
  private reporter: Reporter
  private lastId = 0
  /** Processes that are to be ended, with their reasons: a queue, so that a long chain of links needs no deep stack. */
  private readonly endings: [LocalProcess, ExitReason][] = []
  private endingNow = false
  /** How many reasons there are to keep Node running (applications). */
  private holds = 0
  private mainWaits = false
  private keepAlive: NodeJS.Timeout | undefined
  private stopped = false

  constructor(options: RuntimeOptions = {}) {
    checkOptions(options)
    this.node = options.node ?? 'local'
    this.clock = options.clock ?? systemClock
    this.reporter = reporterOf(options)
    this.timers = new Timers(this.clock)
    this.scheduler = new Scheduler(
      {
        longRun: (candidates, durationMs) => this.reportLongRun(candidates, durationMs),
        drained: () => this.drained(),
      },
      options.longRunMs ?? 100,
    )
    this.nodeLink = noNodeLink((from, to, reason) =>
      (to.receiver as LocalProcess | undefined)?.exitSignal(from, reason, false),
    )
    this.main = this.newMain()
  }

  /** How many processes are alive, the main one not counted. */
  get size(): number {
    return this.processes.size - 1
  }

  /** A process that will run `code` when the scheduler comes to it. */
  spawn(code: Code, parent: LocalProcess): LocalProcess {
    const process = new LocalProcess(this, ++this.lastId, code)
    process.parent = parent.pid
    process.groupLeader = parent.groupLeader
    this.processes.add(process)
    this.scheduler.enqueue(process)
    emitSpawn(process)
    return process
  }

  /**
   * Runs `body` in a new process of this runtime, and keeps Node running meanwhile.
   * @returns what it returns; rejects with what it throws, or with {@link ExitError} when the process is ended otherwise.
   */
  run<T>(body: () => T | PromiseLike<T>): Promise<T> {
    const release = this.hold()
    return new Promise<T>((resolve, reject) => {
      const process = this.spawn(ASYNC_CODE, this.main)
      process.code = {
        run: () => {
          process.code = ASYNC_CODE
          const finish = (settle: () => void) => {
            process.end('normal')
            settle()
          }
          // An async function, so that a throw on the first line is a rejection like any other.
          runInside(process, async () => body()).then(
            (value) => finish(() => resolve(value)),
            (error) => finish(() => reject(error)),
          )
        },
      }
      process.signal.addEventListener('abort', () => reject(new ExitError(process.exitReason)))
    }).finally(release)
  }

  /** Whether code of `process` is on the stack right now, run by the scheduler. */
  isOnStack(process: LocalProcess): boolean {
    return running === process
  }

  /** Replaces what takes the reports from now on: the terminal, a logger, or another reporter. */
  setReporter(reporter: Reporter): void {
    if (typeof reporter !== 'function') throw new BadArgumentError('Runtime.setReporter', 'a function', reporter)
    this.reporter = reporter
  }

  /**
   * Logs to `logger` from now on.
   * @param least - the least serious reports that it gets. Default `'warning'`.
   */
  setLogger(logger: Logger, least: ReportLevel = 'warning'): void {
    checkLogger('Runtime.setLogger', logger)
    checkLevel('Runtime.setLogger: least', least)
    this.reporter = logReports(logger, least)
  }

  /** Emits a report as telemetry and hands it to the reporter. */
  report(report: Report): void {
    if (this.stopped) return
    try {
      emitReport(report)
      this.reporter(report)
    } catch {
      // Reporting must never harm the process that is reported on: otp.md §24.
    }
  }

  // ── The end of a process ─────────────────────────────────────────────────────────────────────────────────────────

  /** Ends `process`, and every process that dies of it. */
  end(process: LocalProcess, reason: ExitReason): void {
    if (process.ended) return
    process.ending = true
    this.endings.push([process, reason])
    if (this.endingNow) return
    this.endingNow = true
    // Releasing one process may add others behind it.
    for (let i = 0; i < this.endings.length; i++) this.release(...(this.endings[i] as [LocalProcess, ExitReason]))
    this.endings.length = 0
    this.endingNow = false
  }

  /**
   * The order is observable: first everything that it owned is free, then links are told, then monitors (otp.md §2.2).
   */
  private release(process: LocalProcess, reason: ExitReason): void {
    if (process.ended) return
    process.ended = true
    process.exitReason = reason
    process.listening = false
    this.processes.delete(process)
    process.pid.receiver = undefined
    const { name } = process
    this.names.remove(process)
    this.releaseBelongings(process)
    this.releaseWaits(process, reason)
    this.tellLinks(process, reason)
    this.tellWatchers(process, reason)
    process.mailbox.clear()
    process.code = ASYNC_CODE
    process.parked = undefined
    if (process === this.main) this.mainEnded(reason)
    else this.reportUncaught(process, name, reason)
    emitExit(process, name, reason)
  }

  private releaseBelongings(process: LocalProcess): void {
    const own = process.belongings
    if (own === undefined) return
    for (const timer of own.timers ?? []) timer.release()
    for (const ref of own.aliases ?? []) ref.receiver = undefined
    own.dictionary?.clear()
    for (const release of own.releases ?? []) release()
    const { abort } = own
    // Listeners are user code: they run when nobody else is on the stack, and as the main process, because an ended one may
    // not act any more and what a listener throws is the end of the program.
    if (abort !== undefined) queueMicrotask(() => runInside(this.main, () => abort.abort(process.exitReason)))
  }

  private releaseWaits(process: LocalProcess, reason: ExitReason): void {
    const tellsWaiters = process === this.main && !this.stopped
    for (let monitor = process.monitors; monitor !== undefined; monitor = process.monitors) {
      monitor.detach()
      monitor.watcherEnded()
      if (tellsWaiters && monitor instanceof Wait) monitor.abandon(reason)
    }
    if (tellsWaiters) process.receiving?.abandon(new ExitError(reason))
    else process.receiving?.close()
    process.releaseTimer()
  }

  private tellLinks(process: LocalProcess, reason: ExitReason): void {
    const peers = linkedPids(process.links)
    process.links = undefined
    for (const peer of peers) this.exitTo(process.pid, peer, reason)
  }

  private exitTo(from: Pid, peer: Pid, reason: ExitReason): void {
    const receiver = peer.receiver as LocalProcess | undefined
    if (receiver !== undefined) receiver.exitSignal(from, reason, true)
    else if (peer.node !== this.node) this.nodeLink.exit(from, peer, reason)
  }

  private tellWatchers(process: LocalProcess, reason: ExitReason): void {
    // In the order in which the monitors were set: the list has the newest first.
    let oldest = process.watchers
    while (oldest?.nextOfTarget !== undefined) oldest = oldest.nextOfTarget
    for (let monitor = oldest; monitor !== undefined; ) {
      const newer = monitor.previousOfTarget
      monitor.detach()
      monitor.targetEnded(reason)
      monitor = newer
    }
  }

  private reportUncaught(process: LocalProcess, name: string | undefined, reason: ExitReason): void {
    // A behaviour reports for itself; a process ended by a signal was reported by whoever caused it.
    if (process.initialCall !== undefined || !process.endedItself || !(isUncaughtError(reason) || isNoCatch(reason)))
      return
    const { pid, belongings } = process
    this.report({ type: 'processError', level: 'error', pid, name, label: belongings?.label, reason })
  }

  // ── The main process ─────────────────────────────────────────────────────────────────────────────────────────────

  private newMain(): LocalProcess {
    const main = new LocalProcess(this, ++this.lastId, ASYNC_CODE)
    main.own().label = 'main'
    main.groupLeader = main.pid
    this.processes.add(main)
    return main
  }

  /** As in a shell: what was evaluated fails, the reason is told, and a new main process takes over. */
  private mainEnded(reason: ExitReason): void {
    if (this.stopped) return
    this.report({ type: 'processError', level: 'error', pid: this.main.pid, name: undefined, label: 'main', reason })
    this.main = this.newMain()
  }

  /** `process` begins to wait. Node must not end under a waiting main program. */
  waitStarted(process: LocalProcess): void {
    if (process !== this.main) return
    this.mainWaits = true
    this.scheduler.wake()
  }

  // ── Keeping Node running ─────────────────────────────────────────────────────────────────────────────────────────

  /** Keeps Node running until the returned function is called. */
  hold(): () => void {
    let held = true
    this.holds++
    this.updateKeepAlive()
    return () => {
      if (!held) return
      held = false
      this.holds--
      this.updateKeepAlive()
    }
  }

  private drained(): void {
    this.timers.settle()
    if (this.mainWaits || this.keepAlive !== undefined) this.updateKeepAlive()
  }

  private updateKeepAlive(): void {
    this.mainWaits = this.main.receiving !== undefined || isWaiting(this.main)
    const wanted = !this.stopped && (this.holds > 0 || this.mainWaits)
    if (wanted) this.keepAlive ??= setInterval(() => {}, KEEP_ALIVE_MS)
    else if (this.keepAlive !== undefined) {
      clearInterval(this.keepAlive)
      this.keepAlive = undefined
    }
  }

  // ── Reports of the runtime itself ────────────────────────────────────────────────────────────────────────────────

  private reportLongRun(candidates: readonly LocalProcess[], durationMs: number): void {
    const processes = candidates.map((process) => ({ pid: process.pid, name: process.displayName }))
    this.report({ type: 'longRun', level: 'warning', durationMs, processes })
  }

  mailboxOverflowed(process: LocalProcess, policy: OverflowPolicy, dropped: number): void {
    if ((dropped & (dropped - 1)) !== 0) return
    const { pid, name } = process
    this.report({ type: 'mailboxOverflow', level: 'warning', pid, name, policy, dropped })
  }

  /** Ends every process, silently and at once, and all timers. */
  [Symbol.dispose](): void {
    if (this.stopped) return
    this.stopped = true
    for (const process of this.processes.toArray()) this.end(process, 'killed')
    this.scheduler.stop()
    this.timers.clear()
    this.updateKeepAlive()
  }
}

function isWaiting(process: LocalProcess): boolean {
  for (let monitor = process.monitors; monitor !== undefined; monitor = monitor.nextOfWatcher) {
    if (monitor instanceof Wait) return true
  }
  return false
}

function checkOptions(options: RuntimeOptions): void {
  checkKeys('new Runtime', options, OPTIONS)
  const { reporter, logger, logLevel } = options
  if (reporter !== undefined && (logger !== undefined || logLevel !== undefined)) {
    throw new BadArgumentError('new Runtime', 'reporter, or logger and logLevel', 'both')
  }
  if (logger !== undefined) checkLogger('new Runtime: logger', logger)
  if (logLevel !== undefined) checkLevel('new Runtime: logLevel', logLevel)
}

function reporterOf({ reporter, logger, logLevel = 'warning' }: RuntimeOptions): Reporter {
  if (reporter !== undefined) return reporter
  return logger === undefined ? terminalReporter(logLevel) : logReports(logger, logLevel)
}

/** The runtime of the process that calls; outside any, `undefined`. */
export function runtimeOfCaller(): Runtime | undefined {
  return (running ?? asyncProcess())?.runtime
}
