/**
 * Where a runtime takes its time from. Replace it in tests (`beamish/testing`'s `VirtualClock`).
 */
export interface Clock {
  /** Monotonic milliseconds, with fractions. */
  now(): number
  /**
   * Runs `callback` once, not before `now() + afterMs`; a later call replaces nothing, each alarm stands alone.
   * @returns a function that cancels the alarm.
   */
  alarm(afterMs: number, callback: () => void): () => void
}

/** `setTimeout` clamps larger delays to 1 ms; waking early and looking again is harmless. */
const LONGEST_HOST_DELAY_MS = 2 ** 31 - 1

/**
 * The machine's monotonic clock. Alarms do not keep Node alive: the runtime decides that in one place.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  alarm: (afterMs, callback) => {
    const timer = setTimeout(callback, Math.min(Math.ceil(afterMs), LONGEST_HOST_DELAY_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
}
