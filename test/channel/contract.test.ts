import t from 'tap'
import { z } from 'zod'
import { implement } from '../../src/channel/contract.ts'
import { ok, reply } from '../../src/channel/result.ts'
import type { ChannelSocket } from '../../src/channel/socket.ts'
import { defineContract, type } from '../../src/client/contract.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { RawClient } from '../support/raw-client.ts'

const contract = defineContract({
  topic: 'room:*',
  in: { say: { reply: type<object>() }, typing: {} },
  out: { said: type<object>() },
})
const Room = implement(contract)
const handlers = { say: () => reply({}), typing: () => {} }

t.test('each event of a contract has a handler, and each handler an event', async (t) => {
  const define = (handleIn: object) => () => Room.define({ join: () => ok(), handleIn: handleIn as typeof handlers })
  t.doesNotThrow(define(handlers))
  t.throws(define({ say: handlers.say }), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /a handler for typing, .* \["say"\]/,
  })
  t.throws(define({ ...handlers, shout: () => {} }), {
    message: /the events of the contract \(say, typing\), got "shout"/,
  })
  t.throws(define({ ...handlers, say: 'no function' }), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /say expects a function/,
  })
  const handleOut: object = { shouted: () => {} }
  t.throws(() => Room.define({ join: () => ok(), handleIn: handlers, intercept: ['said'], handleOut }), {
    message: /shouted/,
  })
  t.throws(() => Room.define({ handleIn: handlers } as never), { message: /join expects a function/ })
  t.throws(() => implement({} as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('what is pushed and broadcast is an event of the contract', async (t) => {
  const socket = {} as ChannelSocket
  const said = 'sayd' as 'said'
  for (const wrong of [
    () => Room.push(socket, said, {}),
    () => Room.broadcast(socket, said, {}),
    () => Room.broadcastFrom(socket, said, {}),
    () => Room.broadcastOn({ broadcast: () => {} }, 'room:1', said, {}),
    () => Room.push(socket, 'toString' as 'said', {}),
  ]) {
    t.throws(wrong, { code: 'BEAMISH_BAD_ARGUMENT', message: /an event of the contract \(said\)/ })
  }
})

t.test('reports call the channel by the place where it was defined, or by its name', async (t) => {
  t.match(Room.define({ join: () => ok(), handleIn: handlers }).moduleName, /^contract\.test\.[jt]s:\d+$/)
  t.equal(Room.define({ module: 'Room', join: () => ok(), handleIn: handlers }).moduleName, 'Room')
})

t.test('params are validated before join, by a schema that may take its time', (t) =>
  withRuntime(async () => {
    const params = z.object({ n: z.number() }).refine(async ({ n }) => n < 10, 'too large')
    const seen: unknown[] = []
    const joining = implement(defineContract({ topic: 'room:*', params, reply: type<{ twice: number }>() })).define({
      join: (topic, { n }) => {
        seen.push([topic, n])
        return ok({ twice: n * 2 })
      },
    })
    const socket = Socket.define({ channels: { 'room:*': joining } })
    const { port } = await startEndpoint({ sockets: { '/socket': socket } })
    const client = await RawClient.open(port)
    t.same((await client.join('room:a', '1', { n: 4 }))[4], { status: 'ok', response: { twice: 8 } })
    t.match((await client.join('room:b', '2', { n: 11 }))[4], {
      status: 'error',
      response: { reason: 'invalid payload', issues: [{ message: 'too large' }] },
    })
    t.match((await client.join('room:b', '3', {}))[4], { response: { issues: [{ path: ['n'] }] } })
    t.same(seen, [['room:a', 4]])
    client.close()
  }),
)
