import {
  endOf,
  type Incoming,
  Membership,
  type MembershipNews,
  type MembershipNotice,
  type Transport,
} from '../channel/joinable.ts'
import type { Message, MessageRef, Reply } from '../wire/message.ts'
import { ERROR_EVENT, HEARTBEAT_EVENT, HEARTBEAT_TOPIC, JOIN_EVENT, LEAVE_EVENT } from '../wire/message.ts'
import type { TopicRoute, TopicTable } from './topic-table.ts'

/** What the table of topics needs done. */
export interface TopicsHost {
  /** Sends a message to the client. */
  send(message: Message | Reply): void
  /** Starts the channel of a membership. Whatever comes of it comes back as a notice. */
  startChannel(membership: Membership, route: TopicRoute): void
  /** A client asked for a topic that nothing matches: somebody may want to know. */
  unmatched(topic: string | null): void
  /** Ends the channel process of a membership that another one replaces; soon, and if need be by force. */
  endReplaced(membership: Membership): void
}

/** What the table is made for. */
export interface TopicsOptions {
  readonly transport: Transport
  readonly routes: TopicTable
  /** What each channel's assigns begin with. */
  readonly assigns: object
  readonly maxChannels: number
}

/**
 * `joining`: its channel has not answered yet. `leaving`: it was told to leave. `replaced`: it is being ended to make room.
 */
type EntryState = 'joining' | 'joined' | 'leaving' | 'replaced'

class Entry {
  readonly membership: Membership
  state: EntryState = 'joining'
  /** Messages that wait until the topic is settled: none in the state `joined`, unless its channel has just ended. */
  waiting: Incoming[] = []

  constructor(membership: Membership) {
    this.membership = membership
  }

  get isSettled(): boolean {
    return this.state === 'joined' || this.state === 'leaving'
  }
}

/** Somebody waits until these topics have come to rest. */
interface Wait {
  readonly topics: Set<string>
  readonly done: () => void
}

/**
 * The topics of one connection: what becomes of each message of the client, and of each notice of a channel.
 *
 * ```
 *              ┌─────────── refused ──────────┐
 *   (absent) ──join──► joining ──accepted──► joined ──leave──► leaving ──closed, ended──► (absent)
 *        ▲                                     │ join            │ join
 *        └──── then the waiting join ◄── replaced ◄──────────────┘
 * ```
 * While a topic is joining, leaving or replaced its messages wait, in order; all other topics go on.
 * Semantics: channels.md §7.2 to §7.4. Differs: in Phoenix a join blocks the whole connection, and what comes right behind a leave
 * is lost with the channel; here it finds a topic that is not joined.
 */
export class Topics {
  private readonly host: TopicsHost
  private readonly options: TopicsOptions
  private readonly entries = new Map<string, Entry>()
  /** Few connections ever have one. */
  private waits: Set<Wait> | undefined = undefined

  constructor(host: TopicsHost, options: TopicsOptions) {
    this.host = host
    this.options = options
  }

  get size(): number {
    return this.entries.size
  }

  // ── From the client ──

  /** A message of the client. */
  handle(incoming: Incoming): void {
    const { topic, event } = incoming.message
    const isHeartbeat = topic === HEARTBEAT_TOPIC && event === HEARTBEAT_EVENT
    const entry = topic === null ? undefined : this.entries.get(topic)
    if (isHeartbeat) this.heartbeat(incoming.message)
    else if (entry === undefined) this.outside(incoming.message)
    else if (entry.state === 'joining' || entry.state === 'replaced') entry.waiting.push(incoming)
    else this.inside(entry, incoming)
  }

  private heartbeat({ ref, topic }: Message): void {
    this.host.send({ type: 'reply', joinRef: null, ref, topic, status: 'ok', response: {} })
  }

  /** A message for a topic that is not joined. */
  private outside(message: Message): void {
    if (message.event === JOIN_EVENT) this.join(message, undefined)
    else if (message.event === LEAVE_EVENT) this.answer(message, message.joinRef, 'ok', {})
    else this.answer(message, null, 'error', { reason: 'unmatched topic' })
  }

  private inside(entry: Entry, incoming: Incoming): void {
    const { joinRef, event } = incoming.message
    if (event === JOIN_EVENT) this.replace(entry, incoming)
    else if (!isSame(given(joinRef), entry.membership.givenJoinRef))
      return // of an incarnation that is gone
    else this.handOver(entry, incoming)
  }

  /** What waits was meant for the channel that goes now: it is lost with it. */
  private replace(entry: Entry, join: Incoming): void {
    entry.state = 'replaced'
    entry.waiting = [join]
    this.host.endReplaced(entry.membership)
  }

  private handOver(entry: Entry, incoming: Incoming): void {
    const channel = entry.membership.pid?.receiver
    // It has left, or it has ended and the notice of that is on its way: the message will find a topic that is not joined.
    if (entry.state === 'leaving' || channel === undefined) {
      entry.waiting.push(incoming)
      return
    }
    if (incoming.message.event === LEAVE_EVENT) entry.state = 'leaving'
    channel.deliver(incoming)
  }

  private join(message: Message, replaces: MessageRef | undefined): void {
    const { topic, ref, payload } = message
    const route = topic === null ? undefined : this.routeOf(topic)
    if (topic === null || route === undefined) {
      this.host.unmatched(topic)
      this.answer(message, null, 'error', { reason: 'unmatched topic' })
    } else if (this.entries.size >= this.options.maxChannels) {
      this.answer(message, message.joinRef, 'error', { reason: 'too many channels joined' })
    } else {
      const { transport } = this.options
      const assigns = { ...this.options.assigns, ...route.assigns }
      const joinRef = given(message.joinRef)
      const membership = new Membership({ transport, topic, joinRef, ref, params: payload, assigns, replaces })
      this.entries.set(topic, new Entry(membership))
      this.host.startChannel(membership, route)
    }
  }

  /** The topic of heartbeats is nobody's, whatever the patterns say. */
  private routeOf(topic: string): TopicRoute | undefined {
    return topic === HEARTBEAT_TOPIC ? undefined : this.options.routes.find(topic)
  }

  private answer({ ref, topic }: Message, joinRef: MessageRef, status: string, response: object): void {
    this.host.send({ type: 'reply', joinRef, ref, topic, status, response })
  }

  /** Calls back when every topic that is joining or replaced now has come to rest, and what waited there is handed over. */
  whenSettled(done: () => void): void {
    const topics = new Set<string>()
    for (const [topic, { isSettled }] of this.entries) if (!isSettled) topics.add(topic)
    if (topics.size === 0) done()
    else this.wait({ topics, done })
  }

  private wait(wait: Wait): void {
    this.waits ??= new Set()
    this.waits.add(wait)
  }

  // ── From the channels ──

  /** A channel says something about itself, or the runtime says that it ended. */
  notice({ membership, news }: MembershipNotice): void {
    const entry = this.entries.get(membership.topic)
    if (entry?.membership !== membership) return // of one that is gone already
    this.settle(entry, news)
    if (this.waits !== undefined) this.settled(membership.topic, this.waits)
  }

  private settled(topic: string, waits: Set<Wait>): void {
    if (this.entries.get(topic)?.isSettled === false) return
    for (const wait of waits) {
      wait.topics.delete(topic)
      if (wait.topics.size > 0) continue
      waits.delete(wait)
      wait.done()
    }
  }

  private settle(entry: Entry, news: MembershipNews): void {
    const { membership, state } = entry
    if (news === 'accepted') this.joined(entry)
    else if (state === 'replaced') this.replaced(entry, news === 'closed' ? undefined : membership.givenJoinRef)
    else if (news === 'refused' || news === 'closed') this.remove(entry)
    else if (state === 'joining')
      membership.refuse({ reason: 'join crashed' }) // ended without a word; comes back as 'refused'
    else this.crashed(entry)
  }

  private joined(entry: Entry): void {
    entry.state = 'joined'
    this.handleWaiting(entry)
  }

  private crashed(entry: Entry): void {
    const { topic, givenJoinRef } = entry.membership
    this.host.send(endOf(topic, givenJoinRef, ERROR_EVENT, { reason: 'channel_crash' }))
    this.remove(entry)
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry.membership.topic)
    this.handleWaiting(entry)
  }

  /** The old channel is gone: the join that replaces it, and whatever came after that. */
  private replaced(entry: Entry, closes: MessageRef | undefined): void {
    this.entries.delete(entry.membership.topic)
    const join = entry.waiting.shift() as Incoming // sound: a join made it 'replaced'
    this.join(join.message, closes)
    this.handleWaiting(entry)
  }

  private handleWaiting(entry: Entry): void {
    const { waiting } = entry
    entry.waiting = []
    for (const incoming of waiting) this.handle(incoming)
  }
}

/** A binary frame has an empty join_ref where a text frame has null. */
function given(joinRef: MessageRef): MessageRef {
  return joinRef === '' ? null : joinRef
}

/** Null stands for every incarnation. The binary layout turns numbers into strings. */
function isSame(joinRef: MessageRef, own: MessageRef): boolean {
  return joinRef === null || joinRef === own || (own !== null && String(joinRef) === String(own))
}
