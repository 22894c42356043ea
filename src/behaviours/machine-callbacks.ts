import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { Timeout } from '../runtime/receive.ts'
import { checkOnlyStartOptions, type StartOptions } from '../runtime/start.ts'
import type { CallOptions, PostedCall } from './call.ts'
import type { MachineResult } from './machine-actions.ts'
import { CallbackMachine, type PreparedMachine, preparedModules } from './machine-callback-process.ts'
import type { AnswerTo, MachineEvent } from './machine-events.ts'
import { callMachine, castToMachine, postToMachine, stopMachine } from './machine-process.ts'
import { placeOfDefinition } from './module-name.ts'
import type { StopResult } from './result.ts'
import { Callback, callback, type Status } from './server.ts'
import { type Starters, starters } from './start.ts'

type Awaitable<T> = T | PromiseLike<T>

/** What a handler of a machine may return. */
export type MachineReturn<S, D> = Awaitable<MachineResult<S, D> | StopResult<D>>

/** Handles the events of one state. */
// biome-ignore lint/suspicious/noExplicitAny: the module says in an annotation which events it understands
export type StateHandler<S, D> = (event: MachineEvent<any>, data: D) => MachineReturn<S, D>

/** What the `init` of a machine starts with. */
type InitialOf<InitReturn> =
  InitReturn extends PromiseLike<infer Value>
    ? InitialOf<Value>
    : InitReturn extends MachineResult<infer S, infer D>
      ? { readonly state: S; readonly data: D }
      : never
/** The data that an `init` starts with. */
export type DataOf<InitReturn> = InitialOf<InitReturn>['data']

/** `Content`, unless it is `any` or unknown: what a handler without an annotation says. */
type Said<Content> = unknown extends Content ? never : Content
type ContentSaid<Handler> = Handler extends (event: infer Event, ...rest: never[]) => unknown
  ? Said<Extract<Event, { readonly type: 'cast' }> extends { readonly content: infer Content } ? Content : never>
  : never

/** What the calls and casts of a machine carry, as its handlers say; anything, when none of them says it. */
// biome-ignore lint/suspicious/noExplicitAny: as the last words say
export type ContentOf<Handlers> = [ContentSaid<Handlers>] extends [never] ? any : ContentSaid<Handlers>

/** The callbacks that both modes of a machine have. */
export interface MachineCallbacks<Arg extends readonly unknown[], InitReturn, S, D> {
  /** What reports call the module. Default: file and line of `define`. */
  readonly module?: string
  /**
   * The first state. May be async. Returns `nextState(state, data, actions)`, `ignore()`, `refuse(reason)` or
   * `stopInit(reason)`. Semantics: OTP `gen_statem:init/1`.
   */
  readonly init: (...arg: Arg) => InitReturn
  /** Also call the handler with an `enter` event at the start, on each change of state, and when it is repeated. Default false. */
  readonly stateEnter?: boolean
  /** Last words: after stop, a failure, or the parent's exit when it traps exits. Not when killed, not without trapping. */
  readonly terminate?: (reason: ExitReason, state: S, data: D) => unknown
  /** Redacts what reports and `Sys.getStatus` show. The `state` is `{ state, data }`. */
  readonly formatStatus?: (status: Status) => Partial<Status>
}

/** A machine with one handler per state. Semantics: OTP callback mode `state_functions`. */
export interface StateFunctions<Arg extends readonly unknown[], InitReturn, States>
  extends MachineCallbacks<Arg, InitReturn, keyof States & string, DataOf<InitReturn>> {
  /**
   * By state: `(event, data) => nextState(state, data, actions) | keepState(data, actions) | keepStateAndData(actions) |
   * repeatState(data, actions) | repeatStateAndData(actions) | stop(reason, data) | stopAndReply(reason, replies, data)`.
   */
  readonly states: States & {
    readonly [State in keyof States]: StateHandler<keyof States & string, DataOf<InitReturn>>
  }
  readonly handleEvent?: never
}

/** A machine with one handler for any state value. Semantics: OTP callback mode `handle_event_function`. */
export interface HandleEventFunction<Arg extends readonly unknown[], InitReturn, S, Content>
  extends MachineCallbacks<Arg, InitReturn, S, DataOf<InitReturn>> {
  /** `(event, state, data) =>` what a state's handler may return. Annotate `state` with all the states there are. */
  readonly handleEvent: (
    event: MachineEvent<Content>,
    state: S,
    data: DataOf<InitReturn>,
  ) => MachineReturn<NoInfer<S>, DataOf<InitReturn>>
  readonly states?: never
}

/** A defined machine: how to start it, and how to talk to it. */
export interface StateMachineModule<Arg extends readonly unknown[], S, D, Content> extends Starters<Arg, StartOptions> {
  /** What reports call it. */
  readonly moduleName: string
  /**
   * Sends a `call` event and waits for the answer.
   * @param options - `timeoutMs` defaults to `'infinity'`.
   * @returns what was given to `replyTo`.
   * @throws {ExitError} `BEAMISH_NOPROC` nobody there · `BEAMISH_TIMEOUT` · `BEAMISH_CALLING_SELF` · `BEAMISH_EXIT` the
   * machine ended first; `reason` tells. Semantics: OTP gen_statem:call/3.
   */
  call<const Sent extends Content>(
    server: ServerRef,
    content: Sent,
    options?: CallOptions,
  ): Operation<AnswerTo<Content, Sent>>
  /** Sends a `cast` event and does not wait; whatever becomes of it, nothing is told. Semantics: OTP gen_statem:cast/2. */
  cast(server: ServerRef, content: Content): void
  /** Sends a `call` event whose answer is fetched later with `GenServer.receiveResponse`. Semantics: OTP gen_statem:send_request/2. */
  sendRequest<const Sent extends Content>(server: ServerRef, content: Sent): PostedCall<AnswerTo<Content, Sent>>
  /** Ends the machine in order. Semantics: OTP gen_statem:stop/3. */
  stop(server: ServerRef, reason?: ExitReason, timeoutMs?: Timeout): Operation<'ok'>
  /** Only a type. */
  readonly stateType?: S
  /** Only a type. */
  readonly dataType?: D
}

// ── Definition ─────────────────────────────────────────────────────────────────────────────────────────────────────

const CALLBACKS = ['module', 'init', 'states', 'handleEvent', 'stateEnter', 'terminate', 'formatStatus']

function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  const where = 'StateMachine.define'
  checkKeys(where, callbacks, CALLBACKS, 'callbacks')
  const { init, states, handleEvent, stateEnter } = callbacks
  if (typeof init !== 'function') throw new BadArgumentError(`${where}: init`, 'a function', init)
  if ((states === undefined) === (handleEvent === undefined)) {
    throw new BadArgumentError(
      where,
      'either states (one handler each) or handleEvent',
      states === undefined ? 'neither' : 'both',
    )
  }
  if (stateEnter !== undefined && typeof stateEnter !== 'boolean') {
    throw new BadArgumentError(`${where}: stateEnter`, 'true or false', stateEnter)
  }
  checkFunctions({ handleEvent, terminate: callbacks['terminate'], formatStatus: callbacks['formatStatus'] })
  checkStates(states)
}

function checkFunctions(functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== 'function') {
      throw new BadArgumentError(`StateMachine.define: ${name}`, 'a function', value)
    }
  }
}

function checkStates(states: unknown): void {
  if (states === undefined) return
  if (typeof states !== 'object' || states === null) {
    throw new BadArgumentError('StateMachine.define: states', 'an object of handlers by state', states)
  }
  for (const [name, handler] of Object.entries(states)) {
    if (typeof handler !== 'function')
      throw new BadArgumentError(`StateMachine.define: states.${name}`, 'a function', handler)
  }
}

/**
 * Defines a machine by its callbacks: one handler per state (`states`), or one for all (`handleEvent`).
 *
 * Handlers that return a value run synchronously; those that return a promise suspend the machine until it settles. A state
 * is compared with `===`. For statecharts (nested and parallel states, guards, invoked children) use `StateMachine.from`.
 * @throws {BadArgumentError} for a missing `init`, for neither or both of `states` and `handleEvent`, for an unknown callback.
 *
 * Semantics: OTP gen_statem. *When not to use it*: for a server whose requests mean the same in every state; that is a
 * `GenServer`.
 */
export function define<Arg extends readonly unknown[], InitReturn, S, Content>(
  callbacks: HandleEventFunction<Arg, InitReturn, S, Content>,
): StateMachineModule<Arg, S, DataOf<InitReturn>, Content>
export function define<Arg extends readonly unknown[], InitReturn, States>(
  callbacks: StateFunctions<Arg, InitReturn, States>,
): StateMachineModule<Arg, keyof States & string, DataOf<InitReturn>, ContentOf<States[keyof States]>>
export function define(callbacks: object): unknown {
  const given = callbacks as { readonly [name: string]: unknown }
  checkCallbacks(given)
  const module = prepare(given, placeOfDefinition(1))
  const defined = {
    moduleName: module.moduleName,
    ...starters<[unknown], StartOptions>({
      what: `StateMachine ${module.moduleName}`,
      check: (options) => checkOnlyStartOptions(`StateMachine ${module.moduleName}`, options),
      code: (arg) => new CallbackMachine(module, arg),
    }),
    call: callMachine,
    cast: castToMachine,
    sendRequest: postToMachine,
    stop: stopMachine,
  }
  preparedModules.set(defined, module)
  return defined
}

type AnyFunction = (...args: unknown[]) => unknown

/** Sound after {@link checkCallbacks}. */
function prepare(given: { readonly [name: string]: unknown }, place: string): PreparedMachine {
  const states = given['states'] as Readonly<Record<string, AnyFunction>> | undefined
  return {
    moduleName: (given['module'] as string | undefined) ?? place,
    init: new Callback(given['init'] as AnyFunction),
    states: states && new Map(Object.entries(states).map(([name, handler]) => [name, new Callback(handler)])),
    handleEvent: callback(given['handleEvent'] as AnyFunction | undefined),
    stateEnter: (given['stateEnter'] as boolean | undefined) ?? false,
    terminate: callback(given['terminate'] as AnyFunction | undefined),
    formatStatus: given['formatStatus'] as PreparedMachine['formatStatus'],
  }
}
