import type { From } from './call.ts'

declare const expects: unique symbol

/**
 * Says that a call of this event is answered with an `R`: `{ type: 'size' } & Expects<number>`. Only a type.
 */
export interface Expects<R> {
  readonly [expects]?: R
}

/** What a call of `Content` answers with; `unknown` when it does not say so with {@link Expects}. */
export type AnswerOf<Content> = Content extends unknown
  ? typeof expects extends keyof Content
    ? Content extends Expects<infer R>
      ? R
      : never
    : unknown
  : never

/** Of the events in `All`, those that are of the shape of `Sent`. */
type Matching<All, Sent> = Sent extends { readonly type: infer Type }
  ? Extract<All, { readonly type: Type }> extends infer Found
    ? [Found] extends [never]
      ? Sent
      : Found
    : never
  : Sent

/** What a call with `Sent` answers with, when the machine understands `All`. */
export type AnswerTo<All, Sent> = AnswerOf<Matching<All, Sent>>

/** Somebody asks, and waits for `replyTo(event.from, value)`. */
export interface CallEvent<Content = unknown> {
  readonly type: 'call'
  readonly from: From<AnswerOf<Content>>
  readonly content: Content
}

/** Somebody sent a `cast`. */
export interface CastEvent<Content = unknown> {
  readonly type: 'cast'
  readonly content: Content
}

/** Any other message: `down`, `exit`, timers, plain sends. */
export interface InfoEvent {
  readonly type: 'info'
  // biome-ignore lint/suspicious/noExplicitAny: a machine says itself which messages it knows
  readonly content: any
}

/** Inserted by the machine itself, with `nextEvent('internal', content)`. */
export interface InternalEvent {
  readonly type: 'internal'
  // biome-ignore lint/suspicious/noExplicitAny: a machine says itself what it inserts
  readonly content: any
}

/** The event timeout is over. */
export interface TimeoutEvent {
  readonly type: 'timeout'
  // biome-ignore lint/suspicious/noExplicitAny: a machine says itself what its timeouts carry
  readonly content: any
}

/** The state timeout is over. */
export interface StateTimeoutEvent {
  readonly type: 'stateTimeout'
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly content: any
}

/** The generic timeout `name` is over. */
export interface GenericTimeoutEvent {
  readonly type: 'genericTimeout'
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly name: any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly content: any
}

/** The state was entered, from `oldState`; the same state at the start and when it is repeated. Only with `stateEnter`. */
export interface EnterEvent {
  readonly type: 'enter'
  // biome-ignore lint/suspicious/noExplicitAny: the module's own states
  readonly oldState: any
}

/** What can be queued, postponed and handled: everything but `enter`. */
export type QueuedEvent<Content = unknown> =
  | CallEvent<Content>
  | CastEvent<Content>
  | InfoEvent
  | InternalEvent
  | TimeoutEvent
  | StateTimeoutEvent
  | GenericTimeoutEvent

/**
 * What a state's handler gets. `Content` is what calls and casts carry.
 *
 * Semantics: OTP `gen_statem:event_type()` and its content in one value.
 */
export type MachineEvent<Content = unknown> = QueuedEvent<Content> | EnterEvent

/**
 * Events that were received and not yet handled, and those put aside.
 *
 * ```
 *  postponed  p1 p2 …          oldest first
 *  queue      … e3 e2 e1       the next one is last: taking it, and putting others before it, is cheap
 * ```
 */
export class EventQueue {
  private readonly queue: QueuedEvent[] = []
  private aside: QueuedEvent[] = []

  get size(): number {
    return this.queue.length
  }

  /** The waiting events, next first. */
  get waiting(): readonly QueuedEvent[] {
    return this.queue.toReversed()
  }

  /** The events put aside, oldest first. */
  get postponed(): readonly QueuedEvent[] {
    return this.aside
  }

  /** The next event; `undefined` when there is none. */
  take(): QueuedEvent | undefined {
    return this.queue.pop()
  }

  /** Puts `event` aside until {@link retry}. */
  postpone(event: QueuedEvent): void {
    this.aside.push(event)
  }

  /** Puts `events` before all others, in their order. */
  insert(events: readonly QueuedEvent[]): void {
    for (let i = events.length - 1; i >= 0; i--) this.queue.push(events[i] as QueuedEvent)
  }

  /** Puts what was set aside before all others, oldest first. */
  retry(): void {
    if (this.aside.length === 0) return
    const { aside } = this
    this.aside = []
    this.insert(aside)
  }
}
