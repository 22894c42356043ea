import { type CheckedSpec, type ChildSpec, checkSpec } from '../../supervisors/child-spec.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { type ChildPlace, PLACE, supervisorSpec } from '../../supervisors/supervisor-options.ts'
import { nameStart } from '../behaviours/start.ts'
import { Task } from '../behaviours/task.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { actingProcess } from '../runtime/current.ts'
import { checkName, type Via, type ViaModule, via } from '../runtime/names.ts'
import type { Operation, Suspended } from '../runtime/operation.ts'
import type { StartOutcome } from '../runtime/start.ts'
import { createTable } from '../runtime/tables.ts'
import { Entry } from './entries.ts'
import { keyId } from './key.ts'
import { withLock } from './locked.ts'
import { Partition } from './partition.ts'
import { ANY, checkSpecs, matches, type Pattern, type SelectedEntry, type SelectSpec, specFor } from './pattern.ts'
import { type RegisterOutcome, type RegistrySettings, RegistryTable, registryTable } from './table.ts'

/** Options of a registry. */
export interface RegistryOptions {
  /** The registry is called by this name; it is also the local name of its supervisor. */
  readonly name: string
  /** `'unique'`: one process per key. `'duplicate'`: any number of entries per key, of one process too. */
  readonly keys: 'unique' | 'duplicate'
  /** How many processes share the entries, at least 1. Default 1: on one thread more of them isolate failures, and no more. */
  readonly partitions?: number
  /**
   * What decides the partition of a duplicate entry. `'pid'` (the default): a process is linked to one partition. `'key'`: a
   * dispatch looks into one partition. Unique registries always go by key.
   */
  readonly partitionBy?: 'pid' | 'key'
  /** Local names of processes that get a `RegistryMessage` for each `register` and `unregister`. */
  readonly listeners?: readonly string[]
  /** What `meta` holds from the start: an object, or pairs of key and value. */
  readonly meta?: Readonly<Record<string, unknown>> | Iterable<readonly [key: unknown, value: unknown]>
}

/** Options of a registry in a tree. */
export interface RegistryChildOptions extends RegistryOptions, ChildPlace {}

/** A process that is registered under the key in question, and the value that it gave. */
export interface Registration<V = unknown> {
  readonly pid: Pid
  readonly value: V
}

/** What `updateValue` did. */
export type UpdateOutcome<V = unknown> =
  | { readonly type: 'updated'; readonly value: V; readonly previous: V }
  /** The caller has no entry for the key. */
  | { readonly type: 'notRegistered' }

/** What `meta` found. */
export type MetaOutcome<V = unknown> = { readonly type: 'found'; readonly value: V } | { readonly type: 'notFound' }

/** A name kept by a registry: the term of `via(Registry, …)`. */
export interface RegistryName {
  readonly registry: string
  readonly key: unknown
  /** What the process is registered with. */
  readonly value?: unknown
}

/** What is done under a lock: anything that a process body may be. */
export type LockedBody<T> = () => T | PromiseLike<T> | Generator<Suspended, T, unknown>

// biome-ignore lint/suspicious/noExplicitAny: the author of a registry knows its values
type Guard = (value: any) => boolean

const OPTIONS = ['name', 'keys', 'partitions', 'partitionBy', 'listeners', 'meta'] satisfies (keyof RegistryOptions)[]

// ── Start ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const RegistrySupervisor = Supervisor.define({
  module: 'Registry',
  init: (settings: RegistrySettings) => {
    const table = new RegistryTable(settings)
    createTable(RegistryTable.kind, settings.name, table)
    const children = Array.from({ length: settings.partitions }, (_, index) => partitionSpec(table, index))
    // The keys of a unique registry must not outlive each other: whoever finds one finds all that were there before.
    return { children, strategy: settings.keys === 'unique' ? ('oneForAll' as const) : ('oneForOne' as const) }
  },
})

function partitionSpec(table: RegistryTable, index: number): ChildSpec {
  const name = `${table.settings.name}.Partition${index}`
  return { id: index, start: Partition.startLink, args: [{ table, index }, { name }] }
}

/** Checks the options of a registry and fills in the defaults. `entry`: what its entries are made of. */
export function registrySettings(where: string, options: RegistryOptions, entry = Entry): RegistrySettings {
  checkKeys(where, options, OPTIONS)
  const { name, keys, partitions = 1, listeners = [], meta = [] } = options
  checkName(`${where}: name`, name)
  if (typeof name !== 'string') throw new BadArgumentError(`${where}: name`, 'a string', name)
  if (keys !== 'unique' && keys !== 'duplicate')
    throw new BadArgumentError(`${where}: keys`, "'unique' | 'duplicate'", keys)
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new BadArgumentError(`${where}: partitions`, 'a whole number, at least 1', partitions)
  }
  if (!Array.isArray(listeners) || !listeners.every((listener) => typeof listener === 'string')) {
    throw new BadArgumentError(`${where}: listeners`, 'a list of local names', listeners)
  }
  const partitionBy = checkPartitionBy(where, keys, options.partitionBy)
  return { name, keys, partitions, partitionBy, listeners, meta: metaMap(`${where}: meta`, meta), entry }
}

function checkPartitionBy(where: string, keys: 'unique' | 'duplicate', given: unknown): 'pid' | 'key' {
  if (given === undefined) return keys === 'unique' ? 'key' : 'pid'
  const allowed = keys === 'unique' ? ['key'] : ['pid', 'key']
  if (!allowed.includes(given as string)) {
    throw new BadArgumentError(
      `${where}: partitionBy`,
      `${allowed.map((each) => `'${each}'`).join(' | ')} for ${keys} keys`,
      given,
    )
  }
  return given as 'pid' | 'key'
}

function metaMap(where: string, meta: NonNullable<RegistryOptions['meta']>): Map<unknown, unknown> {
  if (typeof meta !== 'object' || meta === null)
    throw new BadArgumentError(where, 'an object, or pairs of key and value', meta)
  const pairs = Symbol.iterator in meta ? [...(meta as Iterable<readonly [unknown, unknown]>)] : Object.entries(meta)
  return new Map(pairs.map(([key, value]) => [keyId(key), value]))
}

/** Starts a registry whose settings have been checked: for rooms above that keep theirs in one. */
export function startRegistry(settings: RegistrySettings): Operation<StartOutcome> {
  return RegistrySupervisor.tryStartLink(settings, { name: settings.name })
}
nameStart(startRegistry, 'Registry') // for supervisors, which need no async context for it then

function startLink(options: RegistryOptions): Operation<Pid> {
  const settings = registrySettings('Registry.startLink', options)
  return RegistrySupervisor.startLink(settings, { name: settings.name })
}

function tryStartLink(options: RegistryOptions): Operation<StartOutcome> {
  return startRegistry(registrySettings('Registry.tryStartLink', options))
}

function child(options: RegistryChildOptions): CheckedSpec {
  checkKeys('Registry.child', options, [...OPTIONS, ...PLACE])
  return supervisorSpec('Registry.child', startRegistry, settingsOf, options, 'Registry')
}

function settingsOf(options: RegistryOptions): readonly [RegistrySettings] {
  return [registrySettings('Registry.child', options)]
}

/** A registry of a room above, as a child. */
export function registrySpec(settings: RegistrySettings): CheckedSpec {
  return checkSpec('Registry', { id: settings.name, start: startRegistry, args: [settings], type: 'supervisor' })
}

// ── Entries of the caller ──────────────────────────────────────────────────────────────────────────────────────────

function register(registry: string, key: unknown, value?: unknown): RegisterOutcome {
  return registryTable('register', registry).register(actingProcess(), key, value)
}

const EVERY = () => true

function unregister(registry: string, key: unknown): 'ok' {
  registryTable('unregister', registry).unregister(actingProcess(), key, EVERY)
  return 'ok'
}

function unregisterMatch(registry: string, key: unknown, pattern: Pattern, guard: Guard = EVERY): 'ok' {
  const table = registryTable('unregisterMatch', registry)
  table.unregister(actingProcess(), key, ({ value }) => matches(pattern, value) && guard(value))
  return 'ok'
}

function updateValue<V = unknown>(registry: string, key: unknown, update: (value: V) => V): UpdateOutcome<V> {
  const table = uniqueTable('updateValue', registry)
  const entry = table.holderOf(key)
  if (entry === undefined || entry.pid !== actingProcess().pid) return { type: 'notRegistered' }
  const previous = entry.value as V // as the caller registered it
  const value = update(previous)
  entry.value = value
  return { type: 'updated', value, previous }
}

function uniqueTable(where: string, registry: string): RegistryTable {
  const table = registryTable(where, registry)
  if (table.isUnique) return table
  throw new BadArgumentError(`Registry.${where}`, 'a registry with unique keys', `the duplicate one ${show(registry)}`)
}

// ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────────

function lookup<V = unknown>(registry: string, key: unknown): Registration<V>[] {
  const table = registryTable('lookup', registry)
  if (!table.isUnique) return table.entriesAt(key).map(registration) as Registration<V>[] // V is the caller's word
  const entry = table.holderOf(key)
  return entry === undefined ? [] : [{ pid: entry.pid, value: entry.value as V }]
}

function registration({ pid, value }: Entry): Registration {
  return { pid, value }
}

function whereis(registry: string, key: unknown): Pid | undefined {
  return uniqueTable('whereis', registry).holderOf(key)?.pid
}

function matching(where: string, registry: string, key: unknown, pattern: Pattern, guard: Guard): Entry[] {
  const entries = registryTable(where, registry).entriesAt(key)
  return entries.filter(({ value }) => matches(pattern, value) && guard(value))
}

function match<V = unknown>(registry: string, key: unknown, pattern: Pattern, guard: Guard = EVERY): Registration<V>[] {
  return matching('match', registry, key, pattern, guard).map(registration) as Registration<V>[] // V is the caller's word
}

function countMatch(registry: string, key: unknown, pattern: Pattern, guard: Guard = EVERY): number {
  return matching('countMatch', registry, key, pattern, guard).length
}

function select<R = SelectedEntry>(registry: string, specs: readonly SelectSpec<R>[]): R[] {
  checkSpecs('Registry.select', specs)
  const selected: R[] = []
  for (const entry of everyEntry('select', registry)) {
    const spec = specFor(specs, entry)
    // Without a projection R is SelectedEntry: the type's default.
    if (spec !== undefined) selected.push(spec.select === undefined ? (entry as R) : spec.select(entry))
  }
  return selected
}

function countSelect(registry: string, specs: readonly SelectSpec<unknown>[]): number {
  checkSpecs('Registry.countSelect', specs)
  let count = 0
  for (const entry of everyEntry('countSelect', registry)) if (specFor(specs, entry) !== undefined) count++
  return count
}

function* everyEntry(where: string, registry: string): Generator<SelectedEntry> {
  for (const { entries } of registryTable(where, registry).partitions()) {
    for (const { key, pid, value } of entries) yield { key, pid, value }
  }
}

function keys<K = unknown>(registry: string, pid: Pid): K[] {
  if (!isPid(pid)) throw new BadArgumentError('Registry.keys', 'a pid', pid)
  const partitions = registryTable('keys', registry).partitions()
  return partitions.flatMap(({ entries }) => entries.heldBy(pid).map(({ key }) => key as K)) // K is the caller's word
}

function values<V = unknown>(registry: string, key: unknown, pid: Pid): V[] {
  if (!isPid(pid)) throw new BadArgumentError('Registry.values', 'a pid', pid)
  const id = keyId(key)
  const { entries } = registryTable('values', registry).partitionFor(id, pid)
  return entries.heldAt(id, pid).map(({ value }) => value as V) // V is the caller's word
}

function count(registry: string): number {
  return registryTable('count', registry)
    .partitions()
    .reduce((sum, { entries }) => sum + entries.size, 0)
}

// ── Dispatch ───────────────────────────────────────────────────────────────────────────────────────────────────────

function dispatch<V = unknown>(
  registry: string,
  key: unknown,
  deliver: (entries: readonly Registration<V>[]) => void,
): 'ok'
function dispatch<V = unknown>(
  registry: string,
  key: unknown,
  deliver: (entries: readonly Registration<V>[]) => void,
  options: { readonly parallel: true },
): Operation<'ok'[]>
function dispatch(
  registry: string,
  key: unknown,
  deliver: (entries: readonly Registration<never>[]) => void,
  options?: { readonly parallel: true },
): 'ok' | Operation<'ok'[]> {
  if (typeof deliver !== 'function')
    throw new BadArgumentError('Registry.dispatch', 'a function of a list of entries', deliver)
  const groups = groupsAt(registryTable('dispatch', registry), key) as Registration<never>[][] // the caller knows its values
  if (options?.parallel === true) return dispatchInTasks(groups.map((entries) => () => deliver(entries)))
  for (const entries of groups) deliver(entries)
  return 'ok'
}

function dispatchInTasks(deliveries: readonly (() => void)[]): Operation<'ok'[]> {
  const run = (deliver: () => void) => (): 'ok' => {
    deliver()
    return 'ok'
  }
  return Task.awaitMany(
    deliveries.map((deliver) => Task.async(run(deliver))),
    'infinity',
  )
}

/** The entries of a key, those of each partition together. No group is empty. */
function groupsAt(table: RegistryTable, key: unknown): (readonly Registration[])[] {
  if (table.isUnique) {
    const holder = table.holderOf(key)
    return holder === undefined ? [] : [[registration(holder)]]
  }
  const id = keyId(key)
  return table
    .partitionsOf(id)
    .map(({ entries }) => entries.at(id))
    .filter((entries) => entries.length > 0)
}

// ── Meta and locks ─────────────────────────────────────────────────────────────────────────────────────────────────

function meta<V = unknown>(registry: string, key: unknown): MetaOutcome<V> {
  const held = registryTable('meta', registry).meta
  const id = keyId(key)
  return held.has(id) ? { type: 'found', value: held.get(id) as V } : { type: 'notFound' } // V is the caller's word
}

function putMeta(registry: string, key: unknown, value: unknown): 'ok' {
  registryTable('putMeta', registry).meta.set(keyId(key), value)
  return 'ok'
}

function deleteMeta(registry: string, key: unknown): 'ok' {
  registryTable('deleteMeta', registry).meta.delete(keyId(key))
  return 'ok'
}

function lock<T>(registry: string, lockKey: unknown, body: LockedBody<T>): Operation<T> {
  if (typeof body !== 'function') throw new BadArgumentError('Registry.lock', 'a function to run under the lock', body)
  const id = keyId(lockKey)
  return withLock(registryTable('lock', registry).partitionOfKey(id).owner.pid, id, body)
}

// ── Names ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What servers are called by. Semantics: OTP, the contract of `{via, Module, Term}`. */
const names: ViaModule<RegistryName> = {
  name: 'Registry',
  registerName: ({ registry, key, value }, pid) => {
    const caller = actingProcess()
    if (pid !== caller.pid) throw new BadArgumentError('Registry.registerName', 'the pid of the caller', pid)
    return uniqueTable('registerName', registry).register(caller, key, value).type === 'registered' ? 'yes' : 'no'
  },
  unregisterName: ({ registry, key }) => {
    unregister(registry, key)
  },
  whereisName: ({ registry, key }) => whereis(registry, key),
  send: ({ registry, key }, message) => {
    const pid = whereis(registry, key)
    if (pid === undefined)
      throw new BadArgumentError('send', `a key of the registry ${show(registry)} that is taken`, key)
    pid.receiver?.deliver(message)
  },
}

function nameIn(registry: string, key: unknown, ...value: [value?: unknown]): Via<RegistryName> {
  return via(Registry, value.length === 0 ? { registry, key } : { registry, key, value: value[0] })
}

/**
 * Keys → processes: who is responsible for `key`, or all who are interested in it.
 *
 * A process registers itself; when it ends, its entries vanish. A registry is a supervisor whose partitions own the entries,
 * and every registered process is linked to its partition: a partition that fails takes them along, so that entries and
 * processes never disagree.
 *
 * Calls read and write the entries directly and ask no process. Keys are compared by value: strings, numbers, pids, arrays and
 * plain objects of them; references and instances of classes by identity (`keyId`). Values are shared, not copied.
 *
 * Every function throws a {@link BadArgumentError} when no registry of that name runs.
 *
 * Semantics: Elixir `Registry`; `otp.md` §20. Differs: no `compressed`; a listener that does not run is skipped.
 * *When not to use it*: for one well-known server a local name is enough; for groups across machines, `ProcessGroups`; for
 * messages to all subscribers of a topic, `PubSub`.
 */
export const Registry = {
  /**
   * Starts a registry, linked to the caller. @throws {StartError} · {@link BadArgumentError} for a wrong option.
   * Semantics: Elixir `Registry.start_link/1`.
   */
  startLink,
  /** As `startLink`, with every outcome. */
  tryStartLink,
  /**
   * A registry as a child of a supervisor: `Registry.child({ name: 'sessions', keys: 'unique' })`.
   *
   * Also takes `id` (default: the name), `restart`, `shutdown`, `significant`. @throws {BadArgumentError} at once.
   */
  child,
  /** What a list of children asks: `[Registry, { name: 'sessions', keys: 'unique' }]`. */
  childSpec: child,

  /**
   * Registers the calling process under `key`.
   * @returns `registered` with the partition that it is linked to now · `alreadyRegistered` with the live process that has
   * the (unique) key. A dead holder does not count. Semantics: Elixir `Registry.register/3`.
   */
  register,
  /**
   * Removes all entries that the caller has for `key`; with its last entry it is unlinked from the partition.
   * @returns `'ok'`, also when there are none. Semantics: Elixir `Registry.unregister/2`.
   */
  unregister,
  /**
   * Removes those of the caller's entries for `key` whose value matches. See {@link Pattern}.
   * @returns `'ok'`. Semantics: Elixir `Registry.unregister_match/4`.
   */
  unregisterMatch,
  /**
   * Replaces the value of the caller's entry for a unique key.
   * @returns `updated` with both values · `notRegistered`. @throws {BadArgumentError} for a duplicate registry.
   * Semantics: Elixir `Registry.update_value/3`.
   */
  updateValue,

  /**
   * Who is registered under `key`, oldest first (within each partition).
   * @returns a list of its own; it may contain processes that have just ended, except for unique keys.
   * Semantics: Elixir `Registry.lookup/2`.
   */
  lookup,
  /** The live process that has the unique `key`, or `undefined`. Allocates nothing. @throws {BadArgumentError} for a duplicate registry. */
  whereis,
  /** The entries of `key` whose value matches `pattern`, and that `guard` says true to. Semantics: Elixir `Registry.match/4`. */
  match,
  /** How many `match` would find. Semantics: Elixir `Registry.count_match/4`. */
  countMatch,
  /**
   * What the specifications make of all entries; of each entry, the first specification that takes it.
   * @throws {BadArgumentError} for a malformed specification. Semantics: Elixir `Registry.select/2`.
   */
  select,
  /** How many entries are taken by at least one specification. Semantics: Elixir `Registry.count_select/2`. */
  countSelect,
  /** The keys of `pid`, with repeats, in the order of registration. Semantics: Elixir `Registry.keys/2`. */
  keys,
  /** The values that `pid` has under `key`. Semantics: Elixir `Registry.values/3`. */
  values,
  /** How many entries there are. Semantics: Elixir `Registry.count/1`. */
  count,
  /** Any value, in a pattern. */
  any: ANY,

  /**
   * Calls `deliver` in the caller, once per partition, with the entries of `key`; not at all when there are none. What it throws
   * passes through.
   *
   * With `{ parallel: true }` it runs in one task per partition: wait for the operation. The entries are those of the moment of
   * the call, and must not be changed.
   * @returns `'ok'`; in parallel an operation that gives one for each task. Semantics: Elixir `Registry.dispatch/4`.
   */
  dispatch,

  /** What was kept under `key` by `putMeta` or the option `meta`. @returns `found` · `notFound`. Semantics: Elixir `Registry.meta/2`. */
  meta,
  /** Keeps a value in the registry, for everybody. Semantics: Elixir `Registry.put_meta/3`. */
  putMeta,
  /** Forgets such a value. Semantics: Elixir `Registry.delete_meta/2`. */
  deleteMeta,
  /**
   * Runs `body` in the caller while no other process runs one under the same `lockKey` of this registry. Locks have nothing to do
   * with entries. First come, first served; a lock is given back when `body` is over (also by a throw), and when its holder ends.
   *
   * A body that takes the lock that it holds waits for ever.
   * @returns what `body` returns; it may be async, or a generator function when the caller's body is one.
   * Semantics: Elixir `Registry.lock/3`.
   */
  lock,

  /**
   * A name for servers: `Counter.startLink(0, { name: Registry.via('counters', 'hits') })`. @throws {BadArgumentError}, where it
   * is used, for a duplicate registry. Semantics: Elixir `{:via, Registry, {registry, key, value}}`.
   */
  via: nameIn,
  ...names,
} as const
