import { GenServer, isExit, link, noReply, type Pid, reply, send, trapExit } from 'beamish'

/** For the script of a page: an event, and what goes with it. Views hand it on as it is. */
export class ForPage {
  readonly event: string
  readonly payload: object

  constructor(event: string, payload: object) {
    this.event = event
    this.payload = payload
  }
}

/** What a browser calls itself. */
export interface Client {
  readonly id: string
  readonly name: string
}

/** Who is there, by the process of their view. */
type State = ReadonlyMap<Pid, Client>

export const CLIENTS = 'exchange clients'

/**
 * Knows the live view of every browser: it tells all others of a newcomer, and carries what one says to another.
 *
 * It is linked to the views. When one of them ends, the others hear of it. When it ends itself, so do they: their pages mount them anew
 * and say hello to its successor, which would know nobody otherwise.
 */
export const Clients = GenServer.define({
  module: 'Clients',

  init: (): State => {
    trapExit(true)
    return new Map()
  },

  handleCall: {
    /** A browser says that it is there. All but itself hear of it. */
    helo: ({ client, view }: { client: Client; view: Pid }, state: State) => {
      link(view)
      tellAll(state, new ForPage('newcomer', client))
      return reply('ok', new Map(state).set(view, client))
    },
  },

  handleCast: {
    /** One says something to one other. Who has gone meanwhile hears nothing. */
    direct: ({ to, event, payload }: { to: string; event: string; payload: object }, state: State) => {
      for (const [view, { id }] of state) if (id === to) send(view, new ForPage(event, payload))
      return noReply(state)
    },
  },

  handleInfo: (message: unknown, state: State) => {
    const gone = isExit(message) ? state.get(message.from) : undefined
    if (!isExit(message) || gone === undefined) return noReply(state)
    const left = new Map(state)
    left.delete(message.from)
    tellAll(left, new ForPage('gone', gone))
    return noReply(left)
  },
})

function tellAll(state: State, words: ForPage): void {
  for (const view of state.keys()) send(view, words)
}
