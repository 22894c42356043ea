import type { MachineAction, MachineActions, ReplyAction } from './machine-actions.ts'
import { EventQueue, type QueuedEvent } from './machine-events.ts'
import {
  type Alarms,
  EVENT_TIMEOUT,
  type Expired,
  STATE_TIMEOUT,
  type TimeoutOrder,
  TimerTable,
} from './machine-timers.ts'

/** What the actions of one transition asked for, so far. */
export class Step {
  postponed = false
  readonly inserted: QueuedEvent[] = []
  readonly timeouts: TimeoutOrder[] = []
}

/** An action that cannot be carried out (here). */
export class BadAction {
  readonly action: unknown

  constructor(action: unknown) {
    this.action = action
  }
}

/** Carries out, at once, what an action asks of the world outside the engine. */
export interface ActionEffects {
  reply(action: ReplyAction): void
  /** @returns false when it is not possible. */
  switchModule(kind: 'changeModule' | 'pushModule' | 'popModule', module: unknown): boolean
}

/**
 * The order of everything in a machine: what is handled next, and what a transition does to queue and timeouts.
 *
 * It knows no process and no clock: alarms and effects are given to it.
 * Semantics: OTP gen_statem, `otp.md` §13.4 and §13.5.
 */
export class Engine<Handle> {
  readonly events = new EventQueue()
  readonly timers: TimerTable<Handle>

  constructor(alarms: Alarms<Handle>) {
    this.timers = new TimerTable(alarms)
  }

  /** Whether there is something to handle before the next message. */
  get hasWork(): boolean {
    return this.events.size > 0 || this.timers.hasZero
  }

  /** The event to handle now: queued ones first, then timeouts of time zero. Whatever it is, it ends the event timeout. */
  next(): QueuedEvent | undefined {
    const event = this.events.take() ?? this.zero()
    if (event !== undefined) this.timers.cancel(EVENT_TIMEOUT)
    return event
  }

  /** An event from outside, while there is no work: it ends the event timeout. */
  accept(event: QueuedEvent): QueuedEvent {
    this.timers.cancel(EVENT_TIMEOUT)
    return event
  }

  /** An alarm went off. @returns its event; `undefined` when it is out of date. */
  expired(key: unknown, handle: Handle): QueuedEvent | undefined {
    const expired = this.timers.expire(key, handle)
    return expired === undefined ? undefined : this.accept(timeoutEvent(expired))
  }

  private zero(): QueuedEvent | undefined {
    const expired = this.timers.takeZero()
    return expired === undefined ? undefined : timeoutEvent(expired)
  }

  /**
   * Carries out `actions` in order: effects at once, the rest is noted in `step`.
   * @param entering - in an enter call: no postpone, no inserted events, no change of module.
   * @returns what stops it.
   */
  collect(
    step: Step,
    actions: MachineActions | undefined,
    entering: boolean,
    effects: ActionEffects,
  ): BadAction | undefined {
    if (actions === undefined) return undefined
    if (!Array.isArray(actions)) return this.perform(step, actions as MachineAction, entering, effects)
    for (const action of actions) {
      const bad = this.perform(step, action, entering, effects)
      if (bad !== undefined) return bad
    }
    return undefined
  }

  private perform(step: Step, action: MachineAction, entering: boolean, effects: ActionEffects): BadAction | undefined {
    if (typeof action === 'number') return this.shortTimeout(step, action)
    switch (action?.action) {
      case 'reply':
        effects.reply(action)
        return undefined
      case 'timeout':
        step.timeouts.push(action.order)
        return undefined
      case 'hibernate':
        return undefined
    }
    if (entering) return new BadAction(action)
    switch (action?.action) {
      case 'postpone':
        step.postponed = action.wanted
        return undefined
      case 'nextEvent':
        step.inserted.push(action.event)
        return undefined
      case 'changeModule':
      case 'pushModule':
      case 'popModule':
        return effects.switchModule(action.action, action.module) ? undefined : new BadAction(action)
      default:
        return new BadAction(action)
    }
  }

  private shortTimeout(step: Step, timeMs: number): BadAction | undefined {
    if (!(timeMs >= 0)) return new BadAction(timeMs)
    step.timeouts.push({ order: 'start', key: EVENT_TIMEOUT, time: timeMs, abs: false, content: timeMs })
    return undefined
  }

  /**
   * The end of a transition: the event is postponed or consumed, postponed ones are retried, inserted ones come first, and
   * the timeouts are set.
   * @param event - what was handled; `undefined` for the start, when there is nothing to postpone.
   */
  finish(step: Step, event: QueuedEvent | undefined, stateChanged: boolean): void {
    const { events, timers } = this
    if (step.postponed && event !== undefined) events.postpone(event)
    if (stateChanged) {
      events.retry()
      timers.cancel(STATE_TIMEOUT)
    }
    events.insert(step.inserted)
    for (const order of step.timeouts) timers.apply(order)
  }
}

function timeoutEvent({ key, content }: Expired): QueuedEvent {
  if (key === EVENT_TIMEOUT) return { type: 'timeout', content }
  if (key === STATE_TIMEOUT) return { type: 'stateTimeout', content }
  return { type: 'genericTimeout', name: key, content }
}
