import type { CheckedSpec } from '../../supervisors/child-spec.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { type ChildPlace, PLACE, supervisorSpec } from '../../supervisors/supervisor-options.ts'
import { nameStart } from '../behaviours/start.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import { isPid, type Pid } from '../core/pid.ts'
import { Entry } from '../registry/entries.ts'
import { keyId } from '../registry/key.ts'
import { matches, type Pattern } from '../registry/pattern.ts'
import { registrySettings, registrySpec } from '../registry/registry.ts'
import { RegistryTable } from '../registry/table.ts'
import { actingProcess, refuseOrphans } from '../runtime/current.ts'
import { checkName } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { StartOutcome } from '../runtime/start.ts'
import { findTable } from '../runtime/tables.ts'
import {
  type Adapter,
  type AdapterContext,
  type AdapterFactory,
  type BroadcastResult,
  localAdapter,
  OK,
} from './adapter.ts'
import { type Dispatcher, defineDispatcher, dispatcherNamed, sendToEach } from './dispatch.ts'

/** Options of a PubSub. */
export interface PubSubOptions {
  /** The service is called by this name. Its supervisor has the local name `<name>.Supervisor`. */
  readonly name: string
  /** How broadcasts reach other nodes. Default: there are none. */
  readonly adapter?: AdapterFactory
  /** How many workers an adapter may have, at least 1; must be the same on all nodes. Default 1. */
  readonly poolSize?: number
  /**
   * How many of them it sends with, at most `poolSize` (the default). To raise the pool of a running cluster raise `poolSize`
   * everywhere first, then this.
   */
  readonly broadcastPoolSize?: number
  /** Partitions of the table of subscriptions. Default 1. */
  readonly registrySize?: number
}

/** Options of a PubSub in a tree. */
export interface PubSubChildOptions extends PubSubOptions, ChildPlace {}

/** A broadcast that the adapter refused. `code` is `BEAMISH_BROADCAST_FAILED`; `reason` is what the adapter said. */
export class BroadcastError extends BeamishError {
  readonly reason: unknown

  constructor(pubsub: string, topic: string, reason: unknown) {
    super('BEAMISH_BROADCAST_FAILED', `${show(pubsub)} did not broadcast on ${show(topic)}: ${show(reason)}`)
    this.name = 'BroadcastError'
    this.reason = reason
  }
}

/** A subscription in the table; dispatchers read it as a `Subscription`. */
class SubscriptionEntry extends Entry {
  get metadata(): unknown {
    return this.value
  }
}

/** A running PubSub, as callers find it: kept in the meta of its registry. */
interface Service {
  readonly table: RegistryTable
  readonly adapter: Adapter
}

const ADAPTER = Symbol('beamish.pubsub.adapter')

// ── Start ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Settings {
  readonly name: string
  readonly adapter: AdapterFactory
  readonly poolSize: number
  readonly broadcastPoolSize: number
  readonly registrySize: number
}

const OPTIONS = ['name', 'adapter', 'poolSize', 'broadcastPoolSize', 'registrySize'] satisfies (keyof PubSubOptions)[]

const PubSubSupervisor = Supervisor.define({
  module: 'PubSub',
  init: (settings: Settings) => {
    const { name, registrySize: partitions } = settings
    const adapter = settings.adapter(contextOf(settings, actingProcess().runtime.node))
    const meta = [[ADAPTER, adapter]] as const
    const table = registrySettings('PubSub', { name, keys: 'duplicate', partitions, meta }, SubscriptionEntry)
    // An adapter that fails may start again by itself; without the table it has nobody to deliver to.
    return { children: [registrySpec(table), ...(adapter.children?.() ?? [])], strategy: 'restForOne' as const }
  },
})

function contextOf({ name, poolSize, broadcastPoolSize }: Settings, node: string): AdapterContext {
  return {
    name,
    node,
    poolSize,
    broadcastPoolSize,
    deliver: (topic, message, dispatcher) => {
      const dispatch = typeof dispatcher === 'string' ? dispatcherNamed(dispatcher) : dispatcher
      dispatchTo(serviceOf('deliver', name).table, topic, 'none', message, dispatch)
    },
  }
}

function checkOptions(where: string, options: PubSubOptions): Settings {
  checkKeys(where, options, OPTIONS)
  const { name, adapter = localAdapter, poolSize = 1, broadcastPoolSize = poolSize, registrySize = 1 } = options
  checkName(`${where}: name`, name)
  if (typeof name !== 'string') throw new BadArgumentError(`${where}: name`, 'a string', name)
  if (typeof adapter !== 'function')
    throw new BadArgumentError(`${where}: adapter`, 'a function that makes an adapter', adapter)
  for (const [option, size] of Object.entries({ poolSize, broadcastPoolSize, registrySize })) {
    if (!Number.isInteger(size) || size < 1)
      throw new BadArgumentError(`${where}: ${option}`, 'a whole number, at least 1', size)
  }
  if (broadcastPoolSize > poolSize) {
    const expected = `at most the poolSize, ${poolSize}, since other nodes have no more workers to receive`
    throw new BadArgumentError(`${where}: broadcastPoolSize`, expected, broadcastPoolSize)
  }
  return { name, adapter, poolSize, broadcastPoolSize, registrySize }
}

function startChecked(settings: Settings): Operation<StartOutcome> {
  return PubSubSupervisor.tryStartLink(settings, { name: `${settings.name}.Supervisor` })
}
nameStart(startChecked, 'PubSub') // for supervisors, which need no async context for it then

function startLink(options: PubSubOptions): Operation<Pid> {
  const settings = checkOptions('PubSub.startLink', options)
  return PubSubSupervisor.startLink(settings, { name: `${settings.name}.Supervisor` })
}

function tryStartLink(options: PubSubOptions): Operation<StartOutcome> {
  return startChecked(checkOptions('PubSub.tryStartLink', options))
}

function child(options: PubSubChildOptions): CheckedSpec {
  checkKeys('PubSub.child', options, [...OPTIONS, ...PLACE])
  const argsOf = (rest: PubSubOptions) => [checkOptions('PubSub.child', rest)]
  return supervisorSpec('PubSub.child', startChecked, argsOf, options, 'PubSub')
}

// ── Subscriptions ──────────────────────────────────────────────────────────────────────────────────────────────────

function subscribe(pubsub: string, topic: string, metadata?: unknown): 'ok' {
  checkTopic('subscribe', topic)
  serviceOf('subscribe', pubsub).table.register(actingProcess(), topic, metadata)
  return 'ok'
}

const EVERY = () => true

function unsubscribe(pubsub: string, topic: string): 'ok' {
  checkTopic('unsubscribe', topic)
  serviceOf('unsubscribe', pubsub).table.unregister(actingProcess(), topic, EVERY)
  return 'ok'
}

function unsubscribeMatch(pubsub: string, topic: string, pattern: Pattern): 'ok' {
  checkTopic('unsubscribeMatch', topic)
  serviceOf('unsubscribeMatch', pubsub).table.unregister(actingProcess(), topic, ({ value }) => matches(pattern, value))
  return 'ok'
}

/**
 * Subscribes another process of this thread, for rooms above whose processes act for each other. The subscription ends with it.
 * @returns false when it is dead.
 */
export function subscribeFor(pid: Pid, pubsub: string, topic: string, metadata: unknown): boolean {
  const process = pid.receiver as LocalProcess | undefined // of this thread, says the caller
  if (process === undefined || process.ending) return false
  serviceOf('subscribe', pubsub).table.register(process, topic, metadata)
  return true
}

/** Removes what {@link subscribeFor} added: the subscriptions of the process with this very metadata. */
export function unsubscribeFor(pid: Pid, pubsub: string, topic: string, metadata: unknown): void {
  const process = pid.receiver as LocalProcess | undefined // as above
  if (process === undefined || process.ending) return
  serviceOf('unsubscribe', pubsub).table.unregister(process, topic, ({ value }) => value === metadata)
}

// ── Broadcasts ─────────────────────────────────────────────────────────────────────────────────────────────────────

function broadcast(
  pubsub: string,
  topic: string,
  message: unknown,
  dispatcher: Dispatcher = sendToEach,
): BroadcastResult {
  return broadcastToAll('broadcast', pubsub, 'none', topic, message, dispatcher)
}

function broadcastFrom(
  pubsub: string,
  from: Pid,
  topic: string,
  message: unknown,
  dispatcher: Dispatcher = sendToEach,
): BroadcastResult {
  return broadcastToAll('broadcastFrom', pubsub, checkFrom('broadcastFrom', from), topic, message, dispatcher)
}

function broadcastToAll(
  where: string,
  pubsub: string,
  from: Pid | 'none',
  topic: string,
  message: unknown,
  dispatcher: Dispatcher,
): BroadcastResult {
  refuseOrphans()
  checkTopic(where, topic)
  const { adapter, table } = serviceOf(where, pubsub)
  // The adapter first: what it refuses nobody gets, so that a broadcast never reaches one half of the nodes by our doing.
  const result = adapter.broadcast(topic, message, dispatcher)
  if (result.type === 'ok') dispatchTo(table, topic, from, message, dispatcher)
  return result
}

function localBroadcast(
  pubsub: string,
  topic: string,
  message: unknown,
  dispatcher: Dispatcher = sendToEach,
): BroadcastResult {
  refuseOrphans()
  checkTopic('localBroadcast', topic)
  dispatchTo(serviceOf('localBroadcast', pubsub).table, topic, 'none', message, dispatcher)
  return OK
}

function localBroadcastFrom(
  pubsub: string,
  from: Pid,
  topic: string,
  message: unknown,
  dispatcher: Dispatcher = sendToEach,
): BroadcastResult {
  refuseOrphans()
  checkTopic('localBroadcastFrom', topic)
  const { table } = serviceOf('localBroadcastFrom', pubsub)
  dispatchTo(table, topic, checkFrom('localBroadcastFrom', from), message, dispatcher)
  return OK
}

function directBroadcast(
  node: string,
  pubsub: string,
  topic: string,
  message: unknown,
  dispatcher: Dispatcher = sendToEach,
): BroadcastResult {
  refuseOrphans()
  checkTopic('directBroadcast', topic)
  return serviceOf('directBroadcast', pubsub).adapter.directBroadcast(node, topic, message, dispatcher)
}

function nodeName(pubsub: string): string {
  return serviceOf('nodeName', pubsub).adapter.nodeName()
}

function orThrow(pubsub: string, topic: string, result: BroadcastResult): 'ok' {
  if (result.type === 'error') throw new BroadcastError(pubsub, topic, result.reason)
  return 'ok'
}

/** Calls the dispatcher with the subscribers of each partition, as they are now. */
function dispatchTo(
  table: RegistryTable,
  topic: string,
  from: Pid | 'none',
  message: unknown,
  dispatch: Dispatcher,
): void {
  const id = keyId(topic)
  for (const { entries } of table.partitions()) {
    const subscriptions = entries.at(id) as readonly SubscriptionEntry[] // the table of a PubSub is made of these
    if (subscriptions.length > 0) dispatch(subscriptions, from, message)
  }
}

// ── Arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────

function serviceOf(where: string, pubsub: string): Service {
  const table = findTable(RegistryTable.kind, pubsub)
  const adapter = table?.meta.get(ADAPTER) as Adapter | undefined // only PubSubSupervisor has the symbol
  if (table === undefined || adapter === undefined) throw unknownPubSub(where, pubsub)
  return { table, adapter }
}

function unknownPubSub(where: string, name: unknown): BadArgumentError {
  const remedy = `Put PubSub.child({ name: ${show(name)} }) into your tree, before what uses it.`
  return new BadArgumentError(`PubSub.${where}`, 'the name of a running PubSub', name, remedy)
}

function checkTopic(where: string, topic: unknown): void {
  if (typeof topic !== 'string') throw new BadArgumentError(`PubSub.${where}: topic`, 'a string', topic)
}

function checkFrom(where: string, from: unknown): Pid {
  if (isPid(from)) return from
  throw new BadArgumentError(`PubSub.${where}: from`, 'the pid that is to be left out', from)
}

/**
 * Topics: processes subscribe, and whatever is broadcast on the topic reaches all of them, on all nodes.
 *
 * At most once, no history, no wildcards. The messages of one process on one topic reach each subscriber in the order in which
 * they were sent; between senders there is no order. Once `subscribe` has returned, broadcasts reach the subscriber; its
 * subscriptions end with it. A subscriber whose bounded mailbox is full loses messages, never its subscription.
 *
 * Every function throws a {@link BadArgumentError} when no PubSub of that name runs, or the topic is no string.
 *
 * Semantics: Phoenix.PubSub; channels.md §9. *When not to use it*: for one receiver, `send`; to know who is there, `Presence`;
 * for work that must not be lost, a queue.
 */
export const PubSub = {
  /**
   * Starts a PubSub, linked to the caller. @throws {StartError} · {@link BadArgumentError} for a wrong option.
   * Semantics: Phoenix.PubSub.Supervisor.start_link/1.
   */
  startLink,
  /** As `startLink`, with every outcome. */
  tryStartLink,
  /**
   * A PubSub as a child of a supervisor: `PubSub.child({ name: 'chat' })`.
   *
   * Also takes `id` (default: the name), `restart`, `shutdown`, `significant`. @throws {BadArgumentError} at once.
   */
  child,
  /** What a list of children asks: `[PubSub, { name: 'chat' }]`. */
  childSpec: child,

  /**
   * Subscribes the calling process to a topic. Subscribing twice delivers twice.
   * @param metadata - for dispatchers; the default one does not look at it.
   * @returns `'ok'`. Semantics: Phoenix.PubSub.subscribe/3.
   */
  subscribe,
  /** Ends all subscriptions of the caller to a topic. @returns `'ok'`, also when there are none. Semantics: Phoenix.PubSub.unsubscribe/2. */
  unsubscribe,
  /**
   * Ends those of the caller's subscriptions to a topic whose metadata matches; patterns are those of `Registry.match`.
   * @returns `'ok'`. Semantics: Phoenix.PubSub.unsubscribe_match/3.
   */
  unsubscribeMatch,

  /**
   * Sends a message to all subscribers of a topic, on all nodes.
   * @param dispatcher - what is done with it on each node. Default: it is sent to each subscriber.
   * @returns `ok` · `error` with the adapter's reason; then nobody got it. Semantics: Phoenix.PubSub.broadcast/4.
   */
  broadcast,
  /** `broadcast`, but not to the process `from`. Semantics: Phoenix.PubSub.broadcast_from/5. */
  broadcastFrom,
  /** `broadcast` on this node only: always `ok`. Semantics: Phoenix.PubSub.local_broadcast/4. */
  localBroadcast,
  /** `broadcastFrom` on this node only: always `ok`. Semantics: Phoenix.PubSub.local_broadcast_from/5. */
  localBroadcastFrom,
  /** `broadcast` on one node only, which may be this one. An unknown node is `ok`. Semantics: Phoenix.PubSub.direct_broadcast/5. */
  directBroadcast,
  /** `broadcast`. @returns `'ok'`. @throws {BroadcastError} when the adapter refuses. Semantics: Phoenix.PubSub.broadcast!/4. */
  broadcastOrThrow: (pubsub: string, topic: string, message: unknown, dispatcher?: Dispatcher): 'ok' =>
    orThrow(pubsub, topic, broadcast(pubsub, topic, message, dispatcher)),
  /** `broadcastFrom`. @throws {BroadcastError} when the adapter refuses. Semantics: Phoenix.PubSub.broadcast_from!/5. */
  broadcastFromOrThrow: (pubsub: string, from: Pid, topic: string, message: unknown, dispatcher?: Dispatcher): 'ok' =>
    orThrow(pubsub, topic, broadcastFrom(pubsub, from, topic, message, dispatcher)),
  /** `directBroadcast`. @throws {BroadcastError} when the adapter refuses. Semantics: Phoenix.PubSub.direct_broadcast!/5. */
  directBroadcastOrThrow: (
    node: string,
    pubsub: string,
    topic: string,
    message: unknown,
    dispatcher?: Dispatcher,
  ): 'ok' => orThrow(pubsub, topic, directBroadcast(node, pubsub, topic, message, dispatcher)),

  /** The name of this node in the adapter. Semantics: Phoenix.PubSub.node_name/1. */
  nodeName,
  /** Gives a dispatcher the name by which other nodes know it. */
  defineDispatcher,
} as const
