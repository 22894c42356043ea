import t from 'tap'
import { BeamishError, callFailed, GenServer, Pid, shutdown } from '../../src/index.ts'
import { formatReport } from '../../src/reports/format.ts'
import type { Offender, Report } from '../../src/reports/report.ts'

const pid = (id: number) => new Pid('local', id, undefined)

/** An error with a stack that does not depend on where the test lies. */
function failure(message = 'no such room', cause?: unknown) {
  const error = new RangeError(message, cause === undefined ? undefined : { cause })
  const frames = [
    'at Callback.open [as call] (file:///srv/chat/rooms.ts:12:9)',
    'at GenServerCode.invoke (node:internal/process/task_queues:95:5)',
    'at async /srv/chat/main.ts:3:1',
    'at Object.parse (/srv/chat/node_modules/zod/index.js:1:2)',
  ]
  error.stack = [`RangeError: ${message}`, ...frames.map((frame) => `    ${frame}`)].join('\n')
  return { type: 'error', error, stack: error.stack } as const
}

const offender: Offender = {
  pid: pid(7),
  id: 'hits',
  start: 'GenServer Counter.startLink',
  restart: 'permanent',
  significant: false,
  shutdown: 5000,
  childType: 'worker',
}

function lines(report: Report): string[] {
  return formatReport(report, { directory: '/srv/chat' }).split('\n')
}

t.test('OTP-102 the report of a server names it, its last message, its state, the reason and the client', async (t) => {
  t.same(
    lines({
      type: 'serverTerminate',
      level: 'error',
      behaviour: 'GenServer',
      module: 'Counter',
      pid: pid(7),
      name: 'hits',
      label: undefined,
      lastMessage: { type: 'call', name: 'add', payload: { by: 2 }, from: pid(3) },
      state: { count: 41 },
      reason: failure(),
      client: { pid: pid(3), name: 'lobby', isAlive: true, isWaiting: true },
      log: [{ type: 'in', message: 1 }],
      details: { postponed: ['later'] },
    }),
    [
      '✖ GenServer Counter hits #Pid<local.7> terminated',
      '  reason        RangeError: no such room',
      '                  at open (rooms.ts:12:9)',
      '                  at main.ts:3:1',
      '                  at Object.parse (node_modules/zod/index.js:1:2)',
      '                  … 1 more frame',
      '  last message  call add { by: 2 }',
      '  state         { count: 41 }',
      "  postponed     [ 'later' ]",
      '  client        lobby #Pid<local.3>, waits for the answer',
      "  log           { type: 'in', message: 1 }",
    ],
  )
})

t.test('OTP-070 a crash report has everything that is known of the process', async (t) => {
  t.same(
    lines({
      type: 'crash',
      level: 'error',
      initialCall: 'GenServer Counter',
      pid: pid(7),
      name: undefined,
      label: 'hits of today',
      reason: failure(),
      ancestors: ['counter.supervisor', pid(2)],
      callers: [pid(9)],
      messageQueueLength: 12,
      messages: [{ type: 'cast', name: 'reset', payload: undefined }, 'a plain one'],
      links: [pid(5), pid(6)],
      dictionary: new Map([['locale', 'nl']]),
      trapsExits: true,
      status: 'running',
      reductions: 77,
      neighbours: [{ pid: pid(6), name: 'printer', initialCall: undefined, messageQueueLength: 1 }],
    }),
    [
      '✖ crash report: GenServer Counter hits of today #Pid<local.7>',
      '  reason        RangeError: no such room',
      '                  at open (rooms.ts:12:9)',
      '                  at main.ts:3:1',
      '                  at Object.parse (node_modules/zod/index.js:1:2)',
      '                  … 1 more frame',
      '  ancestors     counter.supervisor ‹ #Pid<local.2>',
      '  callers       #Pid<local.9>',
      '  links         #Pid<local.5>, #Pid<local.6>',
      '  neighbours    printer #Pid<local.6> process, 1 unread: dies too',
      '  mailbox       12 unread',
      '                cast reset',
      "                'a plain one'",
      '                ... 10 more',
      "  dictionary    Map(1) { 'locale' => 'nl' }",
      '  process       running, traps exits, reductions: 77',
    ],
  )
})

t.test('each other type of report says what happened, to whom and why', async (t) => {
  const cases: readonly (readonly [Report, readonly string[]])[] = [
    [
      { type: 'processError', level: 'error', pid: pid(4), name: undefined, label: undefined, reason: failure() },
      ['✖ process #Pid<local.4> failed', '  reason        RangeError: no such room'],
    ],
    [
      {
        type: 'unmatchedTopic',
        level: 'warning',
        module: 'UserSocket',
        pid: pid(7),
        topic: 'rooom:1',
        patterns: ['lobby', 'room:*'],
      },
      [
        '▲ UserSocket #Pid<local.7>: a client asked to join "rooom:1", which no pattern of it matches. It has lobby, room:*.',
      ],
    ],
    [
      {
        type: 'connectionRefused',
        level: 'warning',
        endpoint: 'chat',
        path: '/socket/websocket',
        transport: 'websocket',
        why: 'origin',
        problem: 'the origin "http://evil.example" is not allowed',
        remedy: 'To let its pages connect: checkOrigin',
      },
      [
        '▲ chat /socket/websocket: a websocket client was refused: the origin "http://evil.example" is not allowed',
        '  remedy        To let its pages connect: checkOrigin',
      ],
    ],
    [
      {
        type: 'unexpectedMessage',
        level: 'warning',
        module: 'Counter',
        pid: pid(7),
        name: 'hits',
        message: { tick: 1 },
      },
      [
        '▲ Counter hits #Pid<local.7> got a message that it does not handle, and dropped it',
        '  message       { tick: 1 }',
      ],
    ],
    [
      {
        type: 'supervisor',
        level: 'error',
        supervisor: pid(5),
        name: 'top',
        context: 'childTerminated',
        reason: 'killed',
        offender,
      },
      [
        '✖ supervisor top #Pid<local.5>: child hits terminated',
        '  reason        killed',
        '  child         #Pid<local.7> GenServer Counter.startLink',
        '                permanent, worker, shutdown 5000 ms',
      ],
    ],
    [
      { type: 'progress', level: 'info', supervisor: pid(5), name: 'top', started: offender },
      ['● worker hits #Pid<local.7> started under top #Pid<local.5>'],
    ],
    [
      {
        type: 'application',
        level: 'info',
        application: 'chat',
        event: 'started',
        startType: 'permanent',
        reason: undefined,
      },
      ['● application chat started (permanent)'],
    ],
    [
      {
        type: 'application',
        level: 'error',
        application: 'chat',
        event: 'exited',
        startType: 'permanent',
        reason: 'shutdown',
      },
      ['✖ application chat (permanent) exited', '  reason        shutdown'],
    ],
    [
      {
        type: 'taskTerminate',
        level: 'error',
        pid: pid(8),
        label: 'thumbnails',
        startedFrom: 'lobby',
        function: 'resize',
        args: ['a.png', 64],
        reason: { type: 'nocatch', value: 'too big', stack: '' },
        callers: [pid(3)],
      },
      [
        '✖ task thumbnails #Pid<local.8> terminated',
        "  reason        thrown value: 'too big'",
        '  function      resize',
        "  arguments     'a.png'",
        '                64',
        '  started from  lobby',
        '  callers       #Pid<local.3>',
      ],
    ],
    [
      { type: 'longRun', level: 'warning', durationMs: 250.4, processes: [{ pid: pid(7), name: 'hits' }] },
      ['▲ the thread was held for 250 ms: every other process waited', '  by            hits #Pid<local.7>'],
    ],
    [
      {
        type: 'requestFailed',
        level: 'error',
        endpoint: 'chat',
        method: 'GET',
        path: '/rooms/7',
        route: '/rooms/:id',
        reason: failure(),
      },
      ['✖ GET /rooms/7 failed on chat', '  reason        RangeError: no such room'],
    ],
    [
      { type: 'mailboxOverflow', level: 'warning', pid: pid(7), name: 'hits', policy: 'dropNewest', dropped: 4 },
      ['▲ mailbox of hits #Pid<local.7> is full (dropNewest): 4 messages lost so far'],
    ],
  ]
  for (const [report, expected] of cases) t.same(lines(report).slice(0, expected.length), expected, report.type)
})

function reasonOf(reason: unknown, options = {}): string {
  const report = {
    type: 'processError',
    level: 'error',
    pid: pid(4),
    name: undefined,
    label: undefined,
    reason,
  } as const
  const text = formatReport(report, { directory: '/srv/chat', ...options })
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.slice(16))
    .join('\n')
}

t.test('a reason is told with what lies beneath it', async (t) => {
  t.equal(reasonOf('noproc'), 'noproc')
  t.equal(reasonOf(shutdown({ at: 'noon' })), "shutdown: { at: 'noon' }")
  t.equal(
    reasonOf(callFailed('timeout', { module: 'GenServer', function: 'call', args: ['hits', 'add', 5, 50] })),
    'timeout\n  in GenServer.call("hits", "add", 5, 50)',
  )
  t.match(
    reasonOf(failure('no such room', failure('disk full').error)),
    /caused by: RangeError: disk full\n {2}at open/,
  )
  const failed = shutdown({ type: 'failedToStartChild', id: 'db', reason: failure('no route') })
  t.match(reasonOf(failed), /^shutdown: child "db" did not start: RangeError: no route\n {2}at open/)
  const other = shutdown({ type: 'lostLease', of: 'db', reason: failure('no route') })
  t.match(
    reasonOf(other),
    /^shutdown: \{ type: 'lostLease', of: 'db' \}\n {2}because: RangeError: no route\n {4}at open/,
  )
  const explained = Object.assign(
    { type: 'badReturnValue', value: undefined },
    { explanation: 'Counter.get must return …' },
  )
  t.equal(reasonOf(explained), 'Counter.get must return …')
})

t.test('a stack that the reader has just seen is not repeated', async (t) => {
  const reason = failure()
  t.equal(reasonOf(reason, { shownError: reason.error }), 'RangeError: no such room (stack above)')
})

t.test('frames of this library and of node are cut, those of the author stay', async (t) => {
  let error = new Error('unset')
  try {
    new Pid('local', 1, {
      deliver() {},
      get signal(): never {
        throw new Error('from the author')
      },
    }).signal.aborted
  } catch (thrown) {
    error = thrown as Error
  }
  const shown = reasonOf({ type: 'error', error, stack: error.stack ?? '' })
  t.match(shown, /format\.test\.[tj]s/)
  t.notMatch(shown, /core\/pid/)
  t.match(shown, /more frames?$/)
  const ours = new BeamishError('BEAMISH_X', 'made by the library')
  const onlyOurs = ['BeamishError: x', '    at a (node:fs:1:1)', '    at b (node:fs:2:2)'].join('\n')
  t.match(
    reasonOf({ type: 'error', error: ours, stack: onlyOurs }),
    /at a \(node:fs:1:1\)/,
    'when there is nothing else, it is shown',
  )
})

t.test('colours are on request, and the text is the same without them', async (t) => {
  const report = {
    type: 'processError',
    level: 'error',
    pid: pid(4),
    name: 'x',
    label: undefined,
    reason: failure(),
  } as const
  const coloured = formatReport(report, { colors: true })
  t.match(coloured, '\u001b[31m✖\u001b[39m')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is made of
  t.equal(coloured.replace(/\u001b\[\d+m/g, ''), formatReport(report))
})

t.test('a callback module is shown by its name', async (t) => {
  const Counter = GenServer.define({ module: 'Counter', init: () => 0 })
  t.equal(reasonOf({ type: 'lost', child: Counter }), "{ type: 'lost', child: Counter }")
  const report: Report = {
    type: 'progress',
    level: 'info',
    supervisor: pid(5),
    name: 'top',
    started: { ...offender, id: Counter },
  }
  t.same(lines(report), ['● worker Counter #Pid<local.7> started under top #Pid<local.5>'])
})

t.test('values are bounded, and nothing of them is run', async (t) => {
  let called = false
  const state = {
    many: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i])),
    list: Array.from({ length: 1000 }, (_, i) => i),
    text: 'x'.repeat(10_000),
    error: new Error('inside a value'),
    deep: { a: { b: { c: { d: { e: { f: 'too deep' } } } } } },
    get secret() {
      called = true
      return 1
    },
  }
  const shown = reasonOf({ type: 'other', state })
  t.notOk(called, 'no getter ran')
  t.ok(shown.split('\n').length <= 25)
  t.ok(shown.length < 4000)
  t.notMatch(shown, /at .*format\.test/, 'the stack of an error inside a value is left out')
  const hostile = {
    [Symbol.for('nodejs.util.inspect.custom')]: () => {
      throw new Error('ha')
    },
  }
  t.match(reasonOf({ type: 'other', hostile }), /cannot be shown/)
  const circle: { self?: unknown } = {}
  circle.self = circle
  t.match(reasonOf(circle), /self/)
})
