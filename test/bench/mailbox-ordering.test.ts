import t from 'tap'
import { Latencies } from '../../bench/mailbox-ordering/latencies.ts'
import { OrderChecker } from '../../bench/mailbox-ordering/order-checker.ts'
import { type BodyKind, type ReceiveKind, runWorkload, type Workload } from '../../bench/mailbox-ordering/workload.ts'
import type { Pid } from '../../src/core/pid.ts'
import type { LocalProcess } from '../../src/runtime/process.ts'

const small = { senders: 7, receivers: 3, messages: 400, seed: 42 }

const kinds: [BodyKind, ReceiveKind][] = [
  ['generator', 'plain'],
  ['generator', 'selective'],
  ['async', 'plain'],
  ['async', 'selective'],
  ['gen-server', 'plain'],
]

t.test('every kind of body keeps the order of each sender', async (t) => {
  for (const [body, receive] of kinds) {
    const outcome = await runWorkload({ ...small, body, receive })
    t.equal(outcome.received, 7 * 400, `${body}, ${receive}: nothing lost, nothing doubled`)
    t.ok(outcome.latencies.max > 0, `${body}, ${receive}: latencies were sampled`)
  }
})

/** Breaks the mailbox of the first receiver: `damage` decides what happens to each message. */
function broken(
  damage: (message: unknown, count: number, pass: (message: unknown) => void) => void,
): Workload['tamper'] & {} {
  return (receiver: Pid, index: number) => {
    if (index !== 0) return
    const process = receiver.receiver as LocalProcess
    const deliver = process.deliver.bind(process)
    let count = 0
    process.deliver = (message) => damage(message, count++, deliver)
  }
}

function swaps(): Workload['tamper'] & {} {
  let held: { message: unknown } | undefined
  return broken((message, count, pass) => {
    if (count >= 100 && held === undefined) held = { message }
    else pass(message)
    if (count === 200 && held !== undefined) pass(held.message)
  })
}

const breakages: [string, Workload['tamper'] & {}, RegExp][] = [
  ['swaps two messages', swaps(), /^ahead: receiver 0 expected message \d+ of sender \d+, got \d+$/],
  [
    'loses a message',
    broken((message, count, pass) => count !== 100 && pass(message)),
    /^(ahead|early end): receiver 0/,
  ],
  [
    'doubles a message',
    broken((message, count, pass) => {
      pass(message)
      if (count === 100) pass(message)
    }),
    /^again: receiver 0/,
  ],
]

t.test('a mailbox that swaps, loses or doubles makes the harness fail loudly', async (t) => {
  for (const [what, tamper, message] of breakages) {
    await t.rejects(runWorkload({ ...small, body: 'generator', receive: 'plain', tamper }), { message }, what)
  }
})

t.test('a message of the last words that comes after the end of its sender is noticed', async (t) => {
  // given a mailbox that holds the last message back until everything else has come
  // (the end of a sender is a signal: it takes another way in than messages)
  const holdsBack = broken((message, count, pass) => count !== 101 && pass(message))
  await t.rejects(
    runWorkload({
      ...small,
      senders: 1,
      receivers: 1,
      messages: 101,
      body: 'gen-server',
      receive: 'plain',
      tamper: holdsBack,
    }),
    {
      message: /^early end: receiver 0 expected message 100 of sender 0/,
    },
  )
})

t.test('the checker accepts order per sender and nothing else', async (t) => {
  const checker = new OrderChecker(0, 2)
  checker.message(0, 0)
  checker.message(1, 0)
  checker.message(0, 1)
  t.throws(() => checker.message(0, 3), { message: 'ahead: receiver 0 expected message 2 of sender 0, got 3' })
  t.throws(() => checker.message(1, 0), { message: 'again: receiver 0 expected message 1 of sender 1, got 0' })
  t.throws(() => checker.senderEnded(1, 2), { message: /^early end/ })
  checker.senderEnded(1, 1)
})

t.test('percentiles are exact to a few per cent', async (t) => {
  const latencies = new Latencies()
  for (let micros = 1; micros <= 1000; micros++) latencies.record(micros)
  t.ok(Math.abs(latencies.percentile(50) - 500) < 30)
  t.ok(Math.abs(latencies.percentile(99) - 990) < 50)
  t.equal(latencies.max, 1000)
})
