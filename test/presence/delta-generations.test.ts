import t from 'tap'
import type { Delta } from '../../src/presence/delta.ts'
import { DeltaGenerations } from '../../src/presence/delta-generations.ts'
import { PresenceState } from '../../src/presence/state.ts'

/** What happens in `state`, as one delta. */
function deltaOf(state: PresenceState<string>, act: () => void): Delta {
  act()
  const delta = state.delta()
  state.resetDelta()
  return delta
}

const keysOf = (delta: Delta) =>
  delta
    .flatMap(({ entries }) => entries)
    .map(({ key }) => key)
    .sort()

/** Every clock that a delta covers. */
const clocksOf = (delta: Delta) =>
  delta
    .flatMap(({ replica, from, to, also }) => [
      ...also.map((clock) => `${replica}${clock}`),
      ...Array.from({ length: to - from }, (_, index) => `${replica}${from + index + 1}`),
    ])
    .sort()

t.test('PR-018 generations of sizes 2, 5 and 6 reach back as far as fits', async (t) => {
  const s = new PresenceState<string>('s')
  const r = new PresenceState<string>('r')
  const generations = new DeltaGenerations([2, 5, 6])
  const pushed = (delta: Delta) => {
    generations.push(delta)
    return [generations.all.map(keysOf), generations.all.map(clocksOf)]
  }
  const join = (state: PresenceState<string>, user: string) => deltaOf(state, () => state.join(user, 'lobby', user, {}))

  const first = join(s, 'u1')
  t.same(pushed(first), [
    [['u1'], ['u1'], ['u1']],
    [['s1'], ['s1'], ['s1']],
  ])
  t.same(pushed(first)[0], [['u1'], ['u1'], ['u1']], 'what is known already changes nothing')
  t.same(pushed(join(s, 'u2')), [
    [['u2'], ['u1', 'u2'], ['u1', 'u2']],
    [['s2'], ['s1', 's2'], ['s1', 's2']],
  ])
  t.same(pushed(join(s, 'u3')), [
    [['u3'], ['u2', 'u3'], ['u1', 'u2', 'u3']],
    [['s3'], ['s2', 's3'], ['s1', 's2', 's3']],
  ])
  t.same(pushed(join(s, 'u4')), [
    [['u4'], ['u3', 'u4'], ['u2', 'u3', 'u4']],
    [['s4'], ['s3', 's4'], ['s2', 's3', 's4']],
  ])
  t.same(
    pushed(join(r, 'u5')),
    [
      [['u5'], ['u4', 'u5'], ['u3', 'u4', 'u5']],
      [['r1'], ['r1', 's4'], ['r1', 's3', 's4']],
    ],
    'deltas of others too',
  )
  t.same(
    pushed(deltaOf(r, () => r.leaveAll('u5'))),
    [
      [[], ['u4'], ['u3', 'u4']],
      [
        ['r1', 'r2'],
        ['r1', 'r2', 's4'],
        ['r1', 'r2', 's3', 's4'],
      ],
    ],
    'ends leave tombstones',
  )
})

t.test('PR-018 a delta that does not join on is kept out', async (t) => {
  const s = new PresenceState<string>('s')
  const [first, , third] = ['u1', 'u2', 'u3'].map((user) => deltaOf(s, () => s.join(user, 'lobby', user, {})))
  const generations = new DeltaGenerations([5, 10, 15])
  generations.push(first as Delta)
  const before = generations.all
  generations.push(third as Delta)
  t.same(generations.all, before)
})

t.test('PR-018 the shortest generation that covers a clock is chosen, else there is none', async (t) => {
  const s = new PresenceState<string>('s')
  const deltas = ['u1', 'u2', 'u3'].map((user) => deltaOf(s, () => s.join(user, 'lobby', user, {})))
  const generations = new DeltaGenerations([2, 4])
  t.equal(generations.covering('r', new Map([['s', 0]])), undefined, 'nothing has happened yet')
  for (const delta of deltas) generations.push(delta)
  const keysFor = (clock: Record<string, number>, asker = 'r') => {
    const delta = generations.covering(asker, new Map(Object.entries(clock)))
    return delta === undefined ? undefined : keysOf(delta)
  }
  t.same(keysFor({ s: 2 }), ['u3'])
  t.same(keysFor({ s: 1 }), ['u2', 'u3'])
  t.equal(keysFor({ s: 0 }), undefined, 'too far back')
  t.equal(keysFor({ s: 3 }), undefined, 'nothing to tell')
  t.equal(keysFor({ q: 1 }), undefined, 'it does not know that replica')
  t.equal(keysFor({ s: 2 }, 's'), undefined, 'nobody is told of itself')
})

t.test('PR-018 only what the asker knows of, and has not seen, is taken from a generation', async (t) => {
  const [s, r] = [new PresenceState<string>('s'), new PresenceState<string>('r')]
  const generations = new DeltaGenerations([100])
  generations.push(deltaOf(s, () => s.join('u1', 'lobby', 'u1', {})))
  generations.push(deltaOf(r, () => r.join('u2', 'lobby', 'u2', {})))
  const keysFor = (clock: Record<string, number>) =>
    keysOf(generations.covering('q', new Map(Object.entries(clock))) ?? [])
  t.same(keysFor({ s: 0 }), ['u1'])
  t.same(keysFor({ s: 0, r: 0 }), ['u1', 'u2'])
  t.same(keysFor({ s: 1, r: 0 }), ['u2'])
})

t.test('PR-018 a forgotten replica vanishes from the generations', async (t) => {
  const [s, r] = [new PresenceState<string>('s'), new PresenceState<string>('r')]
  const generations = new DeltaGenerations([5, 10, 15])
  generations.push(deltaOf(s, () => s.join('u1', 'lobby', 'u1', {})))
  generations.push(deltaOf(r, () => r.join('u2', 'lobby', 'u2', {})))
  generations.forget('s')
  t.same(generations.all.map(keysOf), [['u2'], ['u2'], ['u2']])
  t.equal(generations.covering('q', new Map([['s', 0]])), undefined)
})

t.test('a delta that is larger than any generation may be is not kept', async (t) => {
  const s = new PresenceState<string>('s')
  const generations = new DeltaGenerations([2, 4])
  generations.push(deltaOf(s, () => s.join('u1', 'lobby', 'u1', {})))
  const large = deltaOf(s, () => {
    for (let n = 0; n < 3; n++) s.join(`v${n}`, 'lobby', `v${n}`, {})
  })
  generations.push(large)
  t.same(generations.all, [])
  generations.push(deltaOf(s, () => s.join('u2', 'lobby', 'u2', {})))
  t.same(generations.all.map(keysOf), [['u2'], ['u2']])
})
