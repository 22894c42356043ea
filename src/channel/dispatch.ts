import type { Pid } from '../core/pid.ts'
import { type Dispatcher, defineDispatcher } from '../pubsub/dispatch.ts'
import { asBytes, type Broadcast } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import { isBroadcast } from './broadcast.ts'
import { Intercepts, Lane } from './fastlane.ts'

/**
 * Hands one broadcast to all subscribers of its topic on this node: the dispatcher of everything that an endpoint or a channel
 * broadcasts.
 *
 * A lane gets the frame of its serializer, encoded at first need and once, unless its channels intercept the event; a channel
 * that intercepts gets the events that it intercepts; every other process gets the message. `from` gets nothing.
 * Semantics: Phoenix.Channel.Server.dispatch/3; channels.md §9.3.
 */
export const fastlane: Dispatcher = defineDispatcher('fastlane', (entries, from, message: unknown) => {
  const sender = from === 'none' ? undefined : from
  const frames = isBroadcast(message) ? new Frames(message) : undefined
  for (const { pid, metadata } of entries) {
    if (metadata instanceof Lane) {
      if (frames !== undefined) frames.publish(metadata, sender)
    } else if (pid !== sender && isWanted(metadata, frames)) {
      pid.receiver?.deliver(message)
    }
  }
})

function isWanted(metadata: unknown, frames: Frames | undefined): boolean {
  return !(metadata instanceof Intercepts) || (frames !== undefined && metadata.events.has(frames.message.event))
}

/** The frames of one broadcast, by serializer. There are rarely more than two: a scan is quicker than a map. */
class Frames {
  readonly message: Broadcast
  private readonly serializers: Serializer[] = []
  private readonly frames: (Frame | undefined)[] = []

  constructor(message: Broadcast) {
    this.message = message
  }

  publish(lane: Lane, from: Pid | undefined): void {
    if (lane.intercepts.events.has(this.message.event)) return
    const frame = this.frameOf(lane.serializer)
    if (frame !== undefined) lane.publish(frame, from)
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
