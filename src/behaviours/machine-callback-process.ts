import { BeamishError, show } from '../core/errors.ts'
import { badReturnValue, type ExitReason } from '../core/reason.ts'
import { answer, type Request } from './call.ts'
import { MachineResult, type ReplyAction } from './machine-actions.ts'
import { Step } from './machine-engine.ts'
import type { MachineEvent, QueuedEvent } from './machine-events.ts'
import { checkReplaced, MachineProcess } from './machine-process.ts'
import { InitResult, KEEP, Result } from './result.ts'
import type { Callback, Status } from './server.ts'

/** The callbacks of a module, made ready for the loop. */
export interface PreparedMachine {
  readonly moduleName: string
  readonly init: Callback
  readonly states: ReadonlyMap<unknown, Callback> | undefined
  readonly handleEvent: Callback | undefined
  readonly stateEnter: boolean
  readonly terminate: Callback | undefined
  readonly formatStatus: ((status: Status) => Partial<Status>) | undefined
}

/** The insides of defined modules: for the actions that switch from one to another. */
export const preparedModules = new WeakMap<object, PreparedMachine>()

/** One transition on its way: a handler may be async. */
interface Transition {
  readonly step: Step
  readonly event: QueuedEvent | undefined
  readonly oldState: unknown
  stateChanged: boolean
}

/** The loop of one machine of callbacks. */
export class CallbackMachine extends MachineProcess {
  private state: unknown = undefined
  private data: unknown = undefined
  private module: PreparedMachine
  private readonly modules: PreparedMachine[] = []
  private readonly arg: unknown

  constructor(module: PreparedMachine, arg: unknown) {
    super()
    this.module = module
    this.arg = arg
    this.formatStatus = module.formatStatus
  }

  get moduleName(): string {
    return this.module.moduleName
  }

  getState(): { state: unknown; data: unknown } {
    return { state: this.state, data: this.data }
  }

  replaceState(replaced: unknown): void {
    const { state, data } = checkReplaced(replaced)
    this.state = state
    this.data = data
  }

  // ── Start ──

  protected init(): void {
    this.whenDone(this.invoke(this.module.init, this.arg), (result) => this.initialised(result))
  }

  private initialised(result: unknown): void {
    if (result instanceof MachineResult && result.kind === 'next') {
      this.state = result.state
      this.data = result.data
      this.ready()
      const first: Transition = { step: new Step(), event: undefined, oldState: this.state, stateChanged: false }
      this.collect(first, result, false, () => this.enter(first, true))
    } else if (result instanceof InitResult && result.kind !== 'ok') {
      this.notStarted(result)
    } else {
      const reason = badReturnValue(result)
      this.notReady({ type: 'refused', reason }, reason)
    }
  }

  private notStarted({ kind, reason }: InitResult): void {
    if (kind === 'ignore') this.notReady({ type: 'ignored' }, 'normal')
    else this.notReady({ type: 'refused', reason }, kind === 'refuse' ? 'normal' : reason)
  }

  // ── One event ──

  protected handleOwn(): boolean {
    return false
  }

  protected handleEvent(event: QueuedEvent): void {
    const transition: Transition = { step: new Step(), event, oldState: this.state, stateChanged: false }
    this.whenDone(this.callHandler(event), (result) => this.handled(transition, result))
  }

  private callHandler(event: MachineEvent): unknown {
    const { states, handleEvent } = this.module
    if (handleEvent !== undefined) return this.invoke(handleEvent, event, this.state, this.data)
    const handler = states?.get(this.state)
    if (handler === undefined) throw noState(this.module, this.state)
    return this.invoke(handler, event, this.data)
  }

  private handled(transition: Transition, result: unknown): void {
    if (result instanceof Result && result.kind === 'stop') this.stopped(result)
    else if (!(result instanceof MachineResult)) this.fail('badReturnFromStateFunction', 'value', result)
    else if (result.kind === 'stopAndReply') this.stoppedAndReplied(result)
    else {
      if (result.kind === 'next') transition.stateChanged = result.state !== this.state
      this.keep(result)
      this.collect(transition, result, false, () => this.enter(transition, result.kind === 'repeat'))
    }
  }

  private keep(result: MachineResult): void {
    if (result.state !== KEEP) this.state = result.state
    if (result.data !== KEEP) this.data = result.data
  }

  private stopped(result: Result): void {
    if (result.state !== KEEP) this.data = result.state
    this.terminate(result.reason)
  }

  private stoppedAndReplied(result: MachineResult): void {
    this.keep(result)
    const replies = Array.isArray(result.actions) ? result.actions : [result.actions]
    for (const action of replies) {
      if (action?.action !== 'reply') {
        this.fail('badActionFromStateFunction', 'action', action)
        return
      }
      this.reply(action)
    }
    this.terminate(result.reason)
  }

  // ── What it asked for ──

  private collect(transition: Transition, result: MachineResult, entering: boolean, then: () => void): void {
    const bad = this.engine.collect(transition.step, result.actions, entering, this.effects)
    if (bad === undefined) then()
    else
      this.fail(entering ? 'badStateEnterActionFromStateFunction' : 'badActionFromStateFunction', 'action', bad.action)
  }

  private readonly effects = {
    reply: (action: ReplyAction) => this.reply(action),
    switchModule: (kind: 'changeModule' | 'pushModule' | 'popModule', module: unknown) =>
      this.switchModule(kind, module),
  }

  private reply({ from, value }: ReplyAction): void {
    if (this.debug !== undefined) this.answer(from as Request, value)
    else answer(from, value)
  }

  private switchModule(kind: 'changeModule' | 'pushModule' | 'popModule', module: unknown): boolean {
    const next = kind === 'popModule' ? this.modules.pop() : preparedModules.get(module as object)
    if (next === undefined) return false
    if (kind === 'pushModule') this.modules.push(this.module)
    this.module = next
    this.formatStatus = next.formatStatus
    return true
  }

  // ── Entering a state ──

  /** Enters the state if it is to be entered; then the transition is over. */
  private enter(transition: Transition, repeated: boolean): void {
    if (!this.module.stateEnter || !(repeated || transition.stateChanged)) {
      this.transitionDone(transition.step, transition.event, transition.stateChanged)
      return
    }
    const { oldState } = transition
    if (this.debug !== undefined) this.debug.event({ type: 'enter', state: this.state }, this.getState())
    this.whenDone(this.callHandler({ type: 'enter', oldState }), (result) => this.entered(transition, result))
  }

  private entered(transition: Transition, result: unknown): void {
    if (result instanceof Result && result.kind === 'stop') this.stopped(result)
    else if (!(result instanceof MachineResult) || (result.kind === 'next' && result.state !== this.state)) {
      this.fail('badStateEnterReturnFromStateFunction', 'value', result)
    } else if (result.kind === 'stopAndReply') this.stoppedAndReplied(result)
    else {
      this.keep(result)
      this.collect(transition, result, true, () => this.afterEnter(transition, result))
    }
  }

  private afterEnter(transition: Transition, result: MachineResult): void {
    if (result.kind === 'repeat') this.enter({ ...transition, oldState: this.state }, true)
    else this.transitionDone(transition.step, transition.event, transition.stateChanged)
  }

  // ── The end ──

  /** Ends with OTP's reason, and an explanation for whoever reads the report. */
  private fail(type: string, field: 'value' | 'action', what: unknown): void {
    this.terminate({ type, [field]: what, explanation: explain(this.module, type, what) })
  }

  protected terminateCallback(reason: ExitReason): unknown {
    const { terminate } = this.module
    return terminate === undefined ? undefined : this.invoke(terminate, reason, this.state, this.data)
  }

  protected override reportDetails(): Record<string, unknown> {
    const callbackMode = this.module.handleEvent === undefined ? 'stateFunctions' : 'handleEventFunction'
    const modules = [this.module, ...this.modules.toReversed()].map((module) => module.moduleName)
    return { ...super.reportDetails(), callbackMode, stateEnter: this.module.stateEnter, modules }
  }
}

function noState(module: PreparedMachine, state: unknown): BeamishError {
  const known = [...(module.states?.keys() ?? [])].join(', ')
  return new BeamishError('BEAMISH_NO_STATE', `${module.moduleName} has no state ${show(state)}. It has ${known}.`)
}

const RESULTS =
  'nextState(state, data) | keepState(data) | keepStateAndData() | repeatState(data) | repeatStateAndData() | stop(reason) | stopAndReply(reason, replies)'

function explain({ moduleName }: PreparedMachine, type: string, what: unknown): string {
  switch (type) {
    case 'badReturnFromStateFunction':
      return `${moduleName}: a handler must return one of ${RESULTS}, got ${show(what)}.${what === undefined ? ' Is a `return` missing?' : ''}`
    case 'badStateEnterReturnFromStateFunction':
      return `${moduleName}: an enter call must stay in the state, got ${show(what)}.`
    case 'badStateEnterActionFromStateFunction':
      return `${moduleName}: an enter call may not postpone, insert events or change the module, got ${show(what)}.`
    default:
      return `${moduleName}: no action is ${show(what)}${what instanceof Object && 'action' in what && what.action === 'popModule' ? ': no module was pushed' : ''}.`
  }
}
