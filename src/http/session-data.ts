import { BadArgumentError } from '../core/errors.ts'
import { sessionSent } from './errors.ts'

/** Where a session keeps its CSRF token unless it is told otherwise. The wire's spelling: a Phoenix application reads it too. */
export const CSRF_TOKEN_KEY = '_csrf_token'

/** The values of a session, by key. */
export type SessionData = Readonly<Record<string, unknown>>

/**
 * What a client keeps between its requests: `conn.session`.
 *
 * Values are what the store can write: for a cookie null, booleans, numbers, bigints, strings, bytes, lists, and plain objects.
 * An object that was changed in place must be `put` again to be kept.
 * Semantics: Plug.Conn.get_session/2 and its siblings.
 */
export class Session {
  /** Under which key the CSRF token is kept. */
  readonly csrfTokenKey: string
  private readonly values: Map<string, unknown>
  private changes: 'none' | 'some' | 'sent' = 'none'

  /** @param data - what the client brought; nothing: a new session. */
  constructor(data: SessionData = {}, csrfTokenKey: string = CSRF_TOKEN_KEY) {
    this.csrfTokenKey = csrfTokenKey
    this.values = new Map(Object.entries(data))
  }

  /** Whether it must be sent to the client. */
  get isChanged(): boolean {
    return this.changes === 'some'
  }

  /** How many values it has. */
  get size(): number {
    return this.values.size
  }

  /** @returns the value, `undefined` when there is none. */
  get(key: string): unknown {
    return this.values.get(key)
  }

  /** Keeps a value; `undefined` deletes it. @throws {BeamishError} `BEAMISH_SESSION_SENT` after the response was made. */
  put(key: string, value: unknown): void {
    if (typeof key !== 'string') throw new BadArgumentError('session.put', 'a key that is a string', key)
    if (value === undefined) this.delete(key)
    else if (!isPrimitive(value) || this.values.get(key) !== value) {
      this.change('put')
      this.values.set(key, value)
    }
  }

  /** Forgets a value. @throws {BeamishError} `BEAMISH_SESSION_SENT` after the response was made. */
  delete(key: string): void {
    if (!this.values.has(key)) return
    this.change('delete')
    this.values.delete(key)
  }

  /** Forgets everything: the client's cookie is deleted. @throws {BeamishError} `BEAMISH_SESSION_SENT`, as `put`. */
  clear(): void {
    this.change('clear')
    this.values.clear()
  }

  /**
   * Begins anew with the same values: the cookie is sent again, its age counts from now, and CSRF tokens that were handed out
   * before are worthless. For the moment when a user signs in.
   * @throws {BeamishError} `BEAMISH_SESSION_SENT` after the response was made.
   */
  renew(): void {
    this.change('renew')
    this.values.delete(this.csrfTokenKey)
  }

  /** A copy of all values. */
  toObject(): Record<string, unknown> {
    return Object.fromEntries(this.values)
  }

  /** For a store, when it has taken the values: no change can be kept any more. */
  seal(): void {
    this.changes = 'sent'
  }

  private change(action: string): void {
    if (this.changes === 'sent') throw sessionSent(action)
    this.changes = 'some'
  }
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}
