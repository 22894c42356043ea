import { nanoid } from 'nanoid'
import type { CheckedSpec } from '../../supervisors/child-spec.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { type ChildPlace, PLACE, supervisorSpec } from '../../supervisors/supervisor-options.ts'
import { nameStart } from '../behaviours/start.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { keyHash, keyId } from '../registry/key.ts'
import { isThenable } from '../runtime/code.ts'
import { actingProcess, currentProcess } from '../runtime/current.ts'
import { wait } from '../runtime/foreign.ts'
import { mapOperation, type Operation, settledOperation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { sequence } from '../runtime/sequence.ts'
import type { StartOutcome } from '../runtime/start.ts'
import { createTable, findTable, TableKind } from '../runtime/tables.ts'
import { toJsonValue } from '../wire/json-value.ts'
import { fetchPresences } from './announcer.ts'
import { checkOptions, type PresenceOptions, type PresenceWorld, type TrackerSettings } from './options.ts'
import { PREVIOUS_REF, REF } from './phx-ref.ts'
import { group, type PresenceEntry, type PresenceMeta, type Presences } from './presences.ts'
import {
  type ChangeFailed,
  type PresenceTrackOutcome,
  type PresenceUpdateOutcome,
  ShardMemory,
  ShardServer,
} from './tracker.ts'

/** What is needed of a channel's socket: its process and its topic. */
export interface PresenceSocket {
  readonly channelPid: Pid
  readonly topic: string
}

/** Who is present: a user's id, for instance. A number is taken as its decimal string. */
export type PresenceKey = string | number

/** A new meta, or a function of the present one that gives it. */
export type MetaChange = object | ((meta: PresenceMeta) => object)

/** A defined presence: a child of a tree, and a way to ask who is there. */
export interface PresenceModule {
  /** What reports call it. */
  readonly moduleName: string
  /** As a child of a supervisor, with another `id`, `restart`, `shutdown`. In a list of children the module itself will do. */
  child(place?: ChildPlace): CheckedSpec
  /** As {@link child}, for lists of children. */
  childSpec(place?: ChildPlace): CheckedSpec
  /** Starts it, linked to the caller. @throws {StartError} */
  startLink(): Operation<Pid>
  /** As `startLink`, with every outcome. */
  tryStartLink(): Operation<StartOutcome>

  /**
   * Shows a process as present in a topic, under a key, until it ends or is untracked.
   *
   * `track(socket, key, meta)` tracks the process of a channel in its topic, `track(pid, topic, key, meta)` any process of this
   * node. A process may have many topics and keys.
   * @param meta - an object with a JSON form: kept as a client sees it, with `phx_ref` added. Members of that name, and
   * `phx_ref_prev`, are replaced.
   * @returns `ok` with the `phx_ref` · `error` with `alreadyTracked` when the process has that key in that topic.
   * @throws {BadArgumentError} · {@link BeamishError} `BEAMISH_INVALID_PAYLOAD` for a meta without a JSON form ·
   * {@link ExitError} when the shard fails. Semantics: Phoenix.Presence `track/3`, `track/4`.
   */
  track(socket: PresenceSocket, key: PresenceKey, meta?: object): Operation<PresenceTrackOutcome>
  track(pid: Pid, topic: string, key: PresenceKey, meta?: object): Operation<PresenceTrackOutcome>
  /**
   * Replaces the meta of a tracked process: one diff, with the old one under `leaves` and the new one under `joins`.
   * @param change - the new meta, or a function of the present one. The function runs in the shard: it should be quick.
   * @returns `ok` with the new `phx_ref` · `error` with `'nopresence'` when the process does not have that key in that topic.
   * @throws as `track`, and what the function throws. Semantics: Phoenix.Presence `update/3`, `update/4`.
   */
  update(socket: PresenceSocket, key: PresenceKey, change: MetaChange): Operation<PresenceUpdateOutcome>
  update(pid: Pid, topic: string, key: PresenceKey, change: MetaChange): Operation<PresenceUpdateOutcome>
  /**
   * Ends what `track` began; `untrack(pid)` in all topics and under all keys.
   * @returns `'ok'`, also when nothing was tracked. Semantics: Phoenix.Presence `untrack/2`, `untrack/3`; Phoenix.Tracker.untrack/2.
   */
  untrack(socket: PresenceSocket, key: PresenceKey): Operation<'ok'>
  untrack(pid: Pid, topic: string, key: PresenceKey): Operation<'ok'>
  untrack(pid: Pid): Operation<'ok'>
  /**
   * Who is present in a topic, on all nodes: `{ key: { metas, …fetched } }`, what a client's `presence_state` is made of.
   * @throws what `fetch` throws · {@link BadArgumentError}. Semantics: Phoenix.Presence `list/1`.
   */
  list(socketOrTopic: PresenceSocket | string): Operation<Presences>
  /**
   * Who is present in a topic under one key: `{ metas, …fetched }`; `[]` when nobody is.
   * @throws as `list`. Semantics: Phoenix.Presence `get_by_key/2`.
   */
  getByKey(socketOrTopic: PresenceSocket | string, key: PresenceKey): Operation<PresenceEntry | readonly []>
  /**
   * Says goodbye to the other nodes, which drop all entries of this one at once, and ends `'normal'`. A supervisor starts a
   * permanent child again; to leave with the program see `permdownOnShutdown`.
   * @throws {ExitError} when it ends otherwise meanwhile. Semantics: Phoenix.Tracker.graceful_permdown/1.
   */
  gracefulPermdown(): Operation<'ok'>
}

const SYSTEM: PresenceWorld = { random: Math.random, systemTimeMs: Date.now, vsn: nanoid }

// ── Start ────────────────────────────────────────────────────────────────────────────────────────────────────────────
//
//   <name>.Presence   a Supervisor, which owns the memories of the shards
//    ├─ <name>.Presence.Shard0
//    └─ <name>.Presence.Shard1 …    topics are spread over them by hash

const MEMORIES = new TableKind<readonly ShardMemory[]>('presence')

interface Start {
  readonly settings: TrackerSettings
  readonly vsn: () => string
}

const PresenceSupervisor = Supervisor.define({
  module: 'Presence',
  init: ({ settings, vsn }: Start) => {
    const { name, poolSize } = settings
    const ref = { name: PubSub.nodeName(settings.pubsub), vsn: vsn() }
    const memories = Array.from({ length: poolSize }, (_, index) => new ShardMemory(index, ref, settings))
    createTable(MEMORIES, name, memories)
    const supervisor = actingProcess()
    supervisor.whenReleased(() => takeAlong(supervisor.pid, memories))
    const children = memories.map((memory) => ({
      id: memory.index,
      start: ShardServer.tryStartLink,
      args: [{ settings, memory }, { name: shardName(name, memory.index) }],
    }))
    return { children, maxRestarts: 2 * poolSize, maxSeconds: 1 }
  },
})

/**
 * When a shard could not be kept, what the shards knew is lost, and those who were tracked would be missing for as long as they
 * live. So they end as if they were linked: whoever started them, or a client that joins again, has them tracked anew.
 */
function takeAlong(supervisor: Pid, memories: readonly ShardMemory[]): void {
  if (memories.every(({ endedInOrder }) => endedInOrder)) return
  for (const { state } of memories) {
    // Tracked are processes of this thread only: what is behind their pids is a LocalProcess.
    for (const pid of state.holders()) (pid.receiver as LocalProcess | undefined)?.exitSignal(supervisor, FAILED, false)
  }
}

const FAILED = 'presenceFailed'

function supervisorName(name: string): string {
  return `${name}.Presence`
}

function shardName(name: string, index: number): string {
  return `${supervisorName(name)}.Shard${index}`
}

// ── Definition ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Defines a presence: who is where, on all nodes, told to every client.
 *
 * ```ts
 * import { self, Supervisor } from 'beamish'
 * import { Presence, PubSub } from 'beamish/pubsub'
 *
 * const ChatPresence = Presence.define({ name: 'chat', pubsub: 'chat' })
 * await Supervisor.startLink([PubSub.child({ name: 'chat' }), ChatPresence])
 *
 * await ChatPresence.track(self(), 'room:lobby', 'ann', { device: 'phone' })
 * const present = await ChatPresence.list('room:lobby') // { ann: { metas: [{ device: 'phone', phx_ref: '…' }] } }
 * console.log(Object.keys(present))
 * ```
 *
 * Each change is one `presence_diff` on the topic, broadcast on each node by its own presence. A client that joins is not told
 * who is there: push `presence_state` with `list()` after `track`. Tracking is per process, not per user: a user with three tabs
 * has one key with three metas, and who is tracked is there until its process ends, however it ends.
 *
 * Other nodes learn within a period; when one of them falls silent its entries leave, after `downPeriodMs`. Two nodes that could
 * not reach each other agree again by themselves.
 * @throws {BadArgumentError} for an unknown option, one of the wrong kind, `handleMetas` without `init`, or periods that cannot
 * work.
 *
 * Semantics: Phoenix.Presence, Phoenix.Tracker. Differs: a shard that fails loses nobody; a failing `fetch` harms nothing.
 * *When not to use it*: on one node, for who is in a group, `ProcessGroups` will do; it is no store: what must outlive its
 * process belongs elsewhere.
 */
function define<State = unknown>(options: PresenceOptions<State>): PresenceModule {
  return definePresence(options, SYSTEM)
}

/** As `Presence.define`, with a time and chances of the caller's. */
export function definePresence<State>(options: PresenceOptions<State>, world: PresenceWorld): PresenceModule {
  const settings = checkOptions('Presence.define', options, world)
  const { name } = settings
  const start: Start = { settings, vsn: world.vsn }
  const startOptions = { name: supervisorName(name) }
  const tryStartLink = nameStart(() => PresenceSupervisor.tryStartLink(start, startOptions), `Presence ${name}`)
  const child = (place: ChildPlace = {}): CheckedSpec => {
    checkKeys(`Presence ${show(name)}: child`, place, PLACE)
    return supervisorSpec('Presence.child', tryStartLink, () => [], place, `${name} presence`)
  }
  const calls = new Calls(settings)
  return {
    moduleName: `Presence ${name}`,
    child,
    childSpec: child,
    startLink: () => PresenceSupervisor.startLink(start, startOptions),
    tryStartLink,
    track: (...args: unknown[]) => calls.track(args),
    update: (...args: unknown[]) => calls.update(args),
    untrack: (...args: unknown[]) => calls.untrack(args),
    list: (where) => calls.list(where),
    getByKey: (where, key) => calls.getByKey(where, key),
    gracefulPermdown: () => calls.gracefulPermdown(),
  }
}

// ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Who, where, and what else the caller said. */
interface Arguments {
  readonly pid: Pid
  readonly topic: string
  readonly rest: readonly unknown[]
}

/** What callers do: they read the memories directly, and ask the shards for changes. */
class Calls {
  private readonly settings: TrackerSettings

  constructor(settings: TrackerSettings) {
    this.settings = settings
  }

  track(args: readonly unknown[]): Operation<PresenceTrackOutcome> {
    const { pid, topic, rest } = this.argumentsOf('track', args)
    const [key, meta = {}] = rest
    const place = { pid, topic, key: this.keyOf('track', key), meta: this.metaOf('track', meta) }
    return ShardServer.call(this.shardOf('track', topic), 'track', place)
  }

  update(args: readonly unknown[]): Operation<PresenceUpdateOutcome> {
    const { pid, topic, rest } = this.argumentsOf('update', args)
    const [key, change] = rest
    const place = { pid, topic, key: this.keyOf('update', key), change: this.changeOf(change) }
    return mapOperation(ShardServer.call(this.shardOf('update', topic), 'update', place), outcomeOrThrow)
  }

  untrack(args: readonly unknown[]): Operation<'ok'> {
    if (args.length === 1) return this.untrackAll(args[0])
    const { pid, topic, rest } = this.argumentsOf('untrack', args)
    const place = { pid, topic, key: this.keyOf('untrack', rest[0]) }
    return ShardServer.call(this.shardOf('untrack', topic), 'untrack', place)
  }

  private untrackAll(pid: unknown): Operation<'ok'> {
    const checked = this.pidOf('untrack', pid)
    return this.askAll('untrack', (shard) => ShardServer.call(shard, 'untrackAll', checked))
  }

  list(where: unknown): Operation<Presences> {
    const topic = this.topicOf('list', where)
    return this.fetched(topic, group(this.memoryOf('list', topic).state.list(topic)))
  }

  getByKey(where: unknown, givenKey: unknown): Operation<PresenceEntry | readonly []> {
    const topic = this.topicOf('getByKey', where)
    const key = this.keyOf('getByKey', givenKey)
    const entries = this.memoryOf('getByKey', topic).state.get(topic, key)
    if (entries.length === 0) return settledOperation(currentProcess(), [])
    return mapOperation(this.fetched(topic, group(entries)), (presences) => presences[key] ?? [])
  }

  private fetched(topic: string, presences: Presences): Operation<Presences> {
    if (this.settings.fetch === undefined) return settledOperation(currentProcess(), presences)
    return wait(() => fetchPresences(this.settings, topic, presences))
  }

  gracefulPermdown(): Operation<'ok'> {
    const leaving = this.askAll('gracefulPermdown', (shard) => ShardServer.call(shard, 'leave'))
    const { name } = this.settings
    return sequence(currentProcess(), function* () {
      yield leaving
      return yield Supervisor.stop(supervisorName(name))
    })
  }

  // ── Shards ──

  private memories(where: string): readonly ShardMemory[] {
    const { name } = this.settings
    const memories = findTable(MEMORIES, name)
    if (memories !== undefined) return memories
    const remedy = 'Put what Presence.define gave into your tree, after its PubSub and before what uses it.'
    throw new BadArgumentError(`Presence ${show(name)}: ${where}`, 'it to run', 'one that does not', remedy)
  }

  private memoryOf(where: string, topic: string): ShardMemory {
    const memories = this.memories(where)
    return memories[memories.length === 1 ? 0 : keyHash(keyId(topic)) % memories.length] as ShardMemory // there is one at least
  }

  private shardOf(where: string, topic: string): string {
    return shardName(this.settings.name, this.memoryOf(where, topic).index)
  }

  private askAll(where: string, ask: (shard: string) => Operation<'ok'>): Operation<'ok'> {
    const shards = this.memories(where).map(({ index }) => shardName(this.settings.name, index))
    const [only] = shards
    if (shards.length === 1 && only !== undefined) return ask(only)
    return sequence(currentProcess(), function* () {
      for (const shard of shards) yield ask(shard)
      return 'ok' as const
    })
  }

  // ── Arguments ──

  /** `(socket, …)` and `(pid, topic, …)` say the same. */
  private argumentsOf(where: string, [first, ...rest]: readonly unknown[]): Arguments {
    if (isPid(first)) {
      const [topic, ...others] = rest
      return { pid: this.pidOf(where, first), topic: this.topicOf(where, topic), rest: others }
    }
    if (!isSocket(first)) throw this.mistake(where, 'a socket of a channel, or a pid and a topic, first', first)
    return { pid: this.pidOf(where, first.channelPid), topic: first.topic, rest }
  }

  private pidOf(where: string, pid: unknown): Pid {
    // Its node tracks it: a process of another node would not be missed here when it ends.
    if (isPid(pid) && pid.node === currentProcess().runtime.node) return pid
    throw this.mistake(where, 'the pid of a process of this node', pid)
  }

  private topicOf(where: string, given: unknown): string {
    if (typeof given === 'string') return given
    if (isSocket(given)) return given.topic
    throw this.mistake(where, 'a topic (or a socket, first)', given)
  }

  private keyOf(where: string, key: unknown): string {
    if (typeof key === 'string' || typeof key === 'number') return String(key)
    throw this.mistake(`${where}: key`, 'a string or a number', key)
  }

  private metaOf(where: string, meta: unknown): object {
    const value = isThenable(meta) ? undefined : toJsonValue(meta)
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
      return ownMeta(value)
    }
    throw this.mistake(`${where}: meta`, 'an object', meta)
  }

  private changeOf(change: unknown): (meta: PresenceMeta) => object {
    if (typeof change === 'function') return (meta) => this.metaOf('update', change(meta))
    const meta = this.metaOf('update', change)
    return () => meta
  }

  private mistake(where: string, expected: string, got: unknown): BadArgumentError {
    return new BadArgumentError(`Presence ${show(this.settings.name)}: ${where}`, expected, got)
  }
}

function isSocket(value: unknown): value is PresenceSocket {
  if (typeof value !== 'object' || value === null) return false
  const { channelPid, topic } = value as Partial<PresenceSocket>
  return isPid(channelPid) && typeof topic === 'string'
}

/** A copy that is nobody else's, without the names that only the server gives. */
function ownMeta(meta: object): object {
  const { [REF]: _, [PREVIOUS_REF]: __, ...own } = meta as Record<string, unknown> // any object has members to look up
  return Object.values(own).some((member) => typeof member === 'object') ? structuredClone(own) : own
}

function outcomeOrThrow(outcome: PresenceUpdateOutcome | ChangeFailed): PresenceUpdateOutcome {
  if (outcome.type === 'changeFailed') throw outcome.error
  return outcome
}

/**
 * Presence: who is where, on all nodes.
 *
 * Semantics: Phoenix.Presence; channels.md §10.
 */
export const Presence = { define } as const
