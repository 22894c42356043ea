import t from 'tap'
import { Locks } from '../../src/registry/locks.ts'

t.test('a lock goes to whoever has waited longest', async (t) => {
  const locks = new Locks<string>()
  t.equal(locks.enter('door', 'a'), true)
  t.equal(locks.enter('door', 'b'), false)
  t.equal(locks.enter('door', 'c'), false)
  t.equal(locks.enter('gate', 'd'), true)
  t.equal(locks.leave('door', 'b'), undefined, 'one who waited gives up')
  t.equal(locks.leave('door', 'a'), 'c')
  t.equal(locks.leave('door', 'a'), undefined, 'who holds nothing gives nothing back')
  t.equal(locks.leave('door', 'c'), undefined)
  t.equal(locks.size, 1)
  t.equal(locks.enter('door', 'e'), true)
})
