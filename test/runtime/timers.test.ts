import fc from 'fast-check'
import t from 'tap'
import type { Clock } from '../../src/core/clock.ts'
import { Timer, Timers } from '../../src/runtime/timers.ts'

/** A clock that is moved by hand and holds one alarm, as `Timers` must never have two. */
class HandClock implements Clock {
  time = 0
  alarms = 0
  private ring: { due: number; callback: () => void } | undefined

  now(): number {
    return this.time
  }

  alarm(afterMs: number, callback: () => void): () => void {
    this.alarms++
    const ring = { due: this.time + afterMs, callback }
    this.ring = ring
    return () => {
      if (this.ring === ring) this.ring = undefined
    }
  }

  get isSet(): boolean {
    return this.ring !== undefined
  }

  advanceTo(time: number): void {
    for (;;) {
      const { ring } = this
      if (ring === undefined || ring.due > time) break
      this.time = ring.due
      this.ring = undefined
      ring.callback()
    }
    this.time = time
  }
}

t.test('timers fire by due time, equal ones in the order of their start', async (t) => {
  const clock = new HandClock()
  const timers = new Timers(clock)
  const fired: string[] = []
  const add = (name: string, delayMs: number) =>
    timers.start(new Timer(() => fired.push(`${name}@${clock.time}`)), delayMs)
  add('c', 30)
  add('a1', 10)
  add('b', 20)
  add('a2', 10)
  t.equal(timers.size, 4)
  clock.advanceTo(9)
  t.same(fired, [])
  clock.advanceTo(100)
  t.same(fired, ['a1@10', 'a2@10', 'b@20', 'c@30'])
  t.equal(timers.size, 0)
  t.equal(clock.isSet, false, 'no alarm is left behind')
})

t.test('a timer that is cancelled, started anew or cleared does what was said last', async (t) => {
  const clock = new HandClock()
  const timers = new Timers(clock)
  const fired: string[] = []
  const cancelled = new Timer(() => fired.push('cancelled'))
  const moved = new Timer(() => fired.push(`moved@${clock.time}`))
  timers.start(cancelled, 10)
  timers.start(moved, 10)
  t.equal(timers.remaining(cancelled), 10)
  timers.cancel(cancelled)
  timers.cancel(cancelled)
  t.equal(timers.remaining(cancelled), false)
  timers.start(moved, 50)
  clock.advanceTo(20)
  t.same(fired, [])
  t.equal(timers.remaining(moved), 30)
  clock.advanceTo(50)
  t.same(fired, ['moved@50'])
  timers.start(moved, 5)
  timers.clear()
  t.equal(moved.isRunning, false)
  t.equal(clock.isSet, false)
})

t.test('what fires may start and cancel timers', async (t) => {
  const clock = new HandClock()
  const timers = new Timers(clock)
  const fired: string[] = []
  const victim = new Timer(() => fired.push('victim'))
  const again = new Timer(() => fired.push(`again@${clock.time}`))
  timers.start(
    new Timer(() => {
      timers.cancel(victim)
      timers.start(again, 0)
    }),
    10,
  )
  timers.start(victim, 10)
  clock.advanceTo(11)
  t.same(fired, ['again@10'])
})

t.test('startSoon reads no clock until the slice ends, and counts from there', async (t) => {
  const clock = new HandClock()
  const timers = new Timers(clock)
  const fired: number[] = []
  const timer = new Timer(() => fired.push(clock.time))
  const dropped = new Timer(() => fired.push(-1))
  timers.startSoon(timer, 10)
  timers.startSoon(dropped, 10)
  timers.cancel(dropped)
  t.equal(clock.alarms, 0)
  t.equal(timers.size, 1)
  t.equal(timers.remaining(timer), 10)
  clock.time = 3
  timers.settle()
  clock.advanceTo(20)
  t.same(fired, [13])
})

/** What a test does with one of a few timers. */
type Step =
  | { readonly do: 'start'; readonly which: number; readonly delayMs: number }
  | { readonly do: 'startSoon'; readonly which: number; readonly delayMs: number }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'settle' }
  | { readonly do: 'advance'; readonly byMs: number }

const which = fc.integer({ min: 0, max: 7 })
const delayMs = fc.integer({ min: 0, max: 20 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('start' as const), which, delayMs }),
  fc.record({ do: fc.constant('startSoon' as const), which, delayMs }),
  fc.record({ do: fc.constant('cancel' as const), which }),
  fc.record({ do: fc.constant('settle' as const) }),
  fc.record({ do: fc.constant('advance' as const), byMs: fc.integer({ min: 0, max: 15 }) }),
)

/** The same steps with a list that is sorted each time. `soon` timers get their due time when they settle. */
function naive(steps: readonly Step[]): string[] {
  const fired: string[] = []
  let running: { which: number; due: number; order: number }[] = []
  let soon: { which: number; delayMs: number }[] = []
  let time = 0
  let order = 0
  const forget = (which: number) => {
    running = running.filter((timer) => timer.which !== which)
    soon = soon.filter((timer) => timer.which !== which)
  }
  const settle = () => {
    for (const { which, delayMs } of soon) running.push({ which, due: time + delayMs, order: order++ })
    soon = []
  }
  for (const step of steps) {
    if (step.do === 'cancel') forget(step.which)
    else if (step.do === 'settle') settle()
    else if (step.do === 'start') {
      forget(step.which)
      running.push({ which: step.which, due: time + step.delayMs, order: order++ })
    } else if (step.do === 'startSoon') {
      forget(step.which)
      soon.push({ which: step.which, delayMs: step.delayMs })
    } else {
      settle()
      time += step.byMs
      const due = running.filter((timer) => timer.due <= time).sort((a, b) => a.due - b.due || a.order - b.order)
      for (const timer of due) fired.push(`${timer.which}@${Math.max(timer.due, 0)}`)
      running = running.filter((timer) => timer.due > time)
    }
  }
  return fired
}

function real(steps: readonly Step[]): string[] {
  const clock = new HandClock()
  const timers = new Timers(clock)
  const fired: string[] = []
  const all = Array.from({ length: 8 }, (_, which) => new Timer(() => fired.push(`${which}@${clock.time}`)))
  for (const step of steps) {
    if (step.do === 'cancel') timers.cancel(all[step.which] as Timer)
    else if (step.do === 'settle') timers.settle()
    else if (step.do === 'advance') {
      timers.settle()
      clock.advanceTo(clock.time + step.byMs)
    } else if (step.do === 'start') timers.start(all[step.which] as Timer, step.delayMs)
    else timers.startSoon(all[step.which] as Timer, step.delayMs)
  }
  return fired
}

t.test('the heap agrees with a list that is sorted each time', async (t) => {
  // Timers that settle together are equal in age: which of them fires first when due together is told by their list, whose
  // order a cancelled and restarted one keeps. So the order among those is compared only by time.
  const times = (fired: string[]) => fired.map((entry) => entry.split('@')[1]).join()
  const sorted = (fired: string[]) => [...fired].sort().join()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [expected, actual] = [naive(steps), real(steps)]
      return times(expected) === times(actual) && sorted(expected) === sorted(actual)
    }),
    { numRuns: 500 },
  )
  const startOnly = fc.array(
    step.filter((one) => one.do !== 'startSoon'),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(startOnly, (steps) => naive(steps).join() === real(steps).join()),
    { numRuns: 500 },
  )
  t.pass('1000 runs')
})
