import { type CheckedSpec, checkSpec } from '../../supervisors/child-spec.ts'
import { type ChildPlace, PLACE } from '../../supervisors/supervisor-options.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import type { Ref } from '../core/ref.ts'
import { actingProcess, currentProcess } from '../runtime/current.ts'
import { checkName } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { StartOutcome } from '../runtime/start.ts'
import { EVERY_GROUP, findScope, type GroupMessage, ScopeServer, scopeOf } from './scope.ts'

/** Options of a scope. */
export interface ScopeOptions {
  /** The scope is called by this name; it is also the local name of its process. */
  readonly name: string
}

/** Options of a scope in a tree. */
export interface ScopeChildOptions extends ScopeOptions, ChildPlace {}

/** What `monitor` returns. */
export interface GroupMonitor {
  readonly ref: Ref
  /** Who was in the group when the monitor was set. */
  readonly members: readonly Pid[]
}

/** What `monitorScope` returns. */
export interface ScopeMonitor {
  readonly ref: Ref
  /** Each group with its members when the monitor was set. */
  readonly groups: ReadonlyMap<unknown, readonly Pid[]>
}

function scopeName(where: string, options: ScopeOptions): string {
  checkKeys(where, options, ['name', ...PLACE])
  checkName(`${where}: name`, options.name)
  if (typeof options.name !== 'string') throw new BadArgumentError(`${where}: name`, 'a string', options.name)
  return options.name
}

function startLink(options: ScopeOptions): Operation<Pid> {
  const name = scopeName('ProcessGroups.startLink', options)
  return ScopeServer.startLink(name, { name })
}

function tryStartLink(options: ScopeOptions): Operation<StartOutcome> {
  const name = scopeName('ProcessGroups.tryStartLink', options)
  return ScopeServer.tryStartLink(name, { name })
}

function child(options: ScopeChildOptions): CheckedSpec {
  const name = scopeName('ProcessGroups.child', options)
  const { id = name, restart = 'permanent', shutdown = 5000, significant = false } = options
  return checkSpec('ProcessGroups.child', {
    id,
    start: ScopeServer.tryStartLink,
    args: [name, { name }],
    restart,
    shutdown,
    significant,
  })
}

function join(scope: string, group: unknown, pids: Pid | readonly Pid[]): 'ok' {
  const list = localPids('ProcessGroups.join', pids)
  scopeOf(scope, 'join', [group, pids]).join(group, list)
  return 'ok'
}

function leave(scope: string, group: unknown, pids: Pid | readonly Pid[]): 'ok' | 'notJoined' {
  const list = localPids('ProcessGroups.leave', pids)
  return scopeOf(scope, 'leave', [group, pids]).leave(group, list) || list.length === 0 ? 'ok' : 'notJoined'
}

function localPids(where: string, pids: Pid | readonly Pid[]): readonly Pid[] {
  const { node } = currentProcess().runtime
  const list: readonly unknown[] = Array.isArray(pids) ? [...pids] : [pids]
  for (const pid of list) {
    if (!isPid(pid) || pid.node !== node) throw new BadArgumentError(where, 'pids of processes of this node', pid)
  }
  return list as readonly Pid[] // as checked
}

function getMembers(scope: string, group: unknown): readonly Pid[] {
  return findScope(scope)?.groups.members(group) ?? []
}

function getLocalMembers(scope: string, group: unknown): readonly Pid[] {
  const { node } = currentProcess().runtime
  return getMembers(scope, group).filter((pid) => pid.node === node)
}

function whichGroups(scope: string): unknown[] {
  return findScope(scope)?.groups.names() ?? []
}

function monitor(scope: string, group: unknown): GroupMonitor {
  const found = scopeOf(scope, 'monitor', [group])
  return { ref: found.listen(actingProcess(), group), members: found.groups.members(group) }
}

function monitorScope(scope: string): ScopeMonitor {
  const found = scopeOf(scope, 'monitorScope', [])
  const groups = new Map(found.groups.names().map((name) => [name, found.groups.members(name)]))
  return { ref: found.listen(actingProcess(), EVERY_GROUP), groups }
}

function demonitor(scope: string, ref: Ref): boolean {
  const caller = actingProcess()
  if (!scopeOf(scope, 'demonitor', [ref]).unlisten(ref)) return false
  caller.mailbox.removeAll((message) => isGroupMessage(message, ref))
  return true
}

/** Whether the message tells of a join or leave (of the monitor `ref`, when given). */
export function isGroupMessage(message: unknown, ref?: Ref): message is GroupMessage {
  const news = message as Partial<GroupMessage> | null | undefined
  if (typeof news !== 'object' || (news?.type !== 'join' && news?.type !== 'leave')) return false
  return 'group' in news && 'pids' in news && (ref === undefined || news.ref === ref)
}

/**
 * Named sets of processes, which empty themselves: a process that ends leaves all its groups.
 *
 * A scope is a server with groups of its own; a group is any value, compared as the keys of a registry. Groups need not be made
 * or deleted: an empty one does not exist. A process that joined twice is in the group twice, and must leave twice.
 *
 * Reads, `join` and `leave` work on the scope directly: a join is seen by everybody once `join` has returned. When the scope's
 * process ends its groups are gone, and members must join again.
 *
 * Semantics: OTP `pg`; `otp.md` §21. Differs: the scope is always named, there is no default one; `join` and `leave` ask no
 * server. *When not to use it*: for messages to everybody in a set, `PubSub`; for one process per key, `Registry`.
 */
export const ProcessGroups = {
  /** Starts a scope, linked to the caller. @throws {StartError} · {@link BadArgumentError}. Semantics: OTP `pg:start_link/1`. */
  startLink,
  /** As `startLink`, with every outcome. */
  tryStartLink,
  /** A scope as a child of a supervisor. Also takes `id` (default: the name), `restart`, `shutdown`, `significant`. */
  child,
  /** What a list of children asks: `[ProcessGroups, { name: 'rooms' }]`. */
  childSpec: child,
  /**
   * Puts a process, or several at once, into a group. A list may contain a process more than once.
   * @returns `'ok'`. @throws {ExitError} `BEAMISH_NOPROC` no such scope · {@link BadArgumentError} for a process of another node.
   * Semantics: OTP `pg:join/3`.
   */
  join,
  /**
   * Takes a process, or several at once, out of a group, each once.
   * @returns `'ok'` · `'notJoined'` when none of them was in it. @throws as `join`. Semantics: OTP `pg:leave/3`. Differs: the
   * notification names only those that were in.
   */
  leave,
  /** The members, as often as they joined. Unknown scope or group: none. Semantics: OTP `pg:get_members/2`. */
  getMembers,
  /** The members of this node. Semantics: OTP `pg:get_local_members/2`. */
  getLocalMembers,
  /** The groups that have members. Semantics: OTP `pg:which_groups/1`. */
  whichGroups,
  /**
   * Tells the caller of every join and leave from now on, by a {@link GroupMessage}, in the order of the changes.
   * @returns the reference in these messages, and the members now. @throws {ExitError} `BEAMISH_NOPROC`.
   * Semantics: OTP `pg:monitor/2`.
   */
  monitor,
  /** `monitor` for all groups of the scope. Semantics: OTP `pg:monitor_scope/1`. */
  monitorScope,
  /**
   * Ends a monitor, and forgets its messages that wait in the caller's mailbox.
   * @returns whether there was one. @throws {ExitError} `BEAMISH_NOPROC`. Semantics: OTP `pg:demonitor/2`.
   */
  demonitor,
} as const
