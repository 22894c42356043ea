import t from 'tap'
import { exit, spawn } from '../../src/index.ts'
import { Presence } from '../../src/presence/presence.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { hasAsyncProcesses } from '../../src/runtime/context.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { idle } from '../support/processes.ts'

// A file of its own: one asynchronous callback anywhere would turn the async context on for good.

t.test('presence leaves the async context off, which every promise would pay for', async (t) => {
  const presence = Presence.define({
    name: 'chat',
    pubsub: 'chat',
    init: () => 0,
    handleMetas: (_t, _d, _p, n) => n + 1,
  })
  const tree = await Supervisor.startLink([PubSub.child({ name: 'chat' }), presence])
  const pid = spawn(idle)
  t.match(await presence.track(pid, 'lobby', 'u1'), { type: 'ok' })
  t.match(await presence.update(pid, 'lobby', 'u1', { n: 1 }), { type: 'ok' })
  t.match(await presence.list('lobby'), { u1: { metas: [{ n: 1 }] } })
  t.match(await presence.getByKey('lobby', 'u1'), { metas: [{ n: 1 }] })
  t.equal(await presence.untrack(pid), 'ok')
  t.notOk(hasAsyncProcesses())
  exit(tree, 'normal')
})
