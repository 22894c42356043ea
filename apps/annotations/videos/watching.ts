import { Presence } from 'beamish/pubsub'
import { peopleWith } from './people.ts'

/**
 * Who watches which video: a meta for each open page, under the number of the person. Names and colours are not in the metas: they are
 * read for each diff that goes out, so nobody carries what the database knows.
 */
export const Watching = Presence.define({
  name: 'watching',
  pubsub: 'annotations',
  fetch: async (_topic, presences) => {
    const people = new Map((await peopleWith(Object.keys(presences).map(Number))).map((person) => [person.id, person]))
    return Object.fromEntries(
      Object.entries(presences).map(([id, { metas }]) => [id, { metas, person: people.get(Number(id)) ?? null }]),
    )
  },
})
