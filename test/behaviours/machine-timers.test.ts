import t from 'tap'
import { EVENT_TIMEOUT, STATE_TIMEOUT, TimerTable } from '../../src/behaviours/machine-timers.ts'

interface FakeAlarm {
  readonly key: unknown
  readonly time: number
  readonly abs: boolean
}

function newTable() {
  const started: FakeAlarm[] = []
  const cancelled: FakeAlarm[] = []
  const table = new TimerTable<FakeAlarm>({
    start: (key, time, abs) => {
      const alarm = { key, time, abs }
      started.push(alarm)
      return alarm
    },
    cancel: (alarm) => cancelled.push(alarm),
  })
  return { table, started, cancelled }
}

t.test('a timeout carries its content to its end, once', async (t) => {
  const { table, started } = newTable()
  table.start('a', 10, false, 'content')
  const [alarm] = started as [FakeAlarm]
  t.same(alarm, { key: 'a', time: 10, abs: false })
  t.same(table.expire('a', alarm), { key: 'a', content: 'content' })
  t.equal(table.expire('a', alarm), undefined)
})

t.test('an alarm of a timeout that was started anew or cancelled means nothing', async (t) => {
  const { table, started, cancelled } = newTable()
  table.start('a', 10, false, 'old')
  table.start('a', 20, false, 'new')
  const [first, second] = started as [FakeAlarm, FakeAlarm]
  t.same(cancelled, [first])
  t.equal(table.expire('a', first), undefined)
  t.same(table.expire('a', second), { key: 'a', content: 'new' })
  table.start('b', 10, false, 'b')
  table.cancel('b')
  t.equal(table.expire('b', started[2] as FakeAlarm), undefined)
})

t.test('timeouts of zero need no alarm and come in the order of their start', async (t) => {
  const { table, started } = newTable()
  table.start('a', 0, false, 1)
  table.start(STATE_TIMEOUT, 0, false, 2)
  table.start('b', 0, false, 3)
  table.start('a', 0, false, 4)
  t.equal(started.length, 0)
  t.ok(table.hasZero)
  t.same(table.takeZero(), { key: STATE_TIMEOUT, content: 2 })
  t.same(table.takeZero(), { key: 'b', content: 3 })
  t.same(table.takeZero(), { key: 'a', content: 4 }, 'started anew, so behind the others')
  t.equal(table.takeZero(), undefined)
})

t.test('a cancelled timeout of zero does not come', async (t) => {
  const { table } = newTable()
  table.start(EVENT_TIMEOUT, 0, false, 1)
  table.cancel(EVENT_TIMEOUT)
  t.notOk(table.hasZero)
})

t.test('an absolute time of zero is a time, not a zero timeout', async (t) => {
  const { table, started } = newTable()
  table.start('a', 0, true, 1)
  t.notOk(table.hasZero)
  t.same(started, [{ key: 'a', time: 0, abs: true }])
})

t.test('infinity only cancels', async (t) => {
  const { table, started, cancelled } = newTable()
  table.start('a', 5, false, 1)
  table.start('a', 'infinity', false, 2)
  t.same(cancelled, started)
  t.same(table.entries(), [])
})

t.test('an update changes the content of what runs, and is over at once where nothing runs', async (t) => {
  const { table, started } = newTable()
  table.start('a', 5, false, 'old')
  table.apply({ order: 'update', key: 'a', content: 'new' })
  t.equal(started.length, 1, 'its time stays')
  t.same(table.expire('a', started[0] as FakeAlarm), { key: 'a', content: 'new' })
  table.apply({ order: 'update', key: 'b', content: 'at once' })
  t.same(table.takeZero(), { key: 'b', content: 'at once' })
})

t.test('clear cancels everything', async (t) => {
  const { table, started, cancelled } = newTable()
  table.start('a', 5, false, 1)
  table.start('b', 0, false, 2)
  table.clear()
  t.same(cancelled, started)
  t.notOk(table.hasZero)
})
