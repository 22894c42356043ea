import t from 'tap'
import {
  Agent,
  type DownMessage,
  ExitError,
  exit,
  isAbnormal,
  isExit,
  isTaskReply,
  type Pid,
  Process,
  receive,
  register,
  self,
  send,
  sleep,
  spawn,
  spawnLink,
  spawnMonitor,
  Task,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

/** What an exit that is expected here says. */
async function exitOf(operation: PromiseLike<unknown>): Promise<ExitError> {
  try {
    await operation
  } catch (error) {
    if (error instanceof ExitError) return error
    throw error
  }
  throw new Error('it did not exit')
}

function reasonAndCall(error: ExitError): [unknown, string] {
  const { reason, call } = error.reason as { reason: unknown; call: { module: string; function: string } }
  return [reason, `${call.module}.${call.function}`]
}

t.test('OTP-171 a task is linked to its owner, and await gives its value', (t) =>
  withRuntime(async () => {
    const task = Task.async(function* () {
      yield* receive((message) => message === 'go')
      return 42
    })
    t.equal(task.owner, self())
    t.ok(task.pid && Process.isAlive(task.pid))
    t.ok(Process.info(self(), 'links')?.includes(task.pid as Pid))
    t.same(Process.info(self(), 'monitors'), [task.pid])
    send(task.pid as Pid, 'go')
    t.equal(await Task.await(task), 42)
    t.same(Process.info(self(), 'messages'), [], 'nothing is left of it')
  }),
)

t.test('the value comes from a plain function, an async one and a generator function alike', (t) =>
  withRuntime(async ({ clock }) => {
    t.equal(await Task.await(Task.async(() => 'plain')), 'plain')
    t.equal(await Task.await(Task.async(async () => await Promise.resolve('async'))), 'async')
    const slow = Task.async(function* () {
      yield* sleep(10)
      return 'generator'
    })
    const waiting = Task.await(slow)
    await clock.advance(10)
    t.equal(await waiting, 'generator')
    t.equal(await Task.await(Task.async(() => undefined)), undefined)
  }),
)

t.test('a generator body awaits its tasks with yield*', (t) =>
  withRuntime(async () => {
    const owner = self()
    spawn(function* () {
      const tasks = [1, 2, 3].map((n) =>
        Task.async(function* () {
          yield* sleep(0)
          return n * 2
        }),
      )
      const many = yield* Task.awaitMany(tasks)
      const one = yield* Task.await(Task.async(() => 'one'))
      const yielded = yield* Task.yield(Task.async(() => 'two'))
      const stopped = yield* Task.shutdown(Task.async(() => receive()))
      send(owner, { many, one, yielded, stopped })
    })
    const expected = { many: [2, 4, 6], one: 'one', yielded: { type: 'ok', value: 'two' }, stopped: undefined }
    t.same(await receive(), expected)
  }),
)

t.test('an answer that nobody waits for arrives as a message, and then the down', (t) =>
  withRuntime(async () => {
    const task = Task.async(() => 'later')
    const reply = await receive()
    t.ok(isTaskReply(reply, task))
    t.notOk(isTaskReply(reply, Task.completed(1)))
    t.equal(isTaskReply(reply, task) && reply.value, 'later')
    Task.ignore(Task.completed('other'))
    const down = await receive<DownMessage>()
    t.same([down.type, down.ref === task.ref, down.object, down.reason], ['down', true, task.pid, 'normal'])
  }),
)

t.test('await finds the answer that is in the mailbox already, and leaves other messages in order', (t) =>
  withRuntime(async () => {
    send(self(), 'before')
    const task = Task.async(() => 'done')
    await settle()
    send(self(), 'after')
    t.equal(await Task.await(task), 'done')
    t.same([await receive(), await receive(), await receive({ afterMs: 0 })], ['before', 'after', undefined])
  }),
)

t.test('OTP-172 nested tasks know on whose behalf they run', (t) =>
  withRuntime(async () => {
    const nested = Task.async(async () => {
      const inner = Task.async(() => ({ callers: Process.callers(), ancestors: Process.info(self(), 'ancestors') }))
      return { seen: await Task.await(inner), child: self() }
    })
    const { seen, child } = await Task.await(nested)
    t.same(seen.callers, [child, self()])
    t.equal(seen.callers[0], child)
    t.equal(seen.ancestors?.[0], child)
    t.equal(seen.ancestors?.[1], self())
  }),
)

t.test('OTP-173 await that is late exits, and nothing of the task arrives afterwards', (t) =>
  withRuntime(async ({ clock }) => {
    const task = Task.async(function* () {
      yield* sleep(50)
      return 'too late'
    })
    const late = exitOf(Task.await(task, 20))
    await clock.advance(20)
    const error = await late
    t.equal(error.code, 'BEAMISH_TIMEOUT')
    t.same(reasonAndCall(error), ['timeout', 'Task.await'])
    t.same((error.reason as { call: { args: unknown } }).call.args, [task, 20])
    t.ok(Process.isAlive(task.pid as Pid), 'the task is not stopped by it')
    await clock.advance(100)
    t.notOk(Process.isAlive(task.pid as Pid))
    t.same(Process.info(self(), 'messages'), [])
  }),
)

t.test('OTP-174 a task that ends without an answer makes await exit with its reason', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const boom = new Error('boom')
    const ends = async (run: () => unknown) => reasonAndCall(await exitOf(Task.await(Task.async(run))))
    t.same(await ends(() => exit('normal')), ['normal', 'Task.await'])
    t.same(await ends(() => exit('unknown')), ['unknown', 'Task.await'])
    const [raised] = (await ends(() => {
      throw boom
    })) as [{ type: string; error: unknown; stack: string }, string]
    t.same([raised.type, raised.error === boom, raised.stack.length > 0], ['error', true, true])
    const [thrown] = (await ends(async () => {
      throw 'unknown'
    })) as [{ type: string; value: unknown }, string]
    t.same([thrown.type, thrown.value], ['nocatch', 'unknown'])
  }),
)

t.test('a task that fails ends an owner that does not trap exits, in the middle of its wait', (t) =>
  withRuntime(async () => {
    const goneOn: unknown[] = []
    const { ref } = spawnMonitor(async () => {
      const task = Task.async(() => exit('unlucky'))
      await Task.await(task).catch((error) => goneOn.push(error))
      goneOn.push('went on')
    })
    const down = await receive<DownMessage>((message) => message.ref === ref)
    t.equal(down.reason, 'unlucky')
    await settle()
    t.same(goneOn, [])
  }),
)

t.test('OTP-175 only the owner may wait for a task', (t) =>
  withRuntime(async () => {
    const task = Task.completed('mine')
    const attempts = {
      await: () => Task.await(task),
      awaitMany: () => Task.awaitMany([task]),
      yield: () => Task.yield(task),
      yieldMany: () => Task.yieldMany([task]),
      shutdown: () => Task.shutdown(task),
      ignore: () => Task.ignore(task),
    }
    const codes = await Task.await(
      Task.async(() => {
        return Object.entries(attempts).map(([name, attempt]) => {
          try {
            attempt()
          } catch (error) {
            return [name, (error as { code: unknown }).code, String(error).includes('a task of the calling process')]
          }
          return [name, 'nothing was thrown']
        })
      }),
    )
    t.same(
      codes,
      Object.keys(attempts).map((name) => [name, 'BEAMISH_BAD_ARGUMENT', true]),
    )
    t.throws(() => Task.await(7 as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /what Task.async returned, got 7/ })
  }),
)

t.test('OTP-176 a completed task has no process and behaves like one that is done', (t) =>
  withRuntime(async () => {
    const task = Task.completed('there')
    t.equal(task.pid, undefined)
    t.equal(await Task.await(task), 'there')
    t.same(await Task.yield(Task.completed(1)), { type: 'ok', value: 1 })
    t.same(Task.ignore(Task.completed(2)), { type: 'ok', value: 2 })
    t.same(await Task.shutdown(Task.completed(3)), { type: 'ok', value: 3 })
    t.same(await Task.shutdown(Task.completed(4), 'brutalKill'), { type: 'ok', value: 4 })
    t.same(await Task.awaitMany([Task.completed(5), Task.async(() => 6)]), [5, 6])
    t.same(Process.info(self(), 'messages'), [])
  }),
)

function after(ms: number, value: unknown) {
  return Task.async(function* () {
    yield* sleep(ms)
    return value
  })
}

t.test('OTP-177 awaitMany gives the values in input order and exits at the first failure', (t) =>
  withRuntime(async ({ clock }) => {
    t.same(await Task.awaitMany([]), [])
    const values = Task.awaitMany([after(30, 'a'), after(10, 'b'), after(20, 'c')])
    await clock.advance(30)
    t.same(await values, ['a', 'b', 'c'])

    trapExit(true)
    const failing = Task.async(function* () {
      yield* sleep(5)
      exit('broken')
    })
    const slow = after(20, 'never seen')
    const failed = exitOf(Task.awaitMany([slow, failing]))
    await clock.advance(5)
    t.same(reasonAndCall(await failed), ['broken', 'Task.awaitMany'])
    t.ok(Process.isAlive(slow.pid as Pid))
    await clock.advance(50)
    t.same(
      (Process.info(self(), 'messages') ?? []).filter((message) => !isExit(message)),
      [],
    )

    const late = exitOf(Task.awaitMany([after(5, 'quick'), after(30, 'slow'), after(40, 'slower')], 10))
    await clock.advance(10)
    t.same(reasonAndCall(await late), ['timeout', 'Task.awaitMany'])
    await clock.advance(50)
    t.same(
      (Process.info(self(), 'messages') ?? []).filter((message) => !isExit(message)),
      [],
    )
  }),
)

t.test('OTP-178 yield on a slow task says nothing and can be asked again', (t) =>
  withRuntime(async ({ clock }) => {
    trapExit(true)
    const slow = after(20, 'at last')
    const first = Task.yield(slow, 10)
    await clock.advance(10)
    t.equal(await first, undefined)
    t.equal(await Task.yield(slow, 0), undefined)
    const second = Task.await(slow)
    await clock.advance(10)
    t.equal(await second, 'at last')

    const ended = Task.async(() => exit('unknown'))
    t.same(await Task.yield(ended), { type: 'exit', reason: 'unknown' })
    const inMailbox = Task.async(() => exit('normal'))
    await settle()
    t.same(await Task.yield(inMailbox, 0), { type: 'exit', reason: 'normal' })
  }),
)

t.test('OTP-179 yieldMany says of each task what became of it, in input order', (t) =>
  withRuntime(async ({ clock }) => {
    trapExit(true)
    const tasks = [after(100, 'slow'), after(10, 'quick'), Task.async(() => exit('broken')), Task.completed('there')]
    const outcomes = Task.yieldMany(tasks, 50)
    await clock.advance(50)
    const given = await outcomes
    t.ok(given.every(([task], i) => task === tasks[i]))
    const [, ok, broken, completed] = given.map(([, outcome]) => outcome)
    t.same(ok, { type: 'ok', value: 'quick' })
    t.same(broken, { type: 'exit', reason: 'broken' })
    t.same(completed, { type: 'ok', value: 'there' })
    t.equal(given[0]?.[1], undefined)
    const again = Task.yieldMany(tasks.slice(0, 1))
    await clock.advance(50)
    t.same((await again)[0]?.[1], { type: 'ok', value: 'slow' }, 'with onTimeout nothing it can be asked again')
  }),
)

t.test('yieldMany with a limit returns as soon as so many are done, and spares the others', (t) =>
  withRuntime(async ({ clock }) => {
    const tasks = [after(30, 1), after(10, 2), after(20, 3)]
    const some = Task.yieldMany(tasks, { limit: 1, timeoutMs: 1000, onTimeout: 'killTask' })
    await clock.advance(10)
    t.same(
      (await some).map(([, outcome]) => outcome),
      [undefined, { type: 'ok', value: 2 }, undefined],
    )
    t.same(
      tasks.map(({ pid }) => Process.isAlive(pid as Pid)),
      [true, false, true],
    )
    t.throws(() => Task.yieldMany(tasks, { limit: 0 }), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Task.yieldMany(tasks, { onTimeout: 'exit' as never }), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Task.yieldMany(tasks, { ordered: true } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('yieldMany kills the late tasks, or lets them run on unheard', (t) =>
  withRuntime(async ({ clock }) => {
    const doomed = [after(10, 'quick'), after(100, 'slow')]
    const killed = Task.yieldMany(doomed, { timeoutMs: 50, onTimeout: 'killTask' })
    await clock.advance(50)
    t.same(
      (await killed).map(([, outcome]) => outcome),
      [{ type: 'ok', value: 'quick' }, undefined],
    )
    t.notOk(Process.isAlive(doomed[1]?.pid as Pid))

    const spared = [after(10, 'quick'), after(100, 'slow')]
    const ignored = Task.yieldMany(spared, { timeoutMs: 50, onTimeout: 'ignore' })
    await clock.advance(50)
    t.same(
      (await ignored).map(([, outcome]) => outcome),
      [{ type: 'ok', value: 'quick' }, undefined],
    )
    t.ok(Process.isAlive(spared[1]?.pid as Pid))
    t.notOk(Process.info(self(), 'links')?.includes(spared[1]?.pid as Pid))
    await clock.advance(100)
    t.same(Process.info(self(), 'messages'), [])
  }),
)

t.test('OTP-180 shutdown ends a task and says how it had ended', (t) =>
  withRuntime(async ({ clock }) => {
    const running = Task.async(() => receive())
    t.equal(await Task.shutdown(running), undefined)
    t.notOk(Process.isAlive(running.pid as Pid))
    t.equal(
      await Task.shutdown(
        Task.async(() => receive()),
        'brutalKill',
      ),
      undefined,
    )

    const done = Task.async(() => 'done')
    await settle()
    t.same(await Task.shutdown(done), { type: 'ok', value: 'done' })

    trapExit(true)
    const crashed = Task.async(() => exit('crashed'))
    await settle()
    t.same(await Task.shutdown(crashed), { type: 'exit', reason: 'crashed' })
    t.same(await Task.shutdown(crashed), { type: 'exit', reason: 'noproc' })
    trapExit(false)

    const stuck = Task.async(async () => {
      trapExit(true)
      for (;;) await receive()
    })
    await settle()
    const stopped = Task.shutdown(stuck, 30)
    await clock.advance(29)
    t.ok(Process.isAlive(stuck.pid as Pid))
    await clock.advance(1)
    t.same(await stopped, { type: 'exit', reason: 'killed' })

    const polite = Task.async(async () => {
      trapExit(true)
      await receive()
      return 'finished'
    })
    await settle()
    t.same(await Task.shutdown(polite, 30), { type: 'ok', value: 'finished' })
    const left = Process.info(self(), 'messages') ?? []
    t.same(
      left.map((message) => isExit(message, crashed.pid)),
      [true],
      'nothing but the exit that was trapped',
    )
  }),
)

t.test('OTP-181 an ignored task runs on, and its failure is nobody’s', (t) =>
  withRuntime(async () => {
    const done = Task.async(() => 'done')
    await settle()
    t.same(Task.ignore(done), { type: 'ok', value: 'done' })

    const running = Task.async(async () => {
      await receive()
      exit('unheard')
    })
    t.equal(Task.ignore(running), undefined)
    t.notOk(Process.info(self(), 'links')?.includes(running.pid as Pid))
    await settle()
    send(running.pid as Pid, 'go')
    await settle()
    t.notOk(Process.isAlive(running.pid as Pid))

    trapExit(true)
    const crashed = Task.async(() => exit('crashed'))
    await settle()
    t.same(Task.ignore(crashed), { type: 'exit', reason: 'crashed' })
    t.same(
      (Process.info(self(), 'messages') ?? []).map((message) => isExit(message, crashed.pid)),
      [true],
    )
  }),
)

t.test('OTP-190 an abnormal end is reported once, with what ran and who started it', (t) =>
  withRuntime(async ({ reports }) => {
    const starter = spawn(async () => {
      register(self(), 'starter')
      Task.start(async function fetchAll() {
        Process.setLabel('nightly')
        throw new Error('no network')
      })
      Task.start(() => exit('shutdown'))
      Task.start(() => exit({ type: 'shutdown', detail: 'expected' }))
      Task.start(() => exit('normal'))
      await receive()
    })
    await settle()
    t.equal(reports.length, 1)
    const [report] = reports
    if (report?.type !== 'taskTerminate') throw new Error(`no report of a task: ${report?.type}`)
    t.equal(report.level, 'error')
    t.equal(report.startedFrom, 'starter')
    t.equal(report.function, 'fetchAll')
    t.same(report.args, [])
    t.equal(report.label, 'nightly')
    t.same([...report.callers], [starter])
    t.ok(isAbnormal(report.reason))
    t.equal((report.reason as { error: Error }).error.message, 'no network')
  }),
)

t.test('start and startLink start for the effect only', (t) =>
  withRuntime(async () => {
    const owner = self()
    Task.start(() => send(owner, 'loose'))
    t.equal(await receive(), 'loose')
    trapExit(true)
    const pid = Task.startLink(() => exit('linked'))
    t.same(await receive(), { type: 'exit', from: pid, reason: 'linked' })
    t.throws(() => Task.start('nothing' as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Task.startLink(undefined as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Task.async({} as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.equal(Task.childSpec(() => {}).restart, 'temporary')
  }),
)

t.test('LS-11 a second wait for the same task ends too', (t) =>
  withRuntime(async ({ clock }) => {
    const task = after(10, 'shared')
    const both = Promise.all([Task.await(task, 'infinity'), Task.yield(task, 'infinity')])
    await clock.advance(10)
    t.same(await both, ['shared', { type: 'ok', value: 'shared' }])
    t.same(reasonAndCall(await exitOf(Task.await(task, 'infinity'))), ['noproc', 'Task.await'])
    const again = exitOf(Task.await(task, 10))
    await clock.advance(10)
    t.same(reasonAndCall(await again), ['timeout', 'Task.await'])

    const slow = after(100, 'slow')
    const waiting = [exitOf(Task.await(slow, 10)), exitOf(Task.await(slow, 'infinity'))]
    await clock.advance(10)
    const [first, second] = await Promise.all(waiting)
    t.equal(first?.code, 'BEAMISH_TIMEOUT')
    t.same(reasonAndCall(second as ExitError), ['noproc', 'Task.await'])
  }),
)

t.test('LS-15 a wait that timed out leaves neither a timer nor a monitor behind', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const idle = Task.async(() => receive())
    for (let i = 0; i < 100; i++) {
      const late = Task.yield(idle, 5)
      await clock.advance(5)
      t.equal(await late, undefined)
    }
    t.equal(runtime.timers.size, 0)
    t.equal(Process.info(idle.pid as Pid, 'monitoredBy')?.length, 1)
    const late = exitOf(Task.await(idle, 5))
    await clock.advance(5)
    await late
    t.same(Process.info(idle.pid as Pid, 'monitoredBy'), [])
    t.same(Process.info(self(), 'monitors'), [])
    await Task.shutdown(idle, 'brutalKill')

    const agent = await Agent.start(() => 0)
    Agent.cast(agent, () => sleep(1000).then(() => 1))
    for (let i = 0; i < 100; i++) {
      const late = exitOf(Agent.get(agent, (n) => n, 5))
      await clock.advance(5)
      t.equal((await late).code, 'BEAMISH_TIMEOUT')
    }
    t.same(Process.info(agent, 'monitoredBy'), [])
    t.equal(runtime.timers.size, 1, 'the agent’s own sleep')
    await clock.advance(1000)
    t.same(Process.info(self(), ['monitors', 'messages']), [
      ['monitors', []],
      ['messages', []],
    ])
  }),
)

t.test('the end of an owner in the middle of its wait ends the wait', (t) =>
  withRuntime(async ({ runtime, clock }) => {
    const owner = spawnLink(function* () {
      yield* Task.await(
        Task.async(function* () {
          yield* receive()
        }),
        1000,
      )
    })
    await settle()
    trapExit(true)
    exit(owner, 'enough')
    t.same(await receive(), { type: 'exit', from: owner, reason: 'enough' })
    await clock.advance(0)
    t.equal(runtime.timers.size, 0)
    t.equal(Process.list().length, 2, 'the main process and this one')
  }),
)
