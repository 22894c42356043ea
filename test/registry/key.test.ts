import t from 'tap'
import { makeRef, Pid } from '../../src/index.ts'
import { keyHash, keyId } from '../../src/registry/key.ts'

const same = (a: unknown, b: unknown) => new Map([[keyId(a), true]]).has(keyId(b))

t.test('plain values are compared as a Map compares them', async (t) => {
  const ref = makeRef()
  const symbol = Symbol('s')
  for (const key of ['a', '', '\0', 1, 1n, Number.NaN, true, null, undefined, symbol, ref])
    t.ok(same(key, key), String(key))
  t.ok(same(0, -0))
  const different = [
    1,
    '1',
    1n,
    true,
    'true',
    null,
    'null',
    undefined,
    'undefined',
    [1],
    ['1'],
    '[1]',
    {},
    '{}',
    [],
    '[]',
  ]
  for (const a of different) for (const b of different) t.equal(same(a, b), a === b, `${String(a)} and ${String(b)}`)
})

t.test('arrays and plain objects are compared by what they contain', async (t) => {
  t.ok(same(['room', 1], ['room', 1]))
  t.ok(same({ a: 1, b: [2] }, { b: [2], a: 1 }))
  t.ok(same(Object.assign(Object.create(null), { a: 1 }), { a: 1 }))
  t.ok(same([0, Number.NaN], [-0, Number.NaN]))
  t.notOk(same(['room', 1], ['room', '1']))
  t.notOk(same([1, 2], [2, 1]))
  t.notOk(same([1, [2, 3]], [[1, 2], 3]))
  t.notOk(same({ a: undefined }, {}))
  t.notOk(same([null], [undefined]))
  t.notOk(same([1n], [1]))
  t.notOk(same(['a,b'], ['a', 'b']))
})

t.test('no string is mistaken for a structure', async (t) => {
  for (const key of [['x'], { x: 1 }, new Pid('n', 1, undefined)]) {
    const id = keyId(key)
    t.type(id, 'string')
    t.notOk(same(id, key), `the text of ${JSON.stringify(key)}`)
  }
  t.ok(same('\0["x"]', '\0["x"]'))
})

t.test('pids are compared by node and number, also inside structures', async (t) => {
  t.ok(same(new Pid('n', 1, undefined), new Pid('n', 1, undefined)))
  t.notOk(same(new Pid('n', 1, undefined), new Pid('m', 1, undefined)))
  t.ok(same([new Pid('n', 1, undefined)], [new Pid('n', 1, undefined)]))
  t.notOk(same(new Pid('n', 1, undefined), '#Pid<n.1>'))
})

t.test('everything else is compared by identity, also inside structures', async (t) => {
  const date = new Date(0)
  const [one, other] = [() => 1, () => 1]
  t.ok(same(date, date))
  t.notOk(same(date, new Date(0)))
  t.ok(same([date, one], [date, one]))
  t.notOk(same([one], [other]))
  t.notOk(same([makeRef()], [makeRef()]))
  const symbol = Symbol('s')
  t.ok(same([symbol], [symbol]))
  t.notOk(same([symbol], [Symbol('s')]))
  t.ok(same([Symbol.for('s')], [Symbol.for('s')]))
})

t.test('a key that contains itself is refused', async (t) => {
  const loop: unknown[] = []
  loop.push(loop)
  t.throws(() => keyId(loop), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('a hash is stable, and spreads', async (t) => {
  t.equal(keyHash(keyId('a')), keyHash(keyId('a')))
  t.equal(keyHash(keyId({ a: 1, b: 2 })), keyHash(keyId({ b: 2, a: 1 })))
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < 1000; i++) counts[keyHash(keyId(`user:${i}`)) % 4]!++
  for (const count of counts) t.ok(count > 150, String(counts))
  for (const odd of [-7, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, null, undefined, Symbol('s'), () => {}]) {
    const hash = keyHash(keyId(odd))
    t.ok(Number.isInteger(hash) && hash >= 0, `${String(odd)} → ${hash}`)
  }
})
