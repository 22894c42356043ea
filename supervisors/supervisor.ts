import { placeOfDefinition } from '../src/behaviours/module-name.ts'
import { InitResult } from '../src/behaviours/result.ts'
import { Callback, stopServer } from '../src/behaviours/server.ts'
import { starters } from '../src/behaviours/start.ts'
import { checkKeys } from '../src/core/check-keys.ts'
import { BadArgumentError, show } from '../src/core/errors.ts'
import type { ExitReason } from '../src/core/reason.ts'
import { isThenable } from '../src/runtime/code.ts'
import type { ServerRef } from '../src/runtime/names.ts'
import type { Operation } from '../src/runtime/operation.ts'
import type { Timeout } from '../src/runtime/receive.ts'
import {
  BadSupervisorError,
  type CheckedSpec,
  type Child,
  type FullChildSpec,
  showId,
  toChildSpec,
  toChildSpecs,
} from './child-spec.ts'
import {
  refusalOf,
  type SupervisorModule,
  SupervisorRefusal,
  supervisorCall,
  supervisorModule,
} from './supervisor-module.ts'
import {
  type AutoShutdown,
  type ChildPlace,
  checkFlags,
  checkSupervisorOptions,
  FLAGS,
  PLACE,
  START_OPTIONS,
  type SupervisorFlags,
  type SupervisorOptions,
  supervisorSpec,
} from './supervisor-options.ts'
import {
  badCombination,
  type ChildCounts,
  type ChildInfo,
  type Configuration,
  type DeleteChildOutcome,
  type RestartChildOutcome,
  type StartChildOutcome,
  SupervisorProcess,
  type TerminateChildOutcome,
} from './supervisor-process.ts'

/** What the `init` of a supervisor module returns. */
export interface SupervisorInit extends SupervisorFlags {
  readonly children: readonly Child[]
}

/** The callbacks of a supervisor module. */
export interface SupervisorCallbacks<Arg extends readonly unknown[]> {
  /** What reports call the module. Default: file and line of `define`. */
  readonly module?: string
  /** Says which children there are and what becomes of them: `{ children, strategy, … }`, or `ignore()`. May be async. */
  readonly init: (
    ...arg: Arg
  ) => SupervisorInit | InitResult<'ignore', never> | PromiseLike<SupervisorInit | InitResult<'ignore', never>>
}

/** A supervisor that was given its children by the starter. */
class ListSupervisor extends SupervisorProcess {
  readonly moduleName: string = 'Supervisor'
  private readonly configuration: Configuration

  constructor(configuration: Configuration) {
    super()
    this.configuration = configuration
  }

  protected configure(): Configuration {
    return this.configuration
  }
}

/** A supervisor whose children come from the `init` of a module. */
class ModuleSupervisor extends SupervisorProcess {
  readonly moduleName: string
  private readonly initModule: Callback
  private readonly arg: unknown

  constructor(moduleName: string, init: Callback, arg: unknown) {
    super()
    this.moduleName = moduleName
    this.initModule = init
    this.arg = arg
  }

  protected configure(): Configuration | PromiseLike<Configuration> {
    const result = this.invoke(this.initModule, this.arg)
    return isThenable(result) ? result.then((value) => this.read(value)) : this.read(result)
  }

  private read(result: unknown): Configuration {
    if (result instanceof InitResult && result.kind === 'ignore') return { type: 'ignored' }
    const where = `${this.moduleName}.init`
    if (typeof result !== 'object' || result === null || !('children' in result)) {
      const explanation = `${where} must return { children, strategy, … } or ignore(), got ${show(result)}.`
      return { type: 'refused', reason: new SupervisorRefusal('badReturn', result, explanation) }
    }
    return readInit(where, result as SupervisorInit)
  }
}

function readInit(where: string, { children, ...flags }: SupervisorInit): Configuration {
  let problem: 'supervisorData' | 'startSpec' = 'supervisorData'
  try {
    checkKeys(where, flags, FLAGS)
    checkFlags(where, flags)
    problem = 'startSpec'
    return configurationOf(where, children, flags)
  } catch (error) {
    return { type: 'refused', reason: refusalOf(problem, error) }
  }
}

function configurationOf(where: string, children: readonly Child[], flags: SupervisorFlags): Configuration {
  const { strategy = 'oneForOne', maxRestarts = 3, maxSeconds = 5, autoShutdown = 'never' } = flags
  checkFlags(where, flags)
  const specs = toChildSpecs(where, children)
  for (const spec of specs) checkCombination(where, spec, autoShutdown)
  return { type: 'children', flags: { strategy, maxRestarts, maxSeconds, autoShutdown }, specs }
}

function checkCombination(where: string, spec: CheckedSpec, autoShutdown: AutoShutdown): void {
  const problem = badCombination(spec, autoShutdown)
  if (problem === undefined) return
  const expected = "a significant child to be transient or temporary, under an autoShutdown other than 'never'"
  const actual = { restart: spec.restart, autoShutdown }
  throw new BadSupervisorError(problem, `${where}: child ${showId(spec.id)}: significant`, expected, actual)
}

const plain = starters<[children: readonly Child[]], SupervisorOptions>({
  what: 'Supervisor',
  check: (options) => checkSupervisorOptions('Supervisor.startLink', options),
  code: (children, options) =>
    new ListSupervisor(configurationOf('Supervisor.startLink', children as readonly Child[], options)),
})

function child(children: readonly Child[], options: SupervisorOptions & ChildPlace = {}): FullChildSpec {
  const where = 'Supervisor.child'
  checkKeys(where, options, [...PLACE, ...FLAGS, ...START_OPTIONS])
  const argsOf = (rest: SupervisorOptions) => {
    configurationOf(where, children, rest)
    return [children, rest]
  }
  return supervisorSpec(where, plain.tryStartLink, argsOf, options, Supervisor)
}

/**
 * Defines a supervisor whose children are decided when it starts.
 *
 * `init` returns `{ children, strategy, maxRestarts, maxSeconds, autoShutdown }` or `ignore()`. Anything else refuses the
 * start with a {@link SupervisorRefusal}: `badReturn`, `supervisorData` (a flag) or `startSpec` (a child).
 * @throws {BadArgumentError} when `init` is no function or there are other callbacks.
 *
 * Semantics: OTP `supervisor:start_link/2`, Elixir `use Supervisor`.
 */
function define<Arg extends readonly unknown[]>(callbacks: SupervisorCallbacks<Arg>): SupervisorModule<Arg> {
  checkKeys('Supervisor.define', callbacks, ['module', 'init'])
  if (typeof callbacks.init !== 'function')
    throw new BadArgumentError('Supervisor.define: init', 'a function', callbacks.init)
  const moduleName = callbacks.module ?? placeOfDefinition(1)
  const init = new Callback(callbacks.init as unknown as (...args: unknown[]) => unknown)
  return supervisorModule<Arg>('Supervisor', moduleName, (arg) => new ModuleSupervisor(moduleName, init, arg))
}

/**
 * Supervisors: they start children in order, restart them by rule, and stop them in reverse order.
 *
 * A restarted child is a new process: new pid, fresh state, empty mailbox. **Messages that waited in the old mailbox are
 * dropped**, and callers that waited for an answer are told that the process ended.
 *
 * Semantics: OTP `supervisor`, Elixir `Supervisor`; `otp.md` §14. *When not to use it*: for children that come and go by the
 * thousand use `DynamicSupervisor`; for N copies of one server, `PartitionSupervisor`; for work that ends, `Task`.
 */
export const Supervisor = {
  /**
   * `startLink(children, options)` starts a supervisor and its children, in order, and is over when all have started.
   *
   * `start…` give the pid or throw a `StartError`; `tryStart…` give every outcome. When a child does not start, those before it
   * are stopped again, and the supervisor exits with `shutdown(failedToStartChild)`.
   * @throws {BadSupervisorError} for a wrong child or option, before anything is started; `reason` names the mistake.
   * Semantics: OTP `supervisor:start_link/3`.
   */
  ...plain,
  define,
  /**
   * A supervisor as a child of another: `Supervisor.child([...], { strategy: 'oneForAll', name: 'pipeline' })`.
   *
   * `options` are those of `startLink`, and `id` (default: the name), `restart`, `shutdown`, `significant`.
   * @throws {BadSupervisorError} as `startLink`, at once.
   */
  child,
  /**
   * Adds a child at the end and starts it.
   * @returns `started` with the pid, and the `info` of its start function · `ignored` · `alreadyStarted` with the pid ·
   * `alreadyPresent` · `refused` with reason and specification, which is not kept.
   * @throws {ExitError} `BEAMISH_NOPROC` no such supervisor · {@link BadSupervisorError} for a wrong specification.
   * Semantics: OTP `supervisor:start_child/2`.
   */
  startChild: (supervisor: ServerRef, spec: Child): Operation<StartChildOutcome> =>
    supervisorCall('Supervisor', 'startChild', supervisor, toChildSpec('Supervisor.startChild', spec)),
  /**
   * Stops a child by its shutdown rule; it is not started again. The specification stays, unless it is temporary.
   * @returns `ok`, also when it did not run · `notFound`. Semantics: OTP `supervisor:terminate_child/2`.
   */
  terminateChild: (supervisor: ServerRef, id: unknown): Operation<TerminateChildOutcome> =>
    supervisorCall('Supervisor', 'terminateChild', supervisor, id),
  /**
   * Starts a child that does not run.
   * @returns `started` · `ignored` · `running` · `restarting` · `notFound` · `refused` with the reason; the specification
   * stays. Semantics: OTP `supervisor:restart_child/2`.
   */
  restartChild: (supervisor: ServerRef, id: unknown): Operation<RestartChildOutcome> =>
    supervisorCall('Supervisor', 'restartChild', supervisor, id),
  /**
   * Forgets a child that does not run.
   * @returns `ok` · `running` · `restarting` · `notFound`. Semantics: OTP `supervisor:delete_child/2`.
   */
  deleteChild: (supervisor: ServerRef, id: unknown): Operation<DeleteChildOutcome> =>
    supervisorCall('Supervisor', 'deleteChild', supervisor, id),
  /** The children, in start order: rely on no order. Semantics: OTP `supervisor:which_children/1`. */
  whichChildren: (supervisor: ServerRef): Operation<ChildInfo[]> =>
    supervisorCall('Supervisor', 'whichChildren', supervisor),
  /** How many children there are, run, are supervisors, are workers. Semantics: OTP `supervisor:count_children/1`. */
  countChildren: (supervisor: ServerRef): Operation<ChildCounts> =>
    supervisorCall('Supervisor', 'countChildren', supervisor),
  /** The complete specification of a child, or `undefined`. Semantics: OTP `supervisor:get_childspec/2`. */
  getChildSpec: (supervisor: ServerRef, id: unknown): Operation<FullChildSpec | undefined> =>
    supervisorCall('Supervisor', 'getChildSpec', supervisor, id),
  /**
   * Stops a supervisor and its children, in reverse order.
   * @returns `'ok'` when all of them are dead. @throws {ExitError} `BEAMISH_NOPROC` · `BEAMISH_TIMEOUT` · `BEAMISH_EXIT`.
   * Semantics: Elixir `Supervisor.stop/3`.
   */
  stop: (supervisor: ServerRef, reason: ExitReason = 'normal', timeoutMs: Timeout = 'infinity'): Operation<'ok'> =>
    stopServer('Supervisor', supervisor, reason, timeoutMs),
} as const
