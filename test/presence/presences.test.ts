import t from 'tap'
import type { Entry } from '../../src/presence/delta.ts'
import {
  checkFetched,
  countMetas,
  group,
  groupByTopic,
  type Presences,
  TopicViews,
} from '../../src/presence/presences.ts'

/** A name that was made at that time. */
const ref = (time: number) => {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(time, 0)
  return bytes.toString('base64url')
}

let clock = 0
const entry = (topic: string, key: string, time: number): Entry => ({
  replica: 'a',
  clock: ++clock,
  topic,
  key,
  meta: { phx_ref: ref(time), time },
})
const timesOf = (presences: Presences) =>
  Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, metas.map(({ time }) => time)]))

t.test('entries are grouped by key, oldest meta first, in whatever order they come', async (t) => {
  const presences = group([entry('t', 'u1', 300), entry('t', 'u2', 200), entry('t', 'u1', 100), entry('t', 'u1', 250)])
  t.same(timesOf(presences), { u1: [100, 250, 300], u2: [200] })
  t.equal(countMetas(presences), 4)
  t.same(group([]), {})
  t.equal(Object.getPrototypeOf(presences), null)
  t.same(Object.keys(group([entry('t', '__proto__', 1)])), ['__proto__'])
})

t.test('changes are grouped by topic, with both lists always there', async (t) => {
  const diffs = groupByTopic([entry('t1', 'u1', 1), entry('t2', 'u1', 2)], [entry('t1', 'u2', 3), entry('t3', 'u3', 4)])
  t.same(
    diffs.map(({ topic, joins, leaves }) => [topic, timesOf(joins), timesOf(leaves)]),
    [
      ['t1', { u1: [1] }, { u2: [3] }],
      ['t2', { u1: [2] }, {}],
      ['t3', {}, { u3: [4] }],
    ],
  )
})

t.test('what fetch returned has the keys that it was given, and no others', async (t) => {
  const given = group([entry('t', 'u1', 1), entry('t', '__proto__', 2)])
  const good = Object.fromEntries(Object.entries(given).map(([key, { metas }]) => [key, { metas, name: key }]))
  const checked = checkFetched('chat', given, { ...good, extra: { metas: [] } })
  t.same(Object.keys(checked), ['u1', '__proto__'])
  t.equal(Object.entries(checked)[1]?.[1]['name'], '__proto__')
  t.equal(Object.getPrototypeOf(checked), null)
  t.same(checkFetched('chat', group([]), undefined), {}, 'nothing to keep')
  const assigned: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(good)) assigned[key] = value
  for (const wrong of [undefined, null, 7, {}, { u1: good['u1'] }, { ...good, u1: { name: 'u1' } }, assigned]) {
    t.throws(() => checkFetched('chat', given, wrong), { code: 'BEAMISH_BAD_RETURN' }, JSON.stringify(wrong))
  }
})

t.test('a view follows the diffs of its topic', async (t) => {
  const views = new TopicViews()
  const apply = (joins: readonly Entry[], leaves: readonly Entry[]) => {
    const [diff] = groupByTopic(joins, leaves)
    const view = views.apply(diff as typeof diff & {})
    return Object.fromEntries(Object.entries(view).map(([key, metas]) => [key, metas.map(({ time }) => time)]))
  }
  const [one, two, three] = [entry('t', 'u1', 1), entry('t', 'u1', 2), entry('t', '__proto__', 3)]
  t.same(apply([one], []), { u1: [1] })
  t.same(apply([two, three], []), Object.fromEntries([['u1', [1, 2]], ['__proto__', [3]]])) // biome-ignore format: short
  t.same(apply([entry('other', 'u9', 9)], []), { u9: [9] }, 'each topic has its own')
  t.same(apply([entry('t', 'u1', 4)], [one]), Object.fromEntries([['u1', [2, 4]], ['__proto__', [3]]])) // biome-ignore format: short
  t.same(apply([], [three, entry('t', 'nobody', 7)]), { u1: [2, 4] })
  t.same(apply([], [two]), { u1: [4] })
})
