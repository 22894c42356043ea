import * as v from 'valibot'
import { Store } from './store.ts'

/** Somebody who watches. */
export interface Person {
  readonly id: number
  readonly name: string
  /** Their colour: a hue in degrees. How light it is, each page says for itself. */
  readonly hue: number
}

/** What somebody may be called. */
export const Name = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'One letter at least'),
  v.maxLength(32, '32 letters at most'),
  v.regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'Letters, digits, spaces, . _ -'),
)

/** The person of a name: who gives a name for the first time gets a colour. */
export function personNamed(name: string): Promise<Person> {
  return Store.run((database) => {
    // 137 degrees, nearly the golden angle: those who came one after another look different.
    database.run(
      `INSERT INTO people (name, hue) SELECT ?, (coalesce(max(id), 0) * 137 + 20) % 360 FROM people WHERE true
       ON CONFLICT DO NOTHING`,
      name,
    )
    return database.first<Person>('SELECT id, name, hue FROM people WHERE name = ?', name) as Person // it is there now
  })
}

/** The person with a number, as sessions and tokens keep it. */
export async function personWith(id: unknown): Promise<Person | undefined> {
  return typeof id === 'number' ? (await peopleWith([id]))[0] : undefined
}

/** Those with these numbers; who is not there is left out. */
export function peopleWith(ids: readonly number[]): Promise<Person[]> {
  const sql = 'SELECT id, name, hue FROM people WHERE id IN (SELECT value FROM json_each(?))'
  return Store.run((database) => database.all<Person>(sql, JSON.stringify(ids)))
}
