import t from 'tap'
import {
  childSpec,
  type DownMessage,
  demonitor,
  type ExitError,
  exit,
  GenServer,
  isDown,
  isExit,
  isTaskReply,
  monitor,
  noReply,
  type Pid,
  Process,
  receive,
  reply,
  Supervisor,
  Sys,
  self,
  send,
  spawn,
  spawnMonitor,
  Task,
  TaskSupervisor,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const okay = (...values: unknown[]) => values.map((value) => ({ type: 'ok', value }))

t.test('OTP-172 a supervised task has the supervisor as ancestor and the requester as caller', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink({ name: 'jobs' })
    const look = () => ({ callers: [...Process.callers()], ancestors: Process.info(self(), 'ancestors') ?? [] })
    const outer = await TaskSupervisor.async(supervisor, async () => {
      const inner = await TaskSupervisor.async(supervisor, look)
      return { child: self(), own: look(), inner: await Task.await(inner) }
    })
    const { child, own, inner } = await Task.await(outer)
    t.equal(own.callers[0], self())
    t.equal(own.ancestors[0], 'jobs')
    t.equal(own.ancestors[1], self())
    t.same(
      inner.callers.map((pid) => pid.id),
      [child.id, self().id],
    )
    t.equal(inner.ancestors[0], 'jobs')
    const streamed = await TaskSupervisor.asyncStream(supervisor, [1], look).toArray()
    const seen = (streamed[0] as { value: ReturnType<typeof look> }).value
    t.equal(seen.ancestors[0], 'jobs')
    t.equal(seen.callers[0], self())
  }),
)

t.test('a supervised task is linked to the supervisor and to its owner', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const task = await TaskSupervisor.async(supervisor, () => receive())
    t.same(
      [...(Process.info(task.pid as Pid, 'links') ?? [])].map((pid) => pid.id).sort(),
      [supervisor.id, self().id].sort(),
    )
    t.equal((await TaskSupervisor.children(supervisor))[0], task.pid)
    send(task.pid as Pid, 'go')
    t.equal(await Task.await(task), 'go')
    await settle()
    t.same(await TaskSupervisor.children(supervisor), [])
    t.same(Process.info(self(), 'messages'), [])

    const { ref } = spawnMonitor(async () => {
      const failing = await TaskSupervisor.async(supervisor, () => exit('unlucky'))
      await Task.await(failing)
    })
    t.equal((await receive<DownMessage>((message) => isDown(message, ref))).reason, 'unlucky')
    t.ok(Process.isAlive(supervisor))
  }),
)

t.test('a generator body starts supervised tasks with yield*, several at once', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const owner = self()
    spawn(function* () {
      const starting = [1, 2].map((n) => TaskSupervisor.async(supervisor, () => n))
      const values: number[] = []
      for (const start of starting) values.push(yield* Task.await(yield* start))
      const streamed = yield* TaskSupervisor.asyncStream(supervisor, [3], (n) => n).toArray()
      send(owner, { values, streamed, left: yield* TaskSupervisor.children(supervisor) })
    })
    t.same(await receive(), { values: [1, 2], streamed: okay(3), left: [] })
  }),
)

t.test('OTP-185 a failing element of an unlinked stream is a result, and the consumer lives', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const fail = (n: number) => (n === 2 ? exit(`no ${n}`) : n)
    const options = { ordered: false, maxConcurrency: 1 } as const
    const results = await TaskSupervisor.asyncStreamNoLink(supervisor, [1, 2, 3], fail, options).toArray()
    t.same(results, [...okay(1), { type: 'exit', reason: 'no 2' }, ...okay(3)])
    t.same(Process.info(self(), ['messages', 'links']), [
      ['messages', []],
      ['links', [supervisor]],
    ])
    t.same(await TaskSupervisor.children(supervisor), [])

    const halted: Pid[] = []
    const hang = async (n: number) => {
      if (n > 0) halted.push(self())
      return n > 0 ? await receive() : n
    }
    const asTheyCome = { ordered: false, maxConcurrency: 3 } as const
    for await (const result of TaskSupervisor.asyncStreamNoLink(supervisor, [1, 0, 2], hang, asTheyCome)) {
      t.same(result, { type: 'ok', value: 0 })
      break
    }
    t.equal(halted.length, 2)
    t.ok(halted.every((pid) => !Process.isAlive(pid)))
  }),
)

t.test('a linked stream under a supervisor takes a consumer along that does not trap exits', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const fail = () => exit('unlucky')
    const { ref } = spawnMonitor(async () => TaskSupervisor.asyncStream(supervisor, [1], fail).toArray())
    t.equal((await receive<DownMessage>((message) => isDown(message, ref))).reason, 'unlucky')
    trapExit(true)
    const results = await TaskSupervisor.asyncStream(supervisor, [1], fail).toArray()
    t.same(results, [{ type: 'exit', reason: 'unlucky' }])
    t.same(Process.info(self(), 'messages'), [])
  }),
)

t.test('OTP-187 at maxChildren tasks and streams throw, and startChild says so', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink({ maxChildren: 1 })
    const first = await TaskSupervisor.async(supervisor, () => receive())
    await t.rejects(
      TaskSupervisor.async(supervisor, () => 1),
      { code: 'BEAMISH_MAX_CHILDREN' },
    )
    await t.rejects(
      TaskSupervisor.asyncNoLink(supervisor, () => 1),
      { code: 'BEAMISH_MAX_CHILDREN' },
    )
    t.same(await TaskSupervisor.startChild(supervisor, () => 1), { type: 'refused', reason: 'maxChildren' })
    await Task.shutdown(first)

    const before = Process.list().length
    const stream = TaskSupervisor.asyncStream(supervisor, [1, 2, 3], () => receive(), { maxConcurrency: 3 })
    await t.rejects(stream.toArray(), { code: 'BEAMISH_MAX_CHILDREN' })
    await settle()
    t.equal(Process.list().length, before, 'the element that had been started was ended first')
    t.same(await TaskSupervisor.children(supervisor), [])
    t.same(Process.info(self(), ['messages', 'links', 'monitors']), [
      ['messages', []],
      ['links', [supervisor]],
      ['monitors', []],
    ])
  }),
)

t.test('OTP-188 an unlinked task tells its owner by messages', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const crashed = await TaskSupervisor.asyncNoLink(supervisor, () => exit('crashed'))
    const down = await receive<DownMessage>()
    t.same(
      [down.type, down.ref === crashed.ref, down.object === crashed.pid, down.reason],
      ['down', true, true, 'crashed'],
    )

    const succeeded = await TaskSupervisor.asyncNoLink(supervisor, () => 'value')
    const answer = await receive()
    t.ok(isTaskReply(answer, succeeded))
    t.equal(answer.value, 'value')
    const after = await receive<DownMessage>()
    t.same([after.ref === succeeded.ref, after.reason], [true, 'normal'])
    t.same(await Task.yield(await TaskSupervisor.asyncNoLink(supervisor, () => 'awaited')), {
      type: 'ok',
      value: 'awaited',
    })
    t.equal(await Task.await(await TaskSupervisor.asyncNoLink(supervisor, () => 'awaited')), 'awaited')
  }),
)

t.test('a server sees the answers of its unlinked tasks in handleInfo', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const Fetcher = GenServer.define({
      init: () => ({ tasks: new Map<unknown, string>(), seen: [] as unknown[] }),
      handleCall: {
        fetch: async (what: string, state) => {
          const task = await TaskSupervisor.asyncNoLink(supervisor, () =>
            what === 'bad' ? exit('bad') : `got ${what}`,
          )
          return reply('started', { ...state, tasks: new Map([...state.tasks, [task.ref, what]]) })
        },
        seen: (_: void, state) => reply(state.seen),
      },
      handleInfo: (message, state) => {
        if (isTaskReply(message)) {
          demonitor(message.ref, { flush: true })
          return noReply({ ...state, seen: [...state.seen, message.value] })
        }
        if (isDown(message))
          return noReply({ ...state, seen: [...state.seen, [state.tasks.get(message.ref), message.reason]] })
        return noReply(state)
      },
    })
    const fetcher = await Fetcher.startLink()
    await Fetcher.call(fetcher, 'fetch', 'good')
    await Fetcher.call(fetcher, 'fetch', 'bad')
    await settle()
    t.same(await Fetcher.call(fetcher, 'seen'), ['got good', ['bad', 'bad']])
  }),
)

t.test('OTP-189 a child runs again, is killed, or is terminated, as it was started', (t) =>
  withRuntime(async ({ clock }) => {
    const supervisor = await TaskSupervisor.startLink({ maxRestarts: 10 })
    const owner = self()
    const announce = async () => {
      send(owner, self())
      await receive()
      exit('failed')
    }
    const permanent = await TaskSupervisor.startChild(supervisor, announce, { restart: 'permanent' })
    const first = await receive<Pid>()
    t.same(permanent, { type: 'started', pid: first })
    t.equal(Process.info(first, 'callers')?.[0], owner)
    t.notOk(Process.info(owner, 'links')?.includes(first))
    send(first, 'fail')
    const second = await receive<Pid>()
    t.not(second, first)
    t.same(await TaskSupervisor.terminateChild(supervisor, second), { type: 'ok' })
    t.same(await TaskSupervisor.terminateChild(supervisor, second), { type: 'notFound' })

    await TaskSupervisor.startChild(supervisor, announce)
    send(await receive<Pid>(), 'fail')
    await clock.advance(1000)
    t.same(Process.info(owner, 'messages'), [], 'a temporary task does not run again')

    const stubborn = async () => {
      trapExit(true)
      send(owner, self())
      for (;;) await receive()
    }
    await TaskSupervisor.startChild(supervisor, stubborn, { shutdown: 'brutalKill' })
    const victim = await receive<Pid>()
    const down = monitor(victim)
    t.equal(await TaskSupervisor.stop(supervisor), 'ok')
    t.equal((await receive<DownMessage>((message) => isDown(message, down))).reason, 'killed')
  }),
)

t.test('a supervisor that stops ends its tasks, and their owners see it', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.start()
    trapExit(true)
    const linked = await TaskSupervisor.async(supervisor, () => receive())
    const unlinked = await TaskSupervisor.asyncNoLink(supervisor, () => receive())
    await settle()
    await TaskSupervisor.stop(supervisor)
    t.same(await Task.yield(unlinked), { type: 'exit', reason: 'shutdown' })
    t.same(await Task.yield(linked), { type: 'exit', reason: 'shutdown' })
    t.ok(isExit(await receive(), linked.pid))
    const error: ExitError = await TaskSupervisor.async(supervisor, () => 1).catch((thrown) => thrown)
    t.equal(error.code, 'BEAMISH_NOPROC')
    t.equal((error.reason as { call: { module: string; function: string } }).call.module, 'TaskSupervisor')
    t.equal((error.reason as { call: { module: string; function: string } }).call.function, 'async')
  }),
)

t.test('work for an owner that is gone before the supervisor comes to it is not begun', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const ran: string[] = []
    await Sys.suspend(supervisor)
    const owner = spawn(async () => {
      await TaskSupervisor.async(supervisor, () => ran.push('ran'))
    })
    await settle()
    t.equal(Process.info(supervisor, 'messageQueueLength'), 1, 'it is asked')
    exit(owner, 'kill')
    await Sys.resume(supervisor)
    await settle()
    t.same(ran, [])
    t.same(await TaskSupervisor.children(supervisor), [])
  }),
)

t.test('tasks and task supervisors stand in a list of children', (t) =>
  withRuntime(async () => {
    const owner = self()
    const job = childSpec(Task, () => send(owner, 'done'))
    t.same([job.id === Task, job.restart, job.shutdown, job.type], [true, 'temporary', 5000, 'worker'])
    const child = TaskSupervisor.child({ name: 'mails', maxChildren: 5 })
    t.same([child.id, child.restart, child.shutdown, child.type], ['mails', 'permanent', 'infinity', 'supervisor'])
    const tree = await Supervisor.startLink([
      [TaskSupervisor, { name: 'letters' }],
      child,
      [Task, () => send(owner, 'done')],
    ])
    t.equal(await receive(), 'done')
    t.equal(await Task.await(await TaskSupervisor.async('letters', () => 'written')), 'written')
    t.equal(await Task.await(await TaskSupervisor.async('mails', () => 'sent')), 'sent')
    await settle()
    t.equal((await Supervisor.whichChildren(tree)).length, 2, 'a task that is over is forgotten')
  }),
)

t.test('wrong arguments are told at once', (t) =>
  withRuntime(async () => {
    const supervisor = await TaskSupervisor.startLink()
    const wrong = { code: 'BEAMISH_BAD_ARGUMENT' }
    t.throws(() => TaskSupervisor.startLink({ extraArguments: [1] } as never), wrong)
    t.throws(() => TaskSupervisor.startLink({ maxChildren: -1 }), wrong)
    t.throws(() => TaskSupervisor.child({ strategy: 'oneForAll' } as never), wrong)
    t.throws(() => TaskSupervisor.async(supervisor, 5 as never), wrong)
    t.throws(() => TaskSupervisor.async(supervisor, () => 1, { shutdown: -1 }), wrong)
    t.throws(() => TaskSupervisor.async(supervisor, () => 1, { restart: 'permanent' } as never), wrong)
    t.throws(() => TaskSupervisor.startChild(supervisor, () => 1, { restart: 'always' as never }), wrong)
    t.throws(() => TaskSupervisor.asyncStream(supervisor, [1], (n) => n, { shutdown: -1 }), wrong)
    t.throws(() => TaskSupervisor.asyncStream(supervisor, [1], (n) => n, { maxConcurrency: 0 }), wrong)
  }),
)
