const STEPS_PER_OCTAVE = 16

/**
 * Latencies in buckets of about 4 %: constant memory, whatever the length of the run.
 */
export class Latencies {
  private readonly buckets = new Float64Array(64 * STEPS_PER_OCTAVE)
  private count = 0
  private longest = 0

  /** @param micros - microseconds. */
  record(micros: number): void {
    const index = Math.min(Math.floor(Math.log2(Math.max(micros, 1)) * STEPS_PER_OCTAVE), this.buckets.length - 1)
    this.buckets[index] = (this.buckets[index] as number) + 1
    this.count++
    if (micros > this.longest) this.longest = micros
  }

  /** The latency that `percent` of the samples do not exceed, in microseconds; 0 without samples. */
  percentile(percent: number): number {
    let left = Math.ceil((this.count * percent) / 100)
    for (let index = 0; index < this.buckets.length; index++) {
      left -= this.buckets[index] as number
      if (left <= 0) return this.count === 0 ? 0 : Math.min(2 ** ((index + 1) / STEPS_PER_OCTAVE), this.longest)
    }
    return this.longest
  }

  get max(): number {
    return this.longest
  }
}
