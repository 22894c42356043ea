import type { ConnectInfo } from '../socket/transport.ts'

/** Where the user socket of live views keeps what it knows of its client: no name of an app's own can get in the way. */
export const CONNECT_INFO: unique symbol = Symbol('connect info of a live view')

/** What a user socket that live views are joined on says about its client. */
export function connectInfoIn(assigns: object): ConnectInfo {
  return (assigns as { readonly [CONNECT_INFO]?: ConnectInfo })[CONNECT_INFO] ?? {}
}
