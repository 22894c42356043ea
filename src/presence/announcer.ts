import { Task } from '../behaviours/task.ts'
import { isTaskReply } from '../behaviours/task-handle.ts'
import { BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import type { Ref } from '../core/ref.ts'
import { type Dispatcher, findDispatcher, sendToEach } from '../pubsub/dispatch.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { isThenable } from '../runtime/code.ts'
import { isDown, isExit } from '../runtime/messages.ts'
import { toJsonValue } from '../wire/json-value.ts'
import { presenceDiff } from './events.ts'
import {
  checkFetched,
  countMetas,
  type PresenceDiff,
  type Presences,
  type TopicDiff,
  type TopicMetas,
  TopicViews,
} from './presences.ts'

/** The wire's spelling: the event that carries a diff. */
const DIFF_EVENT = 'presence_diff'
/** The dispatcher of channels: of the room above, and so known by name only. */
const FASTLANE = 'fastlane'

/** Adds to presences what a page wants to know of them: see `PresenceOptions`. */
export type Fetch = (topic: string, presences: Presences) => Presences | PromiseLike<Presences>

/** Follows who is present, on the server: see `PresenceOptions`. */
export type HandleMetas<State> = (
  topic: string,
  diff: PresenceDiff,
  presences: TopicMetas,
  state: State,
) => State | undefined | void

/** How diffs are announced. */
export interface AnnouncerSettings {
  readonly name: string
  readonly pubsub: string
  readonly fetch: Fetch | undefined
  readonly init: (() => unknown) | undefined
  readonly handleMetas: HandleMetas<unknown> | undefined
  readonly dispatcher: Dispatcher | undefined
}

/** What changed at one time, on its way to those who want to know. */
class Announcement {
  readonly diffs: readonly TopicDiff[]
  /** As they will be broadcast; not known while `fetch` runs. */
  fetched: readonly TopicDiff[] | undefined = undefined
  /** How many of them have been taken. */
  taken = 0
  next: Announcement | undefined = undefined

  constructor(diffs: readonly TopicDiff[]) {
    this.diffs = diffs
  }
}

/** The diff of one topic: as it happened, and as it is broadcast. */
interface Ready {
  readonly diff: TopicDiff
  readonly fetched: TopicDiff
}

/** What is to be announced, oldest first, and what was: it outlives the process that announces. */
export class Announcements {
  readonly views = new TopicViews()
  private oldest: Announcement | undefined = undefined
  private newest: Announcement | undefined = undefined

  push(diffs: readonly TopicDiff[]): Announcement {
    const announcement = new Announcement(diffs)
    if (this.newest === undefined) this.oldest = announcement
    else this.newest.next = announcement
    this.newest = announcement
    return announcement
  }

  /** Takes the oldest diff, if it is ready. Whoever takes it announces it: never twice, whatever comes of it. */
  take(): Ready | undefined {
    const { oldest } = this
    const diff = oldest?.diffs[oldest.taken]
    const fetched = oldest?.fetched?.[oldest.taken]
    if (oldest === undefined || diff === undefined || fetched === undefined) return undefined
    oldest.taken++
    if (oldest.taken === oldest.diffs.length) this.oldest = oldest.next
    if (this.oldest === undefined) this.newest = undefined
    return { diff, fetched }
  }

  *[Symbol.iterator](): Generator<Announcement> {
    for (let each = this.oldest; each !== undefined; each = each.next) yield each
  }
}

/**
 * Broadcasts diffs in the order in which they happened: fetched beside the process that it works for, announced in it.
 *
 * A `fetch` that fails is reported as a failed task, and its diff goes out as it is. What `handleMetas` throws is the end of the
 * process, which its supervisor starts again: with a new state of `handleMetas`, and with everything else as it was.
 */
export class Announcer {
  private readonly settings: AnnouncerSettings
  private readonly announcements: Announcements
  private readonly fetching = new Map<Ref, Announcement>()
  /** Tasks that were started, until their exit has arrived. */
  private readonly fetchers = new Set<Pid>()
  private state: unknown

  constructor(settings: AnnouncerSettings, announcements: Announcements) {
    this.settings = settings
    this.announcements = announcements
    this.state = settings.init?.()
    if (isThenable(this.state)) throw notAsync(settings.name, 'init')
    // Those that were being fetched for a process that has ended.
    for (const announcement of announcements) if (announcement.fetched === undefined) this.fetch(announcement)
  }

  announce(diffs: readonly TopicDiff[]): void {
    if (diffs.length === 0) return
    this.fetch(this.announcements.push(diffs))
    this.flush()
  }

  /** A message of the process. @returns whether it was about a fetch. */
  handle(message: unknown): boolean {
    if (isTaskReply<readonly TopicDiff[]>(message)) return this.fetched(message.ref, message.value)
    if (isDown(message)) return this.fetched(message.ref, undefined)
    return isExit(message) && this.fetchers.delete(message.from)
  }

  private fetch(announcement: Announcement): void {
    const { settings } = this
    const { diffs } = announcement
    if (settings.fetch === undefined) {
      announcement.fetched = diffs
      return
    }
    const task = Task.async(async function fetch() {
      const fetched: TopicDiff[] = []
      for (const diff of diffs) fetched.push(await fetchDiff(settings, diff))
      return fetched
    })
    this.fetching.set(task.ref, announcement)
    if (task.pid !== undefined) this.fetchers.add(task.pid)
  }

  private fetched(ref: Ref, diffs: readonly TopicDiff[] | undefined): boolean {
    const announcement = this.fetching.get(ref)
    if (announcement === undefined) return false
    this.fetching.delete(ref)
    announcement.fetched = diffs ?? announcement.diffs
    this.flush()
    return true
  }

  /** Announces what is ready: after a failure in the middle of it, for what came behind. */
  flush(): void {
    for (let ready = this.announcements.take(); ready !== undefined; ready = this.announcements.take()) {
      this.publish(ready)
    }
  }

  private publish({ diff, fetched: { topic, joins, leaves } }: Ready): void {
    const { name, handleMetas } = this.settings
    // Before anything that may fail: views follow every diff.
    const view = handleMetas && this.announcements.views.apply(diff)
    if (presenceDiff.hasHandlers) {
      presenceDiff.execute(
        { joins: countMetas(diff.joins), leaves: countMetas(diff.leaves) },
        { presence: name, topic },
      )
    }
    this.broadcast(topic, { joins, leaves })
    if (handleMetas === undefined || view === undefined) return
    const state = handleMetas(topic, { joins, leaves }, view, this.state)
    if (isThenable(state)) throw notAsync(name, 'handleMetas')
    if (state !== undefined) this.state = state
  }

  private broadcast(topic: string, payload: PresenceDiff): void {
    const { pubsub, dispatcher = findDispatcher(FASTLANE) ?? sendToEach } = this.settings
    const message = { type: 'broadcast', topic, event: DIFF_EVENT, payload }
    // Without a PubSub there are no subscribers either: whoever subscribes later asks for the list.
    whilePubSubRuns(pubsub, () => PubSub.localBroadcast(pubsub, topic, message, dispatcher))
  }
}

async function fetchDiff(settings: AnnouncerSettings, { topic, joins, leaves }: TopicDiff): Promise<TopicDiff> {
  const fetched = {
    topic,
    joins: await fetchPresences(settings, topic, joins),
    leaves: await fetchPresences(settings, topic, leaves),
  }
  // What cannot be sent must fail here, where it harms nobody: a dispatcher runs in the process of the tracker.
  if (settings.dispatcher === undefined) toJsonValue(fetched)
  return fetched
}

/** Presences with what `fetch` adds. It must be there. @throws what it throws · `BEAMISH_BAD_RETURN` */
export async function fetchPresences(
  settings: AnnouncerSettings,
  topic: string,
  presences: Presences,
): Promise<Presences> {
  return checkFetched(settings.name, presences, await settings.fetch?.(topic, presences))
}

/**
 * Does something that needs a PubSub to run.
 * @returns what it returns; `undefined` when the PubSub, or a part of it, is away: it is being restarted.
 */
export function whilePubSubRuns<T>(pubsub: string, act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (isAway(pubsub)) return undefined
    throw error
  }
}

function isAway(pubsub: string): boolean {
  try {
    // It throws, before it looks for a subscriber, as every use of a PubSub does that is not all there.
    PubSub.localBroadcast(pubsub, '', undefined, () => {})
    return false
  } catch {
    return true
  }
}

function notAsync(presence: string, callback: string): BeamishError {
  return new BeamishError(
    'BEAMISH_BAD_RETURN',
    `the ${callback} of presence ${show(presence)} must return its state (or nothing), got a promise. ` +
      'All who are tracked wait for it: let it send a message to a process that takes its time.',
  )
}
