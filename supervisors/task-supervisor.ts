import { type CallSite, makeCall } from '../src/behaviours/call.ts'
import { stopServer } from '../src/behaviours/server.ts'
import { nameStart } from '../src/behaviours/start.ts'
import { own } from '../src/behaviours/task.ts'
import { type TaskHandle, TaskMonitor } from '../src/behaviours/task-handle.ts'
import { checkFunction, spawnTask, type TaskValue } from '../src/behaviours/task-process.ts'
import {
  type AsyncStreamOptions,
  planStream,
  type ResultWith,
  type StreamInput,
  type StreamKind,
  type TaskStream,
} from '../src/behaviours/task-stream.ts'
import type { Begin, Launch } from '../src/behaviours/task-stream-run.ts'
import { checkKeys } from '../src/core/check-keys.ts'
import { BeamishError } from '../src/core/errors.ts'
import type { Pid } from '../src/core/pid.ts'
import type { ExitReason } from '../src/core/reason.ts'
import { actingProcess } from '../src/runtime/current.ts'
import type { ServerRef } from '../src/runtime/names.ts'
import type { Operation } from '../src/runtime/operation.ts'
import type { LocalProcess } from '../src/runtime/process.ts'
import type { Timeout } from '../src/runtime/receive.ts'
import { sequence } from '../src/runtime/sequence.ts'
import { linkNew } from '../src/runtime/spawn.ts'
import { StartError, type StartOptions } from '../src/runtime/start.ts'
import { checkSpec, type FullChildSpec, type Restart, type ShutdownRule } from './child-spec.ts'
import { DynamicSupervisor, type StartDynamicChildOutcome } from './dynamic-supervisor.ts'
import { type ChildPlace, PLACE, type RestartLimits, START_OPTIONS } from './supervisor-options.ts'
import type { TerminateChildOutcome } from './supervisor-process.ts'

/** Options of a task supervisor. */
export interface TaskSupervisorOptions extends RestartLimits, StartOptions {
  /** The most tasks at a time. Default `'infinity'`. */
  readonly maxChildren?: number | 'infinity'
}

/** How a task that somebody waits for is stopped with its supervisor. It is never started again. */
export interface SupervisedTaskOptions {
  /** Default 5000. */
  readonly shutdown?: ShutdownRule
}

/** How a task that nobody waits for is kept. */
export interface TaskChildOptions extends SupervisedTaskOptions {
  /** Whether its function runs again when it has ended. Default `'temporary'`: it does not. */
  readonly restart?: Restart
}

/** Options of a stream whose tasks run under a supervisor. */
export interface SupervisedStreamOptions extends AsyncStreamOptions, SupervisedTaskOptions {}

const OPTIONS = ['maxChildren', 'maxRestarts', 'maxSeconds', ...START_OPTIONS] satisfies (keyof TaskSupervisorOptions)[]

function checked(where: string, options: TaskSupervisorOptions): TaskSupervisorOptions {
  checkKeys(`TaskSupervisor.${where}`, options, OPTIONS)
  return options
}

function child(options: TaskSupervisorOptions & ChildPlace = {}): FullChildSpec {
  checkKeys('TaskSupervisor.child', options, [...PLACE, ...OPTIONS])
  return DynamicSupervisor.child({ id: options.name ?? TaskSupervisor, ...options })
}

// ── Starting a task as a child ─────────────────────────────────────────────────────────────────────────────────────

/** What the supervisor calls: it becomes the parent. */
const startBelow = nameStart((begin: Begin) => begin(actingProcess()), 'Task')

/** Has a supervisor call `begin`, which starts a task below it. For what starts tasks of its own kind. */
export function startTaskBelow(
  where: string,
  supervisor: ServerRef,
  begin: Begin,
  options: TaskChildOptions,
): Operation<StartDynamicChildOutcome> {
  const site: CallSite = { module: 'TaskSupervisor', function: where, defaultTimeoutMs: 'infinity', omitsName: true }
  const answer = makeCall(supervisor, 'startChild', taskSpec(where, begin, options), site)
  return answer as Operation<StartDynamicChildOutcome> // what a dynamic supervisor answers to this request
}

function taskSpec(where: string, begin: Begin, options: TaskChildOptions) {
  const { restart = 'temporary', shutdown = 5000 } = options
  return checkSpec(`TaskSupervisor.${where}`, { id: 'Task', start: startBelow, args: [begin], restart, shutdown })
}

function started(where: string, outcome: StartDynamicChildOutcome): void {
  if (outcome.type === 'started') return
  if (outcome.type === 'refused' && outcome.reason === 'maxChildren') throw tooMany(where)
  throw new StartError('a task', outcome)
}

function tooMany(where: string): BeamishError {
  const remedy = 'Wait for some to end, start it with more, or spread the work over a PartitionSupervisor.'
  return new BeamishError(
    'BEAMISH_MAX_CHILDREN',
    `TaskSupervisor.${where}: it runs maxChildren tasks already. ${remedy}`,
  )
}

// ── Tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function startOwned<Return>(
  where: 'async' | 'asyncNoLink',
  supervisor: ServerRef,
  run: () => Return,
  options: SupervisedTaskOptions,
): Operation<TaskHandle<TaskValue<Return>>> {
  checkFunction(`TaskSupervisor.${where}`, run)
  checkKeys(`TaskSupervisor.${where}`, options, ['shutdown'])
  const owner = actingProcess()
  const ref = new TaskMonitor(owner, owner.pid)
  let task: TaskHandle<TaskValue<Return>> | undefined
  const begin: Begin = (parent) => {
    // The work is handed over with the start, so that no task ever waits for an owner who is gone.
    if (owner.ending) return { type: 'refused', reason: 'noproc' }
    const process = spawnTask(parent, { run, args: [], requester: owner, replyTo: ref })
    linkNew(parent, process)
    task = own(ref, owner, process, run, where === 'async')
    return process.pid
  }
  const starting = startTaskBelow(where, supervisor, begin, options)
  return sequence(owner, function* () {
    started(where, yield starting)
    return task as TaskHandle<TaskValue<Return>> // `begin` has run: the supervisor says so
  })
}

/**
 * Starts a task whose value the caller wants: a child of `supervisor`, and linked to the caller.
 *
 * `$ancestors` begins with the supervisor, `$callers` with the caller. Wait with `Task.await` and its like.
 * @returns the task, once it has started.
 * @throws {BeamishError} `BEAMISH_MAX_CHILDREN` · {@link ExitError} `BEAMISH_NOPROC` no such supervisor ·
 * {@link BadArgumentError} for wrong arguments. Semantics: Elixir `Task.Supervisor.async/3`.
 */
function async<Return>(
  supervisor: ServerRef,
  run: () => Return,
  options: SupervisedTaskOptions = {},
): Operation<TaskHandle<TaskValue<Return>>> {
  return startOwned('async', supervisor, run, options)
}

/**
 * As `async`, without the link: a failure is the caller's to notice.
 *
 * In a server do not wait but handle both messages: `isTaskReply(message, task)` brings the value, and is answered with
 * `demonitor(task.ref, { flush: true })`; `isDown(message, task.ref)` says that there is none.
 * @throws as `async`. Semantics: Elixir `Task.Supervisor.async_nolink/3`.
 */
function asyncNoLink<Return>(
  supervisor: ServerRef,
  run: () => Return,
  options: SupervisedTaskOptions = {},
): Operation<TaskHandle<TaskValue<Return>>> {
  return startOwned('asyncNoLink', supervisor, run, options)
}

/**
 * Starts a task for its effects: a child of `supervisor`, not linked to the caller, its value goes nowhere.
 * @param options - with `restart` `'permanent'` or `'transient'` the function runs again, in a new process.
 * @returns as `DynamicSupervisor.startChild`: `started` · `refused` with `'maxChildren'`.
 * @throws {ExitError} `BEAMISH_NOPROC` · {@link BadArgumentError}. Semantics: Elixir `Task.Supervisor.start_child/3`.
 */
function startChild(
  supervisor: ServerRef,
  run: () => unknown,
  options: TaskChildOptions = {},
): Operation<StartDynamicChildOutcome> {
  checkFunction('TaskSupervisor.startChild', run)
  checkKeys('TaskSupervisor.startChild', options, ['restart', 'shutdown'])
  const requester = actingProcess()
  const begin = (parent: LocalProcess): Pid => {
    const process = spawnTask(parent, { run, args: [], requester, replyTo: undefined })
    linkNew(parent, process)
    return process.pid
  }
  return startTaskBelow('startChild', supervisor, begin, options)
}

// ── Streams ────────────────────────────────────────────────────────────────────────────────────────────────────────

function streamBelow<Result>(
  name: 'asyncStream' | 'asyncStreamNoLink',
  supervisor: ServerRef,
  input: StreamInput<unknown>,
  run: (item: never) => unknown,
  { shutdown = 5000, ...options }: SupervisedStreamOptions,
): TaskStream<Result> {
  taskSpec(name, () => ({ type: 'ignored' }), { shutdown }) // a wrong `shutdown` is told now
  const launch: Launch = function* (begin) {
    started(name, yield startTaskBelow(name, supervisor, begin, { shutdown }))
  }
  const kind: StreamKind = {
    site: { module: 'TaskSupervisor', function: name },
    isLinked: name === 'asyncStream',
    launch,
  }
  return planStream(kind, input, run, options)
}

/**
 * `Task.asyncStream` whose tasks are children of `supervisor`, and linked to the consumer through the stream.
 * @throws {BadArgumentError} at once, for wrong arguments. Consuming: as `Task.asyncStream`, and {@link BeamishError}
 * `BEAMISH_MAX_CHILDREN`, after the tasks of the stream have ended. Semantics: Elixir `Task.Supervisor.async_stream/4`.
 */
function asyncStream<Item, Return, const Options extends SupervisedStreamOptions>(
  supervisor: ServerRef,
  input: StreamInput<Item>,
  run: (item: Item) => Return,
  options?: Options & SupervisedStreamOptions,
): TaskStream<ResultWith<Options, Return, Item>> {
  return streamBelow('asyncStream', supervisor, input, run, options ?? {})
}

/**
 * As `asyncStream`, without the link: a task that fails is a result, also for a consumer that does not trap exits. A consumer
 * that stops early still kills the tasks that run.
 * @throws as `asyncStream`. Semantics: Elixir `Task.Supervisor.async_stream_nolink/4`.
 */
function asyncStreamNoLink<Item, Return, const Options extends SupervisedStreamOptions>(
  supervisor: ServerRef,
  input: StreamInput<Item>,
  run: (item: Item) => Return,
  options?: Options & SupervisedStreamOptions,
): TaskStream<ResultWith<Options, Return, Item>> {
  return streamBelow('asyncStreamNoLink', supervisor, input, run, options ?? {})
}

// ── Looking after them ─────────────────────────────────────────────────────────────────────────────────────────────

/** The pids of the tasks that run. Those that are being restarted are left out. Semantics: Elixir `Task.Supervisor.children/1`. */
function children(supervisor: ServerRef): Operation<Pid[]> {
  const asked = DynamicSupervisor.whichChildren(supervisor)
  return sequence(actingProcess(), function* () {
    const infos: Awaited<typeof asked> = yield asked
    return infos.flatMap((info) => (info.child === undefined || info.child === 'restarting' ? [] : [info.child]))
  })
}

/**
 * Supervisors of tasks.
 *
 * *When not to use it*: for a task that shall die with its caller and that nobody else has to stop, `Task.async` is enough.
 *
 * Semantics: Elixir `Task.Supervisor`, which is a `DynamicSupervisor`; `otp.md` §18.
 */
export const TaskSupervisor = {
  moduleName: 'TaskSupervisor',
  /**
   * `startLink(options)` starts a supervisor without tasks. Options: `name`, `maxChildren`, `maxRestarts`, `maxSeconds`, and those
   * of every start.
   * @throws {BadSupervisorError} for a wrong option. Semantics: Elixir `Task.Supervisor.start_link/1`.
   */
  startLink: (options: TaskSupervisorOptions = {}) => DynamicSupervisor.startLink(checked('startLink', options)),
  /** As `startLink`, without a link. */
  start: (options: TaskSupervisorOptions = {}) => DynamicSupervisor.start(checked('start', options)),
  /** As `startLink`, with every outcome. */
  tryStartLink: (options: TaskSupervisorOptions = {}) =>
    DynamicSupervisor.tryStartLink(checked('tryStartLink', options)),
  /** As `start`, with every outcome. */
  tryStart: (options: TaskSupervisorOptions = {}) => DynamicSupervisor.tryStart(checked('tryStart', options)),
  /** A task supervisor as a child of another: `TaskSupervisor.child({ name: 'mails' })`. */
  child,
  /** As `child`: for `[TaskSupervisor, { name: 'mails' }]` in a list of children. */
  childSpec: child,
  async,
  asyncNoLink,
  startChild,
  asyncStream,
  asyncStreamNoLink,
  /**
   * Stops a task by its shutdown rule.
   * @returns `ok` · `notFound`. Semantics: Elixir `Task.Supervisor.terminate_child/2`.
   */
  terminateChild: (supervisor: ServerRef, pid: Pid): Operation<TerminateChildOutcome> =>
    DynamicSupervisor.terminateChild(supervisor, pid),
  children,
  /** Stops a supervisor and its tasks, each by its shutdown rule. Semantics: Elixir `Task.Supervisor.stop/3`. */
  stop: (supervisor: ServerRef, reason: ExitReason = 'normal', timeoutMs: Timeout = 'infinity'): Operation<'ok'> =>
    stopServer('TaskSupervisor', supervisor, reason, timeoutMs),
} as const
