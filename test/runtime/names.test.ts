import t from 'tap'
import {
  exit,
  GenServer,
  noReply,
  type Pid,
  Process,
  receive,
  register,
  registered,
  reply,
  self,
  send,
  sleep,
  spawn,
  spawnMonitor,
  unregister,
  type ViaModule,
  via,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

function dead(): Pid {
  const pid = spawn(idle)
  exit(pid, 'kill')
  return pid
}

/** The smallest module that resolves names. */
class Book implements ViaModule<string> {
  readonly name = 'Book'
  readonly entries = new Map<string, Pid>()

  registerName(term: string, pid: Pid): 'yes' | 'no' {
    if (this.entries.has(term)) return 'no'
    this.entries.set(term, pid)
    return 'yes'
  }

  unregisterName(term: string): void {
    this.entries.delete(term)
  }

  whereisName(term: string): Pid | undefined {
    const pid = this.entries.get(term)
    return pid !== undefined && Process.isAlive(pid) ? pid : undefined
  }

  send(term: string, message: unknown): void {
    send(this.entries.get(term) as Pid, message)
  }
}

const Echo = GenServer.define({
  module: 'Echo',
  init: () => ({ noted: [] as string[] }),
  handleCall: {
    echo: (value: string) => reply(value),
    noted: (_: void, state) => reply(state.noted),
  },
  handleCast: { note: (value: string, state) => noReply({ noted: [...state.noted, value] }) },
})

t.test('OTP-050 a registered name leads to its process', (t) =>
  withRuntime(async () => {
    t.equal(register(self(), 'me'), true)
    t.equal(whereis('me'), self())
    send('me', 'hello')
    t.equal(await receive(), 'hello')
    t.ok(registered().includes('me'))
    t.equal(unregister('me'), true)
    t.notOk(registered().includes('me'))
    t.equal(whereis('me'), undefined)
  }),
)

t.test('OTP-051 what cannot be registered, and what cannot be unregistered', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    register(pid, 'taken')
    t.throws(() => register(self(), 'taken'), { code: 'BEAMISH_NAME_TAKEN' })
    t.throws(() => register(dead(), 'free'), { code: 'BEAMISH_NOPROC' })
    t.throws(() => register(pid, 'second'), { code: 'BEAMISH_ALREADY_NAMED' })
    for (const name of ['', 'undefined', 'null', 'true', 'false']) {
      t.throws(() => register(self(), name), { code: 'BEAMISH_BAD_ARGUMENT' }, name)
    }
    // @ts-expect-error no name
    t.throws(() => register(self(), 17), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no pid
    t.throws(() => register('taken', 'name'), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => unregister('unknown'), { code: 'BEAMISH_UNKNOWN_NAME' })
    t.same(registered(), ['taken'], 'and nothing has changed')
  }),
)

t.test('OTP-052 a server is started, called, cast to and stopped through via', (t) =>
  withRuntime(async () => {
    const name = via(new Book(), 'room:1')
    const pid = await Echo.start(undefined, { name })
    t.equal(whereis(name), pid)
    t.equal(await Echo.call(name, 'echo', 'hi'), 'hi')
    Echo.cast(name, 'note', 'this')
    t.same(await Echo.call(name, 'noted'), ['this'])
    t.same(await Echo.tryStart(undefined, { name }), { type: 'alreadyStarted', pid })
    t.equal(await Echo.stop(name), 'ok')
    t.equal(whereis(name), undefined)
  }),
)

t.test('OTP-053 a name that is none is refused in the starter, before anything is spawned', (t) =>
  withRuntime(async ({ runtime }) => {
    const before = runtime.size
    for (const name of [17, '', {}, ['global', 'x'], true]) {
      t.throws(() => Echo.start(undefined, { name: name as string }), { code: 'BEAMISH_BAD_ARGUMENT', message: /name/ })
    }
    t.throws(() => via({} as Book, 'x'), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.equal(runtime.size, before)
    for (const name of [null, undefined]) {
      const pid = await Echo.start(undefined, { name })
      t.equal(Process.info(pid, 'registeredName'), null)
    }
  }),
)

t.test('OTP-054 whereis of a pid, a name, a via name and what is unknown', (t) =>
  withRuntime(async () => {
    const book = new Book()
    const pid = await Echo.start(undefined, { name: 'echo' })
    const other = await Echo.start(undefined, { name: via(book, 'other') })
    t.equal(whereis(pid), pid)
    t.equal(whereis('echo'), pid)
    t.equal(whereis(via(book, 'other')), other)
    t.equal(GenServer.whereis('echo'), pid)
    t.equal(whereis('unknown'), undefined)
    t.equal(whereis(via(book, 'unknown')), undefined)
    t.equal(whereis(dead()), undefined)
  }),
)

t.test('a name is taken before init runs, and messages to it wait', (t) =>
  withRuntime(async ({ clock }) => {
    const Slow = GenServer.define({
      init: async () => {
        await sleep(10)
        return { seen: [] as unknown[] }
      },
      handleCall: { seen: (_: void, state) => reply(state.seen) },
      handleInfo: (message, state) => noReply({ seen: [...state.seen, message] }),
    })
    const starting = Slow.start(undefined, { name: 'slow' })
    await settle()
    send('slow', 'early')
    t.match(await Slow.tryStart(undefined, { name: 'slow' }), { type: 'alreadyStarted' })
    await clock.advance(10)
    const pid = await starting
    t.same(await Slow.call(pid, 'seen'), ['early'])
  }),
)

t.test('of two starts at once with one name, one wins and the other is told who', (t) =>
  withRuntime(async ({ runtime }) => {
    const before = runtime.size
    const [one, other] = await Promise.all([
      Echo.tryStart(undefined, { name: 'both' }),
      Echo.tryStart(undefined, { name: 'both' }),
    ])
    t.equal(one.type, 'started')
    t.match(other, { type: 'alreadyStarted', pid: whereis('both') })
    await settle()
    t.equal(runtime.size, before + 1, 'the loser is gone')
  }),
)

t.test('a name that is moved leads to its new process', (t) =>
  withRuntime(async () => {
    const { pid, ref } = spawnMonitor(idle)
    register(pid, 'moved')
    exit(pid, 'r')
    await receive((m) => m.ref === ref)
    register(self(), 'moved')
    send('moved', 'here')
    t.equal(await receive(), 'here')
  }),
)

t.test('what a via module throws, starts, calls and sends throw, and a cast drops', (t) =>
  withRuntime(async ({ runtime }) => {
    const broken = via(
      Object.assign(new Book(), {
        whereisName: () => {
          throw new Error('broken')
        },
        send: () => {
          throw new Error('broken')
        },
      }),
      'x',
    )
    const before = runtime.size
    await t.rejects(async () => await Echo.start(undefined, { name: broken }), { message: 'broken' })
    await t.rejects(async () => await Echo.call(broken, 'echo', 'hi'), { message: 'broken' })
    t.throws(() => send(broken, 'hi'), { message: 'broken' })
    t.equal(Echo.cast(broken, 'note', 'hi'), undefined)
    await settle()
    t.equal(runtime.size, before)
    t.equal(runtime.timers.size, 0, 'the call left no timer')
  }),
)
