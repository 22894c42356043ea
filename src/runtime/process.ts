import { Pid, type PidReceiver } from '../core/pid.ts'
import { type ExitReason, isAbnormal, reasonOfThrown } from '../core/reason.ts'
import type { Ref } from '../core/ref.ts'
import { AliasReceiver } from './alias.ts'
import type { Code } from './code.ts'
import { crashReport } from './crash-report.ts'
import { hasLink, type Links, withLink, withoutLink } from './links.ts'
import { Mailbox } from './mailbox.ts'
import type { MailboxLimit } from './mailbox-limit.ts'
import { ExitMessage, isDown } from './messages.ts'
import type { AliasMode, Monitor } from './monitor.ts'
import type { ParkedOperation } from './operation.ts'
import type { TimerRef } from './process-timers.ts'
import type { Receive } from './receive.ts'
import type { Runtime } from './runtime.ts'
import { Timer } from './timers.ts'

/** What most processes never have. Made when first needed, so that an idle process stays small. */
export interface Belongings {
  label: unknown
  dictionary: Map<unknown, unknown> | undefined
  aliases: Set<Ref> | undefined
  /** Timers aimed at this process: they end with it. */
  timers: Set<TimerRef> | undefined
  abort: AbortController | undefined
  limit: MailboxLimit | undefined
  callers: readonly Pid[] | undefined
  /** What else is to be given back when it ends: tables that it owns. */
  releases: (() => void)[] | undefined
  /** A mailbox overflow has been reported since the mailbox was last below its limit. */
  dropped: number
}

/**
 * A process of this thread: mailbox, links, monitors, and how its code runs. Only `src/runtime` touches its insides.
 *
 * Life: runnable ⇄ running ⇄ waiting, then ended. A process that is told to die while its own code is on the stack is
 * `ending` until that code returns to the scheduler; everywhere else death is at once.
 */
export class LocalProcess implements PidReceiver {
  readonly runtime: Runtime
  readonly pid: Pid
  readonly mailbox = new Mailbox()
  code: Code
  /** In the run queue. */
  queued = false
  /** A message would make it runnable. */
  listening = false
  /** No code of it may run any more: it is ended, or will be when the code on the stack returns. */
  ending = false
  /** Released: nothing in the runtime points here. */
  ended = false
  /** Its own code came to an end, by returning or throwing: it was not ended by a signal. */
  endedItself = false
  trapsExits = false
  /** Its body is a generator: operations are for `yield*`. */
  isGenerator = false
  exitReason: ExitReason = undefined
  reductions = 0
  parent: Pid | undefined = undefined
  groupLeader: Pid | undefined = undefined
  name: string | undefined = undefined
  /** Who started it, nearest first (`$ancestors`), and what it runs (`$initial_call`): set by synchronous starts. */
  ancestors: readonly (Pid | string)[] | undefined = undefined
  initialCall: string | undefined = undefined
  links: Links = undefined
  /** First of the monitors that it set, and of those set on it. */
  monitors: Monitor | undefined = undefined
  watchers: Monitor | undefined = undefined
  previousInTable: LocalProcess | undefined = undefined
  nextInTable: LocalProcess | undefined = undefined
  /** The operation that its generator waits for. */
  parked: ParkedOperation<unknown> | undefined = undefined
  /** The `receive` that its asynchronous code awaits. */
  receiving: Receive<unknown> | undefined = undefined
  /** Its `receive()` without conditions, used again and again. */
  plainReceive: Receive<unknown> | undefined = undefined
  belongings: Belongings | undefined = undefined
  /** The timer of its wait. A process rarely has two at once, so it is kept for the next wait. */
  private waitTimer: Timer | undefined = undefined
  /** The ancestors of its children, made once for all of them. */
  private lineageOfChildren: readonly (Pid | string)[] | undefined = undefined

  constructor(runtime: Runtime, id: number, code: Code) {
    this.runtime = runtime
    this.code = code
    this.pid = new Pid(runtime.node, id, this)
  }

  /** What it is called in reports: its name, label or pid. */
  get displayName(): string {
    if (this.name !== undefined) return this.name
    const label = this.belongings?.label
    return label === undefined ? this.pid.toString() : `${String(label)} ${this.pid}`
  }

  /** The `$ancestors` of a process that it starts: itself, by name if it has one, and its own ancestors. */
  get lineage(): readonly (Pid | string)[] {
    const head = this.name ?? this.pid
    if (this.lineageOfChildren?.[0] !== head) this.lineageOfChildren = [head, ...(this.ancestors ?? [])]
    return this.lineageOfChildren as readonly (Pid | string)[]
  }

  get signal(): AbortSignal {
    if (this.ended) return AbortSignal.abort(this.exitReason)
    const own = this.own()
    own.abort ??= new AbortController()
    return own.abort.signal
  }

  /** Stands for code outside any process: the only kind without a parent. */
  get isMain(): boolean {
    return this.parent === undefined
  }

  own(): Belongings {
    this.belongings ??= {
      label: undefined,
      dictionary: undefined,
      aliases: undefined,
      timers: undefined,
      abort: undefined,
      limit: undefined,
      callers: undefined,
      releases: undefined,
      dropped: 0,
    }
    return this.belongings
  }

  /** Calls `release` when the process ends, before its links and monitors are told. It must not throw. */
  whenReleased(release: () => void): void {
    const own = this.own()
    own.releases ??= []
    own.releases.push(release)
  }

  // ── Mailbox ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A message from another process. Never runs code of the receiver, never throws. */
  deliver(message: unknown): void {
    if (this.ending) return
    if (this.belongings?.limit !== undefined && !this.belongings.limit.admits(this, message)) return
    if (this.receiving !== undefined && this.mailbox.size === 0 && this.receiving.accept(message)) return
    this.mailbox.push(message)
    if (this.listening && !this.queued) this.runtime.scheduler.enqueue(this)
  }

  /** What the runtime itself tells the process (`down`, `exit`): no limit of the mailbox keeps it out. */
  deliverSignal(message: unknown): void {
    if (this.ending) return
    this.mailbox.push(message)
    if (this.listening && !this.queued) this.runtime.scheduler.enqueue(this)
  }

  makeRunnable(): void {
    if (!this.queued && !this.ended) this.runtime.scheduler.enqueue(this)
  }

  /** Forgets a queued `down` of the monitor. */
  removeDown(ref: Ref): void {
    if (this.mailbox.size > 0) this.mailbox.removeAll((message) => isDown(message, ref) || isTagged(message, ref))
  }

  // ── Running: called by the scheduler ────────────────────────────────────────────────────────────────────────────

  run(): void {
    if (this.ended) return
    if (!this.ending) {
      if (this.receiving === undefined) this.code.run(this)
      else this.receiving.serve()
    }
    // Something on the stack (its own code, or what it set off) told it to die meanwhile.
    if (this.ending) this.runtime.end(this, this.exitReason)
  }

  /** Code of it has left the stack that the scheduler did not run: see `bind`. */
  endIfTold(): void {
    if (this.ending) this.runtime.end(this, this.exitReason)
  }

  /** Code that it started beside its body threw, and nobody waits for it. */
  crash(thrown: unknown): void {
    if (this.ending) return
    if (this.code.crashed !== undefined) {
      this.code.crashed(thrown)
      return
    }
    const reason = reasonOfThrown(thrown)
    // The report that plain processes get anyway; nobody else would tell of the crash of a task.
    if (this.initialCall !== undefined && isAbnormal(reason)) this.runtime.report(crashReport(this, reason))
    this.end(reason)
  }

  /** Its code is over. */
  end(reason: ExitReason): void {
    if (this.ending) return // told to die before its code came to this end: the first reason stays
    this.endedItself = true
    this.runtime.end(this, reason)
  }

  // ── Signals ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * An exit signal arrives. `isLink`: it comes from the end of a linked process.
   * Semantics: OTP, the table of `otp.md` §5.
   */
  exitSignal(from: Pid, reason: ExitReason, isLink: boolean): void {
    if (this.ending) return
    if (isLink) {
      if (!hasLink(this.links, from)) return
      this.links = withoutLink(this.links, from)
    } else if (reason === 'kill') {
      this.die('killed')
      return
    }
    if (this.trapsExits) this.deliverSignal(new ExitMessage(from, reason))
    else if (reason !== 'normal' || (!isLink && from === this.pid)) this.die(reason)
  }

  /** Ends the process from outside its code. */
  die(reason: ExitReason): void {
    if (this.ending) return
    if (this.runtime.isOnStack(this)) {
      this.ending = true
      this.exitReason = reason
    } else {
      this.runtime.end(this, reason)
    }
  }

  addLink(peer: Pid): void {
    this.links = withLink(this.links, peer)
  }

  removeLink(peer: Pid): void {
    this.links = withoutLink(this.links, peer)
  }

  // ── Aliases ──────────────────────────────────────────────────────────────────────────────────────────────────────

  openAlias(ref: Ref, mode: AliasMode): void {
    const own = this.own()
    own.aliases ??= new Set()
    own.aliases.add(ref)
    ref.receiver = new AliasReceiver(this, ref, mode)
  }

  /** @returns whether `ref` was an active alias of this process. */
  dropAlias(ref: Ref): boolean {
    if (!this.belongings?.aliases?.delete(ref)) return false
    ref.receiver = undefined
    return true
  }

  // ── Timers of its waits ──────────────────────────────────────────────────────────────────────────────────────────

  /** A timer for one wait. Whoever takes one gives it back, or forgets it when it fires. */
  takeTimer(): Timer {
    const timer = this.waitTimer
    if (timer === undefined) {
      this.waitTimer = new Timer(() => {})
      return this.waitTimer
    }
    return timer.isRunning ? new Timer(() => {}) : timer
  }

  giveTimerBack(timer: Timer): void {
    this.runtime.timers.cancel(timer)
  }

  /** Nobody waits any more. */
  releaseTimer(): void {
    if (this.waitTimer !== undefined) this.runtime.timers.cancel(this.waitTimer)
  }
}

function isTagged(message: unknown, ref: Ref): boolean {
  const down = message as { ref?: unknown; object?: unknown; reason?: unknown } | null
  return typeof down === 'object' && down !== null && down.ref === ref && 'object' in down && 'reason' in down
}
