import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import type { Ref } from '../core/ref.ts'
import { isDown } from '../runtime/messages.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'

/** What became of a task: its value, or why it ended without one. */
export type TaskOutcome<T = unknown> =
  | { readonly type: 'ok'; readonly value: T }
  | { readonly type: 'exit'; readonly reason: ExitReason }

/**
 * The answer of a task, as its owner finds it in the mailbox when nobody waits for it.
 *
 * Semantics: Elixir's `{ref, value}`.
 */
export class TaskReply<T = unknown> {
  readonly type = 'taskReply'
  /** The `ref` of the task. */
  readonly ref: Ref
  readonly value: T

  constructor(ref: Ref, value: T) {
    this.ref = ref
    this.value = value
  }
}

/** Whether the message is the answer of `task` (of any task, without it): for the `handleInfo` of a server that starts tasks. */
export function isTaskReply<T = unknown>(message: unknown, task?: TaskHandle<T>): message is TaskReply<T> {
  const reply = message as Partial<TaskReply> | null | undefined
  return typeof reply === 'object' && reply?.type === 'taskReply' && (task === undefined || reply.ref === task.ref)
}

/** Who is told what became of a task, while its owner waits. */
export interface TaskWaiter {
  /** Only called while it listens. */
  settled(task: TaskMonitor, outcome: TaskOutcome): void
}

/** Where a task's value goes. */
export interface ReplyTarget {
  reply(value: unknown): void
}

/**
 * The owner's monitor on its task, and the address that the task answers to. Both are on or off together: after
 * `demonitor(task.ref)` neither an answer nor a `down` arrives.
 *
 * While the owner waits, the outcome goes straight to the waiter; else it goes to the mailbox, as a message.
 */
export class TaskMonitor extends Monitor implements ReplyTarget {
  private waiters: TaskWaiter[] | undefined = undefined
  /** An answer or a `down` has been put into the mailbox: it is worth looking for. */
  private hasPosted = false

  reply(value: unknown): void {
    if (this.target === undefined) return
    if (this.waiters === undefined) this.post(new TaskReply(this, value))
    else this.settle({ type: 'ok', value })
  }

  override targetEnded(reason: ExitReason): void {
    if (this.watcher.ending) return // the link to the task took the owner along: whatever it waits for, it waits no more
    if (this.waiters !== undefined) {
      this.settle({ type: 'exit', reason })
      return
    }
    this.hasPosted = true
    super.targetEnded(reason)
  }

  /** Puts a message of the task into the owner's mailbox, whatever its limit. */
  post(reply: TaskReply): void {
    this.hasPosted = true
    this.watcher.deliverSignal(reply)
  }

  /** Whether an outcome may still come. */
  get isActive(): boolean {
    return this.target !== undefined
  }

  /** Tells `waiter` the outcome when it comes. */
  listen(waiter: TaskWaiter): void {
    this.waiters ??= []
    this.waiters.push(waiter)
  }

  unlisten(waiter: TaskWaiter): void {
    const others = this.waiters?.filter((other) => other !== waiter)
    this.waiters = others === undefined || others.length === 0 ? undefined : others
  }

  /** Takes the outcome out of the mailbox; an answer before a `down`. After that nothing more comes. */
  take(): TaskOutcome | undefined {
    if (!this.hasPosted) return undefined
    const { mailbox } = this.watcher
    const reply = mailbox.find((message) => isReplyTo(message, this), 0)
    if (reply >= 0) {
      const { value } = mailbox.remove(reply) as TaskReply
      this.silence()
      return { type: 'ok', value }
    }
    const down = mailbox.find((message) => isDown(message, this), 0)
    if (down < 0) return undefined
    const { reason } = mailbox.remove(down) as { reason: ExitReason }
    return { type: 'exit', reason }
  }

  /** Gives the task up: nothing of it arrives any more. Others who wait for it learn that nothing is known of it. */
  abandon(): void {
    this.silence()
    if (this.waiters !== undefined) this.settle({ type: 'exit', reason: 'noproc' })
  }

  private settle(outcome: TaskOutcome): void {
    const waiters = this.waiters ?? []
    this.waiters = undefined
    this.silence()
    for (const waiter of waiters) waiter.settled(this, outcome)
  }

  private silence(): void {
    this.detach()
    if (!this.hasPosted) return
    this.hasPosted = false
    this.watcher.mailbox.removeAll((message) => isReplyTo(message, this) || isDown(message, this))
  }
}

function isReplyTo(message: unknown, ref: Ref): boolean {
  return message instanceof TaskReply && message.ref === ref
}

/**
 * A task that somebody owns: what `Task.async` gives and `Task.await` takes.
 *
 * Semantics: Elixir `%Task{}`.
 */
export class TaskHandle<out T = unknown> {
  /** The process that computes; `undefined` for `Task.completed`. */
  readonly pid: Pid | undefined
  /** The monitor on it, which its answer and its `down` carry. */
  readonly ref: TaskMonitor
  /** The only process that may wait for it. */
  readonly owner: Pid
  /** What it runs, for messages. */
  readonly function: string
  /** Only a type. */
  declare readonly valueType?: T

  constructor(pid: Pid | undefined, ref: TaskMonitor, owner: Pid, functionName: string) {
    this.pid = pid
    this.ref = ref
    this.owner = owner
    this.function = functionName
  }

  toString(): string {
    return `Task(${this.function} ${this.pid ?? 'completed'})`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** Checks that `task` belongs to `caller`. @throws {BadArgumentError} */
export function checkOwner(where: string, task: unknown, caller: LocalProcess): asserts task is TaskHandle {
  if (!(task instanceof TaskHandle)) throw new BadArgumentError(where, 'what Task.async returned', task)
  if (task.owner === caller.pid) return
  const remedy = `It belongs to ${task.owner}, and the caller is ${caller.pid}. Send the value on with send, or wait in the owner.`
  throw new BadArgumentError(where, 'a task of the calling process', task, remedy)
}
