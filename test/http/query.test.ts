import fc from 'fast-check'
import t from 'tap'
import { parseQuery } from '../../src/http/query.ts'

/** Without the null prototypes. */
const parsed = (query: string): unknown => JSON.parse(JSON.stringify(parseQuery(query) ?? 'undecodable'))

t.test('a query is read into strings, maps and lists', async (t) => {
  t.same(parsed('a=1&b[c]=2&b[d]=3'), { a: '1', b: { c: '2', d: '3' } })
  t.same(parsed('l[]=1&l[]=2'), { l: ['1', '2'] })
  t.same(parsed('a=1&a=2'), { a: '2' })
  t.same(parsed('flag&e='), { flag: '', e: '' })
  t.same(parsed('o[k][0]=1&o[k][1]=2'), { o: { k: { 0: '1', 1: '2' } } })
  t.same(parsed('u[][name]=a'), { u: [{ name: 'a' }] })
  t.same(parsed('a+b=c+d%20e'), { 'a b': 'c d e' })
  t.same(parsed('a=1&a[b]=2'), { a: { b: '2' } })
  t.same(parsed('x=a=b'), { x: 'a=b' })
})

t.test('empty segments, which the client makes, are skipped', async (t) => {
  t.same(parsed(''), {})
  t.same(parsed('&&a=1&'), { a: '1' })
  t.same(parsed('vsn=2.0.0&'), { vsn: '2.0.0' })
})

t.test('a percent sequence that cannot be decoded is told apart', async (t) => {
  for (const query of ['a=%', '%zz=1', 'a=%ff']) t.equal(parseQuery(query), undefined, query)
})

t.test('brackets that do not close are part of a name', async (t) => {
  t.same(parsed('a[b=1&c]=2&[]=3'), { 'a[b': '1', 'c]': '2', '[]': '3' })
})

t.test('keys that could become a prototype are keys', async (t) => {
  const params = parseQuery('__proto__[polluted]=1&constructor[prototype][x]=2&a[__proto__]=3') as Record<
    string,
    unknown
  >
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
  t.equal(Object.getPrototypeOf(params), null)
  t.same(Object.keys(params), ['__proto__', 'constructor', 'a'])
})

t.test('any text is read or refused, and quickly', async (t) => {
  fc.assert(fc.property(fc.string(), (text) => parseQuery(text) === undefined || typeof parseQuery(text) === 'object'))
  t.ok(parseQuery(`a${'[b]'.repeat(100_000)}=1`))
})
