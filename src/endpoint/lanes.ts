import type { Publisher } from '../channel/connection.ts'
import { Fastlane, type Lane, type LaneOwner } from '../channel/fastlane.ts'
import { subscribeFor, unsubscribeFor } from '../pubsub/pubsub.ts'
import type { LocalProcess } from '../runtime/process.ts'

/** To the listener: a lane has no client any more. */
export class IdleLane {
  readonly fastlane: Fastlane
  readonly lane: Lane

  constructor(fastlane: Fastlane, lane: Lane) {
    this.fastlane = fastlane
    this.lane = lane
  }
}

/** The lanes of one transport, which stand in PubSub in the name of the listener. */
export class Lanes implements LaneOwner {
  readonly fastlane: Fastlane
  private readonly listener: LocalProcess
  private readonly pubsub: string

  constructor(listener: LocalProcess, pubsub: string, publisher: Publisher) {
    this.listener = listener
    this.pubsub = pubsub
    this.fastlane = new Fastlane(publisher, this)
  }

  subscribeLane(lane: Lane): void {
    subscribeFor(this.listener.pid, this.pubsub, lane.topic, lane)
  }

  unsubscribeLane(lane: Lane): void {
    unsubscribeFor(this.listener.pid, this.pubsub, lane.topic, lane)
  }

  laneIdle(lane: Lane): void {
    this.listener.deliver(new IdleLane(this.fastlane, lane))
  }
}
