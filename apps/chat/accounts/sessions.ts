import { randomBytes } from 'node:crypto'
import { Store } from '../store/store.ts'
import type { User } from './accounts.ts'

/** A session that nobody ends is over after so long: a month. */
export const SESSION_SECONDS = 30 * 86_400

/** Somebody is signed in. @returns the name of their session, which cookies and tokens hold: with it they end as well. */
export function openSession(user: Pick<User, 'id'>): Promise<string> {
  const id = randomBytes(18).toString('base64url')
  return Store.run((database) => {
    database.run('DELETE FROM sessions WHERE opened_at < ?', Date.now() - SESSION_SECONDS * 1000)
    database.run('INSERT INTO sessions (id, user_id, opened_at) VALUES (?, ?, ?)', id, user.id, Date.now())
    return id
  })
}

/** Whose session it is; `undefined` when it is over. */
export function userOf(session: unknown): Promise<User | undefined> {
  if (typeof session !== 'string') return Promise.resolve(undefined)
  return Store.run((database) =>
    database.first<User>(
      `SELECT users.id, users.name FROM sessions JOIN users ON users.id = user_id
        WHERE sessions.id = ? AND opened_at >= ?`,
      session,
      Date.now() - SESSION_SECONDS * 1000,
    ),
  )
}

/** They sign out: whoever has a copy of the cookie is out as well. */
export function closeSession(session: string): Promise<void> {
  return Store.run((database) => void database.run('DELETE FROM sessions WHERE id = ?', session))
}
