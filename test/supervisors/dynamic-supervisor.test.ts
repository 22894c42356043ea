import t from 'tap'
import {
  childSpec,
  DynamicSupervisor,
  exit,
  GenServer,
  ignore,
  monitor,
  type Pid,
  Process,
  type Restart,
  receive,
  refuse,
  type ShutdownRule,
  type StartReturn,
  Supervisor,
  shutdown,
  sleep,
  spawn,
  spawnLink,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { contexts, ended, killed, Worker, worker } from './children.ts'

const idle = (): Pid => spawnLink(() => new Promise(() => {}))
const stuck = () =>
  spawnLink(function* () {
    trapExit(true)
    for (;;) yield* receive()
  })

/** Starts a child that must start. */
async function started(supervisor: Pid, spec: Parameters<typeof DynamicSupervisor.startChild>[1]): Promise<Pid> {
  const outcome = await DynamicSupervisor.startChild(supervisor, spec)
  if (outcome.type !== 'started') throw new Error(`not started: ${outcome.type}`)
  return outcome.pid
}

/** A start function that does something else each time; the last thing for ever. */
function turns(...steps: (() => StartReturn)[]): () => StartReturn {
  let turn = 0
  return () => (steps[turn++] ?? (steps.at(-1) as () => StartReturn))()
}

async function onlyChild(supervisor: Pid): Promise<Pid | 'restarting' | undefined> {
  return (await DynamicSupervisor.whichChildren(supervisor))[0]?.child
}

t.test('OTP-158 each wrong option is named, with its value; init may ignore', (t) =>
  withRuntime(async ({ runtime }) => {
    const wrong: [object, string, RegExp][] = [
      [{ maxRestarts: 'many' }, 'invalidMaxRestarts', /maxRestarts expects a whole number, at least 0, got "many"/],
      [{ maxSeconds: -1 }, 'invalidMaxSeconds', /maxSeconds expects seconds, more than 0, got -1/],
      [
        { maxChildren: -1 },
        'invalidMaxChildren',
        /maxChildren expects a whole number, at least 0, or 'infinity', got -1/,
      ],
      [{ extraArguments: 'x' }, 'invalidExtraArguments', /extraArguments expects a list of arguments, got "x"/],
      [{ strategy: 'oneForAll' }, '', /got "strategy"/],
      [{ autoShutdown: 'never' }, '', /got "autoShutdown"/],
    ]
    for (const [flags, type, message] of wrong) {
      t.throws(() => DynamicSupervisor.startLink(flags), type ? { message, reason: { type } } : { message })
      t.throws(() => DynamicSupervisor.child(flags), { message })
      const Module = DynamicSupervisor.define({ module: 'Flags', init: () => flags })
      t.match(await Module.tryStart(), { type: 'refused', reason: { type: 'supervisorData' } })
      await t.rejects(Module.start(), { message })
    }
    t.same(await DynamicSupervisor.define({ module: 'Quiet', init: () => ignore() }).tryStart(), { type: 'ignored' })
    const Junk = DynamicSupervisor.define({ module: 'Junk', init: async () => 'junk' as never })
    await t.rejects(Junk.start(), {
      message: /badReturn: Junk.init must return an object with maxChildren, .* got "junk"/,
    })
    t.equal(runtime.size, 1)
    const Module = DynamicSupervisor.define({ module: 'Fine', init: (maxChildren: number) => ({ maxChildren }) })
    t.same(await DynamicSupervisor.startChild(await Module.startLink(0), [Worker, {}]), {
      type: 'refused',
      reason: 'maxChildren',
    })
  }),
)

t.test('OTP-159 startChild answers with what became of the start', (t) =>
  withRuntime(async () => {
    const supervisor = await DynamicSupervisor.startLink()
    const start = (code: () => unknown) =>
      DynamicSupervisor.startChild(supervisor, { start: code as () => StartReturn })
    t.match(await start(idle), { type: 'started' })
    const extra = await start(() => ({ type: 'started', pid: idle(), info: 'extra' }))
    t.match(extra, { type: 'started', info: 'extra' })
    const before = await DynamicSupervisor.countChildren(supervisor)
    t.same(before, { specs: 2, active: 2, supervisors: 0, workers: 2 })
    t.same(await start(() => ({ type: 'ignored' })), { type: 'ignored' })
    t.same(await start(() => ({ type: 'refused', reason: 'full' })), { type: 'refused', reason: 'full' })
    t.same(await start(() => 'junk'), { type: 'refused', reason: 'junk' })
    const thrown = (value: unknown) => () => {
      throw value
    }
    t.match(await start(thrown('value')), { type: 'refused', reason: { type: 'nocatch', value: 'value' } })
    t.match(await start(thrown(new TypeError('bad'))), {
      type: 'refused',
      reason: { type: 'error', error: { message: 'bad' } },
    })
    t.same(await start(() => exit('bye')), { type: 'refused', reason: 'bye' })
    t.same(await DynamicSupervisor.countChildren(supervisor), before)
    t.match((await DynamicSupervisor.whichChildren(supervisor))[0], { id: undefined, type: 'worker' })
  }),
)

t.test('OTP-159 modules may ignore, refuse, or find their name taken', (t) =>
  withRuntime(async () => {
    const supervisor = await DynamicSupervisor.startLink()
    const Say = GenServer.define({
      module: 'Say',
      init: (what: 'ignore' | 'refuse') => (what === 'ignore' ? ignore() : refuse('no')),
    })
    t.same(await DynamicSupervisor.startChild(supervisor, [Say, 'ignore']), { type: 'ignored' })
    t.same(await DynamicSupervisor.startChild(supervisor, [Say, 'refuse']), { type: 'refused', reason: 'no' })
    const first = await started(supervisor, [Worker, { id: 1, journal: [], stopMs: 0 }, { name: 'one' }])
    t.equal(whereis('one'), first)
    const second = await DynamicSupervisor.startChild(supervisor, [
      Worker,
      { id: 1, journal: [], stopMs: 0 },
      { name: 'one' },
    ])
    t.same(second, { type: 'alreadyStarted', pid: first })
    t.match(await DynamicSupervisor.countChildren(supervisor), { specs: 1 })
  }),
)

t.test('OTP-160 a wrong specification is refused before the supervisor is asked', (t) =>
  withRuntime(async () => {
    const nobody = spawn(() => {})
    await settle()
    const start = (spec: object) => () => DynamicSupervisor.startChild(nobody, spec as never)
    const wrong: [object, string, RegExp][] = [
      [{}, 'missingStart', /start expects a function that starts and links the child, got undefined/],
      [{ start: idle, restart: 'always' }, 'invalidRestartType', /child \[function idle\]: restart expects/],
      [{ start: idle, shutdown: -1 }, 'invalidShutdown', /got -1/],
      [{ start: idle, type: 'boss' }, 'invalidChildType', /got "boss"/],
      [
        { start: idle, restart: 'transient', significant: true },
        'invalidSignificant',
        /false in a dynamic supervisor, got true/,
      ],
    ]
    for (const [spec, type, message] of wrong) t.throws(start(spec), { message, reason: { type } })
    await t.rejects(DynamicSupervisor.startChild(nobody, { start: idle }), { code: 'BEAMISH_NOPROC' })
    t.throws(() => DynamicSupervisor.terminateChild(nobody, 1 as never), { message: /the pid of a child, got 1/ })
  }),
)

t.test('OTP-161 extra arguments come first, at the start and at restarts', (t) =>
  withRuntime(async () => {
    const calls: unknown[][] = []
    const Tracked = {
      startLink: (...args: unknown[]) => {
        calls.push(args)
        return idle()
      },
    }
    const supervisor = await DynamicSupervisor.startLink({ extraArguments: ['a', 'b'] })
    const child = await started(supervisor, [Tracked, 'own'])
    await killed(child)
    await started(supervisor, { start: Tracked.startLink, args: ['x', 'y'] })
    t.same(calls, [
      ['a', 'b', 'own'],
      ['a', 'b', 'own'],
      ['a', 'b', 'x', 'y'],
    ])
  }),
)

t.test('OTP-162 there is no room beyond maxChildren, and a child that is being restarted takes room', (t) =>
  withRuntime(async () => {
    const supervisor = await DynamicSupervisor.startLink({ maxChildren: 2, maxRestarts: 1_000_000 })
    const full = { type: 'refused', reason: 'maxChildren' }
    const failing = await started(supervisor, { start: turns(idle, () => ({ type: 'refused', reason: 'later' })) })
    await started(supervisor, { start: idle })
    t.same(await DynamicSupervisor.startChild(supervisor, { start: idle }), full)
    exit(failing, 'kill')
    t.same(await DynamicSupervisor.startChild(supervisor, { start: idle }), full)
    t.match(await DynamicSupervisor.countChildren(supervisor), { specs: 2, active: 1 })
    await DynamicSupervisor.terminateChild(supervisor, failing)
    t.match(await DynamicSupervisor.startChild(supervisor, { start: idle }), { type: 'started' })
  }),
)

t.test('OTP-163 who is restarted after which end', (t) =>
  withRuntime(async ({ reports }) => {
    const expected: [Restart, unknown, number][] = [
      ['temporary', 'shutdown', 0],
      ['temporary', shutdown('done'), 0],
      ['temporary', 'odd', 0],
      ['transient', 'shutdown', 0],
      ['transient', shutdown('done'), 0],
      ['transient', 'odd', 1],
      ['permanent', 'shutdown', 1],
      ['permanent', shutdown('done'), 1],
      ['permanent', 'odd', 1],
    ]
    const supervisor = await DynamicSupervisor.startLink({ maxRestarts: 10 })
    for (const [restart, reason, left] of expected) {
      const pid = await started(supervisor, { start: idle, restart })
      await ended(pid, reason)
      const children = await DynamicSupervisor.whichChildren(supervisor)
      t.equal(children.length, left, `${restart} ${String(reason)}`)
      if (left === 0) continue
      t.not(children[0]?.child, pid)
      await DynamicSupervisor.terminateChild(supervisor, children[0]?.child as Pid)
    }
    t.equal(contexts(reports).length, 5, 'permanent ones, and the others with an odd reason')
  }),
)

t.test(
  'OTP-164 a restart that succeeds with info keeps the child, one that ignores removes it, one that fails shows it',
  (t) =>
    withRuntime(async () => {
      const supervisor = await DynamicSupervisor.startLink({ maxRestarts: 1_000_000 })
      const withInfo = () => ({ type: 'started', pid: idle(), info: 'more' }) as const
      const first = await started(supervisor, { start: turns(idle, withInfo) })
      await killed(first)
      const again = await onlyChild(supervisor)
      t.ok(again !== undefined && again !== 'restarting' && again !== first)
      await DynamicSupervisor.terminateChild(supervisor, again as Pid)

      await killed(await started(supervisor, { start: turns(idle, () => ({ type: 'ignored' })) }))
      t.same(await DynamicSupervisor.countChildren(supervisor), { specs: 0, active: 0, supervisors: 0, workers: 0 })

      exit(await started(supervisor, { start: turns(idle, () => ({ type: 'refused', reason: 'no' })) }), 'kill')
      t.equal(await onlyChild(supervisor), 'restarting')
      t.same(await DynamicSupervisor.countChildren(supervisor), { specs: 1, active: 0, supervisors: 0, workers: 1 })
    }),
)

t.test('OTP-165 a restart is tried again until it works, or until it was tried too often', (t) =>
  withRuntime(async ({ reports }) => {
    trapExit(true)
    const refused = (): StartReturn => ({ type: 'refused', reason: 'not yet' })
    const patient = await DynamicSupervisor.startLink({ maxRestarts: 2 })
    const first = await started(patient, { start: turns(idle, refused, idle) })
    await killed(first)
    await settle()
    const again = await onlyChild(patient)
    t.ok(again instanceof Object && Process.isAlive(again as Pid))
    t.same(await DynamicSupervisor.terminateChild(patient, first), { type: 'notFound' }, 'the old pid is forgotten')
    t.same(contexts(reports).length, 2)

    const journal: string[] = []
    const hopeless = await DynamicSupervisor.startLink({ maxRestarts: 2 })
    await started(hopeless, worker(journal, 'other'))
    exit(await started(hopeless, { start: turns(idle, refused) }), 'kill')
    t.match(await receive(), { type: 'exit', from: hopeless, reason: 'shutdown' })
    t.same(journal, ['other up', 'other down'])
    t.match(reports.at(-1), { type: 'supervisor', context: 'shutdown', reason: 'reachedMaxRestartIntensity' })
  }),
)

t.test('OTP-166 a stop signals all children at once and waits for each by its own rule', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const supervisor = await DynamicSupervisor.startLink()
    const own = GenServer.define({
      module: 'Own',
      init: () => trapExit(true),
      terminate: async () => {
        await sleep(150)
        exit('own')
      },
    })
    const cases: [() => StartReturn, ShutdownRule, unknown][] = [
      [stuck, 'brutalKill', 'killed'],
      [idle, 100, 'shutdown'],
      [() => own.startLink(), 'infinity', 'own'],
      [stuck, 100, 'killed'],
      [stuck, 100, 'killed'],
      [stuck, 50, 'killed'],
    ]
    const monitors = []
    for (const [start, rule, expected] of cases) {
      const pid = await started(supervisor, { start, shutdown: rule })
      monitors.push({ ref: monitor(pid), expected, rule })
    }
    await settle() // those who trap exits do so now
    const stopping = DynamicSupervisor.stop(supervisor)
    await clock.advance(149)
    t.equal(Process.isAlive(supervisor), true, 'the slowest still has its last words')
    for (const { ref, expected, rule } of monitors) {
      const down = await receive((message) => message.ref === ref, { afterMs: 0 })
      t.equal(down?.reason, rule === 'infinity' ? undefined : expected, `${rule}`)
    }
    await clock.advance(1)
    t.equal(await stopping, 'ok', '150 ms for all, not 150 + 100 + 100 + 50')
    t.match(await receive(), { reason: 'own' })
    t.equal(contexts(reports).filter((each) => each.startsWith('shutdownError')).length, 4)
  }),
)

t.test('OTP-167 a terminated child is gone, and terminating it again finds nobody', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const supervisor = await DynamicSupervisor.startLink()
    const killedChild = await started(supervisor, worker(journal, 'a', { shutdown: 'brutalKill' }))
    const asked = await started(supervisor, worker(journal, 'b', { shutdown: 1000 }))
    for (const pid of [killedChild, asked]) {
      t.same(await DynamicSupervisor.terminateChild(supervisor, pid), { type: 'ok' })
      t.equal(Process.isAlive(pid), false)
      t.same(await DynamicSupervisor.terminateChild(supervisor, pid), { type: 'notFound' })
    }
    t.same(journal, ['a up', 'b up', 'b down'])
    t.same(await DynamicSupervisor.whichChildren(supervisor), [])
  }),
)

t.test('a child that is being restarted is terminated by its old pid', (t) =>
  withRuntime(async () => {
    const supervisor = await DynamicSupervisor.startLink({ maxRestarts: 1_000_000 })
    let attempts = 0
    const refused = (): StartReturn => ({ type: 'refused', reason: ++attempts })
    const pid = await started(supervisor, { start: turns(idle, refused) })
    exit(pid, 'kill')
    t.equal(await onlyChild(supervisor), 'restarting')
    t.same(await DynamicSupervisor.terminateChild(supervisor, pid), { type: 'ok' })
    const tried = attempts
    await settle()
    t.equal(attempts, tried)
    t.same(await DynamicSupervisor.whichChildren(supervisor), [])
  }),
)

t.test('children with the same id live side by side, also the same specification twice', (t) =>
  withRuntime(async () => {
    const supervisor = await DynamicSupervisor.startLink()
    const spec = worker([], 'same')
    const pids = new Set([
      await started(supervisor, spec),
      await started(supervisor, spec),
      await started(supervisor, childSpec(spec)),
    ])
    t.equal(pids.size, 3)
    t.match(await DynamicSupervisor.countChildren(supervisor), { specs: 3, active: 3 })
  }),
)

t.test('a supervisor can be dynamic in a tree, and its children are reported in the background', (t) =>
  withRuntime(async ({ reports }) => {
    const tree = await Supervisor.startLink([DynamicSupervisor.child({ name: 'rooms' })])
    const supervisor = whereis('rooms') as Pid
    const pid = await started(supervisor, { id: 'room', start: idle, type: 'supervisor' })
    t.match(await DynamicSupervisor.countChildren('rooms'), { supervisors: 1, workers: 0 })
    t.match(reports.at(-1), {
      type: 'progress',
      level: 'debug',
      supervisor,
      name: 'rooms',
      started: { pid, id: 'room' },
    })
    await Supervisor.stop(tree)
    t.equal(Process.isAlive(pid), false)
  }),
)

t.test('ten thousand children stop together, those that died meanwhile included', (t) =>
  withRuntime(async ({ runtime }) => {
    const supervisor = await DynamicSupervisor.startLink({ maxRestarts: 0 })
    const pids: Pid[] = []
    for (let i = 0; i < 10_000; i++) pids.push(await started(supervisor, { start: idle, restart: 'temporary' }))
    const stopping = DynamicSupervisor.stop(supervisor)
    for (const pid of pids.slice(0, 1000)) exit(pid, 'kill')
    t.equal(await stopping, 'ok')
    t.equal(runtime.size, 1)
  }),
)
