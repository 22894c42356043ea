import { medianOf, type Question, ratio } from '../fanout/questions.ts'
import type { Subject } from '../fanout/subjects.ts'

// What a connected view costs, beside a channel: on the same servers, with the same load as in fanout.

/** An event of a live view is as long with its envelope; a channel's message is made so long. */
const BYTES = 256

const NO_LIMIT = Number.MAX_SAFE_INTEGER

const EVENTS: Question = {
  name: 'events',
  asks: `event → diff round trips beside a channel's push → reply, ${BYTES} B up, one on its way for each socket`,
  unit: 'per second',
  connected: 100,
  target: '≥ 0.5× the channel',
  needs: ['beamish', 'channel'],
  isMet: (rounds) => ratio(rounds, 'channel') >= 0.5,
  put: async (pair, { forMs }) => {
    const { result, effort } = await pair.measured(() => pair.echo({ bytes: BYTES, forMs, atMost: NO_LIMIT }))
    const { roundTrips, seconds } = result
    return {
      figure: roundTrips / seconds,
      serverMicros: (effort.serverSeconds * 1e6) / roundTrips,
      serverBusy: effort.serverSeconds / seconds,
      clientBusy: effort.clientSeconds / seconds,
      othersCores: effort.othersCores,
    }
  },
}

const BYTES_PER_VIEW = 15_000

const VIEW_MEMORY: Question = {
  name: 'view-memory',
  asks: 'resident memory per idle connected view, its channel and its socket included',
  unit: 'bytes',
  connected: 0,
  isFresh: true,
  target: `≤ ${BYTES_PER_VIEW / 1000} kB`,
  needs: ['beamish'],
  isMet: (rounds) => medianOf(rounds['beamish'] ?? [], ({ figure }) => figure) <= BYTES_PER_VIEW,
  put: async (pair, { sockets }) => {
    await pair.connect(sockets)
    const before = await pair.memory()
    await pair.connect(sockets)
    const after = await pair.memory()
    await pair.disconnect()
    const heap = Math.round((after.heapUsed - before.heapUsed) / sockets)
    return {
      figure: (after.rss - before.rss) / sockets,
      note: `heap ${heap} B each; of the second half of ${2 * sockets}`,
    }
  },
}

export const CONNECTED: readonly Question[] = [EVENTS, VIEW_MEMORY]

/** A live view, and what a channel does in its place. */
export const SUBJECTS: readonly Subject[] = [
  { name: 'beamish', program: new URL('./servers/live.js', import.meta.url), args: [], dialect: 'live-view' },
  { name: 'channel', program: new URL('../fanout/servers/beamish.js', import.meta.url), args: [], dialect: 'phoenix' },
]
