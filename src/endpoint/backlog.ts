import type { OutgoingMessage } from '../channel/connection.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import type { WebSocketRoute } from './adapter.ts'

/** What becomes of a message for a client that is too slow for it. */
export type SlowClientAnswer = 'close' | 'drop' | { readonly coalesce: string }

/**
 * What becomes of pushes and broadcasts for a client that has more than `maxBufferedBytes` waiting.
 *
 * `'close'`: its connection is cut; it comes back, and knows that it may have missed something · `'drop'`: it never gets them, and
 * does not know · `{ coalesce: key }`: of those of one topic with the same key it gets the last one, when it has caught up. A
 * function says it for each message: `({ event, payload }) => event === 'cursor' ? { coalesce: payload.user } : 'close'`.
 */
export type SlowClientOption = 'close' | 'drop' | ((message: OutgoingMessage) => SlowClientAnswer)

/** A message that a client was too slow for. */
export interface Overflow {
  /** What became of it. */
  readonly policy: 'close' | 'drop' | 'coalesce'
  /** The bytes that were waiting before it. */
  readonly queuedBytes: number
}

/** What a backlog goes by. */
export interface BacklogRules {
  readonly maxBufferedBytes: number
  readonly slowClient: SlowClientOption
  readonly overflowed: (overflow: Overflow) => void
  /** The app's function threw, or answered nonsense: the client is cut, as nobody knows what it may miss. */
  readonly failed: (error: unknown) => void
}

/** The rules of a route for one of its clients. */
export function rulesOf(route: WebSocketRoute, receiver: FrameReceiver): BacklogRules {
  const { maxBufferedBytes, slowClient } = route
  const overflowed = (overflow: Overflow): void => route.overflowed(overflow, receiver)
  return { maxBufferedBytes, slowClient, overflowed, failed: (error) => route.failed(error) }
}

/** The way to a client. */
export interface Pipe<Frame> {
  /** What has been written and not been taken. */
  readonly bufferedBytes: number
  write(frame: Frame): void
  cut(): void
}

interface Kept<Frame> {
  readonly frame: Frame
  readonly nativeTopic: string | undefined
}

/**
 * What is on its way to one client, and what is not: its bound, and what becomes of messages beyond it.
 *
 * A frame without a message (an answer, an end) is of the protocol and cannot be left out: unless the policy is `'close'`, there
 * is room for as much again. Neither process nor timer; whoever has it says when the client has caught up.
 */
export class Backlog<Frame extends { readonly length: number }> {
  private readonly rules: BacklogRules
  private readonly pipe: Pipe<Frame>
  /** By topic and key, the last changed last. */
  private readonly kept = new Map<string, Kept<Frame>>()
  private keptBytes = 0

  constructor(rules: BacklogRules, pipe: Pipe<Frame>) {
    this.rules = rules
    this.pipe = pipe
  }

  /** Whether something is kept for later. */
  get isEmpty(): boolean {
    return this.kept.size === 0
  }

  /**
   * Sends a frame, now or later or never.
   * @param about - what it says; `undefined` when it cannot be left out.
   * @param nativeTopic - what it came by, if it was published.
   */
  offer(frame: Frame, about: OutgoingMessage | undefined, nativeTopic?: string): void {
    if (!this.isEmpty) this.drained() // older ones first
    const queuedBytes = this.pipe.bufferedBytes + this.keptBytes
    if (queuedBytes <= this.rules.maxBufferedBytes) this.pipe.write(frame)
    else if (about === undefined) this.insist(frame, queuedBytes)
    else this.apply(this.answerFor(about), { frame, nativeTopic }, about, queuedBytes)
  }

  /** Sends what was kept, as far as there is room. */
  drained(): void {
    for (const [key, { frame }] of this.kept) {
      if (this.pipe.bufferedBytes > this.rules.maxBufferedBytes) return
      this.remove(key)
      this.pipe.write(frame)
    }
  }

  /** The client has left a native topic: nothing of it may come any more. */
  forget(nativeTopic: string): void {
    for (const [key, kept] of this.kept) if (kept.nativeTopic === nativeTopic) this.remove(key)
  }

  private answerFor(about: OutgoingMessage): SlowClientAnswer {
    const { slowClient, failed } = this.rules
    if (typeof slowClient === 'string') return slowClient
    try {
      const answer: unknown = slowClient(about)
      if (isAnswer(answer)) return answer
      throw new BadArgumentError('slowClient', "to be answered 'close', 'drop' or { coalesce: key }", answer)
    } catch (error) {
      failed(error)
      return 'close'
    }
  }

  private apply(answer: SlowClientAnswer, kept: Kept<Frame>, { topic }: OutgoingMessage, queuedBytes: number): void {
    if (answer === 'close') this.cut(queuedBytes)
    else if (answer === 'drop') this.rules.overflowed({ policy: 'drop', queuedBytes })
    else this.keep(`${topic}\n${answer.coalesce}`, kept, queuedBytes)
  }

  private keep(key: string, kept: Kept<Frame>, queuedBytes: number): void {
    this.remove(key)
    const bytes = this.pipe.bufferedBytes + this.keptBytes + kept.frame.length
    // As many keys as messages: nothing is gained.
    if (bytes > 2 * this.rules.maxBufferedBytes) this.cut(queuedBytes)
    else {
      this.kept.set(key, kept)
      this.keptBytes += kept.frame.length
      this.rules.overflowed({ policy: 'coalesce', queuedBytes })
    }
  }

  private remove(key: string): void {
    const known = this.kept.get(key)
    if (known !== undefined) this.keptBytes -= known.frame.length
    this.kept.delete(key)
  }

  private insist(frame: Frame, queuedBytes: number): void {
    const { slowClient, maxBufferedBytes } = this.rules
    if (slowClient !== 'close' && queuedBytes <= 2 * maxBufferedBytes) this.pipe.write(frame)
    else this.cut(queuedBytes)
  }

  private cut(queuedBytes: number): void {
    this.kept.clear()
    this.keptBytes = 0
    this.rules.overflowed({ policy: 'close', queuedBytes })
    this.pipe.cut()
  }
}

function isAnswer(answer: unknown): answer is SlowClientAnswer {
  if (answer === 'close' || answer === 'drop') return true
  return typeof answer === 'object' && answer !== null && 'coalesce' in answer && typeof answer.coalesce === 'string'
}
