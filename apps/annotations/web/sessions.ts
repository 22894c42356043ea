import { type Conn, type Plug, redirect, type SessionOptions } from 'beamish/endpoint'
import { type Person, personWith } from '../videos/people.ts'

/** The cookie of a browser: signed, and kept for a month. */
export const sessionOptions: SessionOptions = {
  key: '_annotations',
  signingSalt: 'v7Lr0cXe',
  maxAgeSeconds: 30 * 86_400,
  sameSite: 'lax',
}

/** What the session of somebody who gave a name holds. */
export const PERSON_ID = 'person_id'
/** Where somebody wanted to go who has to give a name first. */
export const RETURN_TO = 'return_to'

/** Who reads the page: where {@link named} is in the pipeline. */
export const readerOf = (conn: Conn): Person => conn.assigns['reader'] as Person // assigned below

/** Lets those through who gave a name. */
export const named: Plug = async function named(request, conn, next) {
  const reader = await personWith(conn.session.get(PERSON_ID))
  if (reader !== undefined) {
    conn.assign({ reader })
    return next()
  }
  if (request.method === 'GET') conn.session.put(RETURN_TO, new URL(request.url).pathname)
  return redirect('/sign-in')
}
