import { self, send } from 'beamish'
import { Channel, type ChannelSocket, ok, on, push, refuse, reply, replyError } from 'beamish/channel'
import * as v from 'valibot'
import { annotate, annotationsOf, MOST_AT_ONCE, NewAnnotation } from '../videos/annotations.ts'
import type { Person } from '../videos/people.ts'
import { type Video, videoWith } from '../videos/videos.ts'
import { Watching } from '../videos/watching.ts'

const JoinParams = v.object({ last_seen_id: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0) })

interface Seat {
  readonly person: Person
  readonly video: Video
}

/** To itself: the client is in, and has all until this annotation. */
class Joined {
  readonly lastId: number

  constructor(lastId: number) {
    this.lastId = lastId
  }
}

/**
 * `videos:<id>`: what those who watch a video say about it, and who they are.
 *
 * The answer to the join holds the annotations so far; with `last_seen_id` only those that came after that one. New ones come as
 * `new_annotation`: broadcasts that no code here runs for. Once or more comes `missed`, `{ annotations, is_all }`: what the answer does
 * not hold, because there was too much of it, or because it was said between the reading and the first broadcast. From `is_all` on a
 * client has all until the last that it heard.
 */
export const VideoChannel = Channel.define<Seat>({
  module: 'VideoChannel',
  unhandledEvent: 'answer',

  join: async (topic, params, socket) => {
    const asked = v.safeParse(JoinParams, params ?? {})
    if (!asked.success) return refuse({ reason: 'last_seen_id must be the id of an annotation' })
    const video = await videoWith(topic.slice('videos:'.length))
    if (video === undefined) return refuse({ reason: 'no such video' })
    const { last_seen_id: lastSeenId } = asked.output
    const annotations = await annotationsOf(video, lastSeenId)
    socket.assign({ video })
    send(self(), new Joined(annotations.at(-1)?.id ?? lastSeenId))
    return ok({ annotations })
  },

  handleIn: {
    new_annotation: on(NewAnnotation, async (wanted, { assigns: { person, video } }) => {
      if (wanted.at > video.durationMs) return replyError({ reason: 'at is after the end of the video' })
      const { id } = await annotate(person, video, wanted)
      return reply({ id })
    }),
  },

  handleInfo: async (message, socket) => {
    if (!(message instanceof Joined)) return
    await pushMissed(socket, message.lastId)
    await Watching.track(socket, socket.assigns.person.id, { since: Date.now() })
    push(socket, 'presence_state', await Watching.list(socket))
  },
})

async function pushMissed(socket: ChannelSocket<Seat>, lastId: number): Promise<void> {
  const annotations = await annotationsOf(socket.assigns.video, lastId)
  const isAll = annotations.length < MOST_AT_ONCE
  push(socket, 'missed', { annotations, is_all: isAll })
  if (!isAll) await pushMissed(socket, annotations.at(-1)?.id ?? lastId)
}
