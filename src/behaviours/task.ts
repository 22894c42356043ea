import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { CallLocation } from '../core/reason.ts'
import { actingProcess } from '../runtime/current.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { checkTimeout, type Timeout } from '../runtime/receive.ts'
import { linkNew } from '../runtime/spawn.ts'
import { nameStart } from './start.ts'
import { checkOwner, TaskHandle, TaskMonitor, type TaskOutcome, TaskReply } from './task-handle.ts'
import { checkFunction, functionName, spawnTask, type TaskValue } from './task-process.ts'
import {
  type AsyncStreamOptions,
  planStream,
  type ResultWith,
  type StreamInput,
  type StreamKind,
  type TaskStream,
} from './task-stream.ts'
import { AwaitTasks, type OnTimeout, ShutdownTask, stopTask, unlinkTask, YieldTasks } from './task-wait.ts'

const DEFAULT_TIMEOUT_MS = 5000

/** Options of `Task.yieldMany`. */
export interface YieldManyOptions {
  /** Milliseconds to wait for all of them together, or `'infinity'`. Default 5000. */
  readonly timeoutMs?: Timeout
  /** Returns as soon as so many are done. Default: all. */
  readonly limit?: number
  /** What becomes of those that are not done in time: they run on (`'nothing'`), run on unheard (`'ignore'`), or are killed. Default `'nothing'`. */
  readonly onTimeout?: OnTimeout
}

/** How a task stands in a list of children. */
export interface TaskChildSpec {
  readonly id: unknown
  readonly start: (run: () => unknown) => Pid
  readonly args: readonly [run: () => unknown]
  readonly restart: 'temporary'
}

/** The values of tasks, in the same places. */
export type TaskValues<Tasks extends readonly TaskHandle[]> = {
  -readonly [I in keyof Tasks]: Tasks[I] extends TaskHandle<infer T> ? T : never
}

/** Tasks with what became of them; `undefined` for one that is not done. */
export type Yielded<T> = readonly [task: TaskHandle<T>, outcome: TaskOutcome<T> | undefined]

// ── Starting ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Starts a task whose value the caller wants: linked to the caller, which owns it and waits with `Task.await`.
 *
 * Its failure is reported and ends the caller too, unless that traps exits. When nobody waits, its answer arrives in the
 * caller's mailbox as a {@link TaskReply}, and then its `down`.
 * @param run - a plain function, an async one or a generator function; what it returns is the value.
 * @throws {BadArgumentError} when `run` is no function. Semantics: Elixir `Task.async/1`.
 */
function async<Return>(run: () => Return): TaskHandle<TaskValue<Return>> {
  checkFunction('Task.async', run)
  const owner = actingProcess()
  const ref = new TaskMonitor(owner, owner.pid)
  const process = spawnTask(owner, { run, args: [], requester: owner, replyTo: ref })
  return own(ref, owner, process, run, true)
}

/** Makes `owner` the owner of a task that has not run yet. */
export function own<T>(
  ref: TaskMonitor,
  owner: LocalProcess,
  process: LocalProcess,
  run: { readonly name: string },
  isLinked: boolean,
): TaskHandle<T> {
  if (isLinked) linkNew(owner, process)
  ref.object = process.pid
  ref.attach(process)
  return new TaskHandle(process.pid, ref, owner.pid, functionName(run))
}

/**
 * Starts a task for its effects: not linked, its value goes nowhere.
 * @throws {BadArgumentError} when `run` is no function. Semantics: Elixir `Task.start/1`.
 */
function start(run: () => unknown): Pid {
  checkFunction('Task.start', run)
  const starter = actingProcess()
  return spawnTask(starter, { run, args: [], requester: starter, replyTo: undefined }).pid
}

/**
 * Starts a task for its effects, linked to the caller: this is how a supervisor starts one.
 * @throws {BadArgumentError} when `run` is no function. Semantics: Elixir `Task.start_link/1`.
 */
function startLink(run: () => unknown): Pid {
  checkFunction('Task.startLink', run)
  const starter = actingProcess()
  const process = spawnTask(starter, { run, args: [], requester: starter, replyTo: undefined })
  linkNew(starter, process)
  return process.pid
}

nameStart(startLink, 'Task') // for supervisors

/** A task that is done already: for code that must return a task. Semantics: Elixir `Task.completed/1`. */
function completed<T>(value: T): TaskHandle<T> {
  const owner = actingProcess()
  const ref = new TaskMonitor(owner, owner.pid)
  ref.post(new TaskReply(ref, value))
  return new TaskHandle<T>(undefined, ref, owner.pid, 'completed')
}

/**
 * How a task stands in a list of children: `childSpec(Task, run)`. A task is `'temporary'`: it is not started again.
 * Semantics: Elixir `Task.child_spec/1`.
 */
function childSpec(run: () => unknown): TaskChildSpec {
  checkFunction('Task.childSpec', run)
  return { id: Task, start: startLink, args: [run], restart: 'temporary' }
}

// ── Waiting ────────────────────────────────────────────────────────────────────────────────────────────────────────

function location(name: string, ...args: unknown[]): CallLocation {
  return { module: 'Task', function: name, args }
}

/**
 * Waits for the value of a task. Once: whoever awaits it again waits out the time (with `'infinity'`, exits `noproc` at once).
 *
 * A caller that goes on after a timeout never sees a late answer; the task itself is not stopped by it.
 * @param timeoutMs - milliseconds, or `'infinity'`. Default 5000.
 * @throws {ExitError} `BEAMISH_TIMEOUT` · `BEAMISH_EXIT` when the task ended without an answer, also normally; the reason is
 * `reason @ Task.await(task, timeoutMs)` · {@link BadArgumentError} when the caller does not own the task.
 * Semantics: Elixir `Task.await/2`.
 */
function awaitTask<T>(task: TaskHandle<T>, timeoutMs: Timeout = DEFAULT_TIMEOUT_MS): Operation<T> {
  const owner = actingProcess()
  checkOwner('Task.await', task, owner)
  checkTimeout('Task.await: timeoutMs', timeoutMs)
  const wait = new AwaitTasks(owner, [task], location('await', task, timeoutMs), (values) => values.get(task.ref) as T)
  return wait.start(timeoutMs)
}

/**
 * Waits for the values of several tasks, at most `timeoutMs` for all of them together.
 * @returns the values, in the order of `tasks`.
 * @throws {ExitError} at the first task that ends without an answer, or `BEAMISH_TIMEOUT`; the others are given up, as after
 * `Task.await`. Semantics: Elixir `Task.await_many/2`.
 */
function awaitMany<const Tasks extends readonly TaskHandle[]>(
  tasks: Tasks,
  timeoutMs: Timeout = DEFAULT_TIMEOUT_MS,
): Operation<TaskValues<Tasks>> {
  const owner = actingProcess()
  checkOwners('Task.awaitMany', tasks, owner)
  checkTimeout('Task.awaitMany: timeoutMs', timeoutMs)
  const inOrder = (values: ReadonlyMap<TaskMonitor, unknown>) => tasks.map((task) => values.get(task.ref))
  const wait = new AwaitTasks(owner, tasks, location('awaitMany', tasks, timeoutMs), inOrder)
  return wait.start(timeoutMs) as Operation<TaskValues<Tasks>> // each value is in the place of its task
}

/**
 * Waits for a task, and lets it go on when the time is up: then ask again, or shut it down.
 * @returns `{ type: 'ok', value }`, `{ type: 'exit', reason }`, or `undefined` when it is not done.
 * @throws {BadArgumentError} when the caller does not own the task. Semantics: Elixir `Task.yield/2`.
 */
function yieldTask<T>(
  task: TaskHandle<T>,
  timeoutMs: Timeout = DEFAULT_TIMEOUT_MS,
): Operation<TaskOutcome<T> | undefined> {
  const owner = actingProcess()
  checkOwner('Task.yield', task, owner)
  checkTimeout('Task.yield: timeoutMs', timeoutMs)
  const once = { limit: 1, onTimeout: 'nothing' } as const
  const wait = new YieldTasks(owner, [task], once, (outcomes) => outcomes.get(task.ref) as TaskOutcome<T> | undefined)
  return wait.start(timeoutMs)
}

/**
 * Waits for several tasks, at most `timeoutMs` for all of them together.
 * @returns each task with `{ type: 'ok', value }`, `{ type: 'exit', reason }` or `undefined`, in the order of `tasks`.
 * @throws {BadArgumentError} for a task of somebody else or a wrong option. Semantics: Elixir `Task.yield_many/2`.
 */
function yieldMany<T>(
  tasks: readonly TaskHandle<T>[],
  timeoutOrOptions: Timeout | YieldManyOptions = {},
): Operation<Yielded<T>[]> {
  const owner = actingProcess()
  checkOwners('Task.yieldMany', tasks, owner)
  const options = typeof timeoutOrOptions === 'object' ? timeoutOrOptions : { timeoutMs: timeoutOrOptions }
  checkYieldOptions(options)
  const { limit = tasks.length, onTimeout = 'nothing', timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const wait = new YieldTasks(owner, tasks, { limit, onTimeout }, (outcomes) =>
    tasks.map((task): Yielded<T> => [task, outcomes.get(task.ref) as TaskOutcome<T> | undefined]),
  )
  return wait.start(timeoutMs)
}

const YIELD_OPTIONS = ['timeoutMs', 'limit', 'onTimeout'] satisfies (keyof YieldManyOptions)[]

function checkYieldOptions(options: YieldManyOptions): void {
  checkKeys('Task.yieldMany', options, YIELD_OPTIONS)
  const { timeoutMs, limit, onTimeout } = options
  if (timeoutMs !== undefined) checkTimeout('Task.yieldMany: timeoutMs', timeoutMs)
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new BadArgumentError('Task.yieldMany: limit', 'a whole number, at least 1', limit)
  }
  if (onTimeout !== undefined && !['nothing', 'ignore', 'killTask'].includes(onTimeout)) {
    throw new BadArgumentError('Task.yieldMany: onTimeout', "'nothing' | 'ignore' | 'killTask'", onTimeout)
  }
}

function checkOwners(where: string, tasks: readonly TaskHandle[], owner: LocalProcess): void {
  if (!Array.isArray(tasks)) throw new BadArgumentError(where, 'a list of tasks', tasks)
  for (const task of tasks) checkOwner(where, task, owner)
}

// ── Letting go ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Unlinks a task, tells it to end, and waits until it has.
 * @param how - `'shutdown'` and so many milliseconds until the kill, or `'brutalKill'`. Default 5000.
 * @returns `{ type: 'ok', value }` when it had answered before; `undefined` when it ended as it was told; else
 * `{ type: 'exit', reason }`: with `'killed'` when it had to be killed, with `'noproc'` when nothing can be known any more.
 * @throws {BadArgumentError} when the caller does not own the task. Semantics: Elixir `Task.shutdown/2`.
 */
function shutdownTask<T>(
  task: TaskHandle<T>,
  how: Timeout | 'brutalKill' = DEFAULT_TIMEOUT_MS,
): Operation<TaskOutcome<T> | undefined> {
  const owner = actingProcess()
  checkOwner('Task.shutdown', task, owner)
  if (how !== 'brutalKill') checkTimeout("Task.shutdown: timeoutMs (or 'brutalKill')", how)
  const isKill = how === 'brutalKill'
  stopTask(owner, task, isKill ? 'kill' : 'shutdown')
  const wait = new ShutdownTask(owner, task, isKill ? 'killed' : 'shutdown')
  return wait.start(isKill ? 'infinity' : how) as Operation<TaskOutcome<T> | undefined> // the outcome of this very task
}

/**
 * Lets a task run on without the caller: unlinked, and nothing of it arrives any more. Does not wait.
 * @returns `{ type: 'ok', value }` or `{ type: 'exit', reason }` when it was done already, else `undefined`.
 * @throws {BadArgumentError} when the caller does not own the task. Semantics: Elixir `Task.ignore/1`.
 */
function ignoreTask<T>(task: TaskHandle<T>): TaskOutcome<T> | undefined {
  const owner = actingProcess()
  checkOwner('Task.ignore', task, owner)
  const outcome = task.ref.take() as TaskOutcome<T> | undefined
  unlinkTask(owner, task)
  task.ref.abandon()
  return outcome
}

// ── Streams ────────────────────────────────────────────────────────────────────────────────────────────────────────

const STREAM: StreamKind = {
  site: { module: 'Task', function: 'asyncStream' },
  isLinked: true,
  launch: function* (begin, owner) {
    begin(owner)
  },
}

/**
 * Runs `run` for each element of `input` in a task of its own, a bounded number at once; lazily, as the results are consumed.
 *
 * A task that fails ends a consumer that does not trap exits; else its result is `{ type: 'exit', reason }`. A consumer that
 * stops early, or whose input throws, kills the tasks that still run.
 * @returns a {@link TaskStream} of `{ type: 'ok', value }` and `{ type: 'exit', reason }`.
 * @throws {BadArgumentError} at once, for wrong arguments. Consuming: {@link ExitError} `BEAMISH_TIMEOUT` when a task is late.
 *
 * Semantics: Elixir `Task.async_stream/3`. Differs: the input may be an async iterable; the tasks of a consumer that ends
 * normally in the middle end too, with `'shutdown'`.
 */
function asyncStream<Item, Return, const Options extends AsyncStreamOptions>(
  input: StreamInput<Item>,
  run: (item: Item) => Return,
  options?: Options & AsyncStreamOptions,
): TaskStream<ResultWith<Options, Return, Item>> {
  return planStream(STREAM, input, run, options ?? {})
}

/**
 * Tasks: processes that compute one value.
 *
 * *When not to use it*: for state that lives on use `GenServer` or `Agent`; for one asynchronous call whose failure the caller
 * handles itself, a promise is enough.
 *
 * Semantics: Elixir `Task`.
 */
export const Task = {
  moduleName: 'Task',
  async,
  start,
  startLink,
  completed,
  childSpec,
  await: awaitTask,
  awaitMany,
  yield: yieldTask,
  yieldMany,
  shutdown: shutdownTask,
  ignore: ignoreTask,
  asyncStream,
} as const

/** A task of the caller: what `Task.async` gives. */
export type Task<T = unknown> = TaskHandle<T>
