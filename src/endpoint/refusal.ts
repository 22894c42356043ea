import type { TransportName } from '../channel/joinable.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { emitter } from '../telemetry/telemetry.ts'
import type { TurnedAway } from './handshake.ts'

/** Where a request was turned away. */
export interface RefusalPlace {
  readonly endpoint: string
  /** Of the mount and transport, with its variables. */
  readonly path: string
  readonly transport: TransportName
}

const REFUSED = emitter('beamish.transport.refused')

/** Tells of a request that did not get as far as `connect`: as telemetry, and as a report when an option may be the reason. */
export function tellTurnedAway(runtime: Runtime, place: RefusalPlace, { why, problem, remedy }: TurnedAway): void {
  if (REFUSED.hasHandlers) REFUSED.execute({ count: 1 }, { ...place, why, problem })
  if (remedy === undefined) return
  runtime.report({ type: 'connectionRefused', level: 'warning', ...place, why, problem, remedy })
}
