import { GenServer } from '../behaviours/gen-server.ts'
import { noReply } from '../behaviours/result.ts'
import type { Pid } from '../core/pid.ts'
import { callFailed, ExitError } from '../core/reason.ts'
import { makeRef, type Ref } from '../core/ref.ts'
import { keyId } from '../registry/key.ts'
import { actingProcess } from '../runtime/current.ts'
import { type DownMessage, isDown } from '../runtime/messages.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { createTable, findTable, TableKind } from '../runtime/tables.ts'
import { Groups } from './groups.ts'

/** What a monitor of groups gets: these processes joined or left. Semantics: OTP `pg:monitor/2`, `{Ref, join | leave, Group, Pids}`. */
export interface GroupMessage {
  readonly type: 'join' | 'leave'
  readonly ref: Ref
  readonly group: unknown
  /** As they were given to `join`; more than one only for a list. */
  readonly pids: readonly Pid[]
}

/** Stands for all groups. */
export const EVERY_GROUP: unique symbol = Symbol('every group')

/** Somebody who wants to know of joins and leaves. */
interface Listener {
  readonly ref: Ref
  readonly process: LocalProcess
  /** The id of a group. */
  readonly of: unknown
  readonly watch: Monitor
}

const SCOPES = new TableKind<Scope>('process groups')

/**
 * One scope: its groups, and who listens to them.
 *
 * Callers read and write it directly. It belongs to the scope's process, which monitors the members and the listeners and is
 * told of their ends.
 */
export class Scope {
  readonly groups = new Groups()
  private readonly owner: LocalProcess
  private readonly watches = new Map<Pid, Monitor>()
  private readonly listeners = new Map<Ref, Listener>()

  constructor(owner: LocalProcess) {
    this.owner = owner
  }

  join(group: unknown, pids: readonly Pid[]): void {
    if (pids.length === 0) return
    this.groups.join(group, pids)
    this.tell('join', group, pids)
    // Last: a process that is dead already leaves by the message of its monitor, as one that dies now would.
    for (const pid of pids) if (!this.watches.has(pid)) this.watches.set(pid, this.watch(pid))
  }

  /** @returns whether any of them was a member. */
  leave(group: unknown, pids: readonly Pid[]): boolean {
    const left = this.groups.leave(group, pids)
    for (const pid of left) if (!this.groups.has(pid)) this.unwatch(pid)
    if (left.length > 0) this.tell('leave', group, left)
    return left.length > 0
  }

  /** Tells `process` of joins and leaves from now on. */
  listen(process: LocalProcess, group: unknown): Ref {
    const ref = makeRef()
    const of = group === EVERY_GROUP ? EVERY_GROUP : keyId(group)
    this.listeners.set(ref, { ref, process, of, watch: this.watch(process.pid) })
    return ref
  }

  /** @returns whether `ref` was a listener's. */
  unlisten(ref: Ref): boolean {
    this.listeners.get(ref)?.watch.detach()
    return this.listeners.delete(ref)
  }

  /** A member or a listener ended. */
  ended({ ref, object }: DownMessage): void {
    const pid = object as Pid // the scope monitors pids only
    if (this.watches.get(pid) !== ref) {
      for (const listener of this.listeners.values()) if (listener.watch === ref) this.listeners.delete(listener.ref)
      return
    }
    this.watches.delete(pid)
    for (const group of this.groups.deletePid(pid)) this.tell('leave', group, [pid])
  }

  private tell(type: 'join' | 'leave', group: unknown, pids: readonly Pid[]): void {
    if (this.listeners.size === 0) return
    const id = keyId(group)
    for (const { ref, process, of } of this.listeners.values()) {
      if (of === EVERY_GROUP || of === id) process.deliver({ type, ref, group, pids } satisfies GroupMessage)
    }
  }

  private watch(pid: Pid): Monitor {
    const watch = new Monitor(this.owner, pid)
    const process = pid.receiver as LocalProcess | undefined // members and listeners are of this thread
    if (process === undefined || process.ending) watch.targetEnded('noproc')
    else watch.attach(process)
    return watch
  }

  private unwatch(pid: Pid): void {
    this.watches.get(pid)?.detach()
    this.watches.delete(pid)
  }
}

/** The process that owns a scope. */
export const ScopeServer = GenServer.define({
  module: 'ProcessGroups.Scope',
  init: (name: string): Scope => {
    const owner = actingProcess()
    const scope = new Scope(owner)
    createTable(SCOPES, name, scope)
    return scope
  },
  handleInfo: (message: unknown, scope) => {
    if (isDown(message)) scope.ended(message)
    return noReply()
  },
})

/** A scope, for reading: `undefined` when there is none of that name. */
export function findScope(name: string): Scope | undefined {
  return findTable(SCOPES, name)
}

/** A scope, for changing it. @throws {ExitError} `BEAMISH_NOPROC` when there is none of that name. */
export function scopeOf(name: string, called: string, args: readonly unknown[]): Scope {
  const scope = findTable(SCOPES, name)
  if (scope !== undefined) return scope
  throw new ExitError(callFailed('noproc', { module: 'ProcessGroups', function: called, args: [name, ...args] }))
}
