import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { badReturnValue, type ExitReason } from '../core/reason.ts'
import { isThenable } from '../runtime/code.ts'
import type { Name, ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { Timeout } from '../runtime/receive.ts'
import type { StartOutcome } from '../runtime/start.ts'
import { type CallSite, makeCall } from './call.ts'
import { GenServer, type GenServerOptions } from './gen-server.ts'
import { noReply, ok, type ReplyResult, reply, type StopResult, stop } from './result.ts'
import { stopServer } from './server.ts'
import { nameStart } from './start.ts'

/** The pid of an agent that holds an `S`. Any pid may stand for it; then the functions say what they take. */
export type AgentPid<S> = Pid & { readonly agentState?: (state: S) => S }
/** An agent that holds an `S`: its pid or its name. */
export type AgentRef<S> = AgentPid<S> | Name

type Awaitable<T> = T | PromiseLike<T>
type Answer = ReplyResult<unknown, unknown> | StopResult<unknown>
// biome-ignore lint/suspicious/noExplicitAny: the functions are typed where they are given; the server only calls them
type Inside = (state: any) => unknown

/** Goes on with what a function returned: at once, or when its promise has settled. */
function then<T>(returned: unknown, next: (value: unknown) => T): Awaitable<T> {
  return isThenable(returned) ? returned.then(next) : next(returned)
}

const AgentServer = GenServer.define({
  module: 'Agent',
  init: (first: () => unknown) => then(first(), (state) => ok(state)),
  handleCall: {
    get: (run: Inside, state: unknown) => then(run(state), (value) => reply(value)),
    update: (run: Inside, state: unknown) => then(run(state), (next) => reply('ok', next)),
    getAndUpdate: (run: Inside, state: unknown) => then(run(state), answerAndUpdate),
  },
  handleCast: {
    update: (run: Inside, state: unknown) => then(run(state), (next) => noReply(next)),
  },
  handleInfo: () => noReply(),
})

function answerAndUpdate(returned: unknown): Answer {
  if (Array.isArray(returned) && returned.length === 2) return reply(returned[0], returned[1])
  return stop(badReturnValue(returned))
}

function site(name: string): CallSite {
  return { module: 'Agent', function: name, defaultTimeoutMs: 5000, omitsName: true }
}

const GET = site('get')
const UPDATE = site('update')
const GET_AND_UPDATE = site('getAndUpdate')

function call<T>(agent: ServerRef, where: CallSite, run: unknown, timeoutMs: Timeout | undefined): Operation<T> {
  checkFunction(where.function, run)
  return makeCall(
    agent,
    where.function,
    run,
    where,
    timeoutMs === undefined ? undefined : { timeoutMs },
  ) as Operation<T>
}

function checkFunction(name: string, run: unknown): void {
  if (typeof run !== 'function') throw new BadArgumentError(`Agent.${name}`, 'a function of the state', run)
}

function checkFirst(name: string, first: unknown): void {
  if (typeof first !== 'function')
    throw new BadArgumentError(`Agent.${name}`, 'a function that returns the first state', first)
}

/**
 * Starts an agent whose first state is what `first` returns, linked to the caller. `first` runs in the agent, and may be async.
 * @returns its pid, typed by the state.
 * @throws {StartError} when `first` fails or the name is taken. Semantics: Elixir `Agent.start_link/2`.
 */
function startLink<S>(first: () => Awaitable<S>, options?: GenServerOptions): Operation<AgentPid<S>> {
  checkFirst('startLink', first)
  return AgentServer.startLink(first, options)
}

/** `startLink` without the link. Semantics: Elixir `Agent.start/2`. */
function start<S>(first: () => Awaitable<S>, options?: GenServerOptions): Operation<AgentPid<S>> {
  checkFirst('start', first)
  return AgentServer.start(first, options)
}

/** `startLink` that returns every outcome. */
function tryStartLink(first: () => unknown, options?: GenServerOptions): Operation<StartOutcome> {
  checkFirst('tryStartLink', first)
  return AgentServer.tryStartLink(first, options)
}

/** `start` that returns every outcome. */
function tryStart(first: () => unknown, options?: GenServerOptions): Operation<StartOutcome> {
  checkFirst('tryStart', first)
  return AgentServer.tryStart(first, options)
}

/**
 * Runs `run` in the agent.
 * @param timeoutMs - milliseconds, or `'infinity'`. Default 5000.
 * @returns what it returns (or resolves to).
 * @throws {ExitError} as `GenServer.call`, located `@ Agent.get(agent, run, timeoutMs)`; when `run` fails the agent dies of it, and
 * the caller exits with the same reason. Semantics: Elixir `Agent.get/3`.
 */
function get<S, R>(agent: AgentRef<S>, run: (state: S) => R, timeoutMs?: Timeout): Operation<Awaited<R>> {
  return call(agent, GET, run, timeoutMs)
}

/**
 * Replaces the state by what `run` makes of it. Nobody sees anything in between, also while an async `run` is on its way.
 * @returns `'ok'`.
 * @throws {ExitError} as {@link Agent.get}. Semantics: Elixir `Agent.update/3`.
 */
function update<S>(agent: AgentRef<S>, run: (state: S) => Awaitable<S>, timeoutMs?: Timeout): Operation<'ok'> {
  return call(agent, UPDATE, run, timeoutMs)
}

/**
 * Answers and replaces the state in one step: `run` returns `[answer, state]`.
 * @returns the answer.
 * @throws {ExitError} as {@link Agent.get}; the reason is `badReturnValue` when `run` returned no pair, and then the agent ends
 * with it. Semantics: Elixir `Agent.get_and_update/3`.
 */
function getAndUpdate<S, R>(
  agent: AgentRef<S>,
  run: (state: S) => Awaitable<readonly [answer: R, state: S]>,
  timeoutMs?: Timeout,
): Operation<R> {
  return call(agent, GET_AND_UPDATE, run, timeoutMs)
}

/**
 * `update` that does not wait; whatever becomes of it, nothing is told.
 * Semantics: Elixir `Agent.cast/2`.
 */
function cast<S>(agent: AgentRef<S>, run: (state: S) => Awaitable<S>): 'ok' {
  checkFunction('cast', run)
  GenServer.cast(agent, 'update', run)
  return 'ok'
}

/** Ends the agent in order. Semantics: Elixir `Agent.stop/3`. @throws {ExitError} as `GenServer.stop`. */
function stopAgent(agent: ServerRef, reason: ExitReason = 'normal', timeoutMs: Timeout = 'infinity'): Operation<'ok'> {
  return stopServer('Agent', agent, reason, timeoutMs)
}

// For supervisors, which start an agent by one of these two.
nameStart(startLink, 'Agent')
nameStart(tryStartLink, 'Agent')

/**
 * A process around one value.
 *
 * The functions run inside the agent, one at a time: a long one blocks everybody who asks.
 * *When not to use it*: for messages of your own, timers or clean-up write a `GenServer`; within one process a variable is enough.
 *
 * Semantics: Elixir `Agent`.
 */
export const Agent = {
  moduleName: 'Agent',
  startLink,
  start,
  tryStartLink,
  tryStart,
  get,
  update,
  getAndUpdate,
  cast,
  stop: stopAgent,
} as const
