import type { OutgoingMessage } from '../channel/connection.ts'
import type { Frame } from '../wire/serializer.ts'
import { TopicMembers } from './local-topics.ts'

/** A connection of a server with native topics, whose mount says what becomes of slow clients. */
export interface Watched {
  readonly bufferedBytes: number
  readonly maxBufferedBytes: number
  /** Takes the connection out of its native topics. @returns which they were. */
  leaveNative(): readonly string[]
  /** Lets it back in. */
  enterNative(nativeTopics: Iterable<string>): void
  /** Sends a frame by the rules for slow clients. */
  offer(frame: Frame, about: OutgoingMessage | undefined, nativeTopic: string): void
  /** Sends what was kept for later, as far as there is room. @returns whether nothing is left. */
  catchUp(): boolean
}

/**
 * Finds out who is slow, where publishing is native and says nothing about anybody.
 *
 * A client is *native* as long as it keeps up: then it costs nothing. Whoever has half of its bound waiting is taken out of its
 * native topics and *served*: frame by frame, by the rules of its backlog, until it has caught up.
 *
 * Why nobody gets past its bound in between: a native client that was looked at had at most half of it. It is looked at again
 * when half as much has been published in all, so that at most half was added. What the server has taken but not handed out yet
 * is not in its numbers: it hands out once in a turn of the event loop, so all of that turn is counted on top.
 */
export class SlowClients {
  private readonly native = new Set<Watched>()
  private readonly served = new Set<Watched>()
  private readonly topics = new TopicMembers<Watched>()
  /** Published since everybody was looked at. */
  private volume = 0
  /** Published in this turn of the event loop. */
  private turn = 0
  /** Half of the smallest bound of any client that was ever here. */
  private interval = Number.POSITIVE_INFINITY

  /** A client has come. */
  add(client: Watched): void {
    this.native.add(client)
    this.interval = Math.min(this.interval, client.maxBufferedBytes / 2)
  }

  /** A client has gone. */
  delete(client: Watched): void {
    this.native.delete(client)
    this.served.delete(client)
    this.topics.leave(client)
  }

  isServed(client: Watched): boolean {
    return this.served.has(client)
  }

  subscribe(nativeTopic: string, client: Watched): void {
    this.topics.subscribe(nativeTopic, client)
  }

  unsubscribe(nativeTopic: string, client: Watched): void {
    this.topics.unsubscribe(nativeTopic, client)
  }

  /** A frame has been published natively: those who are served get it here. */
  published(nativeTopic: string, frame: Frame, about: OutgoingMessage | undefined, without?: object): void {
    if (this.served.size > 0) {
      for (const client of this.topics.membersOf(nativeTopic)) {
        if (client !== without) client.offer(frame, about, nativeTopic)
      }
    }
    if (this.native.size > 0) this.count(typeof frame === 'string' ? Buffer.byteLength(frame) : frame.length)
  }

  /** A native client has been sent something of its own. */
  sent(client: Watched): void {
    if (this.isSlow(client)) this.serve(client)
  }

  /** A client takes again. */
  drained(client: Watched): void {
    if (this.served.has(client) && client.catchUp() && !this.isSlow(client)) this.release(client)
  }

  private count(bytes: number): void {
    if (this.turn === 0) setImmediate(() => this.turnOver())
    this.turn += bytes
    this.volume += bytes
    if (this.volume < this.interval) return
    this.volume = 0
    for (const client of this.native) if (this.isSlow(client)) this.serve(client)
  }

  /** The server has handed out what was published. Who was only suspected is native again. */
  private turnOver(): void {
    this.turn = 0
    for (const client of this.served) this.drained(client)
  }

  private isSlow(client: Watched): boolean {
    return client.bufferedBytes + this.turn > client.maxBufferedBytes / 2
  }

  private serve(client: Watched): void {
    if (!this.native.delete(client)) return
    this.served.add(client)
    for (const nativeTopic of client.leaveNative()) this.topics.subscribe(nativeTopic, client)
  }

  private release(client: Watched): void {
    this.served.delete(client)
    this.native.add(client)
    client.enterNative(this.topics.topicsOf(client))
    this.topics.leave(client)
  }
}
