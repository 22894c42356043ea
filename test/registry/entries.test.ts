import fc from 'fast-check'
import t from 'tap'
import { Pid } from '../../src/index.ts'
import { Entries, Entry } from '../../src/registry/entries.ts'

const pids = Array.from({ length: 4 }, (_, id) => new Pid('n', id, undefined))
const show = (entries: Iterable<Entry>) => Array.from(entries, ({ pid, key, value }) => `${pid.id} ${key} ${value}`)

t.test('a list that was read does not change', async (t) => {
  const entries = new Entries()
  const [a, b, c] = pids.map((pid, index) => new Entry(pid, 'k', 'k', index)) as [Entry, Entry, Entry]
  entries.add(a)
  const one = entries.at('k')
  entries.add(b)
  const two = entries.at('k')
  t.equal(entries.at('k'), two, 'and is not made again without need')
  entries.add(c)
  entries.delete(a)
  t.same(show(one), ['0 k 0'])
  t.same(show(two), ['0 k 0', '1 k 1'])
  t.same(show(entries.at('k')), ['1 k 1', '2 k 2'])
})

type Step = { readonly what: 'add' | 'deleteOne' | 'deletePid'; readonly pid: number; readonly key: string }

const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('add', 'add', 'add', 'deleteOne', 'deletePid'),
    pid: fc.nat(3),
    key: fc.constantFrom('a', 'b', 'c'),
  }),
  { maxLength: 40 },
)

t.test('entries agree with a plain list of them, whatever is added and removed', async (t) => {
  fc.assert(
    fc.property(steps, (run) => {
      const entries = new Entries()
      let model: Entry[] = []
      run.forEach((step, index) => {
        const pid = pids[step.pid] as Pid
        if (step.what === 'add') {
          const entry = new Entry(pid, step.key, step.key, index)
          entries.add(entry)
          model.push(entry)
        } else if (step.what === 'deletePid') {
          entries.deletePid(pid)
          model = model.filter((entry) => entry.pid !== pid)
        } else {
          const chosen = entries.heldAt(step.key, pid)[0]
          if (chosen !== undefined) entries.delete(chosen)
          model = model.filter((entry) => entry !== chosen)
        }
        check(entries, model)
      })
    }),
  )
  t.pass()
})

function check(entries: Entries, model: readonly Entry[]): void {
  const agree = (what: string, found: Iterable<Entry>, expected: readonly Entry[]) => {
    const [left, right] = [show(found).join(), show(expected).join()]
    if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`)
  }
  for (const key of ['a', 'b', 'c']) {
    agree(
      `at ${key}`,
      entries.at(key),
      model.filter((entry) => entry.key === key),
    )
    for (const pid of pids) {
      agree(
        `at ${key} of ${pid}`,
        entries.heldAt(key, pid),
        model.filter((entry) => entry.key === key && entry.pid === pid),
      )
    }
  }
  for (const pid of pids) {
    const held = model.filter((entry) => entry.pid === pid)
    agree(`of ${pid}`, entries.heldBy(pid), held)
    if (entries.holds(pid) !== held.length > 0) throw new Error(`holds ${pid}`)
  }
  if (entries.size !== model.length || new Set(entries).size !== model.length) throw new Error('size')
}
