import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'

/** A subscription of the topic in question: the process, and what it subscribed with. */
export interface Subscription {
  readonly pid: Pid
  readonly metadata: unknown
}

/**
 * Hands one message to the subscribers of a topic on this node. Called once for each partition that has any.
 *
 * `entries` must not be changed. `from` is the process that is to be left out, or `'none'`. What a dispatcher throws, the
 * broadcast throws.
 * Semantics: Phoenix.PubSub, the dispatcher module.
 */
// biome-ignore lint/suspicious/noExplicitAny: whoever broadcasts with a dispatcher knows what messages it takes
export type Dispatcher = (entries: readonly Subscription[], from: Pid | 'none', message: any) => void

/**
 * What an entry may have as metadata that stands for other processes than its own: whoever would send the message to the process
 * of the entry calls this instead. For rooms above, where one entry serves thousands.
 */
export abstract class Audience {
  /** Sends a message to each of the processes but `from`. */
  abstract deliver(message: unknown, from: Pid | 'none'): void
}

/** Dispatchers by name. They are code, known by the same name wherever the code is loaded, as modules are in OTP. */
const named = new Map<string, Dispatcher>()
const nameOf = new WeakMap<Dispatcher, string>()

/**
 * Gives a dispatcher the name by which other nodes know it: a message that travels takes the name along, not the function.
 *
 * Call it where the module that exports the dispatcher is loaded, on all nodes. On a single node dispatchers need no name.
 * @returns `dispatch`. @throws {BadArgumentError} when another dispatcher has the name.
 * Semantics: the module name of a Phoenix.PubSub dispatcher.
 */
export function defineDispatcher(name: string, dispatch: Dispatcher): Dispatcher {
  const known = named.get(name)
  if (known !== undefined && known !== dispatch) {
    throw new BadArgumentError('defineDispatcher', 'a name that no other dispatcher has', name)
  }
  named.set(name, dispatch)
  nameOf.set(dispatch, name)
  return dispatch
}

/** The name of a dispatcher, for adapters. @throws {BeamishError} `BEAMISH_UNNAMED_DISPATCHER` */
export function dispatcherName(dispatcher: Dispatcher): string {
  const name = nameOf.get(dispatcher)
  if (name !== undefined) return name
  throw new BeamishError(
    'BEAMISH_UNNAMED_DISPATCHER',
    `the dispatcher ${show(dispatcher)} has no name that other nodes know. Export it as defineDispatcher('some name', …).`,
  )
}

/** The dispatcher of a name, for rooms that know it by name only: `undefined` when its module is not loaded. */
export function findDispatcher(name: string): Dispatcher | undefined {
  return named.get(name)
}

/** The dispatcher of a name, for adapters. @throws {BeamishError} `BEAMISH_UNKNOWN_DISPATCHER` */
export function dispatcherNamed(name: string): Dispatcher {
  const dispatcher = named.get(name)
  if (dispatcher !== undefined) return dispatcher
  throw new BeamishError(
    'BEAMISH_UNKNOWN_DISPATCHER',
    `a message asks for the dispatcher ${show(name)}, which is not defined on this node. All nodes must load the same code.`,
  )
}

/** The dispatcher of everybody who names no other: the message goes to the mailbox of each process but `from`. */
export const sendToEach: Dispatcher = defineDispatcher('send', (entries, from, message) => {
  for (const { pid, metadata } of entries) {
    if (metadata !== undefined && metadata instanceof Audience) metadata.deliver(message, from)
    else if (pid !== from) pid.receiver?.deliver(message)
  }
})
