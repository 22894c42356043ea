import { whatStarts } from '../src/behaviours/start.ts'
import { BadArgumentError, show } from '../src/core/errors.ts'
import { isPid, type Pid } from '../src/core/pid.ts'
import type { StartOutcome } from '../src/runtime/start.ts'

/** When a child is started again: always, after an abnormal end only, never. */
export type Restart = 'permanent' | 'transient' | 'temporary'
/** How a child is stopped: by a kill; by `'shutdown'`, and a kill after so many milliseconds; by `'shutdown'` alone. */
export type ShutdownRule = 'brutalKill' | number | 'infinity'
/** Whether a child is a supervisor itself. */
export type ChildType = 'worker' | 'supervisor'
/** What a start function returns: the pid, or every outcome. Anything else is a refusal with that value as its reason. */
export type StartReturn = Pid | StartOutcome | PromiseLike<Pid | StartOutcome>

/**
 * How a supervisor starts, restarts and stops one child. Fields that it does not know are ignored.
 *
 * Semantics: OTP `supervisor:child_spec()`. Differs: no `modules`, for there is no code upgrade.
 */
export interface ChildSpec {
  /** Any value, compared with `===`; unique among the children of one supervisor. */
  readonly id: unknown
  /**
   * Starts the child **and links it** to the supervisor, in whose process it runs: `startLink` and `spawnLink` do.
   * What it throws refuses the start; a `StartError` with the outcome that it carries.
   */
  // biome-ignore lint/suspicious/noExplicitAny: each start function knows the arguments that come with it
  readonly start: (...args: any[]) => StartReturn
  /** What `start` is called with. Default: nothing. */
  readonly args?: readonly unknown[]
  /** Default `'permanent'`. */
  readonly restart?: Restart
  /** Default 5000 for a worker, `'infinity'` for a supervisor. */
  readonly shutdown?: ShutdownRule
  /** Default `'worker'`. */
  readonly type?: ChildType
  /** Its end may end the supervisor: see `autoShutdown`. Default false. */
  readonly significant?: boolean
}

/** A child specification with every default filled in, as `childSpec` and `getChildSpec` return it. */
export type FullChildSpec = Required<ChildSpec>

/** Fields of a derived specification that shall be different. */
export interface ChildOverrides extends Partial<ChildSpec> {
  /** The options of the start: `{ name: 'hits' }`. */
  readonly options?: object
}

/** A module that describes itself as a child. It comes before its start functions. */
export interface SelfDescribing {
  // biome-ignore lint/suspicious/noExplicitAny: each module knows its argument and options
  childSpec(arg?: any, options?: any): ChildSpec
}

/** A module that can be started: every `define` of a behaviour gives one. */
export type Startable =
  // biome-ignore lint/suspicious/noExplicitAny: each module knows its argument and options
  | { tryStartLink(...args: any[]): StartReturn }
  // biome-ignore lint/suspicious/noExplicitAny: as above
  | { startLink(...args: any[]): StartReturn }

/** A module that can be a child. */
export type ChildModule = SelfDescribing | Startable

/** What stands in a list of children: a specification, `[module, arg, options]`, or a module alone. */
export type Child = ChildSpec | readonly [module: ChildModule, arg?: unknown, options?: object] | ChildModule

/** The argument that a module is started with. */
export type ChildArgument<Module> = Module extends { childSpec(...args: infer Args): unknown }
  ? Args[0]
  : Module extends { tryStartLink(...args: infer Args): unknown }
    ? Args[0]
    : Module extends { startLink(...args: infer Args): unknown }
      ? Args[0]
      : undefined

/** What is wrong with a child specification or with a supervisor's options, in OTP's words. */
export type SupervisorProblem =
  | { readonly type: 'missingId' | 'missingStart' }
  | {
      readonly type:
        | 'invalidStart'
        | 'invalidArgs'
        | 'invalidRestartType'
        | 'invalidShutdown'
        | 'invalidChildType'
        | 'invalidSignificant'
        | 'invalidStrategy'
        | 'invalidMaxRestarts'
        | 'invalidMaxSeconds'
        | 'invalidAutoShutdown'
        | 'invalidMaxChildren'
        | 'invalidExtraArguments'
        | 'invalidPartitions'
        | 'invalidWithArguments'
      readonly value: unknown
    }
  | { readonly type: 'badCombination'; readonly value: unknown }
  | { readonly type: 'duplicateChildName'; readonly id: unknown }

/**
 * A mistake in a child specification or in the options of a supervisor. Code `BEAMISH_BAD_ARGUMENT`; `reason` names the
 * mistake as OTP does.
 */
export class BadSupervisorError extends BadArgumentError {
  readonly reason: SupervisorProblem

  constructor(reason: SupervisorProblem, where: string, expected: string, actual: unknown, remedy = '') {
    super(where, expected, actual, `${remedy && `${remedy} `}(${reason.type})`)
    this.name = 'BadSupervisorError'
    this.reason = reason
  }
}

/** A specification that has been checked and is complete. Only {@link toChildSpec} and its like make it. */
export class CheckedSpec implements FullChildSpec {
  readonly id: unknown
  readonly start: FullChildSpec['start']
  readonly args: readonly unknown[]
  readonly restart: Restart
  readonly shutdown: ShutdownRule
  readonly type: ChildType
  readonly significant: boolean

  constructor(
    id: unknown,
    start: FullChildSpec['start'],
    args: readonly unknown[],
    restart: Restart,
    shutdown: ShutdownRule,
    type: ChildType,
    significant: boolean,
  ) {
    this.id = id
    this.start = start
    this.args = args
    this.restart = restart
    this.shutdown = shutdown
    this.type = type
    this.significant = significant
  }
}

/** The same specification without the arguments: of a child that is never started again. */
export function withoutArgs({ id, start, restart, shutdown, type, significant }: CheckedSpec): CheckedSpec {
  return new CheckedSpec(id, start, NO_ARGS, restart, shutdown, type, significant)
}

const FIELDS = ['id', 'start', 'args', 'restart', 'shutdown', 'type', 'significant', 'options']
const START_OPTIONS = "What its start takes, such as a name, goes into options: { options: { name: 'hits' } }."
const NO_ARGS: readonly unknown[] = []
const LONGEST_SHUTDOWN_MS = 2 ** 32 - 1

/**
 * How a module is started, restarted and stopped as a child.
 *
 * A module's own `childSpec(arg, options)` is asked first. Any other module is started with `tryStartLink(arg, options)` (or
 * `startLink`): `id` is the module, `restart` `'permanent'`, `shutdown` 5000, `type` `'worker'`, not `significant`.
 * @param child - a module, `[module, arg, options]`, or a specification.
 * @param arg - what the module is started with.
 * @param overrides - fields that shall be different, and `options` for the start: `{ id: 'hits', options: { name: 'hits' } }`.
 * @returns the complete specification.
 * @throws {BadArgumentError} for something that is no child, an unknown override, or a field with an illegal value.
 *
 * Semantics: Elixir `Supervisor.child_spec/2`.
 */
export function childSpec<Module extends Child>(
  child: Module,
  arg?: ChildArgument<Module>,
  overrides?: ChildOverrides,
): FullChildSpec {
  const parts = splitChild('childSpec', child, arg, overrides?.options)
  const spec = parts === undefined ? child : describe(parts.module, parts.arg, parts.options)
  if (overrides === undefined) return checkSpec('childSpec', spec)
  checkOverrides(overrides, parts === undefined)
  const { options: _, ...fields } = overrides
  return checkSpec('childSpec', {
    ...(spec as ChildSpec),
    // The shutdown of a module that does not describe itself is a default, and follows the type that it is given.
    ...(fields.type !== undefined && isDerived(parts?.module) && { shutdown: defaultShutdown(fields.type) }),
    ...withoutUndefined(fields),
  })
}

function withoutUndefined(fields: Partial<ChildSpec>): Partial<ChildSpec> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function checkOverrides(overrides: ChildOverrides, isSpec: boolean): void {
  if (typeof overrides !== 'object' || overrides === null) {
    throw new BadArgumentError('childSpec: overrides', `an object with ${FIELDS.join(', ')}`, overrides)
  }
  for (const key of Object.keys(overrides)) {
    if (!FIELDS.includes(key))
      throw new BadArgumentError('childSpec: overrides', `the fields ${FIELDS.join(', ')}`, key, START_OPTIONS)
  }
  if (isSpec && overrides.options !== undefined) {
    throw new BadArgumentError(
      'childSpec: overrides.options',
      'a module to start; a specification has args',
      overrides.options,
    )
  }
}

interface Parts {
  readonly module: ChildModule
  readonly arg: unknown
  readonly options: object | undefined
}

/** The module and its argument; `undefined` when `child` is a specification. */
function splitChild(where: string, child: unknown, arg: unknown, options: object | undefined): Parts | undefined {
  if (Array.isArray(child)) {
    const [module, itsArg, itsOptions] = child as [unknown, unknown?, object?]
    if (isModule(module) && child.length <= 3) return { module, arg: itsArg ?? arg, options: options ?? itsOptions }
    throw new BadArgumentError(
      where,
      '[module, arg, options], where module has childSpec or startLink',
      child,
      Array.isArray(module) || isSpec(module) ? 'One child is expected here, not a list of them.' : undefined,
    )
  }
  if (isModule(child)) return { module: child, arg, options }
  if (typeof child !== 'object' || child === null || isPid(child) || 'then' in child) {
    throw new BadArgumentError(
      where,
      'a child: a specification, [module, arg], or a module with childSpec or startLink',
      child,
      'The supervisor itself calls startLink: childSpec(module, arg) says how.',
    )
  }
  return undefined
}

function isSpec(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'start' in value && 'id' in value
}

function isModule(value: unknown): value is ChildModule {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const module = value as Partial<Record<'childSpec' | 'tryStartLink' | 'startLink', unknown>>
  return [module.childSpec, module.tryStartLink, module.startLink].some((method) => typeof method === 'function')
}

/** Whether the specification of `module` is ours, not its own. */
function isDerived(module: ChildModule | undefined): module is Startable {
  return module !== undefined && typeof (module as Partial<SelfDescribing>).childSpec !== 'function'
}

function describe(module: ChildModule, arg: unknown, options: object | undefined): ChildSpec {
  if (!isDerived(module)) return module.childSpec(arg, options)
  const args = options !== undefined ? [arg, options] : arg === undefined ? NO_ARGS : [arg]
  return new CheckedSpec(module, startOf(module), args, 'permanent', 5000, 'worker', false)
}

function startOf(module: Startable): FullChildSpec['start'] {
  const name = 'tryStartLink' in module ? 'tryStartLink' : 'startLink'
  const functions = module as Record<typeof name, ChildSpec['start']> // it has the one that was just found
  const start = functions[name]
  return whatStarts(start) === undefined ? (...args) => functions[name](...args) : start // ours need no `this`
}

/** The complete specification of something in a list of children. `where` is for messages. */
export function toChildSpec(where: string, child: Child): CheckedSpec {
  if (child instanceof CheckedSpec) return child
  const parts = splitChild(where, child, undefined, undefined)
  return checkSpec(where, parts === undefined ? child : describe(parts.module, parts.arg, parts.options))
}

/** As {@link toChildSpec}, for supervisors that know their children by pid: the id may be missing. */
export function toDynamicSpec(where: string, child: Child | Omit<ChildSpec, 'id'>): CheckedSpec {
  const isNameless =
    typeof child === 'object' && child !== null && !('id' in child) && !isModule(child) && !Array.isArray(child)
  return toChildSpec(
    where,
    isNameless ? { ...child, id: (child as Partial<ChildSpec>).start ?? 'without id' } : (child as Child),
  )
}

/** A list of children, with unique ids. */
export function toChildSpecs(where: string, children: readonly Child[]): CheckedSpec[] {
  if (!Array.isArray(children)) throw new BadArgumentError(`${where}: children`, 'a list of children', children)
  const specs = children.map((child) => toChildSpec(where, child))
  const seen = new Set<unknown>()
  for (const { id } of specs) {
    if (seen.has(id)) throw duplicate(where, id)
    seen.add(id)
  }
  return specs
}

function duplicate(where: string, id: unknown): BadSupervisorError {
  const remedy = 'Two of them have this one. Give one another id: childSpec(module, arg, { id: … }).'
  return new BadSupervisorError(
    { type: 'duplicateChildName', id },
    where,
    'children with different ids',
    typeof id === 'string' ? id : showId(id),
    remedy,
  )
}

/** An id for messages: a module by its name. */
export function showId(id: unknown): string {
  const name = typeof id === 'object' && id !== null ? (id as { moduleName?: unknown }).moduleName : undefined
  return typeof name === 'string' ? name : show(id)
}

/** Checks a specification and fills in the defaults. */
export function checkSpec(where: string, given: unknown): CheckedSpec {
  if (given instanceof CheckedSpec) return given
  const spec = given as Partial<ChildSpec>
  if (typeof given !== 'object' || given === null) throw new BadArgumentError(where, 'a child specification', given)
  const child = `${where}: child ${showId(spec.id)}`
  if (spec.id === undefined)
    throw new BadSupervisorError({ type: 'missingId' }, where, 'every child to have an id', given)
  const type = checkType(child, spec.type ?? 'worker')
  return new CheckedSpec(
    spec.id,
    checkStart(child, spec.start),
    checkArgs(child, spec.args ?? NO_ARGS),
    checkRestart(child, spec.restart ?? 'permanent'),
    checkShutdown(child, spec.shutdown ?? defaultShutdown(type)),
    type,
    checkSignificant(child, spec.significant ?? false),
  )
}

function defaultShutdown(type: ChildType): ShutdownRule {
  return type === 'supervisor' ? 'infinity' : 5000
}

function checkStart(where: string, start: unknown): ChildSpec['start'] {
  if (typeof start === 'function') return start as ChildSpec['start']
  const expected = 'a function that starts and links the child'
  if (start === undefined) throw new BadSupervisorError({ type: 'missingStart' }, `${where}: start`, expected, start)
  throw new BadSupervisorError({ type: 'invalidStart', value: start }, `${where}: start`, expected, start)
}

function checkArgs(where: string, args: unknown): readonly unknown[] {
  if (Array.isArray(args)) return args
  throw new BadSupervisorError(
    { type: 'invalidArgs', value: args },
    `${where}: args`,
    'a list of arguments for start',
    args,
  )
}

function checkRestart(where: string, value: unknown): Restart {
  if (value === 'permanent' || value === 'transient' || value === 'temporary') return value
  const expected = "'permanent' | 'transient' | 'temporary'"
  throw new BadSupervisorError({ type: 'invalidRestartType', value }, `${where}: restart`, expected, value)
}

/** Checks the `shutdown` of a specification, for modules that make their own. */
export function checkShutdown(where: string, value: unknown): ShutdownRule {
  if (value === 'brutalKill' || value === 'infinity') return value
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_SHUTDOWN_MS) return value
  const expected = "'brutalKill', whole milliseconds from 0 to 4294967295, or 'infinity'"
  throw new BadSupervisorError({ type: 'invalidShutdown', value }, `${where}: shutdown`, expected, value)
}

function checkType(where: string, value: unknown): ChildType {
  if (value === 'worker' || value === 'supervisor') return value
  throw new BadSupervisorError({ type: 'invalidChildType', value }, `${where}: type`, "'worker' | 'supervisor'", value)
}

function checkSignificant(where: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new BadSupervisorError({ type: 'invalidSignificant', value }, `${where}: significant`, 'true or false', value)
}
