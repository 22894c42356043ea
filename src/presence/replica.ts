import type { ReplicaId } from './version-clock.ts'

/** One life of a replica: the name of its node, and a version that no other life of it has. */
export interface ReplicaRef {
  readonly name: string
  readonly vsn: string
}

/** What happened to a replica: it is there, it is silent for now, it will not come back. */
export interface ReplicaChange {
  readonly type: 'up' | 'down' | 'forgotten'
  readonly ref: ReplicaRef
}

interface Known {
  readonly ref: ReplicaRef
  readonly isUp: boolean
  /** Milliseconds of the clock whose times the methods are given. */
  readonly heardAt: number
  /** The life before this one. What is still under way from it must not bring it back. */
  readonly replaced: string | undefined
}

/** The name of a replica's life in clocks and tags. */
export function idOf({ name, vsn }: ReplicaRef): ReplicaId {
  return `${name}#${vsn}`
}

/**
 * The other replicas that are known of, and when each was last heard.
 *
 * Every method returns what has changed, in the order in which it is to be carried out.
 * Semantics: Phoenix.Tracker.Replica.
 */
export class Replicas {
  private readonly known = new Map<string, Known>()
  private readonly downMs: number
  private readonly permdownMs: number

  /** @param downMs - silent for longer, it counts as down. @param permdownMs - silent for longer, it is forgotten. */
  constructor(downMs: number, permdownMs: number) {
    this.downMs = downMs
    this.permdownMs = permdownMs
  }

  /** A sign of life. One of a new life of a known replica means that the old one is over. */
  heard(ref: ReplicaRef, now: number): readonly ReplicaChange[] {
    const before = this.known.get(ref.name)
    if (before !== undefined && before.replaced === ref.vsn) return []
    const isSame = before?.ref.vsn === ref.vsn
    const replaced = isSame ? before.replaced : before?.ref.vsn
    this.known.set(ref.name, { ref, isUp: true, heardAt: now, replaced })
    if (before === undefined) return [{ type: 'up', ref }]
    if (isSame) return before.isUp ? [] : [{ type: 'up', ref }]
    return [
      { type: 'forgotten', ref: before.ref },
      { type: 'up', ref },
    ]
  }

  /** A goodbye. */
  left(ref: ReplicaRef): readonly ReplicaChange[] {
    if (this.known.get(ref.name)?.ref.vsn !== ref.vsn) return []
    this.known.delete(ref.name)
    return [{ type: 'forgotten', ref }]
  }

  /** Those that have been silent for too long. */
  silent(now: number): readonly ReplicaChange[] {
    return [...this.known.values()].flatMap((replica): ReplicaChange[] => {
      const { ref, isUp, heardAt } = replica
      const silentMs = now - heardAt
      if (silentMs > this.permdownMs) {
        this.known.delete(ref.name)
        return [{ type: 'forgotten', ref }]
      }
      if (!isUp || silentMs <= this.downMs) return []
      this.known.set(ref.name, { ...replica, isUp: false })
      return [{ type: 'down', ref }]
    })
  }

  /** Whether that life of that replica counts as present. */
  isUp({ name, vsn }: ReplicaRef): boolean {
    const known = this.known.get(name)
    return known?.isUp === true && known.ref.vsn === vsn
  }
}
