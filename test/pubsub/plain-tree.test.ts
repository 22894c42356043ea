import t from 'tap'
import { exit } from '../../src/index.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { Registry } from '../../src/registry/registry.ts'
import { hasAsyncProcesses } from '../../src/runtime/context.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'

// A file of its own: one asynchronous callback anywhere would turn the async context on for good.

t.test('a tree of PubSub and Registry leaves the async context off, which every promise would pay for', async (t) => {
  const tree = await Supervisor.startLink([
    PubSub.child({ name: 'chat' }),
    Registry.child({ name: 'rooms', keys: 'unique' }),
  ])
  t.equal(PubSub.broadcast('chat', 'lobby', 'hello').type, 'ok')
  t.notOk(hasAsyncProcesses())
  exit(tree, 'normal')
})
