import { CheckedSpec } from '../../supervisors/child-spec.ts'
import { type Starters, starters } from '../behaviours/start.ts'
import type { Joinable, Membership } from '../channel/joinable.ts'
import { ok } from '../channel/result.ts'
import type { AnyAssigns } from '../channel/socket.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { StartOptions } from '../runtime/start.ts'
import type { Route } from '../socket/topic-table.ts'
import { Socket, type SocketModule } from '../socket/user-socket.ts'
import { CONNECT_INFO, connectInfoIn } from './connect-info-in.ts'
import { LiveViewCode } from './live-view-process.ts'
import { UploadChannel } from './upload/upload-channel.ts'

/** How long the last words of a view may take when the endpoint stops. */
const SHUTDOWN_MS = 5000

const views: Starters<readonly [Membership], StartOptions> = starters({
  what: 'LiveView',
  check: () => {},
  code: (membership) => new LiveViewCode(membership as Membership),
})

/** What stands behind the topics `lv:*`. */
export const LiveViewChannel: Joinable = {
  moduleName: 'LiveView',
  specFor: (membership) =>
    new CheckedSpec('LiveView', views.tryStartLink, [membership], 'temporary', SHUTDOWN_MS, 'worker', false),
}

/** What a socket of live views may have beside them. */
export interface LiveSocketOptions {
  /** Channels of the app's own on the same connection, by pattern. */
  readonly channels?: { readonly [pattern: string]: Route }
}

/** The socket of live views, and a way to make one that has channels of the app's own beside them. */
export interface LiveSocketModule extends SocketModule {
  /** @throws {BadArgumentError} for an unknown option, a bad pattern, or something that is no channel. */
  define(options: LiveSocketOptions): SocketModule
}

function define(options: LiveSocketOptions = {}): SocketModule {
  const { channels = {}, ...unknown } = options
  const [extra] = Object.keys(unknown)
  if (extra !== undefined) throw new BadArgumentError('LiveSocket.define', 'the option channels', extra)
  return liveSocketOf({ 'lv:*': LiveViewChannel, 'lvu:*': UploadChannel, ...channels })
}

/** For tests, which look at the processes that are started: a socket with these channels. */
export function liveSocketOf(channels: { readonly [pattern: string]: Route }): SocketModule {
  return Socket.define<AnyAssigns>({
    module: 'LiveSocket',
    channels,
    // Everybody may connect: what counts are the tokens in the pages that the server made.
    connect: (_params, _socket, info) => ok({ [CONNECT_INFO]: info }),
    id: ({ assigns }) => {
      const id: unknown = connectInfoIn(assigns).session?.['live_socket_id']
      return typeof id === 'string' ? id : null
    },
  })
}

/**
 * The user socket of live views: `sockets: { '/live': { socket: LiveSocket, connectInfo: { session: sessionOptions } } }`.
 *
 * It accepts everybody and keeps what `connectInfo` says. A string `live_socket_id` in the session names the connections of one user:
 * a broadcast of `disconnect` to it ends them, when that user signs out. `LiveSocket.define({ channels })` is the same with channels
 * of the app's own on the connection. Semantics: Phoenix.LiveView.Socket.
 */
export const LiveSocket: LiveSocketModule = { ...define(), define }
