import { whatStarts } from '../src/behaviours/start.ts'
import type { Pid } from '../src/core/pid.ts'
import type { Offender } from '../src/reports/report.ts'
import { type CheckedSpec, showId } from './child-spec.ts'

/** A child of a supervisor, running or not. */
export class SupervisedChild {
  spec: CheckedSpec
  /** `'restarting'` from a restart that failed until it is tried again; `undefined` when it does not run. */
  pid: Pid | 'restarting' | undefined = undefined
  /** The pid that it had before it began to be restarted. */
  lastPid: Pid | undefined = undefined
  /** The attempt to restart it that is on its way. An older one finds another here, and does nothing. */
  retry: Retry | undefined = undefined

  constructor(spec: CheckedSpec) {
    this.spec = spec
  }

  get isRunning(): boolean {
    return this.pid !== undefined && this.pid !== 'restarting'
  }

  /** The child as reports show it. */
  describe(pid: Offender['pid'] = this.pid): Offender {
    const { id, start, restart, significant, shutdown, type } = this.spec
    return {
      pid,
      id,
      start: whatStarts(start) ?? (start.name || showId(id)),
      restart,
      significant,
      shutdown,
      childType: type,
    }
  }
}

/** What a supervisor sends to itself when a restart failed, so that other messages get in between. */
export class Retry {
  readonly child: SupervisedChild

  constructor(child: SupervisedChild) {
    this.child = child
  }
}
