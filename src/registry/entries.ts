import type { Pid } from '../core/pid.ts'

/** One registration: `pid` holds `key`, with a value. Also a node in the list of what the pid holds. */
export class Entry {
  readonly pid: Pid
  readonly key: unknown
  /** What stands for the key in a map: see `keyId`. */
  readonly id: unknown
  value: unknown
  previous: Entry | undefined = undefined
  next: Entry | undefined = undefined

  constructor(pid: Pid, key: unknown, id: unknown, value: unknown) {
    this.pid = pid
    this.key = key
    this.id = id
    this.value = value
  }
}

/** The entries of one key, once there have been two. In the order of registration. */
class Bag {
  readonly entries = new Set<Entry>()
  /** A copy for readers, who may change the bag while they read. Made anew after a change. */
  private snapshot: readonly Entry[] | undefined = undefined

  add(entry: Entry): void {
    this.entries.add(entry)
    this.snapshot = undefined
  }

  /** @returns whether nothing is left. */
  delete(entry: Entry): boolean {
    this.entries.delete(entry)
    this.snapshot = undefined
    return this.entries.size === 0
  }

  get list(): readonly Entry[] {
    this.snapshot ??= [...this.entries]
    return this.snapshot
  }
}

/** What one process holds, in the order of registration. */
interface Registrant {
  first: Entry | undefined
  last: Entry | undefined
  count: number
}

const NOTHING: readonly Entry[] = []

/**
 * The registrations of one partition, found by key and by pid.
 *
 * ```
 *  byKey  'lobby' ─► Bag { e1, e4 }        a key with one entry points to it directly
 *         'den'   ─► e2
 *  byPid  pid1 ─► e1 ⇄ e2                  so that adding and removing cost the same however many there are
 *         pid2 ─► e4
 * ```
 * Values in, values out: it knows nothing of links and messages. Measured by `bench/micro` (registry, dispatch).
 */
export class Entries {
  size = 0
  private readonly byKey = new Map<unknown, Entry | Bag>()
  private readonly byPid = new Map<Pid, Registrant>()

  add(entry: Entry): void {
    const there = this.byKey.get(entry.id)
    if (there === undefined) this.byKey.set(entry.id, entry)
    else if (there instanceof Bag) there.add(entry)
    else this.byKey.set(entry.id, bagOf(there, entry))
    this.append(entry)
    this.size++
  }

  delete(entry: Entry): void {
    const there = this.byKey.get(entry.id)
    if (there === entry || (there instanceof Bag && there.delete(entry))) this.byKey.delete(entry.id)
    this.detach(entry)
    this.size--
  }

  /** Removes everything that `pid` holds. */
  deletePid(pid: Pid): void {
    for (let entry = this.byPid.get(pid)?.first; entry !== undefined; ) {
      const { next } = entry
      this.delete(entry)
      entry = next
    }
  }

  /** The entry of a key that has at most one. */
  get(id: unknown): Entry | undefined {
    return this.byKey.get(id) as Entry | undefined // a unique key never gets a bag
  }

  /** The entries of a key. The list never changes; another call may give another one. */
  at(id: unknown): readonly Entry[] {
    const there = this.byKey.get(id)
    if (there === undefined) return NOTHING
    return there instanceof Bag ? there.list : [there]
  }

  /** The entries of a key that `pid` holds. */
  heldAt(id: unknown, pid: Pid): Entry[] {
    const there = this.byKey.get(id)
    if (there === undefined) return []
    if (!(there instanceof Bag)) return there.pid === pid ? [there] : []
    const held = this.byPid.get(pid)
    if (held === undefined) return []
    // Whichever is shorter: a topic with thousands of subscribers, or a process with thousands of topics.
    if (held.count < there.entries.size) return [...listOf(held)].filter((entry) => entry.id === id)
    return [...there.entries].filter((entry) => entry.pid === pid)
  }

  holds(pid: Pid): boolean {
    return this.byPid.has(pid)
  }

  /** What `pid` holds, oldest first. */
  heldBy(pid: Pid): Entry[] {
    const held = this.byPid.get(pid)
    return held === undefined ? [] : [...listOf(held)]
  }

  /** Every entry. */
  *[Symbol.iterator](): Generator<Entry> {
    for (const there of this.byKey.values()) {
      if (there instanceof Bag) yield* there.list
      else yield there
    }
  }

  private append(entry: Entry): void {
    const held = this.byPid.get(entry.pid)
    if (held === undefined) {
      this.byPid.set(entry.pid, { first: entry, last: entry, count: 1 })
      return
    }
    const { last } = held
    if (last === undefined) held.first = entry
    else {
      last.next = entry
      entry.previous = last
    }
    held.last = entry
    held.count++
  }

  private detach(entry: Entry): void {
    const held = this.byPid.get(entry.pid)
    if (held === undefined) return
    const { previous, next } = entry
    if (previous === undefined) held.first = next
    else previous.next = next
    if (next === undefined) held.last = previous
    else next.previous = previous
    entry.previous = undefined
    entry.next = undefined
    if (--held.count === 0) this.byPid.delete(entry.pid)
  }
}

function bagOf(...entries: Entry[]): Bag {
  const bag = new Bag()
  for (const entry of entries) bag.add(entry)
  return bag
}

function* listOf(held: Registrant): Generator<Entry> {
  for (let entry = held.first; entry !== undefined; entry = entry.next) yield entry
}
