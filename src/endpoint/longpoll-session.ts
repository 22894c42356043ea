import type { Connection } from '../channel/connection.ts'
import { shutdown } from '../core/reason.ts'
import { type Timer as RuntimeTimer, Timer, type Timers } from '../runtime/timers.ts'
import { INACTIVE } from '../socket/close-code.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { Frame } from '../wire/serializer.ts'
import type { LocalTopics } from './local-topics.ts'
import { base64Of } from './longpoll-frames.ts'

/**
 * What became of messages that were given to a poll. `unknown`: perhaps the client has them, perhaps not; only for polls that
 * came by way of another node.
 */
export type Delivery = 'written' | 'notWritten' | 'unknown'

/** A client that waits for messages. Answered once. */
export interface Poll {
  /** Answers with these messages, oldest first; without any: nothing came. */
  give(messages: readonly string[], delivered: (delivery: Delivery) => void): void
  /** Calls back, once, when the client goes before it was answered. */
  onGone(callback: () => void): void
}

/** What became of frames: all were handed on, the session did not take them, or there is none. */
export type PostResult = 'dispatched' | 'notTaken' | 'gone'

/** A client that waits until its frames are handed on. Called once. */
export type Post = (result: PostResult) => void

/** Options of one session. */
export interface SessionSettings {
  readonly id: string
  readonly timers: Timers
  readonly topics: LocalTopics<Connection>
  readonly windowMs: number
  /** The most that may wait for the client. */
  readonly maxBufferedBytes: number
  /** Whether the client understands base64 where it expects text. */
  readonly readsBase64: boolean
  /** A message was left out, because it is bytes and the client reads none. */
  readonly dropped: (bytes: number) => void
  /** So many bytes wait for a client that does not fetch them: the session ends. */
  readonly overflowed: (bytes: number) => void
  /** The session is over. */
  readonly closed: (session: LongPollSession) => void
}

/**
 * A session without polls is looked at after so many windows, and ends so many later. Two looks: on a machine that stood still, the
 * timer comes before the poll that is there already, which the second look then finds.
 */
const PATIENCE_WINDOWS = 1.5
const GRACE_WINDOWS = 0.75
/** Try again later. */
const OVERLOADED = 1013
const GOING_AWAY = 1001

interface HeldPoll {
  readonly poll: Poll
  readonly timer: RuntimeTimer
}

/**
 * The connection of a client that polls: what is sent to it waits here until a poll takes it.
 *
 * It is no process: the socket process of the session is, and both end together. A message is kept until an answer with it was
 * written.
 * Semantics: Phoenix.Transports.LongPoll.Server; channels.md §4.3, §4.6.
 */
export class LongPollSession implements Connection {
  readonly id: string
  private readonly settings: SessionSettings
  private readonly receiver: FrameReceiver
  private queue: string[] = []
  private queuedBytes = 0
  /** Messages of the queue are on their way in an answer. */
  private isGiving = false
  private isFlushDue = false
  private isFull = false
  /** All polls that wait; the newest takes what comes. */
  private readonly held = new Set<HeldPoll>()
  private newest: HeldPoll | undefined = undefined
  private readonly posts = new Map<Post, RuntimeTimer>()
  private readonly patience: RuntimeTimer
  private readonly grace: RuntimeTimer
  isOpen = true

  constructor(receiver: FrameReceiver, settings: SessionSettings) {
    this.id = settings.id
    this.settings = settings
    this.receiver = receiver
    this.patience = new Timer(() => this.settings.timers.start(this.grace, settings.windowMs * GRACE_WINDOWS))
    this.grace = new Timer(() => receiver.closed(GOING_AWAY, shutdown(INACTIVE)))
    this.startPatience()
  }

  /** How many polls wait. */
  get polls(): number {
    return this.held.size
  }

  // ── Towards the client ──

  send(frame: Frame): void {
    if (!this.isOpen || this.isFull) return
    const message = this.textOf(frame)
    if (message === undefined) return
    this.queue.push(message)
    this.queuedBytes += message.length
    if (this.queuedBytes > this.settings.maxBufferedBytes) this.overflow()
    else this.flushSoon()
  }

  private textOf(frame: Frame): string | undefined {
    if (typeof frame === 'string') return frame
    if (this.settings.readsBase64) return base64Of(frame)
    this.settings.dropped(frame.byteLength)
    return undefined
  }

  private overflow(): void {
    this.isFull = true
    this.settings.overflowed(this.queuedBytes)
    this.receiver.closed(OVERLOADED)
  }

  subscribe(nativeTopic: string): void {
    this.settings.topics.subscribe(nativeTopic, this)
  }

  unsubscribe(nativeTopic: string): void {
    this.settings.topics.unsubscribe(nativeTopic, this)
  }

  publish(nativeTopic: string, frame: Frame): void {
    this.settings.topics.publish(nativeTopic, frame, undefined, this)
  }

  // ── Polls ──

  /** A client waits for messages. An older poll of it goes on waiting, but gets nothing any more. */
  poll(poll: Poll): void {
    const held: HeldPoll = { poll, timer: new Timer(() => this.windowOver(held)) }
    this.endPatience()
    this.settings.timers.start(held.timer, this.settings.windowMs)
    this.held.add(held)
    this.newest = held
    poll.onGone(() => this.release(held))
    this.flush()
  }

  private windowOver(held: HeldPoll): void {
    this.release(held)
    held.poll.give([], () => {})
  }

  /** The poll waits no more. */
  private release(held: HeldPoll): void {
    if (!this.held.delete(held)) return
    this.settings.timers.cancel(held.timer)
    if (this.newest === held) this.newest = undefined
    if (this.held.size === 0) this.startPatience()
  }

  private startPatience(): void {
    const { timers, windowMs } = this.settings
    if (this.isOpen) timers.start(this.patience, windowMs * PATIENCE_WINDOWS)
  }

  private endPatience(): void {
    this.settings.timers.cancel(this.patience)
    this.settings.timers.cancel(this.grace)
  }

  /** What is sent in one go goes in one answer. */
  private flushSoon(): void {
    if (this.newest === undefined || this.isFlushDue) return
    this.isFlushDue = true
    queueMicrotask(() => {
      this.isFlushDue = false
      this.flush()
    })
  }

  private flush(): void {
    const held = this.newest
    if (held === undefined || this.queue.length === 0 || this.isGiving) return
    const messages = this.queue.slice()
    this.isGiving = true
    this.release(held)
    held.poll.give(messages, (delivery) => this.given(messages, delivery))
  }

  private given(messages: readonly string[], delivery: Delivery): void {
    this.isGiving = false
    // A client that may have missed something, or may get it twice, has to begin anew: only so will it know.
    if (delivery === 'unknown') this.receiver.closed(GOING_AWAY)
    if (delivery === 'written') this.forget(messages)
    this.flush()
  }

  private forget(messages: readonly string[]): void {
    this.queue.splice(0, messages.length)
    for (const { length } of messages) this.queuedBytes -= length
  }

  // ── Posts ──

  /** Hands frames on, in order; the post is answered when the last has been dispatched, or did not get so far in time. */
  deliver(frames: readonly Frame[], post: Post): void {
    const { timers, windowMs } = this.settings
    const timer = new Timer(() => this.answer(post, 'notTaken'))
    this.posts.set(post, timer)
    timers.start(timer, windowMs)
    for (const frame of frames) this.receiver.frame(frame)
    this.receiver.whenDispatched(() => this.answer(post, 'dispatched'))
  }

  private answer(post: Post, result: PostResult): void {
    const timer = this.posts.get(post)
    if (timer === undefined) return
    this.posts.delete(post)
    this.settings.timers.cancel(timer)
    post(result)
  }

  // ── The end ──

  /** The socket process ends: whoever waits is answered at once. What nobody fetched is lost, as with any connection. */
  close(_code: number): void {
    if (!this.isOpen) return
    this.flush()
    this.isOpen = false
    this.endPatience()
    this.settings.topics.leave(this)
    for (const held of [...this.held]) this.windowOver(held)
    for (const post of [...this.posts.keys()]) this.answer(post, 'notTaken')
    this.settings.closed(this)
  }
}
