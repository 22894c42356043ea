import { availableParallelism } from 'node:os'
import type { Request } from '../src/behaviours/call.ts'
import { stopServer } from '../src/behaviours/server.ts'
import { starters } from '../src/behaviours/start.ts'
import { checkKeys } from '../src/core/check-keys.ts'
import { BadArgumentError, BeamishError, show } from '../src/core/errors.ts'
import type { Pid } from '../src/core/pid.ts'
import { callFailed, ExitError, type ExitReason } from '../src/core/reason.ts'
import { checkName, type Name, resolveServer, type Via, type ViaModule, via } from '../src/runtime/names.ts'
import type { Operation } from '../src/runtime/operation.ts'
import type { LocalProcess } from '../src/runtime/process.ts'
import type { Timeout } from '../src/runtime/receive.ts'
import type { StartOptions } from '../src/runtime/start.ts'
import {
  BadSupervisorError,
  type CheckedSpec,
  type Child,
  checkSpec,
  type FullChildSpec,
  toChildSpec,
} from './child-spec.ts'
import { partitionOf } from './partition-key.ts'
import type { SupervisedChild } from './supervised-child.ts'
import { supervisorCall } from './supervisor-module.ts'
import {
  type ChildPlace,
  checkFlags,
  PLACE,
  type RestartLimits,
  START_OPTIONS,
  type Strategy,
  supervisorSpec,
} from './supervisor-options.ts'
import {
  badCombination,
  type ChildCounts,
  type ChildInfo,
  type Configuration,
  SupervisorProcess,
} from './supervisor-process.ts'

/** Options of a partition supervisor. */
export interface PartitionSupervisorOptions extends RestartLimits, StartOptions {
  /** What each partition runs. Its id is replaced by the number of the partition. */
  readonly childSpec: Child
  /** Where the partitions are looked up. */
  readonly name: Name
  /** How many, at least 1; more can never be had by `resize`. Default: what the machine can run in parallel. */
  readonly partitions?: number
  /** Default `'oneForOne'`. */
  readonly strategy?: Strategy
  /** Only `'never'`: partitions live as long as their supervisor. */
  readonly autoShutdown?: 'never'
  /**
   * What the start function of a partition is called with, from what `childSpec` says: for `[module, arg, options]` that is
   * `[arg, options]`. Default: the same for all.
   */
  readonly withArguments?: (args: readonly unknown[], partition: number) => readonly unknown[]
}

/** What came of `resize`. */
export type ResizeOutcome =
  | { readonly type: 'resized'; readonly previous: number }
  /** A partition did not start; those that this resize had started are stopped again. */
  | { readonly type: 'refused'; readonly partition: number; readonly reason: ExitReason }

/** Which partition of which supervisor. */
export interface PartitionKey {
  readonly name: Name
  readonly key: unknown
}

/** The loop of a partition supervisor: a supervisor that knows how many of its children are reached by keys. */
class PartitionSupervisorProcess extends SupervisorProcess {
  override readonly behaviour = 'PartitionSupervisor'
  readonly moduleName = 'PartitionSupervisor'
  /** Partitions 0 to `routed - 1` can be looked up. */
  routed: number
  readonly maximum: number
  private readonly configuration: Configuration

  constructor(configuration: Configuration, partitions: number) {
    super()
    this.configuration = configuration
    this.routed = partitions
    this.maximum = partitions
  }

  protected configure(): Configuration {
    return this.configuration
  }

  /** The process of a partition; `undefined` while it is being restarted. */
  pidOf(partition: number): Pid | undefined {
    const pid = this.children.get(partition)?.pid
    return pid === 'restarting' ? undefined : pid
  }

  /** A partition that was resized away stays away. */
  protected override joinsGroup(child: SupervisedChild): boolean {
    return (child.spec.id as number) < this.routed
  }

  protected override answer(request: Request): boolean {
    if (request.name !== 'resize') return super.answer(request)
    const partitions = request.payload as number
    if (partitions < this.routed) this.shrink(partitions, request)
    else this.extend(partitions, request)
    return true
  }

  /** First nobody finds them, then they stop. */
  private shrink(partitions: number, request: Request): void {
    const previous = this.routed
    this.routed = partitions
    const leaving = this.between(partitions, previous).reverse()
    this.stopInOrder(leaving, 0, () => request.answer({ type: 'resized', previous } satisfies ResizeOutcome))
  }

  /** First they run, then they are found. */
  private extend(partitions: number, request: Request): void {
    const previous = this.routed
    const joining = this.between(previous, partitions)
    const done = () => {
      this.routed = partitions
      request.answer({ type: 'resized', previous } satisfies ResizeOutcome)
    }
    this.startEach(joining, 0, done, (child, reason) => {
      const refused: ResizeOutcome = { type: 'refused', partition: child.spec.id as number, reason }
      this.stopInOrder([...joining].reverse(), 0, () => request.answer(refused))
    })
  }

  private between(from: number, to: number): SupervisedChild[] {
    return [...this.children.values()].slice(from, to)
  }
}

const OPTIONS = [
  'childSpec',
  'partitions',
  'strategy',
  'autoShutdown',
  'withArguments',
  'maxRestarts',
  'maxSeconds',
  ...START_OPTIONS,
]

function configurationOf(where: string, options: PartitionSupervisorOptions): PartitionSupervisorProcess {
  const { strategy = 'oneForOne', maxRestarts = 3, maxSeconds = 5 } = options
  const partitions = checkPartitions(where, options.partitions ?? availableParallelism())
  const template = toChildSpec(`${where}: childSpec`, options.childSpec)
  const argsOf = checkWithArguments(where, options.withArguments ?? ((args) => args))
  const specs = Array.from({ length: partitions }, (_, id) =>
    partitionSpec(where, template, id, argsOf(template.args, id)),
  )
  const flags = { strategy, maxRestarts, maxSeconds, autoShutdown: 'never' } as const
  return new PartitionSupervisorProcess({ type: 'children', flags, specs }, partitions)
}

function partitionSpec(where: string, template: CheckedSpec, id: number, args: readonly unknown[]): CheckedSpec {
  if (!Array.isArray(args)) {
    const reason = { type: 'invalidWithArguments', value: args } as const
    throw new BadSupervisorError(reason, `${where}: withArguments(args, ${id})`, 'to return a list of arguments', args)
  }
  return checkSpec(where, { ...template, id, args })
}

function checkOptions(where: string, options: PartitionSupervisorOptions): void {
  checkKeys(where, options, OPTIONS)
  const { autoShutdown = 'never', name, childSpec, ...flags } = options
  if (name === undefined || name === null) {
    throw new BadArgumentError(`${where}: name`, 'the name that partitions are looked up by', name)
  }
  checkName(`${where}: name`, name)
  if (childSpec === undefined) throw new BadArgumentError(`${where}: childSpec`, 'what each partition runs', childSpec)
  if (autoShutdown !== 'never') {
    const reason = { type: 'invalidAutoShutdown', value: autoShutdown } as const
    throw new BadSupervisorError(reason, `${where}: autoShutdown`, "'never'", autoShutdown)
  }
  checkFlags(where, flags)
  const problem = badCombination(toChildSpec(`${where}: childSpec`, childSpec), 'never')
  if (problem !== undefined) throw new BadSupervisorError(problem, `${where}: childSpec: significant`, 'false', true)
}

function checkPartitions(where: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new BadSupervisorError(
    { type: 'invalidPartitions', value },
    `${where}: partitions`,
    'a whole number, at least 1',
    value,
  )
}

type WithArguments = NonNullable<PartitionSupervisorOptions['withArguments']>

function checkWithArguments(where: string, value: WithArguments): WithArguments {
  if (typeof value === 'function') return value
  const reason = { type: 'invalidWithArguments', value } as const
  throw new BadSupervisorError(reason, `${where}: withArguments`, 'a function (args, partition) => args', value)
}

const plain = starters<[options: PartitionSupervisorOptions], StartOptions>({
  what: 'PartitionSupervisor',
  check: () => {},
  code: (options) => configurationOf('PartitionSupervisor.startLink', options as PartitionSupervisorOptions),
})

function startArguments(
  where: string,
  options: PartitionSupervisorOptions,
): [PartitionSupervisorOptions, StartOptions] {
  checkOptions(where, options)
  const { name, timeoutMs, label, mailbox } = options
  const given = Object.entries({ name, timeoutMs, label, mailbox }).filter(([, value]) => value !== undefined)
  return [options, Object.fromEntries(given)]
}

function child(options: PartitionSupervisorOptions & ChildPlace): FullChildSpec {
  const where = 'PartitionSupervisor.child'
  checkKeys(where, options, [...PLACE, ...OPTIONS])
  const argsOf = (rest: Omit<typeof options, keyof ChildPlace>) => {
    const args = startArguments(where, rest as PartitionSupervisorOptions)
    configurationOf(where, args[0]) // its mistakes are told here, not when the tree starts
    return args
  }
  return supervisorSpec(where, plain.tryStartLink, argsOf, options, PartitionSupervisor)
}

// ── Looking partitions up ────────────────────────────────────────────────────────────────────────────────────────────

function codeOf(name: Name): PartitionSupervisorProcess | undefined {
  const process = resolveServer(name) as LocalProcess | Pid | undefined
  const code = process !== undefined && 'code' in process ? process.code : undefined
  return code instanceof PartitionSupervisorProcess ? code : undefined
}

function codeOrExit(name: Name, asked: string, ...rest: unknown[]): PartitionSupervisorProcess {
  const code = codeOf(name)
  if (code !== undefined) return code
  throw new ExitError(callFailed('noproc', { module: 'PartitionSupervisor', function: asked, args: [name, ...rest] }))
}

function whereisPartition({ name, key }: PartitionKey): Pid | undefined {
  const code = codeOf(name)
  if (code === undefined) return undefined
  if (code.routed > 0) return code.pidOf(partitionOf(key, code.routed))
  const remedy = 'Resize it before it is used again.'
  throw new BeamishError('BEAMISH_NO_PARTITIONS', `PartitionSupervisor ${show(name)} has no partitions. ${remedy}`)
}

const partitionNames: ViaModule<PartitionKey> = {
  name: 'PartitionSupervisor',
  whereisName: whereisPartition,
  registerName: ({ name }) => {
    throw new BeamishError(
      'BEAMISH_VIA_LOOKUP_ONLY',
      `PartitionSupervisor.via(${show(name)}, …) finds partitions; nothing can be registered by it.`,
    )
  },
  unregisterName: () => {},
  send: (term, message) => {
    const pid = whereisPartition(term)
    if (pid === undefined)
      throw new BadArgumentError('send', 'a partition that runs', `${term.name}: ${show(term.key)}`)
    pid.receiver?.deliver(message)
  },
}

/**
 * Supervisors of N copies of one child, so that no single process has to do all the work of one kind.
 *
 * `PartitionSupervisor.via(name, key)` reaches the copy that a key belongs to: equal keys, same copy, while their number is
 * the same. A copy that was restarted is found at once. *When not to use it*: where one process is fast enough; on one thread,
 * copies add no speed to code that never waits.
 *
 * Semantics: Elixir `PartitionSupervisor`; `otp.md` §16.
 */
export const PartitionSupervisor = {
  /**
   * Starts the supervisor and its partitions, numbered from 0.
   * @throws {BadArgumentError} for a missing `name` or `childSpec`, or an illegal option · `StartError` when a partition does
   * not start. Semantics: Elixir `PartitionSupervisor.start_link/1`.
   */
  startLink: (options: PartitionSupervisorOptions): Operation<Pid> =>
    plain.startLink(...startArguments('PartitionSupervisor.startLink', options)),
  /** As `startLink`, without a link. */
  start: (options: PartitionSupervisorOptions): Operation<Pid> =>
    plain.start(...startArguments('PartitionSupervisor.start', options)),
  /** As `startLink`, with every outcome. */
  tryStartLink: (options: PartitionSupervisorOptions) =>
    plain.tryStartLink(...startArguments('PartitionSupervisor.tryStartLink', options)),
  /** As `start`, with every outcome. */
  tryStart: (options: PartitionSupervisorOptions) =>
    plain.tryStart(...startArguments('PartitionSupervisor.tryStart', options)),
  /**
   * A partition supervisor as a child of another: `PartitionSupervisor.child({ name: 'hits', childSpec: [Counter, 0] })`.
   *
   * `options` are those of `startLink`, and `id` (default: the name), `restart`, `shutdown`, `significant`.
   */
  child,
  /**
   * The partition that `key` belongs to, wherever a server is expected: `Counter.call(PartitionSupervisor.via('hits', userId), 'add', 1)`.
   *
   * A whole number `key` goes to partition `abs(key) mod N`; for other keys the partition is stable but not a contract.
   * For looking up only: with no partitions it throws `BEAMISH_NO_PARTITIONS`, as a name to start with `BEAMISH_VIA_LOOKUP_ONLY`.
   */
  via: (name: Name, key: unknown): Via<PartitionKey> => via(partitionNames, { name, key }),
  /**
   * How many partitions keys are spread over.
   * @throws {ExitError} `BEAMISH_NOPROC` no such supervisor. Semantics: Elixir `PartitionSupervisor.partitions/1`.
   */
  partitions: (name: Name): number => codeOrExit(name, 'partitions').routed,
  /**
   * Changes how many partitions run: 0 up to as many as the supervisor was started with.
   *
   * New ones run before keys reach them; keys leave old ones before they stop. The highest numbers go first.
   * @returns `resized` with the previous number · `refused` when a partition did not start.
   * @throws {ExitError} `BEAMISH_NOPROC` · {@link BadArgumentError} beyond the maximum.
   * Semantics: Elixir `PartitionSupervisor.resize!/2`.
   */
  resize: (name: Name, partitions: number): Operation<ResizeOutcome> => {
    const { maximum } = codeOrExit(name, 'resize', partitions)
    if (!Number.isInteger(partitions) || partitions < 0 || partitions > maximum) {
      throw new BadArgumentError('PartitionSupervisor.resize', `a whole number from 0 to ${maximum}`, partitions)
    }
    return supervisorCall('PartitionSupervisor', 'resize', name, partitions)
  },
  /** The partitions: their numbers are the ids. Semantics: Elixir `PartitionSupervisor.which_children/1`. */
  whichChildren: (name: Name): Operation<ChildInfo[]> => supervisorCall('PartitionSupervisor', 'whichChildren', name),
  /** How many partitions there are and run. Semantics: Elixir `PartitionSupervisor.count_children/1`. */
  countChildren: (name: Name): Operation<ChildCounts> => supervisorCall('PartitionSupervisor', 'countChildren', name),
  /** Stops the supervisor and its partitions. Semantics: Elixir `PartitionSupervisor.stop/3`. */
  stop: (name: Name, reason: ExitReason = 'normal', timeoutMs: Timeout = 'infinity'): Operation<'ok'> =>
    stopServer('PartitionSupervisor', name, reason, timeoutMs),
} as const
