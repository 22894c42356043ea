import { nanoid } from 'nanoid'
import type { Pid } from '../core/pid.ts'
import { defineDispatcher } from '../pubsub/dispatch.ts'
import { PubSub, subscribeFor, unsubscribeFor } from '../pubsub/pubsub.ts'
import { Timer, type Timers } from '../runtime/timers.ts'
import type { Frame } from '../wire/serializer.ts'
import { base64Of } from './longpoll-frames.ts'
import type { Delivery, LongPollSession, Poll, Post, PostResult } from './longpoll-session.ts'
import { type SessionPlace, topicOf } from './longpoll-token.ts'

// A client's requests may come to any node; its session lives on one. Between the two nodes:
//
//   node of the request                                  node of the session
//     poll | frames     ── topic of the session ──►        found it
//                       ◄── topic of the request ──       here
//                       ◄──────────────────────────       messages | result
//     written or not    ── topic of the session ──►        only for messages: they are kept until then
//     gone              ── topic of the session ──►        only for a poll whose client went

/** Where a request waits for its answer. */
interface ReturnAddress {
  readonly node: string
  /** What names it. */
  readonly request: string
}

/** A frame as any broker carries it: bytes as base64. */
type PlainFrame = string | { readonly base64: string }

/** To the node of the session. Plain data: it travels. */
type ToSession =
  | { readonly type: 'poll'; readonly from: ReturnAddress }
  | { readonly type: 'frames'; readonly from: ReturnAddress; readonly frames: readonly PlainFrame[] }
  | { readonly type: 'delivery'; readonly request: string; readonly delivery: Delivery }
  | { readonly type: 'gone'; readonly request: string }

/** To the node of the request. */
type ToRequest =
  | { readonly type: 'here' }
  | { readonly type: 'messages'; readonly messages: readonly string[] }
  | { readonly type: 'result'; readonly result: PostResult }

function packed(frame: Frame): PlainFrame {
  return typeof frame === 'string' ? frame : { base64: base64Of(frame) }
}

function unpacked(frame: PlainFrame): Frame {
  return typeof frame === 'string' ? frame : Buffer.from(frame.base64, 'base64')
}

/** What stands in PubSub under a topic of this file: it is called there and then, and no process gets a message. */
class Receiver<Message> {
  readonly receive: (message: Message) => void

  constructor(receive: (message: Message) => void) {
    this.receive = receive
  }
}

const longPollDispatcher = defineDispatcher('longpoll', (entries, _from, message: unknown) => {
  for (const { metadata } of entries) if (metadata instanceof Receiver) metadata.receive(message)
})

/** What a relay needs of its listener. */
export interface RelaySettings {
  readonly pubsub: string
  readonly timers: Timers
  /** How long to look for a session. */
  readonly pubsubTimeoutMs: number
  readonly windowMs: number
  /** Runs `work` soon, in the process of the listener. */
  readonly act: (work: (listener: Pid) => void) => void
}

/** Sends a message to whoever stands under an id at another node. */
function post({ act, pubsub }: RelaySettings, { node, id }: SessionPlace, message: ToSession | ToRequest): void {
  act(() => PubSub.directBroadcast(node, pubsub, topicOf(id), message, longPollDispatcher))
}

/** Reaches sessions of other nodes, and lets other nodes reach those of this one. */
export class LongPollRelay {
  private readonly settings: RelaySettings

  constructor(settings: RelaySettings) {
    this.settings = settings
  }

  // ── The node of a session ──

  /** Lets other nodes reach a session. @param owner - its socket process: with it the session can be reached no more. */
  open(session: LongPollSession, owner: Pid): void {
    const relayed = new Map<string, RelayedPoll>()
    const receive = (message: ToSession) => this.toSession(session, relayed, message)
    subscribeFor(owner, this.settings.pubsub, topicOf(session.id), new Receiver(receive))
  }

  private toSession(session: LongPollSession, relayed: Map<string, RelayedPoll>, message: ToSession): void {
    switch (message.type) {
      case 'poll':
        this.answer(message.from, { type: 'here' })
        session.poll(this.relayedPoll(message.from, relayed))
        break
      case 'frames':
        this.answer(message.from, { type: 'here' })
        session.deliver(message.frames.map(unpacked), (result) => this.answer(message.from, { type: 'result', result }))
        break
      case 'delivery':
        relayed.get(message.request)?.delivered(message.delivery)
        break
      case 'gone':
        relayed.get(message.request)?.gone()
    }
  }

  private relayedPoll(from: ReturnAddress, relayed: Map<string, RelayedPoll>): RelayedPoll {
    const { timers, pubsubTimeoutMs } = this.settings
    const answer = (messages: readonly string[]) => this.answer(from, { type: 'messages', messages })
    const poll = new RelayedPoll({ timers, pubsubTimeoutMs, answer, over: () => relayed.delete(from.request) })
    relayed.set(from.request, poll)
    return poll
  }

  private answer({ node, request }: ReturnAddress, message: ToRequest): void {
    post(this.settings, { node, id: request }, message)
  }

  // ── The node of a request ──

  /** Asks the session of another node for messages. @param gone - called instead when there is no such session. */
  poll(place: SessionPlace, poll: Poll, gone: () => void): void {
    const empty = () => poll.give([], () => {})
    const request = new RemoteRequest(this.settings, place, {
      gone,
      late: empty,
      answered: (message) => {
        if (message.type !== 'messages') return
        const { messages } = message
        if (messages.length === 0) empty()
        else poll.give(messages, (delivery) => request.tell({ type: 'delivery', request: request.id, delivery }))
      },
    })
    poll.onGone(() => request.abandon())
    request.begin((from) => ({ type: 'poll', from }))
  }

  /** Hands frames to the session of another node. */
  deliver(place: SessionPlace, frames: readonly Frame[], post: Post): void {
    const request = new RemoteRequest(this.settings, place, {
      gone: () => post('gone'),
      late: () => post('notTaken'),
      answered: (message) => {
        if (message.type === 'result') post(message.result)
      },
    })
    request.begin((from) => ({ type: 'frames', from, frames: frames.map(packed) }))
  }
}

// ── One poll of another node, at its session ─────────────────────────────────────────────────────────────────────────

interface RelayedPollSettings {
  readonly timers: Timers
  readonly pubsubTimeoutMs: number
  readonly answer: (messages: readonly string[]) => void
  readonly over: () => void
}

class RelayedPoll implements Poll {
  private readonly settings: RelayedPollSettings
  private readonly timer: Timer
  private waiting: ((delivery: Delivery) => void) | undefined = undefined
  private goneCallback: () => void = () => {}

  constructor(settings: RelayedPollSettings) {
    this.settings = settings
    this.timer = new Timer(() => this.delivered('unknown'))
  }

  give(messages: readonly string[], delivered: (delivery: Delivery) => void): void {
    this.settings.answer(messages)
    if (messages.length === 0) {
      this.settings.over()
      return
    }
    this.waiting = delivered
    this.settings.timers.start(this.timer, this.settings.pubsubTimeoutMs)
  }

  onGone(callback: () => void): void {
    this.goneCallback = callback
  }

  delivered(delivery: Delivery): void {
    const { waiting } = this
    this.waiting = undefined
    this.settings.timers.cancel(this.timer)
    this.settings.over()
    waiting?.(delivery)
  }

  gone(): void {
    // It may have been given messages in the meantime: they did not get there.
    if (this.waiting !== undefined) this.delivered('notWritten')
    else {
      this.settings.over()
      this.goneCallback()
    }
  }
}

// ── One request, at the node that it came to ─────────────────────────────────────────────────────────────────────────

interface RequestHandlers {
  /** There is no such session. */
  readonly gone: () => void
  /** There is, but it does not answer. */
  readonly late: () => void
  /** The answer. */
  readonly answered: (message: ToRequest) => void
}

/** A request that waits for the session of another node. */
class RemoteRequest {
  readonly id = nanoid()
  private readonly settings: RelaySettings
  private readonly place: SessionPlace
  private readonly handlers: RequestHandlers
  private readonly receiver = new Receiver<ToRequest>((message) => this.receive(message))
  private readonly timer: Timer
  private isFound = false
  private isOver = false

  constructor(settings: RelaySettings, place: SessionPlace, handlers: RequestHandlers) {
    this.settings = settings
    this.place = place
    this.handlers = handlers
    this.timer = new Timer(() => this.tooLate())
  }

  begin(messageOf: (from: ReturnAddress) => ToSession): void {
    const { act, pubsub, timers, pubsubTimeoutMs } = this.settings
    act((listener) => {
      if (this.isOver) return
      const node = PubSub.nodeName(pubsub)
      // A session of this very node would have been found without us.
      if (this.place.node === node) this.tooLate()
      else {
        subscribeFor(listener, pubsub, topicOf(this.id), this.receiver)
        timers.start(this.timer, pubsubTimeoutMs)
        this.tell(messageOf({ node, request: this.id }))
      }
    })
  }

  tell(message: ToSession): void {
    post(this.settings, this.place, message)
  }

  private receive(message: ToRequest): void {
    if (this.isOver) return
    if (message.type === 'here') this.found()
    else {
      this.end()
      this.handlers.answered(message)
    }
  }

  private found(): void {
    const { timers, windowMs, pubsubTimeoutMs } = this.settings
    this.isFound = true
    timers.start(this.timer, windowMs + pubsubTimeoutMs)
  }

  private tooLate(): void {
    this.end()
    if (this.isFound) this.handlers.late()
    else this.handlers.gone()
  }

  /** The client went. */
  abandon(): void {
    if (this.isOver) return
    this.end()
    this.tell({ type: 'gone', request: this.id })
  }

  private end(): void {
    const { act, pubsub, timers } = this.settings
    this.isOver = true
    timers.cancel(this.timer)
    act((listener) => unsubscribeFor(listener, pubsub, topicOf(this.id), this.receiver))
  }
}
