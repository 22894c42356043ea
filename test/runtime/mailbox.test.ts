import t from 'tap'
import { receive, self, send, spawn, sleep } from '../../src/index.ts'
import { Mailbox } from '../../src/runtime/mailbox.ts'
import { withRuntime } from '../../src/testing/index.ts'

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

t.test('OTP-026 a selective receive leaves the others in order', (t) =>
  withRuntime(async ({ clock }) => {
    send(self(), 'x')
    send(self(), 'y')
    t.equal(await receive((m) => m === 'y'), 'y')
    t.equal(await receive(), 'x')
    const waiting = receive({ afterMs: 50 })
    await clock.advance(49)
    await clock.advance(1)
    t.equal(await waiting, undefined)
    const echo = spawn(function* () {
      yield* sleep(10)
      send(yield* receive(), 'echo')
    })
    send(echo, self())
    await clock.advance(10)
    t.equal(await receive(), 'echo')
  }),
)
