import type { Pid } from '../core/pid.ts'
import { Audience } from '../pubsub/dispatch.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import type { Connection, OutgoingMessage, Publisher } from './connection.ts'
import type { Membership } from './joinable.ts'

/** The events that go to the channel processes of one module instead of straight to their clients. */
export class Intercepts {
  readonly events: ReadonlySet<string>
  /** The same for the same events: clients whose channels intercept the same can share a lane. */
  readonly key: string

  constructor(events: readonly string[]) {
    this.events = new Set(events)
    this.key = [...this.events].sort().join(',')
  }
}

/**
 * All clients of one topic that get the same bytes: same transport, same serializer, same intercepted events.
 *
 * A lane is one entry of the topic in PubSub and one native topic of the transport, whatever the number of its clients. What is
 * no broadcast of an event (a plain `PubSub.broadcast`) goes to the channel processes behind it.
 */
export class Lane extends Audience {
  readonly topic: string
  readonly nativeTopic: string
  readonly serializer: Serializer
  readonly intercepts: Intercepts
  readonly members = new Map<Pid, Connection>()
  private readonly fastlane: Fastlane

  constructor(fastlane: Fastlane, topic: string, nativeTopic: string, serializer: Serializer, intercepts: Intercepts) {
    super()
    this.fastlane = fastlane
    this.topic = topic
    this.nativeTopic = nativeTopic
    this.serializer = serializer
    this.intercepts = intercepts
  }

  /** Sends a frame to every client but that of the channel process `from`. */
  publish(frame: Frame, from: Pid | undefined, about: OutgoingMessage): void {
    const sender = from === undefined ? undefined : this.members.get(from)
    if (sender === undefined) this.fastlane.publisher.publish(this.nativeTopic, frame, about)
    else sender.publish(this.nativeTopic, frame, about)
  }

  deliver(message: unknown, from: Pid | 'none'): void {
    if (this.intercepts.events.size > 0) return // these channels have entries of their own
    for (const pid of this.members.keys()) if (pid !== from) pid.receiver?.deliver(message)
  }

  /** A client goes. */
  leave(membership: Membership): void {
    membership.transport.connection.unsubscribe(this.nativeTopic)
    if (membership.pid !== undefined) this.members.delete(membership.pid)
    if (this.members.size === 0) this.fastlane.owner.laneIdle(this)
  }
}

/** The process that owns the transport, and in whose name lanes stand in PubSub. */
export interface LaneOwner {
  /** Enters a lane into PubSub, under its topic. Takes effect before it returns. */
  subscribeLane(lane: Lane): void
  /** Takes a lane out again. Called by the owner itself. */
  unsubscribeLane(lane: Lane): void
  /** A lane has no client any more: the owner calls {@link Fastlane.closeIdle} soon. Called from anywhere, also while a process ends. */
  laneIdle(lane: Lane): void
}

/** The lanes of one transport. Not a process: its calls are made by channel processes, and take effect before they return. */
export class Fastlane {
  readonly publisher: Publisher
  readonly owner: LaneOwner
  private readonly lanes = new Map<string, Lane>()

  constructor(publisher: Publisher, owner: LaneOwner) {
    this.publisher = publisher
    this.owner = owner
  }

  /** How many lanes there are. */
  get size(): number {
    return this.lanes.size
  }

  /** Puts a client that has just joined onto its lane. */
  enter(membership: Membership, pid: Pid, intercepts: Intercepts): Lane {
    const { topic, transport } = membership
    const lane = this.laneFor(topic, transport.serializer, intercepts)
    lane.members.set(pid, transport.connection)
    transport.connection.subscribe(lane.nativeTopic)
    return lane
  }

  /** Removes a lane, unless a client has come to it since it was idle. For its owner. */
  closeIdle(lane: Lane): void {
    // One that was idle twice is closed once: by the second time another one may have taken its place.
    if (lane.members.size > 0 || this.lanes.get(lane.nativeTopic) !== lane) return
    this.lanes.delete(lane.nativeTopic)
    this.owner.unsubscribeLane(lane)
  }

  private laneFor(topic: string, serializer: Serializer, intercepts: Intercepts): Lane {
    const nativeTopic = `${serializer.name}|${intercepts.key}|${topic}`
    const known = this.lanes.get(nativeTopic)
    if (known !== undefined) return known
    const lane = new Lane(this, topic, nativeTopic, serializer, intercepts)
    this.owner.subscribeLane(lane)
    this.lanes.set(nativeTopic, lane)
    return lane
  }
}
