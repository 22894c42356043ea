import type { SessionOptions } from 'beamish/endpoint'
import { SESSION_SECONDS } from '../accounts/sessions.ts'

/** The cookie of a browser: signed, and kept for a month. */
export const sessionOptions: SessionOptions = {
  key: '_chat',
  signingSalt: 'q8Xb2mTz',
  maxAgeSeconds: SESSION_SECONDS,
  sameSite: 'lax',
}

/** What the cookie of somebody who is signed in holds: the name of their session. */
export const SESSION = 'session'
/** Names the connections of one session: when it ends, all of them are closed. */
export const LIVE_SOCKET_ID = 'live_socket_id'

/** @param session - its name. */
export const liveSocketId = (session: string): string => `sessions:${session}`
