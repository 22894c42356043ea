import t from 'tap'
import { exit, isDown, monitor, Pid, Process, receive, Supervisor, self, send, spawn } from '../../src/index.ts'
import { isGroupMessage, ProcessGroups } from '../../src/process-groups/process-groups.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

const waiting = () => spawn(() => receive())

/** Pids as text: short when a comparison fails. */
const names = (pids: readonly Pid[]) => pids.map(String).sort()

/** The group messages in the caller's mailbox. */
async function news(): Promise<string[]> {
  await settle()
  const all: string[] = []
  for (;;) {
    const message = await receive({ afterMs: 0 })
    if (message === undefined) return all
    if (!isGroupMessage(message)) throw new Error('an unexpected message')
    all.push(`${message.type} ${String(message.group)} ${names(message.pids).join(' ')}`)
  }
}

t.test('OTP-206 a process is in a group as often as it joined', (t) =>
  withRuntime(async () => {
    await ProcessGroups.startLink({ name: 'scope' })
    const me = String(self())
    t.equal(ProcessGroups.join('scope', 'g', self()), 'ok')
    t.same(names(ProcessGroups.getMembers('scope', 'g')), [me])
    t.equal(ProcessGroups.join('scope', 'g', [self(), self()]), 'ok')
    t.same(names(ProcessGroups.getMembers('scope', 'g')), [me, me, me])
    t.same(names(ProcessGroups.getLocalMembers('scope', 'g')), [me, me, me])
    t.equal(ProcessGroups.leave('scope', 'g', [self(), self()]), 'ok')
    t.same(names(ProcessGroups.getMembers('scope', 'g')), [me])
    const stranger = waiting()
    t.equal(ProcessGroups.leave('scope', 'g', stranger), 'notJoined')
    t.equal(ProcessGroups.leave('scope', 'g', [stranger, stranger]), 'notJoined')
    t.equal(ProcessGroups.leave('scope', 'unknown', self()), 'notJoined')
    t.equal(ProcessGroups.leave('scope', 'g', [stranger, self()]), 'ok')
    t.same(ProcessGroups.getMembers('scope', 'g'), [])
    t.equal(ProcessGroups.leave('scope', 'g', self()), 'notJoined')
  }),
)

t.test('OTP-207 a group without members does not exist, and scopes know nothing of each other', (t) =>
  withRuntime(async () => {
    await ProcessGroups.startLink({ name: 'one' })
    await ProcessGroups.startLink({ name: 'two' })
    const [a, b] = [waiting(), waiting()]
    ProcessGroups.join('one', 'g', [a, a, b])
    ProcessGroups.join('one', ['room', 1], a)
    ProcessGroups.join('two', 'g', a)
    t.same(ProcessGroups.whichGroups('one'), ['g', ['room', 1]])
    t.same(names(ProcessGroups.getMembers('one', ['room', 1])), [String(a)], 'a group is any value')
    ProcessGroups.leave('two', 'g', a)
    t.same(ProcessGroups.whichGroups('two'), [])
    t.same(names(ProcessGroups.getMembers('one', 'g')), names([a, a, b]))
    exit(a, 'kill')
    await settle()
    t.same(names(ProcessGroups.getMembers('one', 'g')), [String(b)])
    t.same(ProcessGroups.whichGroups('one'), ['g'])
    exit(b, 'shutdown')
    await settle()
    t.same(ProcessGroups.getMembers('one', 'g'), [])
    t.same(ProcessGroups.whichGroups('one'), [])
    t.same(ProcessGroups.getMembers('one', 'unknown'), [])
    t.same(ProcessGroups.getMembers('unknown', 'g'), [])
    t.same(ProcessGroups.getLocalMembers('unknown', 'g'), [])
    t.same(ProcessGroups.whichGroups('unknown'), [])
  }),
)

t.test('OTP-208 monitors are told of joins and leaves, in order, with the pids as they were given', (t) =>
  withRuntime(async () => {
    await ProcessGroups.startLink({ name: 'scope' })
    const [a, b] = [waiting(), waiting()]
    ProcessGroups.join('scope', 'g', a)
    const { ref, members } = ProcessGroups.monitor('scope', 'g')
    t.same(names(members), [String(a)])
    ProcessGroups.join('scope', 'g', [b, b])
    ProcessGroups.join('scope', 'other', a)
    ProcessGroups.leave('scope', 'g', b)
    t.same(await news(), [`join g ${b} ${b}`, `leave g ${b}`])
    ProcessGroups.join('scope', 'g', a)
    exit(a, 'kill')
    t.same(await news(), [`join g ${a}`, `leave g ${a}`, `leave g ${a}`], 'one leave for each time that it was in')

    const whole = ProcessGroups.monitorScope('scope')
    t.same([...whole.groups.keys()], ['g'])
    t.same(names(whole.groups.get('g') ?? []), [String(b)])
    ProcessGroups.join('scope', 'new', b)
    t.same(await news(), [`join new ${b}`])
    ProcessGroups.join('scope', 'g', self())
    t.same(await news(), [`join g ${self()}`, `join g ${self()}`], 'each monitor has its own message')

    ProcessGroups.leave('scope', 'g', self())
    send(self(), 'kept')
    t.equal(ProcessGroups.demonitor('scope', ref), true)
    const queued = await receive()
    t.ok(isGroupMessage(queued, whole.ref), 'what waited for the other monitor stays')
    t.equal(await receive(), 'kept')
    t.equal(ProcessGroups.demonitor('scope', ref), false)
    t.equal(ProcessGroups.demonitor('scope', whole.ref), true)
    ProcessGroups.join('scope', 'g', b)
    t.same(await news(), [])
  }),
)

t.test('a monitor that ends is dropped, with its own monitor on the scope', (t) =>
  withRuntime(async () => {
    const scope = await ProcessGroups.startLink({ name: 'scope' })
    const listener = spawn(function* () {
      ProcessGroups.monitorScope('scope')
      ProcessGroups.join('scope', 'g', self())
      yield* receive(() => false)
    })
    await settle()
    t.same(Process.info(scope, 'monitors')?.map(String), [String(listener), String(listener)])
    exit(listener, 'kill')
    await settle()
    t.same(Process.info(scope, 'monitors'), [])
    t.equal(ProcessGroups.join('scope', 'g', self()), 'ok')
    ProcessGroups.leave('scope', 'g', self())
    t.same(Process.info(scope, 'monitors'), [], 'who has left all groups is not watched')
  }),
)

t.test('a dead process joins and leaves', (t) =>
  withRuntime(async () => {
    await ProcessGroups.startLink({ name: 'scope' })
    const dead = spawn(() => {})
    await settle()
    ProcessGroups.monitor('scope', 'g')
    ProcessGroups.join('scope', 'g', dead)
    t.same(await news(), [`join g ${dead}`, `leave g ${dead}`])
    t.same(ProcessGroups.whichGroups('scope'), [])
  }),
)

t.test('joining needs a scope and processes of this node', (t) =>
  withRuntime(async () => {
    await ProcessGroups.startLink({ name: 'scope' })
    t.throws(() => ProcessGroups.join('unknown', 'g', self()), { code: 'BEAMISH_NOPROC' })
    t.throws(() => ProcessGroups.leave('unknown', 'g', self()), { code: 'BEAMISH_NOPROC' })
    t.throws(() => ProcessGroups.monitor('unknown', 'g'), { code: 'BEAMISH_NOPROC' })
    t.throws(() => ProcessGroups.monitorScope('unknown'), { code: 'BEAMISH_NOPROC' })
    const remote = new Pid('elsewhere', 1, undefined)
    t.throws(() => ProcessGroups.join('scope', 'g', remote), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => ProcessGroups.join('scope', 'g', [self(), remote]), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.same(ProcessGroups.getMembers('scope', 'g'), [], 'all or none')
    t.throws(() => ProcessGroups.join('scope', 'g', 'me' as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => ProcessGroups.startLink({} as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => ProcessGroups.child({ nam: 'x' } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a scope that fails comes back empty, and its members live on', (t) =>
  withRuntime(async () => {
    await Supervisor.startLink([ProcessGroups.child({ name: 'scope' }), [ProcessGroups, { name: 'other' }]])
    const member = waiting()
    ProcessGroups.join('scope', 'g', member)
    ProcessGroups.join('other', 'g', member)
    const scope = Process.list().find((pid) => Process.info(pid, 'registeredName') === 'scope') as Pid
    const ref = monitor(scope)
    exit(scope, 'kill')
    t.same(ProcessGroups.getMembers('scope', 'g'), [], 'gone with its process')
    await receive((message) => isDown(message, ref))
    await settle()
    t.ok(Process.isAlive(member))
    t.same(names(ProcessGroups.getMembers('other', 'g')), [String(member)])
    t.equal(ProcessGroups.join('scope', 'g', member), 'ok')
    t.same(names(ProcessGroups.getMembers('scope', 'g')), [String(member)])
  }),
)
