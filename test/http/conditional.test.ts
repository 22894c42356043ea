import t from 'tap'
import { httpDate, isNotModified, isSameForRange } from '../../src/http/conditional.ts'

const modifiedMs = Date.UTC(2024, 0, 2, 3, 4, 5, 678)
const strong = { etag: '"abc"', modifiedMs }
const weak = { etag: 'W/"abc"', modifiedMs }

t.test('a client that has the tag has the file', async (t) => {
  for (const tags of ['"abc"', 'W/"abc"', '"x", W/"abc" , "y"', '*', '"with,comma","abc"']) {
    t.ok(isNotModified({ 'if-none-match': tags }, strong), tags)
    t.ok(isNotModified({ 'if-none-match': tags }, weak), tags)
  }
  for (const tags of ['"ab"', 'abc', '', '"abc', '"ABC"', '"x,"abc2"']) {
    t.notOk(isNotModified({ 'if-none-match': tags }, strong), tags)
  }
})

t.test('without tags the time decides, by whole seconds; with tags it does not', async (t) => {
  t.equal(httpDate(modifiedMs), 'Tue, 02 Jan 2024 03:04:05 GMT')
  t.ok(isNotModified({ 'if-modified-since': 'Tue, 02 Jan 2024 03:04:05 GMT' }, strong))
  t.ok(isNotModified({ 'if-modified-since': 'Wed, 03 Jan 2024 00:00:00 GMT' }, strong))
  t.notOk(isNotModified({ 'if-modified-since': 'Tue, 02 Jan 2024 03:04:04 GMT' }, strong))
  t.notOk(isNotModified({ 'if-modified-since': '2030' }, strong), 'no date of HTTP')
  t.notOk(isNotModified({ 'if-modified-since': 'Wed, 99 Foo 2030 00:00:00 GMT' }, strong))
  t.notOk(isNotModified({ 'if-none-match': '"x"', 'if-modified-since': 'Wed, 03 Jan 2024 00:00:00 GMT' }, strong))
  t.notOk(isNotModified({}, strong))
})

t.test('a part must be of the very same file', async (t) => {
  t.ok(isSameForRange({}, strong))
  t.ok(isSameForRange({ 'if-range': '"abc"' }, strong))
  t.ok(isSameForRange({ 'if-range': 'Tue, 02 Jan 2024 03:04:05 GMT' }, strong))
  for (const condition of ['"abd"', 'W/"abc"', 'Tue, 02 Jan 2024 03:04:06 GMT', '']) {
    t.notOk(isSameForRange({ 'if-range': condition }, strong), condition)
  }
  t.notOk(isSameForRange({ 'if-range': 'W/"abc"' }, weak))
  t.notOk(isSameForRange({ 'if-range': 'Tue, 02 Jan 2024 03:04:05 GMT' }, weak))
})
