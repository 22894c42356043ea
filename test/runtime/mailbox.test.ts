import fc from 'fast-check'
import t from 'tap'
import { Mailbox } from '../../src/runtime/mailbox.ts'

t.test('a mailbox keeps order through growth, wrap-around and removal from the middle', async (t) => {
  const mailbox = new Mailbox()
  for (let i = 0; i < 6; i++) mailbox.push(i)
  mailbox.shift()
  mailbox.shift()
  for (let i = 6; i < 12; i++) mailbox.push(i)
  t.equal(mailbox.remove(mailbox.find((m) => m === 4, 0)), 4)
  t.equal(mailbox.remove(mailbox.find((m) => m === 10, 0)), 10)
  t.same(mailbox.toArray(), [2, 3, 5, 6, 7, 8, 9, 11])
})

/** One thing done to a mailbox and to a plain array, which are then compared. */
type Step =
  | { readonly do: 'push'; readonly times: number }
  | { readonly do: 'shift' | 'dropOldest' | 'clear' }
  | { readonly do: 'remove'; readonly at: number }
  | { readonly do: 'removeAll'; readonly modulus: number }
  | { readonly do: 'find'; readonly modulus: number; readonly from: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), times: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('shift' as const, 'dropOldest' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('remove' as const), at: fc.nat({ max: 30 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('removeAll' as const), modulus: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('find' as const),
      modulus: fc.integer({ min: 1, max: 7 }),
      from: fc.nat({ max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
)

/** Does `step` to both. @returns whether both answered the same. */
function agrees(mailbox: Mailbox, model: number[], step: Step, next: () => number): boolean {
  switch (step.do) {
    case 'push':
      for (let i = 0; i < step.times; i++) {
        const message = next()
        mailbox.push(message)
        model.push(message)
      }
      return true
    case 'shift':
    case 'dropOldest':
      return model.length === 0 || mailbox[step.do]() === model.shift()
    case 'remove':
      return model.length === 0 || mailbox.remove(step.at % model.length) === model.splice(step.at % model.length, 1)[0]
    case 'removeAll': {
      const kept = model.filter((message) => message % step.modulus !== 0)
      const removed = model.length - kept.length
      model.splice(0, model.length, ...kept)
      return mailbox.removeAll((message) => (message as number) % step.modulus === 0) === removed
    }
    case 'find': {
      const wanted = (message: unknown) => (message as number) % step.modulus === 0
      const expected = model.findIndex((message, position) => position >= step.from && wanted(message))
      return mailbox.find(wanted, step.from) === expected
    }
    case 'clear':
      mailbox.clear()
      model.length = 0
      return true
  }
}

t.test('a mailbox agrees with a plain array, whatever is done to it', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const mailbox = new Mailbox()
      const model: number[] = []
      let sent = 0
      for (const step of steps) {
        if (!agrees(mailbox, model, step, () => ++sent)) return false
        if (mailbox.size !== model.length || mailbox.toArray().join() !== model.join()) return false
      }
      return true
    }),
    { numRuns: 1000 },
  )
  t.pass('1000 runs')
})

t.test('a mailbox forgets what was taken, so that it can be collected', async (t) => {
  const mailbox = new Mailbox()
  for (let i = 0; i < 10; i++) mailbox.push({ i })
  mailbox.remove(7)
  mailbox.remove(2)
  while (mailbox.size > 0) mailbox.shift()
  const { buffer } = mailbox as unknown as { buffer: unknown[] }
  t.same(
    buffer.filter((slot) => slot !== undefined),
    [],
  )
})

t.test('a mailbox that was very long gives its memory back when it is empty', async (t) => {
  const mailbox = new Mailbox()
  for (let i = 0; i < 5000; i++) mailbox.push(i)
  while (mailbox.size > 0) mailbox.shift()
  t.equal((mailbox as unknown as { buffer: unknown[] }).buffer.length, 0)
  mailbox.push('again')
  t.equal(mailbox.shift(), 'again')
})

t.test('what a predicate sends to its own mailbox is looked at by the next scan only', async (t) => {
  const mailbox = new Mailbox()
  mailbox.push(0)
  let looked = 0
  const position = mailbox.find(() => {
    looked++
    for (let i = 0; i < 10; i++) mailbox.push(i)
    return false
  }, 0)
  t.equal(position, -1)
  t.equal(looked, 1)
  t.equal(mailbox.size, 11)
})
