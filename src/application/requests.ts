import type { CallSite } from '../behaviours/call.ts'
import type { ApplicationModule, StartType } from './definition.ts'

/** What `start` is asked for. */
export interface StartRequest {
  readonly module: ApplicationModule
  readonly type: StartType
}

/** What `ensureAllStarted` is asked for. */
export interface StartAllRequest {
  readonly modules: readonly ApplicationModule[]
  readonly type: StartType
}

/** The site of the calls to the controller, by the function that the user called. */
export function siteOf(name: string): CallSite {
  return { module: 'Application', function: name, defaultTimeoutMs: 'infinity' }
}
