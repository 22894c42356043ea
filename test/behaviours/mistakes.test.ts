import t from 'tap'
import { GenServer } from '../../src/behaviours/gen-server.ts'
import { noReply, reply } from '../../src/behaviours/result.ts'
import { formatReason } from '../../src/core/reason.ts'
import { receive } from '../../src/runtime/receive.ts'
import { exit, monitor } from '../../src/runtime/signals.ts'
import { spawn } from '../../src/runtime/spawn.ts'
import { withRuntime } from '../../src/testing/with-runtime.ts'

// What people get wrong in their first hour, and what they read then.

const Server = GenServer.define({
  module: 'Server',
  init: () => 0,
  handleCall: {
    get: (_: undefined, state: number) => reply(state),
    forgetful: ((_: undefined, state: number) => void reply(state)) as never,
    hasty: ((_: undefined, state: number) => reply(state, state, 500 as never)) as never,
    misspelt: ((_: undefined, state: number) => reply(state, state, { timeout: 5 } as never)) as never,
    further: (_: undefined, state: number) => reply(state, state, { continue: 'x' }),
  },
  handleCast: { answering: (() => reply(1)) as never, fine: () => noReply() },
})

/** Starts a server, does `wrong` to it, and waits for what it dies of. */
async function deathBy(wrong: (pid: Awaited<ReturnType<typeof Server.start>>) => unknown): Promise<string> {
  const pid = await Server.start()
  const ref = monitor(pid)
  await Promise.resolve(wrong(pid)).catch(() => {})
  const down = await receive((message) => message.ref === ref)
  return formatReason(down.reason)
}

t.test('a call to what is no server says what a server is', (t) =>
  withRuntime(async () => {
    const wrong = /^BEAMISH_BAD_ARGUMENT: GenServer.call expects a pid, a name or via\(module, term\), got /
    await t.rejects(async () => Server.call(5 as never, 'get'), { message: wrong })
    await t.rejects(async () => Server.call(Server.start() as never, 'get'), { message: /Is an `await` missing\?$/ })
    await t.rejects(async () => Server.stop(5 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Server.sendRequest({} as never, 'get'), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Server.cast(Server.start() as never, 'fine'), { message: /Is an `await` missing\?$/ })
  }),
)

t.test('options of a call and of a start are checked by name', (t) =>
  withRuntime(async () => {
    const pid = await Server.start()
    await t.rejects(async () => Server.call(pid, 'get', undefined, 100 as never), {
      message: /GenServer.call expects \{ timeoutMs, signal \} last, got 100/,
    })
    await t.rejects(async () => Server.call(pid, 'get', undefined, { timeout: 100 } as never), {
      message: /expects the options timeoutMs, signal, got "timeout"/,
    })
    await t.rejects(async () => Server.start(undefined, 'name' as never), {
      message: /an object of options last, got "name"/,
    })
    await t.rejects(async () => Server.start(undefined, { nam: 'x' } as never), {
      message: /name, timeoutMs.*got "nam"/,
    })
  }),
)

t.test('a handler that returns the wrong thing is told which handler, and what is right', (t) =>
  withRuntime(async () => {
    t.match(
      await deathBy((pid) => Server.call(pid, 'forgetful', undefined as never)),
      /^BEAMISH_BAD_RETURN: Server.handleCall.forgetful must return one of reply.*got undefined. Is a `return` missing\?$/,
    )
    t.match(
      await deathBy((pid) => Server.cast(pid, 'answering', undefined as never)),
      /Server.handleCast.answering must .* got reply\(…\)/,
    )
    t.match(
      await deathBy((pid) => Server.call(pid, 'hasty', undefined as never)),
      /what to do next expects \{ timeoutMs \}.*got 500/,
    )
    t.match(
      await deathBy((pid) => Server.call(pid, 'misspelt', undefined as never)),
      /what to do next expects .*got \{ timeout: 5 \}/,
    )
    t.match(await deathBy((pid) => Server.call(pid, 'further')), /no handleContinue for \{ continue: "x" \}/)
  }),
)

t.test('an init without a return says so to whoever starts it', (t) =>
  withRuntime(async () => {
    const Forgetful = GenServer.define({ module: 'Forgetful', init: () => {} })
    await t.rejects(Forgetful.start(), {
      code: 'BEAMISH_START_REFUSED',
      message: /Forgetful.init must return one of a state .*got undefined. Is a `return` missing\?/,
    })
  }),
)

t.test('a callback cannot be a generator function', async (t) => {
  const init = function* init() {
    yield 1
  }
  t.throws(() => GenServer.define({ init }), {
    message: /no generator function, got \[function init\]. Write an async/,
  })
})

t.test('a failed call says in words what the code means', (t) =>
  withRuntime(async () => {
    const pid = await Server.start()
    await Server.stop(pid)
    await t.rejects(Server.call(pid, 'get'), { code: 'BEAMISH_NOPROC', message: /Nobody is there: it has ended/ })
  }),
)

t.test('a report says whether the last caller still waits', (t) =>
  withRuntime(async ({ reports }) => {
    await deathBy((pid) => Server.call(pid, 'forgetful', undefined as never))
    await deathBy((pid) => Server.call(pid, 'hasty', undefined as never))
    const clients = reports.flatMap((report) => (report.type === 'serverTerminate' ? [report.client?.isWaiting] : []))
    t.same(clients, [true, false])
  }),
)

t.test('spawn wants a function, not what calling it returns', (t) =>
  withRuntime(async () => {
    const body = function* () {}
    t.throws(() => spawn(body() as never), { message: /got Generator \{\}. Pass the function itself/ })
    t.throws(() => spawn(body, { name: 'x' } as never), { message: /the options label, mailbox, link, got "name"/ })
  }),
)

t.test('exit with a pid alone is refused: the reason was forgotten', (t) =>
  withRuntime(async () => {
    const other = spawn(() => new Promise(() => {}))
    t.throws(() => exit(other), { code: 'BEAMISH_BAD_ARGUMENT', message: /exit\(pid, reason\)/ })
  }),
)

t.test('an operation that nobody waits for prints what is missing', (t) =>
  withRuntime(async () => {
    let printed = ''
    const pid = spawn(function* () {
      printed = String(receive())
    })
    await receive((message) => message.ref === monitor(pid), { afterMs: 0 })
    const ref = monitor(pid)
    await receive((message) => message.ref === ref)
    t.match(printed, /write `yield\*` before it/)
  }),
)

t.test('a misspelt option of receive is refused, not waited for', (t) =>
  withRuntime(async () => {
    t.throws(() => receive({ timeout: 5 } as never), {
      message: /a predicate, \{ afterMs \} or both, got \{ timeout: 5 \}/,
    })
    t.throws(() => receive(() => true, 1000 as never), { message: /a predicate, \{ afterMs \} or both, got 1000/ })
  }),
)
