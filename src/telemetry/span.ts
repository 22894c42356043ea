import { systemClock } from '../core/clock.ts'
import type { SpanName, SpanStartMetadata, SpanStopMetadata } from './events.ts'
import { describeThrown, type Emitter, emitter } from './telemetry.ts'

/** What the body of a span can tell about itself while it runs. */
export interface Span<S extends SpanName> {
  /** Adds to the metadata of the stop event. */
  addMetadata(metadata: SpanStopMetadata<S>): void
  /** Adds to the measurements of the stop event; each name says its unit. */
  addMeasurements(measurements: Readonly<Record<string, number>>): void
}

interface SpanEmitters {
  readonly start: AnyEmitter
  readonly stop: AnyEmitter
  readonly exception: AnyEmitter
}

interface AnyEmitter {
  readonly hasHandlers: boolean
  execute(measurements: object, metadata: object): void
}

const emittersBySpan = new Map<string, SpanEmitters>()
let lastSpanId = 0

/**
 * Runs `body` and emits when it starts and how it ends.
 *
 * - `<name>.start`: `monotonicTimeMs`, `systemTimeMs`; metadata as given.
 * - `<name>.stop` when it returns or its promise is fulfilled: `durationMs`, `monotonicTimeMs` and what it added;
 *   metadata as given and what it added.
 * - `<name>.exception` when it throws or its promise is rejected: `durationMs`, `monotonicTimeMs`; metadata as given,
 *   and `kind`, `reason`, `stacktrace`. The error goes on to the caller, unchanged.
 *
 * All three carry one `spanId`. Times are milliseconds with fractions of the machine's monotonic clock, also under a
 * virtual one: a span says what the work cost. While nobody listens when it starts, `body` runs and nothing else happens.
 * @returns what `body` returned; a promise for an async body.
 * Semantics: Erlang `telemetry:span/3`. Differs: the start metadata is part of the stop event without being repeated.
 */
export function span<S extends SpanName, T>(name: S, metadata: SpanStartMetadata<S>, body: (span: Span<S>) => T): T {
  const events = emittersOf(name)
  if (!events.start.hasHandlers && !events.stop.hasHandlers && !events.exception.hasHandlers) return body(unobserved)
  const run = new SpanRun<S>(events, metadata)
  try {
    const result = body(run)
    if (result instanceof Promise) return run.follow(result) as T // sound: the same value, one step later
    run.stop()
    return result
  } catch (error) {
    run.exception(error)
    throw error
  }
}

/** A span that has begun: one of the two ends it. */
export interface OpenSpan {
  stop(): void
  exception(error: unknown): void
}

/**
 * Begins a span whose work is no function that can be given: as {@link span}, and whoever does the work says how it ended.
 * @param metadata - only asked for when somebody listens.
 * @returns `undefined` while nobody listens.
 */
export function beginSpan<S extends SpanName>(name: S, metadata: () => SpanStartMetadata<S>): OpenSpan | undefined {
  const events = emittersOf(name)
  const isHeard = events.start.hasHandlers || events.stop.hasHandlers || events.exception.hasHandlers
  return isHeard ? new SpanRun<S>(events, metadata()) : undefined
}

const unobserved: Span<SpanName> = { addMetadata: () => {}, addMeasurements: () => {} }

class SpanRun<S extends SpanName> implements Span<S> {
  readonly #events: SpanEmitters
  readonly #metadata: object
  readonly #startedMs = systemClock.now()
  #added: object = {}
  #measured: object = {}

  constructor(events: SpanEmitters, metadata: object) {
    lastSpanId += 1
    this.#events = events
    this.#metadata = { ...metadata, spanId: lastSpanId }
    events.start.execute({ monotonicTimeMs: this.#startedMs, systemTimeMs: Date.now() }, this.#metadata)
  }

  addMetadata(metadata: SpanStopMetadata<S>): void {
    this.#added = { ...this.#added, ...metadata }
  }

  addMeasurements(measurements: Readonly<Record<string, number>>): void {
    this.#measured = { ...this.#measured, ...measurements }
  }

  async follow<T>(result: Promise<T>): Promise<T> {
    try {
      const value = await result
      this.stop()
      return value
    } catch (error) {
      this.exception(error)
      throw error
    }
  }

  stop(): void {
    this.#events.stop.execute({ ...this.#measured, ...this.#times() }, { ...this.#metadata, ...this.#added })
  }

  exception(error: unknown): void {
    this.#events.exception.execute(this.#times(), { ...this.#metadata, ...describeThrown(error) })
  }

  #times(): { durationMs: number; monotonicTimeMs: number } {
    const monotonicTimeMs = systemClock.now()
    return { durationMs: monotonicTimeMs - this.#startedMs, monotonicTimeMs }
  }
}

function emittersOf(name: string): SpanEmitters {
  const known = emittersBySpan.get(name)
  if (known !== undefined) return known
  const made = { start: part(name, 'start'), stop: part(name, 'stop'), exception: part(name, 'exception') }
  emittersBySpan.set(name, made)
  return made
}

// The one seam between the table of spans and that of events: `SpanRun` builds what `SpanEvents` promises for each part.
function part(name: string, end: string): AnyEmitter {
  return emitter(`${name}.${end}` as Parameters<typeof emitter>[0]) as Emitter<never> as AnyEmitter
}
