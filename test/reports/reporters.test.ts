import t from 'tap'
import { exit, GenServer, type Logger, Runtime, reply, sleep, spawn } from '../../src/index.ts'
import { wantsColors } from '../../src/reports/paint.ts'
import type { Report } from '../../src/reports/report.ts'
import { terminalReporter } from '../../src/reports/terminal-reporter.ts'
import { attach } from '../../src/telemetry/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const Fragile = GenServer.define({
  module: 'Fragile',
  init: (secret: string) => ({ secret }),
  handleCall: {
    boom: (): never => {
      throw new Error('boom')
    },
    leave: (reason: unknown): never => exit(reason),
    hello: () => reply('hello'),
  },
})

const Redacted = GenServer.define({
  module: 'Redacted',
  init: (secret: string) => ({ secret }),
  handleCall: {
    boom: (): never => {
      throw new Error('boom')
    },
  },
  formatStatus: ({ state }) => {
    const { secret } = state as { secret: string }
    if (secret === 'poison') throw new Error(secret)
    return { state: 'redacted', message: 'redacted too' }
  },
})

/** A terminal that is a list. */
function terminal(least: 'info' | 'warning' = 'warning') {
  const texts: string[] = []
  const report = terminalReporter(least, { write: (text) => texts.push(text), colors: false, now: () => new Date(0) })
  return { texts, report }
}

const progress = { type: 'progress', level: 'info' } as Report
const overflow = (dropped: number) => ({ type: 'mailboxOverflow', level: 'warning', dropped, policy: 'exit' }) as Report

t.test('the terminal shows the crash of a server: what, why, and the stack once', (t) => {
  const { texts, report } = terminal()
  return withRuntime(
    async () => {
      const pid = await Fragile.start('s3cret', { name: 'fragile' })
      await t.rejects(Fragile.call(pid, 'boom'))
      t.equal(texts.length, 2)
      const [terminate = '', crash = ''] = texts
      t.match(terminate, /^\d\d:\d\d:\d\d\.\d{3} ✖ GenServer Fragile fragile #Pid<local\.\d+> terminated\n/)
      t.match(terminate, /last message {2}call boom\n/)
      t.match(terminate, /client {8}#Pid<local\.\d+>, waits for the answer/)
      t.match(terminate, /at boom \(.*test\/reports\/reporters\.test/)
      t.match(crash, /✖ crash report: GenServer Fragile fragile/)
      t.match(crash, 'Error: boom (stack above)')
    },
    { reporter: report },
  )
})

t.test('OTP-071 an expected end is not reported', (t) =>
  withRuntime(async ({ reports }) => {
    for (const reason of ['normal', 'shutdown', { type: 'shutdown', detail: 'noon' }]) {
      const pid = await Fragile.start('')
      await t.rejects(Fragile.call(pid, 'leave', reason))
      await settle()
      t.notOk(pid.receiver)
    }
    t.same(reports, [])
  }),
)

t.test('OTP-103 what formatStatus hides, and what it fails to hide, is in no report', (t) => {
  const { texts, report } = terminal()
  return withRuntime(
    async () => {
      const pid = await Redacted.start('s3cret')
      await t.rejects(Redacted.call(pid, 'boom'))
      t.match(texts[0], /state {9}'redacted'/)
      const poisoned = await Redacted.start('poison')
      await t.rejects(Redacted.call(poisoned, 'boom'))
      t.match(texts[2], /state {9}'Redacted.formatStatus failed: not shown'/)
      t.notMatch(texts.join('\n'), /s3cret|poison/)
    },
    { reporter: report },
  )
})

t.test('starts are shown when asked for', async (t) => {
  const [quiet, wordy] = [terminal(), terminal('info')]
  const started = {
    ...progress,
    name: 'top',
    supervisor: 'pid',
    started: { id: 'a', childType: 'worker' },
  } as unknown as Report
  quiet.report(started)
  wordy.report(started)
  t.same(quiet.texts, [])
  t.match(wordy.texts[0], '● worker a started under top')
})

t.test('LS-03 every restart of a crash loop is visible, and of a flood the number', async (t) => {
  const texts: string[] = []
  let now = 0
  const report = terminalReporter('warning', {
    write: (text) => texts.push(text),
    colors: false,
    now: () => new Date(now),
  })
  t.teardown(
    t.capture(globalThis, 'setTimeout', (summarise: () => void) => {
      queueMicrotask(summarise)
      return { unref() {} }
    }).restore,
  )
  for (let i = 1; i <= 130; i++) report(overflow(i))
  t.equal(texts.length, 101)
  t.match(texts[99], '100 messages lost')
  t.match(texts[100], 'more than 100 reports in a second')
  await settle()
  t.match(texts[101], '30 reports were not written: 30 mailboxOverflow')
  now = 2000
  report(overflow(131))
  t.match(texts[102], '131 messages lost')
})

t.test('colours: only on a terminal, and only while nobody objects', async (t) => {
  const tty = { isTTY: true }
  t.ok(wantsColors(tty, { TERM: 'xterm' }))
  t.notOk(wantsColors({}, { TERM: 'xterm' }))
  t.notOk(wantsColors(tty, { NO_COLOR: '1' }))
  t.ok(wantsColors(tty, { NO_COLOR: '' }), 'an empty NO_COLOR does not object: no-color.org')
  t.notOk(wantsColors(tty, { TERM: 'dumb' }))
})

t.test('an application brings its own logger, at the start or later', (t) => {
  const lines: [string, string, Report][] = []
  const log = (method: string) => (message: string, metadata: { report: Report }) =>
    lines.push([method, message, metadata.report])
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  const runtime = new Runtime({ logger, logLevel: 'info' })
  t.teardown(() => runtime[Symbol.dispose]())
  runtime.report(overflow(1))
  runtime.report({ ...progress, level: 'debug' } as Report)
  t.match(lines, [['warn', /^▲ mailbox of/, { type: 'mailboxOverflow' }]])
  const later: Report[] = []
  runtime.setReporter((report) => later.push(report))
  runtime.report(overflow(2))
  t.match(later, [{ dropped: 2 }])
  runtime.setLogger(logger)
  runtime.report(overflow(3))
  t.equal(lines.length, 2)
  t.throws(() => runtime.setLogger({ ...logger, warn: undefined } as unknown as Logger), {
    code: 'BEAMISH_BAD_ARGUMENT',
  })
  t.throws(() => new Runtime({ logger, reporter: () => {} }), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => new Runtime({ logLevel: 'loud' as 'info' }), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.end()
})

t.test('every report is a telemetry event', (t) =>
  withRuntime(async ({ runtime }) => {
    const seen: unknown[] = []
    using _crashes = attach(
      'reporters.test crash',
      'beamish.report.crash',
      (event, { count }, { reason, initialCall }) => {
        seen.push([event, count, (reason as { type: string }).type, initialCall])
      },
    )
    using _losses = attach(
      'reporters.test overflow',
      'beamish.report.mailboxOverflow',
      (_event, { dropped }, { policy }) => {
        seen.push([dropped, policy])
      },
    )
    const pid = await Fragile.start('')
    await t.rejects(Fragile.call(pid, 'boom'))
    runtime.report(overflow(3))
    t.same(seen, [
      ['beamish.report.crash', 1, 'error', 'GenServer Fragile'],
      [3, 'exit'],
    ])
  }),
)

t.test('a reporter that fails harms neither the dying process nor the others', (t) =>
  withRuntime(
    async () => {
      const pid = await Fragile.start('')
      await t.rejects(Fragile.call(pid, 'boom'), { message: /Error: boom/ })
      const plain = spawn(function* () {
        yield* sleep(0)
        throw new Error('plain')
      })
      await settle()
      t.ok(plain)
      const next = await Fragile.start('')
      t.equal(await Fragile.call(next, 'hello'), 'hello')
    },
    {
      reporter: () => {
        throw new Error('the disk is full')
      },
    },
  ),
)
