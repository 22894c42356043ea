import t from 'tap'
import { idOf, Replicas } from '../../src/presence/replica.ts'

const DOWN_MS = 5
const PERMDOWN_MS = 10
const ann = { name: 'ann', vsn: '1' }
const annAgain = { name: 'ann', vsn: '2' }

t.test('PR-019 a replica is up when it is heard, and stays up while it is', async (t) => {
  const replicas = new Replicas(DOWN_MS, PERMDOWN_MS)
  t.notOk(replicas.isUp(ann))
  t.same(replicas.heard(ann, 100), [{ type: 'up', ref: ann }])
  t.ok(replicas.isUp(ann))
  t.same(replicas.heard(ann, 104), [])
  t.same(replicas.silent(109), [], 'as long as it may be silent')
  t.ok(replicas.isUp(ann))
})

t.test('PR-019 a silent replica is down, told once, and up again when it is heard', async (t) => {
  const replicas = new Replicas(DOWN_MS, PERMDOWN_MS)
  replicas.heard(ann, 0)
  t.same(replicas.silent(6), [{ type: 'down', ref: ann }])
  t.notOk(replicas.isUp(ann))
  t.same(replicas.silent(7), [])
  t.same(replicas.heard(ann, 8), [{ type: 'up', ref: ann }])
  t.same(replicas.silent(13), [], 'counted from when it was heard last')
})

t.test('PR-019 a replica that stays silent is forgotten, down before or not', async (t) => {
  for (const look of [[6], []]) {
    const replicas = new Replicas(DOWN_MS, PERMDOWN_MS)
    replicas.heard(ann, 0)
    for (const now of look) replicas.silent(now)
    t.same(replicas.silent(10), look.length ? [] : [{ type: 'down', ref: ann }])
    t.same(replicas.silent(11), [{ type: 'forgotten', ref: ann }])
    t.same(replicas.silent(12), [])
    t.same(replicas.heard(ann, 13), [{ type: 'up', ref: ann }], 'and may come back')
  }
})

t.test('PR-019 a new life of a replica ends the old one, for good', async (t) => {
  const replicas = new Replicas(DOWN_MS, PERMDOWN_MS)
  replicas.heard(ann, 0)
  const replaced = [
    { type: 'forgotten', ref: ann },
    { type: 'up', ref: annAgain },
  ]
  t.same(replicas.heard(annAgain, 1), replaced)
  t.ok(replicas.isUp(annAgain))
  t.same(replicas.heard(ann, 2), [], 'what was still under way from the old one')
  t.notOk(replicas.isUp(ann))
  t.ok(replicas.isUp(annAgain))
  replicas.silent(7)
  t.same(replicas.heard({ name: 'ann', vsn: '3' }, 8), [
    { type: 'forgotten', ref: annAgain },
    { type: 'up', ref: { name: 'ann', vsn: '3' } },
  ])
})

t.test('PR-019 a goodbye counts for the life that says it', async (t) => {
  const replicas = new Replicas(DOWN_MS, PERMDOWN_MS)
  replicas.heard(annAgain, 0)
  t.same(replicas.left(ann), [])
  t.ok(replicas.isUp(annAgain))
  t.same(replicas.left(annAgain), [{ type: 'forgotten', ref: annAgain }])
  t.notOk(replicas.isUp(annAgain))
  t.same(replicas.left(annAgain), [])
})

t.test('replicas are told apart by name and version', async (t) => {
  const ids = [ann, annAgain, { name: 'ann#1', vsn: '1' }, { name: 'ann', vsn: '1#1' }].map(idOf)
  t.equal(new Set(ids.slice(0, 3)).size, 3)
})
