import t from 'tap'
import {
  exit,
  GenServer,
  makeRef,
  PartitionSupervisor,
  type Pid,
  reply,
  Supervisor,
  self,
  send,
  stopInit,
  via,
  whereis,
} from '../../src/index.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import { partitionOf } from '../../supervisors/partition-key.ts'
import { killed } from './children.ts'

const Partition = GenServer.define({
  module: 'Partition',
  init: (given: { partition?: number }) => given,
  handleCall: { which: (_: undefined, { partition }) => reply(partition) },
})
const numbered = (args: readonly unknown[], partition: number) => [{ ...(args[0] as object), partition }]

/** Three partitions that know their numbers. */
function startThree(more: object = {}) {
  const options = {
    name: 'parts',
    childSpec: [Partition, {}] as const,
    partitions: 3,
    withArguments: numbered,
    ...more,
  }
  return PartitionSupervisor.startLink(options)
}

const which = (key: unknown) => Partition.call(PartitionSupervisor.via('parts', key), 'which')

t.test('OTP-168 whole numbers reach the partition of their remainder, and each got arguments of its own', (t) =>
  withRuntime(async () => {
    await startThree()
    const reached: unknown[] = []
    for (const key of [0, 1, 2, 3, -1, 302]) reached.push(await which(key))
    t.same(reached, [0, 1, 2, 0, 1, 2])
    t.same(
      (await PartitionSupervisor.whichChildren('parts')).map(({ id }) => id),
      [0, 1, 2],
    )
    const other = await which('a user')
    t.equal(await which('a user'), other)
    t.equal(await which(self()), await which(self()))
  }),
)

t.test('OTP-169 what is missing or wrong is told; nobody there exits with noproc', (t) =>
  withRuntime(async () => {
    const fine = { name: 'parts', childSpec: [Partition, {}] as const }
    const wrong: [object, RegExp][] = [
      [{ childSpec: fine.childSpec }, /name expects the name that partitions are looked up by, got undefined/],
      [{ name: 'parts' }, /childSpec expects what each partition runs, got undefined/],
      [{ ...fine, partitions: 0 }, /partitions expects a whole number, at least 1, got 0/],
      [{ ...fine, partitions: 1.5 }, /got 1.5/],
      [{ ...fine, withArguments: 1 }, /withArguments expects a function \(args, partition\) => args, got 1/],
      [
        { ...fine, withArguments: () => 'x' },
        /withArguments\(args, 0\) expects to return a list of arguments, got "x"/,
      ],
      [{ ...fine, autoShutdown: 'anySignificant' }, /autoShutdown expects 'never', got "anySignificant"/],
      [{ ...fine, strategy: 'all' }, /strategy expects/],
      [{ ...fine, size: 3 }, /got "size"/],
      [
        { ...fine, childSpec: { id: 1, start: self, restart: 'transient', significant: true } },
        /significant expects false/,
      ],
    ]
    for (const [options, message] of wrong) {
      t.throws(() => PartitionSupervisor.startLink(options as never), { code: 'BEAMISH_BAD_ARGUMENT', message })
      t.throws(() => PartitionSupervisor.child(options as never), { message })
    }
    const noproc = (called: string) => ({
      code: 'BEAMISH_NOPROC',
      reason: { reason: 'noproc', call: { module: 'PartitionSupervisor', function: called } },
    })
    t.throws(() => PartitionSupervisor.partitions('nobody'), noproc('partitions'))
    t.throws(() => PartitionSupervisor.resize('nobody', 1), noproc('resize'))
    await t.rejects(PartitionSupervisor.countChildren('nobody'), noproc('countChildren'))
    await t.rejects(which(1), { code: 'BEAMISH_NOPROC' })
    t.throws(() => send(PartitionSupervisor.via('nobody', 1), 'hello'), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('OTP-170 resizing changes what runs, what is counted and what keys reach', (t) =>
  withRuntime(async () => {
    await startThree()
    const partitions = () => PartitionSupervisor.partitions('parts')
    const first = whereis(PartitionSupervisor.via('parts', 0))
    t.equal(partitions(), 3)
    t.same(await PartitionSupervisor.resize('parts', 1), { type: 'resized', previous: 3 })
    t.equal(partitions(), 1)
    t.same(await PartitionSupervisor.countChildren('parts'), { specs: 3, active: 1, supervisors: 0, workers: 3 })
    t.equal(await which(2), 0)
    t.same(await PartitionSupervisor.resize('parts', 3), { type: 'resized', previous: 1 })
    t.equal(await which(2), 2)
    t.match(await PartitionSupervisor.countChildren('parts'), { active: 3 })
    t.equal(whereis(PartitionSupervisor.via('parts', 0)), first, 'the first one never stopped')

    const beyond = { code: 'BEAMISH_BAD_ARGUMENT', message: /resize expects a whole number from 0 to 3, got/ }
    t.throws(() => PartitionSupervisor.resize('parts', 4), beyond)
    t.throws(() => PartitionSupervisor.resize('parts', -1), beyond)
    t.same(await PartitionSupervisor.resize('parts', 0), { type: 'resized', previous: 3 })
    t.throws(() => which(1), { code: 'BEAMISH_NO_PARTITIONS', message: /has no partitions. Resize it/ })
    t.same(await PartitionSupervisor.resize('parts', 0), { type: 'resized', previous: 0 })
  }),
)

t.test('a partition that was restarted is found at once', (t) =>
  withRuntime(async () => {
    await startThree()
    const before = whereis(PartitionSupervisor.via('parts', 1)) as Pid
    await killed(before)
    await settle()
    t.not(whereis(PartitionSupervisor.via('parts', 1)), before)
    t.equal(await which(1), 1)
  }),
)

t.test('partitions that were resized away stay away when the others restart together', (t) =>
  withRuntime(async () => {
    await startThree({ strategy: 'oneForAll' })
    await PartitionSupervisor.resize('parts', 2)
    exit(whereis(PartitionSupervisor.via('parts', 0)) as Pid, 'kill')
    await settle()
    t.match(await PartitionSupervisor.countChildren('parts'), { active: 2 })
  }),
)

t.test('a partition that does not start leaves the number as it was', (t) =>
  withRuntime(async () => {
    let fails = false
    const Fragile = GenServer.define({
      module: 'Fragile',
      init: (partition: number) => (fails && partition === 2 ? stopInit('no') : {}),
    })
    await PartitionSupervisor.startLink({
      name: 'parts',
      childSpec: [Fragile, 0],
      partitions: 3,
      withArguments: (_, partition) => [partition],
    })
    await PartitionSupervisor.resize('parts', 1)
    fails = true
    t.same(await PartitionSupervisor.resize('parts', 3), { type: 'refused', partition: 2, reason: 'no' })
    t.equal(PartitionSupervisor.partitions('parts'), 1)
    t.match(await PartitionSupervisor.countChildren('parts'), { active: 1 })
  }),
)

t.test('a partition name is for looking up: nobody can be registered by it', (t) =>
  withRuntime(async () => {
    const free = PartitionSupervisor.via('nobody', 0)
    t.throws(() => free.module.registerName(free.term, self()), { code: 'BEAMISH_VIA_LOOKUP_ONLY' })
    t.match(await Partition.tryStart({}, { name: free }), {
      type: 'refused',
      reason: { error: { code: 'BEAMISH_VIA_LOOKUP_ONLY' } },
    })
    t.equal(via(free.module, free.term).toString(), 'via(PartitionSupervisor, { name: "nobody", key: 0 })')
  }),
)

t.test('a partition supervisor is a child like any other, and sends reach partitions', (t) =>
  withRuntime(async () => {
    const spec = PartitionSupervisor.child({
      name: 'parts',
      childSpec: [Partition, {}],
      partitions: 2,
      withArguments: numbered,
    })
    const tree = await Supervisor.startLink([spec])
    t.equal(PartitionSupervisor.partitions('parts'), 2)
    t.equal(await which(1), 1)
    send(PartitionSupervisor.via('parts', 1), 'hello')
    t.match(await Supervisor.getChildSpec(tree, 'parts'), { type: 'supervisor', shutdown: 'infinity' })
    t.equal(await PartitionSupervisor.stop('parts'), 'ok')
    await settle()
    t.equal(await which(0), 0, 'it is permanent, and back')
  }),
)

t.test('equal keys have the same partition, and keys are spread', async (t) => {
  const keys = [
    '',
    'a',
    'ab',
    1.5,
    -2.5,
    Number.NaN,
    true,
    null,
    undefined,
    [1, 'a'],
    { a: 1, b: [2] },
    self(),
    makeRef(),
  ]
  for (const key of keys) t.equal(partitionOf(key, 7), partitionOf(key, 7))
  t.equal(partitionOf({ a: 1, b: 2 }, 1009), partitionOf({ b: 2, a: 1 }, 1009), 'the order of fields does not matter')
  t.equal(partitionOf(-7n, 4), 3)
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < 4000; i++)
    counts[partitionOf(`user:${i}`, 4)] = (counts[partitionOf(`user:${i}`, 4)] as number) + 1
  for (const count of counts) t.ok(count > 900 && count < 1100, `${count} of 4000 on one of four`)
  t.throws(() => partitionOf(() => {}, 3), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => partitionOf(new Map(), 3), { code: 'BEAMISH_BAD_ARGUMENT' })
})
