import type { Pid } from '../core/pid.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { SystemMessage } from '../runtime/system-message.ts'
import {
  type ActorEvent,
  type ActorReference,
  type ActorSnapshot,
  type Address,
  bindAddress,
  type Logic,
  type Scope,
} from './machine-actors.ts'
import type { ServerCode } from './server.ts'

/** What a {@link StandIn} needs to know of the process that runs the real logic. */
export interface ChildCode extends Address {
  readonly localProcess: LocalProcess
  readonly currentSnapshot: ActorSnapshot | undefined
  persist(options?: unknown): object
}

/** Starts the process of a child of `parent`. */
export type Launch = (child: StandIn, parent: ActorReference) => void

/**
 * What XState finds in the place of a child's logic: it starts, stops and persists the process that runs the real one.
 *
 * Until that process has run, what is sent to the child waits here.
 */
export class StandIn implements Logic, Address {
  readonly reference: ActorReference
  readonly logic: Logic
  input: unknown = undefined
  persisted: ActorSnapshot | undefined = undefined
  /** Stopped, done or failed: nothing that it says counts any more. */
  isOver = false
  private readonly launch: Launch
  /** What `getSnapshot()` answers until the process has run. */
  private placeholder: ActorSnapshot | undefined = undefined
  private code: ChildCode | undefined = undefined
  private readonly waiting: [ActorEvent, ActorReference | undefined][] = []

  constructor(reference: ActorReference, logic: Logic, launch: Launch) {
    this.reference = reference
    this.logic = logic
    this.launch = launch
  }

  get pid(): Pid | undefined {
    return this.code?.pid
  }

  // What XState calls. The real snapshot is computed by the process, not on the stack of its parent.

  getInitialSnapshot(_scope: Scope, input: unknown): ActorSnapshot {
    this.input = input
    this.placeholder = { status: 'active', output: undefined, error: undefined }
    return this.placeholder
  }

  restoreSnapshot(persisted: ActorSnapshot): ActorSnapshot {
    this.persisted = this.placeholder = persisted
    return persisted
  }

  transition(snapshot: ActorSnapshot): ActorSnapshot {
    return snapshot
  }

  getPersistedSnapshot(snapshot: ActorSnapshot, options?: unknown): object {
    if (this.code?.currentSnapshot !== undefined) return this.code.persist(options)
    return this.persisted ?? snapshot
  }

  start(): void {
    if (this.isOver || this.code !== undefined || this.reference._parent === undefined) return
    this.launch(this, this.reference._parent)
  }

  // What its parent's process calls.

  runs(code: ChildCode): void {
    this.code = code
    bindAddress(this.reference, code)
    for (const [event, source] of this.waiting) code.receive(event, source)
    this.waiting.length = 0
  }

  /** Ends the process once it has handled what was sent before. */
  stop(): void {
    if (this.isOver) return
    this.isOver = true
    const order = new SystemMessage<ServerCode>((code) => code.terminate('shutdown'))
    this.code?.localProcess.deliverSignal(order)
  }

  isPlaceholder(snapshot: unknown): boolean {
    return snapshot !== undefined && snapshot === this.placeholder
  }

  // Its address, until there is a process.

  receive(event: ActorEvent, source: ActorReference | undefined): void {
    if (!this.isOver) this.waiting.push([event, source])
  }

  schedule(): void {}

  cancel(): void {}

  cancelAll(): void {}
}

/** Puts a stand-in in the place of the logic of an actor that XState has just made. */
export function adopt(reference: ActorReference, launch: Launch): void {
  const standIn = new StandIn(reference, reference.logic as Logic, launch) // XState's constructor has set it
  reference.logic = standIn
  bindAddress(reference, standIn)
}

/** The stand-in of a child; `undefined` for the root machine. */
export function standInOf(reference: ActorReference): StandIn | undefined {
  return reference.logic instanceof StandIn ? reference.logic : undefined
}
