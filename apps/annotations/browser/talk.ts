import { type Channel, LongPoll, Presence, Socket } from 'phoenix'

/** Somebody who watches. */
export interface Person {
  readonly id: number
  readonly name: string
  readonly hue: number
}

/** What somebody said about a moment. */
export interface Annotation {
  readonly id: number
  /** Milliseconds from the beginning. */
  readonly at: number
  readonly body: string
  readonly person: Person
}

/** Somebody who is here, with so many pages. */
export interface Watcher {
  readonly person: Person
  readonly pages: number
}

/** What a page hears. */
export interface Listener {
  /** May come again: who shows them by their ids shows each once. */
  annotations(annotations: readonly Annotation[]): void
  watchers(watchers: readonly Watcher[]): void
  /** Whether it is connected, or else why not. */
  status(status: 'live' | 'away' | { readonly refused: string }): void
  /** How many annotations of one's own have not been confirmed. */
  unsent(count: number): void
  /** One's own annotation was refused. */
  problem(reason: string, body: string): void
}

interface Unsent {
  readonly body: string
  readonly at: number
  readonly nonce: string
}

/** What the answer to the join did not hold. */
interface Missed {
  readonly annotations: readonly Annotation[]
  /** Whether nothing is missing any more. */
  readonly is_all: boolean
}

interface Refusal {
  readonly reason: string
  readonly issues?: readonly { readonly message: string }[]
}

/** What is said about one video: kept up to date over every disconnect. */
export class Talk {
  private readonly channel: Channel
  private readonly listener: Listener
  /** All annotations until this one were heard: what comes after it is asked for when the channel is joined again. */
  private lastSeenId = 0
  /** The newest that was heard since the join. Until the server has told what came in between, there may be some missing before it. */
  private newestId = 0
  private isCaughtUp = false
  /** What has not been confirmed, by its nonce. It is sent again after each join: the server knows what it has. */
  private readonly mine = new Map<string, Unsent>()

  constructor(videoId: string, listener: Listener) {
    this.listener = listener
    const socket = openSocket()
    socket.onError(() => listener.status('away'))
    this.channel = socket.channel(`videos:${videoId}`, () =>
      this.lastSeenId > 0 ? { last_seen_id: this.lastSeenId } : {},
    )
    this.channel.on('new_annotation', (annotation: Annotation) => this.heard([annotation]))
    this.channel.on('missed', (missed: Missed) => this.missed(missed))
    this.channel.onError(() => listener.status('away'))
    followPresence(this.channel, listener)
    this.channel
      .join()
      .receive('ok', ({ annotations }: { annotations: Annotation[] }) => this.joined(annotations))
      .receive('error', ({ reason }: Refusal) => listener.status({ refused: reason }))
  }

  /** Says something. While there is no connection it waits for one. */
  annotate(body: string, at: number): void {
    const unsent = { body, at, nonce: newNonce() }
    this.mine.set(unsent.nonce, unsent)
    this.send(unsent)
  }

  private joined(annotations: readonly Annotation[]): void {
    this.isCaughtUp = false
    this.newestId = this.lastSeenId
    this.heard(annotations)
    this.lastSeenId = this.newestId
    this.listener.status('live')
    for (const unsent of this.mine.values()) this.send(unsent)
  }

  private missed({ annotations, is_all: isAll }: Missed): void {
    this.isCaughtUp = isAll
    this.heard(annotations)
  }

  private heard(annotations: readonly Annotation[]): void {
    for (const { id } of annotations) this.newestId = Math.max(this.newestId, id)
    if (this.isCaughtUp) this.lastSeenId = this.newestId
    this.listener.annotations(annotations)
  }

  private send(unsent: Unsent): void {
    this.listener.unsent(this.mine.size)
    if (this.channel.state !== 'joined') return
    this.channel
      .push('new_annotation', unsent)
      .receive('ok', () => this.done(unsent))
      .receive('error', (refusal: Refusal) => {
        this.done(unsent)
        this.listener.problem(refusal.issues?.[0]?.message ?? refusal.reason, unsent.body)
      })
      .receive('timeout', () => {
        if (this.mine.has(unsent.nonce)) this.send(unsent)
      })
  }

  private done({ nonce }: Unsent): void {
    this.mine.delete(nonce)
    this.listener.unsent(this.mine.size)
  }
}

/** `?transport=longpoll` in the address of the page takes the other way. */
function openSocket(): Socket {
  const isLongPoll = new URLSearchParams(location.search).get('transport') === 'longpoll'
  const token = document.querySelector('meta[name="user-token"]')?.getAttribute('content')
  const socket = new Socket('/socket', { params: { token }, ...(isLongPoll && { transport: LongPoll }) })
  socket.connect()
  return socket
}

function followPresence(channel: Channel, listener: Listener): void {
  const presence = new Presence(channel)
  presence.onSync(() => {
    const watchers: Watcher[] = presence.list((_id, { person, metas }) => ({ person, pages: metas.length }))
    listener.watchers(watchers.sort((a, b) => a.person.name.localeCompare(b.person.name)))
  })
}

/** Not `randomUUID`: a page that is opened over plain HTTP from another machine does not have it. */
function newNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
