import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { isThenable } from '../runtime/code.ts'
import type { KeyBase } from '../token/key-base.ts'
import type { MessageRef } from '../wire/message.ts'
import type { Serializer } from '../wire/serializer.ts'
import type { Membership, TransportName } from './joinable.ts'

/** What a socket carries when its app says nothing about it. */
// biome-ignore lint/suspicious/noExplicitAny: the app states what it assigns, or takes the looseness
export type AnyAssigns = Record<string, any>

/** New assigns: a part of them, or a function of the present ones that gives a part. */
export type AssignsUpdate<Assigns extends object> = Partial<Assigns> | ((assigns: Assigns) => Partial<Assigns>)

/** A socket that an app keeps values in. */
export abstract class Assignable<Assigns extends object = AnyAssigns> {
  assigns: Assigns

  constructor(assigns: Assigns) {
    this.assigns = assigns
  }

  /**
   * Merges values into the assigns: `assign('user', user)`, `assign({ user })`, `assign(({ count }) => ({ count: count + 1 }))`.
   * @returns this socket. @throws {BadArgumentError} for what is neither. Semantics: Phoenix.Socket.assign/2, /3.
   */
  assign<Key extends keyof Assigns>(key: Key, value: Assigns[Key]): this
  assign(update: AssignsUpdate<Assigns>): this
  assign(...args: [AssignsUpdate<Assigns>] | [keyof Assigns, unknown]): this {
    this.assigns = { ...this.assigns, ...partOf(args, this.assigns) }
    return this
  }
}

/**
 * The socket that the callbacks of a channel get: one client in one topic.
 *
 * It belongs to the channel's process, whose callbacks change it and return nothing of it. Its assigns began as a copy of the
 * connection's; what one channel assigns no other sees.
 * Semantics: Phoenix.Socket, channels.md §7.5. Differs: mutable, because its process is the only one that has it.
 */
export class ChannelSocket<Assigns extends object = AnyAssigns> extends Assignable<Assigns> {
  /** The ref of the message that is being handled; `null` when it has none, or none is handled. */
  ref: MessageRef = null
  /** For the functions of this room. */
  readonly membership: Membership
  readonly channelPid: Pid

  constructor(membership: Membership, channelPid: Pid) {
    super({ ...membership.assigns } as Assigns) // sound as far as the app's own type of it is
    this.membership = membership
    this.channelPid = channelPid
  }

  /** Whether `join` has let the client in. Until then nothing can be pushed. */
  get joined(): boolean {
    return this.membership.isJoined
  }

  get topic(): string {
    return this.membership.topic
  }

  /** Names this join; it changes with each rejoin. */
  get joinRef(): MessageRef {
    return this.membership.joinRef
  }

  /** What the user socket's `id` said: a broadcast of `disconnect` to it closes the connection. */
  get id(): string | null {
    return this.membership.transport.id
  }

  get transport(): TransportName {
    return this.membership.transport.name
  }

  /** The process of the connection. */
  get transportPid(): Pid {
    return this.membership.transport.pid
  }

  /** The name of the endpoint. */
  get endpoint(): string {
    return this.membership.transport.endpoint
  }

  /** The name of the endpoint's PubSub. */
  get pubsub(): string | undefined {
    return this.membership.transport.pubsub
  }

  /** Makes a socket a context for `Token.sign(socket, …)`: the secret of its endpoint. */
  secretKeyBase(): KeyBase | undefined {
    return this.membership.transport.secretKeyBase?.()
  }

  get serializer(): Serializer {
    return this.membership.transport.serializer
  }
}

/** What is to be merged into assigns, by what `assign` was given. @throws {BadArgumentError} for what it does not take. */
export function partOf<Assigns extends object>(
  args: [AssignsUpdate<Assigns>] | [keyof Assigns, unknown],
  assigns: Assigns,
): object {
  const [first] = args
  if (args.length === 2) return { [checkKey(first)]: args[1] }
  const part: unknown = typeof first === 'function' ? first(assigns) : first
  if (typeof part === 'object' && part !== null && !Array.isArray(part) && !isThenable(part)) return part
  const forms = "('key', value), ({ key: value }) or ((assigns) => ({ key: value }))"
  throw new BadArgumentError(typeof first === 'function' ? 'assign: what the function returned' : 'assign', forms, part)
}

function checkKey(key: unknown): PropertyKey {
  if (typeof key === 'string' || typeof key === 'symbol') return key
  throw new BadArgumentError('assign: key', 'a string', key)
}
