// The seam to XState: what we use of its actors, written down as types, and what stands in for its actor system.
//
// XState's own system runs a receiver on the stack of its sender, has timers of its own, and rethrows errors in a later
// macrotask. So machines here run in processes: XState computes transitions and snapshots, and everything that would go
// through its system (sending, delays, starting and stopping actors) comes here instead. Checked against XState 5.33.
import { BeamishError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'

/** An XState event. */
export interface ActorEvent {
  readonly type: string
  readonly [key: string]: unknown
}

/** A snapshot of XState logic, of any kind. */
export interface ActorSnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly output?: unknown
  readonly error?: unknown
  /** Only machines. */
  readonly value?: unknown
  readonly context?: unknown
  readonly children?: Readonly<Record<string, ActorReference>>
}

/** XState's `ActorLogic`: machines, promises, callbacks, transitions, observables. */
export interface Logic {
  transition(snapshot: ActorSnapshot, event: ActorEvent, scope: Scope): ActorSnapshot
  getInitialSnapshot(scope: Scope, input: unknown): ActorSnapshot
  getPersistedSnapshot(snapshot: ActorSnapshot, options?: unknown): object
  restoreSnapshot?(persisted: ActorSnapshot, scope: Scope): ActorSnapshot
  start?(snapshot: ActorSnapshot, scope: Scope): void
}

/** XState's `ActorRef`: an address. Children get theirs from XState, with fields that are its own affair. */
export interface ActorReference {
  readonly id: string
  readonly sessionId: string
  readonly _parent?: ActorReference | undefined
  readonly system: ActorSystem
  send(event: ActorEvent): void
  /** What it runs; replaced by {@link StandIn} when XState makes one. */
  logic?: Logic
  /** What `getSnapshot` answers, and who subscribed to it. */
  _snapshot?: ActorSnapshot
  readonly observers?: ReadonlySet<Observer>
}

interface Observer {
  readonly next?: (snapshot: ActorSnapshot) => void
  readonly error?: (error: unknown) => void
  readonly complete?: () => void
}

/** One action that a transition wants carried out. */
export interface ExecutableAction {
  readonly type: string
  readonly info: unknown
  readonly params: unknown
  readonly exec?: (info: unknown, params: unknown) => unknown
}

/** XState's `ActorScope`: what logic may do to the world. */
export interface Scope {
  readonly self: ActorReference
  readonly id: string
  readonly sessionId: string
  readonly system: ActorSystem
  readonly logger: (...args: unknown[]) => void
  readonly defer: (effect: () => void) => void
  readonly emit: (event: ActorEvent) => void
  readonly stopChild: (child: ActorReference) => void
  /** XState replaces it for the time of a microstep. */
  actionExecutor: (action: ExecutableAction) => void
}

/** Where what is sent to an actor goes. */
export interface Address {
  readonly pid: Pid | undefined
  /** An event from another actor of its tree. */
  receive(event: ActorEvent, source: ActorReference | undefined): void
  /** A delayed event of its own. */
  schedule(target: ActorReference, event: ActorEvent, delayMs: number, id: string): void
  cancel(id: string): void
  cancelAll(): void
}

const addresses = new WeakMap<object, Address>()

/** Says where events for `reference` go. */
export function bindAddress(reference: object, address: Address): void {
  addresses.set(reference, address)
}

/** Where events for `reference` go; `undefined` for actors of another system. */
export function addressOf(reference: object): Address | undefined {
  return addresses.get(reference)
}

const UNNAMED = 'beamish.scheduled.'

/**
 * One tree of actors: the root machine and all that it starts.
 *
 * It stands where XState's logic expects its actor system, and hands everything on to the processes.
 */
export class ActorSystem {
  readonly _logger: (...args: unknown[]) => void
  /** XState gives it to the actors that it makes; nothing may ever run on it. */
  readonly _clock = { setTimeout: noClock, clearTimeout: noClock }
  private readonly adopt: (reference: ActorReference) => void
  private readonly bySystemId = new Map<string, ActorReference>()
  private lastSession = 0
  private lastScheduled = 0

  /** @param adopt - called with every actor that XState makes, before it is used. */
  constructor(logger: (...args: unknown[]) => void, adopt: (reference: ActorReference) => void) {
    this._logger = logger
    this.adopt = adopt
  }

  readonly scheduler = {
    schedule: (
      source: ActorReference,
      target: ActorReference,
      event: ActorEvent,
      delayMs: number,
      id?: string,
    ): void => {
      addressOf(source)?.schedule(target, event, delayMs, id ?? `${UNNAMED}${++this.lastScheduled}`)
    },
    cancel: (source: ActorReference, id: string): void => addressOf(source)?.cancel(id),
    cancelAll: (source: ActorReference): void => addressOf(source)?.cancelAll(),
  }

  get(systemId: string): ActorReference | undefined {
    return this.bySystemId.get(systemId)
  }

  getAll(): Record<string, ActorReference> {
    return Object.fromEntries(this.bySystemId)
  }

  _bookId(): string {
    return `x:${this.lastSession++}`
  }

  _register(sessionId: string): string {
    return sessionId
  }

  _unregister(reference: ActorReference): void {
    for (const [systemId, known] of this.bySystemId) if (known === reference) this.bySystemId.delete(systemId)
  }

  _set(systemId: string, reference: ActorReference): void {
    const known = this.bySystemId.get(systemId)
    if (known !== undefined && known !== reference) {
      throw new BeamishError(
        'BEAMISH_SYSTEM_ID_TAKEN',
        `an actor with the systemId '${systemId}' exists already in this machine's tree.`,
      )
    }
    this.bySystemId.set(systemId, reference)
  }

  /** XState announces every actor in its constructor: the moment to put a {@link StandIn} in the place of its logic. */
  _sendInspectionEvent(inspected: { readonly type: string; readonly actorRef?: ActorReference }): void {
    if (inspected.type === '@xstate.actor' && inspected.actorRef !== undefined) this.adopt(inspected.actorRef)
  }

  _relay(source: ActorReference | undefined, target: ActorReference, event: ActorEvent): void {
    const address = addressOf(target)
    if (address === undefined)
      target.send(event) // an actor that the author runs outside of any process
    else address.receive(event, source)
  }

  inspect(): never {
    throw new BeamishError(
      'BEAMISH_NO_INSPECTION',
      'machines in processes are looked at with Sys.trace and Sys.log, not with inspect.',
    )
  }

  getSnapshot(): { _scheduledEvents: Record<string, never> } {
    return { _scheduledEvents: {} }
  }

  start(): void {}
}

function noClock(): never {
  throw new BeamishError(
    'BEAMISH_NO_CLOCK',
    'a machine in a process has no clock of its own: its delays are timers of the process.',
  )
}

/** An event on its way from one actor to another. */
export class ActorMessage {
  readonly event: ActorEvent
  readonly source: ActorReference | undefined

  constructor(event: ActorEvent, source: ActorReference | undefined) {
    this.event = event
    this.source = source
  }
}

/** The address of a root machine, as XState expects to find it in `self`. */
export class RootReference implements ActorReference {
  readonly id: string
  readonly sessionId: string
  readonly system: ActorSystem
  readonly src: unknown
  readonly _parent: undefined = undefined
  private readonly read: () => ActorSnapshot | undefined
  private readonly persist: () => object

  constructor(
    id: string,
    system: ActorSystem,
    src: unknown,
    read: () => ActorSnapshot | undefined,
    persist: () => object,
  ) {
    this.id = id
    this.system = system
    this.sessionId = system._bookId()
    this.src = src
    this.read = read
    this.persist = persist
  }

  /** XState takes what has `ref`, `send` and `sessionId` for an actor. */
  get ref(): this {
    return this
  }

  send(event: ActorEvent): void {
    addressOf(this)?.receive(event, undefined)
  }

  getSnapshot(): ActorSnapshot | undefined {
    return this.read()
  }

  getPersistedSnapshot(): object {
    return this.persist()
  }

  start(): this {
    return this
  }

  stop(): never {
    throw notHere('stop', 'StateMachine.stop(pid)')
  }

  subscribe(): never {
    throw notHere('subscribe', 'StateMachine.subscribe(pid)')
  }

  on(): never {
    throw notHere('on', 'StateMachine.subscribe(pid)')
  }

  select(): never {
    throw notHere('select', 'StateMachine.getSnapshot(pid)')
  }

  toJSON(): object {
    return { xstate$$type: 1, id: this.id }
  }
}

function notHere(method: string, instead: string): BeamishError {
  return new BeamishError('BEAMISH_NOT_AN_ACTOR', `a machine in a process has no ${method} of XState. Use ${instead}.`)
}

/** Makes `snapshot` what `reference.getSnapshot()` answers, and tells those who subscribed to it. */
export function publish(reference: ActorReference, snapshot: ActorSnapshot): void {
  reference._snapshot = snapshot
  for (const observer of reference.observers ?? []) {
    if (snapshot.status === 'error') observer.error?.(snapshot.error)
    else observer.next?.(snapshot)
    if (snapshot.status === 'done') observer.complete?.()
  }
}

/** Whether two state values are the same: strings, or objects of them. */
export function sameStateValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => sameStateValue(left[key], right[key]))
}
