import type { SpanName, SpanStartMetadata } from '../telemetry/events.ts'
import { beginSpan, type OpenSpan } from '../telemetry/span.ts'
import type { Pass } from './pass.ts'

/**
 * A pass whose work is a span of telemetry: as `span`, for work that waits. While nobody listens it is the pass itself.
 * @param metadata - only asked for when somebody listens.
 */
export function observed<Name extends SpanName, Result>(
  name: Name,
  metadata: () => SpanStartMetadata<Name>,
  pass: Pass<Result>,
): Pass<Result> {
  const open = beginSpan(name, metadata)
  return open === undefined ? pass : within(open, pass)
}

function* within<Result>(open: OpenSpan, pass: Pass<Result>): Pass<Result> {
  try {
    const result = yield* pass
    open.stop()
    return result
  } catch (error) {
    open.exception(error)
    throw error
  }
}
