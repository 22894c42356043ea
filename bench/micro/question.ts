/** One row of the table. */
export interface Question {
  readonly name: string
  readonly asks: string
  readonly unit: 'per second' | 'bytes' | 'ms'
  /** What `targets.md` asks of Beamish, in words. */
  readonly target: string
  /** Whether the target is met: given the medians of Beamish's bodies by name, and of BEAM and the best peer if they ran. */
  readonly isMet: (ours: Readonly<Record<string, number>>, beam: number, peer: number) => boolean
  /** Beamish, by the kind of body that does it. Each answers with one round's figure. */
  readonly beamish: Readonly<Record<string, (scale: number) => Promise<number>>>
  readonly peers: Readonly<Record<string, (scale: number) => Promise<number>>>
}

/** Operations per second of what `run` does. */
export async function perSecond(operations: number, run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await run()
  return (operations * 1000) / (performance.now() - begin)
}

/** The middle of the figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
