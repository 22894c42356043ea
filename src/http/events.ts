import type { ThrownKind } from '../telemetry/events.ts'
import type { Conn } from './conn.ts'

declare module '../telemetry/events.ts' {
  interface Spans {
    /** A route answers a request: from before its pipelines until there is a response. */
    'beamish.router.dispatch': { metadata: RouterDispatchMetadata; stop: { status: number } }
  }
  interface Events {
    /** An error page was made, for an error, or for a request that no route answers. */
    'beamish.router.errorRendered': { measurements: DurationMeasurements; metadata: ErrorRenderedMetadata }
  }
}

/** Which request, and the path of its route as it was written. */
export interface RouterDispatchMetadata {
  readonly request: Request
  readonly conn: Conn
  readonly route: string
}

/** Which request got which status; `reason` is what was thrown, if anything was. */
export interface ErrorRenderedMetadata {
  readonly request: Request
  readonly status: number
  readonly kind?: ThrownKind
  readonly reason?: unknown
  readonly stacktrace?: string | undefined
}
