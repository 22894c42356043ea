import t from 'tap'
import { show } from '../../src/core/errors.ts'
import { Pid } from '../../src/index.ts'
import { ANY, matches } from '../../src/registry/pattern.ts'

t.test('a pattern matches what it says', async (t) => {
  const date = new Date()
  const matching: [pattern: unknown, value: unknown][] = [
    [ANY, undefined],
    [1, 1],
    [0, -0],
    ['a', 'a'],
    [Number.NaN, Number.NaN],
    [null, null],
    [undefined, undefined],
    [date, date],
    [
      [1, ANY],
      [1, { any: 'thing' }],
    ],
    [{}, { a: 1 }],
    [{ a: { b: ANY } }, { a: { b: 1, c: 2 }, d: 3 }],
    [{ a: undefined }, { a: undefined }],
    [{ size: 1 }, new Map([[1, 2]])],
    [new Pid('n', 1, undefined), new Pid('n', 1, undefined)],
    [(value: number) => value > 1, 2],
    [{ a: (value: string) => value.startsWith('x') }, { a: 'xy' }],
  ]
  for (const [pattern, value] of matching) t.ok(matches(pattern, value), `${show(pattern)} and ${show(value)}`)
})

t.test('a pattern matches nothing else', async (t) => {
  const other: [pattern: unknown, value: unknown][] = [
    [1, '1'],
    [1, 2],
    [null, undefined],
    [{}, null],
    [{}, 'text'],
    [{}, []],
    [[], {}],
    [[1], [1, 2]],
    [{ a: 1 }, {}],
    [{ a: undefined }, {}],
    [new Date(0), new Date(0)],
    [new Pid('n', 1, undefined), new Pid('n', 2, undefined)],
    [new Pid('n', 1, undefined), { node: 'n', id: 1 }],
    [() => 'truthy', 1],
  ]
  for (const [pattern, value] of other) t.notOk(matches(pattern, value), `${show(pattern)} and ${show(value)}`)
})
