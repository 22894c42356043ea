import { BeamishError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { ExitError, type ExitReason, isNoCatch, isUncaughtError, reasonOfThrown, shutdown } from '../core/reason.ts'
import { isThenable } from '../runtime/code.ts'
import { runInside } from '../runtime/context.ts'
import { ExitMessage } from '../runtime/messages.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { linkNew } from '../runtime/spawn.ts'
import { Call, type From, PostedCall, type Request } from './call.ts'
import {
  type ActorEvent,
  ActorMessage,
  type ActorReference,
  type ActorSnapshot,
  ActorSystem,
  type Address,
  addressOf,
  bindAddress,
  type ExecutableAction,
  type Logic,
  publish,
  RootReference,
  type Scope,
  sameStateValue,
} from './machine-actors.ts'
import { Step } from './machine-engine.ts'
import type { QueuedEvent } from './machine-events.ts'
import { checkReplaced, MachineProcess } from './machine-process.ts'
import { adopt, type Launch, type StandIn, standInOf } from './machine-stand-in.ts'
import { Subscribers } from './machine-subscribers.ts'
import { EVENT_TIMEOUT } from './machine-timers.ts'
import { Callback, type Status } from './server.ts'

/** What the author of a hosted machine may add to it. */
export interface ActorCallbacks {
  readonly trapExit?: boolean | undefined
  readonly terminate?: ((reason: ExitReason, snapshot: never) => unknown) | undefined
  readonly formatStatus?: ((status: Status) => Partial<Status>) | undefined
  readonly logger?: ((...args: unknown[]) => void) | undefined
}

/** What an {@link ActorProcess} runs. */
export interface ActorSetup {
  readonly moduleName: string
  readonly logic: Logic
  readonly input: unknown
  /** Go on from here instead of starting anew. */
  readonly persisted: ActorSnapshot | undefined
  readonly callbacks: ActorCallbacks
  /** Of a child: who it is. */
  readonly reference?: ActorReference
}

/** A delayed event and its receiver: the content of a generic timeout. */
interface Scheduled {
  readonly event: ActorEvent
  readonly target: ActorReference
}

/** What we add to XState's persisted snapshots: its own forget what was put aside and what was to come. */
interface PersistedExtras {
  readonly postponed?: readonly ActorEvent[]
  readonly timers?: readonly { readonly id: string; readonly event: ActorEvent; readonly delayMs: number }[]
}

const XSTATE_STOP: ActorEvent = { type: 'xstate.stop' }

/**
 * XState logic as a process: a machine, or what a machine invoked (promise, callback, transition, observable).
 *
 * A transition is computed first and its actions are carried out after, in order; an action that returns a promise suspends the
 * machine until it settles. Children are processes of their own, linked to this one.
 */
export class ActorProcess extends MachineProcess implements Address {
  readonly moduleName: string
  readonly reference: ActorReference
  private readonly setup: ActorSetup
  private readonly logic: Logic
  private readonly isMachine: boolean
  private readonly system: ActorSystem
  private readonly scope: Scope
  private snapshot: ActorSnapshot | undefined = undefined
  private readonly children = new Map<Pid, StandIn>()
  /** Who gets what it emits. */
  readonly subscribers = new Subscribers(() => this.process)
  /** What the transition in hand wants done: actions in order, then what XState puts off until after them. */
  private actions: ExecutableAction[] = []
  private effects: (() => void)[] = []
  private step = new Step()
  private current: QueuedEvent | undefined = undefined
  /** It traps exits to learn of its children's, not because its author wants to see others'. */
  private trapsForChildren = false
  /** It has started something outside (a promise, a callback), which is to be told when it is over. */
  private outside = false

  constructor(setup: ActorSetup) {
    super()
    this.setup = setup
    this.moduleName = setup.moduleName
    this.logic = setup.logic
    this.isMachine = 'getStateNodeById' in setup.logic
    this.formatStatus = setup.callbacks.formatStatus
    this.system = setup.reference?.system ?? newSystem(setup.callbacks.logger)
    this.reference = setup.reference ?? this.rootReference()
    this.scope = this.makeScope()
  }

  private rootReference(): RootReference {
    const { moduleName, logic } = this.setup
    return new RootReference(
      moduleName,
      this.system,
      logic,
      () => this.snapshot,
      () => this.persist(),
    )
  }

  private makeScope(): Scope {
    const { reference, system } = this
    return {
      self: reference,
      id: reference.id,
      sessionId: reference.sessionId,
      system,
      logger: system._logger,
      defer: (effect) => this.effects.push(effect),
      emit: (event) => this.subscribers.tell(event),
      stopChild: (child) => standInOf(child)?.stop(),
      actionExecutor: (action) => this.actions.push(action),
    }
  }

  get currentSnapshot(): ActorSnapshot | undefined {
    return this.snapshot
  }

  getState(): { state: unknown; data: unknown } {
    const { snapshot } = this
    return { state: this.isMachine ? snapshot?.value : snapshot?.status, data: snapshot?.context }
  }

  replaceState(replaced: unknown): void {
    const { state, data } = checkReplaced(replaced)
    const machine = this.logic as unknown as { resolveState(config: object): ActorSnapshot } // only machines are asked
    const { children, historyValue } = this.snapshot as ActorSnapshot & { historyValue: unknown }
    this.accept({ ...machine.resolveState({ value: state, context: data, historyValue }), children: children ?? {} })
  }

  // ── Start ──

  protected init(): void {
    const { persisted, callbacks } = this.setup
    bindAddress(this.reference, this)
    if (callbacks.trapExit) this.process.trapsExits = true
    const first =
      persisted === undefined ? this.logic.getInitialSnapshot(this.scope, this.setup.input) : this.restored(persisted)
    if (first.status === 'error') throw first.error
    this.accept(first)
    this.ready()
    this.carryOut(() => this.startWith(first))
  }

  private restored(persisted: ActorSnapshot): ActorSnapshot {
    return this.logic.restoreSnapshot?.(persisted, this.scope) ?? persisted
  }

  private startWith(first: ActorSnapshot): void {
    if (first.status === 'active') this.startLogic(first)
    if (this.setup.persisted !== undefined) this.resumeExtras(this.setup.persisted as PersistedExtras)
    this.conclude(undefined, first, first)
  }

  private startLogic(first: ActorSnapshot): void {
    const { logic } = this
    if (logic.start === undefined) return
    if (this.isMachine) {
      logic.start(first, this.scope)
      return
    }
    this.outside = true
    // A killed process runs no code, but what it started outside (a request, a listener) is to be let go all the same.
    this.process.signal.addEventListener('abort', () => this.letGo())
    runInside(this.process, () => logic.start?.(first, this.scope))
  }

  // ── Messages ──

  /** Also before the first turn of its process. */
  receive(event: ActorEvent, source: ActorReference | undefined): void {
    const message = new ActorMessage(event, source)
    if (isAboutChild(event))
      this.process.deliverSignal(message) // no bound of the mailbox keeps out what became of a child
    else this.process.deliver(message)
  }

  protected handleOwn(message: unknown): boolean {
    if (message instanceof ActorMessage) this.fromActor(message)
    else if (message instanceof ExitMessage) return this.exit(message)
    else return false
    return true
  }

  private fromActor({ event, source }: ActorMessage): void {
    const child = source === undefined ? undefined : standInOf(source)
    if (child !== undefined && isAboutChild(event)) {
      if (!this.isCurrent(child) || child.isPlaceholder(event['snapshot'])) return
      if (!event.type.startsWith('xstate.snapshot.')) child.isOver = true
    }
    this.take(this.engine.accept({ type: 'info', content: event }))
  }

  /** Whether a child is what the machine knows by its id: not stopped, not replaced by another. */
  private isCurrent(child: StandIn): boolean {
    return !child.isOver && this.snapshot?.children?.[child.reference.id] === child.reference
  }

  private exit(message: ExitMessage): boolean {
    const child = this.children.get(message.from)
    if (child !== undefined) {
      this.childEnded(child, message)
      return true
    }
    if (!this.trapsForChildren) return false
    if (message.reason === 'normal') return true
    if (message.from === this.parent) return false
    this.process.die(message.reason)
    return true
  }

  private childEnded(child: StandIn, { from, reason }: ExitMessage): void {
    this.children.delete(from)
    const isNews = this.isCurrent(child)
    child.isOver = true
    this.system._unregister(child.reference)
    if (!isNews) return
    const { id } = child.reference
    const content = { type: `xstate.error.actor.${id}`, error: errorOf(reason), actorId: id }
    this.take(this.engine.accept({ type: 'info', content }))
  }

  // ── One event ──

  protected handleEvent(event: QueuedEvent): void {
    const { content } = event
    const scheduled = event.type === 'genericTimeout' ? (content as Scheduled) : undefined
    const sent: unknown = scheduled === undefined ? content : scheduled.event
    if (scheduled !== undefined && scheduled.target !== this.reference) {
      this.system._relay(this.reference, scheduled.target, scheduled.event)
      this.goOn()
    } else if (isActorEvent(sent)) {
      this.transition(event, sent)
    } else {
      this.reportUnexpected(sent)
      if (event.type === 'call') refuse(event.from)
      this.goOn()
    }
  }

  private transition(event: QueuedEvent, sent: ActorEvent): void {
    const before = this.snapshot as ActorSnapshot
    this.step = new Step()
    this.current = event
    const next = this.logic.transition(before, sent, this.scope)
    if (event.type === 'call' && next === before && this.actions.length === 0) refuse(event.from)
    this.carryOut(() => this.conclude(event, before, next))
  }

  /** Carries out what the transition wants done; one thing after the other, also when an action takes its time. */
  private carryOut(then: () => void): void {
    for (let action = this.actions.shift(); action !== undefined; action = this.actions.shift()) {
      if (action.exec === undefined) continue
      const result = this.invoke(new Callback(action.exec), action.info, action.params)
      if (isThenable(result)) {
        this.await(result, () => this.carryOut(then))
        return
      }
    }
    for (let effect = this.effects.shift(); effect !== undefined; effect = this.effects.shift()) effect()
    then()
  }

  private conclude(event: QueuedEvent | undefined, before: ActorSnapshot, next: ActorSnapshot): void {
    this.accept(next)
    const { id } = this.reference
    switch (next.status) {
      case 'active':
        this.transitionDone(this.step, event, this.isMachine && !sameStateValue(before.value, next.value))
        break
      case 'done':
        this.tellParent({ type: `xstate.done.actor.${id}`, output: next.output, actorId: id })
        this.terminate('normal')
        break
      case 'error':
        this.tellParent({ type: `xstate.error.actor.${id}`, error: next.error, actorId: id })
        // A promise that rejects has given its answer; a machine in error has failed.
        this.terminate(this.isMachine ? reasonOfThrown(next.error) : shutdown(next.error))
        break
      case 'stopped':
        this.terminate('normal')
    }
    this.current = undefined
  }

  private accept(snapshot: ActorSnapshot): void {
    const isNew = this.snapshot !== snapshot
    this.snapshot = snapshot
    if (isNew && this.setup.reference !== undefined) publish(this.setup.reference, snapshot)
  }

  private tellParent(event: ActorEvent): void {
    const { _parent } = this.reference
    if (_parent !== undefined) this.system._relay(this.reference, _parent, event)
  }

  // ── What actions of the machine may ask for ──

  /** Who asks, while the event of a call is handled. */
  get caller(): From | undefined {
    return this.current?.type === 'call' ? this.current.from : undefined
  }

  replyToCaller(value: unknown): void {
    if (this.current?.type === 'call') this.answer(this.current.from as Request, value)
  }

  postponeCurrent(): void {
    if (this.current === undefined) {
      throw new BeamishError(
        'BEAMISH_NOTHING_TO_POSTPONE',
        `${this.moduleName}: at the start there is no event to postpone.`,
      )
    }
    this.step.postponed = true
  }

  startEventTimeout(time: number | 'infinity', event: unknown): void {
    this.step.timeouts.push({ order: 'start', key: EVENT_TIMEOUT, time, abs: false, content: event })
  }

  // ── Delays ──

  schedule(target: ActorReference, event: ActorEvent, delayMs: number, id: string): void {
    this.engine.timers.start(id, Math.max(0, delayMs), false, { event, target } satisfies Scheduled)
  }

  cancel(id: string): void {
    this.engine.timers.cancel(id)
  }

  cancelAll(): void {
    this.engine.timers.clear()
  }

  // ── Children ──

  /** Starts a child as a process of its own, linked to this one. */
  launch(child: StandIn): void {
    const { process, moduleName } = this
    const name = `${moduleName}.${child.reference.id}`
    const { logic, reference, input, persisted } = child
    const code = new ActorProcess({ moduleName: name, logic, reference, input, persisted, callbacks: {} })
    const started = process.runtime.spawn(code, process)
    started.ancestors = process.lineage
    started.initialCall = `StateMachine ${name}`
    code.adoptedBy(process, started)
    if (!process.trapsExits) this.trapsForChildren = process.trapsExits = true
    this.children.set(started.pid, child)
    child.runs(code)
  }

  private adoptedBy(parent: LocalProcess, own: LocalProcess): void {
    this.parent = parent.pid
    this.process = own // messages may come before its first turn
    linkNew(parent, own)
  }

  // ── Snapshots that outlive the process ──

  /** XState's persisted snapshot, with what is postponed and what is to come. */
  persist(options?: unknown): object {
    const snapshot = this.logic.getPersistedSnapshot(this.snapshot as ActorSnapshot, options)
    const { postponed, timers } = { postponed: this.persistPostponed(), timers: this.persistTimers() }
    return { ...snapshot, ...(postponed.length > 0 ? { postponed } : {}), ...(timers.length > 0 ? { timers } : {}) }
  }

  /** Callers do not outlive the process, so their events are not kept for them. */
  private persistPostponed(): ActorEvent[] {
    const kept = this.engine.events.postponed.filter(
      (event) => event.type !== 'call' && event.type !== 'genericTimeout',
    )
    return kept.map((event) => event.content as ActorEvent) // nothing else is ever postponed
  }

  private persistTimers(): NonNullable<PersistedExtras['timers']>[number][] {
    const { timers } = this.process.runtime
    return this.engine.timers.entries().flatMap(({ key, content, handle }) => {
      if (typeof key !== 'string' || (content as Scheduled).target !== this.reference) return []
      const delayMs = handle === undefined ? 0 : timers.remaining(handle.timer)
      return delayMs === false ? [] : [{ id: key, event: (content as Scheduled).event, delayMs }]
    })
  }

  private resumeExtras({ postponed = [], timers = [] }: PersistedExtras): void {
    for (const event of postponed) this.engine.events.postpone({ type: 'info', content: event })
    for (const { id, event, delayMs } of timers) this.schedule(this.reference, event, delayMs, id)
  }

  // ── The end ──

  protected terminateCallback(reason: ExitReason): unknown {
    for (const child of this.children.values()) child.stop()
    this.letGo()
    const { terminate } = this.setup.callbacks
    return terminate === undefined ? undefined : this.invoke(new Callback(terminate), reason, this.snapshot)
  }

  /** Tells what was started outside (a promise, a callback) that it is over. */
  private letGo(): void {
    if (!this.outside) return
    this.outside = false
    try {
      this.accept(this.logic.transition(this.snapshot as ActorSnapshot, XSTATE_STOP, this.scope))
    } catch (error) {
      const { pid, name, belongings, runtime } = this.process
      runtime.report({
        type: 'processError',
        level: 'error',
        pid,
        name,
        label: belongings?.label,
        reason: reasonOfThrown(error),
      })
    }
  }

  protected override reportDetails(): Record<string, unknown> {
    const children = [...this.children].map(([pid, child]) => ({ id: child.reference.id, pid }))
    return { ...super.reportDetails(), callbackMode: 'xstate', children }
  }
}

function newSystem(logger: ((...args: unknown[]) => void) | undefined): ActorSystem {
  const launch: Launch = (child, parent) => processOf(parent)?.launch(child)
  return new ActorSystem(logger ?? console.log, (reference) => adopt(reference, launch))
}

/** The process that runs an actor. */
export function processOf(reference: object): ActorProcess | undefined {
  const address = addressOf(reference)
  return address instanceof ActorProcess ? address : undefined
}

function isActorEvent(content: unknown): content is ActorEvent {
  return typeof content === 'object' && content !== null && typeof (content as { type?: unknown }).type === 'string'
}

function isAboutChild({ type }: ActorEvent): boolean {
  return (
    type.startsWith('xstate.done.actor.') ||
    type.startsWith('xstate.error.actor.') ||
    type.startsWith('xstate.snapshot.')
  )
}

/** What `onError` sees of a child's end. */
function errorOf(reason: ExitReason): unknown {
  if (isUncaughtError(reason)) return reason.error
  if (isNoCatch(reason)) return reason.value
  return new ExitError(reason)
}

/** Nobody will answer: the caller is told instead of waiting for ever. */
function refuse(from: From): void {
  if (from instanceof Call) from.fail('unhandledEvent')
  else if (from instanceof PostedCall) from.targetEnded('unhandledEvent')
}
