import fc from 'fast-check'
import t from 'tap'
import type { Term } from '../../src/token/term.ts'
import { decodeTerm } from '../../src/token/term-reader.ts'
import { encodeTerm } from '../../src/token/term-writer.ts'

const hexOf = (term: Term): string => encodeTerm(term, 'test').toString('hex')
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

t.test('terms are written as Erlang writes them', async (t) => {
  const written: [Term, string][] = [
    [0, '6100'],
    [255, '61ff'],
    [256, '6200000100'],
    [-1, '62ffffffff'],
    [2 ** 31 - 1, '627fffffff'],
    [-(2 ** 31), '6280000000'],
    [2 ** 31, '6e040000000080'],
    [-(2 ** 31) - 1, '6e040101000080'],
    [2 ** 53 - 1, '6e0700ffffffffffff1f'],
    [2n ** 64n, '6e0900000000000000000001'],
    [-(2n ** 63n), '6e08010000000000000080'],
    [7n, '6107'],
    [1.5, '463ff8000000000000'],
    [-0, '6100'],
    ['', '6d00000000'],
    ['é', '6d00000002c3a9'],
    [Uint8Array.of(255, 0), '6d00000002ff00'],
    [true, '770474727565'],
    [false, '770566616c7365'],
    [null, '77036e696c'],
    [[], '6a'],
    [[1, 2], '6b00020102'],
    [[1, 256], '6c00000002610162000001006a'],
    [['a'], '6c000000016d00000001616a'],
    [{}, '7400000000'],
    [{ b: 1, a: 2 }, '74000000026d000000016161026d00000001626101'],
    // By bytes U+FFFD comes before U+1F600; by JavaScript's own order it is the other way round.
    [{ '😀': 1, '\ufffd': 2 }, '74000000026d00000003efbfbd61026d00000004f09f98806101'],
  ]
  for (const [term, hex] of written) t.equal(hexOf(term), `83${hex}`)
})

t.test('a list of up to 65535 small integers is short, a longer one is not', async (t) => {
  t.match(hexOf(new Array(65_535).fill(1)), /^836bffff01/)
  t.match(hexOf(new Array(65_536).fill(1)), /^836c000100006101/)
})

t.test('a small piece of a large buffer is written alone', async (t) => {
  const whole = Buffer.from('hello world')
  t.equal(hexOf(whole.subarray(6, 8)), '836d00000002776f')
})

t.test('whatever is written is read back', async (t) => {
  const { term } = fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { depthSize: 'medium' },
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      // An integer above 2^53 is refused as a number; a bigint below it comes back as a number; −0 comes back as 0.
      fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 512n }),
      fc.bigInt({ min: -(2n ** 512n), max: -(2n ** 53n) }),
      fc.boolean(),
      fc.constant(null),
      // A byte that no UTF-8 has, so that bytes are not taken for text.
      fc.uint8Array().map((array) => Uint8Array.of(255, ...array)),
      fc.array(tie('term')),
      fc.dictionary(
        fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
        tie('term'),
        { noNullPrototype: true },
      ),
    ),
  }))
  fc.assert(fc.property(term, (term) => t.strictSame(decodeTerm(encodeTerm(term, 'test')), { type: 'ok', term })))
})

t.test('whatever comes, reading ends with a term or says why not, and a term can be written', async () => {
  const tags = [70, 97, 98, 100, 104, 106, 107, 108, 109, 110, 115, 116, 118, 119]
  const piece = fc.oneof(fc.constantFrom(...tags), fc.constantFrom(0, 1, 2, 131), fc.nat(255))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (rest) => {
      const read = decodeTerm(Uint8Array.of(131, ...rest))
      if (read.type === 'invalid') return read.why !== ''
      return isHugeFloat(read.term) || encodeTerm(read.term, 'test').length > 0
    }),
    { numRuns: 2000 },
  )
})

/** A float like 1.0e300 is an integer in JavaScript, and a token could not tell which it was. */
function isHugeFloat(term: Term): boolean {
  if (typeof term === 'number') return !Number.isSafeInteger(term) && Number.isInteger(term)
  if (typeof term !== 'object' || term === null || term instanceof Uint8Array) return false
  return Object.values(term).some(isHugeFloat)
}

t.test('binaries that are not UTF-8 are bytes with memory of their own, others strings', async (t) => {
  const frame = bytes('83 6d 00000002 fffe')
  const read = decodeTerm(frame)
  frame.fill(0)
  t.strictSame(read, { type: 'ok', term: Uint8Array.of(255, 254) })
  t.strictSame(decodeTerm(bytes('83 6d 00000003 efbbbf')), { type: 'ok', term: '\ufeff' }, 'a byte order mark is text')
  t.strictSame(decodeTerm(bytes('83 6d 00000003 eda080')), { type: 'ok', term: Uint8Array.of(0xed, 0xa0, 0x80) })
})

t.test('atoms of all four kinds are read', async (t) => {
  const nil = '6e696c'
  for (const hex of [`7703${nil}`, `760003${nil}`, `7303${nil}`, `640003${nil}`]) {
    t.strictSame(decodeTerm(bytes(`83${hex}`)), { type: 'ok', term: null })
  }
  t.strictSame(decodeTerm(bytes('83 7302 61e9')), { type: 'ok', term: 'aé' }, 'Latin-1')
  t.strictSame(decodeTerm(bytes('83 7703 61c3a9')), { type: 'ok', term: 'aé' }, 'UTF-8')
})

t.test('a big integer that fits is a number, one that does not a bigint', async (t) => {
  t.strictSame(decodeTerm(bytes('83 6e 01 01 05')), { type: 'ok', term: -5 })
  t.strictSame(decodeTerm(bytes('83 6e 00 00')), { type: 'ok', term: 0 })
  t.strictSame(decodeTerm(bytes('83 6e 07 00 00000000000020')), { type: 'ok', term: 2n ** 53n })
  t.strictSame(decodeTerm(bytes('83 6e 07 00 01000000000020')), { type: 'ok', term: 2n ** 53n + 1n })
})

t.test('a map gives an ordinary object whose keys are data, whatever their name', async (t) => {
  const key = (name: string) => `6d0000000${name.length.toString(16)}${Buffer.from(name).toString('hex')}`
  const read = decodeTerm(bytes(`83 74 00000002 ${key('toString')} 6101 ${key('constructor')} 6102`))
  t.strictSame(read, { type: 'ok', term: { toString: 1, constructor: 2 } })
})

t.test('a term of more than a megabyte is not read', async (t) => {
  const size = 2 ** 20
  const term = Buffer.concat([bytes(`83 6d ${(size - 6).toString(16).padStart(8, '0')}`), Buffer.alloc(size - 6, 97)])
  t.equal(decodeTerm(term).type, 'ok')
  t.match(decodeTerm(Buffer.concat([term, Buffer.alloc(1)])), { type: 'invalid', why: /more than 1048576 bytes/ })
})
