/** What a process has used so far. */
export interface Usage {
  /** CPU time of all its threads, in microseconds. */
  readonly cpuMicros: number
  /** Resident memory, in bytes. */
  readonly rss: number
  /** The part of it that is JavaScript's heap, in use. */
  readonly heapUsed: number
  /** Memory of buffers, in bytes. */
  readonly external: number
}

/** What this process has used so far. */
export function usage(): Usage {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpuMicros: user + system, rss, heapUsed, external }
}

/** The same when nothing is left that could be thrown away. Needs `--expose-gc`. */
export async function settledUsage(): Promise<Usage> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return usage()
}
