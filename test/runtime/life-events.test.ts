import t from 'tap'
import { exit, link, type Pid, Process, register, sleep, spawn } from '../../src/index.ts'
import { attach, hasHandlers } from '../../src/telemetry/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { idle } from '../support/processes.ts'

t.test('a process that is started, and one that ends, are events', (t) =>
  withRuntime(async ({ clock }) => {
    const seen: unknown[] = []
    using _spawns = attach(
      'spawns',
      'beamish.process.spawn',
      (_event, { count }, { pid }) => void seen.push([count, pid]),
    )
    using _exits = attach('exits', 'beamish.process.exit', (_event, measurements, metadata) => {
      seen.push([measurements, metadata])
    })
    const pid = spawn(function* () {
      Process.setLabel('worker')
      yield* sleep('infinity')
    })
    register(pid, 'reader')
    t.strictSame(seen, [[1, pid]])
    await clock.advance(40)
    exit(pid, 'boom')
    t.strictSame(seen[1], [
      { count: 1, lifetimeMs: 40 },
      { pid, name: 'reader', label: 'worker', reason: 'boom' },
    ])
    t.equal(seen.length, 2)
  }),
)

t.test('the end of a process that was started before anybody listened is told without its lifetime', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    const seen: unknown[] = []
    using _exits = attach('exits', 'beamish.process.exit', (_event, measurements) => void seen.push(measurements))
    exit(pid, 'kill')
    t.strictSame(seen, [{ count: 1 }])
  }),
)

t.test('each of the processes that die of one another is told once, and a handler may start more', (t) =>
  withRuntime(async () => {
    const ended: Pid[] = []
    const started: Pid[] = []
    using _exits = attach('exits', 'beamish.process.exit', (_event, _measurements, { pid }) => {
      ended.push(pid)
      if (ended.length === 1) started.push(spawn(idle))
    })
    const first = spawn(idle)
    const second = spawn(function* () {
      link(first)
      yield* sleep('infinity')
    })
    await settle()
    exit(first, 'boom')
    t.strictSame(ended, [first, second])
    t.equal(started[0]?.signal.aborted, false)
  }),
)

t.test('nobody listens unless somebody attached', async (t) => {
  t.equal(hasHandlers('beamish.process.spawn'), false)
  t.equal(hasHandlers('beamish.process.exit'), false)
})
