import type { Pid } from '../core/pid.ts'
import { callFailed, ExitError, type ExitReason } from '../core/reason.ts'
import { isThenable } from '../runtime/code.ts'
import { runInside } from '../runtime/context.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Steps } from '../runtime/sequence.ts'
import { linkNew } from '../runtime/spawn.ts'
import type { StartOutcome } from '../runtime/start.ts'
import { Timer } from '../runtime/timers.ts'
import { Wait } from '../runtime/wait.ts'
import type { ReplyTarget } from './task-handle.ts'
import { spawnTask } from './task-process.ts'
import type { StreamPlan } from './task-stream.ts'
import { startStreamOwner } from './task-stream-owner.ts'

/** Starts a task below `parent`. */
export type Begin = (parent: LocalProcess) => Pid | StartOutcome

/**
 * Has `begin` called with the process that shall be the parent of a task; `owner` is the stream's own process. What it throws
 * ends the stream.
 */
export type Launch = (begin: Begin, owner: LocalProcess) => Steps<void>

/** The task of one element, watched by the stream's own process. */
class StreamTask extends Monitor implements ReplyTarget {
  readonly run: StreamRun
  readonly input: unknown
  next: StreamTask | undefined = undefined
  result: object | undefined = undefined
  /** What runs it, once it has started. */
  process: LocalProcess | undefined = undefined
  isLate = false
  timer: Timer | undefined = undefined

  constructor(run: StreamRun, input: unknown) {
    super(run.owner, run.owner.pid)
    this.run = run
    this.input = input
  }

  reply(value: unknown): void {
    if (this.target !== undefined) this.result = { type: 'ok', value }
  }

  /** An element is settled when its task is down: with its value, if it gave one before. */
  override targetEnded(reason: ExitReason): void {
    // A failure that takes the stream's process along, and with it the consumer, is nobody's result.
    if (this.watcher.ending) return
    this.stopTimer()
    this.result ??= this.run.exitResult(this, this.isLate ? 'timeout' : reason)
    this.run.settled(this)
  }

  override watcherEnded(): void {
    this.stopTimer()
  }

  private stopTimer(): void {
    if (this.timer !== undefined) this.watcher.runtime.timers.cancel(this.timer)
  }
}

/** The consumer, waiting for something to happen. */
class StreamWait extends Wait<void> {
  protected onTargetEnded(): void {
    this.succeed() // the stream's own process is gone: whoever waited looks and sees
  }

  protected onTimeout(): void {} // it has none
}

/**
 * A stream that is being consumed.
 *
 * ```
 *  consumer ── linked, watches ── owner ── linked, watches ── task, task, …
 * ```
 * The owner is a process of its own, so that the `exit` messages of tasks are never the consumer's. It traps exits if the
 * consumer does; if not, a task that fails takes both along.
 *
 * Semantics: Elixir `Task.Supervised.stream/6`.
 */
export class StreamRun {
  readonly consumer: LocalProcess
  readonly owner: LocalProcess
  private readonly plan: StreamPlan
  private readonly input: Iterator<unknown> | AsyncIterator<unknown>
  private readonly running = new Set<StreamTask>()
  /** Tasks whose results are to be given out: all of them, in input order, or the settled ones as they come. */
  private first: StreamTask | undefined = undefined
  private last: StreamTask | undefined = undefined
  private wait: StreamWait | undefined = undefined
  /** An asynchronous input has been asked and has not answered. */
  private isPulling = false
  /** What it answered. */
  private pulled: IteratorResult<unknown> | undefined = undefined
  private inputError: { readonly error: unknown } | undefined = undefined
  private isExhausted = false
  /** A task was late, and the consumer is to exit for it. */
  private isLate = false
  private isClosed = false

  constructor(plan: StreamPlan, consumer: LocalProcess) {
    this.plan = plan
    this.consumer = consumer
    this.owner = startStreamOwner(consumer, `${plan.site.module}.${plan.site.function}`)
    const { input } = plan
    this.input = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]()
  }

  // ── What the consumer does ───────────────────────────────────────────────────────────────────────────────────────

  /** @returns the next result; `undefined` when there is none any more. */
  *advance(): Steps<object | undefined> {
    if (this.isClosed) return undefined
    try {
      const ready = yield* this.nextResult()
      if (ready !== undefined) return ready
    } catch (error) {
      yield* this.haltQuietly()
      throw error
    }
    yield* this.halt()
    return undefined
  }

  /** Kills what still runs, waits for its end, and leaves nothing behind. */
  *halt(): Steps<void> {
    if (this.isClosed) return
    this.isClosed = true
    for (const task of this.running) this.kill(task)
    while (this.running.size > 0 && !this.owner.ended) yield this.change()
    this.releaseOwner()
    yield* this.closeInput()
  }

  private *haltQuietly(): Steps<void> {
    try {
      yield* this.halt()
    } catch {
      // The input failed to close: the error that made us close it is the one to tell.
    }
  }

  private *nextResult(): Steps<object | undefined> {
    for (;;) {
      this.throwFailure()
      yield* this.fill()
      const ready = this.takeReady()
      if (ready !== undefined) return ready
      if (this.isExhausted && this.inputError === undefined && this.running.size === 0) return undefined
      if (!this.hasFailed) yield this.change()
    }
  }

  private get hasFailed(): boolean {
    return this.isLate || this.inputError !== undefined || this.owner.ended
  }

  private throwFailure(): void {
    if (this.inputError !== undefined) throw this.inputError.error
    if (this.isLate) throw this.exit('timeout')
    if (this.owner.ended) throw this.exit(this.owner.exitReason)
  }

  private exit(reason: ExitReason): ExitError {
    return new ExitError(callFailed(reason, { ...this.plan.site, args: [this.plan.timeoutMs] }))
  }

  private takeReady(): object | undefined {
    const task = this.first
    if (task?.result === undefined || this.running.has(task)) return undefined
    this.first = task.next
    if (this.first === undefined) this.last = undefined
    return task.result
  }

  private change(): Operation<void> {
    const wait = new StreamWait(this.consumer, this.owner.pid)
    this.wait = wait
    const operation = wait.begin('infinity')
    wait.attach(this.owner)
    return operation
  }

  private poke(): void {
    this.wait?.succeed()
    this.wait = undefined
  }

  // ── Elements ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts tasks while there is room and the input has elements at hand. */
  private *fill(): Steps<void> {
    while (!this.isExhausted && !this.hasFailed && this.running.size < this.plan.maxConcurrency) {
      const step = this.pulled ?? this.pull()
      this.pulled = undefined
      if (step === undefined) return
      if (step.done) this.isExhausted = true
      else yield* this.start(step.value)
    }
  }

  /** Asks the input for an element. @returns `undefined` while it is on its way. */
  private pull(): IteratorResult<unknown> | undefined {
    if (this.isPulling) return undefined
    const step = this.askInput()
    if (!isThenable(step)) return step
    this.isPulling = true
    const arrived = (effect: () => void) => {
      this.isPulling = false
      effect()
      this.poke()
    }
    step.then(
      (result) => arrived(() => (this.pulled = result as IteratorResult<unknown>)),
      (error) => arrived(() => this.inputFailed(error)),
    )
    return undefined
  }

  private askInput(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    try {
      const isAsync = Symbol.asyncIterator in this.plan.input
      return isAsync ? runInside(this.consumer, () => this.input.next()) : this.input.next()
    } catch (error) {
      this.isExhausted = true
      throw error
    }
  }

  private inputFailed(error: unknown): void {
    this.isExhausted = true
    this.inputError = { error }
  }

  private *closeInput(): Steps<void> {
    if (this.isExhausted) return
    this.isExhausted = true
    const closed = this.input.return?.()
    if (!isThenable(closed)) return
    // It was asked for an element that may never come, and its `return` waits behind that.
    if (this.isPulling) closed.then(undefined, () => {})
    else yield closed
  }

  private *start(input: unknown): Steps<void> {
    const task = new StreamTask(this, input)
    yield* this.plan.launch((parent) => this.begin(task, parent), this.owner)
  }

  private begin(task: StreamTask, parent: LocalProcess): Pid | StartOutcome {
    const { owner, plan } = this
    if (owner.ending || this.isClosed) return { type: 'refused', reason: 'shutdown' }
    const { consumer: requester } = this
    const process = spawnTask(parent, { run: plan.run, args: [task.input], requester, replyTo: task })
    if (parent !== owner) linkNew(parent, process)
    if (plan.isLinked) linkNew(owner, process)
    task.attach(process)
    task.process = process
    this.running.add(task)
    if (plan.ordered) this.append(task)
    this.limit(task)
    return process.pid
  }

  private limit(task: StreamTask): void {
    const { timeoutMs } = this.plan
    if (timeoutMs === 'infinity') return
    task.timer = new Timer(() => this.ranLate(task))
    this.owner.runtime.timers.startSoon(task.timer, timeoutMs)
  }

  private ranLate(task: StreamTask): void {
    task.isLate = true
    this.isLate = this.plan.onTimeout === 'exit'
    this.kill(task)
  }

  private kill(task: StreamTask): void {
    const { process } = task
    if (process === undefined) return
    this.owner.removeLink(process.pid)
    process.removeLink(this.owner.pid)
    process.exitSignal(this.owner.pid, 'kill', false)
  }

  /** The task of an element is down. */
  settled(task: StreamTask): void {
    this.running.delete(task)
    if (!this.plan.ordered) this.append(task)
    this.poke()
  }

  exitResult(task: StreamTask, reason: ExitReason): object {
    return this.plan.zipInputOnExit ? { type: 'exit', reason, input: task.input } : { type: 'exit', reason }
  }

  private append(task: StreamTask): void {
    if (this.last === undefined) this.first = task
    else this.last.next = task
    this.last = task
  }

  private releaseOwner(): void {
    const { owner, consumer } = this
    consumer.removeLink(owner.pid)
    owner.removeLink(consumer.pid)
    if (!owner.ended) owner.runtime.end(owner, 'normal')
  }
}
