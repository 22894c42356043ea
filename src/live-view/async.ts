import { badReturn } from '../channel/errors.ts'
import type { Ok } from '../channel/result.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import { type ExitReason, shutdown } from '../core/reason.ts'
import { isGeneratorFunction, isThenable } from '../runtime/code.ts'
import { checkServer, type ServerRef } from '../runtime/names.ts'
import type { Suspended } from '../runtime/operation.ts'
import { AsyncResult } from './async-result.ts'
import type { AsyncKind, AsyncName } from './async-task.ts'
import { type Failed, isFailed, isOk } from './outcome.ts'
import type { LiveState } from './state.ts'
import { checkItems, hasStream, type StreamItem, type StreamName, stream } from './stream.ts'

// Work beside a view: tasks whose end comes back as a callback, or into assigns. Semantics: Phoenix.LiveView, "Async operations".

// biome-ignore lint/suspicious/noExplicitAny: a task is no matter of the assigns
type AnyState = LiveState<any>

/** What a task runs: a plain function, an async one or a generator function, as every process. */
export type AsyncWork<Result> = () => Result | PromiseLike<Result> | Generator<Suspended, Result, unknown>

/** Options of {@link startAsync}. */
export interface StartAsyncOptions {
  /** The task supervisor that the task shall be a child of: its pid or name. Default: none. */
  readonly supervisor?: ServerRef
}

/** Options of {@link assignAsync}. */
export interface AssignAsyncOptions<Key extends string = string> extends StartAsyncOptions {
  /** Whether what was loaded before is forgotten at once: of all keys, or of these. Default false: it stays until there is something new. */
  readonly reset?: boolean | readonly Key[]
}

/** Options of {@link streamAsync}. */
export interface StreamAsyncOptions extends StartAsyncOptions {
  /** Whether it is forgotten at once that there were items already, in the {@link AsyncResult}; the items stay. Default false. */
  readonly reset?: boolean
}

/** The names of the assigns of a socket. */
export type AssignName<Socket extends AnyState> = keyof Socket['assigns'] & string

/** What the work of {@link assignAsync} loads: for each key what its {@link AsyncResult} holds. */
export type AsyncValues<Socket extends AnyState, Key extends AssignName<Socket>> = {
  readonly [Name in Key]: Socket['assigns'][Name] extends AsyncResult<infer Value> ? Value : unknown
}

/**
 * Runs a function in a process beside the view, and gives what becomes of it to `handleAsync`: `{ type: 'ok', value }` with what it
 * returned, or `{ type: 'exit', reason }` when it failed or was cancelled.
 *
 * Its failure is reported and does not end the view; the end of the view ends it, which its `self().signal` tells. While the page is
 * made over HTTP nothing is started. A component gets the result of its own task, unless it is gone by then.
 * @param name - which handler of `handleAsync`: a string, or a list that begins with it, `['load', 7]`. Of two tasks of one name that
 * run at a time only the newer one's result counts.
 * @returns the socket.
 * @throws {BadArgumentError} for arguments of the wrong kind. @throws {BeamishError} `BEAMISH_ASYNC_ELSEWHERE` outside of the view.
 * Semantics: Phoenix.LiveView.start_async/4. *When not to use it*: for work that shall go on when the page is closed use a
 * `TaskSupervisor`, or a process of your own.
 */
export function startAsync<Socket extends AnyState>(
  socket: Socket,
  name: AsyncName,
  run: AsyncWork<unknown>,
  options: StartAsyncOptions = {},
): Socket {
  checkRun('startAsync', run)
  checkOptions('startAsync', options, ['supervisor'])
  const key = keyOf('startAsync: name', 'start', name)
  socket.tasks?.start({ kind: 'start', name, key, owner: socket, run, supervisor: options.supervisor })
  return socket
}

/**
 * Loads assigns in a process beside the view. Each key holds an {@link AsyncResult}: loading at once, then `ok` with the value that
 * the function loaded for it, or `failed`.
 *
 * The rest is as with {@link startAsync}; while the page is made over HTTP the assigns say that they are loading.
 * @param keys - the name of an assign, or a list of such names.
 * @param run - returns `ok({ key: value, … })` for all keys, or `error(reason)`. Anything else is a failure that says so.
 * @returns the socket. @throws as {@link startAsync}. Semantics: Phoenix.LiveView.assign_async/4.
 */
export function assignAsync<Socket extends AnyState, Key extends AssignName<Socket>>(
  socket: Socket,
  keys: Key | readonly Key[],
  run: AsyncWork<Ok<AsyncValues<Socket, Key>> | Failed>,
  options: AssignAsyncOptions<Key> = {},
): Socket {
  checkRun('assignAsync', run)
  checkOptions('assignAsync', options, ['supervisor', 'reset'])
  const names = namesOf(keys)
  for (const name of names) assignLoading(socket, name, names, isReset(options.reset, name))
  const key = keyOf('assignAsync: keys', 'assign', names)
  const checked = checking(run, (value) => checkLoaded(names, value))
  socket.tasks?.start({ kind: 'assign', name: names, key, owner: socket, run: checked, supervisor: options.supervisor })
  return socket
}

/**
 * Loads items for a stream in a process beside the view. The stream is there at once, empty if it is new; `assigns[name]` holds an
 * {@link AsyncResult} that says how far it is: `result` is `true` when the items have come.
 *
 * The rest is as with {@link startAsync}.
 * @param name - of the stream and of the assign.
 * @param run - returns `ok(items)`, `ok(items, options)` with the options of `stream`, such as `{ reset: true }`, or `error(reason)`.
 * Anything else is a failure that says so.
 * @returns the socket. @throws as {@link startAsync}. Semantics: Phoenix.LiveView.stream_async/4.
 */
export function streamAsync<Socket extends AnyState, Name extends StreamName<Socket>>(
  socket: Socket,
  name: Name,
  run: AsyncWork<Ok<Iterable<StreamItem<Socket, Name>>> | Failed>,
  options: StreamAsyncOptions = {},
): Socket {
  checkRun('streamAsync', run)
  checkOptions('streamAsync', options, ['supervisor', 'reset'])
  if (typeof options.reset === 'object')
    throw new BadArgumentError('streamAsync: reset', 'true or false', options.reset)
  const key = keyOf('streamAsync: name', 'stream', name)
  assignLoading(socket, name, [name], options.reset === true)
  if (!hasStream(socket, name)) stream(socket as AnyState, name, [])
  const checked = checking<unknown>(run, (value) => checkStreamed(name, value))
  socket.tasks?.start({ kind: 'stream', name, key, owner: socket, run: checked, supervisor: options.supervisor })
  return socket
}

function checkStreamed(name: string, value: unknown): unknown {
  if (isFailed(value)) return value
  const isList =
    isOk(value) && typeof value.value === 'object' && value.value !== null && Symbol.iterator in value.value
  if (!isList)
    throw badReturn(
      'streamAsync',
      'run',
      'ok(items) | ok(items, options) | error(reason)',
      isOk(value) ? value.value : value,
    )
  checkItems(`streamAsync: ${name}`, value.value, value.options ?? {})
  return value
}

/**
 * Ends a task of this view or component. What waits for it gets `{ type: 'exit', reason }`.
 * @param target - the name that `startAsync` was given, the key or keys of `assignAsync`, that of `streamAsync`, or
 * the {@link AsyncResult} of one of them.
 * Where nothing runs, nothing happens.
 * @param reason - default `shutdown('cancel')`.
 * @returns the socket. @throws {BadArgumentError} for what is no name. Semantics: Phoenix.LiveView.cancel_async/3.
 */
export function cancelAsync<Socket extends AnyState>(
  socket: Socket,
  target: AsyncName | readonly string[] | AsyncResult,
  reason: ExitReason = shutdown('cancel'),
): Socket {
  if (!(target instanceof AsyncResult)) return stopNamed(socket, target, reason)
  const { loading } = target
  if (!Array.isArray(loading)) return socket
  return stopNamed(socket, loading as readonly string[], reason)
}

function stopNamed<Socket extends AnyState>(
  socket: Socket,
  name: AsyncName | readonly string[],
  reason: ExitReason,
): Socket {
  for (const kind of KINDS) socket.tasks?.find(socket, keyOf('cancelAsync', kind, name))?.stop(reason)
  return socket
}

const KINDS: readonly AsyncKind[] = ['start', 'assign', 'stream']

// ── Loading ──

function namesOf(keys: string | readonly string[]): readonly string[] {
  const names = typeof keys === 'string' ? [keys] : keys
  const isRight = Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')
  if (isRight) return names
  throw new BadArgumentError('assignAsync: keys', 'the name of an assign, or a list of such names', keys)
}

function isReset(reset: boolean | readonly string[] = false, name: string): boolean {
  return typeof reset === 'boolean' ? reset : reset.includes(name)
}

function assignLoading(socket: AnyState, name: string, names: readonly string[], isForgotten: boolean): void {
  const known: unknown = socket.assigns[name]
  const before = known instanceof AsyncResult && known.ok && !isForgotten ? known : undefined
  socket.assign(name, AsyncResult.loading(before, names))
}

/** The same work, with a look at what it returns. */
function checking<Result>(run: AsyncWork<Result>, check: (value: unknown) => Result): AsyncWork<Result> {
  if (isGeneratorFunction(run)) {
    return function* () {
      return check(yield* run() as Generator<Suspended, Result, unknown>) // just seen
    }
  }
  return () => {
    const value: unknown = run()
    return isThenable(value) ? value.then(check) : check(value)
  }
}

function checkLoaded<Values extends object>(names: readonly string[], value: unknown): Ok<Values> | Failed {
  if (isFailed(value)) return value
  const keys = names.map((name) => `${name}: …`).join(', ')
  const loaded: unknown = isOk(value) ? value.value : undefined
  const isRight = typeof loaded === 'object' && loaded !== null && names.every((name) => name in loaded)
  if (isRight) return value as Ok<Values> // with a value for each key
  throw badReturn('assignAsync', 'run', `ok({ ${keys} }) with all keys | error(reason)`, isOk(value) ? loaded : value)
}

// ── Arguments ──

function checkRun(where: string, run: unknown): void {
  if (typeof run !== 'function')
    throw new BadArgumentError(
      where,
      'a function that is run beside the view: a plain one, an async one or a generator',
      run,
    )
}

function checkOptions(where: string, options: AssignAsyncOptions, known: readonly string[]): void {
  checkKeys(where, options, known)
  const { supervisor, reset = false } = options
  checkServer(`${where}: supervisor`, supervisor)
  if (typeof reset !== 'boolean' && !Array.isArray(reset))
    throw new BadArgumentError(`${where}: reset`, 'true, false, or a list of keys', reset)
}

/** A key for a name: the same for names that are alike. @throws {BadArgumentError} */
function keyOf(where: string, kind: AsyncKind, name: AsyncName | readonly string[]): string {
  const parts: unknown = typeof name === 'string' ? [name] : name
  if (!isNameList(parts))
    throw new BadArgumentError(where, "a string, or a list that begins with one: ['load', 7]", name)
  return JSON.stringify([kind, ...parts.map((part) => (typeof part === 'string' ? part : [typeof part, String(part)]))])
}

const PARTS = ['string', 'number', 'bigint', 'boolean']

function isNameList(parts: unknown): parts is readonly unknown[] {
  if (!Array.isArray(parts) || typeof parts[0] !== 'string' || parts[0] === '') return false
  return parts.every((part) => part === null || PARTS.includes(typeof part))
}
