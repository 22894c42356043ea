import { DynamicSupervisor, GenServer, noReply, type Pid, reply, self, stop } from 'beamish'

/** Something that somebody said. Keep in step with browser/protocol.ts. */
export interface ChatMessage {
  readonly id: string
  readonly name: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What a room remembers. */
const HISTORY = 100
/** A room where nobody says anything for so long ends, and what was said with it. */
const IDLE_MS = 6 * 60 * 60_000
const SUPERVISOR = 'chat rooms'

interface State {
  /** Makes ids unique across restarts of the room. */
  readonly epoch: string
  readonly count: number
  readonly messages: readonly ChatMessage[]
}

/** One process per room: it numbers what is said and remembers the last of it. */
const RoomServer = GenServer.define({
  module: 'Room',
  init: (): State => ({ epoch: Date.now().toString(36), count: 0, messages: [] }),
  handleCall: {
    history: (_: undefined, state: State) => reply(state.messages, state, { timeoutMs: IDLE_MS }),
    add: ({ name, text }: { name: string; text: string }, state: State) => {
      const message: ChatMessage = { id: `${state.epoch}-${state.count}`, name, text, at: Date.now() }
      const messages = [...state.messages, message].slice(-HISTORY)
      return reply(message, { ...state, count: state.count + 1, messages }, { timeoutMs: IDLE_MS })
    },
  },
  handleInfo: (message: unknown, state: State) => (message === 'timeout' ? stop('normal') : noReply(state)),
})

export const Room = {
  /** The rooms of a tree. */
  supervisor: () => DynamicSupervisor.child({ name: SUPERVISOR }),

  /** The process of a room, which is started for its first guest. @returns `undefined` for what is no name of a room. */
  async open(name: string): Promise<Pid | undefined> {
    if (!/^[a-z0-9-]{1,40}$/.test(name)) return undefined
    const outcome = await DynamicSupervisor.startChild(SUPERVISOR, {
      id: name,
      start: () => RoomServer.tryStartLink(undefined, { name: `chat room ${name}` }),
      restart: 'transient',
    })
    switch (outcome.type) {
      case 'started':
      case 'alreadyStarted': // two guests came at once, or the room was open
        return outcome.pid
      default:
        throw new Error(`the room ${name} does not open for ${self()}`)
    }
  },

  /** What was said, oldest first. */
  history: (room: Pid) => RoomServer.call(room, 'history'),

  /** Somebody says something. @returns it with its id and time. */
  add: (room: Pid, name: string, text: string) => RoomServer.call(room, 'add', { name, text }),
} as const
