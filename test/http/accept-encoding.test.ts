import t from 'tap'
import { acceptedEncodings } from '../../src/http/accept-encoding.ts'

t.test('the encodings that a client takes, the best first', async (t) => {
  const accepted = (header?: string) => acceptedEncodings(header).map(({ coding }) => coding)
  t.same(accepted('gzip, deflate, br'), ['br', 'gzip'])
  t.same(accepted('GZIP;q=0.5,br;q=0'), ['gzip'])
  t.same(accepted('x-gzip'), ['gzip'])
  t.same(accepted('*'), ['br', 'gzip'])
  t.same(accepted('*;q=0, gzip'), ['gzip'])
  t.same(accepted('br ; q=0.000'), [])
  t.same(accepted('br;q=nonsense, brotli, gzipped'), [])
  t.same(accepted('identity'), [])
  t.same(accepted(''), [])
  t.same(accepted(undefined), [])
})
