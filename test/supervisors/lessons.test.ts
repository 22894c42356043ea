import t from 'tap'
import {
  DynamicSupervisor,
  GenServer,
  monitor,
  noReply,
  type Pid,
  Process,
  receive,
  reply,
  Supervisor,
  sleep,
  spawn,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { contexts, killed, pidOf, worker } from './children.ts'

t.test('LS-01 a supervised init that throws leaves nobody behind, and everybody is told', (t) =>
  withRuntime(async ({ clock, reports, runtime }) => {
    trapExit(true)
    const Late = GenServer.define({
      module: 'Late',
      init: async () => {
        await sleep(10)
        throw new RangeError('no disk')
      },
    })
    const processes = runtime.size
    const spec = { id: 'late', start: () => Late.startLink(undefined, { name: 'late' }) }
    const start = {
      first: () => Supervisor.tryStartLink([spec]),
      added: async () => Supervisor.startChild(await Supervisor.start([], { name: 'tree' }), spec),
      dynamic: async () => DynamicSupervisor.startChild(await DynamicSupervisor.start({ name: 'dynamic' }), spec),
    }
    for (const [how, attempt] of Object.entries(start)) {
      const outcome = attempt()
      await settle()
      const ref = monitor('late')
      await clock.advance(10)
      t.match(await outcome, { type: 'refused' }, `the starter is told: ${how}`)
      const down = await receive((message) => message.ref === ref, { afterMs: 0 })
      t.match(down, { reason: { type: 'error', error: { message: 'no disk' } } }, 'the watcher is told')
      t.equal(whereis('late'), undefined, 'its name is free')
    }
    t.equal(runtime.size, processes + 2, 'only the two supervisors are left')
    t.match(await Supervisor.countChildren('tree'), { specs: 0 })
    t.match(await DynamicSupervisor.countChildren('dynamic'), { specs: 0 })
    t.equal(reports.filter((report) => report.type === 'crash').length, 3, 'and the log')
  }),
)

t.test('LS-02 a supervisor that waits for its last child rests, however many messages are queued', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const supervisor = await Supervisor.startLink([worker([], 'slow', { stopMs: 1000 })])
    const stopping = Supervisor.stop(supervisor)
    await settle()
    for (let i = 0; i < 1000; i++) GenServer.cast(supervisor, 'queued')
    const before = Process.info(supervisor, 'reductions')
    await settle()
    await clock.advance(500)
    t.equal(runtime.scheduler.runnable, 0)
    t.equal(Process.info(supervisor, 'reductions'), before)
    t.equal(Process.info(supervisor, 'messageQueueLength'), 1000)
    await clock.advance(500)
    t.equal(await stopping, 'ok')
  }),
)

t.test('LS-03 every restart of a crash loop is reported as an error, and so is its end', (t) =>
  withRuntime(async ({ reports }) => {
    trapExit(true)
    const supervisor = await Supervisor.startLink([worker([], 'loop')], { maxRestarts: 3 })
    for (let i = 0; i < 3; i++) await killed(await pidOf(supervisor, 'loop'))
    const last = await pidOf(supervisor, 'loop')
    await killed(last)
    t.match(await receive(), { type: 'exit', from: supervisor, reason: 'shutdown' })
    t.same(contexts(reports), [...Array(4).fill('childTerminated loop'), 'shutdown loop'])
    const errors = reports.filter((report) => report.type === 'supervisor')
    t.ok(errors.every((report) => report.level === 'error'))
    t.match(errors.at(-1), {
      reason: 'reachedMaxRestartIntensity',
      offender: { pid: last, id: 'loop', start: 'GenServer Worker' },
    })
  }),
)

t.test('LS-04 supervisors do not share a budget of restarts', (t) =>
  withRuntime(async () => {
    const Room = Supervisor.define({
      module: 'Room',
      init: (id: string) => ({ children: [worker([], id)], maxRestarts: 1 }),
    })
    const ids = ['a', 'b', 'c']
    const children = ids.map((id) => ({
      id,
      start: () => Room.startLink(id, { name: id }),
      type: 'supervisor' as const,
    }))
    const top = await Supervisor.startLink(children, { maxRestarts: 0 })
    const before = await Supervisor.whichChildren(top)
    for (const id of ids) await killed(await pidOf(id, id))
    await settle()
    t.same(await Supervisor.whichChildren(top), before, 'one restart each: nobody gave up')
    for (const id of ids) t.match(await Supervisor.countChildren(id), { active: 1 })
  }),
)

t.test('LS-13 a restarted child has an empty mailbox: what waited is dropped, and callers are told', (t) =>
  withRuntime(async () => {
    const seen: string[] = []
    const Taker = GenServer.define({
      module: 'Taker',
      init: () => ({}),
      handleCall: { get: () => reply('answer') },
      handleCast: {
        take: (what: string) => {
          seen.push(what)
          return noReply()
        },
        block: async () => {
          await sleep('infinity')
          return noReply()
        },
      },
    })
    const supervisor = await Supervisor.startLink([[Taker, undefined, { name: 'taker' }]])
    const first = whereis('taker') as Pid
    Taker.cast('taker', 'take', 'before')
    Taker.cast('taker', 'block')
    for (let i = 0; i < 10; i++) Taker.cast('taker', 'take', `waiting ${i}`)
    let failure: unknown
    spawn(async () => {
      failure = await Taker.call('taker', 'get').catch((error) => error)
    })
    await settle()
    t.equal(Process.info(first, 'messageQueueLength'), 11)
    await killed(first)
    t.not(await pidOf(supervisor, Taker), first)
    Taker.cast('taker', 'take', 'after')
    t.equal(await Taker.call('taker', 'get'), 'answer')
    t.same(seen, ['before', 'after'])
    t.match(failure, { code: 'BEAMISH_EXIT', reason: { reason: 'killed' } })
  }),
)
