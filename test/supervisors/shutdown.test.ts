import t from 'tap'
import {
  exit,
  GenServer,
  monitor,
  type Pid,
  Process,
  receive,
  type ShutdownRule,
  Supervisor,
  self,
  send,
  sleep,
  spawnLink,
  trapExit,
  unlink,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { contexts, ended, pidOf, Worker, worker } from './children.ts'

/** A child that traps exits and does not care about them. */
const stuck = () =>
  spawnLink(function* () {
    trapExit(true)
    for (;;) yield* receive()
  })
/** A child that dies of the first exit signal. */
const plain = () => spawnLink(() => new Promise(() => {}))

/** A supervisor of one child, and the monitor on it. */
async function watched(start: () => Pid, shutdown: ShutdownRule) {
  const supervisor = await Supervisor.startLink([{ id: 1, start, shutdown }])
  const ref = monitor(await pidOf(supervisor, 1))
  await settle() // the child has set its flag
  const reason = async () => (await receive((message) => message.ref === ref, { afterMs: 0 }))?.reason
  return { supervisor, reason }
}

t.test('OTP-145 brutalKill kills, and a child that cooperates ends with shutdown', (t) =>
  withRuntime(async ({ reports }) => {
    const cases: [() => Pid, ShutdownRule, string][] = [
      [stuck, 'brutalKill', 'killed'],
      [plain, 'brutalKill', 'killed'],
      [plain, 100, 'shutdown'],
      [plain, 'infinity', 'shutdown'],
    ]
    for (const [start, rule, expected] of cases) {
      const { supervisor, reason } = await watched(start, rule)
      t.equal(await Supervisor.stop(supervisor), 'ok')
      t.equal(await reason(), expected, String(rule))
    }
    t.same(contexts(reports), [])
  }),
)

t.test('OTP-145 a child that traps exits and is stuck is killed when its time is up', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const { supervisor, reason } = await watched(stuck, 100)
    const stopping = Supervisor.stop(supervisor)
    await clock.advance(99)
    t.equal(await reason(), undefined)
    await clock.advance(1)
    t.equal(await reason(), 'killed')
    t.equal(await stopping, 'ok')
    t.match(reports.at(-1), { type: 'supervisor', context: 'shutdownError', reason: 'killed' })
  }),
)

t.test('a shutdown of 0 ms still tells the child first', (t) =>
  withRuntime(async ({ clock }) => {
    const { supervisor, reason } = await watched(plain, 0)
    await Supervisor.stop(supervisor)
    t.equal(await reason(), 'shutdown')
    const late = await watched(stuck, 0)
    const stopping = Supervisor.stop(late.supervisor)
    await clock.advance(0)
    await stopping
    t.equal(await late.reason(), 'killed')
  }),
)

t.test('OTP-146 children that end by themselves while the supervisor stops keep their own reasons', (t) =>
  withRuntime(async ({ clock, reports }) => {
    trapExit(true)
    const reasons = ['normal', 'shutdown', 'odd', 'kill']
    const children = [...reasons.map((reason) => ({ id: reason, start: plain })), worker([], 'slow', { stopMs: 50 })]
    const supervisor = await Supervisor.startLink(children)
    const monitors = new Map<unknown, string>()
    for (const reason of reasons) monitors.set(monitor(await pidOf(supervisor, reason)), reason)
    const pids = await Promise.all(reasons.map((reason) => pidOf(supervisor, reason)))
    const top = monitor(supervisor)
    exit(supervisor, 'shutdown')
    await settle()
    for (const [index, reason] of reasons.entries()) {
      const pid = pids[index] as Pid
      if (reason === 'normal') continue // it ends by the supervisor's own signal
      exit(pid, reason)
    }
    await clock.advance(50)
    for (const [ref, reason] of monitors) {
      const down = await receive((message) => message.ref === ref)
      t.equal(down.reason, { normal: 'shutdown', kill: 'killed' }[reason] ?? reason)
    }
    t.match(await receive((message) => message.ref === top), { reason: 'shutdown' })
    t.same(contexts(reports), ['shutdownError kill', 'shutdownError odd'], 'in reverse order')
  }),
)

t.test('a supervisor ends with the reason of its parent, also with normal', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const parent = spawnLink(async () => {
      const supervisor = await Supervisor.startLink([worker(journal, 1)])
      send(await receive(), supervisor)
      await receive()
    })
    send(parent, self())
    const supervisor: Pid = await receive()
    const ref = monitor(supervisor)
    send(parent, 'return')
    t.match(await receive((message) => message.ref === ref), { reason: 'normal' })
    t.same(journal, ['1 up', '1 down'])
  }),
)

t.test('a supervisor that is killed takes its children with it, in no order', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const supervisor = await Supervisor.startLink([{ id: 1, start: plain }])
    const ref = monitor(await pidOf(supervisor, 1))
    exit(supervisor, 'kill')
    t.match(await receive((message) => message.ref === ref), { reason: 'killed' })
  }),
)

t.test('a child that unlinked itself is still stopped', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([])
    const start = () =>
      spawnLink(async () => {
        unlink(supervisor)
        await sleep('infinity')
      })
    await Supervisor.startChild(supervisor, { id: 1, start })
    await settle()
    const pid = await pidOf(supervisor, 1)
    t.same(Process.info(pid, 'links'), [])
    t.same(await Supervisor.terminateChild(supervisor, 1), { type: 'ok' })
    t.equal(Process.isAlive(pid), false)
  }),
)

t.test('a child that is dead before it is stopped gives its own reason, and no restart follows', (t) =>
  withRuntime(async ({ reports }) => {
    const supervisor = await Supervisor.startLink([worker([], 1)])
    const pid = await pidOf(supervisor, 1)
    const stopped = Supervisor.terminateChild(supervisor, 1) // in the mailbox before the exit of the child
    exit(pid, 'kill')
    t.same(await stopped, { type: 'ok' })
    await settle()
    t.match(await Supervisor.countChildren(supervisor), { specs: 1, active: 0 })
    t.match(reports.at(-1), { context: 'shutdownError', reason: 'killed' })
  }),
)

t.test('while a child is being stopped other requests wait, and are answered afterwards', (t) =>
  withRuntime(async ({ clock }) => {
    const supervisor = await Supervisor.startLink([worker([], 1, { stopMs: 100 })])
    const stopped = Supervisor.terminateChild(supervisor, 1)
    const counted = Supervisor.countChildren(supervisor)
    let answered = false
    counted.then(() => {
      answered = true
    })
    await clock.advance(99)
    t.equal(answered, false)
    await clock.advance(1)
    t.same(await stopped, { type: 'ok' })
    t.match(await counted, { active: 0 })
  }),
)

t.test('normal and shutdown(detail) are in order for a child that is not permanent', (t) =>
  withRuntime(async ({ reports }) => {
    // Its last words end it with a reason of their own.
    const Own = GenServer.define({
      module: 'Own',
      init: (reason: unknown) => {
        trapExit(true)
        return reason
      },
      terminate: (_, reason) => exit(reason),
    })
    const start = (reason: unknown) => () => Own.startLink(reason)
    const detail = { type: 'shutdown', detail: 'bye' }
    const children = [
      { id: 'permanent', start: start(detail) },
      { id: 'transient', start: start(detail), restart: 'transient' as const },
      { id: 'temporary', start: start('normal'), restart: 'temporary' as const },
      { id: 'odd', start: start('odd'), restart: 'temporary' as const },
    ]
    await Supervisor.stop(await Supervisor.startLink(children))
    t.same(contexts(reports), ['shutdownError odd', 'shutdownError permanent'])
  }),
)

t.test('a stop that is over in time leaves no timer', (t) =>
  withRuntime(async ({ runtime }) => {
    trapExit(true)
    const supervisor = await Supervisor.startLink([
      { id: 1, start: () => Worker.startLink({ id: 1, journal: [], stopMs: 0 }) },
    ])
    t.equal(await ended(supervisor, 'shutdown'), 'shutdown')
    t.equal(runtime.timers.size, 0)
  }),
)
