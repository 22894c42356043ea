import t from 'tap'
import { alias, makeRef, Process, receive, self, send, spawn, spawnMonitor, unalias } from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

t.test('OTP-047 an alias is an address until it is switched off', (t) =>
  withRuntime(async () => {
    const parent = self()
    const address = alias()
    const sender = spawn(function* () {
      for (;;) send(address, yield* receive())
    })
    send(sender, 'through')
    t.equal(await receive(), 'through')
    const helper = spawn(function* () {
      send(parent, unalias(address))
      yield* receive()
    })
    t.equal(await receive(), false, 'it is not theirs to switch off')
    t.ok(Process.isAlive(helper))
    t.equal(unalias(address), true)
    t.equal(unalias(address), false)
    t.equal(unalias(makeRef()), false)
    send(sender, 'dropped')
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)
    // @ts-expect-error no reference
    t.throws(() => unalias('alias'), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no such mode
    t.throws(() => alias('always'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('OTP-048 an alias for one reply takes the first message only', (t) =>
  withRuntime(async () => {
    const address = alias('reply')
    for (const message of [1, 2, 3, 4]) send(address, message)
    t.equal(await receive(), 1)
    t.equal(await receive({ afterMs: 0 }), undefined)
    t.equal(unalias(address), false)
  }),
)

t.test('what was queued through an alias stays, and the end of the owner switches it off', (t) =>
  withRuntime(async () => {
    const parent = self()
    const address = alias()
    send(address, 'queued')
    unalias(address)
    t.equal(await receive(), 'queued')
    const { ref } = spawnMonitor(() => send(parent, alias()))
    const theirs = await receive()
    await receive((m) => m.ref === ref)
    t.equal(send(theirs, 'dropped'), 'dropped')
  }),
)
