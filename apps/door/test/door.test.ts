import { Application, whereis } from 'beamish'
import { settle, withRuntime } from 'beamish/testing'
import t from 'tap'
import { Door, door } from '../door.ts'
import { SENSOR } from '../sensor.ts'
import { DoorApp } from '../tree.ts'

/** Numbers that come again and again: chance, as a test wants it. */
function chance(...numbers: number[]): () => number {
  let index = 0
  return () => numbers[index++ % numbers.length] ?? 0
}

const stateOf = async (name: string) => {
  const { value, context } = await Door.getSnapshot(door(name))
  return [value, context.passed, context.refused]
}

t.test('a badge unlocks a door for one person, and for a while', (t) =>
  withRuntime(async ({ clock }) => {
    Application.configure(DoorApp, { everyMs: 60_000 })
    await Application.start(DoorApp)
    Door.cast(door('north'), { type: 'push' })
    t.same(await stateOf('north'), ['locked', 0, 1])
    Door.cast(door('north'), { type: 'unlock' })
    t.same(await stateOf('north'), ['unlocked', 0, 1])
    Door.cast(door('north'), { type: 'push' })
    t.same(await stateOf('north'), ['locked', 1, 1])
    Door.cast(door('north'), { type: 'unlock' })
    await settle()
    await clock.advance(800)
    t.same(await stateOf('north'), ['locked', 1, 1], 'nobody came')
    t.same(await stateOf('south'), ['locked', 0, 0])
    await Application.stop(DoorApp)
  }),
)

t.test('a door that is jammed comes back under its name, and the others stay as they are', (t) =>
  withRuntime(async () => {
    await Application.start(DoorApp)
    Door.cast(door('south'), { type: 'push' })
    Door.cast(door('north'), { type: 'push' })
    Door.cast(door('north'), { type: 'jam' })
    await settle()
    t.same(await stateOf('north'), ['locked', 0, 0])
    t.same(await stateOf('south'), ['locked', 0, 1])
    await Application.stop(DoorApp)
  }),
)

t.test('people come, a reader fails, a sensor fails, and the table says so', (t) =>
  withRuntime(async ({ clock, reports }) => {
    const tables: string[] = []
    Application.configure(DoorApp, {
      failures: 0.3,
      // groups of four: good, stolen, unreadable, good …
      random: chance(0.5, 0.21, 0, 0.37, 0.4, 0.01, 0, 0.95, 0.9),
      show: (table: string) => tables.push(table),
    })
    await Application.start(DoorApp)
    const sensor = whereis(SENSOR)
    for (let second = 0; second < 12; second++) {
      for (let step = 0; step < 10; step++) {
        await clock.advance(100)
        await settle()
      }
    }
    const last = tables.at(-1) ?? ''
    t.match(last, /^door {6}state {5}passed {2}refused\nnorth /)
    t.match(last, /° in the hall\. The sensor failed [1-9]/)
    t.not(whereis(SENSOR), sensor)
    const passed = [...last.matchAll(/(?:locked|unlocked) +(\d+) +(\d+)/g)].map(
      ([, yes, no]) => Number(yes) + Number(no),
    )
    t.equal(passed.length, 3)
    t.ok(passed.reduce((sum, count) => sum + count, 0) > 10, 'people came to the doors')
    t.ok(
      reports.some(
        (report) =>
          JSON.stringify(report).includes('cannot read badge') ||
          /badge/.test(String((report as { reason?: unknown }).reason)),
      ),
      'a task failed',
    )
    await Application.stop(DoorApp)
  }),
)
