import type { Pid } from '../core/pid.ts'
import { currentProcess } from '../runtime/current.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { Timer } from '../runtime/timers.ts'
import { type AsyncPlan, AsyncTask } from './async-task.ts'
import { asyncElsewhere } from './errors.ts'

/** How long a view that waits for its tasks does so. Semantics: liveview.md §22. */
const PATIENCE_MS = 5000

/** The tasks of one view, and of the components in it. */
export class AsyncTasks {
  private readonly view: LocalProcess
  private readonly running = new Set<AsyncTask>()
  /** By owner and key. */
  private readonly newest = new WeakMap<object, Map<string, AsyncTask>>()
  private isBound = false

  constructor(view: LocalProcess) {
    this.view = view
  }

  /** The view's process. */
  get pid(): Pid {
    return this.view.pid
  }

  /** Starts a task. One of its key that runs goes on, but its end counts no more. @throws {BeamishError} `BEAMISH_ASYNC_ELSEWHERE` */
  start(plan: AsyncPlan): void {
    if (currentProcess() !== this.view) throw asyncElsewhere(currentProcess().pid, this.view.pid)
    this.bind()
    const task = new AsyncTask(plan, this.view)
    this.running.add(task)
    this.of(plan.owner).set(plan.key, task)
    task.whenEnded(() => this.running.delete(task))
    task.launch()
  }

  /** The links end the tasks with the view, for whatever reason but `'normal'`. */
  private bind(): void {
    if (this.isBound) return
    this.isBound = true
    const { view } = this
    view.whenReleased(() => {
      if (view.exitReason === 'normal') for (const task of this.running) task.stop('shutdown')
    })
  }

  private of(owner: object): Map<string, AsyncTask> {
    const known = this.newest.get(owner) ?? new Map<string, AsyncTask>()
    this.newest.set(owner, known)
    return known
  }

  /** The newest task of an owner with this key, if it runs. */
  find(owner: object, key: string): AsyncTask | undefined {
    return this.newest.get(owner)?.get(key)
  }

  /** Forgets a task that is over. @returns whether its end counts: no newer one has its key. */
  settle(task: AsyncTask): boolean {
    const { owner, key } = task.plan
    return this.find(owner, key) === task && this.of(owner).delete(key)
  }

  /** Those whose end counts. */
  private get awaited(): AsyncTask[] {
    return [...this.running].filter((task) => this.find(task.plan.owner, task.plan.key) === task)
  }

  /** Whether a task runs that no newer one has made needless. */
  get isBusy(): boolean {
    return this.awaited.length > 0
  }

  /** Waits until those tasks that run now are over, and their ends in the view's mailbox. */
  async ended(): Promise<void> {
    await Promise.all(this.awaited.map((task) => new Promise<void>((resolve) => task.whenEnded(resolve))))
  }

  /** As {@link ended}, but not for ever. */
  async endedInTime(): Promise<void> {
    const { timers } = this.view.runtime
    let timer: Timer | undefined
    const late = new Promise<void>((resolve) => {
      timer = new Timer(resolve)
      timers.start(timer, PATIENCE_MS)
    })
    await Promise.race([this.ended(), late])
    timers.cancel(timer as Timer) // a promise begins at once
  }
}
