import t from 'tap'
import {
  Application,
  type ApplicationModule,
  cancelTimer,
  exit,
  GenServer,
  noReply,
  type Pid,
  Process,
  type Runtime,
  refuse,
  reply,
  Supervisor,
  Sys,
  self,
  sendInterval,
  sleep,
  spawn,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Worker = GenServer.define({
  module: 'Worker',
  init: (log?: string[]) => {
    log?.push(`start ${String(Application.getApplication())}`)
    trapExit(true)
    return { log }
  },
  handleCall: {
    application: () => reply(Application.getApplication()),
  },
  terminate: (_reason, { log }) => {
    log?.push('worker down')
  },
})

/** An application of one worker that writes down what happens to it. */
function define(name: string, applications: readonly ApplicationModule[] = [], log: string[] = []) {
  return Application.define({
    name,
    applications,
    children: () => {
      log.push(`children ${name}`)
      return [[Worker, log]]
    },
    stop: () => log.push(`stop ${name}`),
  })
}

t.test('OTP-209 an application starts only when what it needs is running', (t) =>
  withRuntime(async () => {
    const Base = define('base')
    const Top = define('top', [Base])
    t.same(await Application.start(Top), { type: 'notStarted', application: 'base' })
    t.same(Application.which(), [])
    t.same(await Application.start(Base), { type: 'started' })
    t.same(await Application.start(Top), { type: 'started' })
    const Choosy = Application.define({ name: 'choosy', optionalApplications: [define('missing'), 'unheard of'] })
    t.same(await Application.start(Choosy), { type: 'started' }, 'what is optional is not required')
    const AsInOtp = Application.define({
      name: 'as in otp',
      applications: ['absent'],
      optionalApplications: ['absent'],
    })
    t.same(await Application.start(AsInOtp), { type: 'started' }, 'also when it is in both lists')
  }),
)

t.test('OTP-210 ensureAllStarted starts what is missing, dependencies first', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    const A = define('a', [], log)
    const B = define('b', [A], log)
    const C = define('c', [A, B], log)
    await Application.start(A)
    t.same(await Application.ensureAllStarted(C), { type: 'started', applications: ['b', 'c'] })
    t.same(await Application.ensureAllStarted([A, C]), { type: 'started', applications: [] })
    t.same(
      Application.which().map(({ name, type }) => [name, type]),
      [
        ['a', 'temporary'],
        ['b', 'temporary'],
        ['c', 'temporary'],
      ],
    )
    const Optional = define('optional')
    const D = Application.define({ name: 'd', optionalApplications: [Optional, 'not loaded'] })
    t.same(await Application.ensureAllStarted(D), { type: 'started', applications: ['optional', 'd'] })
  }),
)

t.test('ensureAllStarted stops again what it started when one of them fails', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    const A = define('a', [], log)
    const B = define('b', [A], log)
    const Broken = Application.define({ name: 'broken', applications: [A, B], start: () => refuse('no disk') })
    const Top = define('top', [Broken], log)
    t.match(await Application.ensureAllStarted(Top), {
      type: 'refused',
      application: 'broken',
      reason: { type: 'callFailed', reason: 'no disk', call: { module: 'broken', function: 'start' } },
    })
    t.same(Application.which(), [])
    t.same(
      log.filter((line) => line.startsWith('stop')),
      ['stop b', 'stop a'],
      'in reverse',
    )
    const Lost = Application.define({ name: 'lost', applications: ['nowhere'] })
    t.same(await Application.ensureAllStarted(Lost), {
      type: 'refused',
      application: 'nowhere',
      reason: 'unknownApplication',
    })
  }),
)

t.test('OTP-211 ensureStarted is content with one that runs, start says so', (t) =>
  withRuntime(async () => {
    const A = define('a')
    t.same(await Application.ensureStarted(A), { type: 'started' })
    t.same(await Application.ensureStarted(A), { type: 'started' })
    t.same(await Application.start(A), { type: 'alreadyStarted' })
    t.equal(Application.which().length, 1)
  }),
)

t.test('two starts at once are one start', (t) =>
  withRuntime(async ({ clock }) => {
    let starts = 0
    const Slow = Application.define({
      name: 'slow',
      children: async () => {
        starts++
        await sleep(50)
        return []
      },
    })
    const both = Promise.all([Application.start(Slow), Application.start(Slow)])
    await clock.advance(50)
    t.same(await both, [{ type: 'started' }, { type: 'started' }])
    t.equal(starts, 1)
  }),
)

t.test('OTP-212 a start that refuses, throws or returns junk leaves nothing running', (t) =>
  withRuntime(async ({ runtime, reports }) => {
    const error = new Error('no config')
    const starts = {
      refuses: () => refuse('no disk'),
      throws: () => {
        throw error
      },
      junk: () => 42 as never,
      leaves: async () => {
        await Worker.startLink(undefined, { name: 'left behind' })
        spawn(() => new Promise(() => {}), { label: 'a loose end' })
        throw error
      },
    }
    const reasons = {
      refuses: 'no disk',
      throws: { type: 'error', error },
      junk: { type: 'badReturnValue', value: 42 },
      leaves: { type: 'error', error },
    }
    for (const name of Object.keys(starts) as (keyof typeof starts)[]) {
      const before = runtime.size
      const App = Application.define({ name, start: starts[name] as () => never, env: { port: 1 } })
      const outcome = await Application.start(App, 'permanent')
      const call = { module: name, function: 'start', args: ['permanent', { port: 1 }] }
      t.match(outcome, { type: 'refused', reason: { type: 'callFailed', reason: reasons[name], call } }, name)
      t.same(Application.which(), [])
      await settle()
      t.ok(runtime.size <= before + 1, 'no process of it is left (the first start made the controller)')
      t.match(reports.at(-1), { type: 'application', event: 'exited', level: 'error', application: name })
    }
    t.equal(runtime.names.get('left behind'), undefined)
    const Child = Application.define({
      name: 'child',
      children: () => [[Worker, []], { id: 'x', start: () => refuse('no') }] as never,
    })
    t.match(await Application.start(Child), { type: 'refused', reason: { type: 'callFailed' } })
    t.same(Application.which(), [])
  }),
)

t.test('OTP-213 a stop is prepStop, the tree, stop, with the state going through them', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    const App = Application.define({
      name: 'chat',
      start: async () => ({ pid: await Supervisor.startLink([[Worker, log]]), state: { step: 1 } }),
      prepStop: async ({ step }) => {
        log.push(`prepStop ${step}, ${Application.which().length} running`)
        await Promise.resolve()
        return { step: step + 1 }
      },
      stop: ({ step }) => log.push(`stop ${step}`),
    })
    await Application.start(App)
    t.same(await Application.stop(App), { type: 'stopped' })
    t.same(log, ['start chat', 'prepStop 1, 0 running', 'worker down', 'stop 2'])
    t.same(await Application.stop(App), { type: 'notStarted' })
    t.match(Application.loaded(), [{ name: 'chat' }], 'it stays loaded')
    t.same(await Application.start(App), { type: 'started' }, 'and can be started again')
  }),
)

t.test('a callback of the stop that fails is reported, and the stop goes on', (t) =>
  withRuntime(async ({ reports }) => {
    const log: string[] = []
    const App = Application.define({
      name: 'clumsy',
      start: async () => ({ pid: await Supervisor.startLink([[Worker, log]]), state: 'as it was' }),
      prepStop: (): string => {
        throw new Error('prepStop')
      },
      stop: (state) => {
        log.push(state)
        throw new Error('stop')
      },
    })
    await Application.start(App)
    t.same(await Application.stop(App), { type: 'stopped' })
    t.same(log, ['start clumsy', 'worker down', 'as it was'])
    const failed = reports.filter((report) => report.type === 'application' && report.event === 'callbackFailed')
    t.match(failed, [
      { reason: { reason: { error: { message: 'prepStop' } }, call: { module: 'clumsy', function: 'prepStop' } } },
      { reason: { reason: { error: { message: 'stop' } } } },
    ])
  }),
)

t.test('what is left of an application is killed when it has stopped, wherever it is linked', (t) =>
  withRuntime(async () => {
    const loose: Pid[] = []
    const App = Application.define({
      name: 'messy',
      children: () => [
        {
          id: 'spawner',
          start: () => {
            loose.push(
              spawn(() => {
                trapExit(true)
                return new Promise(() => {})
              }),
            )
            return Worker.startLink()
          },
        },
      ],
    })
    const mine = spawn(() => new Promise(() => {}))
    await Application.start(App)
    t.ok(loose.every(Process.isAlive))
    await Application.stop(App)
    t.notOk(loose.some(Process.isAlive))
    t.ok(Process.isAlive(mine), 'what is not of the application is not touched')
  }),
)

t.test('OTP-214 settings: the definition, then the configuration, then putEnv', (t) =>
  withRuntime(async () => {
    let seen: unknown
    const App = Application.define({
      name: 'web',
      env: { port: 4000, host: 'localhost', debug: false },
      children: (env) => {
        seen = env
        return []
      },
    })
    t.throws(() => Application.envOrThrow(App, 'port'), { code: 'BEAMISH_UNKNOWN_APPLICATION' })
    t.equal(Application.getEnv(App, 'port'), undefined, 'not loaded: not there')
    Application.configure(App, { port: 80 })
    Application.load(App)
    t.equal(Application.getEnv(App, 'port'), 80)
    t.equal(Application.getEnv('web', 'host'), 'localhost')
    Application.putEnv(App, 'port', 8080)
    t.equal(Application.getEnv(App, 'port'), 8080)
    t.same(Application.getAllEnv(App), { port: 8080, host: 'localhost', debug: false })
    await Application.start(App)
    t.same(seen, { port: 8080, host: 'localhost', debug: false }, 'the tree is built from what is in force')

    Application.deleteEnv(App, 'port')
    t.same(Application.fetchEnv(App, 'port'), { type: 'error' })
    t.same(Application.fetchEnv(App, 'debug'), { type: 'ok', value: false })
    t.equal(Application.getEnv(App, 'port', 1), 1)
    t.throws(() => Application.envOrThrow(App, 'port'), { code: 'BEAMISH_ENV_MISSING', message: /has host, debug/ })

    t.equal(Application.unload(App), 'running')
    await Application.stop(App)
    Application.putEnv(App, 'host', 'for good', { persistent: true })
    Application.putEnv(App, 'debug', true)
    t.equal(Application.unload(App), 'unloaded')
    t.equal(Application.unload(App), 'notLoaded')
    t.equal(Application.load(App), 'loaded')
    t.equal(Application.load(App), 'alreadyLoaded')
    t.same(Application.getAllEnv(App), { port: 80, host: 'for good', debug: false })
  }),
)

t.test('OTP-215 which applications run, who belongs to them, and what is on top', (t) =>
  withRuntime(async () => {
    const marker = {}
    const App = Application.define({
      name: 'known',
      version: '1.2.3',
      description: 'for this test',
      modules: [marker],
      children: () => [[Worker, undefined, { name: 'the worker' }]],
    })
    t.equal(Application.getApplication(), undefined)
    t.equal(Application.getSupervisor(App), undefined)
    t.same(Application.loaded(), [])
    await Application.start(App, 'transient')
    const info = { name: 'known', version: '1.2.3', description: 'for this test' }
    t.same(Application.which(), [{ ...info, type: 'transient' }])
    t.same(Application.loaded(), [info])
    const top = Application.getSupervisor('known')
    t.match(top === undefined ? [] : await Supervisor.whichChildren(top), [{ type: 'worker' }])
    t.equal(Application.getApplication(top), 'known')
    t.equal(await Worker.call('the worker', 'application'), 'known', 'asked from inside')
    t.equal(Application.getApplication(marker), 'known')
    t.equal(Application.getApplication({}), undefined)
    t.equal(Application.getApplication(self()), undefined)
    await Application.stop(App)
    t.same(Application.which(), [])
    t.equal(Application.getSupervisor(App), undefined)
    t.match(await Sys.getState('applicationController'), [])
  }),
)

t.test('an application that ends by itself: what that means depends on its type', async (t) => {
  const cases = [
    ['temporary', 'normal', 'goes on'],
    ['temporary', 'crash', 'goes on'],
    ['transient', 'normal', 'goes on'],
    ['transient', 'shutdown', 'stops'],
    ['transient', 'crash', 'stops'],
    ['permanent', 'normal', 'stops'],
    ['permanent', 'shutdown', 'stops'],
  ] as const
  for (const [type, reason, effect] of cases) {
    await withRuntime(async ({ reports }) => {
      const log: string[] = []
      const First = define('first', [], log)
      const Last = define('last', [], log)
      const App = Application.define({
        name: 'mortal',
        start: () => spawnTop(reason),
        stop: () => log.push('stop mortal'),
      })
      for (const each of [First, Last]) await Application.start(each)
      await Application.start(App, type)
      const late = Application.start(define('late'))
      await settle()
      t.match(await late, { type: /started|refused/ })
      const stops = log.filter((line) => line.startsWith('stop'))
      t.same(
        stops,
        effect === 'stops' ? ['stop mortal', 'stop last', 'stop first'] : ['stop mortal'],
        `${type} ${reason}`,
      )
      const level = reason === 'normal' ? 'info' : 'error'
      const exited = reports.find((report) => report.type === 'application' && report.event === 'exited')
      t.match(exited, { application: 'mortal', level, reason, startType: type })
    })
  }
})

/** A top process that ends by itself soon. */
function spawnTop(reason: string): Pid {
  return spawn(
    function* () {
      for (let turn = 0; turn < 3; turn++) yield Promise.resolve()
      exit(reason)
    },
    { link: true },
  )
}

t.test('an explicit stop never takes the others down, whatever the type', (t) =>
  withRuntime(async () => {
    const [A, B] = [define('a'), define('b')]
    await Application.start(A, 'permanent')
    await Application.start(B, 'permanent')
    await Application.stop(A)
    await settle()
    t.match(Application.which(), [{ name: 'b' }])
  }),
)

t.test('while everything stops no application starts; a start during a stop waits for it', (t) =>
  withRuntime(async () => {
    const A = define('a')
    await Application.start(A)
    const [stopped, again] = [Application.stop(A), Application.start(A)]
    t.same([await stopped, await again], [{ type: 'stopped' }, { type: 'started' }])
    const [all, refused] = [Application.stopAll(), Application.start(define('b'))]
    t.same([await all, await refused], [{ type: 'stopped' }, { type: 'refused', reason: 'shutdown' }])
    t.same(await Application.start(A), { type: 'started' }, 'afterwards it may begin anew')
  }),
)

t.test('start phases run in order once the tree is up', (t) =>
  withRuntime(async () => {
    const log: string[] = []
    const App = Application.define({
      name: 'phased',
      children: () => [[Worker, log]],
      startPhases: { warm: 1, open: 2 },
      startPhase: (phase, type, argument) => log.push(`${phase} ${type} ${argument}`),
    })
    await Application.start(App)
    t.same(log, ['start phased', 'warm temporary 1', 'open temporary 2'])
    const Failing = Application.define({
      name: 'failing',
      startPhases: { open: 0 },
      startPhase: () => {
        throw new Error('no')
      },
    })
    t.match(await Application.start(Failing), {
      type: 'refused',
      reason: { call: { function: 'startPhase', args: ['open', 'temporary', 0] } },
    })
  }),
)

t.test('LS-07 an application that does not stop in its own time is killed, and the next one has its turn', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const Stuck = Application.define({
      name: 'stuck',
      stopTimeoutMs: 100,
      children: () => [[Worker, undefined, { name: 'of the stuck' }]],
      prepStop: () => new Promise<void>(() => {}),
    })
    const Slow = Application.define({ name: 'slow', prepStop: () => sleep(10_000) })
    await Application.start(Slow)
    await Application.start(Stuck)
    let over = false
    const all = Application.stopAll().then(() => {
      over = true
    })
    await clock.advance(99)
    t.ok(whereis('of the stuck'))
    await clock.advance(1)
    t.notOk(whereis('of the stuck'), 'its time was up')
    t.match(reports.at(-1), { application: 'stuck', event: 'exited', level: 'error', reason: 'killed' })
    await clock.advance(9999)
    t.notOk(over, 'a slow one without a limit is waited for: no default cuts it off')
    await clock.advance(1)
    t.ok(over)
    await all
  }),
)

t.test('LS-11 everybody who waits for a stop is told', (t) =>
  withRuntime(async ({ clock }) => {
    const App = Application.define({ name: 'popular', prepStop: () => sleep(50) })
    await Application.start(App)
    const waiting = [Application.stop(App), Application.stop(App), Application.stop('popular')]
    const all = [Application.stopAll(), Application.stopAll()]
    await clock.advance(50)
    t.same(await Promise.all(waiting), Array(3).fill({ type: 'stopped' }))
    t.same(await Promise.all(all), Array(2).fill({ type: 'stopped' }))
  }),
)

t.test('LS-10 a request that comes after the order to stop is refused, never taken and lost', (t) =>
  withRuntime(async ({ clock }) => {
    const handled: number[] = []
    const Draining = GenServer.define({
      module: 'Draining',
      init: () => trapExit(true),
      handleCall: {
        write: (n: number) => {
          handled.push(n)
          return reply('written')
        },
      },
      terminate: () => sleep(50),
    })
    const App = Application.define({ name: 'drain', children: () => [[Draining, undefined, { name: 'draining' }]] })
    await Application.start(App)
    t.equal(await Draining.call('draining', 'write', 1), 'written')
    const stopped = Application.stop(App)
    await settle()
    const late = Draining.call('draining', 'write', 2)
    const refused = t.rejects(late, { code: 'BEAMISH_EXIT', message: /shutdown @ GenServer.call/ })
    await clock.advance(50)
    await refused
    t.same(await stopped, { type: 'stopped' })
    t.same(handled, [1])
  }),
)

t.test('LS-09 an application that has stopped leaves no timer and no reason to keep Node running', (t) =>
  withRuntime(async ({ runtime, clock }) => {
    const Ticking = GenServer.define({
      init: () => ({ timer: sendInterval(self(), 'tick', 10), ticks: 0 }),
      handleInfo: (_tick: unknown, state) => {
        if (state.ticks === 2) cancelTimer(state.timer)
        return noReply({ ...state, ticks: state.ticks + 1 })
      },
    })
    const App = Application.define({ name: 'ticking', stopTimeoutMs: 1000, children: () => [Ticking] })
    const before = [runtime.timers.size, keptAlive(runtime)]
    await Application.start(App)
    t.ok(keptAlive(runtime), 'while it runs, Node does')
    await clock.advance(15)
    t.equal(runtime.timers.size, 1)
    await clock.advance(15)
    t.equal(runtime.timers.size, 0, 'it has cancelled its interval from inside')
    await Application.stop(App)
    await Application.start(App)
    await clock.advance(15)
    await Application.stop(App)
    t.same([runtime.timers.size, keptAlive(runtime)], before, 'nor when it is stopped before')
  }),
)

function keptAlive(runtime: Runtime): boolean {
  return (runtime as unknown as { holds: number }).holds > 0
}

t.test('two applications of one name, and other mistakes, are refused at the door', (t) =>
  withRuntime(async () => {
    const A = define('a')
    Application.load(A)
    t.throws(() => Application.start(define('a')), { code: 'BEAMISH_APPLICATION_NAME_TAKEN' })
    t.throws(() => Application.start('b'), { code: 'BEAMISH_UNKNOWN_APPLICATION' })
    t.same(await Application.start('a'), { type: 'started' }, 'by name, once loaded')
    const wrong: (() => unknown)[] = [
      () => Application.start(A, 'forever' as 'permanent'),
      () => Application.start(5 as never),
      () => Application.define({ name: '' }),
      () => Application.define({ childs: () => [] } as never),
      () => Application.define({ children: () => [], start: () => self() }),
      () => Application.define({ strategy: 'allForOne' as 'oneForAll' }),
      () => Application.define({ applications: [5] as never }),
      () => Application.define({ stopTimeoutMs: -1 }),
      () => Application.define({ stop: 'now' as never }),
    ]
    for (const mistake of wrong) t.throws(mistake, { code: 'BEAMISH_BAD_ARGUMENT' })
    t.match(Application.define({}).name, /^application\.test\.[tj]s:\d+$/)
  }),
)

t.test('settings have the types of the definition', async (t) => {
  const App = Application.define({ name: 'typed', env: { port: 4000, host: 'localhost' as string } })
  const check = () => {
    const port: number = Application.getEnv(App, 'port')
    const host: string = Application.envOrThrow(App, 'host')
    // @ts-expect-error the port is a number
    Application.putEnv(App, 'port', '80')
    // @ts-expect-error there is no such setting
    Application.fetchEnv(App, 'prot').value.toFixed()
    // @ts-expect-error nor here
    Application.configure(App, { prot: 80 })
    return [port, host]
  }
  t.type(check, 'function')
})
