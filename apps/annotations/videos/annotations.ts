import * as v from 'valibot'
import type { Database } from '../../shared/database.ts'
import type { Person } from './people.ts'
import { Store } from './store.ts'
import type { Video } from './videos.ts'

/** What somebody said about a moment of a video. */
export interface Annotation {
  /** They grow: who has one has seen all that are smaller. */
  readonly id: number
  /** The moment: milliseconds from the beginning. */
  readonly at: number
  readonly body: string
  readonly person: Person
}

/** The longest annotation, in characters. */
export const LONGEST = 280

/** An annotation to be. `nonce` is its author's own: who is not sure whether it arrived sends it again with the same. */
export const NewAnnotation = v.object({
  body: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, 'Say something'),
    v.maxLength(LONGEST, `${LONGEST} characters at most`),
  ),
  at: v.pipe(v.number(), v.integer('Whole milliseconds'), v.minValue(0, 'Not before the beginning')),
  nonce: v.optional(v.pipe(v.string(), v.minLength(8), v.maxLength(64))),
})

/** Where an annotation is told. */
export const videoTopic = ({ id }: Video): string => `videos:${id}`

/** Writes an annotation and tells those who watch. @returns it; the one that is there when this nonce of theirs came before. */
export function annotate(
  person: Person,
  video: Video,
  {
    body,
    at,
    nonce = null,
  }: Omit<v.InferOutput<typeof NewAnnotation>, 'nonce'> & { readonly nonce?: string | null | undefined },
): Promise<Annotation> {
  return Store.run((database, tell) => {
    const inserted = database.first<{ id: number }>(
      `INSERT INTO annotations (video_id, person_id, at, body, nonce) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING id`,
      video.id,
      person.id,
      at,
      body,
      nonce,
    )
    if (inserted === undefined) return withNonce(database, person, video, nonce)
    const annotation = { id: inserted.id, at, body, person }
    tell(videoTopic(video), 'new_annotation', annotation)
    return annotation
  })
}

function withNonce(database: Database, person: Person, video: Video, nonce: string | null): Annotation {
  const where = 'video_id = ? AND person_id = ? AND nonce = ?'
  return select(database, where, video.id, person.id, nonce)[0] as Annotation // the insert met it
}

/** How many annotations are read at once. */
export const MOST_AT_ONCE = 500

/**
 * What was said about a video, in the order in which it was said, {@link MOST_AT_ONCE} at most.
 * @param after - only what came after the annotation with this number.
 */
export function annotationsOf(video: Video, after = 0): Promise<Annotation[]> {
  return Store.run((database) => select(database, 'video_id = ? AND annotations.id > ?', video.id, after))
}

interface Row extends Omit<Annotation, 'person'> {
  readonly personId: number
  readonly name: string
  readonly hue: number
}

function select(database: Database, where: string, ...values: readonly (number | string | null)[]): Annotation[] {
  const rows = database.all<Row>(
    `SELECT annotations.id, at, body, person_id AS personId, name, hue
       FROM annotations JOIN people ON people.id = person_id WHERE ${where} ORDER BY annotations.id LIMIT ${MOST_AT_ONCE}`,
    ...values,
  )
  return rows.map(({ id, at, body, personId, name, hue }) => ({ id, at, body, person: { id: personId, name, hue } }))
}
