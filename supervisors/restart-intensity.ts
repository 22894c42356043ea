const FIRST_CAPACITY = 8

/**
 * How many restarts a supervisor has made lately, and whether one more is too many.
 *
 * `maxRestarts` restarts within the window are allowed, the next one is not; 0 allows none. A restart counts for `windowMs`
 * milliseconds, the last one included. No process and no clock: times come in.
 *
 * ```
 *  times  [ t5 | .. | .. | t1 | t2 | t3 | t4 ]     a ring of those that still count
 *                          ^head              size = 5
 * ```
 * Semantics: OTP `supervisor`, add_restart/1. Differs: milliseconds, where OTP takes whole seconds.
 */
export class RestartIntensity {
  readonly maxRestarts: number
  readonly windowMs: number
  private times: number[] = []
  private head = 0
  private size = 0

  constructor(maxRestarts: number, windowMs: number) {
    this.maxRestarts = maxRestarts
    this.windowMs = windowMs
  }

  /** Restarts that still counted when the last one was added. */
  get count(): number {
    return this.size
  }

  /** Counts a restart at time `now`. @returns whether it is allowed. */
  add(now: number): boolean {
    const oldest = now - this.windowMs
    while (this.size > 0 && (this.times[this.head] as number) < oldest) {
      this.head = (this.head + 1) & (this.times.length - 1)
      this.size--
    }
    if (this.size === this.times.length) this.grow()
    this.times[(this.head + this.size) & (this.times.length - 1)] = now
    this.size++
    return this.size <= this.maxRestarts
  }

  private grow(): void {
    const { times, head } = this
    this.times = [...times.slice(head), ...times.slice(0, head)]
    this.times.length = Math.max(FIRST_CAPACITY, times.length * 2)
    this.times.fill(0, this.size)
    this.head = 0
  }
}
