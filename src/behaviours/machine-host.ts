import type {
  ActionArgs,
  ActionFunction,
  AnyStateMachine,
  EmittedFrom,
  EventFromLogic,
  EventObject,
  InputFrom,
  MachineContext,
  SnapshotFrom,
} from 'xstate'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { ExitReason } from '../core/reason.ts'
import { actingProcess } from '../runtime/current.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { Timeout } from '../runtime/receive.ts'
import { checkOnlyStartOptions, type StartOptions } from '../runtime/start.ts'
import type { CallOptions, From, PostedCall } from './call.ts'
import { ActorProcess, processOf } from './machine-actor-process.ts'
import type { ActorSnapshot, Logic } from './machine-actors.ts'
import type { AnswerOf, AnswerTo } from './machine-events.ts'
import { callMachine, castToMachine, postToMachine, stopMachine } from './machine-process.ts'
import type { EmittedMessage } from './machine-subscribers.ts'
import { placeOfDefinition } from './module-name.ts'
import { type ServerCode, type Status, systemCall } from './server.ts'
import { type Starters, starters } from './start.ts'

/** What is added to an XState machine that becomes a process. */
export interface HostOptions<M extends AnyStateMachine> {
  /** What reports call it. Default: the machine's id, else file and line. */
  readonly module?: string
  /** Traps exits from the start: `exit` messages of others are events, and the parent's exit runs `terminate`. Default false. */
  readonly trapExit?: boolean
  /** Last words: after the final state, stop, a failure, or the parent's exit when it traps exits. */
  readonly terminate?: (reason: ExitReason, snapshot: SnapshotFrom<M>) => unknown
  /** Redacts what reports and `Sys.getStatus` show. The `state` is `{ state, data }`: state value and context. */
  readonly formatStatus?: (status: Status) => Partial<Status>
  /** Where XState's `log` action goes. Default: the terminal. */
  readonly logger?: (...args: unknown[]) => void
}

const HOST_OPTIONS: readonly string[] = [
  'module',
  'trapExit',
  'terminate',
  'formatStatus',
  'logger',
] satisfies (keyof HostOptions<AnyStateMachine>)[]

/** Options of the start of a hosted machine. */
export interface HostedStartOptions extends StartOptions {
  /** Goes on from what `getPersistedSnapshot` gave, instead of starting anew: no entry actions run. */
  readonly snapshot?: object
}

/** What {@link StateMachineHost.getPersistedSnapshot} gives: plain data that JSON can carry, if the context is. */
export interface PersistedMachine extends Readonly<Record<string, unknown>> {
  readonly status: string
  readonly value: unknown
  readonly context: unknown
}

type InputArguments<M extends AnyStateMachine> =
  undefined extends InputFrom<M> ? [input?: InputFrom<M>] : [input: InputFrom<M>]

/** An XState machine as a process: how to start it, and how to talk to it. */
export interface StateMachineHost<M extends AnyStateMachine> extends Starters<InputArguments<M>, HostedStartOptions> {
  /** What reports call it. */
  readonly moduleName: string
  /** The XState machine. */
  readonly machine: M
  /** Sends an event and does not wait; whatever becomes of it, nothing is told. `send(pid, event)` does the same. */
  cast(server: ServerRef, event: EventFromLogic<M>): void
  /**
   * Sends an event and waits for the answer that `StateMachine.reply` gives while it (or, once postponed, later) is handled.
   *
   * Say what an event is answered with in its type: `{ type: 'size' } & Expects<number>`.
   * @param options - `timeoutMs` defaults to `'infinity'`.
   * @throws {ExitError} `BEAMISH_NOPROC` · `BEAMISH_TIMEOUT` · `BEAMISH_CALLING_SELF` · `BEAMISH_EXIT` the machine ended
   * first, or its state has no transition for the event (reason `unhandledEvent`). Semantics: OTP gen_statem:call/3.
   */
  call<Type extends EventFromLogic<M>['type']>(
    server: ServerRef,
    event: EventFromLogic<M> & { readonly type: Type },
    options?: CallOptions,
  ): Operation<AnswerTo<EventFromLogic<M>, { readonly type: Type }>>
  /** As `call`, and the answer is fetched later with `GenServer.receiveResponse`. Semantics: OTP gen_statem:send_request/2. */
  sendRequest<Type extends EventFromLogic<M>['type']>(
    server: ServerRef,
    event: EventFromLogic<M> & { readonly type: Type },
  ): PostedCall<AnswerTo<EventFromLogic<M>, { readonly type: Type }>>
  /** Where the machine is: XState's snapshot, after every event sent before. Default timeout 5000. @throws {ExitError} as `call`. */
  getSnapshot(server: ServerRef, timeoutMs?: Timeout): Operation<SnapshotFrom<M>>
  /**
   * What another start goes on from with `{ snapshot }`: XState's persisted snapshot, and also postponed events and delays that
   * are not over. Postponed calls are left out: their callers do not outlive the machine.
   * @throws what XState throws when a child is inline, not named in `setup({ actors })`.
   */
  getPersistedSnapshot(server: ServerRef, timeoutMs?: Timeout): Operation<PersistedMachine>
  /** From now on the caller gets an `EmittedMessage` for every event that the machine emits, until it ends or unsubscribes. */
  subscribe(server: ServerRef, timeoutMs?: Timeout): Operation<'ok'>
  /** Ends {@link subscribe}. */
  unsubscribe(server: ServerRef, timeoutMs?: Timeout): Operation<'ok'>
  /** Ends the machine in order, its children too. Semantics: OTP gen_statem:stop/3. */
  stop(server: ServerRef, reason?: ExitReason, timeoutMs?: Timeout): Operation<'ok'>
  /** Only a type: what subscribers get. */
  readonly emittedType?: EmittedMessage<EmittedFrom<M>>
}

/**
 * Makes a process of an XState v5 machine: its transitions and snapshots, our mailbox, timers, links and reports.
 *
 * Every event comes through the mailbox. `invoke`d and spawned actors are processes, linked to the machine's; `after` and
 * delays are timers of the process; a final state ends it `'normal'`, an error with that error.
 * @throws {BadArgumentError} for what is no machine, or an unknown option.
 *
 * Semantics: `otp.md` §13.7. Differs from XState: a transition is computed as a whole before its actions run; an action
 * that returns a promise suspends the machine until it settles; a delay of 0 comes before any message; restarting a delay by
 * its id replaces it; children's `getSnapshot()` answers what they last published, and nothing of them before they have run.
 */
export function from<M extends AnyStateMachine>(machine: M, options: HostOptions<M> = {}): StateMachineHost<M> {
  checkHost(machine, options)
  const moduleName = options.module ?? (machine.id === '(machine)' ? placeOfDefinition(1) : machine.id)
  const logic = machine as unknown as Logic // the same interface, without XState's type parameters
  const typed: unknown = {
    moduleName,
    machine,
    ...starters<InputArguments<M>, HostedStartOptions>({
      what: `StateMachine ${moduleName}`,
      check: (given) => {
        checkOnlyStartOptions(`StateMachine ${moduleName}`, given, ['snapshot'])
        checkPersisted(moduleName, given.snapshot)
      },
      code: (input, { snapshot }) => {
        const persisted = copyPlain(snapshot) as ActorSnapshot | undefined // XState revives it in place
        return new ActorProcess({ moduleName, logic, input, persisted, callbacks: options })
      },
    }),
    ...clients,
  }
  return typed as StateMachineHost<M> // the same functions, typed by the machine
}

function checkHost(machine: unknown, options: object): void {
  const logic = machine as Partial<Logic> | null
  if (typeof logic !== 'object' || typeof logic?.transition !== 'function' || !('getStateNodeById' in logic)) {
    throw new BadArgumentError('StateMachine.from', 'an XState v5 machine (setup(…).createMachine(…))', machine)
  }
  checkKeys('StateMachine.from', options, HOST_OPTIONS)
}

function checkPersisted(moduleName: string, snapshot: unknown): void {
  if (snapshot === undefined) return
  if (typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot && 'value' in snapshot) return
  throw new BadArgumentError(`StateMachine ${moduleName}: snapshot`, 'what getPersistedSnapshot gave', snapshot)
}

/** A copy of plain objects and arrays, however deep; all else is shared. */
function copyPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyPlain)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyPlain(field)]))
}

// ── Client functions ───────────────────────────────────────────────────────────────────────────────────────────────

function ask<T>(name: string, server: ServerRef, timeoutMs: Timeout, answer: (code: ActorProcess) => T): Operation<T> {
  const location = { module: 'StateMachine', function: name, args: [server, timeoutMs] }
  return systemCall(location, server, timeoutMs, (code) => answer(hosted(name, code)))
}

function hosted(name: string, code: ServerCode): ActorProcess {
  if (code instanceof ActorProcess) return code
  throw new BadArgumentError(`StateMachine.${name}`, 'a machine started by StateMachine.from', code.moduleName)
}

const DEFAULT_TIMEOUT_MS = 5000

const clients = {
  call: callMachine,
  cast: castToMachine,
  sendRequest: postToMachine,
  stop: stopMachine,
  getSnapshot: (server: ServerRef, timeoutMs: Timeout = DEFAULT_TIMEOUT_MS) =>
    ask('getSnapshot', server, timeoutMs, (code) => code.currentSnapshot),
  getPersistedSnapshot: (server: ServerRef, timeoutMs: Timeout = DEFAULT_TIMEOUT_MS) =>
    ask('getPersistedSnapshot', server, timeoutMs, (code) => code.persist()),
  subscribe: (server: ServerRef, timeoutMs: Timeout = DEFAULT_TIMEOUT_MS): Operation<'ok'> => {
    const subscriber = actingProcess().pid
    return ask('subscribe', server, timeoutMs, (code) => {
      code.subscribers.add(subscriber)
      return 'ok' as const
    })
  },
  unsubscribe: (server: ServerRef, timeoutMs: Timeout = DEFAULT_TIMEOUT_MS): Operation<'ok'> => {
    const subscriber = actingProcess().pid
    return ask('unsubscribe', server, timeoutMs, (code) => {
      code.subscribers.remove(subscriber)
      return 'ok' as const
    })
  },
} as const

/** What `StateMachine` offers for hosted machines whose module is not at hand. */
export const { getSnapshot, getPersistedSnapshot, subscribe, unsubscribe } = clients

// ── Actions for hosted machines ────────────────────────────────────────────────────────────────────────────────────

/** The process behind the `self` of an action. */
function acting(where: string, self: object): ActorProcess {
  const process = processOf(self)
  if (process !== undefined) return process
  throw new BeamishError(
    'BEAMISH_NOT_HOSTED',
    `${where} works in machines started by StateMachine.from, not in ${show(self)}.`,
  )
}

/** An action of an XState machine that has no parameters. */
type HostedAction<C extends MachineContext, Current extends EventObject, All extends EventObject> = ActionFunction<
  C,
  Current,
  All,
  undefined,
  never,
  never,
  never,
  never,
  never
>

/**
 * An action that answers the caller of the current event; when it was not called, nothing is sent.
 * @param value - the answer, or a function of `{ context, event }`.
 */
export function reply<C extends MachineContext, Current extends EventObject, All extends EventObject = Current>(
  value: AnswerOf<Current> | ((args: { readonly context: C; readonly event: Current }) => AnswerOf<Current>),
): HostedAction<C, Current, All> {
  return ({ context, event, self }: ActionArgs<C, Current, All>) => {
    const compute = value as (args: object) => unknown
    acting('reply', self).replyToCaller(typeof value === 'function' ? compute({ context, event }) : value)
  }
}

/** An action that puts the current event aside: it comes back when the state value changes, before newer events. */
export function postponeAction(): ({ self }: { readonly self: object }) => void {
  return ({ self }) => acting('postpone', self).postponeCurrent()
}

/**
 * An action that sends `event` to its own machine after `timeMs` milliseconds, unless another event is handled before.
 * XState's own delays (`after`, `raise` with a delay) are the other two kinds of timeouts.
 */
export function eventTimeoutAction<E extends EventObject>(
  timeMs: number | 'infinity',
  event?: E,
): ({ self }: { readonly self: object }) => void {
  const legal = timeMs === 'infinity' || (typeof timeMs === 'number' && timeMs >= 0)
  if (!legal) throw new BadArgumentError('StateMachine.eventTimeout', "milliseconds, at least 0, or 'infinity'", timeMs)
  return ({ self }) => acting('eventTimeout', self).startEventTimeout(timeMs, event)
}

/**
 * Who called the current event, to be kept in the context and answered later with `StateMachine.replyTo(from, value)`.
 * @param args - of an action, `assign` included. @returns `undefined` when the event was not called.
 */
export function callerOf({ self }: { readonly self: object }): From | undefined {
  return acting('callerOf', self).caller
}

/** The pid of an actor: a child from `snapshot.children` or `context`, or `self`. @returns `undefined` before it has started. */
export function pidOf(actor: object): Pid | undefined {
  return processOf(actor)?.pid
}
