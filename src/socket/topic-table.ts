import type { Joinable } from '../channel/joinable.ts'
import { BadArgumentError } from '../core/errors.ts'

/** What stands behind a pattern: a channel, or a channel and what its sockets begin with. */
export type Route = Joinable | { readonly channel: Joinable; readonly assigns?: object }

/** A pattern, taken apart. */
export interface TopicRoute {
  readonly pattern: string
  readonly channel: Joinable
  /** Merged over the socket's own at join. */
  readonly assigns: object
}

/**
 * Which channel a topic belongs to: patterns in order, of which the first that matches wins.
 *
 * A pattern is a topic, or a prefix that ends in one `*` and matches any rest, none included.
 * Semantics: Phoenix.Socket.channel/3; channels.md §7.1.
 */
export class TopicTable {
  private readonly routes: readonly TopicRoute[]

  /** @throws {BadArgumentError} for a `*` that is not the end of its pattern, and for what is no channel. */
  constructor(where: string, channels: { readonly [pattern: string]: Route }) {
    this.routes = Object.entries(channels).map(([pattern, route]) => checkRoute(where, pattern, route))
  }

  get patterns(): readonly string[] {
    return this.routes.map(({ pattern }) => pattern)
  }

  find(topic: string): TopicRoute | undefined {
    return this.routes.find(({ pattern }) => matches(pattern, topic))
  }
}

function matches(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern
}

function checkRoute(where: string, pattern: string, route: Route): TopicRoute {
  const star = pattern.indexOf('*')
  if (pattern === '' || (star >= 0 && star < pattern.length - 1)) {
    throw new BadArgumentError(where, "a topic ('lobby'), or a prefix and one * at the end ('room:*')", pattern)
  }
  if (isJoinable(route)) return { pattern, channel: route, assigns: {} }
  const { channel, assigns = {} } = Object(route) as Partial<Exclude<Route, Joinable>>
  if (!isJoinable(channel)) {
    throw new BadArgumentError(`${where}: ${pattern}`, 'a channel (Channel.define) or { channel, assigns }', route)
  }
  if (typeof assigns !== 'object' || assigns === null)
    throw new BadArgumentError(`${where}: ${pattern}: assigns`, 'an object', assigns)
  return { pattern, channel, assigns }
}

function isJoinable(value: unknown): value is Joinable {
  return typeof (value as Partial<Joinable> | null | undefined)?.specFor === 'function'
}
