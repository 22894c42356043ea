import t from 'tap'
import { isDown, monitor, receive, spawn } from '../../src/index.ts'
import { createTable, findTable, TableKind } from '../../src/runtime/tables.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const NUMBERS = new TableKind<number[]>('numbers')
const WORDS = new TableKind<string[]>('words')

t.test('a table is found by kind and name, in its own runtime only', (t) =>
  withRuntime(async () => {
    t.equal(createTable(NUMBERS, 'one', [1]), true)
    t.equal(createTable(NUMBERS, 'one', [2]), false, 'the name is taken')
    t.equal(createTable(WORDS, 'one', ['a']), true, 'another kind has names of its own')
    t.same(findTable(NUMBERS, 'one'), [1])
    t.same(findTable(WORDS, 'one'), ['a'])
    t.equal(findTable(NUMBERS, 'two'), undefined)
    t.equal(await withRuntime(() => findTable(NUMBERS, 'one')), undefined)
  }),
)

t.test('a table goes with its owner, before monitors are told', (t) =>
  withRuntime(async () => {
    const owner = spawn(function* () {
      createTable(NUMBERS, 'owned', [1])
      yield* receive()
      throw new Error('the owner fails')
    })
    await settle()
    t.same(findTable(NUMBERS, 'owned'), [1])
    const ref = monitor(owner)
    const seen: unknown[] = []
    spawn(function* () {
      monitor(owner)
      yield* receive(isDown)
      seen.push(findTable(NUMBERS, 'owned'))
    })
    await settle()
    owner.receiver?.deliver('go')
    await receive((message) => isDown(message, ref))
    await settle()
    t.same(seen, [undefined])
    t.equal(createTable(NUMBERS, 'owned', [2]), true, 'the name is free again')
  }),
)
