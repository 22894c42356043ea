import { GenServer, isDown, monitor, noReply, type Pid, Runtime, receive, self, send, spawn, stop } from 'beamish'
import { Latencies } from './latencies.ts'
import { OrderChecker } from './order-checker.ts'
import { Random } from './random.ts'

/** How a process's code runs. */
export type BodyKind = 'generator' | 'async' | 'gen-server'
/** How a receiver takes messages: as they come, or by a predicate that picks a sender. */
export type ReceiveKind = 'plain' | 'selective'

/** One run. */
export interface Workload {
  readonly body: BodyKind
  readonly receive: ReceiveKind
  readonly senders: number
  readonly receivers: number
  /** Messages per sender, spread over the receivers by the seed. */
  readonly messages: number
  readonly seed: number
  /** Breaks a receiver before the run: how the tests see that the harness notices. */
  readonly tamper?: (receiver: Pid, index: number) => void
  /** Told the number of messages that were received, now and then. */
  readonly progress?: (received: number) => void
}

/** What a run measured. */
export interface Outcome {
  readonly received: number
  readonly seconds: number
  readonly messagesPerSecond: number
  readonly latencies: Latencies
}

/** One message of the flood. `sentAt` is set on every {@link SAMPLE_EVERY}th: reading the clock costs as much as sending. */
interface Numbered {
  readonly sender: number
  readonly sequence: number
  readonly sentAt: number
  /** The sender goes on only when this one has been taken: it bounds what waits in the mailboxes. */
  readonly wantsAck: boolean
}

const ACK = 'ack'

interface Start {
  readonly type: 'start'
  readonly senders: readonly Pid[]
  /** How many messages each sender sends to this receiver. */
  readonly totals: readonly number[]
}

const SAMPLE_EVERY = 64
/** A sender sends so many at most before it waits for its receiver; the seed decides. A selective scan pays for each that waits. */
const LONGEST_BURST = { plain: 200, selective: 20 } as const

/** What a receiver has seen, and whether it is complete. Shared by the three kinds of body. */
class Receiver {
  readonly latencies: Latencies
  private readonly checker: OrderChecker
  private readonly random: Random
  private totals: readonly number[] = []
  private senders: readonly Pid[] = []
  private ended = 0
  private received = 0

  constructor(index: number, run: Workload, latencies: Latencies) {
    this.checker = new OrderChecker(index, run.senders)
    this.random = new Random(run.seed + index)
    this.latencies = latencies
  }

  start(start: Start): void {
    this.totals = start.totals
    this.senders = start.senders
    for (const sender of start.senders) monitor(sender)
  }

  /** @returns how many messages this receiver has got when it is complete. */
  take(message: unknown): number | undefined {
    if (isDown(message)) this.senderEnded(this.senders.indexOf(message.object as Pid))
    else this.numbered(message as Numbered)
    return this.ended === this.senders.length ? this.received : undefined
  }

  /** A predicate for the messages of one sender, as the seed says. */
  wanted(): (message: unknown) => boolean {
    const sender = this.random.below(this.senders.length)
    return (message) => (message as Numbered).sender === sender
  }

  private numbered(message: Numbered): void {
    this.checker.message(message.sender, message.sequence)
    this.received++
    if (message.wantsAck) send(this.senders[message.sender] as Pid, ACK)
    if (message.sentAt !== 0) this.latencies.record((performance.now() - message.sentAt) * 1000)
  }

  private senderEnded(sender: number): void {
    this.checker.senderEnded(sender, this.totals[sender] as number)
    this.ended++
  }
}

/** The messages of one sender: to whom, in which order, and after which it waits. All from the seed. */
class Plan {
  readonly targets: Uint16Array
  readonly pauses: Uint8Array

  constructor(sender: number, run: Workload) {
    const random = new Random(run.seed * 7919 + sender)
    this.targets = Uint16Array.from({ length: run.messages }, () => random.below(run.receivers))
    this.pauses = new Uint8Array(run.messages)
    const longest = LONGEST_BURST[run.receive]
    for (let at = random.below(longest); at < run.messages; at += 1 + random.below(longest)) this.pauses[at] = 1
  }

  totalFor(receiver: number): number {
    return this.targets.reduce((total, target) => (target === receiver ? total + 1 : total), 0)
  }
}

/** Sends one message of a plan. */
class Sender {
  private readonly sequences: Int32Array
  private readonly receivers: readonly Pid[]
  private readonly plan: Plan
  private readonly index: number

  constructor(index: number, plan: Plan, receivers: readonly Pid[]) {
    this.index = index
    this.plan = plan
    this.receivers = receivers
    this.sequences = new Int32Array(receivers.length)
  }

  /** @returns whether to wait for an acknowledgement now. */
  send(position: number): boolean {
    const target = this.plan.targets[position] as number
    const sequence = this.sequences[target] as number
    this.sequences[target] = sequence + 1
    const sentAt = position % SAMPLE_EVERY === 0 ? performance.now() : 0
    const wantsAck = this.plan.pauses[position] === 1
    send(this.receivers[target] as Pid, { sender: this.index, sequence, sentAt, wantsAck } satisfies Numbered)
    return wantsAck
  }
}

/**
 * Runs one workload in a runtime of its own.
 * @throws {OrderViolationError} at the first message that is out of order.
 */
export async function runWorkload(run: Workload): Promise<Outcome> {
  using runtime = new Runtime({ reporter: () => {} })
  return await runtime.run(() => flood(run))
}

async function flood(run: Workload): Promise<Outcome> {
  const latencies = new Latencies()
  const plans = Array.from({ length: run.senders }, (_, index) => new Plan(index, run))
  const boss = self()
  const receivers = await Promise.all(
    Array.from({ length: run.receivers }, (_, index) => startReceiver(new Receiver(index, run, latencies), run, boss)),
  )
  for (const [index, receiver] of receivers.entries()) run.tamper?.(receiver, index)
  const senders = await Promise.all(plans.map((plan, index) => startSender(new Sender(index, plan, receivers), run)))
  for (const [index, receiver] of receivers.entries()) {
    send(receiver, { type: 'start', senders, totals: plans.map((plan) => plan.totalFor(index)) } satisfies Start)
  }
  const begin = performance.now()
  for (const sender of senders) send(sender, 'go')
  const received = await collect(run)
  const seconds = (performance.now() - begin) / 1000
  return { received, seconds, messagesPerSecond: received / seconds, latencies }
}

/** Waits for every receiver; the first that reports a violation ends the run. */
async function collect(run: Workload): Promise<number> {
  let received = 0
  for (let complete = 0; complete < run.receivers; complete++) {
    const done = await receive<{ count: number } | { failure: unknown }>({ afterMs: 120_000 })
    if (done === undefined)
      throw new Error(`messages were lost: ${run.receivers - complete} receivers still wait after two minutes`)
    if ('failure' in done) throw done.failure
    received += done.count
    run.progress?.(received)
  }
  return received
}

// ── The three kinds of body ────────────────────────────────────────────────────────────────────────────────────────

function tell(boss: Pid, receiver: Receiver, message: unknown): boolean {
  try {
    const count = receiver.take(message)
    if (count !== undefined) send(boss, { count })
    return count !== undefined
  } catch (failure) {
    send(boss, { failure })
    return true
  }
}

function startReceiver(receiver: Receiver, run: Workload, boss: Pid): Promise<Pid> {
  const isStart = (message: unknown): message is Start => (message as Partial<Start>).type === 'start'
  const isSelective = run.receive === 'selective'
  switch (run.body) {
    case 'generator':
      return Promise.resolve(
        spawn(function* () {
          receiver.start(yield* receive(isStart))
          for (;;) {
            const picked = isSelective ? yield* receive(receiver.wanted(), { afterMs: 0 }) : undefined
            if (tell(boss, receiver, picked ?? (yield* receive()))) return
          }
        }),
      )
    case 'async':
      return Promise.resolve(
        spawn(async () => {
          receiver.start(await receive(isStart))
          for (;;) {
            const picked = isSelective ? await receive(receiver.wanted(), { afterMs: 0 }) : undefined
            if (tell(boss, receiver, picked ?? (await receive()))) return
          }
        }),
      )
    case 'gen-server':
      return ReceivingServer.start({ receiver, boss })
  }
}

const ReceivingServer = GenServer.define({
  module: 'ReceivingServer',
  init: (arg: { receiver: Receiver; boss: Pid }) => arg,
  handleInfo: (message: unknown, state) => {
    if ((message as Partial<Start>).type === 'start') state.receiver.start(message as Start)
    else tell(state.boss, state.receiver, message)
    return noReply()
  },
})

function startSender(sender: Sender, run: Workload): Promise<Pid> {
  switch (run.body) {
    case 'generator':
      return Promise.resolve(
        spawn(function* () {
          yield* receive()
          for (let position = 0; position < run.messages; position++) {
            if (sender.send(position)) yield* receive()
          }
        }),
      )
    case 'async':
      return Promise.resolve(
        spawn(async () => {
          await receive()
          for (let position = 0; position < run.messages; position++) {
            if (sender.send(position)) await receive()
          }
        }),
      )
    case 'gen-server':
      return SendingServer.start({ sender, messages: run.messages })
  }
}

const SendingServer = GenServer.define({
  module: 'SendingServer',
  init: (arg: { sender: Sender; messages: number }) => ({ ...arg, position: 0 }),
  handleInfo: (_message: unknown, state) => {
    while (state.position < state.messages) {
      if (state.sender.send(state.position++)) return noReply() // the acknowledgement is the next message
    }
    return stop('normal')
  },
})
