import t from 'tap'
import {
  demonitor,
  exit,
  isDown,
  makeRef,
  monitor,
  type Pid,
  Process,
  Runtime,
  receive,
  register,
  self,
  send,
  spawn,
  spawnMonitor,
  unalias,
  unregister,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

function dead(): Pid {
  const pid = spawn(idle)
  exit(pid, 'kill')
  return pid
}

/** Whatever has arrived by now. */
async function arrived(): Promise<unknown[]> {
  await settle()
  const messages: unknown[] = []
  for (let message = await receive({ afterMs: 0 }); message !== undefined; message = await receive({ afterMs: 0 })) {
    messages.push(message)
  }
  return messages
}

t.test('OTP-038 a monitor tells of the end, once', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const ref = monitor(pid)
    exit(pid, 'r')
    exit(pid, 'again')
    t.same(await arrived(), [{ type: 'down', ref, object: pid, reason: 'r' }])
  }),
)

t.test('OTP-039 a monitor of nobody tells noproc at once, as a message', (t) =>
  withRuntime(async ({ runtime }) => {
    const pid = dead()
    const byPid = monitor(pid)
    const byName = monitor('nobody')
    t.same(await arrived(), [
      { type: 'down', ref: byPid, object: pid, reason: 'noproc' },
      { type: 'down', ref: byName, object: { name: 'nobody', node: runtime.node }, reason: 'noproc' },
    ])
  }),
)

t.test('OTP-040 monitors of one process are independent', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const refs = [monitor(pid), monitor(pid), monitor(pid), monitor(pid)]
    exit(pid, 'r')
    const downs = (await arrived()) as { ref: unknown }[]
    t.same(
      downs.map((down) => down.ref),
      refs,
    )
    t.equal(new Set(refs).size, 4)
  }),
)

t.test('OTP-041 a monitor by name names the name, and ends with its owner', (t) =>
  withRuntime(async ({ runtime }) => {
    const pid = spawn(idle)
    register(pid, 'watched')
    const ref = monitor('watched')
    const other = spawn(function* () {
      monitor(pid)
      yield* receive()
    })
    await settle()
    t.same(Process.info(self(), 'monitors'), [{ name: 'watched', node: runtime.node }])
    t.ok(Process.info(pid, 'monitoredBy')?.includes(other))
    exit(other, 'kill')
    t.notOk(Process.info(pid, 'monitoredBy')?.includes(other))
    unregister('watched') // the monitor stays with the process
    exit(pid, 'r')
    t.same(await arrived(), [{ type: 'down', ref, object: { name: 'watched', node: runtime.node }, reason: 'r' }])
  }),
)

t.test('OTP-042 after demonitor nothing is added, and what is there stays', (t) =>
  withRuntime(async () => {
    const early = spawn(idle)
    t.equal(demonitor(monitor(early)), true)
    exit(early, 'r')
    t.same(await arrived(), [])
    const late = spawn(idle)
    const ref = monitor(late)
    exit(late, 'r')
    t.equal(demonitor(ref), true)
    t.ok(isDown((await arrived())[0], ref))
    const flushed = spawn(idle)
    const gone = monitor(flushed)
    send(self(), 'kept')
    exit(flushed, 'r')
    t.equal(demonitor(gone, { flush: true }), true)
    t.same(await arrived(), ['kept'])
  }),
)

t.test('OTP-043 demonitor of what is no monitor of mine is no error', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const ref = monitor(pid)
    t.equal(demonitor(ref), true)
    t.equal(demonitor(ref), true)
    t.equal(demonitor(makeRef()), true)
    const parent = self()
    spawn(function* () {
      send(parent, monitor(pid))
      yield* receive()
    })
    const theirs = await receive()
    t.equal(demonitor(theirs), true)
    t.equal(demonitor(theirs, { info: true }), false)
    t.equal(Process.info(pid, 'monitoredBy')?.length, 1, 'and it is still theirs')
    // @ts-expect-error no reference
    t.throws(() => demonitor('ref'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('OTP-044 demonitor says on demand whether there was a monitor', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const ref = monitor(pid)
    t.equal(demonitor(ref, { info: true }), true)
    t.equal(demonitor(ref, { info: true }), false)
    const fired = monitor(pid)
    exit(pid, 'r')
    t.equal(demonitor(fired, { info: true, flush: true }), false)
    t.same(await arrived(), [])
  }),
)

t.test('OTP-045 spawnMonitor tells the real reason of a body that ends at once', (t) =>
  withRuntime(async () => {
    const { pid, ref } = spawnMonitor(() => exit('at once'))
    t.same(await arrived(), [{ type: 'down', ref, object: pid, reason: 'at once' }])
  }),
)

t.test('OTP-046 a tag takes the place of down', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const tag = Symbol('mine')
    const alive = monitor(pid, { tag })
    const gone = monitor('nobody', { tag: 'lost' })
    exit(pid, 'r')
    t.match(await arrived(), [
      { type: 'lost', ref: gone, reason: 'noproc' },
      { type: tag, ref: alive, object: pid, reason: 'r' },
    ])
    const flushed = monitor(pid, { tag })
    demonitor(flushed, { flush: true })
    t.same(await arrived(), [])
  }),
)

t.test('OTP-049 an alias of a monitor ends with the monitor', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const ref = monitor(pid, { alias: 'demonitor' })
    send(ref, 'one')
    demonitor(ref)
    send(ref, 'two')
    t.same(await arrived(), ['one'])
    const fired = monitor(pid, { alias: 'demonitor' })
    exit(pid, 'r')
    send(fired, 'late')
    t.match(await arrived(), [{ type: 'down', ref: fired }])
  }),
)

t.test('the other kinds of alias of a monitor', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const lasting = monitor(pid, { alias: 'explicitUnalias' })
    demonitor(lasting)
    send(lasting, 'survives demonitor')
    t.same(await arrived(), ['survives demonitor'])
    t.equal(unalias(lasting), true)
    send(lasting, 'lost')
    const reply = monitor(pid, { alias: 'replyDemonitor' })
    send(reply, 'reply')
    send(reply, 'second')
    exit(pid, 'r')
    t.same(await arrived(), ['reply'], 'the first message ended alias and monitor')
    // @ts-expect-error no such mode
    t.throws(() => monitor(self(), { alias: 'forever' }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a monitor on oneself never fires; using disposes of one', (t) =>
  withRuntime(async () => {
    const ref = monitor(self())
    t.equal(demonitor(ref, { info: true }), false)
    const pid = spawn(idle)
    {
      using watched = monitor(pid, { alias: 'demonitor' })
      send(watched, 'kept')
      exit(pid, 'r')
    }
    t.same(await arrived(), ['kept'])
    t.equal((ref as unknown as { receiver: unknown }).receiver, undefined)
    // @ts-expect-error no target
    t.throws(() => monitor(17), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('LS-05 a monitor on a pid of another node is answered, never forgotten', async (t) => {
  const elsewhere = new Runtime({ node: 'elsewhere', reporter: () => {} })
  const pid = elsewhere.spawn({ run() {} }, elsewhere.main).pid
  elsewhere[Symbol.dispose]()
  await withRuntime(async ({ runtime }) => {
    const ref = monitor(pid)
    const byName = monitor({ name: 'server', node: 'elsewhere' })
    t.match(await arrived(), [
      { type: 'down', ref, object: pid, reason: 'noconnection' },
      { type: 'down', ref: byName, object: { name: 'server', node: 'elsewhere' }, reason: 'noconnection' },
    ])
    const asked: unknown[] = []
    runtime.nodeLink = {
      ...runtime.nodeLink,
      monitor: (_ref, to) => asked.push(to),
      demonitor: (_ref, to) => asked.push(to),
    }
    const plugged = monitor(pid)
    demonitor(plugged)
    t.same(asked, [pid, pid], 'a cluster is asked for both')
  })
})
