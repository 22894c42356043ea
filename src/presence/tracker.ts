import { GenServer } from '../behaviours/gen-server.ts'
import { noReply, reply } from '../behaviours/result.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { isAbnormal } from '../core/reason.ts'
import type { Ref } from '../core/ref.ts'
import type { BroadcastResult } from '../pubsub/adapter.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { actingProcess, self } from '../runtime/current.ts'
import { type DownMessage, isDown, isExit } from '../runtime/messages.ts'
import { monotonicTime, sendAfter } from '../runtime/process-timers.ts'
import { demonitor, monitor, trapExit } from '../runtime/signals.ts'
import { Announcements, Announcer, whilePubSubRuns } from './announcer.ts'
import type { Delta, Entry } from './delta.ts'
import { DeltaGenerations } from './delta-generations.ts'
import { presenceReplica } from './events.ts'
import { type Gossip, gossipTopic, isGossip, type News } from './gossip.ts'
import type { TrackerSettings } from './options.ts'
import { PhxRefs, PREVIOUS_REF, REF } from './phx-ref.ts'
import { groupByTopic, type PresenceMeta } from './presences.ts'
import { idOf, type ReplicaChange, type ReplicaRef, Replicas } from './replica.ts'
import { type Changes, PresenceState } from './state.ts'
import { collapse, filterReplicas, type NamedClock, type ReplicaId, type VersionClock } from './version-clock.ts'

/** What `track` answers. */
export type PresenceTrackOutcome =
  /** `ref` is the `phx_ref` of the meta. */
  { readonly type: 'ok'; readonly ref: string } | { readonly type: 'error'; readonly reason: AlreadyTracked }

/** The process has that key in that topic: `update` changes its meta. */
export interface AlreadyTracked {
  readonly type: 'alreadyTracked'
  readonly pid: Pid
  readonly topic: string
  readonly key: string
}

/** What `update` answers. */
export type PresenceUpdateOutcome =
  /** `ref` is the `phx_ref` of the new meta. */
  | { readonly type: 'ok'; readonly ref: string }
  /** The process does not have that key in that topic. */
  | { readonly type: 'error'; readonly reason: 'nopresence' }

/** Who, where, and as what. */
export interface Place {
  readonly pid: Pid
  readonly topic: string
  readonly key: string
}

/** A request to track. */
export interface TrackRequest extends Place {
  readonly meta: object
}

/** A request to update. `change` gives the new meta, from the present one. */
export interface UpdateRequest extends Place {
  readonly change: (meta: PresenceMeta) => object
}

/** The author's function for a new meta threw: the caller's mistake, for the caller to see. */
export interface ChangeFailed {
  readonly type: 'changeFailed'
  readonly error: unknown
}

// ── What outlives the process ────────────────────────────────────────────────────────────────────────────────────────

/**
 * What one shard knows. It belongs to the supervisor of the shards: a shard that fails begins again as the same replica, with
 * everything that it knew, and nobody who is tracked is lost. Callers read it directly.
 */
export class ShardMemory {
  readonly index: number
  readonly ref: ReplicaRef
  readonly state: PresenceState<Pid>
  readonly replicas: Replicas
  readonly generations: DeltaGenerations
  readonly announcements = new Announcements()
  /** Its process was told to stop, and did. */
  endedInOrder = false

  constructor(index: number, ref: ReplicaRef, { downPeriodMs, permdownPeriodMs, maxDeltaSizes }: TrackerSettings) {
    this.index = index
    this.ref = ref
    this.state = new PresenceState(idOf(ref))
    this.replicas = new Replicas(downPeriodMs, permdownPeriodMs)
    this.generations = new DeltaGenerations(maxDeltaSizes)
  }
}

// ── The process ──────────────────────────────────────────────────────────────────────────────────────────────────────

const TICK = { type: 'presenceTick' } as const

/** Another replica, and how much it said to know. */
interface Heard {
  readonly ref: ReplicaRef
  readonly clock: VersionClock
}

/** Collects what one message changes, so that it is announced as one diff. */
class Collected {
  readonly joins = new Set<Entry>()
  readonly leaves = new Set<Entry>()

  add({ joins, leaves }: Partial<Changes>): void {
    for (const entry of joins ?? []) this.joins.add(entry)
    // Who came and went within one message was never there.
    for (const entry of leaves ?? []) if (!this.joins.delete(entry)) this.leaves.add(entry)
  }
}

/** One shard at work: it watches those who are tracked, talks to the other replicas and tells of every change. */
class Shard {
  private readonly settings: TrackerSettings
  private readonly memory: ShardMemory
  private readonly announcer: Announcer
  private readonly refs: PhxRefs
  private readonly topic: string
  private readonly watches = new Map<Pid, Ref>()
  private heard = new Map<ReplicaId, Heard>()
  private isSubscribed = false
  private hasLeft = false
  private silentPeriods: number
  private samplePeriods: number

  constructor(settings: TrackerSettings, memory: ShardMemory) {
    this.settings = settings
    this.memory = memory
    memory.endedInOrder = false
    this.announcer = new Announcer(settings, memory.announcements)
    this.refs = new PhxRefs(self(), settings.systemTimeMs)
    this.topic = gossipTopic(settings, memory.index)
    this.silentPeriods = settings.maxSilentPeriods // the first heartbeat is sent at once
    this.samplePeriods = settings.clockSamplePeriods
    this.subscribe()
    for (const pid of memory.state.holders()) this.watch(pid)
    // Not all at the same time: nodes that start together would tick together for ever.
    sendAfter(self(), TICK, Math.floor((settings.random() * settings.broadcastPeriodMs) / 4))
  }

  // ── Those who are tracked here ───────────────────────────────────────────────────────────────────────────────────

  track({ pid, topic, key, meta }: TrackRequest): PresenceTrackOutcome {
    const { state } = this.memory
    if (state.find(pid, topic, key) !== undefined) {
      return { type: 'error', reason: { type: 'alreadyTracked', pid, topic, key } }
    }
    const ref = this.refs.next()
    const entry = state.join(pid, topic, key, Object.freeze({ ...meta, [REF]: ref }))
    // Last: a process that is dead already leaves by the message of its monitor, as one that dies now would.
    this.watch(pid)
    this.announce({ joins: [entry] })
    return { type: 'ok', ref }
  }

  update({ pid, topic, key, change }: UpdateRequest): PresenceUpdateOutcome | ChangeFailed {
    const { state } = this.memory
    const entry = state.find(pid, topic, key)
    if (entry === undefined) return { type: 'error', reason: 'nopresence' }
    const before = entry.meta as PresenceMeta // every meta in here was given its phx_ref
    const after = changed(before, change)
    if (after.type === 'changeFailed') return after
    const ref = this.refs.next()
    const meta = Object.freeze({ ...after.meta, [REF]: ref, [PREVIOUS_REF]: before.phx_ref })
    this.announce({ joins: [state.update(pid, entry, meta)], leaves: [entry] })
    return { type: 'ok', ref }
  }

  untrack({ pid, topic, key }: Place): void {
    const entry = this.memory.state.leave(pid, topic, key)
    if (entry === undefined) return
    if (!this.memory.state.holds(pid)) this.unwatch(pid)
    this.announce({ leaves: [entry] })
  }

  untrackAll(pid: Pid): void {
    this.unwatch(pid)
    this.announce({ leaves: this.memory.state.leaveAll(pid) })
  }

  private watch(pid: Pid): void {
    if (!this.watches.has(pid)) this.watches.set(pid, monitor(pid))
  }

  private unwatch(pid: Pid): void {
    const watch = this.watches.get(pid)
    if (watch === undefined) return
    this.watches.delete(pid)
    // A `down` that is in the mailbox already is found stale when it comes: to flush would search the mailbox at each end.
    demonitor(watch)
  }

  private ended({ ref, object }: DownMessage): void {
    if (isPid(object) && this.watches.get(object) === ref) this.untrackAll(object)
  }

  // ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

  handle(message: unknown): void {
    if (message === TICK) this.tick()
    else if (isGossip(message)) this.hear(message)
    else if (this.announcer.handle(message)) return
    else if (isDown(message)) this.ended(message)
    // A table of the PubSub ended, and the subscription with it. Somebody's stray exit signal costs no more than this.
    else if (isExit(message)) this.subscribe()
    else this.reportUnexpected(message)
  }

  private tick(): void {
    if (this.hasLeft) return
    this.announcer.flush()
    if (!this.isSubscribed) this.subscribe()
    this.sendHeartbeat()
    this.samplePeriods--
    if (this.samplePeriods === 0) this.requestTransfers()
    const collected = new Collected()
    this.follow(this.memory.replicas.silent(monotonicTime()), collected)
    this.announce(collected)
    sendAfter(self(), TICK, this.settings.broadcastPeriodMs)
  }

  private hear({ from, news }: Gossip): void {
    switch (news.type) {
      case 'heartbeat':
        this.hearHeartbeat(from, news.delta, new Map(news.clock))
        break
      case 'transferRequest':
        this.sendTransfer(from, new Map(news.clock))
        break
      case 'transfer':
        this.announce(this.takeIn(news.delta))
        break
      case 'goodbye': {
        const collected = new Collected()
        this.follow(this.memory.replicas.left(from), collected)
        this.announce(collected)
      }
    }
  }

  private hearHeartbeat(from: ReplicaRef, delta: Delta, clock: VersionClock): void {
    const { replicas } = this.memory
    const collected = new Collected()
    this.follow(replicas.heard(from, monotonicTime()), collected)
    if (!replicas.isUp(from)) return // of a life that is over
    collected.add(this.takeIn(delta))
    this.heard.set(idOf(from), { ref: from, clock })
    this.announce(collected)
  }

  private sendTransfer(to: ReplicaRef, clock: VersionClock): void {
    const { state, generations } = this.memory
    const delta = generations.covering(idOf(to), clock) ?? state.extract(idOf(to), clock)
    if (delta.length > 0) this.sendTo(to, { type: 'transfer', delta })
  }

  /** What another replica sent: to know it, and to be able to pass it on. */
  private takeIn(delta: Delta): Changes {
    const { state, generations } = this.memory
    const known = delta.filter(({ replica }) => state.knows(replica))
    if (known.length > 0) generations.push(known)
    return state.merge(known)
  }

  // ── The other replicas ───────────────────────────────────────────────────────────────────────────────────────────

  private follow(changes: readonly ReplicaChange[], collected: Collected): void {
    for (const change of changes) {
      collected.add(this.changesOf(change))
      presenceReplica.execute(
        { count: 1 },
        {
          presence: this.settings.name,
          shard: this.memory.index,
          replica: change.ref.name,
          status: change.type,
        },
      )
    }
  }

  private changesOf({ type, ref }: ReplicaChange): Partial<Changes> {
    const { state, generations } = this.memory
    switch (type) {
      case 'up':
        this.silentPeriods = this.settings.maxSilentPeriods // whoever is new should soon learn of this one
        return { joins: state.up(idOf(ref)) }
      case 'down':
        return { leaves: state.down(idOf(ref)) }
      case 'forgotten':
        generations.forget(idOf(ref))
        return { leaves: state.forget(idOf(ref)) }
    }
  }

  private sendHeartbeat(): void {
    const { state, generations } = this.memory
    if (!state.hasDelta && this.silentPeriods < this.settings.maxSilentPeriods) {
      this.silentPeriods++
      return
    }
    const delta = state.hasDelta ? state.delta() : []
    // What was not sent stays for the next time.
    if (!this.send({ type: 'heartbeat', delta, clock: [...state.clock()] })) return
    this.silentPeriods = 0
    if (delta.length === 0) return
    state.resetDelta()
    generations.push(delta)
  }

  /** Asks as few as possible of those who know more. */
  private requestTransfers(): void {
    const own = this.memory.state.clock()
    const replica = idOf(this.memory.ref)
    let clocks: readonly NamedClock[] = []
    for (const [id, { ref, clock }] of this.heard) {
      // What the other knows of replicas that are not up here would not be taken: it is no reason to ask.
      const known = filterReplicas(clock, own.keys())
      if (this.memory.replicas.isUp(ref)) clocks = collapse(clocks, { replica: id, clock: known })
    }
    for (const other of collapse(clocks, { replica, clock: own })) {
      const heard = this.heard.get(other.replica)
      if (heard !== undefined) this.sendTo(heard.ref, { type: 'transferRequest', clock: [...own] })
    }
    this.heard = new Map()
    this.samplePeriods = this.settings.clockSamplePeriods
  }

  /** Tells the others that it is gone for good; then it falls silent. */
  leave(): void {
    if (this.hasLeft) return
    this.hasLeft = true
    this.send({ type: 'goodbye' })
  }

  /** It was told to stop. */
  stopped(): void {
    this.memory.endedInOrder = true
    if (this.settings.permdownOnShutdown) this.leave()
  }

  // ── PubSub ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Anew, and once. While the PubSub is away each tick tries again; what is missed meanwhile the clocks will tell. */
  private subscribe(): void {
    const { pubsub } = this.settings
    const subscribed = whilePubSubRuns(pubsub, () => {
      PubSub.unsubscribe(pubsub, this.topic)
      return PubSub.subscribe(pubsub, this.topic)
    })
    this.isSubscribed = subscribed === 'ok'
  }

  /** To all other replicas. @returns whether it was sent. */
  private send(news: News): boolean {
    const { pubsub } = this.settings
    const gossip: Gossip = { type: 'presenceGossip', from: this.memory.ref, news }
    const result = whilePubSubRuns(
      pubsub,
      (): BroadcastResult => PubSub.broadcastFrom(pubsub, self(), this.topic, gossip),
    )
    return result?.type === 'ok'
  }

  private sendTo({ name }: ReplicaRef, news: News): void {
    const { pubsub } = this.settings
    const gossip: Gossip = { type: 'presenceGossip', from: this.memory.ref, news }
    whilePubSubRuns(pubsub, () => PubSub.directBroadcast(name, pubsub, this.topic, gossip))
  }

  // ── What is told ─────────────────────────────────────────────────────────────────────────────────────────────────

  private announce({ joins = [], leaves = [] }: { joins?: Iterable<Entry>; leaves?: Iterable<Entry> }): void {
    this.announcer.announce(groupByTopic(joins, leaves))
  }

  private reportUnexpected(message: unknown): void {
    const { runtime, pid, name } = actingProcess()
    runtime.report({ type: 'unexpectedMessage', level: 'warning', module: MODULE, pid, name, message })
  }
}

function changed(
  before: PresenceMeta,
  change: UpdateRequest['change'],
): ChangeFailed | { readonly type: 'changed'; readonly meta: object } {
  try {
    return { type: 'changed', meta: change(before) }
  } catch (error) {
    return { type: 'changeFailed', error }
  }
}

const MODULE = 'Presence.Shard'

/**
 * The process of a shard: messages and timers, and no algorithm. What it knows is in its {@link ShardMemory}.
 *
 * It traps exits, so that it outlives the PubSub that its subscription is linked to.
 */
export const ShardServer = GenServer.define({
  module: MODULE,
  init: ({ settings, memory }: { readonly settings: TrackerSettings; readonly memory: ShardMemory }): Shard => {
    trapExit(true)
    return new Shard(settings, memory)
  },
  handleCall: {
    track: (request: TrackRequest, shard) => reply(shard.track(request)),
    update: (request: UpdateRequest, shard) => reply(shard.update(request)),
    untrack: (place: Place, shard) => {
      shard.untrack(place)
      return reply('ok' as const)
    },
    untrackAll: (pid: Pid, shard) => {
      shard.untrackAll(pid)
      return reply('ok' as const)
    },
    leave: (_: void, shard) => {
      shard.leave()
      return reply('ok' as const)
    },
  },
  handleInfo: (message: unknown, shard) => {
    shard.handle(message)
    return noReply()
  },
  terminate: (reason, shard) => {
    if (!isAbnormal(reason)) shard.stopped()
  },
})
