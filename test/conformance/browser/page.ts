import { LongPoll } from 'phoenix'
import { msgpack } from '../../../src/client/msgpack.ts'
import { type Outcome, perform, SCENARIOS, type Scenario, type Way, type World } from '../scenarios.ts'

// The page of test/conformance/chromium.test.ts: performs the scenarios in the browser that it is opened in.

async function performAll({ transport, serializer }: Way, run: string): Promise<Outcome[]> {
  const world = {
    url: `ws://${location.host}`,
    carriesBytes: transport === 'websocket',
    options: {
      ...(transport === 'longpoll' ? { transport: LongPoll as never } : {}), // the typings lack what a transport is made with
      ...(serializer === 'msgpack' ? (msgpack as object) : {}),
    },
  }
  const scenarios = SCENARIOS.filter(({ needsBytes }) => world.carriesBytes || !needsBytes)
  const waiting = [...scenarios.entries()]
  const outcomes: Outcome[] = []
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, scenario] = next
      outcomes.push(await outcomeOf(scenario, { ...world, run: `${run}-${index}` }))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE[transport] }, work))
  return outcomes
}

/**
 * How many scenarios are performed at once. A browser has six connections for each host, and a held poll takes one: a scenario
 * has up to two, and what it pushes needs another.
 */
const AT_ONCE = { websocket: SCENARIOS.length, longpoll: 2 } as const

async function outcomeOf(scenario: Scenario, world: Omit<World, 'sockets'>): Promise<Outcome> {
  try {
    await perform(scenario, world)
    return { name: scenario.name, failure: undefined }
  } catch (error) {
    return { name: scenario.name, failure: String(error) }
  }
}

Object.assign(globalThis, { performAll })
