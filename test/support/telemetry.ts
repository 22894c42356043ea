import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Test } from 'tap'
import type { EventName, MeasurementsOf, MetadataOf, SpanName } from '../../src/telemetry/events.ts'

/** One telemetry event, as it was told. */
export interface Heard<E extends EventName> {
  readonly measurements: MeasurementsOf<E>
  readonly metadata: MetadataOf<E>
}

/** What a telemetry event says until the test ends, oldest first. */
export function heard<E extends EventName>(t: Test, event: E): Heard<E>[] {
  const found: Heard<E>[] = []
  const listen = (told: unknown) => found.push(told as Heard<E>) // what its emitter publishes
  subscribe(event, listen)
  t.teardown(() => unsubscribe(event, listen))
  return found
}

/** One event of a span, as it was told. */
export interface HeardOfSpan {
  readonly event: 'start' | 'stop' | 'exception'
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What the three events of a span say until the test ends, oldest first. */
export function heardSpan(t: Test, span: SpanName): HeardOfSpan[] {
  const found: HeardOfSpan[] = []
  for (const event of ['start', 'stop', 'exception'] as const) {
    const listen = (told: unknown) => found.push({ event, metadata: (told as HeardOfSpan).metadata })
    subscribe(`${span}.${event}`, listen)
    t.teardown(() => unsubscribe(`${span}.${event}`, listen))
  }
  return found
}
