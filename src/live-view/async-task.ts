import { startTaskBelow } from '../../supervisors/task-supervisor.ts'
import type { ReplyTarget, TaskOutcome } from '../behaviours/task-handle.ts'
import { spawnTask } from '../behaviours/task-process.ts'
import { show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { type ExitReason, reasonOfThrown } from '../core/reason.ts'
import { ExitMessage } from '../runtime/messages.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { linkNew } from '../runtime/spawn.ts'
import type { StartOutcome } from '../runtime/start.ts'

/** What a task is called: a string, or a list that begins with one. */
export type AsyncName = string | readonly [string, ...(string | number | bigint | boolean | null)[]]

/** What a task is for: a callback, assigns, or a stream. */
export type AsyncKind = 'start' | 'assign' | 'stream'

/** What became of a task. Semantics: `{:ok, value}` and `{:exit, reason}`. */
export type AsyncOutcome<T = unknown> = TaskOutcome<T>

/** What a task is, for the view that started it. */
export interface AsyncPlan {
  readonly kind: AsyncKind
  readonly name: AsyncName | readonly string[]
  /** Unique for the kind and the name; of several tasks with one key the newest counts. */
  readonly key: string
  /** The socket of the view or component that started it. */
  readonly owner: object
  readonly run: () => unknown
  /** The task supervisor that it shall be a child of. */
  readonly supervisor: ServerRef | undefined
}

/** Tells a view that a task of it is over. Only the functions of this file make one. */
export class AsyncEnded {
  readonly task: AsyncTask
  readonly outcome: AsyncOutcome

  constructor(task: AsyncTask, outcome: AsyncOutcome) {
    this.task = task
    this.outcome = outcome
  }
}

/**
 * A task beside a view: a process that is linked to the view's.
 *
 * The view's end is its end. Its own end is one message, {@link AsyncEnded}, and never the view's: the link is taken away before it
 * could tell of a failure, and a view that traps exits is told by an `exit` message of its own.
 */
export class AsyncTask implements ReplyTarget {
  readonly plan: AsyncPlan
  private readonly view: LocalProcess
  private process: LocalProcess | undefined = undefined
  private outcome: AsyncOutcome | undefined = undefined
  private isCancelled = false
  private isOver = false
  private readonly whenOver: (() => void)[] = []

  constructor(plan: AsyncPlan, view: LocalProcess) {
    this.plan = plan
    this.view = view
  }

  /** Starts it: at once, or as soon as its supervisor comes to it. A start that fails is a task that fails. */
  launch(): void {
    const { supervisor } = this.plan
    if (supervisor === undefined) {
      this.begin(this.view)
      return
    }
    const begin = (parent: LocalProcess) => (this.isWanted ? this.begin(parent) : REFUSED)
    startTaskBelow('startChild', supervisor, begin, {}).then(
      (outcome) => this.over(exitOf(outcome)),
      (thrown: unknown) => this.over(reasonOfThrown(thrown)),
    )
  }

  private get isWanted(): boolean {
    return !this.view.ending && !this.isCancelled
  }

  private begin(parent: LocalProcess): Pid {
    const { view, plan } = this
    const process = spawnTask(parent, { run: plan.run, args: [], requester: view, replyTo: this })
    if (parent !== view) linkNew(parent, process)
    linkNew(view, process)
    process.own().label = `${plan.kind}Async ${show(plan.name)}`
    process.whenReleased(() => this.released(process))
    this.process = process
    return process.pid
  }

  /** Its function has returned; it ends at once. */
  reply(value: unknown): void {
    this.outcome = { type: 'ok', value }
  }

  /** The links of a process are told after this. */
  private released({ pid, exitReason }: LocalProcess): void {
    const { view, isCancelled } = this
    view.removeLink(pid)
    this.process?.removeLink(view.pid)
    const isFailure = exitReason !== 'normal' && !isCancelled
    if (isFailure && view.trapsExits) view.deliverSignal(new ExitMessage(pid, exitReason))
    this.over(exitReason)
  }

  private over(reason: ExitReason | undefined): void {
    if (this.isOver || reason === undefined) return
    this.isOver = true
    this.view.deliverSignal(new AsyncEnded(this, this.outcome ?? { type: 'exit', reason }))
    for (const tell of this.whenOver) tell()
  }

  /** Ends it. */
  stop(reason: ExitReason): void {
    this.isCancelled = true
    if (this.process === undefined) this.over(reason)
    else this.process.exitSignal(this.view.pid, reason, false)
  }

  /** Calls `tell` when it is over, and its end is in the view's mailbox. */
  whenEnded(tell: () => void): void {
    if (this.isOver) tell()
    else this.whenOver.push(tell)
  }
}

const REFUSED: StartOutcome = { type: 'refused', reason: 'noproc' }

/** Why a task was not started; `undefined` when it was. */
function exitOf(outcome: { readonly type: string; readonly reason?: ExitReason }): ExitReason | undefined {
  return outcome.type === 'started' ? undefined : (outcome.reason ?? outcome.type)
}
