import t from 'tap'
import {
  alias,
  exit,
  GenServer,
  isDown,
  isExit,
  link,
  monitor,
  noReply,
  type Pid,
  Process,
  receive,
  register,
  reply,
  self,
  send,
  sleep,
  spawn,
  spawnMonitor,
  trapExit,
  unlink,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

// What docs/semantics.md promises and no other test here proves.

t.test('nothing of the receiver runs inside send: neither its body, nor its predicate, nor its handler', (t) =>
  withRuntime(async () => {
    let sending = false
    const inside: string[] = []
    const look = (who: string) => {
      if (sending) inside.push(who)
      return true
    }
    const Server = GenServer.define({
      init: () => null,
      handleCall: { ask: () => reply(look('handleCall')) },
      handleInfo: () => {
        look('handleInfo')
        return noReply()
      },
    })
    const server = await Server.start()
    const pids = [
      server,
      spawn(function* () {
        for (;;) look(yield* receive(() => look('generator predicate')))
      }),
      spawn(async () => {
        for (;;) look(await receive(() => look('async predicate')))
      }),
      spawn(async () => {
        for (;;) look(await receive())
      }),
    ]
    await settle()
    for (let round = 0; round < 3; round++) {
      sending = true
      for (const pid of pids) send(pid, 'body')
      const called = Server.call(server, 'ask')
      sending = false
      await called
      await settle()
    }
    t.same(inside, [])
    t.ok(pids.every(Process.isAlive))
  }),
)

t.test('signals of one sender keep their order across kinds', (t) =>
  withRuntime(async () => {
    const me = self()
    trapExit(true)
    const address = alias()
    register(me, 'me')
    const pid = spawn(function* () {
      link(me)
      yield* receive()
      send(me, 1)
      exit(me, 'signal')
      send('me', 2)
      send(address, 3)
      unlink(me)
      link(me)
      send(me, 4)
    })
    const ref = monitor(pid)
    send(pid, 'go')
    await settle()
    const seen: unknown[] = []
    for (let m = await receive({ afterMs: 0 }); m !== undefined; m = await receive({ afterMs: 0 })) {
      seen.push(isExit(m) ? `exit ${m.reason}` : isDown(m, ref) ? `down ${m.reason}` : m)
    }
    t.same(seen, [1, 'exit signal', 2, 3, 4, 'exit normal', 'down normal'])
  }),
)

t.test('a message is shared, not copied', (t) =>
  withRuntime(async () => {
    const message = { list: [1] }
    send(self(), message)
    message.list.push(2)
    t.equal(await receive(), message)
    t.same(message, { list: [1, 2] })
  }),
)

t.test('an async body that gets its message and its end in one turn may be resumed, but can do nothing', (t) =>
  withRuntime(async () => {
    const me = self()
    const log: string[] = []
    const { pid, ref } = spawnMonitor(async () => {
      await receive()
      log.push('resumed')
      try {
        send(me, 'from beyond')
      } finally {
        log.push('and thrown out')
      }
    })
    await settle()
    send(pid, 'last')
    exit(pid, 'kill')
    t.equal(Process.isAlive(pid), false)
    const down = await receive()
    t.ok(isDown(down, ref))
    await settle()
    t.ok(log.length === 0 || log.join() === 'resumed,and thrown out')
    t.equal(await receive({ afterMs: 0 }), undefined, 'nothing came of it')
  }),
)

t.test('self() is right in every kind of code, also after an await', (t) =>
  withRuntime(async () => {
    const me = self()
    const Server = GenServer.define({
      init: async () => {
        const before = self()
        await null
        return { ok: before === self() }
      },
      handleCall: {
        sync: () => reply(self()),
        async: async () => {
          await null
          return reply(self())
        },
        // Not declared `async`: known as asynchronous from its second use on.
        plain: (): Promise<ReturnType<typeof reply<Pid>>> => Promise.resolve().then(() => reply(self())),
        init: (_: void, state) => reply(state.ok),
      },
    })
    const server = await Server.start()
    t.equal(await Server.call(server, 'init'), true)
    t.equal(await Server.call(server, 'sync'), server)
    t.equal(await Server.call(server, 'async'), server)
    await Server.call(server, 'plain')
    t.equal(await Server.call(server, 'plain'), server)
    const pid = spawn(() => Promise.resolve().then(() => send(me, self())))
    t.equal(await receive(), pid, 'a plain body may return a promise')
    t.equal(self(), me)
  }),
)

t.test('a starter that waits looks at none of its messages, and signals reach it all the same', (t) =>
  withRuntime(async ({ clock }) => {
    const Slow = GenServer.define({
      init: async () => {
        await sleep(100)
        return null
      },
    })
    const Starter = GenServer.define({
      init: () => 0,
      handleCall: { count: (_: void, count) => reply(count) },
      handleInfo: async (message, count) => {
        if (message === 'start') await Slow.startLink()
        return noReply(count + 1)
      },
    })
    const pid = await Starter.start()
    for (const message of ['start', 'a', 'b']) send(pid, message)
    await settle()
    t.equal(Process.info(pid, 'messageQueueLength'), 2)
    await clock.advance(100)
    t.equal(await Starter.call(pid, 'count'), 3)
    send(pid, 'start')
    await settle()
    exit(pid, 'boom')
    t.equal(Process.isAlive(pid), false)
  }),
)

t.test('a cycle of calls waits for its timeout', (t) =>
  withRuntime(async ({ clock }) => {
    const Peer = GenServer.define({
      init: () => null,
      handleCall: {
        ask: async (via: readonly Pid[]): Promise<ReturnType<typeof reply<string>>> => {
          const [next, ...rest] = via
          if (next === undefined) return reply('answered')
          try {
            return reply(await GenServer.call(next, 'ask', rest, { timeoutMs: 100 })) as never
          } catch (error) {
            return reply((error as { code: string }).code)
          }
        },
      },
    })
    const [a, b] = [await Peer.start(), await Peer.start()]
    t.equal(await Peer.call(a, 'ask', [b]), 'answered')
    const deadlock = Peer.call(a, 'ask', [b, a])
    await clock.advance(100)
    t.match(await deadlock, /BEAMISH_TIMEOUT/)
  }),
)
