import type { Child } from '../../supervisors/child-spec.ts'
import { checkLimits, type RestartLimits, type Strategy } from '../../supervisors/supervisor-options.ts'
import { placeOfDefinition } from '../behaviours/module-name.ts'
import type { InitResult } from '../behaviours/result.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { checkTimeout, type Timeout } from '../runtime/receive.ts'
import type { StartOutcome } from '../runtime/start.ts'

/** The settings of an application, by key. */
export type Environment = Readonly<Record<string, unknown>>

/**
 * What the end of an application's tree means to the runtime: `'permanent'`, it stops too · `'transient'`, it stops too
 * unless the reason is `'normal'` · `'temporary'`, it is reported.
 * Semantics: OTP `application:restart_type()`.
 */
export type StartType = 'permanent' | 'transient' | 'temporary'

/** An application by its module, or by its name once it is loaded. */
// biome-ignore lint/suspicious/noExplicitAny: whatever its settings and state are
export type ApplicationRef = ApplicationModule<any> | string

/** What the `start` of an application returns. */
export type ApplicationStart<S> =
  | Pid
  | { readonly pid: Pid; readonly state?: S }
  | InitResult<'refuse', never>
  | StartOutcome

/** What an application is made of. Everything may be left out; `children` and `start` exclude each other. */
export interface ApplicationCallbacks<E extends object = Environment, S = unknown> extends RestartLimits {
  /** Unique in its runtime. Default: file and line of `define`. */
  readonly name?: string
  readonly description?: string
  readonly version?: string
  /** Must be running before this one starts. */
  readonly applications?: readonly ApplicationRef[]
  /** Are started before this one when they are there. */
  readonly optionalApplications?: readonly ApplicationRef[]
  /** Its settings, unless `Application.configure` or `putEnv` say otherwise. Their types are those of `env` everywhere. */
  readonly env?: E
  /** What belongs to it, for `Application.getApplication`. */
  readonly modules?: readonly unknown[]
  /** The tree: what its top supervisor starts, in order. */
  readonly children?: (env: Readonly<E>) => readonly Child[] | PromiseLike<readonly Child[]>
  /** Of the top supervisor. Default `'oneForOne'`. */
  readonly strategy?: Strategy
  /**
   * In place of `children`: starts and links a top process of your own. Returns its pid, `{ pid, state }` to have the state
   * in `prepStop` and `stop`, or `refuse(reason)`.
   */
  readonly start?: (type: StartType, env: Readonly<E>) => ApplicationStart<S> | PromiseLike<ApplicationStart<S>>
  /** Steps to take, in order, once the tree is up: name → argument of `startPhase`. */
  readonly startPhases?: Readonly<Record<string, unknown>>
  readonly startPhase?: (phase: string, type: StartType, argument: unknown) => unknown
  /** Before the tree is stopped: the place to refuse new work. Returns the state for `stop` (`undefined`: as it was). */
  readonly prepStop?: (state: S) => S | PromiseLike<S> | void | PromiseLike<void>
  /** When everything is down. */
  readonly stop?: (state: S) => unknown
  /**
   * The most milliseconds that its stop may take, `prepStop` included; then what is left of it is killed. Default
   * `'infinity'`: only the overall limit of `Application.run` counts.
   */
  readonly stopTimeoutMs?: Timeout
}

/** An application: a tree with a name, dependencies, settings and an end. Made by `Application.define`. */
export class ApplicationModule<E extends object = Environment> {
  readonly name: string
  /** Whether the author chose the name. */
  readonly isNamed: boolean
  // biome-ignore lint/suspicious/noExplicitAny: the callbacks agree among themselves, which `define` has checked
  readonly callbacks: ApplicationCallbacks<any, any>
  /** Only a type. */
  declare readonly envType?: E

  constructor(name: string | undefined, place: string, callbacks: ApplicationCallbacks) {
    this.name = name ?? place
    this.isNamed = name !== undefined
    this.callbacks = callbacks
  }

  /** For reports. */
  get moduleName(): string {
    return this.name
  }
}

const CALLBACKS: readonly string[] = [
  'name',
  'description',
  'version',
  'applications',
  'optionalApplications',
  'env',
  'modules',
  'children',
  'strategy',
  'maxRestarts',
  'maxSeconds',
  'start',
  'startPhases',
  'startPhase',
  'prepStop',
  'stop',
  'stopTimeoutMs',
] satisfies (keyof ApplicationCallbacks)[]
const FUNCTIONS = ['children', 'start', 'startPhase', 'prepStop', 'stop'] as const
const STRATEGIES: readonly string[] = ['oneForOne', 'oneForAll', 'restForOne'] satisfies Strategy[]

/**
 * Defines an application. Nothing runs until it is started.
 * @throws {BadArgumentError} for an unknown callback, both of `children` and `start`, or a dependency that is none.
 *
 * Semantics: OTP `application`, the `.app` file and the callback module in one. Differs: `children` saves the module that
 * every application has; `config_change` is missing, as there is no code to replace.
 */
export function define<E extends object = Environment, S = undefined>(
  callbacks: ApplicationCallbacks<E, S>,
): ApplicationModule<E> {
  checkCallbacks(callbacks)
  return new ApplicationModule<E>(callbacks.name, placeOfDefinition(1), callbacks as unknown as ApplicationCallbacks)
}

function checkCallbacks(callbacks: object): void {
  if (typeof callbacks !== 'object' || callbacks === null) {
    throw new BadArgumentError('Application.define', `an object with ${CALLBACKS.join(', ')}`, callbacks)
  }
  for (const key of Object.keys(callbacks)) {
    if (!CALLBACKS.includes(key))
      throw new BadArgumentError('Application.define', `the keys ${CALLBACKS.join(', ')}`, key)
  }
  checkFields(callbacks as ApplicationCallbacks)
}

function checkFields(callbacks: ApplicationCallbacks): void {
  const {
    name,
    children,
    start,
    env = {},
    strategy = 'oneForOne',
    applications,
    optionalApplications,
    stopTimeoutMs,
  } = callbacks
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new BadArgumentError('Application.define: name', 'a string that is not empty', name)
  }
  for (const key of FUNCTIONS) {
    if (callbacks[key] !== undefined && typeof callbacks[key] !== 'function') {
      throw new BadArgumentError(`Application.define: ${key}`, 'a function', callbacks[key])
    }
  }
  if (children !== undefined && start !== undefined) {
    throw new BadArgumentError('Application.define', 'children or start', 'both', 'A tree of children needs no start.')
  }
  if (typeof env !== 'object' || env === null)
    throw new BadArgumentError('Application.define: env', 'an object of settings', env)
  if (!STRATEGIES.includes(strategy)) {
    throw new BadArgumentError(
      'Application.define: strategy',
      STRATEGIES.map((known) => `'${known}'`).join(' | '),
      strategy,
    )
  }
  checkDependencies('applications', applications)
  checkDependencies('optionalApplications', optionalApplications)
  checkLimits('Application.define', callbacks)
  if (stopTimeoutMs !== undefined) checkTimeout('Application.define: stopTimeoutMs', stopTimeoutMs)
}

function checkDependencies(key: string, dependencies: unknown): void {
  if (dependencies === undefined) return
  const isRef = (each: unknown) => typeof each === 'string' || isApplication(each)
  if (Array.isArray(dependencies) && dependencies.every(isRef)) return
  throw new BadArgumentError(
    `Application.define: ${key}`,
    'a list of applications, or of names of loaded ones',
    dependencies,
  )
}

/** Whether the value was made by {@link define}, of this copy of the library or another. */
export function isApplication(value: unknown): value is ApplicationModule {
  if (value instanceof ApplicationModule) return true
  const module = value as Partial<ApplicationModule> | null | undefined
  return typeof module === 'object' && typeof module?.name === 'string' && typeof module.callbacks === 'object'
}

/** The name behind a reference. @throws {BadArgumentError} when it is none. */
export function nameOf(where: string, app: unknown): string {
  if (typeof app === 'string') return app
  if (isApplication(app)) return app.name
  throw new BadArgumentError(where, 'an application made by Application.define, or a name', app)
}
