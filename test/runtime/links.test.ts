import fc from 'fast-check'
import t from 'tap'
import {
  exit,
  isExit,
  link,
  Pid,
  Process,
  receive,
  self,
  send,
  spawn,
  spawnLink,
  trapExit,
  unlink,
} from '../../src/index.ts'
import { hasLink, type Links, linkedPids, withLink, withoutLink } from '../../src/runtime/links.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { dead, idle } from '../support/processes.ts'

t.test('OTP-033 linking twice is linking once', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const pid = spawn(idle)
    t.equal(link(pid), true)
    t.equal(link(pid), true)
    exit(pid, 'gone')
    t.ok(isExit(await receive(), pid))
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('OTP-034 links to oneself, unlinks of strangers, and what info shows', (t) =>
  withRuntime(async () => {
    trapExit(true)
    t.equal(link(self()), true)
    t.equal(unlink(self()), true)
    const stranger = spawn(idle)
    t.equal(unlink(stranger), true)
    t.equal(unlink(dead()), true)
    t.same(Process.info(self(), 'links'), [])
    const peers = [spawnLink(idle), spawnLink(idle)]
    link(peers[0] as Pid)
    t.same(Process.info(self(), 'links'), peers)
    t.same(Process.info(peers[0] as Pid, 'links'), [self()])
    exit(peers[0] as Pid, 'gone')
    await receive()
    t.same(Process.info(self(), 'links'), [peers[1]])
  }),
)

t.test('OTP-035 either side may unlink, and a normal end harms nobody', (t) =>
  withRuntime(async () => {
    const parent = self()
    const mine = spawnLink(idle)
    unlink(mine)
    exit(mine, 'abnormal')
    const theirs = spawnLink(function* () {
      unlink(parent)
      send(parent, 'unlinked')
      yield* receive()
    })
    await receive()
    exit(theirs, 'abnormal')
    const normal = spawnLink(() => {})
    await settle()
    t.same([mine, theirs, normal].map(Process.isAlive), [false, false, false])
    t.equal(Process.isAlive(self()), true)
  }),
)

t.test('OTP-036 a link to a dead pid is an exit message for who traps', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const pid = dead()
    t.equal(link(pid), true)
    const message = await receive()
    t.ok(isExit(message, pid))
    t.equal(message.reason, 'noproc')
    t.same(Process.info(self(), 'links'), [])
  }),
)

t.test('OTP-037 a link to a dead pid is an error for who does not trap', (t) =>
  withRuntime(async () => {
    t.throws(() => link(dead()), { code: 'BEAMISH_NOPROC' })
    t.equal(Process.isAlive(self()), true)
    // @ts-expect-error a name is no pid
    t.throws(() => link('name'), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error a name is no pid
    t.throws(() => unlink('name'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('after unlink, an exit message that came before stays, and none is added', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const before = spawnLink(idle)
    exit(before, 'early')
    unlink(before)
    t.ok(isExit(await receive({ afterMs: 0 }), before))
    const after = spawnLink(idle)
    unlink(after)
    exit(after, 'late')
    await settle()
    t.equal(await receive({ afterMs: 0 }), undefined)
  }),
)

t.test('a set of links agrees with a plain set, in the order of linking', async (t) => {
  const peers = Array.from({ length: 6 }, (_, id) => new Pid('test', id, undefined))
  const change = fc.record({ add: fc.boolean(), peer: fc.constantFrom(...peers) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      let links: Links
      const model = new Set<Pid>()
      for (const { add, peer } of changes) {
        links = add ? withLink(links, peer) : withoutLink(links, peer)
        if (add) model.add(peer)
        else model.delete(peer)
        if (linkedPids(links).join() !== [...model].join()) return false
        if (!peers.every((pid) => hasLink(links, pid) === model.has(pid))) return false
      }
      return true
    }),
  )
  t.equal(withoutLink(withLink(undefined, peers[0] as Pid), peers[0] as Pid), undefined, 'no links cost nothing')
})
