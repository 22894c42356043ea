import { Supervisor } from '../../supervisors/supervisor.ts'
import { InitResult } from '../behaviours/result.ts'
import { show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { badReturnValue, callFailed, ExitError, type ExitReason, reasonOfThrown } from '../core/reason.ts'
import { currentProcess } from '../runtime/current.ts'
import { isExit } from '../runtime/messages.ts'
import { receive } from '../runtime/receive.ts'
import { exit, link, send, trapExit } from '../runtime/signals.ts'
import type { ApplicationModule, Environment, StartType } from './definition.ts'

/** What an application master is told to do. */
export interface MasterJob {
  readonly module: ApplicationModule
  readonly type: StartType
  readonly env: Environment
  /** The application controller. */
  readonly controller: Pid
}

/** From the controller: stop in order. */
export class StopOrder {
  readonly type = 'stopApplication'
}

/** To the controller: the tree is up. */
export class TreeStarted {
  readonly type = 'applicationStarted'
  readonly master: Pid
  readonly top: Pid

  constructor(master: Pid, top: Pid) {
    this.master = master
    this.top = top
  }
}

/**
 * The body of an application master: starts the tree, is the parent of its top process and the group leader of all that
 * comes of it, and stops it.
 *
 * It ends `'normal'` when it was told to stop and has, and with the reason of the top process when that ends by itself.
 * Semantics: OTP `application_master`. Differs: `start` runs here and not in a helper; the master has no input and output
 * to serve meanwhile.
 */
export async function applicationMaster(job: MasterJob): Promise<void> {
  trapExit(true)
  const { pid: top, state } = await startTree(job)
  send(job.controller, new TreeStarted(currentProcess().pid, top))
  for (;;) {
    const message = await receive()
    if (isExit(message, top)) {
      await lastWords(job, 'stop', state)
      throw new ExitError(message.reason)
    }
    if (isExit(message, job.controller)) throw new ExitError(message.reason)
    if (message instanceof StopOrder) {
      await stopTree(job, top, state)
      return
    }
  }
}

// ── Start ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Tree {
  readonly pid: Pid
  readonly state: unknown
}

/** @throws {ExitError} with the reason and the callback that failed. */
async function startTree(job: MasterJob): Promise<Tree> {
  const { module, type, env } = job
  const tree = await attempt(job, 'start', [type, env], async () => readStart(await callStart(job)))
  link(tree.pid) // a `start` that forgot; twice is once
  const phases = Object.entries(module.callbacks.startPhases ?? {})
  for (const [phase, argument] of phases) {
    await attempt(job, 'startPhase', [phase, type, argument], () =>
      module.callbacks.startPhase?.(phase, type, argument),
    )
  }
  return tree
}

async function attempt<T>(
  job: MasterJob,
  name: string,
  args: readonly unknown[],
  work: () => T | PromiseLike<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw new ExitError(callFailed(reasonOfThrown(thrown), { module: job.module.name, function: name, args }))
  }
}

async function callStart({ module, type, env }: MasterJob): Promise<unknown> {
  const { start, children, strategy = 'oneForOne', maxRestarts = 3, maxSeconds = 5 } = module.callbacks
  if (start !== undefined) return start(type, env)
  const name = module.isNamed ? `${module.name}.supervisor` : undefined
  const list = (await children?.(env)) ?? []
  return Supervisor.tryStartLink(list, { strategy, maxRestarts, maxSeconds, name })
}

/** What `start` returned, as a tree. @throws {ExitError} when it is none. */
function readStart(returned: unknown): Tree {
  if (isPid(returned)) return { pid: returned, state: undefined }
  if (returned instanceof InitResult && returned.kind === 'refuse') throw new ExitError(returned.reason)
  const { type, pid, state, reason } = (returned ?? {}) as {
    type?: unknown
    pid?: unknown
    state?: unknown
    reason?: unknown
  }
  if (type === 'refused') throw new ExitError(reason)
  if (type === 'alreadyStarted') throw new ExitError({ type, pid })
  if (isPid(pid)) return { pid, state }
  const explanation = `start must return a pid, { pid, state } or refuse(reason), got ${show(returned)}.`
  throw new ExitError(Object.assign(badReturnValue(returned), { explanation }))
}

// ── Stop ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function stopTree(job: MasterJob, top: Pid, state: unknown): Promise<void> {
  const prepared = await lastWords(job, 'prepStop', state)
  exit(top, 'shutdown')
  await receive((message) => isExit(message, top))
  await lastWords(job, 'stop', prepared ?? state)
}

/** A callback of the stop. What fails in it is reported, and the stop goes on. */
async function lastWords(job: MasterJob, name: 'prepStop' | 'stop', state: unknown): Promise<unknown> {
  try {
    return await job.module.callbacks[name]?.(state)
  } catch (thrown) {
    reportFailure(job, callFailed(reasonOfThrown(thrown), { module: job.module.name, function: name, args: [state] }))
    return undefined
  }
}

function reportFailure({ module, type }: MasterJob, reason: ExitReason): void {
  const { runtime } = currentProcess()
  const event = 'callbackFailed'
  runtime.report({ type: 'application', level: 'error', application: module.name, event, startType: type, reason })
}
