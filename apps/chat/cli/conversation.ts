import { randomUUID } from 'node:crypto'
import { type Channel, Presence, type Push, type Socket } from 'phoenix'
import type { Message } from '../rooms/messages.ts'
import type { Person, PersonMeta } from '../rooms/presence.ts'
import type { Room } from '../rooms/rooms.ts'

/** Who hears what happens in a room. */
export interface Listener {
  /** A message: each once, in the order in which they stand in the file, whatever happened to the connection. */
  message(message: Message): void
  /** A message that was heard is another now: edited or deleted, each time, once, whatever happened to the connection. */
  changed?(message: Message): void
  /** Who is in the room, when that changes. */
  people?(people: readonly Person[]): void
  /** The room is open: after the first join, and after each that followed a loss. */
  joined?(room: Room): void
  /** The room was lost. The client joins again by itself. */
  lost?(): void
  /** The room cannot be joined. */
  refused?(reason: string): void
}

/** What came of something said. */
export type Said =
  | { readonly type: 'said'; readonly message: Message }
  /** It is nothing that can be said: empty, or too long. */
  | { readonly type: 'refused'; readonly reason: string }

/** Something that is said, and of which nobody knows yet that it stands in the file. */
interface Unsaid {
  readonly body: string
  readonly nonce: string
  readonly settle: (said: Said) => void
  /** Its last way to the server. */
  push?: Push
}

/** What was not seen yet. */
interface News {
  readonly messages: readonly Message[]
  /** Those that were seen, and are others now. */
  readonly changed: readonly Message[]
  /** The last one that it holds. */
  readonly revision: number
}

interface Missed extends News {
  readonly is_all: boolean
}

/**
 * One room, over the official client: nothing that is said in it is lost, and nothing comes twice, on either way.
 *
 * To the server: what is said stays here until it is answered, and goes again after each join, and when no answer came, under the
 * same nonce; the server writes it once. From the server: each join tells what was seen last, and gets what came after that.
 */
export class Conversation {
  private readonly socket: Socket
  private readonly channel: Channel
  private readonly listener: Listener
  /** By their nonces, oldest first. */
  private readonly unsaid = new Map<string, Unsaid>()
  private firstSeen: number | undefined
  private lastSeen: number | undefined
  private lastRevision = 0
  /** What came by itself before all that was missed is here: how to show it. `undefined` when all of it is here. */
  private early: (() => void)[] | undefined = []

  /** @param room - its slug. */
  constructor(socket: Socket, room: string, listener: Listener) {
    this.socket = socket
    this.listener = listener
    this.channel = socket.channel(`room:${room}`, () => this.joinParams())
    this.channel.on('new_message', (message: Message) => this.heard(() => this.show(message)))
    this.channel.on('missed', (missed: Missed) => this.missed(missed))
    for (const event of ['message_edited', 'message_deleted'])
      this.channel.on(event, (message: Message) => this.heard(() => this.change(message)))
    this.channel.onError(() => this.lost())
    const presence = new Presence(this.channel)
    presence.onSync(() => listener.people?.(presence.list(personOf)))
  }

  /** Goes in. To be called once: the client joins again by itself. */
  join(): void {
    this.channel
      .join()
      .receive('ok', ({ room, ...news }) => this.joined(room, news))
      .receive('error', ({ reason }) => this.listener.refused?.(reason))
  }

  /** How many messages were said here that may not have arrived. */
  get waiting(): number {
    return this.unsaid.size
  }

  /** Whether the room is open. */
  get isJoined(): boolean {
    return this.channel.state === 'joined' && this.socket.isConnected()
  }

  /** Says something. @returns a promise that is kept when it stands in the file, however long the connection is lost. */
  say(body: string): Promise<Said> {
    return new Promise((resolve) => {
      const nonce = randomUUID()
      const settle = (said: Said): void => {
        if (this.unsaid.delete(nonce)) resolve(said)
      }
      const unsaid: Unsaid = { body, nonce, settle }
      this.unsaid.set(nonce, unsaid)
      this.send(unsaid)
    })
  }

  /** Shows the others that one writes, until one says that one does not. */
  typing(isTyping: boolean): void {
    if (this.isJoined) this.channel.push('typing', { is_typing: isTyping })
  }

  /** The page of messages before the oldest that is known here. @returns `undefined` when it could not be read. */
  older(): Promise<readonly Message[] | undefined> {
    return new Promise((resolve) => {
      this.channel
        .push('history', { before: this.firstSeen ?? Number.MAX_SAFE_INTEGER })
        .receive('ok', ({ messages }: { messages: readonly Message[] }) => {
          this.firstSeen = messages[0]?.id ?? this.firstSeen
          resolve(messages)
        })
        .receive('error', () => resolve(undefined))
        .receive('timeout', () => resolve(undefined))
    })
  }

  // ── From the server ──

  private joinParams(): object {
    if (this.lastSeen === undefined) return { present: true }
    return { present: true, last_seen_id: this.lastSeen, last_revision: this.lastRevision }
  }

  private joined(room: Room, news: News): void {
    this.showNews(news)
    // A room that was empty has been seen up to its begin: what comes meanwhile must not be cut to the last page.
    this.lastSeen ??= 0
    this.listener.joined?.(room)
    for (const unsaid of this.unsaid.values()) this.send(unsaid)
  }

  private heard(show: () => void): void {
    if (this.early === undefined) show()
    else this.early.push(show)
  }

  private missed({ is_all: isAll, ...news }: Missed): void {
    this.showNews(news)
    if (!isAll) return
    for (const show of this.early ?? []) show()
    this.early = undefined
  }

  private showNews({ messages, changed, revision }: News): void {
    for (const message of changed) this.change(message)
    for (const message of messages) this.show(message)
    this.lastRevision = revision
  }

  private show(message: Message): void {
    if (this.lastSeen !== undefined && message.id <= this.lastSeen) return
    this.firstSeen ??= message.id
    this.lastSeen = message.id
    this.lastRevision = Math.max(this.lastRevision, message.revision)
    this.listener.message(message)
  }

  private change(message: Message): void {
    if (message.revision <= this.lastRevision) return
    this.lastRevision = message.revision
    this.listener.changed?.(message)
  }

  private lost(): void {
    this.early = []
    this.listener.lost?.()
  }

  // ── To the server ──

  /** Without a room it stays: the next join sends it. */
  private send(unsaid: Unsaid): void {
    if (!this.isJoined) return
    const { body, nonce, settle } = unsaid
    const push = this.channel.push('say', { body, nonce })
    unsaid.push = push
    push
      .receive('ok', (message: Message) => settle({ type: 'said', message }))
      .receive('error', ({ reason }: { reason: string }) => {
        // Its channel was gone before it came. The client hears of that as well, and joins again.
        if (reason !== 'unmatched topic') settle({ type: 'refused', reason })
      })
      .receive('timeout', () => {
        if (this.unsaid.has(nonce) && unsaid.push === push) this.send(unsaid)
      })
  }
}

function personOf(key: string, { metas }: { metas: PersonMeta[] }): Person {
  return { id: Number(key), name: metas[0]?.name ?? '', isTyping: metas.some(({ isTyping }) => isTyping) }
}
