import t from 'tap'
import {
  eventTimeout,
  type MachineActions,
  nextEvent,
  popCallbackModule,
  postpone,
  replyTo,
  stateTimeout,
} from '../../src/behaviours/machine-actions.ts'
import { BadAction, Engine, Step } from '../../src/behaviours/machine-engine.ts'
import type { CastEvent, QueuedEvent } from '../../src/behaviours/machine-events.ts'

const cast = (content: unknown): CastEvent => ({ type: 'cast', content })
const noEffects = { reply: () => {}, switchModule: () => false }

function newEngine() {
  let alarms = 0
  return new Engine<number>({ start: () => ++alarms, cancel: () => {} })
}

function finish(
  engine: Engine<number>,
  event: QueuedEvent | undefined,
  actions: MachineActions,
  stateChanged: boolean,
) {
  const step = new Step()
  const bad = engine.collect(step, actions, false, noEffects)
  engine.finish(step, event, stateChanged)
  return bad
}

function drain(engine: Engine<number>): unknown[] {
  const contents: unknown[] = []
  for (let event = engine.next(); event !== undefined; event = engine.next()) contents.push(event.content)
  return contents
}

t.test('inserted events come first, then retried ones, then the queue', async (t) => {
  const engine = newEngine()
  finish(engine, undefined, [nextEvent('cast', 'q1'), nextEvent('cast', 'q2')], false)
  finish(engine, cast('p1'), postpone(), false)
  finish(engine, cast('p2'), postpone(), false)
  finish(engine, cast('x'), [nextEvent('internal', 'n1'), nextEvent('internal', 'n2')], true)
  t.same(drain(engine), ['n1', 'n2', 'p1', 'p2', 'q1', 'q2'])
})

t.test(
  'an event postponed in the transition that changes the state is retried at once, after older ones',
  async (t) => {
    const engine = newEngine()
    finish(engine, cast('older'), postpone(), false)
    finish(engine, cast('now'), postpone(), true)
    t.same(drain(engine), ['older', 'now'])
  },
)

t.test('postpone(false) undoes postpone', async (t) => {
  const engine = newEngine()
  finish(engine, cast('x'), [postpone(), postpone(false)], false)
  t.same(engine.events.postponed, [])
})

t.test('inserted events that insert are handled depth first', async (t) => {
  const engine = newEngine()
  finish(engine, undefined, [nextEvent('internal', 'a'), nextEvent('internal', 'b')], false)
  const first = engine.next() as QueuedEvent
  finish(engine, first, nextEvent('internal', 'a1'), false)
  t.same(drain(engine), ['a1', 'b'])
})

t.test('a change of state ends the state timeout, and the new one belongs to the new state', async (t) => {
  const engine = newEngine()
  finish(engine, undefined, stateTimeout(0, 'old'), false)
  finish(engine, cast('change'), stateTimeout(0, 'new'), true)
  t.same(drain(engine), ['new'])
})

t.test('any event ends the event timeout', async (t) => {
  const engine = newEngine()
  finish(engine, undefined, [eventTimeout(0, 'idle'), nextEvent('internal', 'n')], false)
  t.same(drain(engine), ['n'])
  finish(engine, undefined, eventTimeout(0, 'idle'), false)
  t.same(drain(engine), ['idle'])
})

t.test('effects happen while the actions are collected, up to the first bad one', async (t) => {
  const engine = newEngine()
  const replied: unknown[] = []
  const effects = { reply: ({ value }: { value: unknown }) => replied.push(value), switchModule: () => false }
  const from = {} as never // only handed on
  const junk = { action: 'no such thing' } as never
  const bad = engine.collect(new Step(), [replyTo(from, 1), junk, replyTo(from, 2)], false, effects)
  t.same(replied, [1])
  t.same(bad, new BadAction(junk))
  t.match(engine.collect(new Step(), popCallbackModule(), false, effects), BadAction)
  t.match(engine.collect(new Step(), -1, false, effects), BadAction)
})

t.test('an enter call may reply and set timeouts, no more', async (t) => {
  const engine = newEngine()
  t.equal(engine.collect(new Step(), [eventTimeout(5), stateTimeout.cancel(), 7], true, noEffects), undefined)
  for (const forbidden of [postpone(), nextEvent('internal'), popCallbackModule()]) {
    t.match(engine.collect(new Step(), forbidden, true, noEffects), BadAction)
  }
})

t.test('nextEvent refuses a type that does not exist', async (t) => {
  t.throws(() => nextEvent('enter' as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => eventTimeout(-1), { code: 'BEAMISH_BAD_ARGUMENT' })
})
