import t from 'tap'
import {
  type Child,
  childSpec,
  type ExitError,
  FailedToStartChild,
  GenServer,
  ignore,
  isUncaughtError,
  type Pid,
  Process,
  receive,
  refuse,
  StartError,
  Supervisor,
  Sys,
  shutdown,
  sleep,
  spawn,
  spawnLink,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { childOf, contexts, killed, pidOf, Worker, worker } from './children.ts'

const Ignoring = GenServer.define({ module: 'Ignoring', init: () => ignore() })
const Refusing = GenServer.define({ module: 'Refusing', init: (reason: unknown) => refuse(reason) })
const idle = (): Pid => spawnLink(() => new Promise(() => {}))

t.test('OTP-131 children start in list order and stop in reverse, each before the next', (t) =>
  withRuntime(async ({ clock }) => {
    const journal: string[] = []
    const children = [1, 2, 3].map((id) => worker(journal, id, { stopMs: 10 }))
    const supervisor = await Supervisor.startLink(children)
    t.same(journal, ['1 up', '2 up', '3 up'])
    t.same(
      (await Supervisor.whichChildren(supervisor)).map((child) => child.id),
      [1, 2, 3],
    )
    const stopped = Supervisor.stop(supervisor)
    await clock.advance(10)
    t.same(journal.slice(3), ['3 down'], 'the second has not been asked yet')
    await clock.advance(10)
    t.same(journal.slice(3), ['3 down', '2 down'])
    await clock.advance(10)
    t.equal(await stopped, 'ok')
    t.same(journal.slice(3), ['3 down', '2 down', '1 down'])
    t.equal(Process.isAlive(supervisor), false)
  }),
)

t.test('OTP-131 a child starts when the one before it is ready, and the supervisor when all are', (t) =>
  withRuntime(async ({ clock }) => {
    const journal: string[] = []
    const Slow = GenServer.define({
      module: 'Slow',
      init: async () => {
        await sleep(50)
        return journal.push('slow up')
      },
    })
    const started = Supervisor.startLink([Slow, worker(journal, 2)])
    await clock.advance(49)
    t.same(journal, [])
    await clock.advance(1)
    await started
    t.same(journal, ['slow up', '2 up'])
  }),
)

t.test(
  'OTP-132 when a child does not start, those before it are stopped and the start is refused with its reason',
  (t) =>
    withRuntime(async ({ reports, runtime }) => {
      trapExit(true)
      const journal: string[] = []
      const third = childSpec(Refusing, 'no room', { id: 3 })
      const children = [worker(journal, 1), worker(journal, 2), third, worker(journal, 4)]
      const outcome = await Supervisor.tryStartLink(children, { name: 'tree' })
      t.strictSame(outcome, { type: 'refused', reason: shutdown(new FailedToStartChild(3, 'no room')) })
      t.same(journal, ['1 up', '2 up', '2 down', '1 down'])
      t.equal(whereis('tree'), undefined)
      t.same(contexts(reports), ['startError 3'])
      t.equal(runtime.size, 1, 'only the test is left')
      await t.rejects(Supervisor.startLink(children), {
        code: 'BEAMISH_START_REFUSED',
        message: 'BEAMISH_START_REFUSED: Supervisor did not start: shutdown(child 3 did not start: no room)',
      })
      t.equal(await receive({ afterMs: 0 }), undefined, 'no exit message is left behind')
    }),
)

t.test('OTP-132 a start function may refuse by any value, by an outcome or by throwing', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const reasonOf = async (start: () => unknown) => {
      const outcome = await Supervisor.tryStartLink([{ id: 'it', start: start as never }])
      const failure = outcome.type === 'refused' ? (outcome.reason as { detail: FailedToStartChild }).detail : undefined
      return failure?.reason
    }
    t.equal(await reasonOf(() => 42), 42)
    t.match(await reasonOf(() => undefined), { type: 'badReturnValue', explanation: /Is a `return` missing/ })
    t.equal(await reasonOf(() => ({ type: 'refused', reason: 'full' })), 'full')
    t.equal(await reasonOf(() => Refusing.startLink('late')), 'late', 'the reason inside a StartError')
    t.match(await reasonOf(() => Promise.reject(new TypeError('bad'))), { type: 'error', error: { message: 'bad' } })
    const other = spawn(() => new Promise(() => {}))
    t.same(await reasonOf(() => ({ type: 'alreadyStarted', pid: other })), { type: 'alreadyStarted', pid: other })
    const thrown = await reasonOf(() => {
      throw new RangeError('sync')
    })
    t.ok(isUncaughtError(thrown) && thrown.error instanceof RangeError)
  }),
)

t.test('OTP-133 init may ignore; junk and errors refuse the start, and leave no exit message', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const Quiet = Supervisor.define({ module: 'Quiet', init: () => ignore() })
    const Junk = Supervisor.define({ module: 'Junk', init: (value: unknown) => value as never })
    const Broken = Supervisor.define({
      module: 'Broken',
      init: async () => {
        throw new RangeError('no tree')
      },
    })
    t.same(await Quiet.tryStartLink(), { type: 'ignored' })
    await t.rejects(Quiet.startLink(), { code: 'BEAMISH_START_IGNORED' })
    t.match(await Junk.tryStartLink([]), { type: 'refused', reason: { type: 'badReturn', reason: [] } })
    t.match(await Junk.tryStartLink(undefined), { type: 'refused', reason: { type: 'badReturn', reason: undefined } })
    await t.rejects(Junk.startLink('tree'), {
      message:
        'BEAMISH_START_REFUSED: Supervisor Junk did not start: badReturn: Junk.init must return { children, strategy, … } ' +
        'or ignore(), got "tree".',
    })
    t.match(await Broken.tryStartLink(), { type: 'refused', reason: { type: 'error', error: { message: 'no tree' } } })
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('OTP-134 a permanent child that ignores is kept without a pid, a temporary one is not kept', (t) =>
  withRuntime(async () => {
    const children = [
      childSpec(Ignoring, undefined, { id: 'a' }),
      childSpec(Ignoring, undefined, { id: 'b', restart: 'temporary' }),
    ]
    const supervisor = await Supervisor.startLink(children)
    t.same(await Supervisor.whichChildren(supervisor), [{ id: 'a', child: undefined, type: 'worker' }])
    t.same(await Supervisor.countChildren(supervisor), { specs: 1, active: 0, supervisors: 0, workers: 1 })
    const temporary = childSpec(Ignoring, undefined, { id: 'c', restart: 'temporary' })
    t.same(await Supervisor.startChild(supervisor, temporary), { type: 'ignored' })
    t.equal(await Supervisor.getChildSpec(supervisor, 'c'), undefined)
    t.same(await Supervisor.startChild(supervisor, childSpec(Ignoring, undefined, { id: 'd' })), { type: 'ignored' })
    t.match(await Supervisor.getChildSpec(supervisor, 'd'), { id: 'd' })
    t.same(await Supervisor.restartChild(supervisor, 'd'), { type: 'ignored' })
  }),
)

t.test('OTP-135 a minimal specification is completed by the defaults', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([
      { id: 'w', start: idle },
      { id: 's', start: idle, type: 'supervisor' },
    ])
    const rest = { start: idle, args: [], restart: 'permanent', significant: false }
    t.same(await Supervisor.getChildSpec(supervisor, 'w'), { id: 'w', ...rest, shutdown: 5000, type: 'worker' })
    t.same(await Supervisor.getChildSpec(supervisor, 's'), {
      id: 's',
      ...rest,
      shutdown: 'infinity',
      type: 'supervisor',
    })
    t.equal(await Supervisor.getChildSpec(supervisor, 'nobody'), undefined)
  }),
)

t.test('the arguments of a temporary child are not kept', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([worker([], 1), worker([], 2, { restart: 'temporary' })])
    t.equal((await Supervisor.getChildSpec(supervisor, 1))?.args.length, 1)
    t.same((await Supervisor.getChildSpec(supervisor, 2))?.args, [])
  }),
)

t.test('OTP-137 each wrong flag is named, with its value', (t) =>
  withRuntime(async ({ runtime }) => {
    const wrong: [object, string, RegExp][] = [
      [{ strategy: 'one_for_one' }, 'invalidStrategy', /strategy expects 'oneForOne' .* got "one_for_one"/],
      [{ maxRestarts: -1 }, 'invalidMaxRestarts', /maxRestarts expects a whole number, at least 0, got -1/],
      [{ maxRestarts: 1.5 }, 'invalidMaxRestarts', /got 1.5/],
      [{ maxSeconds: 0 }, 'invalidMaxSeconds', /maxSeconds expects seconds, more than 0, got 0/],
      [{ autoShutdown: 'always' }, 'invalidAutoShutdown', /autoShutdown expects 'never' .* got "always"/],
    ]
    for (const [flags, type, message] of wrong) {
      t.throws(() => Supervisor.startLink([], flags), { message, reason: { type } }, type)
      const Module = Supervisor.define({ module: 'Flags', init: () => ({ children: [], ...flags }) })
      t.match(await Module.tryStart(), { type: 'refused', reason: { type: 'supervisorData', reason: { type } } })
      await t.rejects(Module.start(), { message })
    }
    t.throws(() => Supervisor.startLink([], { intensity: 1 } as never), { message: /got "intensity"/ })
    t.equal(runtime.size, 1)
  }),
)

t.test('OTP-147 a terminated child is not restarted, and terminating it again is no error', (t) =>
  withRuntime(async ({ reports }) => {
    const journal: string[] = []
    const supervisor = await Supervisor.startLink([worker(journal, 1), worker(journal, 2, { restart: 'temporary' })])
    const child = await pidOf(supervisor, 1)
    t.same(await Supervisor.terminateChild(supervisor, 1), { type: 'ok' })
    t.equal(Process.isAlive(child), false)
    t.equal(await childOf(supervisor, 1), undefined)
    t.same(await Supervisor.terminateChild(supervisor, 1), { type: 'ok' })
    t.same(await Supervisor.terminateChild(supervisor, 'nobody'), { type: 'notFound' })
    t.same(await Supervisor.terminateChild(supervisor, 2), { type: 'ok' })
    t.same(await Supervisor.terminateChild(supervisor, 2), { type: 'notFound' }, 'a temporary one is forgotten')
    t.same(journal, ['1 up', '2 up', '1 down', '2 down'])
    t.same(contexts(reports), [])
  }),
)

t.test('OTP-148 an id that is taken is alreadyStarted when it runs and alreadyPresent when not', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const supervisor = await Supervisor.startLink([worker(journal, 1)])
    const added = await Supervisor.startChild(supervisor, worker(journal, 2))
    t.match(added, { type: 'started', pid: await pidOf(supervisor, 2) })
    t.same(await Supervisor.startChild(supervisor, worker(journal, 1)), {
      type: 'alreadyStarted',
      pid: await pidOf(supervisor, 1),
    })
    await Supervisor.terminateChild(supervisor, 1)
    t.same(await Supervisor.startChild(supervisor, worker(journal, 1)), { type: 'alreadyPresent' })
    t.same(journal, ['1 up', '2 up', '1 down'])
  }),
)

t.test('OTP-149 a child is restarted or deleted by hand only when it does not run', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([worker([], 1)])
    t.same(await Supervisor.restartChild(supervisor, 1), { type: 'running' })
    t.same(await Supervisor.deleteChild(supervisor, 1), { type: 'running' })
    t.same(await Supervisor.restartChild(supervisor, 2), { type: 'notFound' })
    t.same(await Supervisor.deleteChild(supervisor, 2), { type: 'notFound' })
    await Supervisor.terminateChild(supervisor, 1)
    t.match(await Supervisor.restartChild(supervisor, 1), { type: 'started', pid: await pidOf(supervisor, 1) })
    await Supervisor.terminateChild(supervisor, 1)
    t.same(await Supervisor.deleteChild(supervisor, 1), { type: 'ok' })
    t.same(await Supervisor.restartChild(supervisor, 1), { type: 'notFound' })
    t.same(await Supervisor.deleteChild(supervisor, 1), { type: 'notFound' })
  }),
)

t.test('OTP-150 what a start function adds to the pid is handed on, and a restart works all the same', (t) =>
  withRuntime(async () => {
    let starts = 0
    const spec = { id: 'extra', start: () => ({ type: 'started', pid: idle(), info: `start ${++starts}` }) as const }
    const supervisor = await Supervisor.startLink([])
    const started = await Supervisor.startChild(supervisor, spec)
    const first = await pidOf(supervisor, 'extra')
    t.same(started, { type: 'started', pid: first, info: 'start 1' })
    await killed(first)
    t.not(await pidOf(supervisor, 'extra'), first)
    await Supervisor.terminateChild(supervisor, 'extra')
    const third = await Supervisor.restartChild(supervisor, 'extra')
    t.same(third, { type: 'started', pid: await pidOf(supervisor, 'extra'), info: 'start 3' })
  }),
)

t.test('OTP-151 a failed startChild keeps nothing, a failed restartChild keeps the specification', (t) =>
  withRuntime(async () => {
    let refuses = true
    const start = () => (refuses ? ({ type: 'refused', reason: 'not now' } as const) : idle())
    const supervisor = await Supervisor.startLink([])
    const refused = await Supervisor.startChild(supervisor, { id: 1, start })
    t.match(refused, { type: 'refused', reason: 'not now', spec: { id: 1, start, restart: 'permanent' } })
    t.equal(await Supervisor.getChildSpec(supervisor, 1), undefined)
    refuses = false
    t.match(await Supervisor.startChild(supervisor, { id: 1, start }), { type: 'started' })
    await Supervisor.terminateChild(supervisor, 1)
    refuses = true
    t.same(await Supervisor.restartChild(supervisor, 1), { type: 'refused', reason: 'not now' })
    t.match(await Supervisor.getChildSpec(supervisor, 1), { id: 1 })
    t.equal(await childOf(supervisor, 1), undefined)
    const outside = spawn(() => new Promise(() => {}))
    const taken = { id: 2, start: () => ({ type: 'alreadyStarted', pid: outside }) as const }
    t.same(await Supervisor.startChild(supervisor, taken), { type: 'alreadyStarted', pid: outside })
    t.equal(await Supervisor.getChildSpec(supervisor, 2), undefined)
  }),
)

t.test('OTP-152 counts tell specifications, the running, supervisors and workers apart', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([worker([], 1), Supervisor.child([worker([], 'inner')], { id: 2 })])
    t.same(await Supervisor.countChildren(supervisor), { specs: 2, active: 2, supervisors: 1, workers: 1 })
    await Supervisor.startChild(supervisor, worker([], 3))
    await Supervisor.startChild(supervisor, childSpec(Ignoring))
    await Supervisor.terminateChild(supervisor, 2)
    t.same(await Supervisor.countChildren(supervisor), { specs: 4, active: 2, supervisors: 1, workers: 3 })
  }),
)

t.test('OTP-153 a significant child that cannot matter is refused', (t) =>
  withRuntime(async () => {
    const badCombination = { reason: { type: 'badCombination' }, message: /transient or temporary/ }
    const permanent: Child = { id: 1, start: idle, significant: true }
    const transient: Child = { id: 1, start: idle, significant: true, restart: 'transient' }
    t.throws(() => Supervisor.startLink([transient]), badCombination)
    t.throws(() => Supervisor.startLink([permanent], { autoShutdown: 'anySignificant' }), badCombination)
    const Module = Supervisor.define({ module: 'Significant', init: () => ({ children: [transient] }) })
    t.match(await Module.tryStart(), { reason: { type: 'startSpec', reason: { type: 'badCombination' } } })
    const never = await Supervisor.startLink([])
    t.match(await Supervisor.startChild(never, transient), { type: 'refused', reason: { type: 'badCombination' } })
    const any = await Supervisor.startLink([], { autoShutdown: 'anySignificant' })
    t.match(await Supervisor.startChild(any, permanent), { type: 'refused', reason: { type: 'badCombination' } })
    t.match(await Supervisor.startChild(any, transient), { type: 'started' })
  }),
)

t.test('OTP-156 every request to a supervisor that is not there exits with noproc and names the call', (t) =>
  withRuntime(async () => {
    const spec = worker([], 1)
    const requests: [string, (name: string) => PromiseLike<unknown>][] = [
      ['startChild', (name) => Supervisor.startChild(name, spec)],
      ['terminateChild', (name) => Supervisor.terminateChild(name, 1)],
      ['restartChild', (name) => Supervisor.restartChild(name, 1)],
      ['deleteChild', (name) => Supervisor.deleteChild(name, 1)],
      ['whichChildren', (name) => Supervisor.whichChildren(name)],
      ['countChildren', (name) => Supervisor.countChildren(name)],
      ['getChildSpec', (name) => Supervisor.getChildSpec(name, 1)],
      ['stop', (name) => Supervisor.stop(name)],
    ]
    for (const [called, request] of requests) {
      const error = await Promise.resolve(request('nobody')).then(
        () => undefined,
        (thrown: ExitError) => thrown,
      )
      t.match(
        error,
        { code: 'BEAMISH_NOPROC', reason: { reason: 'noproc', call: { module: 'Supervisor', function: called } } },
        called,
      )
    }
  }),
)

t.test('a start function may take its time, and what it starts is linked to the supervisor', (t) =>
  withRuntime(async ({ clock }) => {
    const start = async () => {
      await sleep(5)
      await Promise.resolve()
      return Worker.startLink({ id: 'late', journal: [], stopMs: 0 })
    }
    // A plain function that calls an async one looks no different from outside.
    const children = [
      { id: 'a', start },
      { id: 'b', start: () => start() },
      { id: 'c', start: async () => spawnLink(() => new Promise(() => {})) },
      { id: 'd', start: async () => await Worker.startLink({ id: 'at once', journal: [], stopMs: 0 }) },
    ]
    const starting = Supervisor.startLink(children)
    await clock.advance(10)
    const supervisor = await starting
    for (const id of ['a', 'b', 'c', 'd']) t.same(Process.info(await pidOf(supervisor, id), 'links'), [supervisor], id)
  }),
)

t.test('a supervisor can be looked at like any process, and reports its progress', (t) =>
  withRuntime(async ({ reports }) => {
    const supervisor = await Supervisor.startLink([worker([], 1)], { name: 'seen' })
    t.match(Process.info(supervisor), {
      registeredName: 'seen',
      trapsExits: true,
      initialCall: 'Supervisor',
      messageQueueLength: 0,
    })
    t.match(reports, [
      {
        type: 'progress',
        level: 'info',
        supervisor,
        name: 'seen',
        started: {
          pid: await pidOf(supervisor, 1),
          id: 1,
          start: 'GenServer Worker',
          restart: 'permanent',
          shutdown: 5000,
        },
      },
    ])
  }),
)

t.test('a supervisor answers the system requests of any server', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const supervisor = await Supervisor.startLink([worker([], 1)], { strategy: 'oneForAll', maxRestarts: 9 })
    const child = await pidOf(supervisor, 1)
    t.match(await Sys.getState(supervisor), {
      strategy: 'oneForAll',
      maxRestarts: 9,
      maxSeconds: 5,
      autoShutdown: 'never',
      restarts: 0,
      children: [{ id: 1, child, restart: 'permanent' }],
    })
    await t.rejects(
      Sys.replaceState(supervisor, () => 'mine'),
      { message: /use startChild, terminateChild and their like/ },
    )
    await Sys.suspend(supervisor)
    await killed(child)
    const counted = Supervisor.countChildren(supervisor)
    await settle()
    t.match(await Sys.getState(supervisor), { restarts: 0 }, 'suspended, it restarts nobody')
    await Sys.resume(supervisor)
    t.match(await counted, { active: 1 })
    t.match(await Sys.getState(supervisor), { restarts: 1 })
    await Sys.terminate(supervisor, 'odd')
    t.match(await receive(), { type: 'exit', from: supervisor, reason: 'odd' })
  }),
)

t.test('an unexpected message or request is reported and dropped', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const supervisor = await Supervisor.startLink([])
    GenServer.cast(supervisor, 'hello')
    const answer = t.rejects(GenServer.call(supervisor, 'toString'), { code: 'BEAMISH_TIMEOUT' })
    await clock.advance(5000)
    await answer
    t.match(await Supervisor.countChildren(supervisor), { specs: 0 })
    t.equal(reports.filter((report) => report.type === 'unexpectedMessage').length, 2)
  }),
)

t.test('the end of a linked process that is no child is ignored', (t) =>
  withRuntime(async ({ reports }) => {
    let friend: Pid | undefined
    const start = () => {
      friend = spawnLink(() => {
        throw new Error('not your child')
      })
      return idle()
    }
    const supervisor = await Supervisor.startLink([{ id: 1, start }])
    await settle()
    t.equal(friend && Process.isAlive(friend), false)
    t.match(await Supervisor.countChildren(supervisor), { active: 1 })
    t.same(contexts(reports), [])
  }),
)

t.test('a supervisor whose name is taken is alreadyStarted, and starts no child', (t) =>
  withRuntime(async () => {
    const journal: string[] = []
    const first = await Supervisor.startLink([], { name: 'one' })
    t.same(await Supervisor.tryStartLink([worker(journal, 1)], { name: 'one' }), { type: 'alreadyStarted', pid: first })
    t.same(journal, [])
    await t.rejects(Supervisor.startLink([], { name: 'one' }), StartError as never)
  }),
)

t.test('twenty thousand children that start at once need no deep stack', (t) =>
  withRuntime(async () => {
    const children = Array.from({ length: 20_000 }, (_, id) => ({
      id,
      start: () => spawnLink(() => new Promise(() => {})),
    }))
    const supervisor = await Supervisor.startLink(children)
    t.match(await Supervisor.countChildren(supervisor), { active: 20_000 })
    t.equal(await Supervisor.stop(supervisor), 'ok')
  }),
)
