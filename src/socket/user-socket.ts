import { CheckedSpec, type FullChildSpec } from '../../supervisors/child-spec.ts'
import { placeOfDefinition } from '../behaviours/module-name.ts'
import { callback } from '../behaviours/server.ts'
import { type Starters, starters } from '../behaviours/start.ts'
import type { Ok, Refused } from '../channel/result.ts'
import type { AnyAssigns } from '../channel/socket.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { StartOptions } from '../runtime/start.ts'
import type { SocketStart } from './connection-process.ts'
import { type ConnectingSocket, type PreparedSocket, SocketCode } from './socket-process.ts'
import { type Route, TopicTable } from './topic-table.ts'
import type { ConnectInfo, Params } from './transport.ts'

type ConnectResult = Ok | Refused

/** What a user socket consists of. */
export interface SocketCallbacks<Assigns extends object> {
  /** What reports call it. Default: file and line of `define`. */
  readonly module?: string
  /**
   * Patterns and their channels, in order: the first that matches a topic wins. A pattern is a topic, or a prefix with one `*`
   * at its end. `{ channel, assigns }` lets the sockets of a pattern begin with some assigns.
   */
  readonly channels: { readonly [pattern: string]: Route }
  /**
   * A client wants to connect. `ok(assigns)` lets it and merges `assigns` into the socket's; `refuse(reason)` answers 403,
   * after which the client tries again and again; a throw answers 500. Default: everybody may.
   */
  readonly connect?: (
    // biome-ignore lint/suspicious/noExplicitAny: a client may send any params; Params says how they can be shaped
    params: Params & { readonly [key: string]: any },
    socket: ConnectingSocket<Assigns>,
    info: ConnectInfo,
  ) => ConnectResult | PromiseLike<ConnectResult>
  /**
   * A name for all connections of one user, or `null`: `broadcast(id, 'disconnect', {})` on the endpoint closes them all.
   * Default: `null`.
   */
  readonly id?: (socket: ConnectingSocket<Assigns>) => string | null
}

/** A defined user socket: mount it in an endpoint. */
export interface SocketModule {
  /** What reports call it. */
  readonly moduleName: string
  /** Whether it reads frames itself: then a client needs no `vsn`. */
  readonly isRaw: boolean
  /** The specification of one connection's process. For endpoints. */
  specFor(start: SocketStart): FullChildSpec
}

const CALLBACKS = ['module', 'channels', 'connect', 'id']
/** It has nothing to do at the end but to close its connection. */
const SHUTDOWN_MS = 5000

/**
 * Defines what a client may connect as, and which channels its topics belong to.
 *
 * Each connection gets a process, and one client's channels are processes of their own: none of them can harm another.
 * @typeParam Assigns - what `connect` puts into the assigns; each channel begins with a copy.
 * @throws {BadArgumentError} for an unknown callback, a bad pattern, or something that is no channel.
 *
 * Semantics: Phoenix.Socket.
 */
function define<Assigns extends object = AnyAssigns>(callbacks: SocketCallbacks<Assigns>): SocketModule {
  checkCallbacks(callbacks as unknown as Readonly<Record<string, unknown>>)
  const module: PreparedSocket = {
    moduleName: callbacks.module ?? placeOfDefinition(1),
    routes: new TopicTable('Socket.define: channels', callbacks.channels),
    connect: callback(callbacks.connect),
    id: callback(callbacks.id),
  }
  const what = `Socket ${module.moduleName}`
  const functions: Starters<readonly [SocketStart], StartOptions> = starters({
    what,
    check: () => {},
    code: (start) => new SocketCode(module, start as SocketStart),
  })
  const specFor = (start: SocketStart): FullChildSpec =>
    new CheckedSpec(what, functions.tryStartLink, [start], 'temporary', SHUTDOWN_MS, 'worker', false)
  return { moduleName: module.moduleName, isRaw: false, specFor }
}

function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  checkKeys('Socket.define', callbacks, CALLBACKS, 'callbacks')
  if (typeof callbacks['channels'] !== 'object' || callbacks['channels'] === null) {
    throw new BadArgumentError(
      'Socket.define: channels',
      'an object of channels by topic pattern',
      callbacks['channels'],
    )
  }
  for (const key of ['connect', 'id']) {
    const value = callbacks[key]
    if (value === undefined || typeof value === 'function') continue
    throw new BadArgumentError(`Socket.define: ${key}`, 'a function', value)
  }
}

/** User sockets. Semantics: Phoenix.Socket. */
export const Socket = { define } as const
