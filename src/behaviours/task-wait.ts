import type { CallLocation, ExitReason } from '../core/reason.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Timeout } from '../runtime/receive.ts'
import { Wait } from '../runtime/wait.ts'
import type { TaskHandle, TaskMonitor, TaskOutcome, TaskWaiter } from './task-handle.ts'

/** An owner that waits for some of its tasks. */
abstract class TaskWait<R> extends Wait<R> implements TaskWaiter {
  /** Those that have not been heard of yet. */
  protected readonly open: Set<TaskMonitor>

  constructor(owner: LocalProcess, tasks: Iterable<TaskHandle>) {
    super(owner, owner.pid)
    this.open = new Set([...tasks].map((task) => task.ref))
  }

  /** Begins to wait. What is in the mailbox already counts, also when the time is 0. */
  start(timeoutMs: Timeout): Operation<R> {
    const operation = this.begin(timeoutMs === 0 ? 'infinity' : timeoutMs)
    this.takeMailed()
    if (this.pending) this.listen()
    if (this.pending && timeoutMs === 0) this.onTimeout()
    return operation
  }

  settled(task: TaskMonitor, outcome: TaskOutcome): void {
    this.open.delete(task)
    if (this.pending) this.onOutcome(task, outcome)
  }

  protected abstract onOutcome(task: TaskMonitor, outcome: TaskOutcome): void

  protected onTargetEnded(): void {} // its target is the owner itself

  /** Gives up every task that has not been heard of. */
  protected abandonOpen(): void {
    for (const task of this.open) {
      task.unlisten(this)
      task.abandon()
    }
  }

  private takeMailed(): void {
    for (const task of [...this.open]) {
      const outcome = this.pending ? task.take() : undefined
      if (outcome !== undefined) this.settled(task, outcome)
    }
  }

  private listen(): void {
    // There is no single process on the other end: it hangs on its own one, so that the owner's end ends it.
    this.attach(this.watcher)
    for (const task of this.open) task.listen(this)
    this.cleanup = () => {
      for (const task of this.open) task.unlisten(this)
    }
  }
}

/** `Task.await`, and with several tasks `Task.awaitMany`. */
export class AwaitTasks<R> extends TaskWait<R> {
  private readonly values = new Map<TaskMonitor, unknown>()
  private readonly call: CallLocation
  private readonly convert: (values: ReadonlyMap<TaskMonitor, unknown>) => R

  constructor(
    owner: LocalProcess,
    tasks: Iterable<TaskHandle>,
    call: CallLocation,
    convert: (values: ReadonlyMap<TaskMonitor, unknown>) => R,
  ) {
    super(owner, tasks)
    this.call = call
    this.convert = convert
  }

  override start(timeoutMs: Timeout): Operation<R> {
    const operation = super.start(timeoutMs)
    this.succeedWhenDone()
    // Nothing can be heard any more of a task that was awaited before: without a limit that would take for ever.
    if (timeoutMs === 'infinity' && [...this.open].some((task) => !task.isActive)) this.giveUp('noproc')
    return operation
  }

  protected onOutcome(task: TaskMonitor, outcome: TaskOutcome): void {
    if (outcome.type === 'exit') this.giveUp(outcome.reason)
    else {
      this.values.set(task, outcome.value)
      this.succeedWhenDone()
    }
  }

  protected onTimeout(): void {
    this.giveUp('timeout')
  }

  private succeedWhenDone(): void {
    if (this.open.size === 0) this.succeed(this.convert(this.values))
  }

  private giveUp(reason: ExitReason): void {
    if (!this.pending) return
    this.abandonOpen()
    this.fail(reason, this.call)
  }
}

/** What `Task.yieldMany` does with the tasks that are not done in time. */
export type OnTimeout = 'nothing' | 'ignore' | 'killTask'

/** `Task.yieldMany`, and with one task `Task.yield`. */
export class YieldTasks<R> extends TaskWait<R> {
  private readonly outcomes = new Map<TaskMonitor, TaskOutcome>()
  private readonly tasks: readonly TaskHandle[]
  private readonly limit: number
  private readonly late: OnTimeout
  private readonly convert: (outcomes: ReadonlyMap<TaskMonitor, TaskOutcome>) => R
  private isKilling = false

  constructor(
    owner: LocalProcess,
    tasks: readonly TaskHandle[],
    options: { readonly limit: number; readonly onTimeout: OnTimeout },
    convert: (outcomes: ReadonlyMap<TaskMonitor, TaskOutcome>) => R,
  ) {
    super(owner, tasks)
    this.tasks = tasks
    this.limit = options.limit
    this.late = options.onTimeout
    this.convert = convert
  }

  override start(timeoutMs: Timeout): Operation<R> {
    const operation = super.start(timeoutMs)
    this.finishWhenDone()
    return operation
  }

  protected onOutcome(task: TaskMonitor, outcome: TaskOutcome): void {
    if (!(this.isKilling && isKilled(outcome))) this.outcomes.set(task, outcome)
    this.finishWhenDone()
  }

  protected onTimeout(): void {
    if (this.late === 'killTask') {
      this.isKilling = true
      this.killOpen()
      return
    }
    if (this.late === 'ignore') {
      for (const task of this.openHandles()) unlinkTask(this.watcher, task)
      this.abandonOpen()
    }
    this.finish()
  }

  private killOpen(): void {
    for (const task of this.openHandles()) {
      if (task.ref.isActive) stopTask(this.watcher, task, 'kill')
      else this.settled(task.ref, { type: 'exit', reason: 'noproc' })
    }
    this.finishWhenDone()
  }

  private openHandles(): TaskHandle[] {
    return this.tasks.filter((task) => this.open.has(task.ref))
  }

  private finishWhenDone(): void {
    if (this.open.size === 0 || (!this.isKilling && this.outcomes.size >= this.limit)) this.finish()
  }

  private finish(): void {
    if (this.pending) this.succeed(this.convert(this.outcomes))
  }
}

function isKilled(outcome: TaskOutcome): boolean {
  return outcome.type === 'exit' && outcome.reason === 'killed'
}

/** `Task.shutdown`: waits for the end of a task that has been told to end. */
export class ShutdownTask extends TaskWait<TaskOutcome | undefined> {
  private readonly task: TaskHandle
  private readonly expected: ExitReason

  constructor(owner: LocalProcess, task: TaskHandle, expected: ExitReason) {
    super(owner, [task])
    this.task = task
    this.expected = expected
  }

  override start(timeoutMs: Timeout): Operation<TaskOutcome | undefined> {
    const operation = super.start(timeoutMs)
    if (this.pending && !this.task.ref.isActive) this.succeed({ type: 'exit', reason: 'noproc' })
    return operation
  }

  protected onOutcome(_task: TaskMonitor, outcome: TaskOutcome): void {
    const isExpected = outcome.type === 'exit' && outcome.reason === this.expected
    this.succeed(isExpected ? undefined : outcome)
  }

  protected onTimeout(): void {
    stopTask(this.watcher, this.task, 'kill')
  }
}

/** Unlinks a task and sends it an exit signal. Nothing can come between the two: no code of anybody runs meanwhile. */
export function stopTask(owner: LocalProcess, task: TaskHandle, reason: ExitReason): void {
  unlinkTask(owner, task)
  const process = task.pid?.receiver as LocalProcess | undefined
  process?.exitSignal(owner.pid, reason, false)
}

export function unlinkTask(owner: LocalProcess, task: TaskHandle): void {
  const process = task.pid?.receiver as LocalProcess | undefined
  if (process === undefined) return
  owner.removeLink(process.pid)
  process.removeLink(owner.pid)
}
