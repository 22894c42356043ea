import fc from 'fast-check'
import t from 'tap'
import { parseRange } from '../../src/http/byte-range.ts'

t.test('a range is read as RFC 9110 says', async (t) => {
  t.same(parseRange('bytes=0-0', 10), { start: 0, end: 1 })
  t.same(parseRange('bytes=2-5', 10), { start: 2, end: 6 })
  t.same(parseRange('bytes=2-', 10), { start: 2, end: 10 })
  t.same(parseRange('bytes=-3', 10), { start: 7, end: 10 })
  t.same(parseRange('Bytes= 8-99 ', 10), { start: 8, end: 10 })
  t.same(parseRange('bytes=-99', 10), { start: 0, end: 10 })
})

t.test('a range without bytes is told apart', async (t) => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0'])
    t.equal(parseRange(header, 10), 'unsatisfiable', header)
  for (const header of ['bytes=0-', 'bytes=-1']) t.equal(parseRange(header, 0), 'unsatisfiable', header)
})

t.test('what is no single range of bytes asks for everything', async (t) => {
  const headers = [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=0-1,3-4',
    'lines=0-1',
    'bytes=1.5-2',
  ]
  for (const header of headers) t.equal(parseRange(header, 10), undefined, header ?? 'none')
})

t.test('a range lies within the file, whatever is asked for', async () => {
  const number = fc.option(fc.nat(), { nil: '' })
  fc.assert(
    fc.property(number, number, fc.nat(), (first, last, size) => {
      const range = parseRange(`bytes=${first}-${last}`, size)
      if (range === undefined || range === 'unsatisfiable') return true
      return range.start >= 0 && range.start < range.end && range.end <= size
    }),
  )
})
