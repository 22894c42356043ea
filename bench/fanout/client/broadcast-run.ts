import { percentile } from '../percentile.ts'
import type { Dialect } from './dialects.ts'
import { Numbers } from './numbers.ts'
import { type Member, Run } from './stage.ts'

/** What a run of broadcasts is. */
export interface BroadcastPlan {
  /** How many broadcasts may be on their way: the next one is asked for when the oldest has reached everybody. At most 64. */
  readonly inFlight: number
  /** No broadcast is asked for after so many milliseconds, or after so many broadcasts. */
  readonly forMs: number
  readonly atMost: number
}

/** What came of it. Every broadcast reached every client once, in order: anything else is an error. */
export interface BroadcastOutcome {
  readonly broadcasts: number
  readonly deliveries: number
  readonly seconds: number
  /** From asking for a broadcast until the last client has it, in milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** The length of one broadcast on the wire, without the frame's head, by protocol. */
  readonly bytes: readonly number[]
}

const RING = 64

/** Asks for broadcasts, and checks and counts what comes of them. */
export class BroadcastRun extends Run<BroadcastOutcome> {
  private readonly plan: BroadcastPlan
  private readonly ask: (count: number) => void
  private readonly size: number
  private readonly numbers: Map<Dialect, Numbers>
  private readonly numbersOf: readonly Numbers[]
  /** By the number of a broadcast: how many clients still wait for it, and when it was asked for. */
  private readonly missing = new Uint32Array(RING)
  private readonly askedAt = new Float64Array(RING)
  private readonly latenciesMs: number[] = []
  private readonly begin = performance.now()
  private asked = 0
  private arrived = 0
  private toAsk = 0
  private deliveries = 0

  /** @param ask - makes the server send so many broadcasts. Numbers begin at 0. */
  constructor(clients: readonly Member[], plan: BroadcastPlan, ask: (count: number) => void) {
    super()
    this.plan = plan
    this.ask = ask
    this.size = clients.length
    this.numbers = new Map(clients.map(({ dialect }) => [dialect, new Numbers()]))
    this.numbersOf = clients.map(({ dialect }) => this.numbers.get(dialect) as Numbers) // has one for each of them
    for (const client of clients) client.expected = 0
    this.toAsk = Math.min(plan.inFlight, plan.atMost)
    this.settled()
  }

  message(client: Member, bytes: Buffer, start: number, end: number): void {
    const number = (this.numbersOf[client.index] as Numbers).numberOf(bytes, start, end)
    if (number < 0) this.outOfPlace(client, bytes, start, end)
    else if (this.inOrder(client, number)) {
      client.expected++
      this.deliveries++
      const slot = number % RING
      const missing = (this.missing[slot] as number) - 1
      this.missing[slot] = missing
      if (missing === 0) this.reachedAll(slot)
    }
  }

  /** Who has not got what: for a run that does not end. */
  describe(): string {
    return `${this.asked} broadcasts to ${this.size} clients should be ${this.asked * this.size} messages, ${this.deliveries} came`
  }

  private reachedAll(slot: number): void {
    const now = performance.now()
    this.arrived++
    this.latenciesMs.push(now - (this.askedAt[slot] as number))
    const isOver = now - this.begin >= this.plan.forMs || this.asked + this.toAsk >= this.plan.atMost
    if (!isOver) this.toAsk++
    else if (this.arrived === this.asked && this.toAsk === 0) this.finish(this.outcome(now))
  }

  /** Broadcasts that arrived together are asked for together. */
  override settled(): void {
    if (this.toAsk === 0) return
    const now = performance.now()
    for (let i = 0; i < this.toAsk; i++) {
      const slot = this.asked++ % RING
      this.missing[slot] = this.size
      this.askedAt[slot] = now
    }
    this.ask(this.toAsk)
    this.toAsk = 0
  }

  private outcome(now: number): BroadcastOutcome {
    const { latenciesMs } = this
    return {
      broadcasts: this.arrived,
      deliveries: this.deliveries,
      seconds: (now - this.begin) / 1000,
      p50Ms: percentile(latenciesMs, 50),
      p99Ms: percentile(latenciesMs, 99),
      bytes: [...this.numbers.values()].map(({ size }) => size),
    }
  }
}
