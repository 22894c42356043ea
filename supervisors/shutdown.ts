import type { Pid } from '../src/core/pid.ts'
import { type ExitReason, isShutdownDetail } from '../src/core/reason.ts'
import { ExitMessage } from '../src/runtime/messages.ts'
import { Monitor } from '../src/runtime/monitor.ts'
import { ParkedOperation } from '../src/runtime/operation.ts'
import type { LocalProcess } from '../src/runtime/process.ts'
import { Timer } from '../src/runtime/timers.ts'
import type { CheckedSpec, ShutdownRule } from './child-spec.ts'
import type { SupervisedChild } from './supervised-child.ts'

/** How one child ended that was told to. */
export type OnEnded = (child: SupervisedChild, reason: ExitReason) => void

/**
 * Stops running children by their shutdown rules, all of them at once.
 *
 * Each gets its signal before the first is awaited. Those with the same limit share a timer; whoever is late is killed. The
 * `exit` message that an ended child leaves in the supervisor's mailbox is taken out.
 * @param onEnded - is told each end, with the child's own reason. It may run inside the end of the child: it only takes note.
 * @returns an operation that is over when all have ended; often at once.
 *
 * Semantics: OTP `supervisor`, shutdown/1; Elixir `DynamicSupervisor`, terminate_children (`otp.md` §14.8, §15).
 */
export function stopChildren(
  supervisor: LocalProcess,
  children: readonly SupervisedChild[],
  onEnded: OnEnded,
): ParkedOperation<void> {
  const stopping = new Stopping(supervisor, onEnded)
  for (const child of children) stopping.watch(child)
  stopping.signal()
  return stopping.over
}

class Stopping {
  readonly over: ParkedOperation<void>
  private readonly supervisor: LocalProcess
  private readonly onEnded: OnEnded
  private readonly awaited = new Set<ChildEnd>()
  private readonly timers: Timer[] = []

  constructor(supervisor: LocalProcess, onEnded: OnEnded) {
    this.supervisor = supervisor
    this.onEnded = onEnded
    this.over = new ParkedOperation(supervisor)
  }

  /** Monitors first: whatever becomes of the child from here on, its end is told. */
  watch(child: SupervisedChild): void {
    const { pid } = child
    if (pid === undefined || pid === 'restarting') return
    const end = new ChildEnd(this.supervisor, pid, child, this)
    this.awaited.add(end)
    end.begin()
  }

  signal(): void {
    const limits = new Map<number, ChildEnd[]>()
    for (const end of this.awaited) {
      const rule: ShutdownRule = end.child.spec.shutdown
      end.tell(rule === 'brutalKill' ? 'kill' : 'shutdown')
      if (typeof rule !== 'number' || !this.awaited.has(end)) continue
      const sharers = limits.get(rule)
      if (sharers === undefined) limits.set(rule, [end])
      else sharers.push(end)
    }
    for (const [limitMs, sharers] of limits) this.startTimer(limitMs, sharers)
    this.endWhenEmpty()
  }

  ended(end: ChildEnd, reason: ExitReason): void {
    this.awaited.delete(end)
    this.onEnded(end.child, reason)
    if (this.isSignalled) this.endWhenEmpty()
  }

  /** The supervisor itself ended: nobody waits any more. */
  cancel(): void {
    for (const timer of this.timers) this.supervisor.runtime.timers.cancel(timer)
  }

  private isSignalled = false

  private endWhenEmpty(): void {
    this.isSignalled = true
    if (this.awaited.size > 0) return
    this.cancel()
    this.over.succeed(undefined)
  }

  private startTimer(limitMs: number, sharers: readonly ChildEnd[]): void {
    const timer = new Timer(() => {
      for (const end of sharers) if (this.awaited.has(end)) end.tell('kill')
    })
    this.timers.push(timer)
    this.supervisor.runtime.timers.start(timer, limitMs)
  }
}

/** A supervisor's watch on one child that it stops. */
class ChildEnd extends Monitor {
  readonly child: SupervisedChild
  private readonly pid: Pid
  private readonly stopping: Stopping

  constructor(supervisor: LocalProcess, pid: Pid, child: SupervisedChild, stopping: Stopping) {
    super(supervisor, pid)
    this.pid = pid
    this.child = child
    this.stopping = stopping
  }

  begin(): void {
    const process = this.pid.receiver as LocalProcess | undefined
    const { runtime } = this.watcher
    if (process !== undefined && !process.ending) this.attach(process)
    else if (process === undefined && this.pid.node !== runtime.node) runtime.nodeLink.monitor(this, this.pid)
    else this.targetEnded('noproc')
  }

  tell(reason: ExitReason): void {
    const process = this.pid.receiver as LocalProcess | undefined
    const { runtime, pid } = this.watcher
    if (process !== undefined) process.exitSignal(pid, reason, false)
    else if (this.pid.node !== runtime.node) runtime.nodeLink.exit(pid, this.pid, reason)
  }

  override targetEnded(reason: ExitReason): void {
    const told = takeExit(this.watcher, this.pid)
    this.watcher.removeLink(this.pid)
    // Dead before it was monitored: its `exit` message knows why.
    this.stopping.ended(this, reason === 'noproc' && told !== undefined ? told.reason : reason)
  }

  override watcherEnded(): void {
    this.stopping.cancel()
  }
}

/** Takes the `exit` message of `pid` out of the mailbox, if it is there. */
function takeExit(process: LocalProcess, pid: Pid): ExitMessage | undefined {
  const { mailbox } = process
  const isIts = (message: unknown) => message instanceof ExitMessage && message.from === pid
  // Links are told right before monitors: it is nearly always the newest message, however long the mailbox is.
  const last = mailbox.size - 1
  const position = last >= 0 && isIts(mailbox.at(last)) ? last : mailbox.find(isIts, 0)
  return position < 0 ? undefined : (mailbox.remove(position) as ExitMessage)
}

/** Whether a child that was told to stop ended as it should. Semantics: OTP `supervisor`, shutdown/1. */
export function endedInOrder(spec: CheckedSpec, reason: ExitReason): boolean {
  if (spec.shutdown === 'brutalKill' ? reason === 'killed' : reason === 'shutdown') return true
  if (spec.restart === 'permanent') return false
  return reason === 'shutdown' || reason === 'normal' || isShutdownDetail(reason)
}
