import t from 'tap'
import {
  collapse,
  dominates,
  filterReplicas,
  lowerBound,
  type NamedClock,
  upperBound,
} from '../../src/presence/version-clock.ts'

const clock = (numbers: Record<string, number>) => new Map(Object.entries(numbers))

t.test('PR-017 one clock dominates another when it is nowhere behind', async (t) => {
  const one = clock({ a: 1, b: 2, c: 3 })
  const two = clock({ b: 2, c: 3, d: 1 })
  const less = clock({ a: 1, b: 2 })
  t.ok(dominates(one, less))
  t.notOk(dominates(less, one))
  t.notOk(dominates(one, two))
  t.notOk(dominates(two, one))
  t.ok(dominates(one, one))
  t.ok(dominates(less, clock({ a: 1, c: 0 })), 'a replica that is not there counts as 0')
  t.ok(dominates(clock({}), clock({})))
})

t.test('PR-017 a set of clocks collapses to those that have something to tell', async (t) => {
  const one: NamedClock = { replica: 'a', clock: clock({ a: 1, b: 2, c: 3 }) }
  const two: NamedClock = { replica: 'b', clock: clock({ b: 2, c: 3, d: 1 }) }
  const less: NamedClock = { replica: 'c', clock: clock({ a: 1, b: 2 }) }
  const collapsed = (clocks: readonly NamedClock[], added: NamedClock) =>
    collapse(clocks, added)
      .map(({ replica }) => replica)
      .sort()
  t.same(collapsed([two, less], one), ['b', 'c'], 'the two others together know all of it')
  t.same(collapsed([one, two], less), ['a', 'b'])
  t.same(collapsed([one, two], one), ['a', 'b'])
  t.same(collapsed([one, two], two), ['a', 'b'])
  t.same(collapsed([one, less], two), ['a', 'b', 'c'])
  t.same(collapsed([less], one), ['a'], 'the greater one takes the place of the lesser')
  t.same(collapsed([], one), ['a'])
  t.same(
    collapsed([one], { replica: 'z', clock: one.clock }),
    ['z'],
    'of equal clocks the last: nobody asks for what it has',
  )
  t.same(collapsed([one], { replica: 'e', clock: clock({}) }), ['a'], 'an empty clock says nothing')
  t.same(collapsed([], { replica: 'e', clock: clock({}) }), [])
})

t.test('PR-017 upper and lower bound take the greater and the smaller number of each replica', async (t) => {
  const one = clock({ a: 1, b: 2, c: 2 })
  const two = clock({ a: 3, b: 1, d: 2 })
  t.same(upperBound(one, two), clock({ a: 3, b: 2, c: 2, d: 2 }))
  t.same(upperBound(clock({}), two), two)
  t.same(upperBound(two, clock({})), two)
  t.same(lowerBound(one, two), clock({ a: 1, b: 1, c: 2, d: 2 }))
  t.same(lowerBound(clock({}), two), two)
  t.same(lowerBound(two, clock({})), two)
  t.same(one, clock({ a: 1, b: 2, c: 2 }), 'neither changes what it was given')
})

t.test('PR-017 a clock is filtered to some replicas', async (t) => {
  const one = clock({ a: 1, b: 2, c: 3 })
  t.same(filterReplicas(one, ['a', 'b']), clock({ a: 1, b: 2 }))
  t.same(filterReplicas(one, ['a', 'c']), clock({ a: 1, c: 3 }))
  t.same(filterReplicas(one, ['a', 'd']), clock({ a: 1 }))
  t.same(filterReplicas(one, ['d']), clock({}))
})
