import t from 'tap'
import { DEFAULT_SERIALIZERS, negotiate } from '../../src/socket/version.ts'
import { msgpack } from '../../src/wire/msgpack.ts'
import { v2Json } from '../../src/wire/v2-json.ts'

const chosen = (vsn: unknown) => negotiate(vsn, DEFAULT_SERIALIZERS)?.name

t.test('a version takes the first serializer that it matches', async (t) => {
  t.equal(chosen(undefined), 'v1-json', 'without one it is 1.0.0')
  t.equal(chosen('1.0.3'), 'v1-json')
  t.equal(chosen('2.0.0'), 'v2-json')
  t.equal(chosen('2.0.9'), 'v2-json')
  t.equal(chosen('2.0.0+build.7'), 'v2-json')
  t.equal(chosen('2.0.0-msgpack'), 'msgpack', 'a pre-release matches itself alone')
  for (const vsn of ['2.1.0', '3.0.0', '9.9.9', '123.1.1', '0.9.0', '2.0.0-x', '2.0.1-msgpack', '2.0.0-MSGPACK'])
    t.equal(chosen(vsn), undefined, vsn)
})

t.test('what is no version matches nothing', async (t) => {
  for (const vsn of ['', '2', '2.0', 'x.y.z', '2.0.0.0', ' 2.0.0', ['2.0.0'], { a: '2.0.0' }]) {
    t.equal(chosen(vsn), undefined, JSON.stringify(vsn))
  }
})

t.test('a table of an app may name pre-releases', async (t) => {
  const table = [
    { version: '2.0.0-msgpack', serializer: msgpack },
    { version: '2.0.0', serializer: v2Json },
  ]
  t.equal(negotiate('2.0.0-msgpack', table), msgpack)
  t.equal(negotiate('2.0.0', table), v2Json)
  t.equal(negotiate('2.0.0-other', table), undefined)
})
