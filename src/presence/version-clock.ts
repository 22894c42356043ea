/** One life of one replica, as `replica.ts` names it. */
export type ReplicaId = string

/** How much somebody knows: of each replica everything up to that number. A replica that is not there counts as 0. */
export type VersionClock = ReadonlyMap<ReplicaId, number>

/** A clock, and the replica whose knowledge it is. */
export interface NamedClock {
  readonly replica: ReplicaId
  readonly clock: VersionClock
}

/** Whether whoever has clock `a` knows all that clock `b` knows. Every clock dominates itself. */
export function dominates(a: VersionClock, b: VersionClock): boolean {
  for (const [replica, number] of b) if ((a.get(replica) ?? 0) < number) return false
  return true
}

/** What two know together: of each replica the greater number. */
export function upperBound(a: VersionClock, b: VersionClock): Map<ReplicaId, number> {
  return combine(a, b, Math.max)
}

/** Of each replica the smaller number; one that only one of them has keeps it. */
export function lowerBound(a: VersionClock, b: VersionClock): Map<ReplicaId, number> {
  return combine(a, b, Math.min)
}

function combine(a: VersionClock, b: VersionClock, choose: (a: number, b: number) => number): Map<ReplicaId, number> {
  const combined = new Map(a)
  for (const [replica, number] of b) combined.set(replica, choose(number, a.get(replica) ?? number))
  return combined
}

/** The clock with nothing but `replicas` in it. */
export function filterReplicas(clock: VersionClock, replicas: Iterable<ReplicaId>): Map<ReplicaId, number> {
  const filtered = new Map<ReplicaId, number>()
  for (const replica of replicas) {
    const number = clock.get(replica)
    if (number !== undefined) filtered.set(replica, number)
  }
  return filtered
}

/**
 * Adds a clock to a collapsed set of clocks: those that have nothing to tell beyond the others drop out.
 *
 * What the others *together* dominate is not added, so one who asks everybody in the set, and nobody else, misses nothing. Of
 * equal clocks the one that was added last stays; an empty clock says nothing.
 * Semantics: Phoenix.Tracker.Clock.append_clock/2.
 */
export function collapse(clocks: readonly NamedClock[], added: NamedClock): readonly NamedClock[] {
  if (added.clock.size === 0) return clocks
  const together = clocks.reduce<VersionClock>((bound, { clock }) => upperBound(bound, clock), new Map())
  if (dominates(added.clock, together)) return [added]
  if (dominates(together, added.clock)) return clocks
  return [...clocks.filter(({ clock }) => !dominates(added.clock, clock)), added]
}
