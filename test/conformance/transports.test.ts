import { LongPoll, type SocketConnectOption } from 'phoenix'
import t from 'tap'
import WebSocket from 'ws'
import { msgpack } from '../../src/client/msgpack.ts'
import { systemClock } from '../../src/core/clock.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { ADAPTERS } from '../support/adapters.ts'
import { FixtureEndpoint, fixtureChildren } from '../support/fixture-app/tree.ts'
import { perform, SCENARIOS } from './scenarios.ts'

// Every scenario, by the official client in Node, over both transports and both serializers, on both servers.

/** `ws` has the interface of a browser's WebSocket, as far as the client uses it. */
const TRANSPORTS = { websocket: WebSocket, longpoll: LongPoll } as unknown as Readonly<
  Record<'websocket' | 'longpoll', SocketConnectOption['transport']>
>

for (const adapter of ADAPTERS) {
  for (const transport of ['websocket', 'longpoll'] as const) {
    for (const serializer of ['json', 'msgpack'] as const) {
      t.test(
        `${transport} and ${serializer} on ${adapter}`,
        { jobs: SCENARIOS.length },
        (t) =>
          withRuntime(
            async () => {
              await Supervisor.start(fixtureChildren({ port: 0, adapter }), { strategy: 'oneForOne' })
              const { port } = await FixtureEndpoint.serverInfo()
              const options = {
                transport: TRANSPORTS[transport],
                ...(serializer === 'msgpack' ? (msgpack as object) : {}),
              }
              const carriesBytes = transport === 'websocket'
              const world = { url: `ws://127.0.0.1:${port}`, carriesBytes, options }
              const possible = SCENARIOS.filter(({ needsBytes }) => carriesBytes || !needsBytes)
              await Promise.all(
                possible.map((scenario, index) =>
                  t.test(scenario.name, () =>
                    perform(scenario, { ...world, run: `${adapter}-${transport}-${serializer}-${index}` }),
                  ),
                ),
              )
            },
            { clock: systemClock },
          ), // the fixture application sleeps, and so must the clock not
      )
    }
  }
}
