import { hasAsyncProcesses, leaveAsyncContext, setRunning } from './context.ts'
import type { LocalProcess } from './process.ts'

/** How long processes may run before timers and sockets get their turn. */
const SLICE_MS = 5
/** How many messages one process handles before the next one runs. */
const PROCESS_BUDGET = 200
/** Reading the clock costs as much as half a message: read it after 1, 2, 4 … this many messages. */
const LONGEST_CLOCK_INTERVAL = 64
/** A reading interval is short enough when it spans less than this. */
const CLOCK_INTERVAL_MS = 0.2
/** How many messages that wait already an async body may take per drain without going through the run queue. */
const IMMEDIATE_RECEIVES = 256
/** How many messages may go straight into an awaited `receive` before the next drain, which looks at the clock. */
const HANDOVERS = 256
const FIRST_CAPACITY = 64

const resolved = Promise.resolve()

/** What {@link Scheduler} tells its runtime. */
export interface SchedulerEvents {
  /** One of `candidates` (usually just one) held the thread for `durationMs`. */
  longRun(candidates: readonly LocalProcess[], durationMs: number): void
  /** A drain ended: whatever was put off until now is due. */
  drained(): void
}

/**
 * One run queue, drained in slices.
 *
 * A drain runs processes until none is runnable or the slice is over. Then it hops through a macrotask, so that whatever
 * processes do to each other, timers and sockets are served between two slices. An async body is resumed by resolving its
 * promise and so runs in the microtasks after the drain; a drain therefore ends early, at the end of the round, once it
 * has resumed one. Measured by `bench/micro` (ping-pong, ring, fairness).
 */
export class Scheduler {
  /** Messages that the running process may still handle now. Counted down by whoever takes one for it. */
  fuel = 0
  /** Messages that async bodies may still take without a turn through the run queue. */
  immediateReceives = IMMEDIATE_RECEIVES
  private handovers = HANDOVERS
  private draining = false
  private readonly events: SchedulerEvents
  private readonly longRunMs: number
  private queue: (LocalProcess | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined)
  private head = 0
  private size = 0
  /** A drain runs or is scheduled. */
  private awake = false
  private sliceOpen = false
  /** `closeSlice` is on its way. */
  private closing = false
  private sliceStart = 0
  private clockRead = 0
  private clockInterval = 1
  private untilClock = 1
  /** Who ran since the clock was read: the suspects when it turns out that somebody took too long. */
  private readonly suspects: (LocalProcess | undefined)[] = new Array(LONGEST_CLOCK_INTERVAL).fill(undefined)
  private suspectCount = 0
  /** The slice is over, and nobody was runnable then: the next drain waits for the event loop. */
  private resting = false
  /** Async bodies that let the others go first. */
  private turns: (() => void)[] = []
  /** Runs left in this round; infinite until an async body has been resumed. */
  private roundLeft = Number.POSITIVE_INFINITY
  private stopped = false

  constructor(events: SchedulerEvents, longRunMs: number) {
    this.events = events
    this.longRunMs = longRunMs
  }

  /** How many processes wait for their turn. */
  get runnable(): number {
    return this.size
  }

  /** Puts `process` at the end of the run queue. It must not be in it. */
  enqueue(process: LocalProcess): void {
    process.queued = true
    if (this.size === this.queue.length) this.grow()
    this.queue[(this.head + this.size) & (this.queue.length - 1)] = process
    this.size++
    if (!this.awake) this.wake()
  }

  /** Makes sure that a drain comes, although nobody is runnable. */
  wake(): void {
    if (this.awake || this.stopped) return
    this.awake = true
    if (this.resting) setImmediate(this.drain)
    else resolved.then(this.drain)
  }

  /** Resumes asynchronous code of `process` when everybody who is ready now has run. */
  afterOthers(process: LocalProcess, resume: () => void): void {
    this.suspects[this.suspectCount++ & (LONGEST_CLOCK_INTERVAL - 1)] = process
    this.turns.push(resume)
    this.wake()
  }

  /** An async body was resumed: its code runs after this drain, which therefore ends with the round. */
  asyncResumed(): void {
    if (this.draining && this.roundLeft === Number.POSITIVE_INFINITY) this.roundLeft = this.size
  }

  /**
   * Whether a message may go straight to the awaited `receive` of `process`, without a turn through the run queue.
   *
   * Not without end: async bodies that only talk to each other run in microtasks, and only a drain looks at the clock.
   */
  mayHandOver(process: LocalProcess): boolean {
    if (this.handovers === 0) return false
    this.handovers--
    this.suspects[this.suspectCount++ & (LONGEST_CLOCK_INTERVAL - 1)] = process
    this.asyncResumed()
    return true
  }

  /** Drains no more. */
  stop(): void {
    this.stopped = true
    this.size = 0
    this.turns = []
    this.queue = new Array(FIRST_CAPACITY).fill(undefined)
  }

  private readonly drain = (): void => {
    leaveAsyncContext()
    if (!this.sliceOpen) this.openSlice()
    this.immediateReceives = IMMEDIATE_RECEIVES
    this.handovers = HANDOVERS
    this.draining = true
    let sliceOver = false
    while (this.size > 0 && this.roundLeft > 0) {
      this.runNext()
      if (this.untilClock <= 0 && this.readClock()) {
        sliceOver = true
        break
      }
    }
    if (this.turns.length > 0) sliceOver = this.resumeTurns(sliceOver)
    this.draining = false
    this.roundLeft = Number.POSITIVE_INFINITY
    this.events.drained()
    this.scheduleNext(sliceOver)
  }

  private runNext(): void {
    const process = this.queue[this.head] as LocalProcess
    this.queue[this.head] = undefined
    this.head = (this.head + 1) & (this.queue.length - 1)
    this.size--
    this.roundLeft--
    process.queued = false
    const fuel = Math.min(PROCESS_BUDGET, this.untilClock)
    this.fuel = fuel
    this.suspects[this.suspectCount++ & (LONGEST_CLOCK_INTERVAL - 1)] = process
    setRunning(process)
    process.run()
    setRunning(undefined)
    const used = fuel - this.fuel
    this.untilClock -= used > 0 ? used : 1
  }

  /** @returns whether the slice is over: asynchronous code that only yields must notice it too. */
  private resumeTurns(sliceOver: boolean): boolean {
    const turns = this.turns
    this.turns = []
    this.untilClock -= turns.length
    const over = sliceOver || (this.untilClock <= 0 && this.readClock())
    const resume = () => {
      for (const turn of turns) turn()
    }
    if (over) setImmediate(resume)
    else resume()
    return over
  }

  private openSlice(): void {
    this.sliceOpen = true
    this.sliceStart = performance.now()
    this.clockRead = this.sliceStart
    this.clockInterval = 1
    this.untilClock = 1
    this.suspectCount = 0
    if (hasAsyncProcesses()) this.closeSoon()
  }

  /** Async bodies run between drains, in microtasks: only the event loop can tell that a slice has ended. */
  private closeSoon(): void {
    if (this.closing) return
    this.closing = true
    setImmediate(this.closeSlice)
  }

  private readonly closeSlice = (): void => {
    this.closing = false
    this.resting = false
    // The last async bodies ran after the last drain: this is the first chance to see how long they took.
    if (this.suspectCount > 0) this.readClock()
    this.sliceOpen = false
  }

  /** @returns whether the slice is over. */
  private readClock(): boolean {
    const now = performance.now()
    const elapsed = now - this.clockRead
    if (elapsed >= this.longRunMs) this.reportLongRun(elapsed)
    if (elapsed < CLOCK_INTERVAL_MS / 2) this.clockInterval = Math.min(this.clockInterval * 2, LONGEST_CLOCK_INTERVAL)
    else if (elapsed > CLOCK_INTERVAL_MS) this.clockInterval = Math.max(this.clockInterval >> 2, 1)
    this.untilClock = this.clockInterval
    this.clockRead = now
    this.suspectCount = 0
    return now - this.sliceStart >= SLICE_MS
  }

  private reportLongRun(durationMs: number): void {
    const count = Math.min(this.suspectCount, LONGEST_CLOCK_INTERVAL)
    const suspects = new Set(this.suspects.slice(0, count) as LocalProcess[])
    this.events.longRun([...suspects], durationMs)
  }

  private scheduleNext(sliceOver: boolean): void {
    if (this.size === 0) {
      this.awake = false
      if (hasAsyncProcesses()) {
        this.resting = sliceOver
        this.closeSoon() // not yet on its way when the first async process of all began in this very slice
        return
      }
      if (this.suspectCount > 0) this.readClock()
      this.sliceOpen = false
    } else if (sliceOver) {
      this.sliceOpen = false
      setImmediate(this.drain)
    } else {
      resolved.then(this.drain)
    }
  }

  private grow(): void {
    const grown: (LocalProcess | undefined)[] = new Array(this.queue.length * 2).fill(undefined)
    for (let i = 0; i < this.size; i++) grown[i] = this.queue[(this.head + i) & (this.queue.length - 1)]
    this.queue = grown
    this.head = 0
  }
}
