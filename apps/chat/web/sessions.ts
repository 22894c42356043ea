import type { SessionOptions } from 'beamish/endpoint'

/** The cookie of a browser: signed, and kept for a month. */
export const sessionOptions: SessionOptions = {
  key: '_chat',
  signingSalt: 'q8Xb2mTz',
  maxAgeSeconds: 30 * 86_400,
  sameSite: 'lax',
}

/** What the session of somebody who is signed in holds. */
export const USER_ID = 'user_id'
/** Names the connections of one person: when they sign out, all of them are closed. */
export const LIVE_SOCKET_ID = 'live_socket_id'

/** @param id - of the account. */
export const liveSocketId = (id: number): string => `users:${id}`
