import { BadArgumentError, type BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { findTable, TableKind } from '../runtime/tables.ts'
import { Entries, type Entry } from './entries.ts'
import { keyHash, keyId } from './key.ts'

/** How a registration came out. */
export type RegisterOutcome =
  /** `owner` is the partition that keeps it; it is linked to the caller now. */
  | { readonly type: 'registered'; readonly owner: Pid }
  /** The key is unique, and this live process has it (perhaps the caller). */
  | { readonly type: 'alreadyRegistered'; readonly pid: Pid }

/** What listeners of a registry get. Semantics: Elixir Registry, `:listeners`. */
export type RegistryMessage =
  | {
      readonly type: 'register'
      readonly registry: string
      readonly key: unknown
      readonly pid: Pid
      readonly value: unknown
    }
  | { readonly type: 'unregister'; readonly registry: string; readonly key: unknown; readonly pid: Pid }

/** What a registry is. Checked, with defaults. */
export interface RegistrySettings {
  readonly name: string
  readonly keys: 'unique' | 'duplicate'
  readonly partitions: number
  readonly partitionBy: 'key' | 'pid'
  readonly listeners: readonly string[]
  readonly meta: ReadonlyMap<unknown, unknown>
  /** What registrations are made of: rooms above have a class of their own. */
  readonly entry: typeof Entry
}

const REGISTRIES = new TableKind<RegistryTable>('registry')

/** A partition while its process lives. */
export class OpenPartition {
  readonly owner: LocalProcess
  readonly entries = new Entries()
  readonly registered: RegisterOutcome

  constructor(owner: LocalProcess) {
    this.owner = owner
    this.registered = Object.freeze({ type: 'registered', owner: owner.pid })
  }
}

/**
 * What callers read and write of a registry, without asking any process.
 *
 * The table belongs to the registry's supervisor, the entries in it to the partitions: when a partition ends, its entries are
 * gone, and so are the processes that had them, for they are linked to it.
 */
export class RegistryTable {
  static readonly kind = REGISTRIES
  readonly settings: RegistrySettings
  readonly isUnique: boolean
  readonly meta: Map<unknown, unknown>
  private readonly byKey: boolean
  private readonly open: (OpenPartition | undefined)[]

  constructor(settings: RegistrySettings) {
    this.settings = settings
    this.isUnique = settings.keys === 'unique'
    this.byKey = settings.partitionBy === 'key'
    this.meta = new Map(settings.meta)
    this.open = new Array<undefined>(settings.partitions).fill(undefined)
  }

  /** Begins a partition; it ends with `owner`. */
  openPartition(index: number, owner: LocalProcess): OpenPartition {
    const partition = new OpenPartition(owner)
    this.open[index] = partition
    owner.whenReleased(() => {
      if (this.open[index] === partition) this.open[index] = undefined
    })
    return partition
  }

  /** Every partition. @throws {BeamishError} when one is being restarted. */
  partitions(): readonly OpenPartition[] {
    const missing = this.open.indexOf(undefined)
    if (missing >= 0) throw restarting(this.settings.name, missing)
    return this.open as OpenPartition[]
  }

  /** The partitions where entries of a key can be. */
  partitionsOf(id: unknown): readonly OpenPartition[] {
    return this.byKey ? [this.partitionOfKey(id)] : this.partitions()
  }

  /** The one where the entries of a key are; only of a registry partitioned by key. */
  partitionOfKey(id: unknown): OpenPartition {
    return this.partitionAt(this.open.length === 1 ? 0 : keyHash(id) % this.open.length)
  }

  /** The one where the entry of a key and a pid is. */
  partitionFor(id: unknown, pid: Pid): OpenPartition {
    return this.byKey ? this.partitionOfKey(id) : this.partitionAt(pid.id % this.open.length)
  }

  private partitionAt(index: number): OpenPartition {
    const partition = this.open[index]
    if (partition === undefined) throw restarting(this.settings.name, index)
    return partition
  }

  // ── Writing ──

  /** Registers `process`. */
  register(process: LocalProcess, key: unknown, value: unknown): RegisterOutcome {
    const id = keyId(key)
    const partition = this.partitionFor(id, process.pid)
    const { entries, owner } = partition
    if (this.isUnique) {
      const holder = entries.get(id)
      if (holder !== undefined && isAlive(holder.pid)) return { type: 'alreadyRegistered', pid: holder.pid }
      // A dead holder does not count, although its partition has not heard of its end yet.
      if (holder !== undefined) entries.delete(holder)
    }
    entries.add(new this.settings.entry(process.pid, key, id, value))
    process.addLink(owner.pid)
    owner.addLink(process.pid)
    if (this.settings.listeners.length > 0) {
      this.notify(process, { type: 'register', registry: this.settings.name, key, pid: process.pid, value })
    }
    return partition.registered
  }

  /** Removes the entries that `process` has for `key` and that are `chosen`. */
  unregister(process: LocalProcess, key: unknown, chosen: (entry: Entry) => boolean): void {
    const id = keyId(key)
    const { pid } = process
    const { entries, owner } = this.partitionFor(id, pid)
    const held = entries.heldAt(id, pid)
    const going = held.filter(chosen)
    if (going.length === 0) return
    for (const entry of going) entries.delete(entry)
    if (!entries.holds(pid)) {
      process.removeLink(owner.pid)
      owner.removeLink(pid)
    }
    if (going.length === held.length && this.settings.listeners.length > 0) {
      this.notify(process, { type: 'unregister', registry: this.settings.name, key, pid })
    }
  }

  private notify(process: LocalProcess, message: RegistryMessage): void {
    for (const name of this.settings.listeners) process.runtime.names.get(name)?.deliver(message)
  }

  // ── Reading ──

  /** The live holder of a unique key. */
  holderOf(key: unknown): Entry | undefined {
    const id = keyId(key)
    const entry = this.partitionOfKey(id).entries.get(id)
    return entry !== undefined && isAlive(entry.pid) ? entry : undefined
  }

  /** The entries of a key, of all partitions. */
  entriesAt(key: unknown): readonly Entry[] {
    if (this.isUnique) {
      const holder = this.holderOf(key)
      return holder === undefined ? [] : [holder]
    }
    const id = keyId(key)
    const [first, ...others] = this.partitionsOf(id)
    const entries = first?.entries.at(id) ?? []
    return others.length === 0 ? entries : entries.concat(...others.map((partition) => partition.entries.at(id)))
  }
}

/** Whether a process of this thread lives. */
export function isAlive(pid: Pid): boolean {
  const process = pid.receiver as LocalProcess | undefined // a registered pid is of this thread
  return process !== undefined && !process.ending
}

function restarting(name: string, index: number): BeamishError {
  return new BadArgumentError(
    `Registry ${show(name)}`,
    `its partition ${index} to run`,
    'one that has failed and is being restarted',
    'Whatever needs the registry belongs after it in the tree, so that it is not started before it.',
  )
}

/** The table of a registry. @throws {BadArgumentError} when there is none of that name. */
export function registryTable(where: string, name: string): RegistryTable {
  const table = findTable(REGISTRIES, name)
  if (table === undefined) throw unknownRegistry(where, name)
  return table
}

function unknownRegistry(where: string, name: unknown): BadArgumentError {
  const remedy = `Put Registry.child({ name: ${show(name)}, keys: 'unique' }) into your tree, before what uses it.`
  return new BadArgumentError(`Registry.${where}`, 'the name of a running registry', name, remedy)
}
