import t from 'tap'
import {
  BadSupervisorError,
  type ChildOverrides,
  childSpec,
  DynamicSupervisor,
  GenServer,
  PartitionSupervisor,
  Process,
  Supervisor,
  self,
  spawnLink,
  whereis,
} from '../../src/index.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { pidOf } from './children.ts'

const Counter = GenServer.define({ module: 'Counter', init: (start: number) => ({ count: start }) })
const idle = () => spawnLink(() => new Promise(() => {}))

t.test(
  'OTP-106 a server describes itself with the documented defaults, and every field can be overridden',
  async (t) => {
    t.strictSame(
      { ...childSpec(Counter, 7) },
      {
        id: Counter,
        start: Counter.tryStartLink,
        args: [7],
        restart: 'permanent',
        shutdown: 5000,
        type: 'worker',
        significant: false,
      },
    )
    const start = () => idle()
    const overrides = {
      id: 'hits',
      restart: 'temporary',
      shutdown: 'infinity',
      significant: true,
      start,
      args: [1],
    } as const
    t.strictSame({ ...childSpec(Counter, 7, overrides) }, { ...overrides, type: 'worker' })
    t.strictSame(childSpec(Counter, 7, { options: { name: 'hits' } }).args, [7, { name: 'hits' }])
    t.strictSame(childSpec(Counter, 7, { restart: undefined } as unknown as ChildOverrides).restart, 'permanent')
  },
)

t.test('supervisors describe themselves as supervisors that are waited for', async (t) => {
  const Tree = Supervisor.define({ module: 'Tree', init: (size: number) => ({ children: [[Counter, size]] }) })
  const plain = { restart: 'permanent', shutdown: 'infinity', type: 'supervisor', significant: false }
  t.match(childSpec(Tree, 3), { ...plain, id: Tree })
  t.match(Supervisor.child([[Counter, 0]], { name: 'tree' }), { ...plain, id: 'tree' })
  t.match(DynamicSupervisor.child({ name: 'rooms', id: 7, restart: 'transient' }), {
    ...plain,
    id: 7,
    restart: 'transient',
  })
  t.match(PartitionSupervisor.child({ name: 'parts', childSpec: [Counter, 0] }), { ...plain, id: 'parts' })
  t.equal(childSpec(Counter, 0, { type: 'supervisor' }).shutdown, 'infinity', 'the default follows the type')
  const patient = { id: 1, start: idle, shutdown: 9 }
  t.equal(childSpec(patient, undefined, { type: 'supervisor' }).shutdown, 9, 'what was said stays')
})

t.test('OTP-157 a module, a module with its argument, and a specification stand for the same child', (t) =>
  withRuntime(async () => {
    const OwnStart = { startLink: (count?: number) => Counter.startLink(count ?? 0) }
    const Described = { childSpec: (count = 0) => ({ id: 'described', start: () => Counter.startLink(count) }) }
    t.match(childSpec(Counter), { id: Counter, args: [] })
    t.match(childSpec([Counter, 5]), childSpec(Counter, 5))
    t.match(childSpec({ ...childSpec(Counter, 5) }), childSpec(Counter, 5))
    t.match(childSpec([Counter, 5, { name: 'five' }], undefined, { id: 5 }), { id: 5, args: [5, { name: 'five' }] })
    t.match(childSpec(Described, 4), { id: 'described', restart: 'permanent', shutdown: 5000, type: 'worker' })
    const supervisor = await Supervisor.startLink([
      Described,
      [OwnStart, 2],
      childSpec(OwnStart, 3, { id: 'own' }),
      [Counter, 1],
    ])
    const running = await Supervisor.countChildren(supervisor)
    t.equal(running.active, 4)
    t.same(Process.info(await pidOf(supervisor, 'own'), 'links'), [supervisor])
  }),
)

t.test('the type and the argument of a child are checked by the compiler', async (t) => {
  // @ts-expect-error Counter starts with a number
  childSpec(Counter, 'seven')
  const always = 'always'
  // @ts-expect-error there is no such restart
  t.throws(() => childSpec(Counter, 7, { restart: always }))
  // @ts-expect-error a string is no child
  t.throws(() => Supervisor.child(['Counter']))
})

t.test('OTP-157 what is no child is refused with what was expected', async (t) => {
  const bad = (child: unknown, overrides?: object) => () => childSpec(child as never, undefined as never, overrides)
  t.throws(bad({ hello: 'world' }), { code: 'BEAMISH_BAD_ARGUMENT' }, 'no module and no specification')
  t.throws(bad('Counter'), {
    message: /a specification, \[module, arg\], or a module with childSpec or startLink, got "Counter"/,
  })
  t.throws(bad(undefined), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(bad([{}, 1]), { message: /where module has childSpec or startLink/ })
  t.throws(bad([Counter, 1, {}, 'more']), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(bad([Supervisor.child([]), Counter]), { message: /One child is expected here, not a list of them/ })
  t.throws(bad(Promise.resolve()), { message: /got Promise \{\}. The supervisor itself calls startLink/ })
  t.throws(bad(self()), { message: /a module with childSpec or startLink, got #Pid<.*calls startLink/ })
  t.throws(bad(Counter, { name: 'hits' }), { message: /got "name". .*\{ options: \{ name: 'hits' \} \}/ })
  t.throws(bad(Counter, { restrat: 'temporary' }), { message: /the fields id, start, .* got "restrat"/ })
  t.throws(bad({ id: 1, start: idle }, { options: {} }), { message: /a module to start/ })
})

t.test('OTP-136 each mistake in a specification has its name, and nothing is started', (t) =>
  withRuntime(async ({ runtime }) => {
    const processes = runtime.size
    const fine = { id: 'fine', start: idle }
    const mistakes: [object, RegExp, string][] = [
      [{ start: idle }, /every child to have an id/, 'missingId'],
      [{ id: 1 }, /child 1: start expects a function that starts and links the child, got undefined/, 'missingStart'],
      [{ id: 1, start: 'idle' }, /got "idle"/, 'invalidStart'],
      [{ id: 1, start: idle, args: 5 }, /a list of arguments/, 'invalidArgs'],
      [
        { id: 1, start: idle, restart: 'always' },
        /'permanent' \| 'transient' \| 'temporary', got "always"/,
        'invalidRestartType',
      ],
      [{ id: 1, start: idle, shutdown: -1 }, /'brutalKill', whole milliseconds .* got -1/, 'invalidShutdown'],
      [{ id: 1, start: idle, type: 'wrkr' }, /'worker' \| 'supervisor', got "wrkr"/, 'invalidChildType'],
      [{ id: 1, start: idle, significant: 'yes' }, /true or false, got "yes"/, 'invalidSignificant'],
      [{ id: 'fine', start: idle }, /children with different ids, got .*fine/, 'duplicateChildName'],
    ]
    for (const [spec, message, type] of mistakes) {
      const children = [fine, spec] as never
      t.throws(() => Supervisor.startLink(children), { message, reason: { type }, code: 'BEAMISH_BAD_ARGUMENT' }, type)
      t.throws(
        () => Supervisor.child(children),
        { message: new RegExp(type) },
        `${type}, in a tree that is only described`,
      )
      const Module = Supervisor.define({ module: 'Faulty', init: () => ({ children }) })
      t.match(await Module.tryStart(), { type: 'refused', reason: { type: 'startSpec', reason: { type } } })
    }
    t.equal(runtime.size, processes, 'nothing runs')
  }),
)

t.test('OTP-136 unknown fields of a specification do no harm', (t) =>
  withRuntime(async () => {
    const spec = { id: 'a', start: idle, modules: ['a'], note: 'of another library' }
    const supervisor = await Supervisor.startLink([spec])
    t.match(await Supervisor.countChildren(supervisor), { active: 1 })
  }),
)

t.test('the error of a wrong specification is a BadSupervisorError that tells the child by its module', async (t) => {
  try {
    childSpec(Counter, 0, { restart: 'never' as never })
    t.fail('it must throw')
  } catch (error) {
    t.ok(error instanceof BadSupervisorError)
    t.equal(
      (error as Error).message,
      "BEAMISH_BAD_ARGUMENT: childSpec: child Counter: restart expects 'permanent' | 'transient' | 'temporary', got " +
        '"never". (invalidRestartType)',
    )
  }
})

t.test('a child may be given the options of its start', (t) =>
  withRuntime(async () => {
    const supervisor = await Supervisor.startLink([
      [Counter, 1, { name: 'one' }],
      childSpec(Counter, 2, { id: 2, options: { name: 'two' } }),
    ])
    t.equal(await pidOf(supervisor, 2), whereis('two'))
    t.equal(await pidOf(supervisor, Counter), whereis('one'))
  }),
)
