import type { Pid } from '../core/pid.ts'
import { keyId } from '../registry/key.ts'

/** A group with members. It may contain a process several times. */
class Group {
  readonly name: unknown
  /** How many times each member is in it. */
  readonly times = new Map<Pid, number>()
  /** A copy for readers; made anew after a change. */
  private snapshot: readonly Pid[] | undefined = undefined

  constructor(name: unknown) {
    this.name = name
  }

  change(pid: Pid, by: 1 | -1): void {
    const times = (this.times.get(pid) ?? 0) + by
    if (times > 0) this.times.set(pid, times)
    else this.times.delete(pid)
    this.snapshot = undefined
  }

  get members(): readonly Pid[] {
    this.snapshot ??= [...this.times].flatMap(([pid, times]) => new Array<Pid>(times).fill(pid))
    return this.snapshot
  }
}

const NOBODY: readonly Pid[] = []

/**
 * Which processes are in which groups, and how often. A group exists while it has members. Group names are compared as the keys
 * of a registry are (`keyId`).
 *
 * Values in, values out: `scope.ts` does the monitoring and the telling.
 */
export class Groups {
  private readonly byName = new Map<unknown, Group>()
  private readonly byPid = new Map<Pid, Set<unknown>>()

  /** Adds each of `pids` once more. */
  join(name: unknown, pids: readonly Pid[]): void {
    const id = keyId(name)
    const group = this.byName.get(id) ?? new Group(name)
    this.byName.set(id, group)
    for (const pid of pids) {
      group.change(pid, 1)
      const joined = this.byPid.get(pid)
      if (joined === undefined) this.byPid.set(pid, new Set([id]))
      else joined.add(id)
    }
  }

  /** Takes each of `pids` out once. @returns those that were in. */
  leave(name: unknown, pids: readonly Pid[]): readonly Pid[] {
    const id = keyId(name)
    const group = this.byName.get(id)
    return group === undefined ? NOBODY : pids.filter((pid) => this.takeOut(id, group, pid))
  }

  private takeOut(id: unknown, group: Group, pid: Pid): boolean {
    if (!group.times.has(pid)) return false
    group.change(pid, -1)
    if (group.times.has(pid)) return true
    if (group.times.size === 0) this.byName.delete(id)
    const joined = this.byPid.get(pid)
    joined?.delete(id)
    if (joined?.size === 0) this.byPid.delete(pid)
    return true
  }

  /** Takes `pid` out of all groups. @returns the name of the group for each time that it was in one. */
  deletePid(pid: Pid): unknown[] {
    const left: unknown[] = []
    for (const id of [...(this.byPid.get(pid) ?? [])]) {
      const group = this.byName.get(id) as Group // a group that a pid is in has a member
      while (this.takeOut(id, group, pid)) left.push(group.name)
    }
    return left
  }

  /** Whether `pid` is in any group. */
  has(pid: Pid): boolean {
    return this.byPid.has(pid)
  }

  /** The members of a group, as often as they are in it. The list never changes. */
  members(name: unknown): readonly Pid[] {
    return this.byName.get(keyId(name))?.members ?? NOBODY
  }

  /** The names of all groups. */
  names(): unknown[] {
    return Array.from(this.byName.values(), (group) => group.name)
  }
}
