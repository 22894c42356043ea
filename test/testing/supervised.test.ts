import t from 'tap'
import {
  GenServer,
  noReply,
  type Pid,
  Process,
  reply,
  self,
  send,
  sleep,
  spawnLink,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { assertReceive, settle, startSupervised, stopSupervised, withRuntime } from '../../src/testing/index.ts'

const Logger = GenServer.define({
  module: 'Logger',
  init: (arg: { name: string; log: string[]; slowMs?: number }) => {
    trapExit(true)
    arg.log.push(`${arg.name} starts`)
    return arg
  },
  handleCall: { name: (_: void, state) => reply(state.name) },
  handleInfo: (message) => {
    if (message === 'crash') throw new Error('crash')
    return noReply()
  },
  terminate: async (_reason, { name, log, slowMs = 0 }) => {
    if (slowMs > 0) await sleep(slowMs)
    log.push(`${name} stops`)
  },
})

const child = (name: string, log: string[], slowMs = 0) => ({
  id: name,
  start: Logger.tryStartLink,
  args: [{ name, log, slowMs }, { name }],
})

t.test('supervised children end with the test, in reverse order, by their own rules', async (t) => {
  const log: string[] = []
  const pids = await withRuntime(async () => {
    const first = await startSupervised(child('first', log))
    const second = await startSupervised(child('second', log, 3000))
    t.equal(await Logger.call(second, 'name'), 'second')
    return [first, second]
  })
  t.same(log, ['first starts', 'second starts', 'second stops', 'first stops'])
  t.same(pids.map(Process.isAlive), [false, false])
})

t.test('they end also when the test fails', async (t) => {
  const log: string[] = []
  const failing = withRuntime(async () => {
    await startSupervised(child('only', log))
    throw new Error('the test fails')
  })
  await t.rejects(failing, { message: 'the test fails' })
  t.same(log, ['only starts', 'only stops'])
})

t.test('what was reported is written when the test fails, and only then', async (t) => {
  const written = t.capture(console, 'error')
  const crashes = async () => {
    const pid = await startSupervised(child('crashing', []))
    send(pid, 'crash')
    await settle()
  }
  await withRuntime(crashes)
  t.same(written(), [])
  const failing = withRuntime(async () => {
    await crashes()
    throw new Error('the test fails')
  })
  await t.rejects(failing, { message: 'the test fails' })
  t.match(String(written()[0]?.args[0]), /✖ GenServer Logger .*terminated\n.*reason +Error: crash/)
})

t.test('a child that crashes does not harm the test, and is restarted', async (t) => {
  const log: string[] = []
  await withRuntime(async () => {
    const pid = await startSupervised(child('restarted', log))
    for (let i = 0; i < 20; i++) {
      send('restarted', 'crash')
      await settle()
    }
    t.not(whereis('restarted'), pid)
    t.equal(await Logger.call('restarted', 'name'), 'restarted')
  })
})

t.test('a child can be stopped before the test ends', async (t) => {
  const log: string[] = []
  await withRuntime(async () => {
    const pid = await startSupervised(child('early', log))
    await stopSupervised('early')
    t.equal(Process.isAlive(pid), false)
    t.same(log, ['early starts', 'early stops'])
    await startSupervised(child('early', log))
    await t.rejects(stopSupervised('unknown'), { code: 'BEAMISH_BAD_ARGUMENT' })
  })
  t.equal(log.length, 4)
})

t.test('a child that does not start is an error of the test', (t) =>
  withRuntime(async () => {
    const Refusing = GenServer.define({
      init: () => {
        throw new Error('no')
      },
    })
    await t.rejects(startSupervised([Refusing]), { code: 'BEAMISH_START_REFUSED' })
    const log: string[] = []
    await startSupervised(child('twice', log))
    await t.rejects(startSupervised(child('twice', log)), { code: 'BEAMISH_ALREADY_STARTED' })
    await t.rejects(startSupervised({} as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('outside a test nobody would stop it', async (t) => {
  const Plain = GenServer.define({ init: () => null })
  await t.rejects(startSupervised([Plain]), { code: 'BEAMISH_NO_TEST' })
})

t.test('a test whose process is killed leaves nothing either', async (t) => {
  const log: string[] = []
  let pid: Pid | undefined
  const killed = withRuntime(async () => {
    pid = await startSupervised(child('orphan', log))
    spawnLink(() => {
      throw new Error('linked to the test')
    })
    await assertReceive('never')
  })
  await t.rejects(killed, { name: 'ExitError' })
  t.equal(Process.isAlive(pid as Pid), false)
  t.not(self(), pid)
})
