import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import type { From } from './call.ts'
import type { QueuedEvent } from './machine-events.ts'
import { EVENT_TIMEOUT, STATE_TIMEOUT, type TimeoutOrder } from './machine-timers.ts'
import { KEEP } from './result.ts'

/** Answers a caller. Build it with {@link replyTo}. */
export interface ReplyAction {
  readonly action: 'reply'
  readonly from: From
  readonly value: unknown
}

/** Puts the current event aside. Build it with {@link postpone}. */
export interface PostponeAction {
  readonly action: 'postpone'
  readonly wanted: boolean
}

/** Inserts an event. Build it with {@link nextEvent}. */
export interface NextEventAction {
  readonly action: 'nextEvent'
  readonly event: QueuedEvent
}

/** Starts, cancels or updates a timeout. Build it with {@link eventTimeout}, {@link stateTimeout}, {@link genericTimeout}. */
export interface TimeoutAction {
  readonly action: 'timeout'
  readonly order: TimeoutOrder
}

/** Build it with {@link hibernate}. */
export interface HibernateAction {
  readonly action: 'hibernate'
}

/** Switches the handlers. Build it with {@link changeCallbackModule} and its sisters. */
export interface CallbackModuleAction {
  readonly action: 'changeModule' | 'pushModule' | 'popModule'
  readonly module: unknown
}

/** What a handler may ask for besides its next state. A plain number is an event timeout of so many milliseconds. */
export type MachineAction =
  | ReplyAction
  | PostponeAction
  | NextEventAction
  | TimeoutAction
  | HibernateAction
  | CallbackModuleAction
  | number

/** One action or several, carried out in order. */
export type MachineActions = MachineAction | readonly MachineAction[]

/** Answers the caller of a `call` event; the answer is sent while the actions are carried out. Semantics: OTP `{reply, From, Reply}`. */
export function replyTo<R>(from: From<R>, value: R): ReplyAction {
  return { action: 'reply', from: from as From, value }
}

/**
 * Puts the current event aside: it comes back when the state changes, before newer events.
 * @param wanted - false undoes an earlier `postpone()` of the same list. Semantics: OTP `postpone`.
 */
export function postpone(wanted = true): PostponeAction {
  return { action: 'postpone', wanted }
}

/** What {@link nextEvent} may insert: the name of a type, or what the type needs besides its content. */
export type NextEventType =
  | 'internal'
  | 'cast'
  | 'info'
  | 'timeout'
  | 'stateTimeout'
  | { readonly type: 'call'; readonly from: From }
  | { readonly type: 'genericTimeout'; readonly name: unknown }

const PLAIN_TYPES: readonly unknown[] = ['internal', 'cast', 'info', 'timeout', 'stateTimeout']

/**
 * Inserts an event before everything that is queued; several keep their order.
 * @throws {BadArgumentError} for an unknown type. Semantics: OTP `{next_event, EventType, EventContent}`.
 */
export function nextEvent(type: NextEventType, content?: unknown): NextEventAction {
  if (PLAIN_TYPES.includes(type)) return { action: 'nextEvent', event: { type: type as 'internal', content } }
  if (typeof type === 'object' && (type?.type === 'call' || type?.type === 'genericTimeout')) {
    return { action: 'nextEvent', event: { ...type, content } as QueuedEvent }
  }
  const expected = `${PLAIN_TYPES.map((name) => `'${name}'`).join(', ')}, { type: 'call', from } or { type: 'genericTimeout', name }`
  throw new BadArgumentError('nextEvent', expected, type)
}

/** How a timeout is started. */
export interface TimeoutOptions {
  /** `timeMs` is a time of the runtime's monotonic clock (`monotonicTime()`), not a delay. */
  readonly abs?: boolean
}

function start(
  where: string,
  key: unknown,
  timeMs: number | 'infinity',
  content: unknown,
  options?: TimeoutOptions,
): TimeoutAction {
  const abs = options?.abs ?? false
  const legal = timeMs === 'infinity' || (typeof timeMs === 'number' && (abs ? !Number.isNaN(timeMs) : timeMs >= 0))
  if (!legal) throw new BadArgumentError(where, "milliseconds, at least 0, or 'infinity'", timeMs)
  return { action: 'timeout', order: { order: 'start', key, time: timeMs, abs, content } }
}

function cancel(key: unknown): TimeoutAction {
  return { action: 'timeout', order: { order: 'cancel', key } }
}

function update(key: unknown, content: unknown): TimeoutAction {
  return { action: 'timeout', order: { order: 'update', key, content } }
}

/**
 * Starts the event timeout: a `timeout` event with `content`, unless any other event is handled first.
 *
 * 0: after the queued events, before any message that has not been looked at. `'infinity'` cancels.
 * `eventTimeout.cancel()`, `eventTimeout.update(content)`. Semantics: OTP `{timeout, Time, EventContent}`.
 */
export const eventTimeout = Object.assign(
  (timeMs: number | 'infinity', content?: unknown, options?: TimeoutOptions): TimeoutAction =>
    start('eventTimeout', EVENT_TIMEOUT, timeMs, content, options),
  { cancel: () => cancel(EVENT_TIMEOUT), update: (content: unknown) => update(EVENT_TIMEOUT, content) },
)

/**
 * Starts the state timeout: a `stateTimeout` event with `content`, unless the state changes first. Together with a change of
 * state it belongs to the new state.
 *
 * `stateTimeout.cancel()`, `stateTimeout.update(content)`. Semantics: OTP `{state_timeout, Time, EventContent}`.
 */
export const stateTimeout = Object.assign(
  (timeMs: number | 'infinity', content?: unknown, options?: TimeoutOptions): TimeoutAction =>
    start('stateTimeout', STATE_TIMEOUT, timeMs, content, options),
  { cancel: () => cancel(STATE_TIMEOUT), update: (content: unknown) => update(STATE_TIMEOUT, content) },
)

/**
 * Starts the timeout `name`: a `genericTimeout` event with `name` and `content`. It survives changes of state.
 *
 * `genericTimeout.cancel(name)`, `genericTimeout.update(name, content)`. Semantics: OTP `{{timeout, Name}, Time, EventContent}`.
 */
export const genericTimeout = Object.assign(
  (name: unknown, timeMs: number | 'infinity', content?: unknown, options?: TimeoutOptions): TimeoutAction =>
    start('genericTimeout', name, timeMs, content, options),
  { cancel: (name: unknown) => cancel(name), update: (name: unknown, content: unknown) => update(name, content) },
)

/** No message is expected soon. A hint. Semantics: OTP `hibernate`. */
export function hibernate(): HibernateAction {
  return { action: 'hibernate' }
}

/** From here on, the handlers of `module` (another `StateMachine.define`) run. Semantics: OTP `{change_callback_module, NewModule}`. */
export function changeCallbackModule(module: object): CallbackModuleAction {
  return { action: 'changeModule', module }
}

/** As {@link changeCallbackModule}, and keeps the present one for {@link popCallbackModule}. Semantics: OTP `{push_callback_module, NewModule}`. */
export function pushCallbackModule(module: object): CallbackModuleAction {
  return { action: 'pushModule', module }
}

/** Goes back to the module before the last push. With none, the machine crashes. Semantics: OTP `pop_callback_module`. */
export function popCallbackModule(): CallbackModuleAction {
  return { action: 'popModule', module: undefined }
}

// ── Results ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a machine result means. */
export type MachineResultKind = 'next' | 'keep' | 'repeat' | 'stopAndReply'

/** What a handler tells its machine. `S` is the next state, `D` the next data; `never` for those that are kept. */
export class MachineResult<S = unknown, D = unknown> {
  readonly kind: MachineResultKind
  readonly state: S | typeof KEEP
  readonly data: D | typeof KEEP
  readonly actions: MachineActions | undefined
  readonly reason: ExitReason

  constructor(
    kind: MachineResultKind,
    state: S | typeof KEEP,
    data: D | typeof KEEP,
    actions: MachineActions | undefined,
    reason?: ExitReason,
  ) {
    this.kind = kind
    this.state = state
    this.data = data
    this.actions = actions
    this.reason = reason
  }
}

/**
 * Goes on in `state` with `data`. With the state as it was this is {@link keepState}.
 *
 * From `init`: the first state and data. Semantics: OTP `{next_state, NextState, NewData, Actions}`, `{ok, State, Data, Actions}`.
 */
export function nextState<const S, D>(state: S, data: D, actions?: MachineActions): MachineResult<S, D> {
  return new MachineResult('next', state, data, actions)
}

/** Stays in the state, with new `data`. Semantics: OTP `{keep_state, NewData, Actions}`. */
export function keepState<D>(data: D, actions?: MachineActions): MachineResult<never, D> {
  return new MachineResult<never, D>('keep', KEEP, data, actions)
}

/** Stays as it is. Semantics: OTP `{keep_state_and_data, Actions}`. */
export function keepStateAndData(actions?: MachineActions): MachineResult<never, never> {
  return new MachineResult<never, never>('keep', KEEP, KEEP, actions)
}

/** Stays in the state, with new `data`, and enters it again. Semantics: OTP `{repeat_state, NewData, Actions}`. */
export function repeatState<D>(data: D, actions?: MachineActions): MachineResult<never, D> {
  return new MachineResult<never, D>('repeat', KEEP, data, actions)
}

/** Stays as it is, and enters the state again. Semantics: OTP `{repeat_state_and_data, Actions}`. */
export function repeatStateAndData(actions?: MachineActions): MachineResult<never, never> {
  return new MachineResult<never, never>('repeat', KEEP, KEEP, actions)
}

/**
 * Answers callers, then ends the machine with `reason`: `terminate` runs with `data` (default: as it was).
 * Semantics: OTP `{stop_and_reply, Reason, Replies, NewData}`.
 */
export function stopAndReply(
  reason: ExitReason,
  replies: ReplyAction | readonly ReplyAction[],
): MachineResult<never, never>
export function stopAndReply<D>(
  reason: ExitReason,
  replies: ReplyAction | readonly ReplyAction[],
  data: D,
): MachineResult<never, D>
export function stopAndReply(
  ...args: [ExitReason, ReplyAction | readonly ReplyAction[], unknown?]
): MachineResult<never, unknown> {
  return new MachineResult<never, unknown>('stopAndReply', KEEP, args.length > 2 ? args[2] : KEEP, args[1], args[0])
}
