import t from 'tap'
import { Channel } from '../../src/channel/channel.ts'
import { ok } from '../../src/channel/result.ts'
import { type Route, TopicTable } from '../../src/socket/topic-table.ts'

const channel = (module: string) => Channel.define({ module, join: () => ok() })
const table = (channels: { [pattern: string]: Route }) => new TopicTable('channels', channels)

t.test('CH-046 the first pattern that matches a topic has it', async (t) => {
  const routes = table({
    'food*': channel('Food'),
    'foo*': channel('Foo'),
    'room:*': channel('Room'),
    system: { channel: channel('System'), assigns: { static: 1 } },
  })
  const found = (topic: string) => routes.find(topic)?.channel.moduleName
  t.equal(found('food:1'), 'Food')
  t.equal(found('foo:1'), 'Foo')
  t.equal(found('room:'), 'Room')
  t.equal(found('room'), undefined)
  t.equal(found('system'), 'System')
  t.equal(found('system:1'), undefined)
  t.same(routes.find('system')?.assigns, { static: 1 })
  for (const pattern of ['a*b', '*a', '**', '']) {
    t.throws(() => table({ [pattern]: channel('Bad') }), { code: 'BEAMISH_BAD_ARGUMENT' }, pattern)
  }
  t.throws(() => table({ 'room:*': {} as Route }), { code: 'BEAMISH_BAD_ARGUMENT' })
})
