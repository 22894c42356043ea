// What the page and the server say to each other on a topic `room:<name>`. Keep in step with channels/room-channel.ts.

/** Something that somebody said. */
export interface ChatMessage {
  readonly id: string
  readonly name: string
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What was said before, pushed after each join. */
export interface History {
  readonly messages: readonly ChatMessage[]
}

/** Somebody came, went, or writes. */
export interface Somebody {
  readonly name: string
}

/** Somebody is gone; `crashed` says that it was an accident and that they will be back. */
export interface Gone extends Somebody {
  readonly crashed: boolean
}
