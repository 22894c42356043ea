import t from 'tap'
import {
  type DownMessage,
  ExitError,
  exit,
  Process,
  receive,
  self,
  send,
  sleep,
  spawn,
  spawnMonitor,
  Task,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const afterItself = function* (ms: number) {
  yield* sleep(ms)
  return ms
}

const okay = (...values: unknown[]) => values.map((value) => ({ type: 'ok', value }))

t.test('OTP-182 an ordered stream gives the results in input order, an unordered one as they come', (t) =>
  withRuntime(async ({ clock }) => {
    const slowestFirst = [300, 100, 200]
    const ordered = Task.asyncStream(slowestFirst, afterItself, { maxConcurrency: 3 }).toArray()
    await clock.advance(300)
    t.same(await ordered, okay(300, 100, 200))
    const unordered = Task.asyncStream(slowestFirst, afterItself, { maxConcurrency: 3, ordered: false }).toArray()
    await clock.advance(300)
    t.same(await unordered, okay(100, 200, 300))
    const oneByOne = Task.asyncStream(slowestFirst, afterItself, { maxConcurrency: 1, ordered: false }).toArray()
    await clock.advance(600)
    t.same(await oneByOne, okay(300, 100, 200))
  }),
)

t.test('nothing runs until the stream is consumed, and never more tasks at once than allowed', (t) =>
  withRuntime(async ({ clock }) => {
    let running = 0
    let most = 0
    let pulled = 0
    const numbers = function* () {
      for (let i = 0; i < 10; i++) {
        pulled++
        yield i
      }
    }
    const stream = Task.asyncStream(
      numbers(),
      async (n) => {
        most = Math.max(most, ++running)
        await sleep(10)
        running--
        return n
      },
      { maxConcurrency: 3 },
    )
    await clock.advance(50)
    t.equal(pulled, 0)
    const cursor = stream.open()
    const first = cursor.next()
    await clock.advance(10)
    t.same(await first, { done: false, value: { type: 'ok', value: 0 } })
    const pulledForOne = pulled
    await clock.advance(100)
    t.equal(pulled, pulledForOne, 'an element is pulled only when the consumer wants more')
    const rest: unknown[] = []
    const consuming = (async () => {
      for await (const result of cursor) rest.push(result)
    })()
    await clock.advance(100)
    await consuming
    t.same(rest, okay(1, 2, 3, 4, 5, 6, 7, 8, 9))
    t.equal(most, 3)
  }),
)

t.test('in an ordered stream, results that wait for a slow one leave room for the next elements', (t) =>
  withRuntime(async ({ clock }) => {
    const started: number[] = []
    const all = Task.asyncStream(
      [100, 1, 2, 3, 4],
      function* (ms) {
        started.push(ms)
        return yield* afterItself(ms)
      },
      { maxConcurrency: 2 },
    ).toArray()
    await clock.advance(20)
    t.same(started, [100, 1, 2, 3, 4])
    await clock.advance(80)
    t.same(await all, okay(100, 1, 2, 3, 4))
  }),
)

t.test('an async iterable feeds a stream, and results do not wait for its next element', (t) =>
  withRuntime(async () => {
    let release = (_value: number) => {}
    async function* slowInput() {
      yield 1
      yield await new Promise<number>((resolve) => (release = resolve))
    }
    const cursor = Task.asyncStream(slowInput(), (n) => [n, self() === Process.callers()[0]], {
      maxConcurrency: 4,
    }).open()
    t.same(await cursor.next(), { done: false, value: { type: 'ok', value: [1, false] } })
    const second = cursor.next()
    await settle()
    release(2)
    t.same(await second, { done: false, value: { type: 'ok', value: [2, false] } })
    t.same(await cursor.next(), { done: true, value: undefined })
  }),
)

t.test('a generator body consumes a stream step by step or at once', (t) =>
  withRuntime(async () => {
    const owner = self()
    spawn(function* () {
      const doubled = Task.asyncStream([1, 2, 3], (n) => n * 2)
      const all = yield* doubled.toArray()
      const steps: unknown[] = []
      const cursor = doubled.open()
      for (let step = yield* cursor.next(); !step.done; step = yield* cursor.next()) steps.push(step.value)
      send(owner, { all, steps, isAlone: Process.info(self(), 'links') })
    })
    t.same(await receive(), { all: okay(2, 4, 6), steps: okay(2, 4, 6), isAlone: [] })
  }),
)

/** Runs `body` and says what it exits with and what is left of it. */
async function remains(body: () => Promise<unknown>): Promise<{ thrown: unknown; left: unknown }> {
  const before = Process.list().length
  const thrown = await body().then(
    () => undefined,
    (error) => error,
  )
  await settle()
  const { messages, links, monitors } = Process.info(self()) ?? {}
  return { thrown, left: { messages, links, monitors, processes: Process.list().length - before } }
}

const NOTHING = { messages: [], links: [], monitors: [], processes: 0 }

t.test('OTP-183 a late task makes the consumer exit, or is a result, and leaves nothing behind', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const consuming = remains(() => Task.asyncStream([1, 500], afterItself, { timeoutMs: 50 }).toArray())
    await clock.advance(50)
    const { thrown, left } = await consuming
    t.ok(thrown instanceof ExitError)
    t.equal((thrown as ExitError).code, 'BEAMISH_TIMEOUT')
    const { reason, call } = (thrown as ExitError).reason as { reason: unknown; call: object }
    t.equal(reason, 'timeout')
    t.same(call, { module: 'Task', function: 'asyncStream', args: [50] })
    t.same(left, NOTHING)

    let results: unknown
    const surviving = remains(async () => {
      const options = { timeoutMs: 50, onTimeout: 'killTask', maxConcurrency: 3 } as const
      results = await Task.asyncStream([1, 500, 2], afterItself, options).toArray()
    })
    await clock.advance(50)
    t.same((await surviving).left, NOTHING)
    t.same(results, [...okay(1), { type: 'exit', reason: 'timeout' }, ...okay(2)])
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('OTP-184 a task that fails takes a consumer along that does not trap exits', (t) =>
  withRuntime(async () => {
    const seen: unknown[] = []
    let sibling: unknown
    const { ref } = spawnMonitor(async () => {
      const stream = Task.asyncStream(
        ['slow', 'broken'],
        async (item) => {
          if (item === 'broken') exit('unlucky')
          sibling = self()
          await receive()
        },
        { maxConcurrency: 2 },
      )
      try {
        for await (const result of stream) seen.push(result)
      } catch (error) {
        seen.push(error)
      }
      seen.push('went on')
    })
    const down = await receive<DownMessage>((message) => message.ref === ref)
    t.equal(down.reason, 'unlucky')
    await settle()
    t.same(seen, [])
    t.notOk(Process.isAlive(sibling as never))
    t.equal(Process.list().length, 2, 'the main process and this one')
  }),
)

t.test('a consumer that traps exits gets the failure as a result, and no exit message', (t) =>
  withRuntime(async () => {
    trapExit(true)
    let results: unknown
    const { left } = await remains(async () => {
      const fail = (n: number) => (n === 2 ? exit('unlucky') : n)
      results = await Task.asyncStream([1, 2, 3], fail).toArray()
    })
    t.same(results, [...okay(1), { type: 'exit', reason: 'unlucky' }, ...okay(3)])
    t.same(left, NOTHING)
  }),
)

t.test('OTP-186 exits can carry their input, options are checked at once, and anybody may consume', (t) =>
  withRuntime(async ({ clock }) => {
    const options = { zipInputOnExit: true, onTimeout: 'killTask', timeoutMs: 50 } as const
    const zipped = Task.asyncStream([1, 500], afterItself, options).toArray()
    await clock.advance(50)
    t.same(await zipped, [...okay(1), { type: 'exit', reason: 'timeout', input: 500 }])

    const wrong = { code: 'BEAMISH_BAD_ARGUMENT' }
    const build = (given: object) => () => Task.asyncStream([1], afterItself, given as never)
    t.throws(build({ maxConcurrency: 0 }), wrong)
    t.throws(build({ maxConcurrency: 1.5 }), wrong)
    t.throws(build({ onTimeout: 'ignore' }), wrong)
    t.throws(build({ timeoutMs: -1 }), wrong)
    t.throws(build({ ordered: 'yes' }), wrong)
    t.throws(build({ concurrency: 3 }), wrong)
    t.throws(() => Task.asyncStream(7 as never, afterItself), wrong)
    t.throws(() => Task.asyncStream([1], 'double' as never), wrong)

    const callers = Task.asyncStream([1], () => [...Process.callers()])
    const consumer = Task.async(async () => ({ me: self(), results: await callers.toArray() }))
    const { me, results } = await Task.await(consumer)
    t.same(results, okay([me, self()]))
    t.equal((results[0] as { value: unknown[] }).value[0], me)
  }),
)

t.test('a consumer that stops early, by break or by a throw, leaves nothing behind', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    let closed = 0
    const endless = function* () {
      try {
        for (let i = 0; ; i++) yield i
      } finally {
        closed++
      }
    }
    const hang = function* (n: number) {
      if (n > 0) yield* receive()
      return n
    }
    const broken = await remains(async () => {
      for await (const result of Task.asyncStream(endless(), hang, { maxConcurrency: 5 })) {
        t.same(result, { type: 'ok', value: 0 })
        break
      }
    })
    t.same(broken, { thrown: undefined, left: NOTHING })
    t.equal(closed, 1)
    const thrown = await remains(async () => {
      for await (const _ of Task.asyncStream(endless(), hang, { maxConcurrency: 5 })) throw new Error('enough')
    })
    t.match(thrown.thrown, { message: 'enough' })
    t.same(thrown.left, NOTHING)
    t.equal(closed, 2)
    await clock.advance(0)
    t.equal(runtime.timers.size, 0)
  }),
)

t.test('an input that throws ends the stream after its tasks have ended', (t) =>
  withRuntime(async () => {
    const failing = function* () {
      yield 1
      yield 2
      throw new Error('no more')
    }
    const hang = () => receive()
    const sync = await remains(() => Task.asyncStream(failing(), hang, { maxConcurrency: 5 }).toArray())
    t.match(sync.thrown, { message: 'no more' })
    t.same(sync.left, NOTHING)
    async function* failingLater() {
      yield* failing()
    }
    const later = await remains(() => Task.asyncStream(failingLater(), hang, { maxConcurrency: 5 }).toArray())
    t.match(later.thrown, { message: 'no more' })
    t.same(later.left, NOTHING)
  }),
)

t.test('the end of a consumer ends its tasks', (t) =>
  withRuntime(async ({ clock }) => {
    const reasons: unknown[] = []
    const watched = async () => {
      trapExit(true)
      reasons.push((await receive<{ reason: unknown }>()).reason)
    }
    for (const reason of ['unlucky', 'normal']) {
      const consumer = spawn(async () => {
        const options = { maxConcurrency: 2, timeoutMs: 'infinity' } as const
        void Task.asyncStream([1, 2], watched, options).open().next()
        await receive()
      })
      await settle()
      if (reason === 'normal') send(consumer, 'leave the body')
      else exit(consumer, reason)
      await settle()
      await clock.advance(0)
      t.equal(Process.list().length, 2)
    }
    t.same(reasons, ['unlucky', 'unlucky', 'shutdown', 'shutdown'])
  }),
)

t.test('a stream is consumed by one process, one step at a time', (t) =>
  withRuntime(async () => {
    const cursor = Task.asyncStream([1, 2], (n) => n).open()
    const first = cursor.next()
    await t.rejects(cursor.next(), { code: 'BEAMISH_STREAM_BUSY' })
    t.same((await first).value, { type: 'ok', value: 1 })
    const elsewhere = Task.async(async () => (await cursor.next().catch((error) => error)).code)
    t.equal(await Task.await(elsewhere), 'BEAMISH_BAD_ARGUMENT')
    await cursor.return()
    t.same(await cursor.next(), { done: true, value: undefined })
  }),
)

t.test('whoever kills the process between a consumer and its tasks fails the consumer', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const consuming = Task.asyncStream([1], () => receive(), { timeoutMs: 'infinity' })
      .toArray()
      .catch((error) => error)
    await settle()
    const between = Process.info(self(), 'links')?.[0]
    exit(between as never, 'kill')
    const error = await consuming
    t.equal(error.reason.reason, 'killed')
    t.equal(error.reason.call.function, 'asyncStream')
  }),
)
