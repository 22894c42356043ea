import { clocksOf, coverageOf, type Delta, type Entry, type Span } from './delta.ts'
import type { ReplicaId, VersionClock } from './version-clock.ts'

/** What an operation changed for those who look: never an entry in both lists. */
export interface Changes {
  readonly joins: readonly Entry[]
  readonly leaves: readonly Entry[]
}

/** Who is where, by topic and key. A key may have several entries, oldest known first. */
type Topic = Map<string, Set<Entry>>

const NOTHING: readonly Entry[] = []

/**
 * Everything that one replica knows of who is present: an add-wins set that replicas merge with each other.
 *
 * Of each replica it knows which clocks it has seen, K, and which entries are left of them, E. To merge what somebody else knows
 * of that replica is `E = (E ∩ E′) ∪ (E \ K′) ∪ (E′ \ K)`, `K = K ∪ K′`: an entry stays unless the other side has seen that it
 * ended. So it does not matter in which order, how often, or grouped how the parts arrive: where the same has arrived the same
 * is known. An entry has one author, so two replicas never disagree about one.
 *
 * ```
 *   context: 5     cloud: {8, 9}        K = 1 … 5, 8, 9: what lies between was lost and will be asked for
 * ```
 * What is known of a replica that is down stays and is hidden. No clock, no process, no message in here: values in, values out,
 * and each operation costs what it changes, not what there is.
 *
 * Semantics: Phoenix.Tracker.State; channels.md §10.5. Differs: the own cloud is not kept, since the own context covers it;
 * what a replica removes only that replica tells of.
 * @typeParam Holder - who is tracked; compared with `===`, and known on this replica only.
 */
export class PresenceState<Holder> {
  readonly replica: ReplicaId
  private readonly context = new Map<ReplicaId, number>()
  private readonly clouds = new Map<ReplicaId, Set<number>>()
  private readonly hidden = new Set<ReplicaId>()
  private readonly byReplica = new Map<ReplicaId, Map<number, Entry>>()
  private readonly byTopic = new Map<string, Topic>()
  /** The own entries: holder → topic → key. */
  private readonly byHolder = new Map<Holder, Map<string, Map<string, Entry>>>()
  // What has happened here since the last delta was told.
  private deltaFrom = 0
  private readonly deltaEntries = new Map<number, Entry>()
  /** Entries of earlier deltas that have ended since. */
  private readonly deltaEnded: number[] = []

  constructor(replica: ReplicaId) {
    this.replica = replica
    this.context.set(replica, 0)
  }

  // ── What happens here ────────────────────────────────────────────────────────────────────────────────────────────

  /** Adds an entry. The holder must not have that key in that topic: see {@link find}. */
  join(holder: Holder, topic: string, key: string, meta: object): Entry {
    const entry: Entry = { replica: this.replica, clock: this.tick(), topic, key, meta }
    this.deltaEntries.set(entry.clock, entry)
    this.insert(entry)
    this.hold(holder, entry)
    return entry
  }

  /** Removes an entry. @returns `undefined` when there is none. */
  leave(holder: Holder, topic: string, key: string): Entry | undefined {
    const entry = this.find(holder, topic, key)
    if (entry === undefined) return undefined
    this.letGo(holder, entry)
    this.end(entry)
    return entry
  }

  /** Removes all entries of a holder. */
  leaveAll(holder: Holder): readonly Entry[] {
    const entries = this.heldBy(holder)
    this.byHolder.delete(holder)
    for (const entry of entries) this.end(entry)
    return entries
  }

  /** Replaces an entry, in one step: whoever looks sees the one or the other. It must be there: see {@link find}. */
  update(holder: Holder, entry: Entry, meta: object): Entry {
    // The new one first, so that the key and its topic are never without an entry.
    const updated = this.join(holder, entry.topic, entry.key, meta)
    this.end(entry)
    return updated
  }

  private tick(): number {
    const clock = this.ownClock + 1
    this.context.set(this.replica, clock)
    return clock
  }

  /** The end is an event of its own, with a clock of its own: that is how the others learn that there is news. */
  private end(entry: Entry): void {
    this.remove(entry)
    if (!this.deltaEntries.delete(entry.clock)) this.deltaEnded.push(entry.clock)
    this.tick()
  }

  private get ownClock(): number {
    return this.context.get(this.replica) as number // set by the constructor, never deleted
  }

  // ── What to tell ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether anything has happened here since the last {@link resetDelta}. */
  get hasDelta(): boolean {
    return this.ownClock > this.deltaFrom
  }

  /** What has happened here since the last {@link resetDelta}. */
  delta(): Delta {
    const span: Span = {
      replica: this.replica,
      from: this.deltaFrom,
      to: this.ownClock,
      also: [...this.deltaEnded],
      entries: [...this.deltaEntries.values()],
    }
    return [span]
  }

  /** The delta has been told: the next one begins here. */
  resetDelta(): void {
    this.deltaFrom = this.ownClock
    this.deltaEntries.clear()
    this.deltaEnded.length = 0
  }

  /** What is known without gaps. Replicas that are down are left out: of them nobody need ask here. */
  clock(): Map<ReplicaId, number> {
    const clock = new Map(this.context)
    for (const replica of this.hidden) clock.delete(replica)
    return clock
  }

  /** All that is known of the replicas in `clock` and that whoever has that clock may not know, except of `asker` itself. */
  extract(asker: ReplicaId, clock: VersionClock): Delta {
    const delta: Span[] = []
    for (const [replica, to] of this.context) {
      const known = clock.get(replica)
      const cloud = this.clouds.get(replica)
      if (known === undefined || replica === asker || (known >= to && cloud === undefined)) continue
      delta.push({ replica, from: 0, to, also: [...(cloud ?? [])], entries: this.entriesOf(replica) })
    }
    return delta
  }

  // ── What the others tell ─────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes in what another replica knows. Of replicas that were never {@link up} here nothing is taken.
   * @returns what changed for those who look; of hidden replicas nothing.
   */
  merge(delta: Delta): Changes {
    const joins: Entry[] = []
    const leaves: Entry[] = []
    for (const span of delta) {
      if (span.replica === this.replica || !this.knows(span.replica)) continue
      const joined = span.entries.filter(({ clock }) => !this.isCovered(span.replica, clock))
      const ended = this.endedBy(span)
      for (const entry of joined) this.insert(entry)
      for (const entry of ended) this.remove(entry)
      this.cover(span)
      if (this.hidden.has(span.replica)) continue
      joins.push(...joined)
      leaves.push(...ended)
    }
    return { joins, leaves }
  }

  /** Whether a replica is known of: {@link up}, and not forgotten since. */
  knows(replica: ReplicaId): boolean {
    return this.context.has(replica)
  }

  private isCovered(replica: ReplicaId, clock: number): boolean {
    return clock <= (this.context.get(replica) ?? 0) || this.clouds.get(replica)?.has(clock) === true
  }

  /** The entries that are here and that the span has seen end. */
  private endedBy(span: Span): Entry[] {
    const known = this.byReplica.get(span.replica)
    if (known === undefined) return []
    const left = clocksOf(span)
    const { from, to, also } = span
    // Either way gives the same; a small delta should not look at all that is there, nor a state at all that ever was.
    if (to - from + also.length < known.size) {
      const clocks = [...also, ...Array.from({ length: to - from }, (_, index) => from + 1 + index)]
      return clocks.filter((clock) => !left.has(clock)).flatMap((clock) => known.get(clock) ?? [])
    }
    const isCovered = coverageOf(span)
    return [...known.values()].filter(({ clock }) => isCovered(clock) && !left.has(clock))
  }

  /** Remembers the clocks of a span as seen, and moves the context past those that have become contiguous. */
  private cover({ replica, from, to, also }: Span): void {
    let context = this.context.get(replica) as number // the caller has looked
    const cloud = this.clouds.get(replica) ?? new Set()
    if (context >= from) context = Math.max(context, to)
    else for (let clock = from + 1; clock <= to; clock++) cloud.add(clock)
    for (const clock of also) cloud.add(clock)
    for (const clock of cloud) if (clock <= context) cloud.delete(clock)
    while (cloud.delete(context + 1)) context++
    this.context.set(replica, context)
    if (cloud.size > 0) this.clouds.set(replica, cloud)
    else this.clouds.delete(replica)
  }

  // ── Other replicas ───────────────────────────────────────────────────────────────────────────────────────────────

  /** A replica is there, or there again. @returns its entries, which can be seen now. */
  up(replica: ReplicaId): readonly Entry[] {
    if (!this.context.has(replica)) this.context.set(replica, 0)
    return this.hidden.delete(replica) ? this.entriesOf(replica) : NOTHING
  }

  /** A replica is silent: its entries are hidden and kept. @returns them. */
  down(replica: ReplicaId): readonly Entry[] {
    if (!this.context.has(replica) || this.hidden.has(replica)) return NOTHING
    this.hidden.add(replica)
    return this.entriesOf(replica)
  }

  /** A replica is gone for good. @returns those of its entries that could be seen. */
  forget(replica: ReplicaId): readonly Entry[] {
    const entries = this.entriesOf(replica)
    for (const entry of entries) this.remove(entry)
    this.context.delete(replica)
    this.clouds.delete(replica)
    return this.hidden.delete(replica) ? NOTHING : entries
  }

  private entriesOf(replica: ReplicaId): Entry[] {
    return [...(this.byReplica.get(replica)?.values() ?? NOTHING)]
  }

  // ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Who is present in a topic. */
  list(topic: string): Entry[] {
    const keys = this.byTopic.get(topic)
    if (keys === undefined) return []
    return [...keys.values()].flatMap((entries) => this.visible(entries))
  }

  /** Who is present in a topic under a key. */
  get(topic: string, key: string): Entry[] {
    return this.visible(this.byTopic.get(topic)?.get(key) ?? NOTHING)
  }

  private visible(entries: Iterable<Entry>): Entry[] {
    return this.hidden.size === 0 ? [...entries] : [...entries].filter(({ replica }) => !this.hidden.has(replica))
  }

  /** The entry of a holder on this replica. */
  find(holder: Holder, topic: string, key: string): Entry | undefined {
    return this.byHolder.get(holder)?.get(topic)?.get(key)
  }

  /** The entries of a holder on this replica. */
  heldBy(holder: Holder): Entry[] {
    const topics = this.byHolder.get(holder)
    return topics === undefined ? [] : [...topics.values()].flatMap((keys) => [...keys.values()])
  }

  /** Whether a holder has any entry on this replica. */
  holds(holder: Holder): boolean {
    return this.byHolder.has(holder)
  }

  /** Everybody who has an entry on this replica. */
  holders(): Holder[] {
    return [...this.byHolder.keys()]
  }

  // ── The indices ──────────────────────────────────────────────────────────────────────────────────────────────────

  private insert(entry: Entry): void {
    childMap(this.byReplica, entry.replica).set(entry.clock, entry)
    const keys = childMap(this.byTopic, entry.topic)
    const entries = keys.get(entry.key)
    if (entries === undefined) keys.set(entry.key, new Set([entry]))
    else entries.add(entry)
  }

  private remove({ replica, clock, topic, key }: Entry): void {
    const known = this.byReplica.get(replica)
    const entry = known?.get(clock)
    if (known === undefined || entry === undefined) return
    known.delete(clock)
    if (known.size === 0) this.byReplica.delete(replica)
    const keys = this.byTopic.get(topic)
    const entries = keys?.get(key)
    entries?.delete(entry)
    if (entries?.size === 0) keys?.delete(key)
    if (keys?.size === 0) this.byTopic.delete(topic)
  }

  private hold(holder: Holder, entry: Entry): void {
    childMap(childMap(this.byHolder, holder), entry.topic).set(entry.key, entry)
  }

  private letGo(holder: Holder, { topic, key }: Entry): void {
    const topics = this.byHolder.get(holder)
    const keys = topics?.get(topic)
    keys?.delete(key)
    if (keys?.size === 0) topics?.delete(topic)
    if (topics?.size === 0) this.byHolder.delete(holder)
  }
}

/** The map under `key`, made when there is none. */
function childMap<K, Inner, V>(outer: Map<K, Map<Inner, V>>, key: K): Map<Inner, V> {
  const known = outer.get(key)
  if (known !== undefined) return known
  const made = new Map<Inner, V>()
  outer.set(key, made)
  return made
}
