import t from 'tap'
import {
  exit,
  GenServer,
  monitor,
  type Pid,
  Process,
  type Restart,
  receive,
  type Strategy,
  Supervisor,
  shutdown,
  spawnLink,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { childOf, contexts, ended, killed, pidOf, worker } from './children.ts'

const STRATEGIES: readonly Strategy[] = ['oneForOne', 'oneForAll', 'restForOne']
const NORMAL_ENDS = ['normal', 'shutdown', shutdown('done')]

/** Lets child `id` end by itself with `reason`, and the supervisor see it. */
async function end(supervisor: Pid, id: unknown, reason: unknown): Promise<void> {
  const pid = await pidOf(supervisor, id)
  const ref = monitor(pid)
  GenServer.cast(pid, 'end', reason)
  await receive((message) => message.ref === ref)
}

/** A child that starts `starts` times, and then refuses for ever. */
function failing(id: unknown, starts: number, restart: Restart = 'permanent') {
  const attempts = { count: 0 }
  const start = () => {
    if (++attempts.count > starts) return { type: 'refused', reason: `attempt ${attempts.count}` } as const
    return spawnLink(() => new Promise(() => {}))
  }
  return { attempts, spec: { id, start, restart } as const }
}

t.test('OTP-138 a permanent child is restarted however it ended', (t) =>
  withRuntime(async ({ reports }) => {
    const supervisor = await Supervisor.startLink([worker([], 1)])
    for (const reason of ['normal', 'shutdown', 'odd']) {
      const before = await pidOf(supervisor, 1)
      await end(supervisor, 1, reason)
      t.not(await pidOf(supervisor, 1), before, reason)
    }
    t.same(contexts(reports), ['childTerminated 1', 'childTerminated 1', 'childTerminated 1'])
  }),
)

t.test('OTP-139 a transient child is restarted after an abnormal end only', (t) =>
  withRuntime(async ({ reports }) => {
    const supervisor = await Supervisor.startLink([worker([], 1, { restart: 'transient' })])
    for (const reason of NORMAL_ENDS) {
      await end(supervisor, 1, reason)
      t.equal(await childOf(supervisor, 1), undefined)
      t.match(await Supervisor.restartChild(supervisor, 1), { type: 'started' })
    }
    t.same(contexts(reports), [])
    const before = await pidOf(supervisor, 1)
    await end(supervisor, 1, 'odd')
    t.not(await pidOf(supervisor, 1), before)
    t.same(contexts(reports), ['childTerminated 1'])
  }),
)

t.test('OTP-140 a temporary child is never restarted, and forgotten', (t) =>
  withRuntime(async ({ reports }) => {
    const supervisor = await Supervisor.startLink([])
    for (const reason of [...NORMAL_ENDS, 'odd']) {
      await Supervisor.startChild(supervisor, worker([], 1, { restart: 'temporary' }))
      await end(supervisor, 1, reason)
      t.same(await Supervisor.whichChildren(supervisor), [])
    }
    t.same(contexts(reports), ['childTerminated 1'], 'only the abnormal end is reported')
  }),
)

t.test('OTP-141 oneForOne: only the child that crashed is replaced', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([worker([], 1), worker([], 2)])
    const [first, second] = [await pidOf(supervisor, 1), await pidOf(supervisor, 2)]
    await killed(first)
    t.not(await pidOf(supervisor, 1), first)
    t.equal(await pidOf(supervisor, 2), second)
  }),
)

t.test('OTP-142 oneForAll: the others are stopped in reverse order and all start again in order', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const children = [worker(journal, 1), worker(journal, 2), worker(journal, 3)]
    const supervisor = await Supervisor.startLink(children, { strategy: 'oneForAll' })
    const before = (await Supervisor.whichChildren(supervisor)).map(({ child }) => child)
    journal.length = 0
    await killed(await pidOf(supervisor, 2))
    const after = (await Supervisor.whichChildren(supervisor)).map(({ child }) => child)
    t.same(journal, ['3 down', '1 down', '1 up', '2 up', '3 up'])
    t.equal(new Set([...before, ...after]).size, 6, 'six processes')
  }),
)

t.test('OTP-143 restForOne: the children after the one that crashed are stopped, and start again with it', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const children = [worker(journal, 1), worker(journal, 2), worker(journal, 3)]
    const supervisor = await Supervisor.startLink(children, { strategy: 'restForOne' })
    const [first, second, third] = [await pidOf(supervisor, 1), await pidOf(supervisor, 2), await pidOf(supervisor, 3)]
    journal.length = 0
    await killed(second)
    t.equal(await pidOf(supervisor, 1), first)
    t.not(await pidOf(supervisor, 2), second)
    t.not(await pidOf(supervisor, 3), third)
    t.same(journal, ['3 down', '2 up', '3 up'])
  }),
)

t.test('a group restart starts what had finished or was stopped, and forgets what is temporary', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const children = [
      worker(journal, 'finished', { restart: 'transient' }),
      worker(journal, 'stopped'),
      worker(journal, 'temporary', { restart: 'temporary' }),
      worker(journal, 'crashing'),
    ]
    const supervisor = await Supervisor.startLink(children, { strategy: 'oneForAll' })
    await end(supervisor, 'finished', 'normal')
    await Supervisor.terminateChild(supervisor, 'stopped')
    journal.length = 0
    await killed(await pidOf(supervisor, 'crashing'))
    t.match(await Supervisor.countChildren(supervisor), { specs: 3, active: 3 })
    t.same(journal, ['temporary down', 'finished up', 'stopped up', 'crashing up'])
  }),
)

t.test('siblings that crash together are one restart of the group', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink(
      [1, 2, 3].map((id) => worker([], id)),
      { strategy: 'oneForAll', maxRestarts: 1 },
    )
    for (const { child } of await Supervisor.whichChildren(supervisor)) exit(child as Pid, 'kill')
    t.match(await Supervisor.countChildren(supervisor), { active: 3 })
  }),
)

t.test(
  'OTP-144 a child whose restart always fails: the supervisor gives up, stops the siblings and exits shutdown',
  async (t) => {
    for (const strategy of STRATEGIES) {
      await withRuntime(async ({ reports }) => {
        trapExit(true)
        const journal: string[] = []
        const { attempts, spec } = failing('bad', 1)
        const children = [worker(journal, 1), spec, worker(journal, 3)]
        const supervisor = await Supervisor.startLink(children, { strategy, maxRestarts: 4 })
        exit(await pidOf(supervisor, 'bad'), 'kill')
        t.match(await receive(), { type: 'exit', from: supervisor, reason: 'shutdown' }, strategy)
        t.equal(attempts.count, 5, 'the start and four restarts')
        t.same(
          contexts(reports),
          ['childTerminated bad', ...Array(4).fill('startError bad'), 'shutdown bad'],
          'every failure is reported, and the end',
        )
        const count = (entry: string) => journal.filter((each) => each === entry).length
        t.equal(count('1 up'), count('1 down'), 'the first sibling is stopped as often as started')
        t.equal(count('3 up'), count('3 down'))
        t.equal(count('1 up'), strategy === 'oneForAll' ? 5 : 1)
        t.equal(count('3 up'), 1, 'nothing after the failing child starts again')
      })
    }
  },
)

t.test('a failed group restart goes on from the child that failed', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    let fails = 0
    const weak = {
      id: 'weak',
      start: () => {
        if (fails-- > 0) return { type: 'refused', reason: 'weak' } as const
        journal.push('weak up')
        return spawnLink(() => new Promise(() => {}))
      },
    }
    const children = [worker(journal, 1), worker(journal, 2), weak, worker(journal, 4)]
    const supervisor = await Supervisor.startLink(children, { strategy: 'restForOne', maxRestarts: 10 })
    journal.length = 0
    fails = 2
    await killed(await pidOf(supervisor, 2))
    await settle()
    t.match(await Supervisor.countChildren(supervisor), { active: 4 })
    t.same(journal, ['4 down', '2 up', 'weak up', '4 up'])
  }),
)

t.test('while a restart is tried again, requests get in between', (t) =>
  withRuntime(async () => {
    const { attempts, spec } = failing('bad', 1)
    const supervisor = await Supervisor.startLink([spec, worker([], 2)], { maxRestarts: 1_000_000 })
    exit(await pidOf(supervisor, 'bad'), 'kill')
    t.equal(await childOf(supervisor, 'bad'), 'restarting')
    t.match(await Supervisor.countChildren(supervisor), { specs: 2, active: 1 })
    t.same(await Supervisor.restartChild(supervisor, 'bad'), { type: 'restarting' })
    t.same(await Supervisor.deleteChild(supervisor, 'bad'), { type: 'restarting' })
    t.same(await Supervisor.startChild(supervisor, spec), { type: 'alreadyPresent' })
    t.same(await Supervisor.terminateChild(supervisor, 'bad'), { type: 'ok' })
    const tried = attempts.count
    await settle()
    t.equal(attempts.count, tried, 'terminateChild has cancelled the next attempt')
    t.equal(await childOf(supervisor, 'bad'), undefined)
    t.equal(await Supervisor.stop(supervisor), 'ok')
  }),
)

t.test('a supervisor stops in the middle of a restart loop when its parent asks', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const { spec } = failing('bad', 1)
    const supervisor = await Supervisor.startLink([spec], { maxRestarts: 1_000_000 })
    exit(await pidOf(supervisor, 'bad'), 'kill')
    t.equal(await childOf(supervisor, 'bad'), 'restarting')
    t.equal(await ended(supervisor, 'shutdown'), 'shutdown')
  }),
)

t.test('a child that ignores its restart is left without a pid and not tried again', (t) =>
  withRuntime(async ({ reports }) => {
    let starts = 0
    const start = () => (++starts === 1 ? spawnLink(() => new Promise(() => {})) : ({ type: 'ignored' } as const))
    const supervisor = await Supervisor.startLink([{ id: 1, start }])
    await killed(await pidOf(supervisor, 1))
    await settle()
    t.same(await Supervisor.whichChildren(supervisor), [{ id: 1, child: undefined, type: 'worker' }])
    t.equal(starts, 2)
    t.same(contexts(reports), ['childTerminated 1'])
  }),
)

t.test('restarts count for maxSeconds, on the clock of the runtime', (t) =>
  withRuntime(async ({ clock }) => {
    trapExit(true)
    const supervisor = await Supervisor.startLink([worker([], 1)], { maxRestarts: 2, maxSeconds: 10 })
    for (let i = 0; i < 10; i++) {
      await killed(await pidOf(supervisor, 1))
      await clock.advance(5001)
    }
    t.match(await Supervisor.countChildren(supervisor), { active: 1 }, 'ten restarts, never three in ten seconds')
    await killed(await pidOf(supervisor, 1))
    await clock.advance(4998)
    exit(await pidOf(supervisor, 1), 'kill')
    t.match(await receive(), { type: 'exit', from: supervisor, reason: 'shutdown' })
  }),
)

t.test('maxRestarts 0 allows none, and a permanent supervisor is restarted by its own parent', (t) =>
  withRuntime(async ({ reports }) => {
    const inner = (id: string, restart: Restart) =>
      Supervisor.child([worker([], id)], { id, restart, maxRestarts: 0, name: id })
    const outer = await Supervisor.startLink([inner('always', 'permanent'), inner('sometimes', 'transient')])
    const always = await pidOf(outer, 'always')
    await killed(await pidOf('always', 'always'))
    await settle()
    t.not(await pidOf(outer, 'always'), always)
    await killed(await pidOf('sometimes', 'sometimes'))
    await settle()
    t.equal(await childOf(outer, 'sometimes'), undefined, 'it ended with shutdown: that is no failure')
    t.match(
      reports.filter((report) => report.type === 'supervisor' && report.context === 'shutdown'),
      [{ reason: 'reachedMaxRestartIntensity' }, { reason: 'reachedMaxRestartIntensity' }],
    )
  }),
)

t.test('OTP-154 anySignificant: the end of one significant child stops the others in reverse order', async (t) => {
  const ends: [Restart, unknown][] = [
    ['transient', 'normal'],
    ['transient', 'shutdown'],
    ['temporary', 'normal'],
    ['temporary', 'odd'],
  ]
  for (const [restart, reason] of ends) {
    await withRuntime(async () => {
      trapExit(true)
      const journal: string[] = []
      const children = [worker(journal, 1), worker(journal, 2, { restart, significant: true }), worker(journal, 3)]
      const supervisor = await Supervisor.startLink(children, { autoShutdown: 'anySignificant' })
      journal.length = 0
      GenServer.cast(await pidOf(supervisor, 2), 'end', reason)
      t.match(await receive(), { type: 'exit', from: supervisor, reason: 'shutdown' }, `${restart} ${String(reason)}`)
      t.same(journal, ['2 down', '3 down', '1 down'])
    })
  }
})

t.test('OTP-154 allSignificant: only the end of the last significant child stops the supervisor', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const children = [
      worker([], 1, { restart: 'transient', significant: true }),
      worker([], 2, { restart: 'temporary', significant: true }),
      worker([], 3),
    ]
    const supervisor = await Supervisor.startLink(children, { autoShutdown: 'allSignificant' })
    await end(supervisor, 1, 'normal')
    t.match(await Supervisor.countChildren(supervisor), { active: 2 })
    GenServer.cast(await pidOf(supervisor, 2), 'end', 'odd')
    t.match(await receive(), { type: 'exit', from: supervisor, reason: 'shutdown' })
  }),
)

t.test('OTP-155 other children end without consequence, and a significant one that crashes is restarted', (t) =>
  withRuntime(async () => {
    const children = [
      worker([], 'temporary', { restart: 'temporary' }),
      worker([], 'transient', { restart: 'transient' }),
      worker([], 'significant', { restart: 'transient', significant: true }),
    ]
    const supervisor = await Supervisor.startLink(children, { autoShutdown: 'anySignificant' })
    await end(supervisor, 'temporary', 'normal')
    await end(supervisor, 'transient', 'normal')
    const before = await pidOf(supervisor, 'significant')
    await end(supervisor, 'significant', 'odd')
    t.not(await pidOf(supervisor, 'significant'), before)
    await Supervisor.terminateChild(supervisor, 'significant')
    await settle()
    t.equal(Process.isAlive(supervisor), true, 'a child that was stopped by hand did not end by itself')
  }),
)

t.test('a significant child that is stopped for a sibling does not end the supervisor', (t) =>
  withRuntime(async () => {
    const children = [worker([], 1), worker([], 2, { restart: 'transient', significant: true })]
    const supervisor = await Supervisor.startLink(children, { strategy: 'oneForAll', autoShutdown: 'anySignificant' })
    await killed(await pidOf(supervisor, 1))
    await settle()
    t.match(await Supervisor.countChildren(supervisor), { active: 2 })
  }),
)
