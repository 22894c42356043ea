import type { Request } from '../src/behaviours/call.ts'
import { placeOfDefinition } from '../src/behaviours/module-name.ts'
import { InitResult } from '../src/behaviours/result.ts'
import { Callback, stopServer } from '../src/behaviours/server.ts'
import { starters } from '../src/behaviours/start.ts'
import { checkKeys } from '../src/core/check-keys.ts'
import { BadArgumentError, show } from '../src/core/errors.ts'
import { isPid, type Pid } from '../src/core/pid.ts'
import { type ExitReason, isAbnormal } from '../src/core/reason.ts'
import { isThenable } from '../src/runtime/code.ts'
import type { ServerRef } from '../src/runtime/names.ts'
import type { Operation } from '../src/runtime/operation.ts'
import type { Timeout } from '../src/runtime/receive.ts'
import type { StartOptions, StartOutcome } from '../src/runtime/start.ts'
import {
  BadSupervisorError,
  type CheckedSpec,
  type Child,
  type ChildSpec,
  type FullChildSpec,
  showId,
  toDynamicSpec,
} from './child-spec.ts'
import { RestartIntensity } from './restart-intensity.ts'
import { SupervisedChild } from './supervised-child.ts'
import { failureOf, SupervisorCode } from './supervisor-code.ts'
import {
  refusalOf,
  type SupervisorModule,
  SupervisorRefusal,
  supervisorCall,
  supervisorModule,
} from './supervisor-module.ts'
import {
  type ChildPlace,
  checkLimits,
  PLACE,
  type RestartLimits,
  START_OPTIONS,
  supervisorSpec,
} from './supervisor-options.ts'
import { type ChildCounts, type ChildInfo, countChildren, type TerminateChildOutcome } from './supervisor-process.ts'

/** What a dynamic supervisor does. */
export interface DynamicSupervisorFlags extends RestartLimits {
  /** The most children at a time, those that are being restarted included. Default `'infinity'`. */
  readonly maxChildren?: number | 'infinity'
  /**
   * Comes before the arguments of every start, on restarts too. Default: nothing. A server takes one argument and then options:
   * give children that get more a start function of their own.
   */
  readonly extraArguments?: readonly unknown[]
}

/** Options of a dynamic supervisor's start. */
export interface DynamicSupervisorOptions extends DynamicSupervisorFlags, StartOptions {}

/** What came of `DynamicSupervisor.startChild`. `'maxChildren'` is the reason of a refusal for want of room. */
export type StartDynamicChildOutcome =
  | { readonly type: 'started'; readonly pid: Pid; readonly info?: unknown }
  | { readonly type: 'ignored' }
  /** The start function answered so: the name of the child is taken. */
  | { readonly type: 'alreadyStarted'; readonly pid: Pid }
  | { readonly type: 'refused'; readonly reason: ExitReason }

/** A child in a list of children that is given to a dynamic supervisor: it needs no id. */
export type DynamicChild = Child | Omit<ChildSpec, 'id'>

const FLAGS = ['maxChildren', 'extraArguments', 'maxRestarts', 'maxSeconds'] satisfies (keyof DynamicSupervisorFlags)[]
const OPTIONS = [...FLAGS, ...START_OPTIONS]

type Configured =
  | DynamicSupervisorFlags
  | { readonly type: 'ignored' }
  | { readonly type: 'refused'; readonly reason: ExitReason }

/** The loop of a dynamic supervisor. Semantics: Elixir `DynamicSupervisor`, `otp.md` §15. */
class DynamicSupervisorProcess extends SupervisorCode {
  readonly behaviour = 'DynamicSupervisor'
  readonly moduleName: string
  protected readonly progressLevel = 'debug'
  protected intensity = new RestartIntensity(0, 0)
  private readonly configure: (
    invoke: (init: Callback, arg: unknown) => unknown,
  ) => Configured | PromiseLike<Configured>
  private maxChildren = Number.POSITIVE_INFINITY
  private extraArguments: readonly unknown[] = []

  constructor(moduleName: string, configure: DynamicSupervisorProcess['configure']) {
    super()
    this.moduleName = moduleName
    this.configure = configure
  }

  getState(): unknown {
    const { maxChildren, extraArguments, intensity } = this
    const { maxRestarts, windowMs, count: restarts } = intensity
    return {
      maxChildren,
      extraArguments,
      maxRestarts,
      maxSeconds: windowMs / 1000,
      restarts,
      children: this.whichChildren(),
    }
  }

  protected init(): void {
    this.process.trapsExits = true
    const configured = this.configure((init, arg) => this.invoke(init, arg))
    this.whenDone(configured, (configuration) => this.configured(configuration as Configured))
  }

  private configured(configuration: Configured): void {
    if ('type' in configuration) {
      this.notReady(configuration, configuration.type === 'ignored' ? 'normal' : configuration.reason)
      return
    }
    const { maxChildren = 'infinity', extraArguments = [], maxRestarts = 3, maxSeconds = 5 } = configuration
    this.maxChildren = maxChildren === 'infinity' ? Number.POSITIVE_INFINITY : maxChildren
    this.extraArguments = extraArguments
    this.intensity = new RestartIntensity(maxRestarts, maxSeconds * 1000)
    this.ready()
  }

  private launchChild(child: SupervisedChild, later: (outcome: StartOutcome) => void): StartOutcome | undefined {
    const { spec } = child
    return this.launch(
      spec,
      later,
      this.extraArguments.length === 0 ? spec.args : [...this.extraArguments, ...spec.args],
    )
  }

  // ── A child ended ──

  protected processExited(pid: Pid, reason: ExitReason): void {
    const child = this.byPid.get(pid)
    if (child === undefined || child.pid !== pid) return // no child, or one whose end is known
    const { restart } = child.spec
    const abnormal = isAbnormal(reason)
    if (abnormal || restart === 'permanent') this.report('childTerminated', reason, child, pid)
    if (restart === 'permanent' || (restart === 'transient' && abnormal)) this.restart(child)
    else this.byPid.delete(pid)
  }

  protected tryAgain(child: SupervisedChild): void {
    this.restart(child)
  }

  private restart(child: SupervisedChild): void {
    if (!this.mayRestart(child)) return
    const outcome = this.launchChild(child, (late) => this.restarted(child, late))
    if (outcome !== undefined) this.restarted(child, outcome)
  }

  /** It keeps its old pid in the table until it has a new one. */
  private restarted(child: SupervisedChild, outcome: StartOutcome): void {
    if (outcome.type !== 'started' && outcome.type !== 'ignored') {
      this.retryLater(child, failureOf(outcome))
      return
    }
    this.forget(child)
    if (outcome.type === 'started') this.childStarted(child, outcome.pid)
  }

  private forget(child: SupervisedChild): void {
    child.retry = undefined
    if (child.lastPid !== undefined) this.byPid.delete(child.lastPid)
  }

  protected stopAll(then: () => void): void {
    if (this.stopNow([...this.byPid.values()], then)) then()
  }

  // ── Requests ──

  protected answer(request: Request): boolean {
    const { name, payload } = request
    switch (name) {
      case 'startChild':
        this.startChild(payload as CheckedSpec, request)
        return true
      case 'terminateChild':
        this.terminateChild(payload as Pid, request)
        return true
      case 'whichChildren':
        request.answer(this.whichChildren())
        return true
      case 'countChildren':
        request.answer(countChildren(this.byPid.values()))
        return true
      default:
        return false
    }
  }

  private startChild(spec: CheckedSpec, request: Request): void {
    if (this.byPid.size >= this.maxChildren) {
      request.answer({ type: 'refused', reason: 'maxChildren' } satisfies StartDynamicChildOutcome)
      return
    }
    const child = new SupervisedChild(spec)
    const outcome = this.launchChild(child, (late) => this.added(child, late, request))
    if (outcome !== undefined) this.added(child, outcome, request)
  }

  private added(child: SupervisedChild, outcome: StartOutcome, request: Request): void {
    if (outcome.type === 'started') this.childStarted(child, outcome.pid)
    request.answer(outcome satisfies StartDynamicChildOutcome)
  }

  private terminateChild(pid: Pid, request: Request): void {
    const child = this.byPid.get(pid)
    if (child === undefined) {
      request.answer({ type: 'notFound' } satisfies TerminateChildOutcome)
      return
    }
    const ended = () => {
      this.forget(child)
      request.answer({ type: 'ok' } satisfies TerminateChildOutcome)
    }
    if (this.stopNow([child], ended)) ended()
  }

  private whichChildren(): ChildInfo[] {
    return Array.from(this.byPid.values(), ({ pid, spec }) => ({ id: undefined, child: pid, type: spec.type }))
  }
}

function checkFlags(where: string, options: DynamicSupervisorFlags): void {
  checkLimits(where, options)
  const { maxChildren: value = 'infinity', extraArguments = [] } = options
  if (value !== 'infinity' && !(Number.isInteger(value) && value >= 0)) {
    const expected = "a whole number, at least 0, or 'infinity'"
    throw new BadSupervisorError({ type: 'invalidMaxChildren', value }, `${where}: maxChildren`, expected, value)
  }
  if (Array.isArray(extraArguments)) return
  const reason = { type: 'invalidExtraArguments', value: extraArguments } as const
  throw new BadSupervisorError(reason, `${where}: extraArguments`, 'a list of arguments', extraArguments)
}

/** What is left to check of a child: a dynamic supervisor never ends by the end of a child. */
function dynamicSpec(child: DynamicChild): CheckedSpec {
  const where = 'DynamicSupervisor.startChild'
  const spec = toDynamicSpec(where, child)
  if (!spec.significant) return spec
  const reason = { type: 'invalidSignificant', value: true } as const
  throw new BadSupervisorError(
    reason,
    `${where}: child ${showId(spec.id)}: significant`,
    'false in a dynamic supervisor',
    true,
  )
}

const plain = starters<[], DynamicSupervisorOptions>({
  what: 'DynamicSupervisor',
  check: (options) => {
    checkKeys('DynamicSupervisor.startLink', options, OPTIONS)
    checkFlags('DynamicSupervisor.startLink', options)
  },
  code: (_, options) => new DynamicSupervisorProcess('DynamicSupervisor', () => flagsOf(options)),
})

function flagsOf({
  maxChildren = 'infinity',
  extraArguments = [],
  maxRestarts = 3,
  maxSeconds = 5,
}: DynamicSupervisorFlags) {
  return { maxChildren, extraArguments, maxRestarts, maxSeconds }
}

/** The callbacks of a dynamic supervisor module. */
export interface DynamicSupervisorCallbacks<Arg extends readonly unknown[]> {
  /** What reports call the module. Default: file and line of `define`. */
  readonly module?: string
  /** The options, or `ignore()`. May be async. */
  readonly init: (
    ...arg: Arg
  ) =>
    | DynamicSupervisorFlags
    | InitResult<'ignore', never>
    | PromiseLike<DynamicSupervisorFlags | InitResult<'ignore', never>>
}

function readInit(moduleName: string, result: unknown): Configured {
  if (result instanceof InitResult && result.kind === 'ignore') return { type: 'ignored' }
  const where = `${moduleName}.init`
  try {
    if (typeof result === 'object' && result !== null && !(result instanceof InitResult)) {
      checkKeys(where, result, FLAGS)
      checkFlags(where, result)
      return flagsOf(result)
    }
  } catch (error) {
    return { type: 'refused', reason: refusalOf('supervisorData', error) }
  }
  const explanation = `${where} must return an object with ${FLAGS.join(', ')}, or ignore(), got ${show(result)}.`
  return { type: 'refused', reason: new SupervisorRefusal('badReturn', result, explanation) }
}

/**
 * Defines a dynamic supervisor whose options are decided when it starts.
 *
 * `init` returns `{ maxChildren, extraArguments, maxRestarts, maxSeconds }` (all optional) or `ignore()`. Anything else
 * refuses the start with a {@link SupervisorRefusal}: `badReturn` or `supervisorData`.
 * @throws {BadArgumentError} when `init` is no function or there are other callbacks.
 *
 * Semantics: Elixir `use DynamicSupervisor`.
 */
function define<Arg extends readonly unknown[]>(callbacks: DynamicSupervisorCallbacks<Arg>): SupervisorModule<Arg> {
  checkKeys('DynamicSupervisor.define', callbacks, ['module', 'init'])
  if (typeof callbacks.init !== 'function')
    throw new BadArgumentError('DynamicSupervisor.define: init', 'a function', callbacks.init)
  const moduleName = callbacks.module ?? placeOfDefinition(1)
  const init = new Callback(callbacks.init as unknown as (...args: unknown[]) => unknown)
  const read = (result: unknown) => readInit(moduleName, result)
  return supervisorModule<Arg>('DynamicSupervisor', moduleName, (arg) => {
    return new DynamicSupervisorProcess(moduleName, (invoke) => {
      const result = invoke(init, arg)
      return isThenable(result) ? result.then(read) : read(result)
    })
  })
}

function child(options: DynamicSupervisorOptions & ChildPlace = {}): FullChildSpec {
  const where = 'DynamicSupervisor.child'
  checkKeys(where, options, [...PLACE, ...OPTIONS])
  checkFlags(where, options)
  return supervisorSpec(where, plain.tryStartLink, (rest) => [undefined, rest], options, DynamicSupervisor)
}

/**
 * Supervisors of children that come and go: they start without any, and know them by pid.
 *
 * Every child stands alone (`oneForOne`); restarts, their limits and the fate of the mailbox are as in `Supervisor`.
 *
 * Semantics: Elixir `DynamicSupervisor`, OTP `simple_one_for_one`; `otp.md` §15. *When not to use it*: for children that are
 * known when the program starts, or that depend on each other's order, use `Supervisor`.
 */
export const DynamicSupervisor = {
  /**
   * `startLink(options)` starts a supervisor without children. Options: `name`, `maxChildren`, `extraArguments`, `maxRestarts`,
   * `maxSeconds`, and those of every start.
   * @throws {BadSupervisorError} for a wrong option; `reason` names it. Semantics: Elixir `DynamicSupervisor.start_link/1`.
   */
  startLink: (options: DynamicSupervisorOptions = {}) => plain.startLink(undefined, options),
  /** As `startLink`, without a link. */
  start: (options: DynamicSupervisorOptions = {}) => plain.start(undefined, options),
  /** As `startLink`, with every outcome. */
  tryStartLink: (options: DynamicSupervisorOptions = {}) => plain.tryStartLink(undefined, options),
  /** As `start`, with every outcome. */
  tryStart: (options: DynamicSupervisorOptions = {}) => plain.tryStart(undefined, options),
  define,
  /**
   * A dynamic supervisor as a child of another: `DynamicSupervisor.child({ name: 'rooms' })`.
   *
   * `options` are those of `startLink`, and `id` (default: the name), `restart`, `shutdown`, `significant`.
   */
  child,
  /**
   * Starts a child. The supervisor does nothing else until its `init` is over.
   * @param spec - a specification (its id is ignored), `[module, arg, options]`, or a module.
   * @returns `started` with the pid, and the `info` of its start function · `ignored` · `alreadyStarted`: its name is taken ·
   * `refused` with the reason: `'maxChildren'`, or why it failed. Only a started child is kept.
   * @throws {ExitError} `BEAMISH_NOPROC` no such supervisor · {@link BadSupervisorError} for a wrong specification: the
   * supervisor is not asked. Semantics: Elixir `DynamicSupervisor.start_child/2`.
   */
  startChild: (supervisor: ServerRef, spec: DynamicChild): Operation<StartDynamicChildOutcome> =>
    supervisorCall('DynamicSupervisor', 'startChild', supervisor, dynamicSpec(spec)),
  /**
   * Stops a child by its shutdown rule and forgets it. A child that is being restarted is known by its old pid.
   * @returns `ok` · `notFound`. Semantics: Elixir `DynamicSupervisor.terminate_child/2`.
   */
  terminateChild: (supervisor: ServerRef, pid: Pid): Operation<TerminateChildOutcome> => {
    if (!isPid(pid)) throw new BadArgumentError('DynamicSupervisor.terminateChild', 'the pid of a child', pid)
    return supervisorCall('DynamicSupervisor', 'terminateChild', supervisor, pid)
  },
  /** The children, in no order; `id` is always `undefined`. Semantics: Elixir `DynamicSupervisor.which_children/1`. */
  whichChildren: (supervisor: ServerRef): Operation<ChildInfo[]> =>
    supervisorCall('DynamicSupervisor', 'whichChildren', supervisor),
  /** How many children there are, run, are supervisors, are workers. Semantics: Elixir `DynamicSupervisor.count_children/1`. */
  countChildren: (supervisor: ServerRef): Operation<ChildCounts> =>
    supervisorCall('DynamicSupervisor', 'countChildren', supervisor),
  /**
   * Stops a supervisor and its children: all are told at once and then awaited, each by its own shutdown rule.
   * @returns `'ok'` when all of them are dead. @throws {ExitError} `BEAMISH_NOPROC` · `BEAMISH_TIMEOUT` · `BEAMISH_EXIT`.
   * Semantics: Elixir `DynamicSupervisor.stop/3`.
   */
  stop: (supervisor: ServerRef, reason: ExitReason = 'normal', timeoutMs: Timeout = 'infinity'): Operation<'ok'> =>
    stopServer('DynamicSupervisor', supervisor, reason, timeoutMs),
} as const
