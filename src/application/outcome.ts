import type { ExitReason } from '../core/reason.ts'
import type { StartType } from './definition.ts'

/** What became of `Application.start`. */
export type ApplicationStartOutcome =
  | { readonly type: 'started' }
  | { readonly type: 'alreadyStarted' }
  /** An application that it needs is not running. */
  | { readonly type: 'notStarted'; readonly application: string }
  /** Its start failed, or the runtime is stopping (`reason` is `'shutdown'`). */
  | { readonly type: 'refused'; readonly reason: ExitReason }

/** What became of `Application.ensureStarted`. */
export type EnsureStartedOutcome = Exclude<ApplicationStartOutcome, { type: 'alreadyStarted' }>

/** What became of `Application.ensureAllStarted`. */
export type EnsureAllStartedOutcome =
  /** `applications`: the names of those that were started now, in order. */
  | { readonly type: 'started'; readonly applications: readonly string[] }
  /** `application` did not start; those that were started for it have been stopped again. */
  | { readonly type: 'refused'; readonly application: string; readonly reason: ExitReason }

/** What became of `Application.stop`. */
export type ApplicationStopOutcome =
  | { readonly type: 'stopped' }
  /** It did not stop in its `stopTimeoutMs`, or was killed meanwhile. */
  | { readonly type: 'killed' }
  | { readonly type: 'notStarted' }

/** An application that runs or is loaded. */
export interface ApplicationInfo {
  readonly name: string
  readonly description: string | undefined
  readonly version: string | undefined
}

/** An application that runs. */
export interface RunningApplication extends ApplicationInfo {
  readonly type: StartType
}
