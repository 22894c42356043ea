import type { Test } from 'tap'
import { type ExitReason, shutdown } from '../../src/core/reason.ts'
import { settle } from '../../src/testing/index.ts'
import { type TestWorld, withRuntime } from '../../src/testing/with-runtime.ts'
import { RawClient } from './raw-client.ts'

/** A way for a client to talk to an endpoint. What holds on one holds on all of them. */
export interface Wire {
  readonly name: string
  /** Connects a client to the socket at `/socket`. */
  open(port: number): Promise<RawClient>
  /** A client goes without a word; returns when the server knows. */
  leave(client: RawClient, world: TestWorld): Promise<void>
  /** What the socket process ends with when its client went. */
  readonly endReason: ExitReason
}

const overWebSocket = (vsn: string): Pick<Wire, 'open' | 'leave' | 'endReason'> => ({
  open: (port) => RawClient.open(port, `/socket/websocket?vsn=${vsn}`),
  leave: async (client, world) => {
    const before = world.runtime.size
    client.close()
    while (world.runtime.size >= before) await settle()
    await settle()
  },
  endReason: 'normal',
})

/** Less than a client that still polls is away between two polls. */
const STEP_MS = 2000

const overLongPoll: Pick<Wire, 'open' | 'leave' | 'endReason'> = {
  open: (port) => RawClient.poll(port),
  // Its session is missed when its patience is over.
  leave: async (client, { clock, runtime }) => {
    const before = runtime.size
    client.close()
    while (runtime.size >= before) await clock.advance(STEP_MS)
    await settle()
  },
  endReason: shutdown('inactive'),
}

export const WEB_SOCKETS: readonly Wire[] = [
  { name: 'V2 JSON over a WebSocket', ...overWebSocket('2.0.0') },
  { name: 'MessagePack over a WebSocket', ...overWebSocket('2.0.0-msgpack') },
]
export const WIRES: readonly Wire[] = [...WEB_SOCKETS, { name: 'V2 JSON over long poll', ...overLongPoll }]

/** Runs the body of a test once for each wire, each time in a world of its own. */
export async function onEveryWire(
  t: Test,
  body: (t: Test, wire: Wire, world: TestWorld) => Promise<void>,
  wires: readonly Wire[] = WIRES,
): Promise<void> {
  for (const wire of wires) await t.test(wire.name, (t) => withRuntime((world) => body(t, wire, world)))
}
