import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type Delta, type Entry, mergeDeltas, type Span } from '../../src/presence/delta.ts'
import { PresenceState } from '../../src/presence/state.ts'

type State = PresenceState<string>

/** Replicas that all know of each other. */
function cluster(...names: string[]): State[] {
  const states = names.map((name) => new PresenceState<string>(name))
  for (const state of states) for (const name of names) if (name !== state.replica) state.up(name)
  return states
}

const keys = (entries: readonly Entry[]) => entries.map(({ key }) => key).sort()
const lobby = (state: State) => keys(state.list('lobby'))

/** `to` asks `from` for what it does not know. */
function transfer(from: State, to: State) {
  const { joins, leaves } = to.merge(from.extract(to.replica, to.clock()))
  return { joins: keys(joins), leaves: keys(leaves) }
}

function takeDelta(state: State): Delta {
  const delta = state.delta()
  state.resetDelta()
  return delta
}

const NOTHING = { joins: [], leaves: [] }

// ── One replica ──────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('who joins is listed until it leaves', async (t) => {
  const [a] = cluster('a') as [State]
  const entry = a.join('ann', 'lobby', 'u1', { device: 'phone' })
  a.join('ann', 'lobby', 'u2', {})
  a.join('bob', 'lobby', 'u1', {})
  t.same(lobby(a), ['u1', 'u1', 'u2'])
  t.same(
    a.get('lobby', 'u1').map(({ clock }) => clock),
    [1, 3],
  )
  t.equal(a.find('ann', 'lobby', 'u1'), entry)
  t.equal(a.find('bob', 'lobby', 'u2'), undefined)
  t.same(keys(a.heldBy('ann')), ['u1', 'u2'])
  t.same(a.holders(), ['ann', 'bob'])

  t.equal(a.leave('ann', 'lobby', 'u1'), entry)
  t.equal(a.leave('ann', 'lobby', 'u1'), undefined)
  t.same(lobby(a), ['u1', 'u2'])
  t.same(keys(a.leaveAll('ann')), ['u2'])
  t.same(a.leaveAll('ann'), [])
  t.notOk(a.holds('ann'))
  t.same(lobby(a), ['u1'])
  t.same(a.list('elsewhere'), [])
  t.same(a.get('lobby', 'u2'), [])
})

t.test('an update replaces an entry under the same key', async (t) => {
  const [a] = cluster('a') as [State]
  const before = a.join('ann', 'lobby', 'u1', { n: 1 })
  const after = a.update('ann', before, { n: 2 })
  t.same(a.list('lobby'), [after])
  t.equal(a.find('ann', 'lobby', 'u1'), after)
  t.same(a.clock(), new Map([['a', 3]]), 'a join, and the end of another')
})

// ── Merging ──────────────────────────────────────────────────────────────────────────────────────────────────────────

t.test('PR-014 merging emits each join and each leave once', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  a.join('ann', 'lobby', 'alice', {})
  b.join('bea', 'lobby', 'bob', {})
  t.same(transfer(b, a), { joins: ['bob'], leaves: [] })
  t.same(lobby(a), ['alice', 'bob'])
  t.same(transfer(b, a), NOTHING)
  t.same(a.merge(b.extract('a', new Map([['b', 0]]))), NOTHING, 'not even when everything comes again')
  t.same(transfer(a, b), { joins: ['alice'], leaves: [] })

  a.leave('ann', 'lobby', 'alice')
  t.same(transfer(a, b), { joins: [], leaves: ['alice'] })
  t.same(transfer(a, b), NOTHING)
  t.same(lobby(b), ['bob'])
  b.join('bea', 'lobby', 'carol', {})
  t.same(transfer(b, a), { joins: ['carol'], leaves: [] })
  t.same(lobby(a), lobby(b))
})

t.test('PR-014 a merged update is one join and one leave, and never an empty moment', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  const before = b.join('bea', 'lobby', 'bob', { n: 1 })
  a.merge(takeDelta(b))
  const after = b.update('bea', before, { n: 2 })
  for (const delta of [b.extract('a', a.clock()), takeDelta(b)]) {
    const copy = cluster('a', 'b')[0] as State
    copy.merge([{ replica: 'b', from: 0, to: 1, also: [], entries: [before] }])
    t.same(copy.merge(delta), { joins: [after], leaves: [before] })
    t.same(copy.list('lobby'), [after])
    t.same(copy.merge(delta), NOTHING)
  }
})

t.test('PR-014 deltas bring what happened since the last one', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  t.notOk(a.hasDelta)
  a.join('ann', 'lobby', 'alice', {})
  b.join('bea', 'lobby', 'bob', {})
  t.ok(a.hasDelta)
  t.same(keys(b.merge(takeDelta(a)).joins), ['alice'])
  t.notOk(a.hasDelta)
  t.same(b.clock(), new Map([['b', 1], ['a', 1]])) // biome-ignore format: a table
  a.leave('ann', 'lobby', 'alice')
  t.same(keys(b.merge(takeDelta(a)).leaves), ['alice'])
  t.equal(b.clock().get('a'), 2)
  a.join('ann', 'lobby', 'alice', {})
  const gone = a.join('ann', 'lobby', 'gone', {})
  a.leave('ann', 'lobby', 'gone')
  const delta = takeDelta(a)
  t.notOk(
    delta.some(({ entries }) => entries.includes(gone)),
    'who came and went is not sent',
  )
  t.same(keys(b.merge(delta).joins), ['alice'])
  t.equal(b.clock().get('a'), 5)
})

t.test('PR-014 a delta that was lost leaves a gap, which a transfer fills', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  for (const user of ['u1', 'u2', 'u3']) a.join(user, 'lobby', user, {})
  const first = takeDelta(a)
  a.leave('u2', 'lobby', 'u2')
  const lost = takeDelta(a)
  a.join('u4', 'lobby', 'u4', {})
  const last = takeDelta(a)
  b.merge(first)
  t.same(keys(b.merge(last).joins), ['u4'])
  t.equal(b.clock().get('a'), 3, 'it does not claim to know more')
  t.same(transfer(a, b), { joins: [], leaves: ['u2'] })
  t.equal(b.clock().get('a'), 5)
  t.same(b.merge(lost), NOTHING)
})

t.test('what is known beyond a gap is passed on', async (t) => {
  const [a, b, c] = cluster('a', 'b', 'c') as [State, State, State]
  const [first, , third] = ['u1', 'u2', 'u3'].map((user) => {
    a.join(user, 'lobby', user, {})
    return takeDelta(a)
  }) as [Delta, Delta, Delta]
  c.merge(first)
  b.merge(first)
  b.merge(third)
  t.equal(b.clock().get('a'), c.clock().get('a'))
  t.same(transfer(b, c), { joins: ['u3'], leaves: [] })
})

t.test('PR-015 a split between two does not keep news from them that a third one has seen', async (t) => {
  const [a, b, c] = cluster('a', 'b', 'c') as [State, State, State]
  a.join('ann', 'lobby', 'alice', {})
  t.same(transfer(a, c), { joins: ['alice'], leaves: [] })
  a.join('ann', 'lobby', 'bob', {})
  t.same(transfer(a, b), { joins: ['alice', 'bob'], leaves: [] })
  t.same(transfer(b, c), { joins: ['bob'], leaves: [] })
  a.leave('ann', 'lobby', 'bob')
  t.same(transfer(a, b), { joins: [], leaves: ['bob'] })
  t.same(transfer(b, c), { joins: [], leaves: ['bob'] })
  t.same(lobby(c), ['alice'])
})

t.test('PR-015 a replica that is down is hidden, and brought back when it is up', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  b.join('bea', 'lobby', 'bob', {})
  transfer(b, a)
  a.join('ann', 'lobby', 'alice', {})
  t.same(keys(a.down('b')), ['bob'])
  t.same(a.down('b'), [])
  t.same(lobby(a), ['alice'])
  t.same(a.get('lobby', 'bob'), [])
  t.same([...a.clock().keys()], ['a'], 'it does not say that it knows of b')
  t.same(transfer(b, a), NOTHING)

  b.join('bea', 'lobby', 'ben', {})
  b.leave('bea', 'lobby', 'bob')
  t.same(a.merge(takeDelta(b)), NOTHING, 'what is heard of it meanwhile is kept, and not shown')
  t.same(lobby(a), ['alice'])
  t.same(keys(a.up('b')), ['ben'])
  t.same(a.up('b'), [])
  t.same(lobby(a), ['alice', 'ben'])
})

t.test('a forgotten replica leaves nothing behind, and can come back', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  b.join('bea', 'lobby', 'bob', {})
  transfer(b, a)
  t.same(keys(a.forget('b')), ['bob'])
  t.notOk(a.knows('b'))
  t.same(lobby(a), [])
  t.same(a.merge(b.extract('a', new Map([['b', 0]]))), NOTHING, 'nothing is taken of a replica that is not known')
  t.same(a.up('b'), [])
  t.same(transfer(b, a), { joins: ['bob'], leaves: [] })
  a.down('b')
  t.same(a.forget('b'), [], 'who was hidden does not leave twice')
})

t.test('PR-016 a concurrent addition survives a removal, and a removal that was seen removes', async (t) => {
  const [a, b] = cluster('a', 'b') as [State, State]
  a.join('ann', 'lobby', 'u1', {})
  a.join('ann', 'private', 'u1', {})
  b.join('bea', 'lobby', 'u1', {})
  b.leave('bea', 'lobby', 'u1')
  const merged = mergeDeltas(a.delta(), b.delta()) as Delta
  t.same(keys(merged.flatMap(({ entries }) => entries)), ['u1', 'u1'], 'the removal was of another entry')
  t.same(mergeDeltas(merged, b.delta()), merged, 'twice is once')

  const first = takeDelta(a)
  a.leave('ann', 'private', 'u1')
  const removed = mergeDeltas(first, a.delta()) as Delta
  t.same(
    removed.flatMap(({ entries }) => entries.map(({ topic }) => topic)),
    ['lobby'],
  )
  const late = cluster('c', 'a')[0] as State
  late.merge(removed)
  t.same(late.merge(first), NOTHING, 'the tombstone is in the merged delta')
})

t.test('PR-016 deltas with a gap between them are not merged', async (t) => {
  const [a] = cluster('a') as [State]
  const [first, second, third] = ['u1', 'u2', 'u3'].map((user) => {
    a.join(user, 'lobby', user, {})
    return takeDelta(a)
  }) as [Delta, Delta, Delta]
  t.equal(mergeDeltas(first, third), undefined)
  t.equal(mergeDeltas(third, first), undefined)
  const all = mergeDeltas(mergeDeltas(first, second) as Delta, third)
  t.match(all, [{ replica: 'a', from: 0, to: 3 }])
})

t.test('PR-016 what is extracted holds only replicas that the asker knows', async (t) => {
  const [a, b, c] = cluster('a', 'b', 'c') as [State, State, State]
  a.join('ann', 'lobby', 'u1', {})
  b.join('bea', 'lobby', 'u2', {})
  c.join('cem', 'lobby', 'u3', {})
  transfer(a, b)
  transfer(c, b)
  const extracted = (clock: Record<string, number>) =>
    b
      .extract('a', new Map(Object.entries(clock)))
      .map(({ replica }) => replica)
      .sort()
  t.same(extracted({ a: 1, b: 0, c: 0 }), ['b', 'c'], 'nor the asker itself')
  t.same(extracted({ a: 1, b: 0 }), ['b'])
  t.same(extracted({ a: 1, b: 1, c: 0 }), ['c'], 'nor what it has seen')
})

// ── For all histories ────────────────────────────────────────────────────────────────────────────────────────────────

const NAMES = ['a', 'b', 'c'] as const
const HOLDERS = ['h1', 'h2'] as const
const TOPICS = ['t1', 't2'] as const
const KEYS = ['k1', '__proto__'] as const

/** Everything that one state knows, in a form that can be compared. */
function knowledge(state: State): unknown {
  const everything = new Map(NAMES.map((name) => [name as string, -1]))
  return state
    .extract('nobody', everything)
    .map(({ replica, to, also, entries }) => ({
      replica,
      to,
      also: [...also].sort((x, y) => x - y),
      entries: entries.map(({ clock }) => clock).sort((x, y) => x - y),
    }))
    .sort((x, y) => (x.replica < y.replica ? -1 : 1))
}

const actArb = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('join' as const), ...placeArbs() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('leave' as const), ...placeArbs() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leaveAll' as const), ...placeArbs() }) },
)

function placeArbs() {
  return {
    holder: fc.constantFrom(...HOLDERS),
    topic: fc.constantFrom(...TOPICS),
    key: fc.constantFrom(...KEYS),
  }
}

type Act = typeof actArb extends fc.Arbitrary<infer T> ? T : never

/** Does something on a replica: a join of what is there already is an update. */
function perform(state: State, { type, holder, topic, key }: Act): void {
  if (type === 'leaveAll') {
    state.leaveAll(holder)
    return
  }
  const known = state.find(holder, topic, key)
  if (type === 'leave') state.leave(holder, topic, key)
  else if (known === undefined) state.join(holder, topic, key, {})
  else state.update(holder, known, {})
}

/** The deltas of one replica with that history, some of them merged into longer ones. */
function deltasOf(name: string, history: readonly (readonly Act[])[]): Delta[] {
  const state = new PresenceState<string>(name)
  return history.flatMap((acts) => {
    for (const act of acts) perform(state, act)
    const delta = takeDelta(state)
    return (delta[0] as Span).to > (delta[0] as Span).from ? [delta] : []
  })
}

const historyArb = fc.array(fc.array(actArb, { maxLength: 4 }), { maxLength: 5 })

function mergedIn(deltas: readonly Delta[]): State {
  const state = new PresenceState<string>('observer')
  for (const name of NAMES) state.up(name)
  for (const delta of deltas) state.merge(delta)
  return state
}

t.test('PR-014 merging is commutative and idempotent, for all histories', async () => {
  const property = fc.property(historyArb, historyArb, fc.infiniteStream(fc.nat()), (ofA, ofB, numbers) => {
    const deltas = [...deltasOf('a', ofA), ...deltasOf('b', ofB)]
    const inOrder = knowledge(mergedIn(deltas))
    const shuffled = deltas
      .map((delta) => [numbers.next().value as number, delta] as const)
      .sort(([x], [y]) => x - y)
      .map(([, delta]) => delta)
    assert.deepEqual(knowledge(mergedIn(shuffled)), inOrder)
    assert.deepEqual(knowledge(mergedIn([...shuffled, ...deltas])), inOrder)
  })
  fc.assert(property, { numRuns: 300 })
})

t.test('PR-014 merging is associative: merged deltas say what their parts say, for all histories', async () => {
  const property = fc.property(historyArb, historyArb, fc.nat(), fc.nat(), (ofA, ofB, cut, end) => {
    const deltas = [...deltasOf('a', ofA), ...deltasOf('b', ofB)]
    if (deltas.length === 0) return
    const from = cut % deltas.length
    const part = deltas.slice(from, from + 1 + (end % (deltas.length - from)))
    // Those of one replica are in order here, and so contiguous; grouped to the left and to the right.
    const left = part.reduce((merged, delta) => mergeDeltas(merged, delta) as Delta)
    const right = part.reduceRight((merged, delta) => mergeDeltas(delta, merged) as Delta)
    const rest = deltas.filter((delta) => !part.includes(delta))
    const expected = knowledge(mergedIn(deltas))
    assert.deepEqual(knowledge(mergedIn([left, ...rest])), expected)
    assert.deepEqual(knowledge(mergedIn([...rest, right])), expected)
    assert.deepEqual(knowledge(mergedIn([...part, left, ...rest, right])), expected)
  })
  fc.assert(property, { numRuns: 300 })
})

/** What may happen in a cluster whose messages are lost, repeated and reordered. */
const stepArb = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('act' as const), at: fc.nat(2), act: actArb }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('send' as const), at: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('deliver' as const), at: fc.nat(2), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('transfer' as const), at: fc.nat(2), from: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('down' as const), at: fc.nat(2), other: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('up' as const), at: fc.nat(2), other: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const), at: fc.nat(2), other: fc.nat(2) }) },
)

/** A cluster, and beside each replica what somebody believes who only hears of its joins and leaves. */
class World {
  readonly states = cluster(...NAMES)
  readonly believed = NAMES.map(() => new Set<Entry>())
  private readonly sent: Delta[] = []

  do(step: typeof stepArb extends fc.Arbitrary<infer T> ? T : never): void {
    const state = this.states[step.at] as State
    switch (step.type) {
      case 'act':
        this.act(step.at, step.act)
        break
      case 'send':
        this.sent.push(takeDelta(state))
        break
      case 'deliver': {
        const delta = this.sent[step.which % Math.max(1, this.sent.length)]
        if (delta !== undefined) this.note(step.at, state.merge(delta))
        break
      }
      case 'transfer':
        this.transfer(step.from, step.at)
        break
      case 'down':
      case 'up':
      case 'forget': {
        const other = NAMES[step.other] as string
        if (other === state.replica) return
        const entries = state[step.type](other)
        this.note(step.at, step.type === 'up' ? { joins: entries, leaves: [] } : { joins: [], leaves: entries })
      }
    }
  }

  transfer(from: number, at: number): void {
    const [source, target] = [this.states[from] as State, this.states[at] as State]
    this.note(at, target.merge(source.extract(target.replica, target.clock())))
  }

  visible(at: number): Entry[] {
    return TOPICS.flatMap((topic) => (this.states[at] as State).list(topic))
  }

  private act(at: number, act: Act): void {
    perform(this.states[at] as State, act)
    const now = new Set(this.visible(at))
    this.believed[at] = now // what happens here is told by the caller of the operation
  }

  private note(at: number, { joins, leaves }: { joins: readonly Entry[]; leaves: readonly Entry[] }): void {
    const believed = this.believed[at] as Set<Entry>
    for (const entry of joins) {
      if (believed.has(entry)) throw new Error('joined twice')
      believed.add(entry)
    }
    for (const entry of leaves) if (!believed.delete(entry)) throw new Error('left without having been there')
  }
}

const tagsOf = (entries: Iterable<Entry>) => Array.from(entries, ({ replica, clock }) => `${replica}${clock}`).sort()

t.test('PR-014 joins and leaves tell exactly what is listed, and replicas converge, for all histories', async () => {
  const property = fc.property(fc.array(stepArb, { maxLength: 80, size: 'max' }), (steps) => {
    const world = new World()
    for (const step of steps) {
      world.do(step)
      assert.deepEqual(tagsOf(world.believed[step.at] as Set<Entry>), tagsOf(world.visible(step.at)))
    }
    // Everybody is heard again, and asks everybody, twice: what one learns in the first round it passes on in the second.
    for (const [at] of NAMES.entries()) for (const [other] of NAMES.entries()) world.do({ type: 'up', at, other })
    for (const _ of [1, 2]) {
      for (const [at] of NAMES.entries()) for (const [from] of NAMES.entries()) world.transfer(from, at)
    }
    const truth = NAMES.flatMap((_, at) => HOLDERS.flatMap((holder) => (world.states[at] as State).heldBy(holder)))
    for (const [at] of NAMES.entries()) assert.deepEqual(tagsOf(world.visible(at)), tagsOf(truth))
  })
  fc.assert(property, { numRuns: 300 })
})
