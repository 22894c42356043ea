import { GenServer, noReply, reply, self, sendAfter } from 'beamish'

/** Who counts how often a password was guessed. */
export const ATTEMPTS = 'chat attempts'
/** So many passwords may be tried for a name in {@link EVERY_MS}. */
export const MOST_ATTEMPTS = 10
const EVERY_MS = 60_000

/** How many were tried, by name. */
type State = ReadonlyMap<string, number>

const FORGET = 'forget all'

/**
 * Bounds how fast somebody can guess passwords. What it knows is gone after a minute, and when it fails: it costs a guesser time, and
 * the one whose name it is no more than that minute.
 */
export const Attempts = GenServer.define({
  module: 'Attempts',

  init: (): State => {
    sendAfter(self(), FORGET, EVERY_MS)
    return new Map()
  },

  handleCall: {
    /** Counts one more, before it is known whether it is right: many that come at once are many. @returns whether it may be tried. */
    take: (name: string, state: State) => {
      const count = (state.get(name) ?? 0) + 1
      return reply(count <= MOST_ATTEMPTS, new Map(state).set(name, count))
    },
  },

  handleCast: {
    /** One was right. */
    forget: (name: string, state: State) => noReply(new Map([...state].filter(([other]) => other !== name))),
  },

  handleInfo: (_message: unknown, _state: State) => {
    sendAfter(self(), FORGET, EVERY_MS)
    return noReply<State>(new Map())
  },
})
