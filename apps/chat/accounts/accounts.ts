import * as v from 'valibot'
import { Store } from '../store/store.ts'
import { ATTEMPTS, Attempts } from './attempts.ts'
import { hashPassword, isPassword } from './password.ts'

/** Somebody with an account. */
export interface User {
  readonly id: number
  readonly name: string
}

/** Where it is told that somebody has an account now: `signed_up`. */
export const PEOPLE_TOPIC = 'people'

/** A longer one would only cost time. */
const LONGEST_PASSWORD = 200

/** A name as it is kept: two that look the same, because of how letters are composed or of a second space, are the same. */
function named(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').trim()
}

/** What an account is opened with. */
export const SignUp = v.object({
  name: v.pipe(
    v.string(),
    v.transform(named),
    v.minLength(2, 'two letters at least'),
    v.maxLength(32, '32 letters at most'),
    // Marks are parts of letters in many scripts. Some letters show nothing at all: those are ignorable.
    v.regex(/^(?!.*\p{DI})[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u, 'letters, digits, spaces, . _ -'),
  ),
  password: v.pipe(
    v.string(),
    v.minLength(8, 'eight characters at least'),
    v.maxLength(LONGEST_PASSWORD, `${LONGEST_PASSWORD} characters at most`),
  ),
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

/** The account of a name, if the password is its own. Wrong ones are counted: see {@link Attempts}. */
export async function signIn(name: string, password: string): Promise<User | 'wrong' | 'tooMany'> {
  if (password.length > LONGEST_PASSWORD) return 'wrong'
  if (!(await Attempts.call(ATTEMPTS, 'take', nameKey(name)))) return 'tooMany'
  const found = await Store.run((database) =>
    database.first<User & { readonly hash: string }>(
      'SELECT id, name, password_hash AS hash FROM users WHERE name = ?',
      named(name),
    ),
  )
  const isRight = await isPassword(password, found?.hash)
  if (!isRight || found === undefined) return 'wrong'
  Attempts.cast(ATTEMPTS, 'forget', nameKey(name))
  return { id: found.id, name: found.name }
}

/** As the file compares names. */
const nameKey = (name: string): string => named(name).toLowerCase()

/** Whether nobody has that name yet. */
export async function isFree(name: string): Promise<boolean> {
  return (
    (await Store.run((database) => database.first('SELECT 1 FROM users WHERE name = ?', named(name)))) === undefined
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
