import type { Frame } from '../wire/serializer.ts'

/**
 * One client's connection, as sockets and channels see it. Each transport has its own kind.
 *
 * Frames leave in the order of the calls, `send` and every `publish` that reaches it taken together: that is what the
 * orders of channels.md §7.13 rest on. Nothing here throws or does anything once the connection is closed.
 */
export interface Connection {
  readonly isOpen: boolean
  /** Sends one frame to this client. */
  send(frame: Frame): void
  /** Lets the client take part in a native topic of its transport. */
  subscribe(nativeTopic: string): void
  unsubscribe(nativeTopic: string): void
  /** Sends one frame to every subscriber of a native topic but this client. */
  publish(nativeTopic: string, frame: Frame): void
  /** Closes with a code of channels.md §3.4: never 1000, which makes old clients stay away. */
  close(code: number): void
}

/**
 * The native topics of one transport: a frame goes to all subscribers without a line of JavaScript per subscriber where the
 * transport can do that.
 */
export interface Publisher {
  /** Sends one frame to every subscriber of a native topic. */
  publish(nativeTopic: string, frame: Frame): void
}
