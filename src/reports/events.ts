import type { CountMeasurements } from '../telemetry/events.ts'
import { type Emitter, emitter } from '../telemetry/telemetry.ts'
import type { Report } from './report.ts'

/** `beamish.report.<type>` for each type of report: `count` is 1, and the report is the metadata. */
type ReportEvents = {
  [R in Report as `beamish.report.${R['type']}`]: { measurements: MeasurementsOf<R>; metadata: R }
}

/** What a report measures: `durationMs` of a long run, `dropped` messages of an overflow. */
type MeasurementsOf<R> = CountMeasurements & Pick<R, keyof R & ('durationMs' | 'dropped')>

declare module '../telemetry/events.ts' {
  interface Events extends ReportEvents {}
}

type ReportEmitter = Emitter<keyof ReportEvents>

interface AnyEmitter {
  execute(measurements: object, metadata: object): void
}

/** A map and not built at each report: while nobody listens, a report costs one look-up. */
const emitters = new Map<Report['type'], ReportEmitter>()

/** Emits a report as a telemetry event. */
export function emitReport(report: Report): void {
  const found = emitters.get(report.type) ?? addEmitter(report.type)
  if (!found.hasHandlers) return
  const { durationMs, dropped } = report as { durationMs?: number; dropped?: number }
  const measurements = {
    count: 1,
    ...(durationMs !== undefined && { durationMs }),
    ...(dropped !== undefined && { dropped }),
  }
  // Sound: the emitter was made for this report's type, and the measurements are what it has of them.
  ;(found as Emitter<never> as AnyEmitter).execute(measurements, report)
}

function addEmitter(type: Report['type']): ReportEmitter {
  const made = emitter(`beamish.report.${type}`) as ReportEmitter // sound: one of the names in the union
  emitters.set(type, made)
  return made
}
