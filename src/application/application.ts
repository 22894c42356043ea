import { makeCall } from '../behaviours/call.ts'
import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { currentProcess, self } from '../runtime/current.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { controllerOf, registerOf } from './controller.ts'
import {
  type ApplicationModule,
  type ApplicationRef,
  define,
  type Environment,
  isApplication,
  nameOf,
  type StartType,
} from './definition.ts'
import { nodeHost } from './host.ts'
import type {
  ApplicationInfo,
  ApplicationStartOutcome,
  ApplicationStopOutcome,
  EnsureAllStartedOutcome,
  EnsureStartedOutcome,
  RunningApplication,
} from './outcome.ts'
import { infoOf, type Register, unknownApplication } from './register.ts'
import { siteOf } from './requests.ts'
import { type RunOptions, type RunResult, runApplication } from './run.ts'

function register(): Register {
  return registerOf(currentProcess().runtime)
}

/** Asks the application controller. Its answer to `name` is a `T`. */
function ask<T>(name: string, payload: unknown): Operation<T> {
  const { process } = controllerOf(currentProcess().runtime)
  return makeCall(process.pid, name, payload, siteOf(name)) as Operation<T>
}

// ── Start and stop ─────────────────────────────────────────────────────────────────────────────────────────────────

function start(app: ApplicationRef, type: StartType = 'temporary'): Operation<ApplicationStartOutcome> {
  checkType('Application.start', type)
  return ask('start', { module: register().resolve('Application.start', app), type })
}

function ensureStarted(app: ApplicationRef, type: StartType = 'temporary'): Operation<EnsureStartedOutcome> {
  checkType('Application.ensureStarted', type)
  return ask('ensureStarted', { module: register().resolve('Application.ensureStarted', app), type })
}

function ensureAllStarted(
  apps: ApplicationRef | readonly ApplicationRef[],
  type: StartType = 'temporary',
): Operation<EnsureAllStartedOutcome> {
  const where = 'Application.ensureAllStarted'
  checkType(where, type)
  const list: readonly ApplicationRef[] = Array.isArray(apps) ? apps : [apps]
  const modules = list.map((app) => register().resolve(where, app))
  return ask('ensureAllStarted', { modules, type })
}

function checkType(where: string, type: unknown): void {
  if (type === 'permanent' || type === 'transient' || type === 'temporary') return
  throw new BadArgumentError(`${where}: type`, "'permanent' | 'transient' | 'temporary'", type)
}

// ── Settings ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Options of `Application.putEnv`. */
export interface PutEnvOptions {
  /** Whether it outlives the next load. Default false. */
  readonly persistent?: boolean
}

/** A setting that is there, or not. */
export type FetchedEnv<T> = { readonly type: 'ok'; readonly value: T } | { readonly type: 'error' }

function getEnv<E extends object, K extends keyof E & string>(app: ApplicationModule<E>, key: K): E[K]
function getEnv<E extends object, K extends keyof E & string>(app: ApplicationModule<E>, key: K, fallback: E[K]): E[K]
function getEnv(app: ApplicationRef, key: string, fallback?: unknown): unknown
function getEnv(app: ApplicationRef, key: string, fallback?: unknown): unknown {
  const name = nameOf('Application.getEnv', app)
  const { settings } = register()
  return settings.has(name, key) ? settings.get(name, key) : fallback
}

function fetchEnv<E extends object, K extends keyof E & string>(app: ApplicationModule<E>, key: K): FetchedEnv<E[K]>
function fetchEnv(app: ApplicationRef, key: string): FetchedEnv<unknown>
function fetchEnv(app: ApplicationRef, key: string): FetchedEnv<unknown> {
  const name = nameOf('Application.fetchEnv', app)
  const { settings } = register()
  return settings.has(name, key) ? { type: 'ok', value: settings.get(name, key) } : { type: 'error' }
}

function envOrThrow<E extends object, K extends keyof E & string>(app: ApplicationModule<E>, key: K): E[K]
function envOrThrow(app: ApplicationRef, key: string): unknown
function envOrThrow(app: ApplicationRef, key: string): unknown {
  const where = 'Application.envOrThrow'
  const name = nameOf(where, app)
  const { settings, loaded } = register()
  if (settings.has(name, key)) return settings.get(name, key)
  if (!loaded.has(name)) throw unknownApplication(where, name)
  const known = Object.keys(settings.all(name)).join(', ') || 'nothing'
  throw new BeamishError(
    'BEAMISH_ENV_MISSING',
    `${where}: application ${name} has no setting ${show(key)}. It has ${known}.`,
  )
}

function putEnv<E extends object, K extends keyof E & string>(
  app: ApplicationModule<E>,
  key: K,
  value: E[K],
  options?: PutEnvOptions,
): void
function putEnv(app: string, key: string, value: unknown, options?: PutEnvOptions): void
function putEnv(app: ApplicationRef, key: string, value: unknown, options: PutEnvOptions = {}): void {
  const name = nameOf('Application.putEnv', app)
  register().settings.put(name, key, value, options.persistent ?? false)
}

function configure<E extends object>(app: ApplicationModule<E>, values: Partial<E>): void
function configure(app: string, values: Environment): void
function configure(app: ApplicationRef, values: Environment): void {
  const name = nameOf('Application.configure', app)
  const { settings, loaded } = register()
  settings.configure(name, values, loaded.has(name))
}

// ── Looking ────────────────────────────────────────────────────────────────────────────────────────────────────────

function getApplication(member: unknown = self()): string | undefined {
  const { loaded } = register()
  if (isPid(member)) {
    const leader = (member.receiver as LocalProcess | undefined)?.groupLeader
    return register().ofMaster(leader)?.module.name
  }
  for (const { name, callbacks } of loaded.values()) if (callbacks.modules?.includes(member)) return name
  return undefined
}

function getSupervisor(app: ApplicationRef): Pid | undefined {
  const entry = register().running.get(nameOf('Application.getSupervisor', app))
  return entry?.phase === 'running' ? entry.top : undefined
}

function run<E extends object>(app: ApplicationModule<E>, options: RunOptions<E> = {}): Promise<RunResult> {
  return runApplication(nodeHost, app as ApplicationModule, options as RunOptions)
}

/**
 * Applications: a supervision tree with a name, dependencies, settings, a start and an end.
 *
 * While one runs, Node does not end. When it stops, its tree goes down in reverse order; then every process that came of it,
 * wherever it is linked, is killed.
 *
 * Semantics: OTP `application`, Elixir `Application`; `otp.md` §22. *When not to use it*: in a library; export a child
 * (`Counter`, `Supervisor.child(…)`) and let the program's application start it.
 */
export const Application = {
  define,
  /**
   * Runs a program: starts the application and what it needs, keeps Node running, and stops all of it, the last started
   * first, when a signal comes, `stopAll` is called, or a permanent application ends.
   *
   * The stop has an overall limit, `shutdownTimeoutMs`; a second signal ends it at once. `await` it as the last line of a
   * program.
   * @returns how it came to its end. @throws {BeamishError} `BEAMISH_APPLICATION_NOT_STARTED`, the reason is its `cause`.
   * Semantics: `init` of OTP and the `--no-halt` of Elixir. Differs: the program names its application; there is no `.rel`.
   */
  run,
  /**
   * Starts an application; what it needs must run. It is loaded if it was not.
   *
   * Returns `started` · `alreadyStarted` · `notStarted` with the application that is missing · `refused` with the reason:
   * what its `start` threw, refused or returned, `@` the callback, and nothing of it is left.
   * @param type - what its end means to the others. Default `'temporary'`.
   * Semantics: OTP `application:start/2`.
   */
  start,
  /** As `start`, but one that runs already is `started`. Semantics: OTP `application:ensure_started/2`. */
  ensureStarted,
  /**
   * Starts applications and everything that they need, dependencies first.
   *
   * Returns `started` with the names of those that were started now, in order · `refused` with the application that failed;
   * those that were started for it have been stopped again.
   * Semantics: OTP `application:ensure_all_started/2`, serial mode.
   */
  ensureAllStarted,
  /**
   * Stops an application: `prepStop`, the tree, `stop`, and then what is left of its processes is killed. It stays loaded;
   * what depends on it goes on.
   *
   * Returns `stopped` · `killed` when its `stopTimeoutMs` was over first · `notStarted`. Whoever asks while it stops gets
   * the same answer. Semantics: OTP `application:stop/1`.
   */
  stop: (app: ApplicationRef): Operation<ApplicationStopOutcome> => ask('stop', nameOf('Application.stop', app)),
  /** Stops every application, the last started first; `Application.run` comes to its end. Semantics: OTP `init:stop/0`. */
  stopAll: (): Operation<{ readonly type: 'stopped' }> => ask('stopAll', undefined),

  /**
   * Makes an application and its settings known.
   * @returns `'alreadyLoaded'` when it was. Semantics: OTP `application:load/1`.
   */
  load: (app: ApplicationModule): 'loaded' | 'alreadyLoaded' => {
    if (!isApplication(app))
      throw new BadArgumentError('Application.load', 'an application made by Application.define', app)
    return register().load(app) ? 'loaded' : 'alreadyLoaded'
  },
  /**
   * Forgets an application and its settings.
   * @returns `'notLoaded'` · `'running'`, then nothing happens. Semantics: OTP `application:unload/1`.
   */
  unload: (app: ApplicationRef): 'unloaded' | 'notLoaded' | 'running' => {
    const name = nameOf('Application.unload', app)
    const known = register()
    if (known.running.has(name)) return 'running'
    if (!known.loaded.has(name)) return 'notLoaded'
    known.unload(name)
    return 'unloaded'
  },

  /** The applications that run, in the order of their start. Semantics: OTP `application:which_applications/0`. */
  which: (): readonly RunningApplication[] => register().which(),
  /** The applications that are loaded. Semantics: OTP `application:loaded_applications/0`. */
  loaded: (): readonly ApplicationInfo[] => [...register().loaded.values()].map(infoOf),
  /** The application that a process (default: the caller) or one of its `modules` belongs to. Semantics: OTP `application:get_application/1`. */
  getApplication,
  /** The top process of an application that runs. Semantics: OTP `application:get_supervisor/1`. */
  getSupervisor,

  /** A setting, or `fallback`. Read it when it is needed, not when a module is loaded. Semantics: OTP `application:get_env/3`. */
  getEnv,
  /** A setting as `{ type: 'ok', value }`, or `{ type: 'error' }`. Semantics: Elixir `Application.fetch_env/2`. */
  fetchEnv,
  /**
   * A setting that must be there.
   * @throws {BeamishError} `BEAMISH_UNKNOWN_APPLICATION` · `BEAMISH_ENV_MISSING`. Semantics: Elixir `Application.fetch_env!/2`.
   */
  envOrThrow,
  /** Every setting of an application. Semantics: OTP `application:get_all_env/1`. */
  getAllEnv: (app: ApplicationRef): Environment => register().settings.all(nameOf('Application.getAllEnv', app)),
  /** Changes a setting until the application is unloaded; `persistent`: for good. Semantics: OTP `application:set_env/4`. */
  putEnv,
  /** Removes a setting. Semantics: OTP `application:unset_env/2`. */
  deleteEnv: (app: ApplicationRef, key: string): void =>
    register().settings.delete(nameOf('Application.deleteEnv', app), key),
  /**
   * Sets what comes from outside (a file, the environment): stronger than the definition, weaker than `putEnv`. Before the
   * application is loaded, best. Semantics: OTP's `sys.config`.
   */
  configure,
} as const
