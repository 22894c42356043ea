import type { Request } from '../src/behaviours/call.ts'
import type { Pid } from '../src/core/pid.ts'
import { type ExitReason, formatReason, isAbnormal, shutdown } from '../src/core/reason.ts'
import type { StartOutcome } from '../src/runtime/start.ts'
import { type CheckedSpec, type ChildType, type FullChildSpec, type SupervisorProblem, showId } from './child-spec.ts'
import { RestartIntensity } from './restart-intensity.ts'
import { SupervisedChild } from './supervised-child.ts'
import { failureOf, SupervisorCode } from './supervisor-code.ts'
import type { AutoShutdown, SupervisorFlags } from './supervisor-options.ts'

/** What came of `startChild`. */
export type StartChildOutcome =
  | { readonly type: 'started'; readonly pid: Pid; readonly info?: unknown }
  /** The child said `ignore()`. Its specification is kept, unless it is temporary. */
  | { readonly type: 'ignored' }
  /** There is a child with this id, or the start function answered so. */
  | { readonly type: 'alreadyStarted'; readonly pid: Pid }
  /** There is a child with this id, and it does not run: `restartChild` or `deleteChild` it. */
  | { readonly type: 'alreadyPresent' }
  /** It did not start; the specification is not kept. */
  | { readonly type: 'refused'; readonly reason: ExitReason; readonly spec: FullChildSpec }

/** What came of `restartChild`. */
export type RestartChildOutcome =
  | { readonly type: 'started'; readonly pid: Pid; readonly info?: unknown }
  | { readonly type: 'ignored' | 'running' | 'restarting' | 'notFound' }
  | { readonly type: 'alreadyStarted'; readonly pid: Pid }
  | { readonly type: 'refused'; readonly reason: ExitReason }

/** What came of `terminateChild`. */
export type TerminateChildOutcome = { readonly type: 'ok' | 'notFound' }
/** What came of `deleteChild`. */
export type DeleteChildOutcome = { readonly type: 'ok' | 'running' | 'restarting' | 'notFound' }

/** A child as `whichChildren` lists it. */
export interface ChildInfo {
  readonly id: unknown
  /** `undefined`: it does not run. `'restarting'`: its restart failed and is tried again. */
  readonly child: Pid | 'restarting' | undefined
  readonly type: ChildType
}

/** What `countChildren` answers. */
export interface ChildCounts {
  /** Children, running or not. */
  readonly specs: number
  /** Those that run. */
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** The detail of the `shutdown` that a supervisor ends with when one of its first children does not start. */
export class FailedToStartChild {
  readonly type = 'failedToStartChild'
  readonly id: unknown
  readonly reason: ExitReason

  constructor(id: unknown, reason: ExitReason) {
    this.id = id
    this.reason = reason
  }

  toString(): string {
    return `child ${showId(this.id)} did not start: ${formatReason(this.reason)}`
  }
}

/** What a supervisor is to do, or why it is not to start. */
export type Configuration =
  | { readonly type: 'children'; readonly flags: SupervisorFlags; readonly specs: readonly CheckedSpec[] }
  | { readonly type: 'ignored' }
  | { readonly type: 'refused'; readonly reason: ExitReason }

type Failed = (child: SupervisedChild, reason: ExitReason) => void

/** The loop of a supervisor with a list of children. Semantics: OTP `supervisor`, `otp.md` §14. */
export abstract class SupervisorProcess extends SupervisorCode {
  readonly behaviour: string = 'Supervisor'
  protected readonly progressLevel = 'info'
  /** In start order: what is restarted keeps its place, what is added comes last. */
  protected readonly children = new Map<unknown, SupervisedChild>()
  protected intensity = new RestartIntensity(0, 0)
  private flags: Required<SupervisorFlags> = {
    strategy: 'oneForOne',
    maxRestarts: 3,
    maxSeconds: 5,
    autoShutdown: 'never',
  }

  /** Says what it is to do; may take its time. */
  protected abstract configure(): Configuration | PromiseLike<Configuration>

  getState(): unknown {
    const children = [...this.children.values()].map(({ pid, spec }) => ({ ...spec, child: pid }))
    return { ...this.flags, restarts: this.intensity.count, children }
  }

  // ── Start ────────────────────────────────────────────────────────────────────────────────────────────────────────

  protected init(): void {
    this.process.trapsExits = true
    this.whenDone(this.configure(), (configuration) => this.configured(configuration as Configuration))
  }

  private configured(configuration: Configuration): void {
    if (configuration.type === 'ignored') this.notReady(configuration, 'normal')
    else if (configuration.type === 'refused') this.notReady(configuration, configuration.reason)
    else this.beginChildren(configuration.flags, configuration.specs)
  }

  private beginChildren(flags: SupervisorFlags, specs: readonly CheckedSpec[]): void {
    this.flags = { ...this.flags, ...flags }
    this.intensity = new RestartIntensity(this.flags.maxRestarts, this.flags.maxSeconds * 1000)
    for (const spec of specs) this.children.set(spec.id, new SupervisedChild(spec))
    this.startEach(
      [...this.children.values()],
      0,
      () => this.ready(),
      (child, reason) => this.beginFailed(child, reason),
    )
  }

  private beginFailed(child: SupervisedChild, reason: ExitReason): void {
    this.report('startError', reason, child)
    const failure = shutdown(new FailedToStartChild(child.spec.id, reason))
    this.stopAll(() => this.notReady({ type: 'refused', reason: failure }, failure))
  }

  /** Starts children one after the other, from position `from`; stops at the first that fails. */
  protected startEach(children: readonly SupervisedChild[], from: number, done: () => void, failed: Failed): void {
    for (let i = from; i < children.length; i++) {
      const child = children[i] as SupervisedChild
      const outcome = this.launch(child.spec, (late) => {
        if (this.accept(child, late, failed)) this.startEach(children, i + 1, done, failed)
      })
      if (outcome === undefined || !this.accept(child, outcome, failed)) return
    }
    done()
  }

  /** @returns whether `child` is as it should be after its start. */
  private accept(child: SupervisedChild, outcome: StartOutcome, failed: Failed): boolean {
    if (outcome.type === 'started') this.childStarted(child, outcome.pid)
    else if (outcome.type === 'ignored') this.ignored(child)
    else failed(child, failureOf(outcome))
    return child.retry === undefined && (outcome.type === 'started' || outcome.type === 'ignored')
  }

  private ignored(child: SupervisedChild): void {
    child.pid = undefined
    child.retry = undefined
    if (child.spec.restart === 'temporary') this.children.delete(child.spec.id)
  }

  // ── A child ended ────────────────────────────────────────────────────────────────────────────────────────────────

  protected processExited(pid: Pid, reason: ExitReason): void {
    const child = this.byPid.get(pid)
    if (child === undefined) return // linked, but no child
    this.byPid.delete(pid)
    child.pid = undefined
    const { restart } = child.spec
    const abnormal = isAbnormal(reason)
    if (abnormal || restart === 'permanent') this.report('childTerminated', reason, child, pid)
    if (restart === 'permanent' || (restart === 'transient' && abnormal)) this.restart(child)
    else this.finished(child)
  }

  /** A child ended by itself and is not started again. */
  private finished(child: SupervisedChild): void {
    const { spec } = child
    if (spec.restart === 'temporary') this.children.delete(spec.id)
    if (!spec.significant) return
    const { autoShutdown } = this.flags
    if (autoShutdown === 'anySignificant' || (autoShutdown === 'allSignificant' && !this.hasSignificant())) {
      this.terminate('shutdown')
    }
  }

  private hasSignificant(): boolean {
    for (const { spec, pid } of this.children.values()) if (spec.significant && pid !== undefined) return true
    return false
  }

  protected tryAgain(child: SupervisedChild): void {
    this.restart(child)
  }

  private restart(child: SupervisedChild): void {
    if (!this.mayRestart(child)) return
    const { strategy } = this.flags
    if (strategy === 'oneForOne') this.restartOne(child)
    else this.restartGroup(strategy === 'oneForAll' ? [...this.children.values()] : this.from(child))
  }

  private restartOne(child: SupervisedChild): void {
    const outcome = this.launch(child.spec, (late) => this.accept(child, late, this.restartFailed))
    if (outcome !== undefined) this.accept(child, outcome, this.restartFailed)
  }

  private readonly restartFailed: Failed = (child, reason) => this.retryLater(child, reason)

  /** `child` and those that were started after it. */
  private from(child: SupervisedChild): SupervisedChild[] {
    const all = [...this.children.values()]
    return all.slice(all.indexOf(child))
  }

  private restartGroup(group: readonly SupervisedChild[]): void {
    this.stopInOrder(group.toReversed(), 0, () => {
      for (const { spec } of group) if (spec.restart === 'temporary') this.children.delete(spec.id)
      const again = group.filter((child) => child.spec.restart !== 'temporary' && this.joinsGroup(child))
      this.startEach(again, 0, () => {}, this.restartFailed)
    })
  }

  /** Whether a child that does not run is started again with its group. */
  protected joinsGroup(_child: SupervisedChild): boolean {
    return true
  }

  // ── Stopping ─────────────────────────────────────────────────────────────────────────────────────────────────────

  protected stopAll(then: () => void): void {
    this.stopInOrder([...this.children.values()].reverse(), 0, then)
  }

  /** Stops children one after the other, from position `from`. */
  protected stopInOrder(children: readonly SupervisedChild[], from: number, then: () => void): void {
    for (let i = from; i < children.length; i++) {
      const child = children[i] as SupervisedChild
      if (!this.stopOne(child, () => this.stopInOrder(children, i + 1, then))) return
    }
    then()
  }

  /** @returns whether it is stopped already; else `later` is called when it is, and nothing may follow in the caller. */
  private stopOne(child: SupervisedChild, later: () => void): boolean {
    child.retry = undefined
    if (child.pid === 'restarting') child.pid = undefined
    return child.pid === undefined || this.stopNow([child], later)
  }

  // ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────

  protected answer(request: Request): boolean {
    const { name, payload } = request
    switch (name) {
      case 'startChild':
        this.startChild(payload as CheckedSpec, request)
        return true
      case 'terminateChild':
        this.terminateChild(payload, request)
        return true
      case 'restartChild':
        this.restartChild(payload, request)
        return true
      case 'deleteChild':
        request.answer(this.deleteChild(payload))
        return true
      case 'whichChildren':
        request.answer(this.whichChildren())
        return true
      case 'countChildren':
        request.answer(countChildren(this.children.values()))
        return true
      case 'getChildSpec':
        request.answer(this.children.get(payload)?.spec)
        return true
      default:
        return false
    }
  }

  private startChild(spec: CheckedSpec, request: Request): void {
    const answer = (outcome: StartChildOutcome) => request.answer(outcome)
    const present = this.children.get(spec.id)?.pid
    const problem = badCombination(spec, this.flags.autoShutdown)
    if (present !== undefined && present !== 'restarting') answer({ type: 'alreadyStarted', pid: present })
    else if (this.children.has(spec.id)) answer({ type: 'alreadyPresent' })
    else if (problem !== undefined) answer({ type: 'refused', reason: problem, spec })
    else {
      const child = new SupervisedChild(spec)
      const outcome = this.launch(spec, (late) => answer(this.added(child, late)))
      if (outcome !== undefined) answer(this.added(child, outcome))
    }
  }

  private added(child: SupervisedChild, outcome: StartOutcome): StartChildOutcome {
    const { spec } = child
    if (outcome.type === 'refused') return { type: 'refused', reason: outcome.reason, spec }
    if (outcome.type === 'alreadyStarted') return outcome
    this.children.set(spec.id, child)
    if (outcome.type === 'started') this.childStarted(child, outcome.pid)
    else this.ignored(child)
    return outcome
  }

  private restartChild(id: unknown, request: Request): void {
    const answer = (outcome: RestartChildOutcome) => request.answer(outcome)
    const child = this.children.get(id)
    if (child === undefined) answer({ type: 'notFound' })
    else if (child.pid !== undefined) answer({ type: child.pid === 'restarting' ? 'restarting' : 'running' })
    else {
      const outcome = this.launch(child.spec, (late) => answer(this.restarted(child, late)))
      if (outcome !== undefined) answer(this.restarted(child, outcome))
    }
  }

  private restarted(child: SupervisedChild, outcome: StartOutcome): RestartChildOutcome {
    if (outcome.type === 'started') this.childStarted(child, outcome.pid)
    return outcome
  }

  private terminateChild(id: unknown, request: Request): void {
    const child = this.children.get(id)
    if (child === undefined) {
      request.answer({ type: 'notFound' } satisfies TerminateChildOutcome)
      return
    }
    const ended = () => {
      if (child.spec.restart === 'temporary') this.children.delete(id)
      request.answer({ type: 'ok' } satisfies TerminateChildOutcome)
    }
    if (this.stopOne(child, ended)) ended()
  }

  private deleteChild(id: unknown): DeleteChildOutcome {
    const child = this.children.get(id)
    if (child === undefined) return { type: 'notFound' }
    if (child.pid !== undefined) return { type: child.pid === 'restarting' ? 'restarting' : 'running' }
    this.children.delete(id)
    return { type: 'ok' }
  }

  private whichChildren(): ChildInfo[] {
    return Array.from(this.children.values(), ({ pid, spec }) => ({ id: spec.id, child: pid, type: spec.type }))
  }
}

/** Counts children, running or not. */
export function countChildren(children: Iterable<SupervisedChild>): ChildCounts {
  const counts = { specs: 0, active: 0, supervisors: 0, workers: 0 }
  for (const child of children) {
    counts.specs++
    if (child.isRunning) counts.active++
    if (child.spec.type === 'supervisor') counts.supervisors++
    else counts.workers++
  }
  return counts
}

/** A significant child needs a supervisor that minds, and an end that is not followed by a restart. */
export function badCombination(spec: CheckedSpec, autoShutdown: AutoShutdown): SupervisorProblem | undefined {
  if (!spec.significant || (autoShutdown !== 'never' && spec.restart !== 'permanent')) return undefined
  return { type: 'badCombination', value: { significant: true, restart: spec.restart, autoShutdown } }
}
