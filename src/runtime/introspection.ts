import { BadArgumentError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { actingProcess, currentProcess } from './current.ts'
import { linkedPids } from './links.ts'
import type { MonitoredObject } from './messages.ts'
import type { LocalProcess } from './process.ts'
import { hibernate } from './sleep.ts'

/** What {@link Process.info} knows about a process. Semantics: OTP `erlang:process_info/2`. */
export interface ProcessInfo {
  /** `null` for a live process without a name, so that it differs from a dead one. */
  readonly registeredName: string | null
  readonly label: unknown
  readonly initialCall: string | undefined
  readonly ancestors: readonly (Pid | string)[]
  readonly callers: readonly Pid[]
  readonly dictionary: ReadonlyMap<unknown, unknown>
  readonly links: readonly Pid[]
  /** What it monitors; a monitor by name shows the name. */
  readonly monitors: readonly MonitoredObject[]
  readonly monitoredBy: readonly Pid[]
  readonly messageQueueLength: number
  readonly messages: readonly unknown[]
  readonly trapsExits: boolean
  readonly groupLeader: Pid | undefined
  readonly parent: Pid | undefined
  readonly status: 'running' | 'runnable' | 'waiting' | 'exiting'
  /** Messages handled and turns taken. */
  readonly reductions: number
}

const ITEMS: { readonly [Item in keyof ProcessInfo]: (process: LocalProcess) => ProcessInfo[Item] } = {
  registeredName: (process) => process.name ?? null,
  label: (process) => process.belongings?.label,
  initialCall: (process) => process.initialCall,
  ancestors: (process) => process.ancestors ?? [],
  callers: (process) => process.belongings?.callers ?? [],
  dictionary: (process) => new Map(process.belongings?.dictionary),
  links: (process) => linkedPids(process.links),
  monitors: (process) => monitorsOf(process),
  monitoredBy: (process) => watchersOf(process),
  messageQueueLength: (process) => process.mailbox.size,
  messages: (process) => process.mailbox.toArray(),
  trapsExits: (process) => process.trapsExits,
  groupLeader: (process) => process.groupLeader,
  parent: (process) => process.parent,
  status: (process) => statusOf(process),
  reductions: (process) => process.reductions,
}

function monitorsOf(process: LocalProcess): MonitoredObject[] {
  const objects: MonitoredObject[] = []
  for (let monitor = process.monitors; monitor !== undefined; monitor = monitor.nextOfWatcher) {
    if (monitor.target !== process) objects.push(monitor.object) // on itself: a wait for several others
  }
  return objects
}

function watchersOf(process: LocalProcess): Pid[] {
  const pids: Pid[] = []
  for (let monitor = process.watchers; monitor !== undefined; monitor = monitor.nextOfTarget) {
    if (monitor.watcher !== process) pids.push(monitor.watcher.pid)
  }
  return pids
}

function statusOf(process: LocalProcess): ProcessInfo['status'] {
  if (process.ending) return 'exiting'
  if (process === currentProcess()) return 'running'
  return process.queued ? 'runnable' : 'waiting'
}

function info(pid: Pid): ProcessInfo | undefined
function info<Item extends keyof ProcessInfo>(pid: Pid, item: Item): ProcessInfo[Item] | undefined
function info<const Items extends readonly (keyof ProcessInfo)[]>(
  pid: Pid,
  items: Items,
): { readonly [I in keyof Items]: readonly [Items[I], ProcessInfo[Items[I]]] } | undefined
function info(pid: Pid, items?: keyof ProcessInfo | readonly (keyof ProcessInfo)[]): unknown {
  if (!isPid(pid)) throw new BadArgumentError('Process.info', 'a pid', pid)
  const process = pid.receiver as LocalProcess | undefined
  const wanted = items ?? (Object.keys(ITEMS) as (keyof ProcessInfo)[])
  const names = Array.isArray(wanted) ? wanted : [wanted]
  for (const item of names) {
    if (!Object.hasOwn(ITEMS, item))
      throw new BadArgumentError('Process.info', `the items ${Object.keys(ITEMS).join(', ')}`, item)
  }
  if (process === undefined || process.ending) return undefined
  if (typeof items === 'string') return ITEMS[items](process)
  const pairs = names.map((item) => [item, ITEMS[item as keyof ProcessInfo](process)])
  return items === undefined ? Object.fromEntries(pairs) : pairs
}

function dictionary(): Map<unknown, unknown> {
  const own = actingProcess().own()
  own.dictionary ??= new Map()
  return own.dictionary
}

/**
 * Looking at processes, and at the calling one's belongings.
 *
 * Semantics: Elixir `Process`, OTP `erlang:process_info/2`, `erlang:put/2` …
 */
export const Process = {
  /**
   * What is known about `pid`: everything, one item, or pairs of the items asked for, in that order.
   * @returns `undefined` for a dead pid.
   */
  info,

  /** Every process of the caller's runtime, in the order of their start. Semantics: OTP `erlang:processes/0`. */
  list: (): Pid[] =>
    currentProcess()
      .runtime.processes.toArray()
      .map((process) => process.pid),

  /** Whether `pid` lives on this thread. False from the moment an exit signal has ended it. Semantics: OTP `is_process_alive/1`. */
  isAlive: (pid: Pid): boolean => {
    if (!isPid(pid)) throw new BadArgumentError('Process.isAlive', 'a pid', pid)
    const process = pid.receiver as LocalProcess | undefined
    return process !== undefined && !process.ending
  },

  /** Describes the calling process in reports and info; need not be unique. Semantics: OTP `proc_lib:set_label/1`. */
  setLabel: (label: unknown): void => {
    actingProcess().own().label = label
  },

  /** The label of `pid` (default: the caller); `undefined` when it has none or is dead. Semantics: OTP `proc_lib:get_label/1`. */
  getLabel: (pid?: Pid): unknown => {
    const process = pid === undefined ? currentProcess() : (pid.receiver as LocalProcess | undefined)
    return process?.belongings?.label
  },

  /** Stores a value in the caller's dictionary. @returns the previous one. Semantics: OTP `erlang:put/2`. */
  put: (key: unknown, value: unknown): unknown => {
    const own = dictionary()
    const previous = own.get(key)
    own.set(key, value)
    return previous
  },

  /** A value from the caller's dictionary, or `fallback`. Semantics: OTP `erlang:get/1`. */
  get: (key: unknown, fallback?: unknown): unknown => {
    const own = currentProcess().belongings?.dictionary
    return own?.has(key) ? own.get(key) : fallback
  },

  /** Takes a value out of the caller's dictionary. @returns it. Semantics: OTP `erlang:erase/1`. */
  delete: (key: unknown): unknown => {
    const own = dictionary()
    const previous = own.get(key)
    own.delete(key)
    return previous
  },

  /** The keys of the caller's dictionary; with a value, those that hold it. Semantics: OTP `erlang:get_keys/0,1`. */
  keys: (...value: [] | [unknown]): unknown[] => {
    const own = dictionary()
    if (value.length === 0) return [...own.keys()]
    return [...own].filter(([, held]) => Object.is(held, value[0])).map(([key]) => key)
  },

  hibernate,

  /** The pids on whose behalf the calling process runs, nearest first (`$callers`). Semantics: Elixir `Task`, "Ancestor and caller tracking". */
  callers: (): readonly Pid[] => currentProcess().belongings?.callers ?? [],

  /** What `pid` is called in reports: name, label or pid. */
  describe: (pid: Pid): string => (pid.receiver as LocalProcess | undefined)?.displayName ?? show(pid),
} as const
