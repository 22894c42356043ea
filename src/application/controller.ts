import { Call, PostedCall, type Request } from '../behaviours/call.ts'
import { ServerCode } from '../behaviours/server.ts'
import { BeamishError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import { BodyCode } from '../runtime/code.ts'
import { ExitMessage } from '../runtime/messages.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { linkNew } from '../runtime/spawn.ts'
import { Timer } from '../runtime/timers.ts'
import type { ApplicationModule, StartType } from './definition.ts'
import { applicationMaster, StopOrder, TreeStarted } from './master.ts'
import type { ApplicationStartOutcome, ApplicationStopOutcome } from './outcome.ts'
import { dependenciesOf, Register } from './register.ts'
import type { StartAllRequest, StartRequest } from './requests.ts'
import { startAll } from './start-all.ts'

/** One application that is starting, running or stopping. */
export class RunningEntry {
  readonly module: ApplicationModule
  readonly type: StartType
  readonly master: LocalProcess
  phase: 'starting' | 'running' | 'stopping' = 'starting'
  top: Pid | undefined = undefined
  /** Who waits for the start, for the stop, and to start it again once it has stopped. */
  readonly starters: Request[] = []
  readonly stoppers: Request[] = []
  readonly restarters: Request[] = []
  private timer: Timer | undefined = undefined

  constructor(module: ApplicationModule, type: StartType, master: LocalProcess) {
    this.module = module
    this.type = type
    this.master = master
    master.whenReleased(master.runtime.hold()) // Node runs while the application does
  }

  startTimer(timeoutMs: number, fire: () => void): void {
    this.timer = new Timer(fire)
    this.master.runtime.timers.start(this.timer, timeoutMs)
  }

  stopTimer(): void {
    if (this.timer !== undefined) this.master.runtime.timers.cancel(this.timer)
  }
}

/** Why all applications are being stopped. */
export type StopCause =
  | { readonly type: 'requested' }
  | { readonly type: 'applicationExited'; readonly application: string; readonly reason: ExitReason }

/** Sent to whoever watches: all applications are being stopped. */
export class Stopping {
  readonly type = 'applicationsStopping'
  readonly cause: StopCause

  constructor(cause: StopCause) {
    this.cause = cause
  }
}

/**
 * The process that starts and stops applications, one for each runtime, made when first needed.
 *
 * It never waits: masters tell it when their tree is up and, by their end, when it is down.
 * Semantics: OTP `application_controller`.
 */
export class ApplicationController extends ServerCode {
  readonly behaviour = 'ApplicationController'
  readonly moduleName = 'ApplicationController'
  private readonly register: Register
  private readonly watchers = new Set<LocalProcess>()
  /** Who waits until everything is down; while set, no application starts. */
  private stopAllRequests: Request[] | undefined = undefined

  constructor(register: Register) {
    super()
    this.register = register
  }

  getState(): unknown {
    return this.register.which()
  }

  replaceState(): never {
    throw new BeamishError(
      'BEAMISH_STATE_NOT_REPLACEABLE',
      'the state of the application controller follows its applications.',
    )
  }

  protected terminateCallback(): void {}

  protected init(): void {
    this.process.trapsExits = true
    this.adopt()
    this.ready()
  }

  /** What a controller left that was killed: its masters are stopping their trees, or have. */
  private adopt(): void {
    for (const entry of [...this.register.running.values()]) {
      const { master } = entry
      entry.phase = 'stopping'
      if (master.ending) this.masterEnded(new ExitMessage(master.pid, master.exitReason))
      else linkNew(this.process, master)
    }
  }

  protected handle(message: unknown): void {
    this.lastMessage = message
    if (this.debug !== undefined) this.debug.event({ type: 'in', message }, this.getState())
    if (message instanceof Call || message instanceof PostedCall) this.handleRequest(message)
    else if (message instanceof TreeStarted) this.treeStarted(message)
    else if (message instanceof ExitMessage) this.masterEnded(message)
    else this.handleSystem(message)
  }

  private handleRequest(request: Request): void {
    switch (request.name) {
      case 'start':
      case 'ensureStarted':
        this.startApplication(request)
        break
      case 'ensureAllStarted':
        this.ensureAllStarted(request)
        break
      case 'stop':
        this.stopApplication(request)
        break
      case 'stopAll':
        this.stopAll({ type: 'requested' }, request)
    }
  }

  /** Tells `process` when all applications are being stopped. @returns a function that ends it. */
  watch(process: LocalProcess): () => void {
    this.watchers.add(process)
    return () => this.watchers.delete(process)
  }

  // ── Start ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private startApplication(request: Request): void {
    const { module, type } = request.payload as StartRequest
    const running = this.register.running.get(module.name)
    if (this.stopAllRequests !== undefined) this.answerStart(request, { type: 'refused', reason: 'shutdown' })
    else if (running === undefined) this.startNew(module, type, request)
    else if (running.phase === 'running') this.answerStart(request, { type: 'alreadyStarted' })
    else if (running.phase === 'starting') running.starters.push(request)
    else running.restarters.push(request)
  }

  private startNew(module: ApplicationModule, type: StartType, request: Request): void {
    const missing = dependenciesOf(module).find((name) => this.register.running.get(name)?.phase !== 'running')
    if (missing !== undefined) {
      this.answerStart(request, { type: 'notStarted', application: missing })
      return
    }
    this.register.ensureLoaded(module)
    const entry = new RunningEntry(module, type, this.spawnMaster(module, type))
    entry.starters.push(request)
    this.register.running.set(module.name, entry)
  }

  private spawnMaster(module: ApplicationModule, type: StartType): LocalProcess {
    const { runtime, pid: controller } = this.process
    const job = { module, type, env: this.register.settings.all(module.name), controller }
    const master = runtime.spawn(new BodyCode(() => applicationMaster(job)), this.process)
    master.groupLeader = master.pid
    master.initialCall = `Application ${module.name}`
    master.own().label = `application ${module.name}`
    linkNew(this.process, master)
    return master
  }

  private treeStarted({ master, top }: TreeStarted): void {
    const entry = this.register.ofMaster(master)
    if (entry === undefined) return // it ended since
    entry.phase = 'running'
    entry.top = top
    this.report(entry, 'info', 'started', undefined)
    for (const request of entry.starters) this.answerStart(request, { type: 'started' })
  }

  private answerStart(request: Request, outcome: ApplicationStartOutcome): void {
    const isWelcome = request.name === 'ensureStarted' && outcome.type === 'alreadyStarted'
    request.answer(isWelcome ? { type: 'started' } : outcome)
  }

  /** Done by a process of its own: it waits for one application after the other. */
  private ensureAllStarted(request: Request): void {
    const { modules, type } = request.payload as StartAllRequest
    const { register, process } = this
    const helper = process.runtime.spawn(
      new BodyCode(() => startAll(process.pid, register, modules, type, (outcome) => request.answer(outcome))),
      process,
    )
    helper.own().label = 'starts applications'
  }

  // ── Stop ───────────────────────────────────────────────────────────────────────────────────────────────────────

  private stopApplication(request: Request): void {
    const entry = this.register.running.get(request.payload as string)
    if (entry === undefined || entry.phase === 'starting') {
      request.answer({ type: 'notStarted' } satisfies ApplicationStopOutcome)
      return
    }
    entry.stoppers.push(request)
    this.beginStop(entry)
  }

  private beginStop(entry: RunningEntry): void {
    if (entry.phase === 'stopping') return
    entry.phase = 'stopping'
    const { stopTimeoutMs = 'infinity' } = entry.module.callbacks
    if (stopTimeoutMs !== 'infinity') entry.startTimer(stopTimeoutMs, () => this.kill(entry))
    entry.master.deliverSignal(new StopOrder())
  }

  /** Stops every application, the last started first. */
  private stopAll(cause: StopCause, request: Request | undefined): void {
    if (this.stopAllRequests === undefined) {
      this.stopAllRequests = []
      for (const watcher of this.watchers) watcher.deliverSignal(new Stopping(cause))
    }
    if (request !== undefined) this.stopAllRequests.push(request)
    this.stopLast()
  }

  private stopLast(): void {
    const requests = this.stopAllRequests
    if (requests === undefined) return
    const last = [...this.register.running.values()].at(-1)
    if (last === undefined) {
      this.stopAllRequests = undefined
      for (const request of requests) request.answer({ type: 'stopped' })
    } else if (last.phase === 'starting') {
      this.kill(last)
    } else {
      this.beginStop(last)
    }
  }

  /** Kills whatever is left of every application, at once. @returns their names, the last started first. */
  killAll(): string[] {
    const entries = [...this.register.running.values()].reverse()
    for (const entry of entries) this.kill(entry)
    return entries.map(({ module }) => module.name)
  }

  private kill(entry: RunningEntry): void {
    this.killGroup(entry.master)
    entry.master.die('killed')
  }

  /** Kills the processes that have the master as their group leader. */
  private killGroup(master: LocalProcess): void {
    for (const process of this.process.runtime.processes.toArray()) {
      if (process.groupLeader === master.pid && process !== master) process.exitSignal(this.process.pid, 'kill', false)
    }
  }

  // ── The end of a master ──────────────────────────────────────────────────────────────────────────────────────────

  private masterEnded({ from, reason }: ExitMessage): void {
    const entry = this.register.ofMaster(from)
    if (entry === undefined) return
    entry.stopTimer()
    this.killGroup(entry.master)
    this.register.running.delete(entry.module.name)
    this.tellEnd(entry, reason)
    for (const request of entry.restarters) this.startApplication(request)
    this.stopLast()
  }

  private tellEnd(entry: RunningEntry, reason: ExitReason): void {
    const { phase, starters, stoppers, type, module } = entry
    if (phase === 'starting') {
      this.report(entry, 'error', 'exited', reason)
      for (const request of starters) this.answerStart(request, { type: 'refused', reason })
    } else if (phase === 'stopping') {
      const isStopped = reason !== 'killed'
      this.report(entry, isStopped ? 'info' : 'error', 'exited', isStopped ? 'stopped' : reason)
      for (const request of stoppers)
        request.answer({ type: isStopped ? 'stopped' : 'killed' } satisfies ApplicationStopOutcome)
    } else {
      this.report(entry, reason === 'normal' ? 'info' : 'error', 'exited', reason)
      if (takesRuntimeDown(type, reason))
        this.stopAll({ type: 'applicationExited', application: module.name, reason }, undefined)
    }
  }

  private report(
    { module, type }: RunningEntry,
    level: 'info' | 'error',
    event: 'started' | 'exited',
    reason: ExitReason,
  ): void {
    this.process.runtime.report({
      type: 'application',
      level,
      application: module.name,
      event,
      startType: type,
      reason,
    })
  }
}

function takesRuntimeDown(type: StartType, reason: ExitReason): boolean {
  return type === 'permanent' || (type === 'transient' && reason !== 'normal')
}

// ── One for each runtime ───────────────────────────────────────────────────────────────────────────────────────────

interface Household {
  readonly register: Register
  code: ApplicationController | undefined
  process: LocalProcess | undefined
}

const households = new WeakMap<Runtime, Household>()

function householdOf(runtime: Runtime): Household {
  const known = households.get(runtime)
  if (known !== undefined) return known
  const made: Household = { register: new Register(), code: undefined, process: undefined }
  households.set(runtime, made)
  return made
}

/** Which applications a runtime knows. */
export function registerOf(runtime: Runtime): Register {
  return householdOf(runtime).register
}

/** The application controller of a runtime, started when it is first needed. */
export function controllerOf(runtime: Runtime): {
  readonly code: ApplicationController
  readonly process: LocalProcess
} {
  const household = householdOf(runtime)
  const { code, process } = household
  if (code !== undefined && process !== undefined && !process.ending) return { code, process }
  return startController(household, runtime)
}

function startController(
  household: Household,
  runtime: Runtime,
): { code: ApplicationController; process: LocalProcess } {
  const code = new ApplicationController(household.register)
  const process = runtime.spawn(code, runtime.main)
  process.initialCall = 'ApplicationController'
  runtime.names.add('applicationController', process)
  household.code = code
  household.process = process
  return { code, process }
}
