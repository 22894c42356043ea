import type { Clock } from '../core/clock.ts'

// Where a timer is. Non-negative values are its index in the heap.
const IDLE = -1
/** Started by `startSoon`, not yet in the heap. */
const WAITING = -2
/** Cancelled while it was waiting: still in the list, to be skipped. */
const DROPPED = -3

/** One alarm that may be started again and again. It holds no more than its owner gives it. */
export class Timer {
  /** Monotonic milliseconds, valid while {@link isRunning} and in the heap. */
  due = 0
  place = IDLE
  order = 0
  delayMs = 0
  fire: () => void

  constructor(fire: () => void) {
    this.fire = fire
  }

  get isRunning(): boolean {
    return this.place >= 0 || this.place === WAITING
  }
}

/**
 * Every timer of one runtime: a heap by due time, then by start order, behind a single alarm of the host.
 *
 * Never early by the clock's own `now()`. `startSoon` is for waits that are nearly always over before the scheduler's
 * slice is (a call that is answered at once): they reach the heap, and pay for reading the clock, only at the end of the
 * slice; they may so be late by one slice.
 */
export class Timers {
  private readonly clock: Clock
  private readonly heap: Timer[] = []
  private waiting: Timer[] = []
  private lastOrder = 0
  private alarmDue = Number.POSITIVE_INFINITY
  private cancelAlarm: (() => void) | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** How many timers run. */
  get size(): number {
    return this.heap.length + this.waiting.reduce((count, timer) => count + (timer.place === WAITING ? 1 : 0), 0)
  }

  /** Starts `timer`; when it runs already, anew. */
  start(timer: Timer, delayMs: number): void {
    this.startAt(timer, this.clock.now() + delayMs)
  }

  /** Starts `timer` for an absolute time of the clock. */
  startAt(timer: Timer, due: number): void {
    this.cancel(timer)
    this.insert(timer, due)
    this.setAlarm()
  }

  /** Starts `timer` at the next {@link settle}; counts from there. */
  startSoon(timer: Timer, delayMs: number): void {
    if (timer.place >= 0) this.cancel(timer)
    timer.delayMs = delayMs
    if (timer.place === IDLE) this.waiting.push(timer)
    timer.place = WAITING
  }

  /** Stops `timer`, if it runs. */
  cancel(timer: Timer): void {
    if (timer.place >= 0) this.removeAt(timer.place)
    else if (timer.place === WAITING) timer.place = DROPPED
  }

  /** Milliseconds until `timer` fires, at least 0; `false` when it does not run. */
  remaining(timer: Timer): number | false {
    if (timer.place === WAITING) return timer.delayMs
    return timer.place < 0 ? false : Math.max(0, timer.due - this.clock.now())
  }

  /** Puts the timers of `startSoon` that still run into the heap. The scheduler calls it at the end of each slice. */
  settle(): void {
    if (this.waiting.length === 0) return
    const waiting = this.waiting
    this.waiting = []
    const now = this.clock.now()
    for (const timer of waiting) {
      const wanted = timer.place === WAITING
      timer.place = IDLE
      if (wanted) this.insert(timer, now + timer.delayMs)
    }
    this.setAlarm()
  }

  /** Forgets every timer. */
  clear(): void {
    for (const timer of [...this.heap, ...this.waiting]) timer.place = IDLE
    this.heap.length = 0
    this.waiting = []
    this.setAlarm()
  }

  private insert(timer: Timer, due: number): void {
    // A timer cancelled while it waited is still in the list: it stays usable, `settle` finds it in the heap.
    if (timer.place === DROPPED) this.waiting.splice(this.waiting.indexOf(timer), 1)
    timer.due = due
    timer.order = ++this.lastOrder
    this.heap.push(timer)
    this.siftUp(this.heap.length - 1, timer)
  }

  private setAlarm(): void {
    const due = this.heap.length === 0 ? Number.POSITIVE_INFINITY : (this.heap[0] as Timer).due
    // An alarm that comes too early is harmless (it looks and sets itself again), so only an earlier one replaces it.
    if (due >= this.alarmDue && this.heap.length > 0) return
    if (due === this.alarmDue) return
    this.cancelAlarm?.()
    this.cancelAlarm = undefined
    this.alarmDue = due
    if (this.heap.length > 0) this.cancelAlarm = this.clock.alarm(Math.max(0, due - this.clock.now()), this.onAlarm)
  }

  private readonly onAlarm = (): void => {
    this.cancelAlarm = undefined
    this.alarmDue = Number.POSITIVE_INFINITY
    const now = this.clock.now()
    while (this.heap.length > 0 && (this.heap[0] as Timer).due <= now) {
      const timer = this.heap[0] as Timer
      this.removeAt(0)
      timer.fire()
    }
    this.setAlarm()
  }

  private removeAt(index: number): void {
    const heap = this.heap
    const removed = heap[index] as Timer
    const last = heap.pop() as Timer
    removed.place = IDLE
    if (last === removed) return
    if (index > 0 && isBefore(last, heap[(index - 1) >> 1] as Timer)) this.siftUp(index, last)
    else this.siftDown(index, last)
  }

  private siftUp(start: number, timer: Timer): void {
    const heap = this.heap
    let index = start
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex] as Timer
      if (!isBefore(timer, parent)) break
      heap[index] = parent
      parent.place = index
      index = parentIndex
    }
    heap[index] = timer
    timer.place = index
  }

  private siftDown(start: number, timer: Timer): void {
    const heap = this.heap
    const size = heap.length
    let index = start
    for (;;) {
      let childIndex = 2 * index + 1
      if (childIndex >= size) break
      if (childIndex + 1 < size && isBefore(heap[childIndex + 1] as Timer, heap[childIndex] as Timer)) childIndex++
      const child = heap[childIndex] as Timer
      if (!isBefore(child, timer)) break
      heap[index] = child
      child.place = index
      index = childIndex
    }
    heap[index] = timer
    timer.place = index
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}
