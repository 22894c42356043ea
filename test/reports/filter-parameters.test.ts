import fc from 'fast-check'
import t from 'tap'
import { filterParameters } from '../../src/reports/filter-parameters.ts'

t.test('members whose name contains a word of the filter are not shown', async (t) => {
  t.strictSame(filterParameters({ foo: 'bar', password: 'secret' }), { foo: 'bar', password: '[FILTERED]' })
  const params = { old_password: 'a', passwords: ['b', 'c'], csrfToken: 'd', csrf_token: { e: 'f' }, Password: 'g' }
  t.strictSame(filterParameters(params), {
    old_password: '[FILTERED]',
    passwords: '[FILTERED]',
    csrfToken: 'd',
    csrf_token: '[FILTERED]',
    Password: 'g',
  })
  t.equal(params.old_password, 'a', 'the original is not touched')
})

t.test('also inside of members and lists', async (t) => {
  t.strictSame(filterParameters({ user: { password: 'a', name: 'b' } }), {
    user: { password: '[FILTERED]', name: 'b' },
  })
  t.strictSame(filterParameters({ list: [{ password: 'a' }, [{ token: 'b' }]] }), {
    list: [{ password: '[FILTERED]' }, [{ token: '[FILTERED]' }]],
  })
})

t.test('strings that assign to a word are not shown, wherever they are', async (t) => {
  t.strictSame(filterParameters({ url: '/login?password=secret', list: ['a', '#access_token=b'] }), {
    url: '[FILTERED]',
    list: ['a', '[FILTERED]'],
  })
  t.equal(filterParameters('password=secret'), '[FILTERED]')
  t.equal(filterParameters('my password is long'), 'my password is long')
})

t.test('the words may be others, or none', async (t) => {
  t.strictSame(filterParameters({ password: 'a', secret: 'b' }, ['secret']), { password: 'a', secret: '[FILTERED]' })
  t.strictSame(filterParameters({ password: 'a' }, []), { password: 'a' })
})

t.test('keep shows only members of these names, with all that is in them', async (t) => {
  const when = new Date(0)
  t.strictSame(filterParameters({ foo: 'bar', password: 'a', at: when }, { keep: [] }), {
    foo: '[FILTERED]',
    password: '[FILTERED]',
    at: '[FILTERED]',
  })
  t.strictSame(filterParameters({ foo: 'bar', password: 'a', at: when }, { keep: ['foo', 'at'] }), {
    foo: 'bar',
    password: '[FILTERED]',
    at: when,
  })
  t.strictSame(filterParameters({ foo: { password: 1, baz: [2] } }, { keep: ['foo'] }), {
    foo: { password: 1, baz: [2] },
  })
  t.strictSame(filterParameters({ foo: { a: 1, id: 2 }, ids: [1, 2] }, { keep: ['id'] }), {
    foo: { a: '[FILTERED]', id: 2 },
    ids: ['[FILTERED]', '[FILTERED]'],
  })
  t.strictSame(filterParameters({ identity: 'a' }, { keep: ['id'] }), { identity: '[FILTERED]' }, 'exactly these')
  t.equal(filterParameters('text', { keep: ['a'] }), '[FILTERED]')
})

t.test('bytes, instances and other values stay as they are', async (t) => {
  const bytes = Uint8Array.of(1, 2)
  const params = { bytes, none: null, nothing: undefined, n: 1.5, yes: true, set: new Set(['a']) }
  t.strictSame(filterParameters(params), params)
  t.equal(filterParameters(bytes), bytes)
})

t.test('a member called __proto__ is a member', async (t) => {
  const shown = filterParameters(JSON.parse('{"__proto__":{"password":"a","b":1}}'))
  t.equal(JSON.stringify(shown), '{"__proto__":{"password":"[FILTERED]","b":1}}')
  t.equal(Object.getPrototypeOf(shown), Object.prototype)
})

t.test('what is deep, long or many is left out, never shown unfiltered', async (t) => {
  let deep: unknown = { password: 'secret' }
  for (let level = 0; level < 100_000; level++) deep = { deep }
  t.notMatch(JSON.stringify(filterParameters(deep)), /secret/)
  const circle: Record<string, unknown> = { password: 'secret' }
  circle['self'] = circle
  t.notMatch(JSON.stringify(filterParameters(circle)), /secret/)

  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`password ${index}`, 'secret']))
  for (const filter of [['password'], { keep: ['password 1'] }]) {
    const shown = filterParameters(many, filter) as object
    t.equal(Object.keys(shown).length, 501)
  }
  const wide = filterParameters([[Array(10_000).fill({ a: 1 })], [1]])
  t.ok(JSON.stringify(wide).length < 5000, 'the bound is of all values together')
  t.match(Object.keys(filterParameters({ ['k'.repeat(1000)]: 1 }) as object)[0], /^k{100}…$/)
})

t.test('whatever comes, no value of a hidden name is shown', async () => {
  const secret = 'the secret'
  const name = fc.constantFrom('password', 'a_token', 'token', 'user', 'id')
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      fc.integer(),
      fc.constant(`token=${secret}`),
      fc.array(tie('value'), { maxLength: 4 }),
      fc
        .array(fc.tuple(name, tie('value')), { maxLength: 4 })
        .map((members) =>
          Object.fromEntries(members.map(([key, inner]) => [key, /word|tok/.test(key) ? secret : inner])),
        ),
    ),
  }))
  fc.assert(fc.property(value, (value) => !JSON.stringify(filterParameters(value))?.includes(secret)))
})

t.test('a filter that is none is refused', async (t) => {
  for (const filter of ['password', [''], [1], null, { keep: 'id' }, {}, { keep: [null] }]) {
    t.throws(() => filterParameters({}, filter as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /list of words/ })
  }
})
