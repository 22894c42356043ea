import type { Test } from 'tap'
import { type TestWorld, withRuntime } from '../../src/testing/with-runtime.ts'
import { RawClient } from './raw-client.ts'

/** A way for a client to talk to an endpoint. What holds on one holds on all of them. */
export interface Wire {
  readonly name: string
  /** Connects a client to the socket at `/socket`. */
  open(port: number): Promise<RawClient>
}

const overWebSocket = (vsn: string) => (port: number) => RawClient.open(port, `/socket/websocket?vsn=${vsn}`)

export const WIRES: readonly Wire[] = [
  { name: 'V2 JSON over a WebSocket', open: overWebSocket('2.0.0') },
  { name: 'MessagePack over a WebSocket', open: overWebSocket('2.0.0-msgpack') },
]

/** Runs the body of a test once for each wire, each time in a world of its own. */
export async function onEveryWire(
  t: Test,
  body: (t: Test, wire: Wire, world: TestWorld) => Promise<void>,
): Promise<void> {
  for (const wire of WIRES) await t.test(wire.name, (t) => withRuntime((world) => body(t, wire, world)))
}
