import * as v from 'valibot'
import { Store } from '../store/store.ts'
import { hashPassword, isPassword } from './password.ts'

/** Somebody with an account. */
export interface User {
  readonly id: number
  readonly name: string
}

/** Where it is told that somebody has an account now: `signed_up`. */
export const PEOPLE_TOPIC = 'people'

/** What an account is opened with. */
export const SignUp = v.object({
  name: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(2, 'two letters at least'),
    v.maxLength(32, '32 letters at most'),
    v.regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'letters, digits, spaces, . _ -'),
  ),
  password: v.pipe(v.string(), v.minLength(8, 'eight characters at least'), v.maxLength(200, '200 characters at most')),
})

/** Opens an account. @returns `'taken'` when somebody has that name. */
export async function signUp({ name, password }: v.InferOutput<typeof SignUp>): Promise<User | 'taken'> {
  const hash = await hashPassword(password)
  return Store.run((database, tell) => {
    const user = database.first<User>(
      'INSERT INTO users (name, password_hash, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id, name',
      name,
      hash,
      Date.now(),
    )
    if (user !== undefined) tell(PEOPLE_TOPIC, 'signed_up', user)
    return user ?? 'taken'
  })
}

/** The account of a name, if the password is its own. */
export async function signIn(name: string, password: string): Promise<User | undefined> {
  const found = await Store.run((database) =>
    database.first<User & { readonly hash: string }>(
      'SELECT id, name, password_hash AS hash FROM users WHERE name = ?',
      name.trim(),
    ),
  )
  const isRight = await isPassword(password, found?.hash)
  return isRight && found !== undefined ? { id: found.id, name: found.name } : undefined
}

/** Whether nobody has that name yet. */
export async function isFree(name: string): Promise<boolean> {
  return (
    (await Store.run((database) => database.first('SELECT 1 FROM users WHERE name = ?', name.trim()))) === undefined
  )
}

/** The account with a number, as a session keeps it. */
export function userWith(id: unknown): Promise<User | undefined> {
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return Promise.resolve(undefined)
  return Store.run((database) => database.first<User>('SELECT id, name FROM users WHERE id = ?', id))
}

/** Everybody, by name. */
export function everybody(): Promise<User[]> {
  return Store.run((database) =>
    database.all<User>('SELECT id, name FROM users ORDER BY name COLLATE NOCASE LIMIT 500'),
  )
}
