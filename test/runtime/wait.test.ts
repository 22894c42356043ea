import t from 'tap'
import { type DownMessage, exit, GenServer, isDown, receive, reply, spawnMonitor, trapExit } from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Fragile = GenServer.define({
  init: () => 0,
  handleCall: { break: () => exit('broken'), get: (_: void, n) => reply(n) },
})

t.test('a caller that dies of its link to the server it calls is not resumed', (t) =>
  withRuntime(async ({ runtime }) => {
    const goneOn: unknown[] = []
    const { ref } = spawnMonitor(async () => {
      const server = await Fragile.startLink()
      await Fragile.call(server, 'break').catch((error) => goneOn.push(error))
      goneOn.push('went on')
    })
    t.equal((await receive<DownMessage>((message) => isDown(message, ref))).reason, 'broken')
    await settle()
    t.same(goneOn, [])
    t.equal(runtime.timers.size, 0, 'nor does the timeout of its call remain')
  }),
)

t.test('a linked caller that traps exits learns of both, and goes on', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const server = await Fragile.startLink()
    const error = await Fragile.call(server, 'break').catch((thrown: unknown) => thrown)
    t.match(error, { reason: { type: 'callFailed', reason: 'broken' } })
    t.same(await receive(), { type: 'exit', from: server, reason: 'broken' })
  }),
)
