import type { Pid } from '../core/pid.ts'
import { type Dispatcher, defineDispatcher, type Subscription, sendToEach } from '../pubsub/dispatch.ts'
import { emitter } from '../telemetry/telemetry.ts'
import { asBytes, type Broadcast } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import { isBroadcast } from './broadcast.ts'
import type { BroadcastMeasurements } from './events.ts'
import { Intercepts, Lane } from './fastlane.ts'

const BROADCAST = emitter('beamish.channel.broadcast')

/**
 * Hands one broadcast to all subscribers of its topic on this node: the dispatcher of everything that an endpoint or a channel
 * broadcasts.
 *
 * A lane gets the frame of its serializer, encoded at first need and once, unless its channels intercept the event; a channel
 * that intercepts gets the events that it intercepts; every other process gets the message. `from` gets nothing. What is no
 * broadcast of an event goes to every process, channels included.
 * Semantics: Phoenix.Channel.Server.dispatch/3; channels.md §9.3.
 */
export const fastlane: Dispatcher = defineDispatcher('fastlane', (entries, from, message: unknown) => {
  if (!isBroadcast(message)) {
    sendToEach(entries, from, message)
    return
  }
  const sender = from === 'none' ? undefined : from
  const frames = new Frames(message)
  for (const { pid, metadata } of entries) {
    if (metadata instanceof Lane) frames.publish(metadata, sender)
    else if (pid !== sender && isWanted(metadata, message)) pid.receiver?.deliver(message)
  }
  if (BROADCAST.hasHandlers)
    BROADCAST.execute(measure(entries, sender, frames), { topic: message.topic, event: message.event })
})

function isWanted(metadata: unknown, { event }: Broadcast): boolean {
  return !(metadata instanceof Intercepts) || metadata.events.has(event)
}

/** Counted after the fact, and only when somebody asks: the loop above stays as short as it is. */
function measure(entries: readonly Subscription[], from: Pid | undefined, frames: Frames): BroadcastMeasurements {
  const { message } = frames
  let lanes = 0
  let clients = 0
  let processes = 0
  for (const { pid, metadata } of entries) {
    if (!(metadata instanceof Lane)) {
      if (pid !== from && isWanted(metadata, message)) processes++
    } else if (frames.reaches(metadata)) {
      lanes++
      clients += metadata.members.size - (from !== undefined && metadata.members.has(from) ? 1 : 0)
    }
  }
  return { lanes, clients, processes, encodings: frames.encodings }
}

/** The frames of one broadcast, by serializer. There are rarely more than two: a scan is quicker than a map. */
class Frames {
  readonly message: Broadcast
  private readonly serializers: Serializer[] = []
  private readonly frames: (Frame | undefined)[] = []

  constructor(message: Broadcast) {
    this.message = message
  }

  /** How many times the broadcast was encoded. */
  get encodings(): number {
    return this.frames.filter((frame) => frame !== undefined).length
  }

  /** Whether a lane got its frame. */
  reaches(lane: Lane): boolean {
    return !lane.intercepts.events.has(this.message.event) && this.frameOf(lane.serializer) !== undefined
  }

  publish(lane: Lane, from: Pid | undefined): void {
    if (lane.intercepts.events.has(this.message.event)) return
    const frame = this.frameOf(lane.serializer)
    if (frame !== undefined) lane.publish(frame, from, this.message)
  }

  private frameOf(serializer: Serializer): Frame | undefined {
    const known = this.serializers.indexOf(serializer)
    if (known >= 0) return this.frames[known]
    // One old client must not crash everybody's broadcast: it is left out (channels.md §5.5).
    const isCarried = serializer.carriesBytes || asBytes(this.message.payload) === undefined
    const frame = isCarried ? serializer.fastlane(this.message) : undefined
    this.serializers.push(serializer)
    this.frames.push(frame)
    return frame
  }
}
