import fc from 'fast-check'
import t from 'tap'
import { Pid } from '../../src/index.ts'
import { Groups } from '../../src/process-groups/groups.ts'

const pids = Array.from({ length: 3 }, (_, id) => new Pid('n', id, undefined))
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('join', 'join', 'leave', 'end'),
    group: fc.constantFrom('a', 'b'),
    members: fc.array(fc.nat(2), { maxLength: 4 }),
  }),
  { maxLength: 30 },
)

/** The plainest thing that could be right: a list of pairs. */
class Model {
  pairs: [group: string, id: number][] = []

  join(group: string, members: readonly number[]): void {
    for (const id of members) this.pairs.push([group, id])
  }

  leave(group: string, members: readonly number[]): number[] {
    return members.filter((id) => {
      const index = this.pairs.findIndex((pair) => pair[0] === group && pair[1] === id)
      if (index >= 0) this.pairs.splice(index, 1)
      return index >= 0
    })
  }

  end(id: number): string[] {
    const left = this.pairs.filter((pair) => pair[1] === id).map(([group]) => group)
    this.pairs = this.pairs.filter((pair) => pair[1] !== id)
    return left
  }
}

t.test('groups agree with a list of memberships, whoever joins, leaves and ends', async (t) => {
  fc.assert(
    fc.property(steps, (run) => {
      const [groups, model] = [new Groups(), new Model()]
      for (const { what, group, members } of run) {
        const chosen = members.map((id) => pids[id] as Pid)
        if (what === 'join' && members.length > 0) {
          groups.join(group, chosen)
          model.join(group, members)
        } else if (what === 'leave') {
          agree(
            groups.leave(group, chosen).map(({ id }) => id),
            model.leave(group, members),
          )
        } else if (what === 'end') {
          agree(groups.deletePid(pids[0] as Pid).sort(), model.end(0).sort())
        }
        compare(groups, model)
      }
    }),
  )
  t.pass()
})

function compare(groups: Groups, model: Model): void {
  agree(groups.names().sort(), [...new Set(model.pairs.map(([group]) => group))].sort())
  for (const group of ['a', 'b']) {
    const expected = model.pairs.filter((pair) => pair[0] === group).map(([, id]) => id)
    agree(
      groups
        .members(group)
        .map(({ id }) => id)
        .sort(),
      expected.sort(),
    )
  }
  for (const pid of pids) agree([groups.has(pid)], [model.pairs.some(([, id]) => id === pid.id)])
}

function agree(found: readonly unknown[], expected: readonly unknown[]): void {
  if (found.join() !== expected.join()) throw new Error(`${found.join()} instead of ${expected.join()}`)
}
