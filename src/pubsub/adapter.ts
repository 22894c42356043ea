import type { Child } from '../../supervisors/child-spec.ts'
import type { Dispatcher } from './dispatch.ts'

/** Whether the adapter took a broadcast. */
export type BroadcastResult = { readonly type: 'ok' } | { readonly type: 'error'; readonly reason: unknown }

/** The service that an adapter works for, on one node. */
export interface AdapterContext {
  /** The name of the PubSub; the same on all nodes that belong together. */
  readonly name: string
  /** The name of this node in its pids. */
  readonly node: string
  /** How many workers receive; the message that worker k of one node sends, worker k of every other one receives. */
  readonly poolSize: number
  /** How many of them are used for sending. At most `poolSize`. */
  readonly broadcastPoolSize: number
  /**
   * Hands what another node broadcast to the subscribers of this one: never for a broadcast of this node's own.
   * @param dispatcher - the name that came with the message, or the dispatcher itself when it did not travel.
   * @throws {BeamishError} `BEAMISH_UNKNOWN_DISPATCHER`
   */
  deliver(topic: string, message: unknown, dispatcher: string | Dispatcher): void
}

/**
 * How broadcasts reach other nodes.
 *
 * A broadcast is given to the adapter first; if it answers `error`, nobody gets the message. It must not wait: it takes the
 * message or refuses it. Messages of one process arrive at each node in the order in which it sent them: workers, if there are
 * several, are chosen by the sender. A lost connection must be restored, with all subscriptions, by the adapter itself.
 * Semantics: Phoenix.PubSub.Adapter; channels.md §9.4.
 */
export interface Adapter {
  /** This node's name among the others. */
  nodeName(): string
  /** To all **other** nodes. A dispatcher travels by `dispatcherName`. */
  broadcast(topic: string, message: unknown, dispatcher: Dispatcher): BroadcastResult
  /** To one node, this one included. An unknown one is `ok`. */
  directBroadcast(node: string, topic: string, message: unknown, dispatcher: Dispatcher): BroadcastResult
  /** The adapter's processes: children of the service, started after its table of subscriptions. */
  children?(): readonly Child[]
}

/** Makes the adapter of one service; called when that starts, in its supervisor. */
export type AdapterFactory = (context: AdapterContext) => Adapter

/** What every successful broadcast answers. */
export const OK: BroadcastResult = Object.freeze({ type: 'ok' })

/** The adapter of a program that is one node: there is nobody else. */
export const localAdapter: AdapterFactory = (context) => ({
  nodeName: () => context.node,
  broadcast: () => OK,
  directBroadcast: (node, topic, message, dispatcher) => {
    if (node === context.node) context.deliver(topic, message, dispatcher)
    return OK
  },
})
