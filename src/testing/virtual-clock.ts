import type { Clock } from '../core/clock.ts'
import { BadArgumentError } from '../core/errors.ts'

interface Alarm {
  readonly due: number
  readonly callback: () => void
}

/**
 * A clock that moves only when the test says so: give it to a `Runtime`.
 *
 * Semantics: none of OTP's; the place of its `meck`ed clocks.
 */
export class VirtualClock implements Clock {
  private time: number
  private alarms: Alarm[] = []

  /** @param startMs - what `now()` says first. Default 0. */
  constructor(startMs = 0) {
    this.time = startMs
  }

  now(): number {
    return this.time
  }

  alarm(afterMs: number, callback: () => void): () => void {
    const alarm: Alarm = { due: this.time + afterMs, callback }
    this.alarms.push(alarm)
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm)
    }
  }

  /**
   * Moves time forward by `durationMs`. Every timer on the way fires at its own time, and processes run until they wait
   * again before the next one does.
   */
  async advance(durationMs: number): Promise<void> {
    if (!(typeof durationMs === 'number' && durationMs >= 0)) {
      throw new BadArgumentError('VirtualClock.advance', 'milliseconds, at least 0', durationMs)
    }
    await settle() // what was started before has set its timers
    const end = this.time + durationMs
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) {
      this.time = Math.max(this.time, next.due)
      this.alarms = this.alarms.filter((alarm) => alarm !== next)
      next.callback()
      await settle()
    }
    this.time = end
    await settle()
  }

  private nextDue(end: number): Alarm | undefined {
    let earliest: Alarm | undefined
    for (const alarm of this.alarms) {
      if (alarm.due <= end && (earliest === undefined || alarm.due < earliest.due)) earliest = alarm
    }
    return earliest
  }
}

/** Turns of the event loop after which processes that only talk to each other have come to rest. */
const TURNS = 5

/** Lets everything that is ready run: processes, microtasks, and what they set off. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}
