import { type Delta, mergeDeltas, sizeOf } from './delta.ts'
import type { ReplicaId, VersionClock } from './version-clock.ts'

/**
 * The past in several lengths: the first generation holds the newest deltas, each further one reaches further back.
 *
 * Whoever missed something is sent the shortest that covers it, in place of a whole state.
 * Semantics: Phoenix.Tracker.DeltaGeneration.
 */
export class DeltaGenerations {
  private generations: readonly Delta[] = []
  private readonly maxSizes: readonly number[]

  /** @param maxSizes - how large each generation may grow, smallest first. */
  constructor(maxSizes: readonly number[]) {
    this.maxSizes = maxSizes
  }

  /** The generations, shortest first. */
  get all(): readonly Delta[] {
    return this.generations
  }

  /**
   * Adds the newest delta, of this replica or another. Where it does not join on, a generation stays as it is.
   *
   * A generation that would grow too large begins anew with what the shorter one would have been. A delta that is too large for
   * all of them makes them begin at what comes next: then a whole state is no dearer.
   */
  push(delta: Delta): void {
    if (sizeOf(delta) > Math.max(0, ...this.maxSizes)) {
      this.generations = []
      return
    }
    let shorter = delta
    this.generations = this.maxSizes.map((maxSize, index) => {
      const generation = this.generations[index]
      const merged = generation === undefined ? delta : mergeDeltas(generation, delta)
      const kept = merged === undefined ? generation : sizeOf(merged) <= maxSize ? merged : shorter
      shorter = merged ?? generation ?? delta
      return kept ?? delta
    })
  }

  /**
   * The shortest generation that tells `asker`, who has `clock`, something new and leaves no gap, cut down to that.
   * @returns `undefined` when there is none: then it needs a whole state.
   */
  covering(asker: ReplicaId, clock: VersionClock): Delta | undefined {
    for (const generation of this.generations) {
      const known = generation.filter(({ replica }) => replica !== asker && clock.has(replica))
      const hasGap = known.some(({ replica, from }) => from > (clock.get(replica) ?? 0))
      const news = known.filter(({ replica, to }) => to > (clock.get(replica) ?? 0))
      if (!hasGap && news.length > 0) return news
    }
    return undefined
  }

  /** Forgets a replica that is gone for good. */
  forget(replica: ReplicaId): void {
    this.generations = this.generations.map((delta) => delta.filter((span) => span.replica !== replica))
  }
}
