import type { LogRule } from '../reports/logger.ts'
import type { LiveViewSocket } from './view-socket.ts'

/** What telemetry says of a view, whatever it is about. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the view assigns
export function viewFacts({ view, connected }: LiveViewSocket<any>): {
  readonly view: string
  readonly connected: boolean
  readonly log: LogRule
} {
  return { view: view.moduleName, connected, log: view.prepared.log }
}
