import type { Frame } from '../wire/serializer.ts'

/** What a push or a broadcast says, for a transport that may have to leave it out. */
export interface OutgoingMessage {
  readonly topic: string
  readonly event: string
  /** An object, or bytes. */
  readonly payload: unknown
}

/**
 * One client's connection, as sockets and channels see it. Each transport has its own kind.
 *
 * Frames leave in the order of the calls, `send` and every `publish` that reaches it taken together: that is what the
 * orders of channels.md §7.13 rest on. Nothing here throws or does anything once the connection is closed.
 */
export interface Connection {
  readonly isOpen: boolean
  /**
   * Sends one frame to this client.
   * @param about - what it says, when a slow client may miss it; without it the frame is sent, or the connection ends.
   */
  send(frame: Frame, about?: OutgoingMessage): void
  /** Lets the client take part in a native topic of its transport. */
  subscribe(nativeTopic: string): void
  unsubscribe(nativeTopic: string): void
  /** Sends one frame to every subscriber of a native topic but this client. @param about - as for {@link send}. */
  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage): void
  /** Closes with a code of channels.md §3.4: never 1000, which makes old clients stay away. */
  close(code: number): void
}

/**
 * The native topics of one transport: a frame goes to all subscribers without a line of JavaScript per subscriber where the
 * transport can do that.
 */
export interface Publisher {
  /** Sends one frame to every subscriber of a native topic. @param about - as for {@link Connection.send}. */
  publish(nativeTopic: string, frame: Frame, about?: OutgoingMessage): void
}
