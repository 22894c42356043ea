import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { exit, type Pid, receive, spawn, whereis } from '../../src/index.ts'
import type { PresenceOptions } from '../../src/presence/options.ts'
import { definePresence, type PresenceModule } from '../../src/presence/presence.ts'
import type { PresenceDiff } from '../../src/presence/presences.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { attach } from '../../src/telemetry/index.ts'
import { settle } from '../../src/testing/index.ts'
import { type DiffMessage, refsOf } from '../support/presence.ts'
import { Bus, type Cluster, type ClusterNode, withCluster } from '../support/presence-cluster.ts'

// Three nodes in one process. Every item of PR-020 runs with one shard and with eight: then the topics are spread over them.

const PERIOD_MS = 1500
const DOWN_MS = 30_000
const PERMDOWN_MS = 60_000
const TOPICS = Array.from({ length: 12 }, (_, index) => `room:${index}`)

let lastVsn = 0

function define(poolSize: number, options: Partial<PresenceOptions> = {}): PresenceModule {
  const world = { random: () => 0, systemTimeMs: Date.now, vsn: () => String(++lastVsn) }
  const periods = { broadcastPeriodMs: PERIOD_MS, downPeriodMs: DOWN_MS, permdownPeriodMs: PERMDOWN_MS }
  return definePresence({ name: 'chat', pubsub: 'chat', poolSize, ...periods, ...options }, world)
}

type Three = readonly [ClusterNode, ClusterNode, ClusterNode]

/** Runs a test with three nodes, `a`, `b` and `c`, once with one shard and once with eight. */
function each(
  body: (
    cluster: Cluster & { readonly three: Three; readonly presence: PresenceModule; readonly poolSize: number },
  ) => Promise<void>,
  options: Partial<PresenceOptions> = {},
): () => Promise<void> {
  return async () => {
    for (const poolSize of [1, 8]) {
      await withCluster(['a', 'b', 'c'], (cluster) =>
        body({ ...cluster, three: cluster.nodes as unknown as Three, presence: define(poolSize, options), poolSize }),
      )
    }
  }
}

/** Starts the presence on nodes, and lets them hear of each other. */
async function join(cluster: Cluster, presence: PresenceModule, nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) await node.start(presence)
  await cluster.advance(3 * PERIOD_MS)
}

/** Tracks one process on a node in every topic, under a key. */
async function trackEverywhere(node: ClusterNode, presence: PresenceModule, key: string): Promise<Pid> {
  const pid = await node.spawn()
  for (const topic of TOPICS) await node.run(() => presence.track(pid, topic, key))
  return pid
}

/** What the subscribers of several nodes were sent. */
const takeAll = (diffs: readonly (() => Promise<string[][]>)[]) => Promise.all(diffs.map((take) => take()))

const times = (key: string) => TOPICS.map(() => key)

t.test('LS-19, PR-020 what happens on one node is announced once on each, and listed on all', (t) =>
  each(async (cluster) => {
    const { three, presence, advance } = cluster
    const [a, b, c] = three
    await join(cluster, presence, three)
    const diffs = await Promise.all(three.map((node) => node.diffs('room:1')))
    const pid = await a.track(presence, 'room:1', 'ann', { n: 1 })
    t.same(await takeAll(diffs), [[['+ann']], [], []], 'here at once')
    await advance(PERIOD_MS)
    t.same(await takeAll(diffs), [[], [['+ann']], [['+ann']]])
    await a.run(() => presence.update(pid, 'room:1', 'ann', { n: 2 }))
    await advance(PERIOD_MS)
    t.same(await takeAll(diffs), Array(3).fill([['+ann', '-ann']]))
    const metas = await Promise.all(three.map((node) => node.run(() => presence.list('room:1'))))
    t.same(metas[1], metas[0])
    t.same(metas[2], metas[0])
    await c.track(presence, 'room:1', 'ann', { n: 3 })
    await advance(PERIOD_MS)
    t.same(await b.keys(presence, 'room:1'), ['ann', 'ann'])
    for (const take of diffs) t.same(await take(), [['+ann']])
    await a.run(() => exit(pid, 'kill'))
    await advance(PERIOD_MS)
    for (const take of diffs) t.same(await take(), [['-ann']])
    t.same(await b.keys(presence, 'room:1'), ['ann'])
    for (const node of three)
      t.same(
        node.reports.filter(({ level }) => level === 'error'),
        [],
      )
  })(),
)

t.test('PR-020 a late node gets the state by one transfer from the dominant peer', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance, poolSize } = cluster
    const [a, b, c] = three
    await join(cluster, presence, [a, b])
    await trackEverywhere(a, presence, 'ann')
    await trackEverywhere(b, presence, 'bob')
    await advance(4 * PERIOD_MS)
    // b has not heard the last thing that happened on a: of the two, a knows more.
    bus.cut('a', 'b')
    await trackEverywhere(a, presence, 'art')
    await advance(PERIOD_MS)
    bus.forget()
    await c.start(presence)
    const take = await c.diffs(...TOPICS)
    await advance(3 * PERIOD_MS)
    t.same(bus.count('transferRequest'), Array(poolSize).fill('c>a'))
    t.same(bus.count('transfer'), Array(poolSize).fill('a>c'))
    t.same(await c.keys(presence, ...TOPICS), [...times('ann'), ...times('art'), ...times('bob')])
    const announced = await take()
    t.same(
      announced.map((diff) => diff.join(' ')),
      times('+ann +art +bob'),
    )
    bus.mend()
    await advance(10 * PERIOD_MS)
    t.same(await take(), [], 'and never again')
  })(),
)

t.test('LS-19, PR-020 a node that falls silent is down after downPeriodMs, and comes back as it was', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance } = cluster
    const [a, b, c] = three
    await join(cluster, presence, three)
    const pid = await trackEverywhere(a, presence, 'ann')
    await trackEverywhere(a, presence, 'ada')
    await trackEverywhere(b, presence, 'bob')
    await advance(2 * PERIOD_MS)
    const diffs = await b.diffs('room:1')
    bus.cut('a', 'b')
    bus.cut('a', 'c')
    await advance(DOWN_MS - 4 * PERIOD_MS)
    t.same(await diffs(), [], 'not yet')
    await advance(5 * PERIOD_MS)
    t.same(await diffs(), [['-ada', '-ann']], 'one diff for all that go')
    t.same(await b.keys(presence, ...TOPICS), times('bob'))
    t.same(await a.keys(presence, ...TOPICS), [...times('ada'), ...times('ann')], 'the other side sees the same of b')
    // What happens meanwhile is told later.
    await a.run(() => exit(pid, 'kill'))
    await trackEverywhere(a, presence, 'art')
    await c.track(presence, 'room:1', 'cem')
    await advance(PERIOD_MS)
    t.same(await diffs(), [['+cem']])
    bus.mend()
    await advance(20 * PERIOD_MS)
    const everybody = [...times('ada'), ...times('art'), ...times('bob'), 'cem'].sort()
    for (const node of three) t.same(await node.keys(presence, ...TOPICS), everybody, node.name)
    const net = (await diffs()).flat()
    t.same(
      net.filter((move) => move.endsWith('ada')),
      ['+ada'],
    )
    t.same(
      net.filter((move) => move.endsWith('art')),
      ['+art'],
    )
    t.equal(net.filter((move) => move === '+ann').length, net.filter((move) => move === '-ann').length)
  })(),
)

t.test('PR-020 a node that stays silent is forgotten, and may still come back', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance } = cluster
    const [a, b] = three
    await join(cluster, presence, three)
    await trackEverywhere(a, presence, 'ann')
    await advance(2 * PERIOD_MS)
    const events: string[] = []
    using _ = attach('tracker test', 'beamish.presence.replica', (_event, _measurements, { replica, status }) => {
      if (replica === 'a' && !events.includes(status)) events.push(status)
    })
    bus.cut('a', 'b')
    bus.cut('a', 'c')
    const diffs = await b.diffs('room:1')
    await advance(PERMDOWN_MS + 2 * PERIOD_MS)
    t.same(events, ['down', 'forgotten'])
    t.same(await diffs(), [['-ann']], 'who was down does not leave again')
    bus.mend()
    await advance(20 * PERIOD_MS)
    t.same(events, ['down', 'forgotten', 'up'])
    t.same(await diffs(), [['+ann']])
    for (const node of three) t.same(await node.keys(presence, ...TOPICS), times('ann'), node.name)
  })(),
)

t.test('PR-020 the old entries of a node that was started again go at once', (t) =>
  each(async (cluster) => {
    const { three, presence, advance } = cluster
    const [a, b, c] = three
    await join(cluster, presence, three)
    await trackEverywhere(a, presence, 'ann')
    await trackEverywhere(a, presence, 'both')
    await advance(2 * PERIOD_MS)
    const diffs = await c.diffs('room:1')
    await a.stop()
    await advance(2 * PERIOD_MS)
    t.same(await diffs(), [], 'nobody said goodbye')
    t.same(await b.keys(presence, 'room:1'), ['ann', 'both'])
    await a.start(presence)
    await trackEverywhere(a, presence, 'both')
    await advance(PERIOD_MS)
    const moves = await diffs()
    t.same(moves.flat().sort(), ['+both', '-ann', '-both'])
    t.ok(moves.flat().indexOf('+both') <= moves.flat().indexOf('-both') || moves.length > 1)
    await advance(4 * PERIOD_MS)
    t.same(await diffs(), [])
    for (const node of [b, c]) t.same(await node.keys(presence, ...TOPICS), times('both'), node.name)
  })(),
)

t.test('PR-020 a graceful stop makes its entries leave at once', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance } = cluster
    const [a, b, c] = three
    await join(cluster, presence, three)
    await trackEverywhere(a, presence, 'ann')
    await trackEverywhere(b, presence, 'bob')
    await advance(2 * PERIOD_MS)
    const diffs = await Promise.all([b, c].map((node) => node.diffs('room:1')))
    t.equal(await a.run(() => presence.gracefulPermdown()), 'ok')
    await advance(0)
    t.same(await takeAll(diffs), [[['-ann']], [['-ann']]])
    for (const node of [b, c]) t.same(await node.keys(presence, ...TOPICS), times('bob'), node.name)
    // Its supervisor has started it again, as a new life: nobody is tracked there.
    bus.forget()
    await advance(5 * PERIOD_MS)
    t.same(await takeAll(diffs), [[], []])
    t.same(await a.keys(presence, ...TOPICS), times('bob'))
  })(),
)

t.test('PR-020 with permdownOnShutdown the end by the supervisor is a goodbye, and a crash is none', (t) =>
  each(
    async (cluster) => {
      const { three, presence, bus, advance, poolSize } = cluster
      const [a, b, c] = three
      await join(cluster, presence, three)
      const pid = await trackEverywhere(a, presence, 'ann')
      await advance(2 * PERIOD_MS)
      const diffs = await b.diffs('room:1')
      await a.run(() => {
        for (let index = 0; index < poolSize; index++) exit(whereis(`chat.Presence.Shard${index}`) as Pid, 'kill')
      })
      await advance(3 * PERIOD_MS)
      t.same(await diffs(), [])
      t.same(bus.count('goodbye'), [])
      await a.run(() => exit(pid, 'kill'))
      await advance(PERIOD_MS)
      t.same(await diffs(), [['-ann']], 'it goes on as the same replica')
      await trackEverywhere(a, presence, 'ada')
      await advance(PERIOD_MS)
      await a.stop()
      await advance(0)
      t.same(await diffs(), [['+ada'], ['-ada']])
      t.same(await c.keys(presence, ...TOPICS), [])
    },
    { permdownOnShutdown: true },
  )(),
)

t.test('PR-020 nobody asks again and again while a node is down', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance, poolSize } = cluster
    const [a, b, c] = three
    await join(cluster, presence, [a, b])
    await trackEverywhere(a, presence, 'ann')
    await trackEverywhere(b, presence, 'bob')
    await advance(2 * PERIOD_MS)
    await a.stop()
    await advance(DOWN_MS + 2 * PERIOD_MS)
    t.same(await b.keys(presence, ...TOPICS), times('bob'))
    bus.forget()
    // c never heard of a, of which b still knows.
    await c.start(presence)
    await advance(12 * PERIOD_MS)
    t.same(bus.count('transferRequest'), Array(poolSize).fill('c>b'))
    t.same(await c.keys(presence, ...TOPICS), times('bob'))
  })(),
)

t.test('a node that cannot be heard by one of two is no reason to ask the other for ever', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance } = cluster
    const [a, b, c] = three
    await join(cluster, presence, three)
    bus.cut('a', 'c')
    await trackEverywhere(a, presence, 'ann')
    await advance(13 * PERIOD_MS)
    t.same(await c.keys(presence, ...TOPICS), times('ann'), 'b tells what a said, when it says that it is there')
    await advance(12 * PERIOD_MS)
    t.same(await c.keys(presence, ...TOPICS), [], 'until a counts as down')
    t.same(await b.keys(presence, ...TOPICS), times('ann'))
    bus.forget()
    await trackEverywhere(a, presence, 'art')
    await advance(12 * PERIOD_MS)
    t.same(bus.count('transferRequest'), [])
    bus.mend()
    await advance(20 * PERIOD_MS)
    t.same(await c.keys(presence, ...TOPICS), [...times('ann'), ...times('art')])
  })(),
)

t.test('what is lost on the way is asked for, and comes as a short delta', (t) =>
  each(async (cluster) => {
    const { three, presence, bus, advance } = cluster
    const [a, b] = three
    await join(cluster, presence, [a, b])
    for (let n = 0; n < 80; n++) await a.track(presence, 'room:1', `early${n}`)
    await advance(2 * PERIOD_MS)
    bus.cut('a', 'b')
    const pid = await a.track(presence, 'room:1', 'lost')
    await a.track(presence, 'room:1', 'found')
    await advance(PERIOD_MS)
    bus.mend()
    await a.run(() => exit(pid, 'kill'))
    bus.forget()
    await advance(4 * PERIOD_MS)
    t.equal((await b.keys(presence, 'room:1')).filter((key) => !key.startsWith('early')).join(), 'found')
    const transfers = bus.seen.filter(({ type }) => type === 'transfer')
    t.equal(transfers.length, 1)
    t.notMatch(JSON.stringify(transfers), /early/, 'not everything that there is')
  })(),
)

t.test('LS-18 after its PubSub was started again a node is heard, and hears what it missed', (t) =>
  each(async (cluster) => {
    const { three, presence, advance } = cluster
    const [a, b] = three
    await join(cluster, presence, [a, b])
    await trackEverywhere(a, presence, 'ann')
    await a.restartPubSub()
    await trackEverywhere(b, presence, 'bob')
    await advance(4 * PERIOD_MS)
    for (const node of [a, b]) t.same(await node.keys(presence, ...TOPICS), [...times('ann'), ...times('bob')])
    const diffs = await a.diffs('room:1')
    await b.restartPubSub()
    await trackEverywhere(b, presence, 'ben')
    await advance(4 * PERIOD_MS)
    t.same(await diffs(), [['+ben']])
  })(),
)

t.test('while the others cannot be told, nothing is forgotten', (t) =>
  withCluster(['a', 'b'], async ({ nodes, bus, advance }) => {
    const [a, b] = nodes as unknown as [ClusterNode, ClusterNode]
    let isRefusing = false
    const refusing = new Bus()
    Object.assign(refusing, {
      adapter: (context: Parameters<Bus['adapter']>[0]) => {
        const adapter = bus.adapter(context)
        const refuse = { type: 'error', reason: 'the broker is away' } as const
        return {
          ...adapter,
          broadcast: (...args: Parameters<typeof adapter.broadcast>) =>
            isRefusing ? refuse : adapter.broadcast(...args),
        }
      },
    })
    const presence = define(1)
    Object.assign(a, { bus: refusing })
    await a.start(presence)
    await b.start(presence)
    await advance(3 * PERIOD_MS)
    isRefusing = true
    await a.track(presence, 'room:1', 'ann')
    await advance(4 * PERIOD_MS)
    t.same(await b.keys(presence, 'room:1'), [])
    isRefusing = false
    bus.forget()
    await advance(PERIOD_MS)
    t.same(await b.keys(presence, 'room:1'), ['ann'])
    t.same(bus.count('transferRequest'), [])
  }),
)

t.test('PR-019 every start is a replica of its own', (t) =>
  withCluster(['a', 'b'], async ({ nodes, bus, advance }) => {
    const [a, b] = nodes as unknown as [ClusterNode, ClusterNode]
    const { Presence } = await import('../../src/presence/presence.ts')
    const presence = Presence.define({ name: 'chat', pubsub: 'chat' })
    await b.start(presence)
    for (let n = 0; n < 3; n++) {
      await a.start(presence)
      await advance(2 * PERIOD_MS)
      await a.stop()
    }
    const lives = bus.seen.map(({ message }) => JSON.stringify((message as { from: unknown }).from))
    t.equal(new Set(lives.filter((life) => life.includes('"a"'))).size, 3)
  }),
)

// ── For all histories ────────────────────────────────────────────────────────────────────────────────────────────────

const nodeArb = fc.nat(2)
const placeArb = { at: nodeArb, topic: fc.constantFrom('room:1', 'room:2'), key: fc.constantFrom('u1', 'u2') }
const stepArb = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('track' as const), ...placeArb }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('update' as const), ...placeArb, which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('end' as const), at: nodeArb, which: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait' as const), periods: fc.nat(25) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('cut' as const), at: nodeArb, other: nodeArb }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('mend' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), at: nodeArb }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restartPubSub' as const), at: nodeArb }) },
)

/** One who follows a topic on a node, as the official client does: by `phx_ref`, joins before leaves. */
class Follower {
  readonly refs = new Set<string>()

  hear({ joins, leaves }: PresenceDiff): void {
    for (const ref of Object.values(refsOf(joins)).flat()) {
      if (this.refs.has(ref)) throw new Error(`${ref} joined twice`)
      this.refs.add(ref)
    }
    for (const ref of Object.values(refsOf(leaves)).flat()) {
      if (!this.refs.delete(ref)) throw new Error(`${ref} left without having been there`)
    }
  }
}

/** Carries out a history on three nodes. @returns what went wrong. */
async function live(steps: readonly (typeof stepArb extends fc.Arbitrary<infer T> ? T : never)[], poolSize: number) {
  await withCluster(['a', 'b', 'c'], async (cluster) => {
    const { nodes, bus, advance } = cluster
    const presence = define(poolSize)
    const topics = ['room:1', 'room:2']
    await join(cluster, presence, nodes)
    const followers = await Promise.all(nodes.map((node) => follow(node, topics)))
    const tracked: { pid: Pid; topic: string; key: string }[][] = [[], [], []]
    for (const step of steps) {
      switch (step.type) {
        case 'track': {
          const pid = await (nodes[step.at] as ClusterNode).track(presence, step.topic, step.key)
          tracked[step.at]?.push({ pid, topic: step.topic, key: step.key })
          break
        }
        case 'update': {
          const place = tracked[step.at]?.[step.which % Math.max(1, tracked[step.at]?.length ?? 0)]
          if (place === undefined) break
          await nodes[step.at]?.run(() => presence.update(place.pid, place.topic, place.key, { n: 1 }))
          break
        }
        case 'end': {
          const [place] = tracked[step.at]?.splice(step.which % Math.max(1, tracked[step.at]?.length ?? 0), 1) ?? []
          if (place !== undefined) await nodes[step.at]?.run(() => exit(place.pid, 'kill'))
          break
        }
        case 'wait':
          await advance(step.periods * PERIOD_MS)
          break
        case 'cut':
          bus.cut(NAMES[step.at] as string, NAMES[step.other] as string)
          break
        case 'mend':
          bus.mend()
          break
        case 'crash':
          await nodes[step.at]?.run(() => exit(whereis('chat.Presence.Shard0') as Pid, 'kill'))
          await advance(PERIOD_MS) // so that its supervisor does not give up
          break
        case 'restartPubSub':
          // Its subscribers end with it, as channels do; clients that come back ask for the state.
          await nodes[step.at]?.restartPubSub()
          followers[step.at] = await follow(nodes[step.at] as ClusterNode, topics, presence)
      }
      await settle()
    }
    bus.mend()
    await advance(2 * DOWN_MS)
    await settle()
    const lists = await Promise.all(
      nodes.map((node) => node.run(() => Promise.all(topics.map((topic) => presence.list(topic))))),
    )
    const refs = lists.map((presences) => presences.flatMap((all) => Object.values(refsOf(all)).flat()).sort())
    const expected = tracked.flat().map(({ topic, key }) => `${topic} ${key}`)
    const listed = (lists[0] ?? []).flatMap((all, index) =>
      Object.entries(all).flatMap(([key, { metas }]) => metas.map(() => `${topics[index]} ${key}`)),
    )
    assert.deepEqual(listed.sort(), expected.sort(), 'exactly those who are alive')
    assert.deepEqual(refs[1], refs[0], 'b lists what a lists')
    assert.deepEqual(refs[2], refs[0], 'c lists what a lists')
    for (const follower of followers) assert.deepEqual([...follower.refs].sort(), refs[0], 'as followers were told')
  })
}

const NAMES = ['a', 'b', 'c']

/** Follows topics on a node, from an empty list or from what is there. */
async function follow(node: ClusterNode, topics: readonly string[], presence?: PresenceModule): Promise<Follower> {
  const follower = new Follower()
  await node.run(async () => {
    spawn(function* () {
      for (const topic of topics) PubSub.subscribe('chat', topic)
      if (presence !== undefined) {
        for (const topic of topics) {
          for (const ref of Object.values(refsOf(yield* presence.list(topic))).flat()) follower.refs.add(ref)
        }
      }
      for (;;) follower.hear(((yield* receive()) as DiffMessage).payload)
    })
    await settle()
  })
  return follower
}

t.test('PR-020 whatever is lost, cut, crashed and mended, all nodes end with the same list, and were told of it', () =>
  fc.assert(fc.asyncProperty(fc.array(stepArb, { maxLength: 30, size: 'max' }), fc.constantFrom(1, 2), live), {
    numRuns: 25,
  }),
)
