import { LongPoll } from 'phoenix'
import { msgpack } from '../../../src/client/msgpack.ts'
import { type Outcome, perform, SCENARIOS, type Way } from '../scenarios.ts'

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
  return await Promise.all(
    scenarios.map(async (scenario, index) => {
      try {
        await perform(scenario, { ...world, run: `${run}-${index}` })
        return { name: scenario.name, failure: undefined }
      } catch (error) {
        return { name: scenario.name, failure: String(error) }
      }
    }),
  )
}

Object.assign(globalThis, { performAll })
