import { EventEmitter } from 'node:events'
import t from 'tap'
import {
  type Body,
  bind,
  exit,
  GenServer,
  isUncaughtError,
  link,
  monitor,
  noReply,
  type Pid,
  Process,
  Runtime,
  receive,
  register,
  reply,
  self,
  send,
  sleep,
  spawn,
  spawnMonitor,
  wait,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

/** A promise that is settled from outside. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

t.test('wait gives what a foreign promise gives, in every kind of body', (t) =>
  withRuntime(async () => {
    const parent = self()
    const error = new Error('foreign')
    const bodies: Body[] = [
      function* () {
        const length: number = (yield* wait(Promise.resolve('four'))).length
        try {
          yield* wait(Promise.reject(error))
        } catch (caught) {
          send(parent, [length, caught])
        }
      },
      async () => {
        const { length } = await wait(Promise.resolve('four'))
        try {
          await wait(Promise.reject(error))
        } catch (caught) {
          send(parent, [length, caught])
        }
      },
    ]
    for (const body of bodies) {
      spawn(body)
      t.same(await receive(), [4, error])
    }
    t.throws(() => wait(17 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a function given to wait is code of the process, across its awaits', (t) =>
  withRuntime(async () => {
    const parent = self()
    const Echo = GenServer.define({ init: () => null, handleCall: { echo: (value: string) => reply(value) } })
    const server = await Echo.start()
    const helper = async () => {
      await null
      const answer = await Echo.call(server, 'echo', 'hi')
      send(parent, { pid: self(), answer, message: await receive() })
      throw new Error('at its end')
    }
    const pid = spawn(function* () {
      try {
        yield* wait(helper)
      } catch (error) {
        send(parent, error)
      }
      send(parent, yield* receive())
    })
    send(pid, 'first')
    send(pid, 'second')
    t.same(await receive(), { pid, answer: 'hi', message: 'first' })
    t.match(await receive(), { message: 'at its end' })
    t.equal(await receive(), 'second', 'and the body goes on as before')
  }),
)

t.test('a generator body may yield a promise, and messages do not wake it', (t) =>
  withRuntime(async () => {
    const parent = self()
    const { promise, resolve } = deferred<string>()
    const pid = spawn(function* () {
      yield* receive({ afterMs: 0 })
      const value: unknown = yield promise as never
      send(parent, value)
      send(parent, yield* receive())
    })
    await settle()
    send(pid, 'message')
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)
    resolve('resolved')
    t.equal(await receive(), 'resolved')
    t.equal(await receive(), 'message')
  }),
)

t.test('a process that ends in a wait is never resumed', (t) =>
  withRuntime(async () => {
    for (const settled of ['resolve', 'reject'] as const) {
      const foreign = deferred<string>()
      const ran: string[] = []
      const bodies: Body[] = [
        function* () {
          try {
            yield* wait(foreign.promise)
            ran.push('resumed')
          } finally {
            ran.push('finally')
          }
        },
        async () => {
          try {
            await wait(foreign.promise)
            ran.push('resumed')
          } finally {
            ran.push('finally')
          }
        },
      ]
      for (const body of bodies) {
        const { pid, ref } = spawnMonitor(body)
        await settle()
        exit(pid, 'kill')
        t.equal((await receive((m) => m.ref === ref)).reason, 'killed')
      }
      foreign[settled]('late')
      await settle()
      t.same(ran, [])
    }
  }),
)

t.test('a process that ends in a foreign promise is gone at once; its orphan code can do nothing', (t) =>
  withRuntime(async () => {
    const parent = self()
    const { promise, resolve } = deferred<string>()
    const thrown: Record<string, unknown> = {}
    const log: string[] = []
    const attempts: Record<string, () => unknown> = {
      send: () => send(parent, 'from beyond'),
      spawn: () => spawn(() => log.push('spawned')),
      exit: () => exit(parent, 'from beyond'),
      link: () => link(parent),
      monitor: () => monitor(parent),
      register: () => Process.put('k', 'v'),
    }
    const { pid, ref } = spawnMonitor(async () => {
      register(self(), 'owner')
      const { signal } = self()
      signal.addEventListener('abort', () => log.push('aborted'))
      await promise
      log.push(self() === pid ? 'still itself' : 'somebody else')
      for (const [name, attempt] of Object.entries(attempts)) {
        try {
          attempt()
        } catch (error) {
          thrown[name] = error
        }
      }
      await receive({ afterMs: 0 })
      log.push('never')
    })
    await settle()
    exit(pid, 'stop')
    t.equal(Process.isAlive(pid), false)
    t.equal(register(self(), 'owner'), true, 'its name is free')
    t.equal((await receive((m) => m.ref === ref)).reason, 'stop')
    await settle()
    t.same(log, ['aborted'])
    resolve('late')
    await settle()
    t.same(log, ['aborted', 'still itself'])
    t.same(Object.keys(thrown), Object.keys(attempts))
    for (const error of Object.values(thrown)) {
      t.match(error, { name: 'ExitError', reason: 'stop', cause: { code: 'BEAMISH_PROCESS_ENDED' } })
    }
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('a killed server whose handler waits outside is replaced at once', (t) =>
  withRuntime(async () => {
    const { promise, resolve } = deferred<void>()
    const log: string[] = []
    const Fetcher = GenServer.define({
      init: () => null,
      handleInfo: async () => {
        await promise
        log.push('handler went on')
        return noReply()
      },
      terminate: () => log.push('terminate'),
    })
    const pid = await Fetcher.start(undefined, { name: 'fetcher' })
    send(pid, 'fetch')
    await settle()
    exit(pid, 'kill')
    const successor = await Fetcher.start(undefined, { name: 'fetcher' })
    t.not(successor, pid)
    resolve()
    await settle()
    t.same(log, ['handler went on'], 'fencing cannot undo what is outside, but nothing follows')
    t.equal(Process.isAlive(successor), true)
  }),
)

t.test('a bound callback runs as the process that bound it', (t) =>
  withRuntime(async () => {
    const parent = self()
    const emitter = new EventEmitter()
    const bodies: Body[] = [
      function* () {
        emitter.on(
          'data',
          bind((value: string) => send(self(), value)),
        )
        for (;;) send(parent, [self(), yield* receive()])
      },
      async () => {
        emitter.on(
          'data',
          bind(async (value: string) => {
            await null
            send(self(), value)
          }),
        )
        for (;;) send(parent, [self(), await receive()])
      },
    ]
    for (const body of bodies) {
      const pid = spawn(body)
      await settle()
      emitter.emit('data', 'x')
      t.same(await receive(), [pid, 'x'])
      t.not(self(), pid, 'the emitting process is itself again')
      exit(pid, 'kill')
      emitter.emit('data', 'ignored')
      await settle()
      t.equal(await receive({ afterMs: 0 }), undefined)
      emitter.removeAllListeners()
    }
    t.throws(() => bind('callback' as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('what a bound callback throws is the crash of its process', (t) =>
  withRuntime(async ({ reports }) => {
    const emitter = new EventEmitter()
    const error = new Error('in a callback')
    const fail = () => {
      throw error
    }
    const failLater = async () => {
      await null
      throw error
    }
    for (const callback of [fail, failLater]) {
      const { ref } = spawnMonitor(function* () {
        emitter.once('data', bind(callback))
        yield* receive()
      })
      await settle()
      emitter.emit('data')
      const { reason } = await receive((m) => m.ref === ref)
      t.ok(isUncaughtError(reason) && reason.error === error)
    }
    t.same(
      reports.map((report) => report.type),
      ['processError', 'processError'],
    )
  }),
)

t.test('what a bound callback of a server throws ends it in order, unless a handler is suspended', (t) =>
  withRuntime(async ({ reports, clock }) => {
    const emitter = new EventEmitter()
    const log: unknown[] = []
    const Listener = GenServer.define({
      init: () => {
        emitter.once(
          'data',
          bind(() => {
            throw new Error('in a callback')
          }),
        )
        return 'state'
      },
      handleInfo: async () => {
        await sleep(100)
        log.push('never')
        return noReply()
      },
      terminate: (reason, state) => log.push(isUncaughtError(reason), state),
    })
    const { ref } = await Listener.startMonitor()
    emitter.emit('data')
    t.match((await receive((m) => m.ref === ref)).reason, { error: { message: 'in a callback' } })
    t.same(log, [true, 'state'])
    const second = await Listener.startMonitor()
    send(second.pid, 'work')
    await settle()
    emitter.emit('data')
    t.match((await receive((m) => m.ref === second.ref)).reason, { error: { message: 'in a callback' } })
    await clock.advance(200)
    t.same(log, [true, 'state'], 'terminate did not run into the handler')
    t.same(
      reports.map((report) => report.type),
      ['serverTerminate', 'crash', 'serverTerminate', 'crash'],
    )
  }),
)

t.test('a bound callback may end its own process, or the one that calls it', (t) =>
  withRuntime(async () => {
    const emitter = new EventEmitter()
    const { pid, ref } = spawnMonitor(function* () {
      emitter.once(
        'data',
        bind(() => void exit(self(), 'by myself')),
      )
      yield* receive()
    })
    await settle()
    emitter.emit('data')
    t.equal(Process.isAlive(pid), false)
    t.equal((await receive((m) => m.ref === ref)).reason, 'by myself')
    let victim: Pid | undefined
    const killer = spawn(function* () {
      emitter.once(
        'data',
        bind(() => void exit(victim as Pid, 'by a callback')),
      )
      yield* receive()
    })
    await settle()
    const emitting = spawnMonitor(function* () {
      victim = self()
      emitter.emit('data')
      yield* receive()
    })
    t.equal((await receive((m) => m.ref === emitting.ref)).reason, 'by a callback')
    t.equal(Process.isAlive(killer), true)
  }),
)

t.test('a callback that a process calls itself is just a call', (t) =>
  withRuntime(async () => {
    const parent = self()
    spawn(function* () {
      const bound = bind(() => {
        throw new Error('mine')
      })
      try {
        bound()
      } catch (error) {
        send(parent, error)
      }
      yield* sleep(0)
      send(parent, 'alive')
    })
    t.match(await receive(), { message: 'mine' })
    t.equal(await receive(), 'alive')
  }),
)

t.test('hibernate waits for a message and takes none', (t) =>
  withRuntime(async () => {
    const parent = self()
    const bodies: Body[] = [
      function* () {
        yield* Process.hibernate()
        send(parent, Process.info(self(), 'messageQueueLength'))
        send(parent, yield* receive())
        send(self(), 'queued')
        yield* Process.hibernate()
        send(parent, 'at once')
      },
      async () => {
        await Process.hibernate()
        send(parent, Process.info(self(), 'messageQueueLength'))
        send(parent, await receive())
        send(self(), 'queued')
        await Process.hibernate()
        send(parent, 'at once')
      },
    ]
    for (const body of bodies) {
      const pid = spawn(body)
      await settle()
      t.equal(await receive({ afterMs: 0 }), undefined)
      t.equal(Process.info(pid, 'status'), 'waiting')
      send(pid, 'm')
      t.same([await receive(), await receive(), await receive()], [1, 'm', 'at once'])
    }
  }),
)

t.test('outside any process the main process waits, and a bound callback runs as it', async (t) => {
  const runtime = new Runtime({ reporter: () => {} })
  t.equal(await wait(Promise.resolve('value')), 'value')
  const seen: Pid[] = []
  const main = self()
  bind(() => seen.push(self()))()
  t.same(seen, [main])
  runtime[Symbol.dispose]()
})
