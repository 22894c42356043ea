import { placeOfDefinition } from '../behaviours/module-name.ts'
import type {
  Contract,
  EventContract,
  InEvent,
  InOf,
  OutEvent,
  OutOf,
  ReceivedAt,
  Refusal,
  Sent,
  SentAt,
  TopicOf,
  Validated,
  WireSchema,
} from '../client/contract.ts'
import { BadArgumentError } from '../core/errors.ts'
import { Channel, type ChannelCallbacks, type ChannelModule } from './channel.ts'
import { broadcast, broadcastFrom, push } from './messaging.ts'
import { type Answer, type HandleResult, type NoAnswer, type Ok, type Refused, refuse, type Stop } from './result.ts'
import { on, refusedPayload } from './schema.ts'
import type { AnyAssigns, ChannelSocket } from './socket.ts'

type Awaitable<T> = T | PromiseLike<T>

// ── Types ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What `join` may return. */
export type ContractJoinResult<C extends Contract> =
  | Ok<SentAt<C, 'reply', undefined>>
  | Refused<SentAt<C, 'error', Refusal>>

/** What the handler of an event may return: an answer of the contract, or nothing where that has none. */
export type ContractInResult<Spec> = Spec extends { readonly reply: infer Reply extends WireSchema }
  ? Answer<Sent<Reply>, SentAt<Spec, 'error', Refusal>> | NoAnswer | Stop<Sent<Reply>, SentAt<Spec, 'error', Refusal>>
  : NoAnswer | Stop<never, never> | undefined | void

/** The handlers of the client's events, one for each. */
export type ContractHandlers<C extends Contract, Assigns extends object> = {
  readonly [E in InEvent<C>]: (
    payload: ReceivedAt<InOf<C, E>, 'payload', unknown>,
    socket: ChannelSocket<Assigns>,
  ) => Awaitable<ContractInResult<InOf<C, E>>>
}

type Untyped<Assigns extends object, Calls, Casts> = Omit<
  ChannelCallbacks<Assigns, Calls, Casts>,
  'join' | 'handleIn' | 'intercept' | 'handleOut'
>

/** The callbacks of a channel that keeps a contract; what is not said here is as in `ChannelCallbacks`. */
export type ContractCallbacks<C extends Contract, Assigns extends object, Calls, Casts> = Untyped<
  Assigns,
  Calls,
  Casts
> & {
  /**
   * A client wants in, with params that the contract's schema accepts. `ok(reply)` or `refuse(error)`, of the contract.
   * Other params are refused with `{ reason: 'invalid payload', issues }` before it is called.
   */
  readonly join: (
    topic: TopicOf<C>,
    params: ReceivedAt<C, 'params', unknown>,
    socket: ChannelSocket<Assigns>,
  ) => Awaitable<ContractJoinResult<C>>
  /** Events of the contract's `out`. */
  readonly intercept?: readonly OutEvent<C>[]
  readonly handleOut?: {
    readonly [E in OutEvent<C>]?: (
      payload: Sent<OutOf<C, E>>,
      socket: ChannelSocket<Assigns>,
    ) => Awaitable<HandleResult>
  }
} & ([InEvent<C>] extends [never]
    ? { readonly handleIn?: Readonly<Record<string, never>> }
    : {
        /** A handler for each event of the client, called with payloads that its schema accepts. Others are answered as `on` does. */
        readonly handleIn: ContractHandlers<C, Assigns>
      })

/** Whatever can broadcast: an endpoint. */
export interface Broadcaster<Result> {
  broadcast(topic: string, event: string, payload: unknown): Result
}

/** The server's side of a contract. Made by {@link implement}. */
export interface Implementation<C extends Contract> {
  readonly contract: C
  /**
   * Defines a channel that keeps the contract.
   * @throws {BadArgumentError} as `Channel.define`; and for an event of the contract without a handler, or a handler without one.
   */
  // biome-ignore lint/complexity/noBannedTypes: no handlers at all is `{}`, an object without names
  define<Assigns extends object = AnyAssigns, Calls = {}, Casts = {}>(
    callbacks: ContractCallbacks<C, Assigns, Calls, Casts>,
  ): ChannelModule<Calls, Casts>
  /** As `push` of this door. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever a channel assigns
  push<E extends OutEvent<C>>(socket: ChannelSocket<any>, event: E, payload: Sent<OutOf<C, E>>): void
  /** As `broadcast` of this door. */
  broadcast<E extends OutEvent<C>>(
    // biome-ignore lint/suspicious/noExplicitAny: whatever a channel assigns
    socket: ChannelSocket<any>,
    event: E,
    payload: Sent<OutOf<C, E>>,
  ): ReturnType<typeof broadcast>
  /** As `broadcastFrom` of this door. */
  broadcastFrom<E extends OutEvent<C>>(
    // biome-ignore lint/suspicious/noExplicitAny: whatever a channel assigns
    socket: ChannelSocket<any>,
    event: E,
    payload: Sent<OutOf<C, E>>,
  ): ReturnType<typeof broadcastFrom>
  /** As `endpoint.broadcast`, from anywhere in the program. */
  broadcastOn<E extends OutEvent<C>, Result>(
    endpoint: Broadcaster<Result>,
    topic: TopicOf<C>,
    event: E,
    payload: Sent<OutOf<C, E>>,
  ): Result
}

// ── Making it ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The server's side of a contract: channels whose handlers, replies, pushes and broadcasts have its types.
 *
 * What a client sends is validated by the contract's schemas before a handler sees it. What the server sends is not: there the
 * compiler watches, and the client validates. `src/client/README.md` shows one.
 * @throws {BadArgumentError} for what is no contract.
 */
export function implement<const C extends Contract>(contract: C): Implementation<C> {
  if (typeof contract?.topic !== 'string') throw new BadArgumentError('implement', 'defineContract({ … })', contract)
  const known = <E extends string>(event: E): E => checkOut(contract, event)
  return {
    contract,
    define: (callbacks) => Channel.define(channelCallbacks(contract, callbacks, placeOfDefinition(1))),
    push: (socket, event, payload) => push(socket, known(event), payload),
    broadcast: (socket, event, payload) => broadcast(socket, known(event), payload),
    broadcastFrom: (socket, event, payload) => broadcastFrom(socket, known(event), payload),
    broadcastOn: (endpoint, topic, event, payload) => endpoint.broadcast(topic, known(event), payload),
  }
}

function checkOut<E extends string>(contract: Contract, event: E): E {
  const { out = {} } = contract
  if (Object.hasOwn(out, event)) return event
  throw new BadArgumentError(
    `${contract.topic}: out`,
    `an event of the contract (${Object.keys(out).join(', ')})`,
    event,
  )
}

function channelCallbacks<C extends Contract, Assigns extends object, Calls, Casts>(
  contract: C,
  callbacks: ContractCallbacks<C, Assigns, Calls, Casts>,
  place: string,
): ChannelCallbacks<Assigns, Calls, Casts> {
  const { join, handleIn = {} } = callbacks as unknown as UntypedCallbacks // each handler gets what its types say
  checkHandlers(contract, handleIn)
  if (callbacks.handleOut !== undefined) for (const event of Object.keys(callbacks.handleOut)) checkOut(contract, event)
  const { params } = contract
  const checked = {
    join: params === undefined || typeof join !== 'function' ? join : checkedJoin(params, join),
    handleIn: Object.fromEntries(
      Object.entries(handleIn).map(([event, handler]) => [event, checkedHandler(contract.in?.[event], handler)]),
    ),
  }
  return { module: place, ...callbacks, ...checked } as unknown as ChannelCallbacks<Assigns, Calls, Casts>
}

// biome-ignore lint/suspicious/noExplicitAny: the types are those of the contract, which the compiler has seen
type AnyCallback = (...args: any[]) => any
interface UntypedCallbacks {
  readonly join: AnyCallback
  readonly handleIn?: { readonly [event: string]: AnyCallback }
}

function checkHandlers(contract: Contract, handlers: object): void {
  const events = Object.keys(contract.in ?? {})
  const handled = Object.keys(handlers)
  const missing = events.find((event) => !handled.includes(event))
  if (missing !== undefined)
    throw new BadArgumentError(`${contract.topic}: handleIn`, `a handler for ${missing}, of the contract`, handled)
  const stranger = handled.find((event) => !events.includes(event))
  if (stranger !== undefined)
    throw new BadArgumentError(
      `${contract.topic}: handleIn`,
      `the events of the contract (${events.join(', ')})`,
      stranger,
    )
}

function checkedHandler(spec: EventContract | undefined, handler: AnyCallback): AnyCallback | ReturnType<typeof on> {
  return spec?.payload === undefined ? handler : on(spec.payload, handler)
}

/** Async only where the schema is: a join need not cost a promise. */
function checkedJoin(params: WireSchema, join: AnyCallback): AnyCallback {
  return (topic: string, given: unknown, socket: unknown) => {
    const go = (checked: Validated<unknown>): unknown =>
      checked.issues === undefined ? join(topic, checked.value, socket) : refuse(refusedPayload(checked.issues))
    const checked = params['~standard'].validate(given)
    return 'then' in checked ? (async () => go(await checked))() : go(checked)
  }
}
