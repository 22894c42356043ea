import t from 'tap'
import {
  BadArgumentError,
  exit,
  link,
  monitor,
  Process,
  receive,
  register,
  self,
  send,
  sleep,
  spawn,
  trapExit,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { dead, idle } from '../support/processes.ts'

t.test('OTP-014 info of a dead pid is undefined, whatever is asked', (t) =>
  withRuntime(async () => {
    const pid = dead()
    t.equal(Process.info(pid), undefined)
    t.equal(Process.info(pid, 'links'), undefined)
    t.equal(Process.info(pid, ['links', 'messages']), undefined)
  }),
)

t.test('OTP-015 a live process without a name differs from a dead one', (t) =>
  withRuntime(async () => {
    t.equal(Process.info(self(), 'registeredName'), null)
    register(self(), 'somebody')
    t.equal(Process.info(self(), 'registeredName'), 'somebody')
    t.equal(Process.info(dead(), 'registeredName'), undefined)
  }),
)

t.test('OTP-016 items come in the order asked for, and agree with what was sent', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    send(pid, 'a')
    send(pid, 'b')
    t.same(Process.info(pid, ['messages', 'messageQueueLength', 'messages']), [
      ['messages', ['a', 'b']],
      ['messageQueueLength', 2],
      ['messages', ['a', 'b']],
    ])
    send(self(), 'own')
    t.equal(Process.info(self(), 'messageQueueLength'), 1)
  }),
)

t.test('OTP-017 the status of a process, and who spawned it', (t) =>
  withRuntime(async () => {
    const bodies = [idle, async () => void (await receive()), async () => void (await sleep('infinity'))]
    for (const body of bodies) {
      const pid = spawn(body)
      t.equal(Process.info(pid, 'status'), 'runnable')
      await settle()
      t.equal(Process.info(pid, 'status'), 'waiting')
      t.equal(Process.info(pid, 'parent'), self())
    }
    t.equal(Process.info(self(), 'status'), 'running')
    const parent = self()
    spawn(function* () {
      send(parent, Process.info(self(), 'status'))
      yield* sleep(0)
    })
    t.equal(await receive(), 'running')
  }),
)

t.test('OTP-018 a label describes a process to itself and to others', (t) =>
  withRuntime(async () => {
    const parent = self()
    t.equal(Process.getLabel(), undefined)
    Process.setLabel({ room: 7 })
    t.same(Process.getLabel(), { room: 7 })
    const pid = spawn(function* () {
      send(parent, Process.getLabel(parent))
      yield* receive()
    })
    t.same(await receive(), { room: 7 })
    t.equal(Process.getLabel(pid), undefined)
    t.equal(Process.getLabel(dead()), undefined)
  }),
)

t.test('OTP-019 the dictionary belongs to one process', (t) =>
  withRuntime(async () => {
    t.equal(Process.put('k', 'v1'), undefined)
    t.equal(Process.put('k', 'v2'), 'v1')
    t.equal(Process.get('k'), 'v2')
    t.equal(Process.get('other', 'fallback'), 'fallback')
    t.same(Process.keys(), ['k'])
    t.same(Process.keys('v2'), ['k'])
    t.same(Process.keys('v1'), [])
    const parent = self()
    spawn(() => send(parent, Process.keys()))
    t.same(await receive(), [], 'a child starts with none of it')
    t.equal(Process.delete('k'), 'v2')
    t.equal(Process.delete('k'), undefined)
  }),
)

t.test('OTP-020 trapExit answers with the previous setting', (t) =>
  withRuntime(async () => {
    t.equal(trapExit(true), false)
    t.equal(trapExit(true), true)
    t.equal(trapExit(false), true)
    t.equal(Process.info(self(), 'trapsExits'), false)
  }),
)

t.test('info shows links, monitors and who monitors, and forgets them with their ends', (t) =>
  withRuntime(async () => {
    trapExit(true)
    const pid = spawn(idle)
    link(pid)
    monitor(pid)
    monitor(pid)
    t.same(Process.info(self(), 'links'), [pid])
    t.same(Process.info(self(), 'monitors'), [pid, pid])
    t.same(Process.info(pid, 'monitoredBy'), [self(), self()])
    exit(pid, 'kill')
    t.same(Process.info(self(), 'links'), [])
    t.same(Process.info(self(), 'monitors'), [])
  }),
)

t.test('list names every process; the default label of a pid is the pid itself', (t) =>
  withRuntime(async () => {
    const pid = spawn(idle)
    t.ok(Process.list().includes(pid) && Process.list().includes(self()))
    t.equal(Process.describe(pid), pid.toString())
    exit(pid, 'kill')
    t.notOk(Process.list().includes(pid))
  }),
)

t.test('what is no pid, and an unknown item, are refused', (t) =>
  withRuntime(async () => {
    // @ts-expect-error a name is no pid
    t.throws(() => Process.info('name'), { code: 'BEAMISH_BAD_ARGUMENT' })
    // @ts-expect-error no such item
    t.throws(() => Process.info(self(), 'heap'), BadArgumentError)
    // @ts-expect-error a name is no pid
    t.throws(() => Process.isAlive('name'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)
