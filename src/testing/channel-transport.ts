import type { Connection } from '../channel/connection.ts'
import { Fastlane, type Lane, type LaneOwner } from '../channel/fastlane.ts'
import type { Pid } from '../core/pid.ts'
import { LocalTopics } from '../endpoint/local-topics.ts'
import { subscribeFor, unsubscribeFor } from '../pubsub/pubsub.ts'
import { actingProcess } from '../runtime/current.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { FrameReceiver } from '../socket/transport.ts'
import { toJsonValue } from '../wire/json-value.ts'
import { asBytes, checkPayload, type Message, type MessageRef, replyPayload } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'

// A transport without sockets or ports: what the server sends becomes a message of the test's process.

/** What the server sends to a client of a test, as it lies in the mailbox of the test. */
export type ServerFrame =
  | {
      readonly type: 'push'
      readonly topic: string | null
      readonly joinRef: MessageRef
      readonly event: string
      readonly payload: unknown
    }
  | {
      readonly type: 'reply'
      readonly topic: string | null
      readonly joinRef: MessageRef
      readonly ref: MessageRef
      readonly status: string
      readonly response: unknown
    }

/** Messages go over as they are, in the form that a client of any serializer would see. */
export const asTheyAre: Serializer = {
  name: 'test',
  carriesBytes: true,
  decode: (frame) => messageOf(frame),
  encode: (message) => {
    const { topic, joinRef, ref } = message
    if (message.type === 'reply') {
      const { status, response } = replyPayload(message)
      return frameOf({ type: 'reply', topic, joinRef, ref, status, response: seen(response) })
    }
    checkPayload(message.payload)
    return frameOf({ type: 'push', topic, joinRef, event: message.event, payload: seen(message.payload) })
  },
  fastlane: ({ topic, event, payload }) => {
    checkPayload(payload)
    return frameOf({ type: 'push', topic, joinRef: null, event, payload: seen(payload) })
  },
}

/** A seam: nobody between a serializer and a connection looks into a frame. */
const frameOf = (message: ServerFrame): Frame => message as unknown as Frame
/** The same seam from the other side: these frames are made by `frameOf` alone. */
const serverFrameOf = (frame: Frame): ServerFrame => frame as unknown as ServerFrame
/** And for what a client sends: see {@link TestConnection.receive}. */
const messageOf = (frame: Frame): Message => frame as unknown as Message

function seen(value: unknown): unknown {
  return asBytes(value) ?? toJsonValue(value) ?? null
}

/** Where the lanes of a test's clients are: what a listener is for an endpoint. Lives in a process, and ends with it. */
export class TestHub implements LaneOwner {
  readonly topics = new LocalTopics<TestConnection>()
  readonly fastlane = new Fastlane(this.topics, this)
  readonly process: LocalProcess = actingProcess()
  private readonly lanes = new Set<Lane>()
  private readonly pubsub: string

  constructor(pubsub: string) {
    this.pubsub = pubsub
  }

  subscribeLane(lane: Lane): void {
    subscribeFor(this.process.pid, this.pubsub, lane.topic, lane)
    this.lanes.add(lane)
  }

  unsubscribeLane(lane: Lane): void {
    this.lanes.delete(lane)
    unsubscribeFor(this.process.pid, this.pubsub, lane.topic, lane)
  }

  laneIdle(lane: Lane): void {
    this.process.deliver(lane)
  }

  /** Which topic a native topic belongs to, and the channel process that has just entered it for a client. */
  entered(connection: TestConnection, nativeTopic: string): [topic: string, channel: Pid] | undefined {
    const lane = [...this.lanes].find((known) => known.nativeTopic === nativeTopic)
    const entry = lane && [...lane.members].findLast(([, member]) => member === connection)
    return entry && [lane.topic, entry[0]]
  }
}

/** The connection of a client that is a process of the test. */
export class TestConnection implements Connection {
  isOpen = true
  /** The channel process that joined each topic last, also when it has ended. */
  readonly channels = new Map<string, Pid>()
  private readonly hub: TestHub
  private readonly receiver: FrameReceiver
  private readonly deliver: (frame: ServerFrame) => void
  private readonly closed: (code: number) => void

  constructor(
    hub: TestHub,
    receiver: FrameReceiver,
    deliver: (frame: ServerFrame) => void,
    closed: (code: number) => void,
  ) {
    this.hub = hub
    this.receiver = receiver
    this.deliver = deliver
    this.closed = closed
  }

  get pid(): Pid {
    return this.receiver.pid
  }

  /** The client sends a message. */
  receive(message: Message): void {
    const payload = seen(message.payload)
    if (this.isOpen) this.receiver.frame({ ...message, payload } as unknown as Frame) // read by `messageOf` alone
  }

  send(frame: Frame): void {
    if (this.isOpen) this.deliver(serverFrameOf(frame))
  }

  subscribe(nativeTopic: string): void {
    if (!this.isOpen) return
    this.hub.topics.subscribe(nativeTopic, this)
    const entered = this.hub.entered(this, nativeTopic)
    if (entered !== undefined) this.channels.set(...entered)
  }

  unsubscribe(nativeTopic: string): void {
    this.hub.topics.unsubscribe(nativeTopic, this)
  }

  publish(nativeTopic: string, frame: Frame): void {
    this.hub.topics.publish(nativeTopic, frame, undefined, this)
  }

  close(code: number): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.hub.topics.leave(this)
    this.closed(code)
    this.receiver.closed(code)
  }
}
