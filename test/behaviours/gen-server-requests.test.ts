import t from 'tap'
import {
  type Body,
  exit,
  type From,
  GenServer,
  noReply,
  type PostedCall,
  Process,
  receive,
  reply,
  self,
  send,
  sleep,
  spawn,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Echo = GenServer.define({
  module: 'Echo',
  init: () => null,
  handleCall: {
    echo: (value: string) => reply(value),
    slow: async (forMs: number) => {
      await sleep(forMs)
      return reply(forMs)
    },
    never: () => noReply(),
    twice: (_: void, _state, from: From<number>) => {
      GenServer.reply(from, 1)
      return reply(2)
    },
  },
})

t.test('OTP-104 a response is fetched when it suits', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const pid = await Echo.start()
    const parent = self()
    const bodies: Body[] = [
      function* () {
        const request = Echo.sendRequest(pid, 'echo', 'hi')
        send(parent, yield* GenServer.receiveResponse(request))
      },
      async () => {
        const request = Echo.sendRequest(pid, 'echo', 'hi')
        send(parent, await GenServer.waitResponse(request, { timeoutMs: 10 }))
      },
    ]
    for (const body of bodies) {
      spawn(body)
      t.same(await receive(), { type: 'reply', value: 'hi' })
    }
    const slow = Echo.sendRequest(pid, 'slow', 100)
    const early = GenServer.waitResponse(slow, { timeoutMs: 50 })
    await clock.advance(50)
    t.same(await early, { type: 'timeout' })
    const again = GenServer.waitResponse(slow, { timeoutMs: 100 })
    await clock.advance(50)
    t.same(await again, { type: 'reply', value: 100 }, 'a wait may be repeated')
    await settle()
    t.equal(runtime.timers.size, 0)
    t.same(Process.info(pid, 'monitoredBy'), [])
  }),
)

t.test('OTP-104 a server that is gone is an error, not an exit', (t) =>
  withRuntime(async () => {
    const pid = await Echo.start()
    const waiting = Echo.sendRequest(pid, 'never')
    await settle()
    exit(pid, 'kill')
    t.same(await GenServer.receiveResponse(waiting), { type: 'error', reason: 'killed', server: pid })
    for (const server of [pid, 'nobody']) {
      const request = Echo.sendRequest(server, 'echo', 'hi')
      t.same(await GenServer.receiveResponse(request), { type: 'error', reason: 'noproc', server })
    }
  }),
)

t.test('OTP-104 receiveResponse gives up on a timeout: a late reply is dropped', (t) =>
  withRuntime(async ({ clock }) => {
    const pid = await Echo.start()
    const request = Echo.sendRequest(pid, 'slow', 100)
    const early = GenServer.receiveResponse(request, { timeoutMs: 50 })
    await clock.advance(50)
    t.same(await early, { type: 'timeout' })
    await clock.advance(1000)
    t.equal(await receive({ afterMs: 0 }), undefined)
    t.same(Process.info(pid, 'monitoredBy'), [])
    const arrived = Echo.sendRequest(pid, 'twice')
    await settle()
    t.equal(Process.info(self(), 'messageQueueLength'), 1, 'one response, whatever the server does')
    t.same(await GenServer.receiveResponse(arrived, { timeoutMs: 0 }), { type: 'reply', value: 1 })
  }),
)

t.test('OTP-105 responses of a collection come with their labels, in any order', (t) =>
  withRuntime(async ({ clock }) => {
    const [slow, fast, gone] = [await Echo.start(), await Echo.start(), await Echo.start()]
    await Echo.stop(gone)
    const requests = GenServer.requests<string>()
    requests
      .add(Echo.sendRequest(slow, 'slow', 100), 'slow')
      .add(Echo.sendRequest(fast, 'echo', 'hi'), 'fast')
      .add(Echo.sendRequest(gone, 'never'), 'gone')
    t.equal(requests.size, 3)
    t.same(
      requests.toArray().map(([, label]) => label),
      ['slow', 'fast', 'gone'],
    )
    const first = await GenServer.receiveResponse(requests)
    const second = await GenServer.receiveResponse(requests)
    t.match(
      [first, second].sort((a, b) => (a.type < b.type ? -1 : 1)),
      [
        { type: 'error', reason: 'noproc', label: 'gone' },
        { type: 'reply', value: 'hi', label: 'fast' },
      ],
    )
    t.same(await GenServer.waitResponse(requests, { timeoutMs: 0 }), { type: 'timeout' })
    t.equal(requests.size, 1)
    const last = GenServer.waitResponse(requests)
    await clock.advance(100)
    t.match(await last, { type: 'reply', value: 100, label: 'slow' })
    t.equal(requests.size, 0)
    t.same(await GenServer.receiveResponse(requests), { type: 'noRequest' })
    t.same(GenServer.checkResponse('any', requests), { type: 'noRequest' })
    const parent = self()
    spawn(function* () {
      send(parent, yield* GenServer.waitResponse(GenServer.requests()))
    })
    t.same(await receive(), { type: 'noRequest' })
  }),
)

t.test('OTP-105 a message is checked against a request or a collection', (t) =>
  withRuntime(async () => {
    const pid = await Echo.start()
    const request = Echo.sendRequest(pid, 'echo', 'one')
    const requests = GenServer.requests<number, string>().add(Echo.sendRequest(pid, 'echo', 'two'), 2)
    t.same(GenServer.checkResponse('unrelated', request), { type: 'noReply' })
    t.same(GenServer.checkResponse({ type: 'response' }, requests), { type: 'noReply' })
    const [one, two] = [await receive(), await receive()]
    t.same(GenServer.checkResponse(two, request), { type: 'noReply' })
    t.same(GenServer.checkResponse(one, requests), { type: 'noReply' })
    t.same(GenServer.checkResponse(one, request), { type: 'reply', value: 'one' })
    t.match(GenServer.checkResponse(two, requests), { type: 'reply', value: 'two', label: 2 })
    t.equal(requests.size, 0)
  }),
)

t.test('a collection that is given up drops every late reply', (t) =>
  withRuntime(async ({ clock }) => {
    const requests = GenServer.requests<number>()
    for (const label of [1, 2]) requests.add(Echo.sendRequest(await Echo.start(), 'slow', 100), label)
    const early = GenServer.receiveResponse(requests, { timeoutMs: 10 })
    await clock.advance(10)
    t.same(await early, { type: 'timeout' })
    await clock.advance(100)
    t.equal(await receive({ afterMs: 0 }), undefined)
    t.equal(requests.size, 0)
  }),
)

t.test('a request belongs to the process that made it', (t) =>
  withRuntime(async () => {
    const pid = await Echo.start()
    const parent = self()
    spawn(function* () {
      send(parent, Echo.sendRequest(pid, 'echo', 'theirs'))
      yield* sleep('infinity')
    })
    const theirs = await receive<PostedCall<string>>()
    t.throws(() => GenServer.receiveResponse(theirs), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => GenServer.requests<number>().add(theirs, 1), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => GenServer.checkResponse('m', 17 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    const mine = Echo.sendRequest(pid, 'echo', 'mine')
    t.throws(() => GenServer.receiveResponse(mine, { timeoutMs: -1 }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a server fetches the answers to its requests in handleInfo', (t) =>
  withRuntime(async ({ clock }) => {
    const Asker = GenServer.define({
      init: (server: Awaited<ReturnType<typeof Echo.start>>) => ({
        answers: [] as unknown[],
        pending: GenServer.requests<string>().add(Echo.sendRequest(server, 'slow', 10), 'slow'),
      }),
      handleCall: { answers: (_: void, state) => reply(state.answers) },
      handleInfo: (message, state) => {
        const response = GenServer.checkResponse(message, state.pending)
        if (response.type !== 'reply') return noReply()
        return noReply({ ...state, answers: [...state.answers, response.label] })
      },
    })
    const pid = await Asker.start(await Echo.start())
    t.same(await Asker.call(pid, 'answers'), [])
    await clock.advance(10)
    t.same(await Asker.call(pid, 'answers'), ['slow'])
  }),
)
