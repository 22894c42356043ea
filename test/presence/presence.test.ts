import t from 'tap'
import type { BeamishError } from '../../src/index.ts'
import { exit, type Pid, Process, receive, Supervisor, self, send, spawn, whereis } from '../../src/index.ts'
import type { PresenceOptions } from '../../src/presence/options.ts'
import { Presence } from '../../src/presence/presence.ts'
import type { PresenceDiff, Presences, TopicMetas } from '../../src/presence/presences.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import type { Report } from '../../src/reports/report.ts'
import { attach } from '../../src/telemetry/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { Gate } from '../support/gate.ts'
import { type DiffMessage, messagesOf, plain, refsOf, startPresence } from '../support/presence.ts'
import { dead, idle } from '../support/processes.ts'

const TOPIC = 'room:1'

/** What stands in the diffs that were broadcast: who came and who went. */
const movesIn = (messages: readonly DiffMessage[]) =>
  messages.map(({ payload: { joins, leaves } }) => [Object.keys(joins), Object.keys(leaves)])

/** Reports but those of starts. */
const failures = (reports: readonly Report[]) => reports.filter(({ type }) => type !== 'progress')

/** Adds to each entry its name, as rows of a database would. */
const withNames = (_topic: string, presences: Presences): Presences =>
  Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, { metas, name: `name-${key}` }]))

async function refOf(tracking: PromiseLike<{ type: string; ref?: string }>): Promise<string> {
  const outcome = await tracking
  if (outcome.ref === undefined) throw new Error(`expected ok, got ${JSON.stringify(outcome)}`)
  return outcome.ref
}

// ── Listing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('PR-001 who is present is listed by topic and by socket, and fetched by key', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const socket = { channelPid: self(), topic: TOPIC }
    t.same(await presence.list(TOPIC), {})
    t.same(await presence.getByKey(TOPIC, 'u1'), [])
    const ref = await refOf(presence.track(socket, 'u1', { device: 'phone' }))
    t.match(ref, /^[\w-]{16}$/)
    const other = await refOf(presence.track(spawn(idle), TOPIC, 'u2', { device: 'tv' }))
    t.not(other, ref)
    const listed = {
      u1: { metas: [{ device: 'phone', phx_ref: ref }] },
      u2: { metas: [{ device: 'tv', phx_ref: other }] },
    }
    t.same(await presence.list(TOPIC), listed)
    t.same(await presence.list(socket), listed)
    t.same(await presence.getByKey(TOPIC, 'u1'), listed.u1)
    t.same(await presence.getByKey(socket, 'u2'), listed.u2)
    t.same(await presence.getByKey(TOPIC, 'u3'), [])
    t.same(await presence.getByKey('room:2', 'u1'), [])
    t.same(await presence.list('room:2'), {})
  }),
)

t.test('PR-001 keys are strings, also when they were given as numbers', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const ref = await refOf(presence.track(self(), TOPIC, 7))
    t.same(await presence.list(TOPIC), { 7: { metas: [{ phx_ref: ref }] } })
    t.same(await presence.getByKey(TOPIC, 7), await presence.getByKey(TOPIC, '7'))
    t.match(await presence.track(self(), TOPIC, '7'), { type: 'error' })
    t.equal(await presence.untrack(self(), TOPIC, 7), 'ok')
    t.same(await presence.list(TOPIC), {})
  }),
)

t.test('PR-001 list and getByKey are decorated by fetch, sync or async', (t) =>
  withRuntime(async () => {
    for (const fetch of [withNames, async (topic: string, presences: Presences) => withNames(topic, presences)]) {
      const calls: string[] = []
      const { presence, tree } = await startPresence({
        fetch: (topic, presences) => {
          calls.push(`${topic} ${Object.keys(presences)}`)
          return fetch(topic, presences)
        },
      })
      const ref = await refOf(presence.track(self(), TOPIC, 'u1'))
      await settle()
      calls.length = 0
      t.same(await presence.list(TOPIC), { u1: { metas: [{ phx_ref: ref }], name: 'name-u1' } })
      t.same(await presence.getByKey(TOPIC, 'u1'), { metas: [{ phx_ref: ref }], name: 'name-u1' })
      t.same(calls, ['room:1 u1', 'room:1 u1'])
      t.same(await presence.getByKey(TOPIC, 'u2'), [])
      t.equal(calls.length, 2, 'not for nobody')
      await Supervisor.stop(tree)
    }
  }),
)

t.test('a generator body lists and tracks with yield*', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence({ fetch: withNames })
    const done = new Gate()
    spawn(function* () {
      t.match(yield* presence.track(self(), TOPIC, 'u1', { n: 1 }), { type: 'ok' })
      t.match(yield* presence.update(self(), TOPIC, 'u1', { n: 2 }), { type: 'ok' })
      t.match(yield* presence.list(TOPIC), { u1: { metas: [{ n: 2 }], name: 'name-u1' } })
      t.match(yield* presence.getByKey(TOPIC, 'u1'), { name: 'name-u1' })
      t.same(yield* presence.getByKey(TOPIC, 'u2'), [])
      t.equal(yield* presence.untrack(self()), 'ok')
      t.same(yield* presence.list(TOPIC), {})
      done.open()
    })
    await done.opened
  }),
)

// ── Diffs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('PR-002 a tracked process joins with one diff, and its end is one diff with the same ref', (t) =>
  withRuntime(async () => {
    for (const fetch of [undefined, withNames]) {
      const { presence, tree } = await startPresence(fetch === undefined ? {} : { fetch })
      const messages = await messagesOf(TOPIC)
      const pid = spawn(idle)
      const ref = await refOf(presence.track(pid, TOPIC, 'u1', { device: 'phone' }))
      const entry = { metas: [{ device: 'phone', phx_ref: ref }], ...(fetch && { name: 'name-u1' }) }
      exit(pid, 'kill')
      await settle()
      t.same(messages, [
        { type: 'broadcast', topic: TOPIC, event: 'presence_diff', payload: { joins: { u1: entry }, leaves: {} } },
        { type: 'broadcast', topic: TOPIC, event: 'presence_diff', payload: { joins: {}, leaves: { u1: entry } } },
      ])
      t.same(await presence.list(TOPIC), {})
      await Supervisor.stop(tree)
    }
  }),
)

t.test('PR-002 however a process ends, it leaves: also one that was dead when it was tracked', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const messages = await messagesOf(TOPIC)
    const returning = spawn(function* () {})
    await presence.track(returning, TOPIC, 'returning')
    t.match(await presence.track(dead(), TOPIC, 'dead'), { type: 'ok' })
    await settle()
    t.same(await presence.list(TOPIC), {})
    t.same(movesIn(messages), [
      [['returning'], []],
      [[], ['returning']],
      [['dead'], []],
      [[], ['dead']],
    ])
  }),
)

t.test('PR-003 one key of a process is untracked, and the others stay', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const messages = await messagesOf(TOPIC)
    await presence.track(self(), TOPIC, 'u1')
    await presence.track(self(), TOPIC, 'u2')
    t.equal(await presence.untrack(self(), TOPIC, 'u1'), 'ok')
    t.same(Object.keys(await presence.list(TOPIC)), ['u2'])
    await settle()
    t.same(movesIn(messages), [
      [['u1'], []],
      [['u2'], []],
      [[], ['u1']],
    ])
  }),
)

t.test('PR-003 untracking nothing is ok, and no diff', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const messages = await messagesOf(TOPIC)
    t.equal(await presence.untrack(self(), TOPIC, 'u1'), 'ok')
    t.equal(await presence.untrack({ channelPid: self(), topic: TOPIC }, 'u1'), 'ok')
    t.equal(await presence.untrack(self()), 'ok')
    await presence.track(self(), TOPIC, 'u1')
    t.equal(await presence.untrack(spawn(idle), TOPIC, 'u1'), 'ok', "somebody else's key")
    await settle()
    t.same(movesIn(messages), [[['u1'], []]])
  }),
)

t.test('PR-003 untrack(pid) removes all entries of a process, in all topics', (t) =>
  withRuntime(async () => {
    for (const poolSize of [1, 8]) {
      const { presence, tree } = await startPresence({ poolSize })
      const topics = Array.from({ length: 20 }, (_, index) => `room:${index}`)
      const pid = spawn(idle)
      const stays = spawn(idle)
      for (const topic of topics) {
        await presence.track(pid, topic, 'a')
        await presence.track(pid, topic, 'b')
        await presence.track(stays, topic, 'c')
      }
      const messages = await messagesOf(...topics)
      t.equal(await presence.untrack(pid), 'ok')
      await settle()
      t.equal(messages.length, topics.length, 'one diff for each topic')
      for (const { payload } of messages) t.same(Object.keys(payload.leaves), ['a', 'b'])
      for (const topic of topics) t.same(Object.keys(await presence.list(topic)), ['c'])
      exit(pid, 'kill')
      await settle()
      t.equal(messages.length, topics.length, 'it is not watched any more')
      await Supervisor.stop(tree)
    }
  }),
)

t.test('PR-004 an update is one diff with a join and a leave, by a meta or by a function', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const first = await refOf(presence.track(self(), TOPIC, 'u1', { status: 'online', device: 'phone' }))
    const messages = await messagesOf(TOPIC)
    const second = await refOf(presence.update(self(), TOPIC, 'u1', { status: 'away' }))
    t.same(await presence.list(TOPIC), {
      u1: { metas: [{ status: 'away', phx_ref: second, phx_ref_prev: first }] },
    })
    const third = await refOf(
      presence.update({ channelPid: self(), topic: TOPIC }, 'u1', (meta) => ({ ...meta, since: 5 })),
    )
    await settle()
    t.equal(new Set([first, second, third]).size, 3)
    t.same(
      messages.map(({ payload }) => payload),
      [
        {
          joins: { u1: { metas: [{ status: 'away', phx_ref: second, phx_ref_prev: first }] } },
          leaves: { u1: { metas: [{ status: 'online', device: 'phone', phx_ref: first }] } },
        },
        {
          joins: { u1: { metas: [{ status: 'away', since: 5, phx_ref: third, phx_ref_prev: second }] } },
          leaves: { u1: { metas: [{ status: 'away', phx_ref: second, phx_ref_prev: first }] } },
        },
      ],
    )
  }),
)

t.test('PR-004 an update of nothing answers nopresence', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const messages = await messagesOf(TOPIC)
    t.same(await presence.update(self(), TOPIC, 'u1', {}), { type: 'error', reason: 'nopresence' })
    await presence.track(self(), TOPIC, 'u1')
    t.same(await presence.update(spawn(idle), TOPIC, 'u1', {}), { type: 'error', reason: 'nopresence' })
    await settle()
    t.equal(messages.length, 1)
  }),
)

t.test('PR-004 a function that throws is the mistake of the caller, and of nobody else', (t) =>
  withRuntime(async ({ reports }) => {
    const { presence } = await startPresence()
    const ref = await refOf(presence.track(self(), TOPIC, 'u1'))
    const mistake = new Error('in the function')
    const throwing = () => {
      throw mistake
    }
    await t.rejects(async () => presence.update(self(), TOPIC, 'u1', throwing), mistake)
    const wrong = (async () => ({})) as never
    await t.rejects(async () => presence.update(self(), TOPIC, 'u1', () => 7 as never), {
      code: 'BEAMISH_BAD_ARGUMENT',
      message: /update: meta expects an object, got 7/,
    })
    await t.rejects(async () => presence.update(self(), TOPIC, 'u1', wrong), { message: /Is an `await` missing/ })
    t.same(refsOf(await presence.list(TOPIC)), { u1: [ref] })
    t.same(failures(reports), [])
  }),
)

t.test('PR-005 the same process, topic and key again is alreadyTracked; another topic or key is fine', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const messages = await messagesOf(TOPIC)
    await presence.track(self(), TOPIC, 'u1', { n: 1 })
    const reason = { type: 'alreadyTracked', pid: self(), topic: TOPIC, key: 'u1' }
    t.same(await presence.track(self(), TOPIC, 'u1', { n: 2 }), { type: 'error', reason })
    t.match(await presence.track(self(), TOPIC, 'u2'), { type: 'ok' })
    t.match(await presence.track(self(), 'room:2', 'u1'), { type: 'ok' })
    t.match(await presence.track(spawn(idle), TOPIC, 'u1'), { type: 'ok' })
    t.match(await presence.list(TOPIC), { u1: { metas: [{ n: 1 }, {}] } })
    await settle()
    t.equal(messages.length, 3)
  }),
)

t.test('PR-006 diffs go through a dispatcher of the own', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence({
      dispatcher: (entries, from, message) => {
        for (const { pid } of entries) if (pid !== from) send(pid, { custom: message })
      },
    })
    const messages = await messagesOf<{ custom: DiffMessage }>(TOPIC)
    await presence.track(self(), TOPIC, 'u1')
    await settle()
    t.match(messages, [{ custom: { event: 'presence_diff', payload: { joins: { u1: {} } } } }])
    t.equal(messages.length, 1)
  }),
)

// ── handleMetas ──────────────────────────────────────────────────────────────────────────────────────────────────────

interface Call {
  readonly topic: string
  readonly diff: PresenceDiff
  readonly presences: Record<string, object[]>
}

/** A presence whose `handleMetas` notes what it is given. */
async function startObserved(options: Partial<PresenceOptions<number>> = {}) {
  const calls: Call[] = []
  const started = await startPresence<number>({
    init: () => 0,
    handleMetas: (topic, diff, presences, count) => {
      const copy = Object.entries(presences).map(([key, metas]) => [key, plain(metas)] as const)
      calls.push({ topic, diff, presences: Object.fromEntries(copy) })
      return count + 1
    },
    ...options,
  })
  return { ...started, calls }
}

t.test('PR-007 handleMetas is called with each diff, and with all who are present after it', (t) =>
  withRuntime(async () => {
    const { presence, calls } = await startObserved()
    const [first, second] = [spawn(idle), spawn(idle)]
    await presence.track(first, TOPIC, 'u1', { n: 1 })
    await presence.track(second, TOPIC, 'u2', { n: 2 })
    await presence.track(second, TOPIC, 'u1', { n: 3 })
    await presence.track(second, 'room:2', 'u1', { n: 4 })
    await presence.update(first, TOPIC, 'u1', { n: 5 })
    await presence.untrack(second, TOPIC, 'u1')
    await presence.untrack(second, TOPIC, 'u2')
    exit(first, 'kill')
    await settle()
    t.same(
      calls.map(({ topic, presences }) => [topic, presences]),
      [
        [TOPIC, { u1: [{ n: 1 }] }],
        [TOPIC, { u1: [{ n: 1 }], u2: [{ n: 2 }] }],
        [TOPIC, { u1: [{ n: 1 }, { n: 3 }], u2: [{ n: 2 }] }],
        ['room:2', { u1: [{ n: 4 }] }],
        [TOPIC, { u1: [{ n: 3 }, { n: 5 }], u2: [{ n: 2 }] }],
        [TOPIC, { u1: [{ n: 5 }], u2: [{ n: 2 }] }],
        [TOPIC, { u1: [{ n: 5 }] }],
        [TOPIC, {}],
      ],
    )
    t.match(calls[4]?.diff, { joins: { u1: { metas: [{ n: 5 }] } }, leaves: { u1: { metas: [{ n: 1 }] } } })
    t.same(calls[7]?.diff.joins, {})
  }),
)

t.test('PR-007 handleMetas runs after the broadcast, with the fetched diff and its own state', (t) =>
  withRuntime(async () => {
    const order: unknown[] = []
    const { presence } = await startPresence<number>({
      fetch: withNames,
      dispatcher: () => order.push('broadcast'),
      init: () => 1,
      handleMetas: (_topic, { joins }, presences: TopicMetas, count) => {
        order.push([count, joins['u1']?.['name'], Object.keys(presences)])
        return count === 1 ? 5 : undefined
      },
    })
    await messagesOf(TOPIC)
    await presence.track(self(), TOPIC, 'u1')
    await presence.track(self(), TOPIC, 'u2')
    await presence.track(self(), TOPIC, 'u3')
    await settle()
    t.same(order, [
      'broadcast',
      [1, 'name-u1', ['u1']],
      'broadcast',
      [5, undefined, ['u1', 'u2']],
      'broadcast',
      [5, undefined, ['u1', 'u2', 'u3']],
    ])
  }),
)

t.test('PR-007 handleMetas without init is refused, and says what is missing', async (t) => {
  t.throws(() => Presence.define({ name: 'chat', pubsub: 'chat', handleMetas: () => undefined }), {
    code: 'BEAMISH_BAD_ARGUMENT',
    message: /handleMetas expects an init beside it/,
  })
})

// ── fetch ────────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('PR-008 diffs arrive in the order of the events, also when a later fetch is done first', (t) =>
  withRuntime(async () => {
    const gates = new Map([['slow', new Gate()]])
    const fetched: string[] = []
    const { presence } = await startPresence({
      fetch: async (topic, presences) => {
        for (const key of Object.keys(presences)) await gates.get(key)?.opened
        fetched.push(Object.keys(presences).join())
        return withNames(topic, presences)
      },
    })
    const messages = await messagesOf(TOPIC)
    await presence.track(self(), TOPIC, 'slow')
    await presence.track(self(), TOPIC, 'fast')
    await settle()
    t.same(fetched, ['fast', ''], 'for the joins, and for the leaves, also when there are none')
    t.same(movesIn(messages), [])
    gates.get('slow')?.open()
    await settle()
    t.same(movesIn(messages), [
      [['slow'], []],
      [['fast'], []],
    ])
    t.match(messages[0]?.payload.joins, { slow: { name: 'name-slow' } })
  }),
)

t.test('PR-008 a fetch that fails is reported, its diff goes out as it is, and nothing is lost', (t) =>
  withRuntime(async ({ reports }) => {
    const wrongs: Record<string, (presences: Presences) => unknown> = {
      throws: () => {
        throw new Error('no database')
      },
      forgets: () => undefined,
      empty: () => ({}),
      noMetas: ({ noMetas }) => ({ noMetas: { ...noMetas, metas: undefined } }),
      unsendable: ({ unsendable }) => ({ unsendable: { ...unsendable, id: 1n } }),
    }
    const { presence } = await startPresence({
      fetch: async (topic, presences) => {
        const [key = ''] = Object.keys(presences)
        return wrongs[key] === undefined ? withNames(topic, presences) : (wrongs[key](presences) as Presences)
      },
    })
    const messages = await messagesOf(TOPIC)
    const pid = spawn(idle)
    const keys = ['u1', ...Object.keys(wrongs), 'u2']
    for (const key of keys) await presence.track(pid, TOPIC, key)
    await settle()
    t.same(
      movesIn(messages),
      keys.map((key) => [[key], []]),
    )
    t.same(
      messages.map(({ payload }) => Object.values(payload.joins).map(({ name }) => name)),
      keys.map((key) => [key.startsWith('u') && key.length === 2 ? `name-${key}` : undefined]),
    )
    t.same(
      failures(reports).map(({ type }) => type),
      Object.keys(wrongs).map(() => 'taskTerminate'),
    )
    const errors = failures(reports).map((report) => (report as { reason: { error: BeamishError } }).reason.error)
    t.match(errors, [
      { message: 'no database' },
      { code: 'BEAMISH_BAD_RETURN', message: /must return an object, got undefined/ },
      { code: 'BEAMISH_BAD_RETURN', message: /must return "empty" with its metas, got undefined. Keep all keys/ },
      { code: 'BEAMISH_BAD_RETURN' },
      { code: 'BEAMISH_INVALID_PAYLOAD' },
    ])
    exit(pid, 'kill')
    await settle()
    t.equal(Object.keys(messages.at(-1)?.payload.leaves ?? {}).length, keys.length)
    t.same(await presence.list(TOPIC), {})
  }),
)

t.test('PR-008 what fetch throws in list and getByKey, they throw', (t) =>
  withRuntime(async () => {
    let fails = false
    const { presence } = await startPresence({
      fetch: (topic, presences) => {
        if (fails) throw new Error('no database')
        return withNames(topic, presences)
      },
    })
    await presence.track(self(), TOPIC, 'u1')
    fails = true
    await t.rejects(async () => presence.list(TOPIC), { message: 'no database' })
    await t.rejects(async () => presence.getByKey(TOPIC, 'u1'), { message: 'no database' })
    fails = false
    t.match(await presence.list(TOPIC), { u1: { name: 'name-u1' } })
  }),
)

// ── Several metas ────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('PR-009 a user with two connections has one key with two metas; closing one leaves the other', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const messages = await messagesOf(TOPIC)
    const [tab1, tab2] = [spawn(idle), spawn(idle)]
    const first = await refOf(presence.track(tab1, TOPIC, 'u1', { tab: 1 }))
    const second = await refOf(presence.track(tab2, TOPIC, 'u1', { tab: 2 }))
    t.same(refsOf(await presence.list(TOPIC)), { u1: [first, second] }, 'oldest first')
    exit(tab1, 'kill')
    await settle()
    t.same(refsOf(await presence.list(TOPIC)), { u1: [second] })
    t.same(messages.at(-1)?.payload, { joins: {}, leaves: { u1: { metas: [{ tab: 1, phx_ref: first }] } } })
  }),
)

// ── Metas ────────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test("the server's refs win over members of the same name, and a meta is nobody else's", (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const meta = { phx_ref: 'mine', phx_ref_prev: 'mine', nested: { n: 1 }, at: new Date(0), none: undefined }
    const ref = await refOf(presence.track(self(), TOPIC, 'u1', meta))
    meta.nested.n = 2
    const kept = { phx_ref: ref, nested: { n: 1 }, at: '1970-01-01T00:00:00.000Z' }
    const [listed] = (await presence.list(TOPIC))['u1']?.metas ?? []
    t.same(listed, kept, 'as a client sees it')
    t.notOk('phx_ref_prev' in (listed ?? {}))
    t.throws(() => Object.assign(listed as object, { nested: 3 }), TypeError)
    const next = await refOf(presence.update(self(), TOPIC, 'u1', { phx_ref: 'mine', phx_ref_prev: 'mine' }))
    t.same((await presence.list(TOPIC))['u1']?.metas, [{ phx_ref: next, phx_ref_prev: ref }])
  }),
)

t.test('refs are unique and increase, however many are made at once', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const pids = Array.from({ length: 300 }, () => spawn(idle))
    const refs = await Promise.all(pids.map((pid) => refOf(presence.track(pid, TOPIC, 'u1'))))
    t.equal(new Set(refs).size, pids.length)
    t.same(refsOf(await presence.list(TOPIC)), { u1: refs })
  }),
)

t.test('mistakes are refused where they are made, and name what was expected', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    const wrong = {} as never
    const uses: [() => unknown, RegExp][] = [
      [() => presence.track(wrong, 'u1', {}), /a socket of a channel, or a pid and a topic/],
      [() => presence.track(self(), 7 as never, 'u1', {}), /track expects a topic/],
      [() => presence.track(self(), TOPIC, wrong, {}), /track: key expects a string or a number, got \{\}/],
      [() => presence.track(self(), TOPIC, 'u1', [] as never), /track: meta expects an object, got \[\]/],
      [() => presence.track(self(), TOPIC, 'u1', new Date(0)), /meta expects an object/],
      [() => presence.track(self(), TOPIC, 'u1', new Uint8Array(1)), /meta expects an object/],
      [() => presence.update(self(), TOPIC, 'u1', 7 as never), /update: meta expects an object, got 7/],
      [() => presence.untrack(wrong), /untrack expects the pid of a process of this node/],
      [() => presence.list(wrong), /list expects a topic/],
      [() => presence.getByKey(TOPIC, null as never), /getByKey: key expects a string or a number, got null/],
    ]
    for (const [use, message] of uses) t.throws(use, { code: 'BEAMISH_BAD_ARGUMENT', message }, String(use))
    t.throws(() => presence.track(self(), TOPIC, 'u1', { id: 1n }), { code: 'BEAMISH_INVALID_PAYLOAD' })
    await withRuntime(
      async () => {
        const { presence: there } = await startPresence()
        t.match(await there.track(self(), TOPIC, 'u1'), { type: 'ok' })
      },
      { node: 'there' },
    )
    const remote = await withRuntime(async () => self(), { node: 'there' })
    t.throws(() => presence.track(remote, TOPIC, 'u1'), { message: /of this node/ })
  }),
)

t.test('a presence that does not run says where it belongs', (t) =>
  withRuntime(async () => {
    const presence = Presence.define({ name: 'chat', pubsub: 'chat' })
    for (const use of [
      () => presence.track(self(), TOPIC, 'u1'),
      () => presence.untrack(self()),
      () => presence.list(TOPIC),
      () => presence.gracefulPermdown(),
    ]) {
      t.throws(use, { code: 'BEAMISH_BAD_ARGUMENT', message: /into your tree, after its PubSub/ }, String(use))
    }
    await t.rejects(async () => Supervisor.start([presence]), { code: 'BEAMISH_START_REFUSED' }, 'without its PubSub')
  }),
)

t.test('presences of one program know nothing of each other', (t) =>
  withRuntime(async () => {
    const [one, two] = ['one', 'two'].map((name) => Presence.define({ name, pubsub: 'chat' }))
    await Supervisor.start([PubSub.child({ name: 'chat' }), one!, two!.child({ id: 'second' })])
    await one!.track(self(), TOPIC, 'u1')
    t.same(await two!.list(TOPIC), {})
    t.match(await two!.track(self(), TOPIC, 'u1'), { type: 'ok' })
    t.match(await one!.tryStartLink(), { type: 'alreadyStarted' })
  }),
)

// ── Failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function shardPid(): Pid {
  return whereis('chat.Presence.Shard0') as Pid
}

t.test('a shard that is killed loses nobody, and misses no end', (t) =>
  withRuntime(async () => {
    const gate = new Gate()
    const { presence, calls } = await startObserved({
      fetch: async (topic, presences) => {
        if ('pending' in presences) await gate.opened
        return withNames(topic, presences)
      },
    })
    const messages = await messagesOf(TOPIC)
    const [stays, goes] = [spawn(idle), spawn(idle)]
    const ref = await refOf(presence.track(stays, TOPIC, 'stays', { n: 1 }))
    await presence.track(goes, TOPIC, 'goes')
    await presence.track(stays, TOPIC, 'pending')
    await settle()
    const before = shardPid()
    exit(before, 'kill')
    exit(goes, 'kill')
    t.match(await presence.getByKey(TOPIC, 'goes'), { name: 'name-goes' }, 'readers need no shard')
    await settle()
    t.not(shardPid(), before)
    gate.open()
    await settle()
    t.same(movesIn(messages), [
      [['stays'], []],
      [['goes'], []],
      [['pending'], []],
      [[], ['goes']],
    ])
    t.match(messages[2]?.payload.joins, { pending: { name: 'name-pending' } })
    t.same(calls.at(-1)?.presences, { stays: [{ n: 1 }], pending: [{}] })
    t.match(await presence.track(stays, TOPIC, 'stays'), { type: 'error', reason: { type: 'alreadyTracked' } })
    const next = await refOf(presence.update(stays, TOPIC, 'stays', { n: 2 }))
    t.match(await presence.list(TOPIC), { stays: { metas: [{ phx_ref: next, phx_ref_prev: ref }] } })
    exit(stays, 'kill')
    await settle()
    t.same(await presence.list(TOPIC), {})
  }),
)

t.test('a handleMetas that throws crashes its shard, which begins with a new state and the same presences', (t) =>
  withRuntime(async ({ reports }) => {
    const states: unknown[] = []
    const { presence } = await startPresence<string[]>({
      init: () => [],
      handleMetas: (_topic, { joins }, presences, seen) => {
        if ('bad' in joins) throw new Error('in handleMetas')
        states.push([Object.keys(presences), seen])
        return [...seen, ...Object.keys(joins)]
      },
    })
    const messages = await messagesOf(TOPIC)
    const pid = spawn(idle)
    await presence.track(pid, TOPIC, 'u1')
    await t.rejects(async () => presence.track(pid, TOPIC, 'bad'), { code: 'BEAMISH_EXIT' })
    await settle()
    t.match(await presence.track(pid, TOPIC, 'u2'), { type: 'ok' })
    t.same(states, [
      [['u1'], []],
      [['u1', 'bad', 'u2'], []],
    ])
    await settle()
    t.equal(messages.length, 3, 'the diff was broadcast before, and once')
    t.same(
      failures(reports).map(({ type }) => type),
      ['serverTerminate', 'crash', 'supervisor'],
    )
  }),
)

t.test('what was to be announced behind a failure is announced after it', (t) =>
  withRuntime(async ({ clock }) => {
    const { presence } = await startPresence<null>({
      init: () => null,
      handleMetas: (topic, { leaves }) => {
        if (topic === 'room:1' && 'u1' in leaves) throw new Error('in handleMetas')
      },
    })
    const topics = ['room:1', 'room:2', 'room:3']
    const pid = spawn(idle)
    for (const topic of topics) await presence.track(pid, topic, 'u1')
    const messages = await messagesOf(...topics)
    exit(pid, 'kill')
    await clock.advance(1500)
    t.same(
      messages.map(({ topic, payload: { leaves } }) => [topic, Object.keys(leaves)]),
      topics.map((topic) => [topic, ['u1']]),
    )
  }),
)

t.test('a presence that fails for good takes along those it tracked, and one that is stopped does not', (t) =>
  withRuntime(async () => {
    const { presence, tree } = await startPresence({ poolSize: 2 })
    const [pid, watching] = [spawn(idle), spawn(idle)]
    for (let n = 0; n < 10; n++) await presence.track(pid, `room:${n}`, 'u1')
    for (let n = 0; n < 5; n++) {
      t.ok(Process.isAlive(pid), 'while it is kept')
      exit(shardPid(), 'kill')
      await settle()
    }
    t.notOk(Process.isAlive(pid))
    t.ok(Process.isAlive(watching))
    for (let n = 0; n < 10; n++) t.same(await presence.list(`room:${n}`), {})
    t.match(await presence.track(watching, TOPIC, 'u1'), { type: 'ok' }, 'it was started again')
    await Supervisor.stop(tree)
    t.ok(Process.isAlive(watching))
  }),
)

t.test('callbacks that return a promise are refused', (t) =>
  withRuntime(async ({ reports }) => {
    const { presence } = await startPresence<number>({ init: () => 0, handleMetas: (async () => 1) as never })
    await t.rejects(async () => presence.track(spawn(idle), TOPIC, 'u1'))
    t.match(
      reports.find(({ type }) => type === 'serverTerminate'),
      { reason: { error: { code: 'BEAMISH_BAD_RETURN', message: /handleMetas .* got a promise/ } } },
    )
    const async = Presence.define({ name: 'async', pubsub: 'chat', init: async () => 0, handleMetas: () => undefined })
    await t.rejects(async () => Supervisor.start([async]), { code: 'BEAMISH_START_REFUSED' })
  }),
)

t.test('presence outlives its PubSub, and is heard again when that is back', (t) =>
  withRuntime(async ({ clock }) => {
    const { presence, tree } = await startPresence({ poolSize: 2 })
    const pid = spawn(idle)
    await presence.track(pid, TOPIC, 'u1')
    const shard = shardPid()
    await Supervisor.terminateChild(tree, 'chat')
    t.match(await presence.track(pid, TOPIC, 'u2'), { type: 'ok' }, 'there is nobody to tell')
    await clock.advance(5000)
    await Supervisor.restartChild(tree, 'chat')
    await clock.advance(1500)
    const messages = await messagesOf(TOPIC)
    exit(pid, 'kill')
    await settle()
    t.same(movesIn(messages), [[[], ['u1', 'u2']]])
    t.equal(shardPid(), shard)
  }),
)

t.test('a stop ends everything, and what comes after begins anew', (t) =>
  withRuntime(async ({ runtime }) => {
    const before = runtime.size
    const { presence, tree } = await startPresence({ fetch: () => new Promise(() => {}), poolSize: 3 })
    const pid = spawn(idle)
    await presence.track(pid, TOPIC, 'u1')
    await settle()
    await Supervisor.stop(tree)
    t.equal(runtime.size, before + 1, 'no shard, no task')
    const { presence: again } = await startPresence()
    t.same(await again.list(TOPIC), {})
    t.match(await again.track(pid, TOPIC, 'u1'), { type: 'ok' })
  }),
)

// ── Options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('PR-019 options that cannot work are refused, with what would', async (t) => {
  const good = { name: 'chat', pubsub: 'chat' }
  const wrong: [object, RegExp][] = [
    [{ pubsub: 'chat' }, /name expects a string/],
    [{ name: 'chat' }, /pubsub expects a string/],
    [{ ...good, name: '' }, /name expects a name/],
    [{ ...good, broadcast_period: 1 }, /got "broadcast_period"/],
    [{ ...good, downPeriodMs: 1 }, /downPeriodMs expects at least twice the broadcastPeriodMs, 3000/],
    [{ ...good, broadcastPeriodMs: 20_000, downPeriodMs: 39_999 }, /at least twice the broadcastPeriodMs, 40000/],
    [{ ...good, permdownPeriodMs: 30_000 }, /permdownPeriodMs expects more than the downPeriodMs, 30000/],
    [{ ...good, downPeriodMs: 1_200_000 }, /permdownPeriodMs expects more than/],
    [{ ...good, broadcastPeriodMs: 0 }, /broadcastPeriodMs expects a whole number, at least 1/],
    [{ ...good, maxSilentPeriods: 1.5 }, /maxSilentPeriods expects/],
    [{ ...good, clockSamplePeriods: 0 }, /clockSamplePeriods expects/],
    [{ ...good, poolSize: '8' }, /poolSize expects/],
    [{ ...good, maxDeltaSizes: [0] }, /maxDeltaSizes expects/],
    [{ ...good, permdownOnShutdown: 1 }, /permdownOnShutdown expects true or false/],
    [{ ...good, fetch: {} }, /fetch expects a function/],
    [{ ...good, dispatcher: 'fastlane' }, /dispatcher expects a function/],
  ]
  for (const [options, message] of wrong) {
    t.throws(() => Presence.define(options as never), { code: 'BEAMISH_BAD_ARGUMENT', message }, String(message))
  }
  t.throws(() => Presence.define(good).child({ name: 'other' } as never), { message: /got "name"/ })
  Presence.define({ ...good, broadcastPeriodMs: 100, downPeriodMs: 200, permdownPeriodMs: 201 })
})

// ── Telemetry and cost ───────────────────────────────────────────────────────────────────────────────────────────────

t.test('each diff is an event with how many came and went', (t) =>
  withRuntime(async () => {
    const events: unknown[] = []
    using _ = attach('presence test', 'beamish.presence.diff', (_event, measurements, metadata) => {
      events.push({ ...measurements, ...metadata })
    })
    const { presence } = await startPresence()
    const pid = spawn(idle)
    await presence.track(pid, TOPIC, 'u1')
    await presence.track(pid, TOPIC, 'u2')
    await presence.update(pid, TOPIC, 'u2', {})
    exit(pid, 'kill')
    await settle()
    const of = { presence: 'chat', topic: TOPIC }
    t.same(events, [
      { joins: 1, leaves: 0, ...of },
      { joins: 1, leaves: 0, ...of },
      { joins: 1, leaves: 1, ...of },
      { joins: 0, leaves: 2, ...of },
    ])
  }),
)

t.test('thousands of presences in one topic: each change is one small diff, and nothing is copied for it', (t) =>
  withRuntime(async () => {
    const views = new Set<TopicMetas>()
    let present = 0
    const { presence } = await startPresence<null>({
      init: () => null,
      handleMetas: (_topic, { joins, leaves }, presences) => {
        views.add(presences)
        present += Object.keys(joins).length - Object.keys(leaves).length
      },
    })
    const messages = await messagesOf(TOPIC)
    const many = 5000
    const pid = spawn(idle)
    for (let n = 0; n < many; n++) presence.track(pid, TOPIC, n)
    await presence.track(spawn(idle), TOPIC, 'last')
    await settle()
    t.equal(messages.length, many + 1)
    t.ok(messages.every(({ payload }) => Object.keys(payload.joins).length === 1))
    t.equal(views.size, 1, 'handleMetas looks at one view')
    t.equal(Object.keys(await presence.list(TOPIC)).length, many + 1)
    t.equal(present, many + 1)
    exit(pid, 'kill')
    await settle()
    t.equal(present, 1)
    t.same(Object.keys(await presence.list(TOPIC)), ['last'])
  }),
)

t.test('PubSub subscribers that are not channels get plain messages', (t) =>
  withRuntime(async () => {
    const { presence } = await startPresence()
    PubSub.subscribe('chat', TOPIC)
    await presence.track(self(), TOPIC, 'u1')
    t.match(await receive(), { type: 'broadcast', topic: TOPIC, event: 'presence_diff' })
  }),
)
