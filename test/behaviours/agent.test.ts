import t from 'tap'
import {
  Agent,
  type DownMessage,
  type ExitError,
  monitor,
  Process,
  receive,
  self,
  sleep,
  spawnMonitor,
  Task,
  trapExit,
  whereis,
} from '../../src/index.ts'
import { withRuntime } from '../../src/testing/index.ts'

async function failureOf(operation: PromiseLike<unknown>) {
  const error = (await Promise.resolve(operation).catch((thrown: unknown) => thrown)) as ExitError
  const { reason, call } = error.reason as {
    reason: unknown
    call: { module: string; function: string; args: unknown[] }
  }
  return { code: error.code, reason, call: `${call.module}.${call.function}`, args: call.args }
}

t.test('OTP-191 an agent answers, changes and ends, under a name too', (t) =>
  withRuntime(async () => {
    const counter = await Agent.startLink(() => 1, { name: 'counter' })
    t.equal(whereis('counter'), counter)
    t.equal(await Agent.get(counter, (n) => n + 10), 11)
    t.equal(await Agent.update(counter, (n) => n + 1), 'ok')
    t.equal(await Agent.getAndUpdate('counter', (n: number) => [`was ${n}`, n + 1]), 'was 2')
    t.equal(
      Agent.cast(counter, (n) => n * 2),
      'ok',
    )
    t.equal(await Agent.get('counter', (n: number) => n), 6)
    t.equal(await Agent.get(counter, () => self()), counter, 'the function runs inside the agent')
    t.equal(await Agent.stop('counter'), 'ok')
    t.equal(whereis('counter'), undefined)
    t.equal(
      Agent.cast('counter', (n) => n),
      'ok',
      'a cast to nobody says nothing',
    )

    const unlinked = await Agent.start(() => undefined)
    t.notOk(Process.info(self(), 'links')?.includes(unlinked))
    t.equal(await Agent.get(unlinked, (state) => state), undefined)
    await Agent.stop(unlinked)

    trapExit(true)
    const strict = await Agent.startLink(() => 'state')
    const failure = await failureOf(Agent.getAndUpdate(strict, () => 'no pair' as never))
    t.same(failure.reason, { type: 'badReturnValue', value: 'no pair' })
    t.equal(failure.call, 'Agent.getAndUpdate')
    t.match(await receive(), { from: strict, reason: { type: 'badReturnValue', value: 'no pair' } })
  }),
)

t.test('functions may be async, and nobody sees the state in between', (t) =>
  withRuntime(async ({ clock }) => {
    const agent = await Agent.startLink(async () => ['first'])
    const slow = Agent.update(agent, async (list) => {
      await sleep(10)
      return [...list, 'second']
    })
    const read = Agent.get(agent, async (list) => list.length)
    Agent.cast(agent, async (list) => [...list, 'third'])
    const pair = Agent.getAndUpdate(agent, async (list) => [list, []])
    await clock.advance(10)
    t.equal(await slow, 'ok')
    t.equal(await read, 2)
    t.same(await pair, ['first', 'second', 'third'])
    t.same(await Agent.get(agent, (list) => list), [])
  }),
)

t.test('a function that fails ends the agent, and its caller learns why', (t) =>
  withRuntime(async () => {
    const agent = await Agent.start(() => 0)
    const fail = () => {
      throw new Error('not today')
    }
    const failure = await failureOf(Agent.get(agent, fail))
    t.equal(failure.code, 'BEAMISH_EXIT')
    t.equal((failure.reason as { error: Error }).error.message, 'not today')
    t.equal(failure.call, 'Agent.get')
    t.same(failure.args, [agent, fail, 5000])
    t.notOk(Process.isAlive(agent))
    t.same(await failureOf(Agent.update(agent, (n) => n)).then(({ code, call }) => [code, call]), [
      'BEAMISH_NOPROC',
      'Agent.update',
    ])
  }),
)

t.test('an agent that cannot be started says why', (t) =>
  withRuntime(async () => {
    const refused = await Agent.tryStart(() => {
      throw new Error('no state')
    })
    t.match(refused, { type: 'refused', reason: { type: 'error', error: { message: 'no state' } } })
    const first = await Agent.start(() => 0, { name: 'only one' })
    t.same(await Agent.tryStartLink(() => 0, { name: 'only one' }), { type: 'alreadyStarted', pid: first })
    t.throws(() => Agent.startLink(0 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Agent.update(first, 5 as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Agent.cast(first, undefined as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => Agent.get(first, (n) => n, -1), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('a caller that gave up gets no late answer, and others wait in turn', (t) =>
  withRuntime(async ({ clock, runtime }) => {
    const agent = await Agent.start(() => 0)
    const slow = failureOf(Agent.get(agent, () => sleep(100), 20))
    await clock.advance(20)
    t.same(await slow.then(({ code, call }) => [code, call]), ['BEAMISH_TIMEOUT', 'Agent.get'])
    await clock.advance(100)
    t.same(Process.info(self(), 'messages'), [])
    t.same(Process.info(agent, 'monitoredBy'), [])
    t.equal(runtime.timers.size, 0)
    t.equal(await Agent.update(agent, (n) => n + 1), 'ok')
  }),
)

t.test('LS-11 all who wait for the end of one agent are told', (t) =>
  withRuntime(async ({ clock }) => {
    const agent = await Agent.start(() => 0)
    Agent.cast(agent, (n) => sleep(10).then(() => n)) // busy: all of them wait at the same time
    const other = spawnMonitor(async () => Agent.stop(agent))
    const stops = [Agent.stop(agent), Agent.stop(agent), Task.await(Task.async(() => Agent.stop(agent)))]
    monitor(agent)
    await clock.advance(10)
    t.same(await Promise.all(stops), ['ok', 'ok', 'ok'])
    t.equal((await receive<DownMessage>((message) => message.object === agent)).reason, 'normal')
    t.equal((await receive<DownMessage>((message) => message.ref === other.ref)).reason, 'normal')
    t.same(Process.info(self(), 'messages'), [])
  }),
)
