import { CheckedSpec, type FullChildSpec } from '../../supervisors/child-spec.ts'
import { placeOfDefinition } from '../behaviours/module-name.ts'
import type { Result } from '../behaviours/result.ts'
import { Callback, callback } from '../behaviours/server.ts'
import { type Starters, starters } from '../behaviours/start.ts'
import type { TransportName } from '../channel/joinable.ts'
import type { Ok, Refused } from '../channel/result.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import type { StartOptions } from '../runtime/start.ts'
import type { HasSecretKeyBase } from '../token/key-base.ts'
import type { Frame } from '../wire/serializer.ts'
import type { SocketStart } from './connection-process.ts'
import { type PreparedRawSocket, RawSocketCode } from './raw-socket-process.ts'
import type { ConnectInfo, ControlOpcode, Params } from './transport.ts'
import type { SocketModule } from './user-socket.ts'

/** Who connects, before anything is known of it: also a context for `Token.verify(client, …)`. */
export interface RawClient extends HasSecretKeyBase {
  readonly transport: TransportName
  /** The name of the endpoint. */
  readonly endpoint: string
}

type Awaitable<T> = T | PromiseLike<T>

/** What the callbacks of a raw socket may return: those of a GenServer, with frames for replies. */
export type RawResult<State> = Awaitable<
  Result<'reply' | 'stopReply', Frame | readonly Frame[], State> | Result<'noReply' | 'stop', undefined, State>
>

/** The callbacks of a raw socket. */
export interface RawSocketCallbacks<State> {
  /** What reports call it. Default: file and line of `define`. */
  readonly module?: string
  /**
   * A client wants to connect. `ok(state)` lets it; `refuse(reason)` answers 403, or what the mount's `errorHandler` makes of the
   * reason; a throw answers 500. Default: everybody may, and the state is `undefined`.
   */
  readonly connect?: (
    // biome-ignore lint/suspicious/noExplicitAny: a client may send any params; Params says how they can be shaped
    params: Params & { readonly [key: string]: any },
    client: RawClient,
    info: ConnectInfo,
  ) => Awaitable<Ok<State> | Refused>
  /** The client is connected: the place to subscribe and to set timers. Returns the state. */
  readonly init?: (state: State) => Awaitable<State>
  /**
   * A frame of the client: text as a string, bytes as a `Uint8Array` of its own.
   * @returns `reply(frame, state)`, which sends a frame or a list of them · `noReply(state)` · `stop(reason, state)` ·
   * `stopReply(reason, frame, state)`. After `stop('normal')` the close code is 1000, after `stop(shutdown(4000))` it is 4000.
   */
  readonly handleIn: (frame: Frame, info: { readonly opcode: 'text' | 'binary' }, state: State) => RawResult<State>
  /** A ping or pong. Pings are answered already. Without it nothing is told of them. Returns what `handleIn` does. */
  readonly handleControl?: (
    payload: Uint8Array,
    info: { readonly opcode: ControlOpcode },
    state: State,
  ) => RawResult<State>
  /** Every other message. Without it they are reported and dropped. Returns what `handleIn` does. */
  // biome-ignore lint/suspicious/noExplicitAny: a socket says itself which messages it knows
  readonly handleInfo?: (message: any, state: State) => RawResult<State>
  /** The connection is over; `shutdown('closed')` when the client went. What it returns is ignored. */
  readonly terminate?: (reason: ExitReason, state: State) => unknown
}

const CALLBACKS: readonly string[] = [
  'module',
  'connect',
  'init',
  'handleIn',
  'handleControl',
  'handleInfo',
  'terminate',
] satisfies (keyof RawSocketCallbacks<unknown>)[]

/** As a channel has. */
const SHUTDOWN_MS = 5000

/**
 * Defines a socket whose frames the app reads and writes itself, for protocols of its own. Each connection is a process.
 *
 * ```ts
 * import { noReply, reply, send, self } from 'beamish'
 * import { ok, RawSocket } from 'beamish/channel'
 *
 * export const Echo = RawSocket.define({
 *   connect: (params) => ok({ name: String(params['name'] ?? 'stranger'), frames: 0 }),
 *   init: (state) => {
 *     send(self(), 'welcome')
 *     return state
 *   },
 *   handleIn: (frame, { opcode }, state) => reply(opcode === 'text' ? `${state.name}: ${frame}` : frame),
 *   handleInfo: (message, state) => (message === 'welcome' ? reply(`hello, ${state.name}`) : noReply()),
 * })
 * ```
 * It is mounted like any socket: `sockets: { '/echo': Echo }` is reached at `/echo/websocket`. Over long poll frames of bytes
 * travel as base64, in both directions.
 * @typeParam State - what `connect` begins with.
 * @throws {BadArgumentError} for an unknown callback, or without `handleIn`.
 *
 * Semantics: Phoenix.Socket.Transport. *When not to use it*: for topics, replies and broadcasts there are channels, and clients
 * for them.
 */
function define<State = undefined>(callbacks: RawSocketCallbacks<State>): SocketModule {
  checkCallbacks(callbacks as unknown as Readonly<Record<string, unknown>>) // read only by name
  const { module: moduleName = placeOfDefinition(1), handleIn, ...others } = callbacks
  const module: PreparedRawSocket = {
    moduleName,
    connect: callback(others.connect),
    init: callback(others.init),
    handleIn: new Callback(handleIn),
    handleControl: callback(others.handleControl),
    handleInfo: callback(others.handleInfo),
    terminate: callback(others.terminate),
  }
  const what = `RawSocket ${moduleName}`
  const functions: Starters<readonly [SocketStart], StartOptions> = starters({
    what,
    check: () => {},
    code: (start) => new RawSocketCode(module, start as SocketStart),
  })
  const specFor = (start: SocketStart): FullChildSpec =>
    new CheckedSpec(what, functions.tryStartLink, [start], 'temporary', SHUTDOWN_MS, 'worker', false)
  return { moduleName, isRaw: true, specFor }
}

function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  if (typeof callbacks !== 'object' || callbacks === null) {
    throw new BadArgumentError('RawSocket.define', 'an object of callbacks', callbacks)
  }
  if (typeof callbacks['handleIn'] !== 'function') {
    throw new BadArgumentError('RawSocket.define: handleIn', 'a function', callbacks['handleIn'])
  }
  for (const [key, value] of Object.entries(callbacks)) {
    if (!CALLBACKS.includes(key))
      throw new BadArgumentError('RawSocket.define', `the callbacks ${CALLBACKS.join(', ')}`, key)
    if (key !== 'module' && value !== undefined && typeof value !== 'function')
      throw new BadArgumentError(`RawSocket.define: ${key}`, 'a function', value)
  }
}

/** Sockets without channels on top. Semantics: Phoenix.Socket.Transport. */
export const RawSocket = { define } as const
