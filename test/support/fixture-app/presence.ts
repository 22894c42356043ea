import { Presence } from 'beamish/pubsub'

/** Who is in a `presence:*` topic. */
export const FixturePresence = Presence.define({
  name: 'fixture presence',
  pubsub: 'fixture',
  fetch: (_topic, presences) =>
    Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, { metas, name: `name-${key}` }])),
})
