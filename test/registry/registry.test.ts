import t from 'tap'
import {
  type BeamishError,
  exit,
  GenServer,
  isDown,
  link,
  monitor,
  noReply,
  type Pid,
  Process,
  receive,
  register as registerLocally,
  reply,
  StartError,
  Supervisor,
  self,
  send,
  sleep,
  spawn,
  trapExit,
} from '../../src/index.ts'
import { Registry } from '../../src/registry/registry.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

/** A process that registers `keys` and then waits. */
async function holder(registry: string, keys: readonly unknown[], value?: unknown): Promise<Pid> {
  const pid = spawn(function* () {
    for (const key of keys) Registry.register(registry, key, value)
    yield* receive((message) => message === 'stop')
  })
  await settle()
  return pid
}

async function ended(pid: Pid): Promise<unknown> {
  const ref = monitor(pid)
  const { reason } = await receive((message) => isDown(message, ref))
  return reason
}

function codeOf(body: () => unknown): string | undefined {
  try {
    body()
    return undefined
  } catch (error) {
    return (error as BeamishError).code
  }
}

t.test('OTP-192 a unique key has one holder, who alone is found', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'r', keys: 'unique' })
    const first = Registry.register('r', 'hello', 1)
    t.equal(first.type, 'registered')
    t.ok(first.type === 'registered' && Process.isAlive(first.owner))
    t.same(Registry.register('r', 'hello', 2), { type: 'alreadyRegistered', pid: self() })
    const other = spawn(function* () {
      send(yield* receive(), Registry.register('r', 'hello', 3))
      yield* receive()
    })
    send(other, self())
    t.same(await receive(), { type: 'alreadyRegistered', pid: self() })
    t.same(Registry.lookup('r', 'hello'), [{ pid: self(), value: 1 }])
    t.equal(Registry.whereis('r', 'hello'), self())
    t.same(Registry.keys('r', self()), ['hello'])
    t.same(Registry.keys('r', other), [])
    t.same(Registry.values('r', 'hello', self()), [1])
    t.same(Registry.values('r', 'hello', other), [])
    t.equal(Registry.count('r'), 1)
    Registry.register('r', 'world', 4)
    t.same(Registry.keys('r', self()), ['hello', 'world'])
    t.equal(Registry.count('r'), 2)
  }),
)

for (const partitions of [1, 8]) {
  t.test(`unique keys are unique over ${partitions} partitions`, (t) =>
    withRuntime(async () => {
      await Registry.startLink({ name: 'r', keys: 'unique', partitions })
      for (let key = 0; key < 50; key++) t.equal(Registry.register('r', `key ${key}`, key).type, 'registered')
      const other = await holder('r', ['key 1', 'a', 'b'])
      t.same(Registry.keys('r', other).sort(), ['a', 'b'])
      t.equal(Registry.count('r'), 52)
      t.same(Registry.lookup('r', 'key 7'), [{ pid: self(), value: 7 }])
    }),
  )
}

t.test('OTP-193 a duplicate registry keeps every entry, also of the same process', (t) =>
  withRuntime(async () => {
    for (const partitionBy of ['pid', 'key'] as const) {
      const r = `by ${partitionBy}`
      await Registry.startLink({ name: r, keys: 'duplicate', partitions: 4, partitionBy })
      t.equal(Registry.register(r, 'hello', 1).type, 'registered')
      t.equal(Registry.register(r, 'hello', 2).type, 'registered')
      Registry.register(r, 'world', 3)
      t.same(Registry.keys(r, self()).sort(), ['hello', 'hello', 'world'])
      t.same(Registry.values(r, 'hello', self()), [1, 2])
      const other = await holder(r, ['hello'], 4)
      const found = Registry.lookup<number>(r, 'hello')
      t.same(
        found.filter(({ pid }) => pid === self()).map(({ value }) => value),
        [1, 2],
      )
      t.same(
        found.filter(({ pid }) => pid === other).map(({ value }) => value),
        [4],
      )
      t.equal(Registry.count(r), 4)
    }
  }),
)

t.test('OTP-194 nothing is left of a registered process that was killed, in no partition', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'u', keys: 'unique', partitions: 4 })
    await Registry.startLink({ name: 'd', keys: 'duplicate', partitions: 4 })
    Registry.register('d', 'k1', 'mine')
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`)
    const pid = spawn(function* () {
      for (const key of [...keys, 'k1']) Registry.register('d', key)
      for (const key of keys) Registry.register('u', key)
      yield* receive()
    })
    await settle()
    t.equal(Registry.count('u'), 10)
    t.equal(Registry.count('d'), 12)
    exit(pid, 'kill')
    await settle()
    t.equal(Registry.count('u'), 0)
    t.equal(Registry.count('d'), 1)
    t.same(Registry.keys('u', pid), [])
    t.same(Registry.keys('d', pid), [])
    t.same(Registry.lookup('d', 'k1'), [{ pid: self(), value: 'mine' }])
  }),
)

t.test('a dead holder of a unique key does not count, even before its partition knows', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'r', keys: 'unique' })
    const first = await holder('r', ['key', 'other'])
    exit(first, 'kill')
    // Nobody has run since: the partition has the news in its mailbox.
    t.equal(Registry.whereis('r', 'key'), undefined)
    t.same(Registry.lookup('r', 'key'), [])
    t.equal(Registry.register('r', 'key', 'new').type, 'registered')
    await settle()
    t.same(Registry.lookup('r', 'key'), [{ pid: self(), value: 'new' }], 'the clean-up leaves the new entry alone')
    t.equal(Registry.count('r'), 1)
  }),
)

t.test('OTP-195 a process is linked to its partition as long as it has an entry there', (t) =>
  withRuntime(async () => {
    for (const keys of ['unique', 'duplicate'] as const) {
      await Registry.startLink({ name: keys, keys })
      const before = String(Process.info(self(), 'links'))
      const outcome = Registry.register(keys, 'a')
      Registry.register(keys, 'b')
      if (outcome.type !== 'registered') throw new Error('it is free')
      t.ok(Process.info(self(), 'links')?.includes(outcome.owner))
      t.ok(Process.info(outcome.owner, 'links')?.includes(self()))
      Registry.unregister(keys, 'a')
      t.ok(Process.info(self(), 'links')?.includes(outcome.owner), 'one key is left')
      Registry.unregister(keys, 'b')
      t.equal(String(Process.info(self(), 'links')), before)
      t.notOk(Process.info(outcome.owner, 'links')?.includes(self()))
    }
  }),
)

t.test('OTP-196 unregister without an entry of the caller changes nothing', (t) =>
  withRuntime(async () => {
    for (const keys of ['unique', 'duplicate'] as const) {
      await Registry.startLink({ name: keys, keys })
      t.equal(Registry.unregister(keys, 'nobody has it'), 'ok')
      const other = await holder(keys, ['theirs'], 1)
      t.equal(Registry.unregister(keys, 'theirs'), 'ok')
      t.equal(Registry.unregisterMatch(keys, 'theirs', Registry.any), 'ok')
      t.same(Registry.lookup(keys, 'theirs'), [{ pid: other, value: 1 }])
    }
  }),
)

t.test('OTP-197 match, countMatch and unregisterMatch take the entries whose value matches', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'u', keys: 'unique' })
    Registry.register('u', 'hello', { role: 'admin', age: 30, tags: ['a', 'b'] })
    const mine = { pid: self(), value: { role: 'admin', age: 30, tags: ['a', 'b'] } }
    t.same(Registry.match('u', 'hello', { role: 'admin' }), [mine])
    t.same(Registry.match('u', 'hello', { role: 'guest' }), [])
    t.same(Registry.match('u', 'hello', { tags: ['a', Registry.any] }), [mine])
    t.same(Registry.match('u', 'hello', { tags: ['a'] }), [], 'arrays match as long as they are')
    t.same(Registry.match('u', 'hello', { missing: Registry.any }), [])
    t.same(Registry.match('u', 'nobody', Registry.any), [])
    t.equal(
      Registry.countMatch('u', 'hello', Registry.any, (value) => value.age > 29),
      1,
    )
    t.equal(
      Registry.countMatch('u', 'hello', Registry.any, (value) => value.age > 30),
      0,
    )

    await Registry.startLink({ name: 'd', keys: 'duplicate' })
    for (const value of [1, 2, 3, 'three']) Registry.register('d', 'n', value)
    Registry.register('d', 'm', 1)
    await holder('d', ['n'], 2)
    t.equal(Registry.countMatch('d', 'n', 2), 2)
    t.equal(
      Registry.countMatch('d', 'n', (value: unknown) => typeof value === 'number'),
      4,
    )
    Registry.unregisterMatch('d', 'n', 2)
    t.equal(Registry.countMatch('d', 'n', 2), 1, 'the other one belongs to another process')
    Registry.unregisterMatch('d', 'n', Registry.any, (value) => value === 'three')
    t.same(Registry.values('d', 'n', self()), [1, 3])
    t.same(Registry.values('d', 'm', self()), [1], 'other keys are left alone')
    const partition = Process.info(self(), 'links')?.length
    Registry.unregisterMatch('d', 'n', Registry.any)
    t.equal(Process.info(self(), 'links')?.length, partition, 'an entry is left')
    Registry.unregisterMatch('d', 'm', 1)
    t.equal(Process.info(self(), 'links')?.length, Number(partition) - 1, 'and now none')
  }),
)

t.test('OTP-198 select and countSelect project what any of several specifications takes', (t) =>
  withRuntime(async () => {
    for (const keys of ['unique', 'duplicate'] as const) {
      await Registry.startLink({ name: keys, keys, partitions: 3 })
      Registry.register(keys, 'hello', 1)
      Registry.register(keys, 'world', 2)
      const other = await holder(keys, [['room', 7]], 3)
      const names = Registry.select(keys, [
        { key: 'world', select: ({ key, value }) => `${key} ${value}` },
        { key: 'hello', select: ({ key, value }) => `${key} ${value}` },
      ])
      t.same(names.sort(), ['hello 1', 'world 2'])
      t.same(Registry.select(keys, [{ key: ['room', Registry.any] }]), [{ key: ['room', 7], pid: other, value: 3 }])
      t.same(Registry.select(keys, [{ pid: self(), value: 2, select: ({ key }) => key }]), ['world'])
      t.same(Registry.select(keys, [{ where: ({ value }) => value > 2, select: ({ value }) => value }]), [3])
      t.same(Registry.select(keys, []), [])
      t.same(
        Registry.select(keys, [
          { value: 1, select: () => 'first' },
          { key: 'hello', select: () => 'second' },
        ]),
        ['first'],
        'an entry is taken once',
      )
      t.equal(Registry.countSelect(keys, [{}]), 3)
      t.equal(Registry.countSelect(keys, [{ value: 1 }, { value: 3 }, { value: 9 }]), 2)
      for (const malformed of ['all', [7], [{ kee: 1 }], [{ where: true }], [{ select: 'key' }], [[]]] as never[]) {
        t.equal(
          codeOf(() => Registry.select(keys, malformed)),
          'BEAMISH_BAD_ARGUMENT',
        )
        t.equal(
          codeOf(() => Registry.countSelect(keys, malformed)),
          'BEAMISH_BAD_ARGUMENT',
        )
      }
    }
  }),
)

t.test('OTP-199 updateValue changes the own value under a unique key, and nothing else', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'u', keys: 'unique' })
    Registry.register('u', 'mine', 1)
    await holder('u', ['theirs'], 5)
    t.same(
      Registry.updateValue<number>('u', 'mine', (value) => value + 1),
      { type: 'updated', value: 2, previous: 1 },
    )
    t.same(Registry.values('u', 'mine', self()), [2])
    let called = false
    const touch = () => {
      called = true
    }
    t.same(Registry.updateValue('u', 'theirs', touch), { type: 'notRegistered' })
    t.same(Registry.updateValue('u', 'missing', touch), { type: 'notRegistered' })
    t.equal(called, false)
    t.equal(Registry.lookup('u', 'theirs')[0]?.value, 5)
    await Registry.startLink({ name: 'd', keys: 'duplicate' })
    Registry.register('d', 'mine', 1)
    t.equal(
      codeOf(() => Registry.updateValue('d', 'mine', touch)),
      'BEAMISH_BAD_ARGUMENT',
    )
  }),
)

t.test('OTP-200 dispatch calls the function with the entries of a key, in the caller or in tasks', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'u', keys: 'unique' })
    await Registry.startLink({ name: 'd', keys: 'duplicate', partitions: 4 })
    const never = () => t.fail('nobody is registered')
    t.equal(Registry.dispatch('d', 'nobody', never), 'ok')
    t.equal(Registry.dispatch('u', 'nobody', never), 'ok')
    t.same(await Registry.dispatch('d', 'nobody', never, { parallel: true }), [])

    Registry.register('u', 'one', 'value')
    const calls: unknown[] = []
    Registry.dispatch('u', 'one', (entries) => calls.push(entries))
    t.same(calls, [[{ pid: self(), value: 'value' }]])

    const others = await Promise.all([holder('d', ['k'], 1), holder('d', ['k'], 2), holder('d', ['k', 'k'], 3)])
    const serial: string[] = []
    const callers = new Set<Pid>()
    Registry.dispatch<number>('d', 'k', (entries) => {
      callers.add(self())
      for (const { pid, value } of entries) serial.push(`${value} ${pid}`)
    })
    t.equal([...callers].join(), String(self()))
    t.same(serial.sort(), [`1 ${others[0]}`, `2 ${others[1]}`, `3 ${others[2]}`, `3 ${others[2]}`])
    t.throws(
      () =>
        Registry.dispatch('d', 'k', () => {
          throw new Error('mine')
        }),
      { message: 'mine' },
    )

    const linksBefore = String(Process.info(self(), 'links'))
    const parallel = new Map<Pid, number[]>()
    const note = (entries: readonly { readonly value: number }[]) => {
      parallel.set(
        self(),
        entries.map(({ value }) => value),
      )
    }
    const done = await Registry.dispatch<number>('d', 'k', note, { parallel: true })
    t.ok(done.length > 1, 'one task for each partition')
    t.equal(parallel.size, done.length)
    t.notOk(parallel.has(self()), 'not in the caller')
    t.same([...parallel.values()].flat().sort(), [1, 2, 3, 3])
    await settle()
    t.equal(String(Process.info(self(), 'links')), linksBefore)
    t.same(Process.info(self(), 'messages'), [])
  }),
)

const Counter = GenServer.define({
  module: 'Counter',
  init: (start: number) => start,
  handleCall: {
    get: (_: void, count) => reply(count),
  },
  handleInfo: (message: number, count) => noReply(count + message),
})

t.test('OTP-201 via makes a unique registry the place where servers are named', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'servers', keys: 'unique' })
    const name = Registry.via('servers', 'hits')
    t.equal(GenServer.whereis(name), undefined)
    t.throws(() => send(name, 1), { code: 'BEAMISH_BAD_ARGUMENT' })
    const pid = await Counter.startLink(1, { name })
    t.equal(GenServer.whereis(name), pid)
    t.equal(await Counter.call(name, 'get'), 1)
    send(name, 4)
    t.equal(await Counter.call(name, 'get'), 5)
    t.same(await Counter.tryStartLink(0, { name }), { type: 'alreadyStarted', pid })
    await t.rejects(Counter.startLink(0, { name }), { code: 'BEAMISH_ALREADY_STARTED' })
    t.same(Registry.lookup('servers', 'hits'), [{ pid, value: undefined }])

    const valued = await Counter.startLink(2, { name: Registry.via('servers', { user: 7 }, 'attached') })
    t.same(Registry.lookup('servers', { user: 7 }), [{ pid: valued, value: 'attached' }])

    await GenServer.stop(pid)
    t.equal(GenServer.whereis(name), undefined)
    t.not(await Counter.startLink(9, { name }), pid, 'the name can be had again at once')

    await Registry.startLink({ name: 'many', keys: 'duplicate' })
    const wrong = Registry.via('many', 'hits')
    t.throws(() => GenServer.whereis(wrong), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Counter.startLink(0, { name: wrong }), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => send(wrong, 1), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a start that is refused leaves no name in the registry', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'servers', keys: 'unique' })
    const Failing = GenServer.define({
      module: 'Failing',
      init: async (): Promise<number> => {
        await sleep(0)
        throw new Error('no')
      },
    })
    trapExit(true)
    const name = Registry.via('servers', 'failing')
    await t.rejects(Failing.startLink(undefined, { name }), StartError)
    t.equal(Registry.whereis('servers', 'failing'), undefined)
    t.same(Registry.select('servers', [{}]), [])
  }),
)

t.test('OTP-202 listeners are told of register and unregister, not of death', (t) =>
  withRuntime(async () => {
    registerLocally(self(), 'listener')
    await Registry.startLink({ name: 'r', keys: 'unique', listeners: ['listener', 'not there'] })
    await Registry.startLink({ name: 'd', keys: 'duplicate', listeners: ['listener'] })
    Registry.register('r', 'hello', 'value')
    t.same(await receive(), { type: 'register', registry: 'r', key: 'hello', pid: self(), value: 'value' })
    Registry.register('r', 'hello', 'again')
    Registry.unregister('r', 'nothing')
    Registry.unregister('r', 'hello')
    t.same(await receive(), { type: 'unregister', registry: 'r', key: 'hello', pid: self() })
    const pid = await holder('r', ['mortal'], 1)
    t.same(await receive(), { type: 'register', registry: 'r', key: 'mortal', pid, value: 1 })
    exit(pid, 'kill')
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)

    Registry.register('d', 'k', 1)
    Registry.register('d', 'k', 2)
    await receive()
    await receive()
    Registry.unregisterMatch('d', 'k', 1)
    t.equal(await receive({ afterMs: 0 }), undefined, 'an entry is left')
    Registry.unregister('d', 'k')
    t.same(await receive(), { type: 'unregister', registry: 'd', key: 'k', pid: self() })
  }),
)

t.test('OTP-203 an unknown registry and wrong options are argument errors', (t) =>
  withRuntime(async () => {
    const uses: (() => unknown)[] = [
      () => Registry.register('unknown', 'k', 1),
      () => Registry.unregister('unknown', 'k'),
      () => Registry.unregisterMatch('unknown', 'k', 1),
      () => Registry.lookup('unknown', 'k'),
      () => Registry.whereis('unknown', 'k'),
      () => Registry.match('unknown', 'k', 1),
      () => Registry.countMatch('unknown', 'k', 1),
      () => Registry.select('unknown', []),
      () => Registry.countSelect('unknown', []),
      () => Registry.keys('unknown', self()),
      () => Registry.values('unknown', 'k', self()),
      () => Registry.updateValue('unknown', 'k', () => 1),
      () => Registry.dispatch('unknown', 'k', () => {}),
      () => Registry.count('unknown'),
      () => Registry.meta('unknown', 'k'),
      () => Registry.putMeta('unknown', 'k', 1),
      () => Registry.deleteMeta('unknown', 'k'),
      () => Registry.lock('unknown', 'k', () => {}),
      () => GenServer.whereis(Registry.via('unknown', 'k')),
    ]
    for (const use of uses) t.equal(codeOf(use), 'BEAMISH_BAD_ARGUMENT', String(use))
    const wrong = [
      {},
      { name: 'r' },
      { keys: 'unique' },
      { name: 'r', keys: 'set' },
      { name: 'r', keys: ['duplicate', 'thing'] },
      { name: 'r', keys: 'unique', partitionBy: 'pid' },
      { name: 'r', keys: 'duplicate', partitionBy: 'thing' },
      { name: 'r', keys: 'unique', partitions: 0 },
      { name: 'r', keys: 'unique', listeners: [7] },
      { name: 'r', keys: 'unique', meta: 7 },
      { name: 'r', keys: 'unique', kees: 1 },
      { name: 'undefined', keys: 'unique' },
    ] as never[]
    for (const options of wrong) {
      t.equal(
        codeOf(() => Registry.startLink(options)),
        'BEAMISH_BAD_ARGUMENT',
        JSON.stringify(options),
      )
      t.equal(
        codeOf(() => Registry.child(options)),
        'BEAMISH_BAD_ARGUMENT',
        JSON.stringify(options),
      )
    }
    await Registry.startLink({ name: 'known', keys: 'unique' })
    await t.rejects(Registry.startLink({ name: 'known', keys: 'unique' }), { code: 'BEAMISH_ALREADY_STARTED' })
  }),
)

/** A process that takes a lock, says so, and gives it back when it is told to. */
function locker(registry: string, lockKey: unknown, label: string): Pid {
  const parent = self()
  return spawn(function* () {
    yield* Registry.lock(registry, lockKey, function* () {
      send(parent, label)
      const order = yield* receive()
      if (order === 'throw') throw new Error(label)
    })
    send(parent, `${label} after`)
    yield* receive()
  })
}

t.test('OTP-204 a lock is held by one process at a time, in the order of asking', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'r', keys: 'unique', partitions: 2 })
    const news = async () => {
      await settle()
      const [, messages] = Process.info(self(), ['messages'])?.[0] ?? []
      const all = [...(messages ?? [])]
      for (const _ of all) await receive()
      return all
    }
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((label) => locker('r', 'same', label)) as [
      Pid,
      Pid,
      Pid,
      Pid,
      Pid,
    ]
    const other = locker('r', 'different', 'other')
    t.same(new Set(await news()), new Set(['a', 'other']), 'different keys do not wait for each other')
    exit(b, 'kill')
    send(a, 'go')
    t.same(await news(), ['a after', 'c'], 'a dead waiter is skipped')
    send(c, 'throw')
    t.same(await news(), ['d'], 'released by a throw')
    exit(d, 'kill')
    t.same(await news(), ['e'], 'released by the death of the holder')
    send(e, 'go')
    send(other, 'go')
    t.same(new Set(await news()), new Set(['e after', 'other after']))
    t.equal(await Registry.lock('r', 'same', async () => 42), 42, 'it is free, and returns what the body returns')
    t.equal(await Registry.lock('r', ['same'], () => 'sync'), 'sync')
    await t.rejects(
      Registry.lock('r', 'same', () => {
        throw new Error('in the body')
      }),
      { message: 'in the body' },
    )
    t.equal(
      await Registry.lock('r', 'same', () => self()),
      self(),
      'the body runs in the caller, and the lock is free again',
    )
    Registry.register('r', 'same', 1)
    t.same(Registry.lookup('r', 'same'), [{ pid: self(), value: 1 }], 'keys and locks have nothing in common')
  }),
)

t.test('OTP-205 meta is kept, replaced and deleted', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'r', keys: 'unique', meta: { color: 'red' } })
    await Registry.startLink({ name: 'pairs', keys: 'unique', meta: [[['a', 1], 'structured']] })
    t.same(Registry.meta('r', 'color'), { type: 'found', value: 'red' })
    t.same(Registry.meta('pairs', ['a', 1]), { type: 'found', value: 'structured' })
    t.same(Registry.meta('r', 'size'), { type: 'notFound' })
    t.equal(Registry.putMeta('r', 'color', undefined), 'ok')
    t.same(Registry.meta('r', 'color'), { type: 'found', value: undefined }, 'undefined is a value too')
    spawn(() => Registry.putMeta('r', { shape: 1 }, 'round'))
    await settle()
    t.same(Registry.meta('r', { shape: 1 }), { type: 'found', value: 'round' })
    t.equal(Registry.deleteMeta('r', 'color'), 'ok')
    t.equal(Registry.deleteMeta('r', 'color'), 'ok')
    t.same(Registry.meta('r', 'color'), { type: 'notFound' })
  }),
)

t.test('a partition that fails takes its processes along and comes back empty', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'd', keys: 'duplicate', partitions: 2 })
    const pids = await Promise.all(Array.from({ length: 6 }, () => holder('d', ['k'])))
    const trapping = spawn(function* () {
      trapExit(true)
      Registry.register('d', 'k')
      yield* receive((message) => message === 'stop')
    })
    await settle()
    const victims = pids.filter((pid) => pid.id % 2 === 0)
    const partition = Process.info(victims[0] as Pid, 'links')?.[0] as Pid
    exit(partition, 'kill')
    await settle()
    t.ok(victims.every((pid) => !Process.isAlive(pid)))
    t.ok(
      pids.filter((pid) => !victims.includes(pid)).every((pid) => Process.isAlive(pid)),
      'the other partition lives on',
    )
    t.ok(Process.isAlive(trapping))
    t.equal(Registry.count('d'), 3 + (trapping.id % 2))
    t.equal(Registry.register('d', 'k').type, 'registered')
  }),
)

t.test('all partitions of a unique registry start again together', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'u', keys: 'unique', partitions: 2, meta: { kept: 1 } })
    const first = await holder(
      'u',
      Array.from({ length: 20 }, (_, index) => index),
    )
    t.equal(Process.info(first, 'links')?.length, 2)
    exit(Process.info(first, 'links')?.[0] as Pid, 'kill')
    await settle()
    t.equal(Process.isAlive(first), false)
    t.equal(Registry.count('u'), 0)
    t.same(Registry.meta('u', 'kept'), { type: 'found', value: 1 }, 'meta belongs to the registry as a whole')
  }),
)

t.test('a registry is a child of a tree, and gone with it', (t) =>
  withRuntime(async () => {
    const tree = await Supervisor.startLink([
      Registry.child({ name: 'a', keys: 'unique' }),
      [Registry, { name: 'b', keys: 'duplicate' }],
      Registry.child({ name: 'c', keys: 'unique', id: 'third' }),
    ])
    const children = await Supervisor.whichChildren(tree)
    t.same(
      children.map(({ id, type }) => [id, type]),
      [
        ['a', 'supervisor'],
        ['b', 'supervisor'],
        ['third', 'supervisor'],
      ],
    )
    const registered = await holder('a', ['k'])
    const down = ended(registered)
    await Supervisor.stop(tree)
    t.equal(await down, 'shutdown', 'registered processes are linked to it')
    t.throws(() => Registry.lookup('a', 'k'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('other links of a registered process are left alone', (t) =>
  withRuntime(async () => {
    await Registry.startLink({ name: 'r', keys: 'unique' })
    const friend = spawn(() => receive())
    link(friend)
    Registry.register('r', 'k')
    Registry.unregister('r', 'k')
    t.ok(Process.info(self(), 'links')?.includes(friend))
  }),
)
