import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'

/**
 * The table of events: name → what is measured and what it was about.
 *
 * A name is words joined by dots, the same string as the name of its `node:diagnostics_channel` channel. Measurements
 * are numbers with the unit in their name; metadata is everything else. Rooms and apps add their events here:
 *
 * ```ts
 * import { execute } from 'beamish/telemetry'
 *
 * declare module 'beamish/telemetry' { // inside the library: '../telemetry/events.ts'
 *   interface Events {
 *     'shop.order.placed': { measurements: { totalCents: number }; metadata: { orderId: string } }
 *   }
 * }
 * execute('shop.order.placed', { totalCents: 1999 }, { orderId: 'o-1' })
 * ```
 */
export interface Events {
  /**
   * A handler was detached because it failed.
   * Semantics: Erlang `[telemetry, handler, failure]`.
   */
  'telemetry.handler.failure': { measurements: HandlerFailureMeasurements; metadata: HandlerFailureMetadata }

  /** A process was started; it has run nothing yet, and has no name. Hot: emitted only while somebody listens. */
  'beamish.process.spawn': { measurements: CountMeasurements; metadata: ProcessMetadata }
  /** A process ended, with whatever reason. Hot: emitted only while somebody listens. */
  'beamish.process.exit': { measurements: ProcessExitMeasurements; metadata: ProcessExitMetadata }
}

/**
 * The table of spans: name → what the work was about.
 * `metadata` is known at the start; `stop`, when there, is what the work may add. Each name `x` stands for the three
 * events `x.start`, `x.stop` and `x.exception`. Added to like {@link Events}.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the rooms that have spans
export interface Spans {}

/** Measurements of an event that just happened: `count` is how many times, nearly always 1. */
export interface CountMeasurements {
  readonly count: number
}

/** Measurements of something that took a while: milliseconds, with fractions, of the monotonic clock. */
export interface DurationMeasurements {
  readonly durationMs: number
}

/** Times of a failure: `monotonicTimeMs` as of `performance.now()`, `systemTimeMs` since 1970. */
export interface HandlerFailureMeasurements {
  readonly monotonicTimeMs: number
  readonly systemTimeMs: number
}

/** Which handler failed, on which event, and what it threw. */
export interface HandlerFailureMetadata {
  readonly handlerId: string
  readonly event: string
  /** `'error'` when an `Error` was thrown, `'throw'` for any other value. */
  readonly kind: ThrownKind
  /** What was thrown, or what the promise of an async handler was rejected with. */
  readonly reason: unknown
  readonly stacktrace: string | undefined
}

/** How something was thrown: `'error'` for an `Error`, `'throw'` for any other value. Semantics: Erlang's class. */
export type ThrownKind = 'error' | 'throw'

/** Which process: `name` is its registered name, `label` what it calls itself, each absent when there is none. */
export interface ProcessMetadata {
  readonly pid: Pid
  readonly name?: string | undefined
  readonly label?: unknown
}

/** `lifetimeMs`: milliseconds of the runtime's clock, from spawn to exit; absent when nobody listened at its spawn. */
export interface ProcessExitMeasurements extends CountMeasurements {
  readonly lifetimeMs?: number
}

/** The process that ended, and why. */
export interface ProcessExitMetadata extends ProcessMetadata {
  readonly reason: ExitReason
}

/** Measurements when a span starts: `monotonicTimeMs` as of `performance.now()`, `systemTimeMs` since 1970. */
export interface SpanStartMeasurements {
  readonly monotonicTimeMs: number
  readonly systemTimeMs: number
}

/** Measurements when a span ends. */
export interface SpanStopMeasurements extends DurationMeasurements {
  readonly monotonicTimeMs: number
}

/** Joins the events of one span. Semantics: Erlang's `telemetry_span_context`. */
export interface SpanMetadata {
  /** Counts up; unique within this thread. */
  readonly spanId: number
}

/** What a span's exception event adds to its metadata. */
export interface SpanExceptionMetadata {
  readonly kind: ThrownKind
  readonly reason: unknown
  readonly stacktrace: string | undefined
}

/** The name of a span. */
export type SpanName = keyof Spans & string

/** What `span` is given at the start. */
export type SpanStartMetadata<S extends SpanName> = Spans[S] extends { metadata: infer M extends object } ? M : object

/** What the body of a span may add to its stop event. */
export type SpanStopMetadata<S extends SpanName> = Spans[S] extends { stop: infer M extends object }
  ? Partial<M>
  : object

type SpanEvents = {
  [S in SpanName as `${S}.start`]: {
    measurements: SpanStartMeasurements
    metadata: SpanStartMetadata<S> & SpanMetadata
  }
} & {
  [S in SpanName as `${S}.stop`]: {
    measurements: SpanStopMeasurements
    metadata: SpanStartMetadata<S> & SpanStopMetadata<S> & SpanMetadata
  }
} & {
  [S in SpanName as `${S}.exception`]: {
    measurements: SpanStopMeasurements
    metadata: SpanStartMetadata<S> & SpanExceptionMetadata & SpanMetadata
  }
}

type AllEvents = Events & SpanEvents

/** The name of an event: of {@link Events}, or `x.start`, `x.stop`, `x.exception` of a span `x` of {@link Spans}. */
export type EventName = keyof AllEvents & string

/** What an event measures. */
export type MeasurementsOf<E extends EventName> = AllEvents[E] extends { measurements: infer M } ? M : never

/** What an event was about. */
export type MetadataOf<E extends EventName> = AllEvents[E] extends { metadata: infer M } ? M : never
