import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import {
  type Contract,
  type InEvent,
  type InOf,
  type Issue,
  isTopicOf,
  keyOf,
  type OutEvent,
  type OutOf,
  type Received,
  type ReceivedAt,
  type Refusal,
  type SentAt,
  type TopicOf,
  type Validated,
  type WireSchema,
} from './contract.ts'

// ── The official client, as far as it is used ────────────────────────────────────────────────────────────────────────

/** What is used of the official client's `Push`. */
export interface PhoenixPush {
  // biome-ignore lint/suspicious/noExplicitAny: the official type of it
  receive(status: 'ok' | 'error' | 'timeout', callback: (response?: any) => void): unknown
}

/** What is used of the official client's `Channel`. */
export interface PhoenixChannel {
  join(timeout?: number): PhoenixPush
  leave(timeout?: number): PhoenixPush
  push(event: string, payload: object, timeout?: number): PhoenixPush
  // biome-ignore lint/suspicious/noExplicitAny: the official type of it
  on(event: string, callback: (payload?: any) => void): number
  off(event: string, ref?: number): void
}

/** What is used of the official client's `Socket`. */
export interface PhoenixSocket<Channel extends PhoenixChannel> {
  channel(topic: string, params?: object): Channel
}

// ── Types ────────────────────────────────────────────────────────────────────────────────────────────────────────────

type ParamsOf<C extends Contract> = SentAt<C, 'params', object | undefined>
type PayloadOf<C extends Contract, E extends InEvent<C>> = SentAt<InOf<C, E>, 'payload', object | undefined>
type IfMissing<T, Options> = undefined extends T ? Partial<Options> : Options

/** Which topic to join, and how. */
export type TypedChannelOptions<C extends Contract> = {
  /** A topic of the contract. */
  readonly topic: TopicOf<C>
  /** What to do with a message of the server that its schema refuses. Default: throw it, as a handler might throw. */
  readonly onInvalid?: (error: ContractError) => void
} & IfMissing<
  ParamsOf<C>,
  {
    /** The params of the join; a function is asked anew at each rejoin. */
    readonly params: ParamsOf<C> | (() => ParamsOf<C>)
  }
>

/** Options of one message. */
export interface TypedPushOptions {
  /** How many milliseconds to wait for the answer. Default: the Socket's `timeout`, 10000. */
  readonly timeoutMs?: number
}

/** The events of the client that the server answers. */
export type AnsweredEvent<C extends Contract> = {
  [E in InEvent<C>]: InOf<C, E> extends { readonly reply: WireSchema } ? E : never
}[InEvent<C>]
/** The answer to a join: of the contract, or nothing. */
export type JoinReply<C extends Contract> = ReceivedAt<C, 'reply', undefined>
/** The answer to an event: of the contract, or nothing. */
export type ReplyOf<C extends Contract, E extends InEvent<C>> = ReceivedAt<InOf<C, E>, 'reply', undefined>
/** An error answer to an event: of the contract, or of the server itself. */
export type FailureOf<C extends Contract, E extends InEvent<C>> = SentAt<InOf<C, E>, 'error', never> | Refusal
/** An error answer to a join: of the contract, or of the server itself. */
export type JoinFailure<C extends Contract> = SentAt<C, 'error', never> | Refusal

/** The arguments of a push, after the event: the payload may be left out where it may be undefined. */
export type PushArguments<Payload> = undefined extends Payload
  ? [payload?: Payload, options?: TypedPushOptions]
  : [payload: Payload, options?: TypedPushOptions]

/** How a push or a join ended. */
export type PushOutcome<Reply, Failure> =
  | { readonly type: 'ok'; readonly reply: Reply }
  /** Answered with status `'error'`. */
  | { readonly type: 'error'; readonly error: Failure }
  /** Not answered in time. */
  | { readonly type: 'timeout' }
  /** Answered with something that is not of the contract. */
  | { readonly type: 'invalid'; readonly issues: readonly Issue[] }

type Failed<Failure> = Exclude<PushOutcome<never, Failure>, { type: 'ok' }>

// ── Errors ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A push or a join that did not end with `'ok'`; `outcome` says how.
 * `code` is `BEAMISH_PUSH_REFUSED`, `BEAMISH_PUSH_TIMEOUT`, or `BEAMISH_CONTRACT_BROKEN` for an answer that is not of the contract.
 */
export class PushError<Failure = unknown> extends BeamishError {
  readonly topic: string
  readonly event: string
  readonly outcome: Failed<Failure>

  constructor(topic: string, event: string, outcome: Failed<Failure>) {
    const [code, what] = explain(outcome)
    super(code, `${event} on ${show(topic)} ${what}`)
    this.name = 'PushError'
    this.topic = topic
    this.event = event
    this.outcome = outcome
  }
}

function explain(outcome: Failed<unknown>): [code: string, what: string] {
  switch (outcome.type) {
    case 'error':
      return ['BEAMISH_PUSH_REFUSED', `was answered with an error: ${show(outcome.error)}`]
    case 'timeout':
      return ['BEAMISH_PUSH_TIMEOUT', 'was not answered in time.']
    case 'invalid':
      return ['BEAMISH_CONTRACT_BROKEN', `was answered with what is not of the contract: ${listed(outcome.issues)}`]
  }
}

/**
 * A message of the server that the contract's schema refuses; the two sides have different versions of it, perhaps.
 * `code` is `BEAMISH_CONTRACT_BROKEN`.
 */
export class ContractError extends BeamishError {
  readonly topic: string
  readonly event: string
  readonly issues: readonly Issue[]

  constructor(topic: string, event: string, issues: readonly Issue[]) {
    super('BEAMISH_CONTRACT_BROKEN', `${event} on ${show(topic)} is not of the contract: ${listed(issues)}`)
    this.name = 'ContractError'
    this.topic = topic
    this.event = event
    this.issues = issues
  }
}

function listed(issues: readonly Issue[]): string {
  return issues
    .map(({ message, path = [] }) => [path.map(keyOf).join('.'), message].filter(Boolean).join(': '))
    .join('; ')
}

// ── The channel ──────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A channel of the official client, with the types of a contract. Made by {@link typedChannel}.
 * Everything that is not here is on {@link TypedChannel.channel}: `onError`, `onClose`, `state`, and what `Presence` wants.
 */
export class TypedChannel<C extends Contract, Channel extends PhoenixChannel = PhoenixChannel> {
  /** The official channel. */
  readonly channel: Channel
  readonly topic: TopicOf<C>
  private readonly contract: C
  private readonly onInvalid: (error: ContractError) => void
  private readonly joinHandlers = new Set<(reply: JoinReply<C>) => void>()

  constructor(contract: C, channel: Channel, { topic, onInvalid }: TypedChannelOptions<C>) {
    this.contract = contract
    this.channel = channel
    this.topic = topic
    this.onInvalid = onInvalid ?? throwIt
  }

  /**
   * Joins, once. After it was lost, or refused, the official client joins again by itself: {@link onJoin} hears of each time.
   * @returns the first answer. @throws {PushError} as {@link push}; the client goes on trying until {@link leave}.
   */
  join({ timeoutMs }: TypedPushOptions = {}): Promise<JoinReply<C>> {
    return new Promise((resolve, reject) => {
      let isFirst = true
      listen<JoinReply<C>, JoinFailure<C>>(this.channel.join(timeoutMs), this.contract.reply, (outcome) => {
        if (outcome.type === 'ok') resolve(outcome.reply)
        else if (isFirst) reject(new PushError(this.topic, 'join', outcome))
        else if (outcome.type === 'invalid') this.onInvalid(new ContractError(this.topic, 'join', outcome.issues))
        isFirst = false
        if (outcome.type === 'ok') for (const handler of this.joinHandlers) handler(outcome.reply)
      })
    })
  }

  /**
   * Calls `handler` after each join, the first and every rejoin: state that came with the reply is fresh then.
   * @returns a function that ends that.
   */
  onJoin(handler: (reply: JoinReply<C>) => void): () => void {
    this.joinHandlers.add(handler)
    return () => void this.joinHandlers.delete(handler)
  }

  /**
   * Sends an event. Before the join is answered, and while the connection is lost, it waits in the client.
   * @returns a promise of the reply, where the contract has one; else nothing.
   * @throws {PushError} (the promise rejects with it) `BEAMISH_PUSH_REFUSED` · `BEAMISH_PUSH_TIMEOUT` · `BEAMISH_CONTRACT_BROKEN`.
   */
  push<E extends InEvent<C>>(
    event: E,
    ...args: PushArguments<PayloadOf<C, E>>
  ): E extends AnsweredEvent<C> ? Promise<ReplyOf<C, E>> : void
  push<E extends InEvent<C>>(event: E, ...args: PushArguments<PayloadOf<C, E>>): Promise<ReplyOf<C, E>> | void {
    if (this.specOf(event).reply === undefined) this.send(event, args)
    else return this.outcome(event, args).then((outcome) => this.replyIn(event, outcome))
  }

  /**
   * As {@link push}, for an event that is answered: the outcome to switch on, all of it typed.
   * @returns a promise that rejects for mistakes only, such as a push before `join()`.
   */
  tryPush<E extends AnsweredEvent<C>>(
    event: E,
    ...args: PushArguments<PayloadOf<C, E>>
  ): Promise<PushOutcome<ReplyOf<C, E>, FailureOf<C, E>>> {
    return this.outcome(event, args)
  }

  /**
   * Calls `handler` with each message of the server under that event, and what its schema makes of it.
   * @returns a function that ends that.
   * @throws {ContractError} `BEAMISH_CONTRACT_BROKEN`, where the message arrives, for one that the schema refuses; unless the
   * channel has `onInvalid`.
   */
  on<E extends OutEvent<C>>(event: E, handler: (payload: Received<OutOf<C, E>>) => void): () => void {
    const schema = ownOf(this.contract.out, event)
    if (schema === undefined) throw unknownEvent('on', event, this.contract.out)
    const ref = this.channel.on(event, (payload) => this.heard(event, schema, payload, handler))
    return () => this.channel.off(event, ref)
  }

  /** Leaves the topic. @returns a promise that resolves when the server has said so, or has not in time. */
  leave({ timeoutMs }: TypedPushOptions = {}): Promise<void> {
    return new Promise((resolve) => listen(this.channel.leave(timeoutMs), undefined, () => resolve()))
  }

  private outcome<E extends InEvent<C>>(event: E, args: PushArguments<PayloadOf<C, E>>) {
    const { reply } = this.specOf(event)
    return new Promise<PushOutcome<ReplyOf<C, E>, FailureOf<C, E>>>((resolve) =>
      listen(this.send(event, args), reply, resolve),
    )
  }

  private send<E extends InEvent<C>>(event: E, args: PushArguments<PayloadOf<C, E>>): PhoenixPush {
    const [payload = {}, options] = args as [payload?: object, options?: TypedPushOptions]
    return this.channel.push(event, payload, options?.timeoutMs)
  }

  private specOf(event: InEvent<C>) {
    const spec = ownOf(this.contract.in, event)
    if (spec === undefined) throw unknownEvent('push', event, this.contract.in)
    return spec
  }

  private replyIn<Reply, Failure>(event: string, outcome: PushOutcome<Reply, Failure>): Reply {
    if (outcome.type === 'ok') return outcome.reply
    throw new PushError(this.topic, event, outcome)
  }

  private heard<T>(
    event: string,
    schema: WireSchema<object, T>,
    payload: unknown,
    handler: (payload: T) => void,
  ): void {
    const checked = schema['~standard'].validate(payload)
    if ('then' in checked)
      throw new BadArgumentError(`on: ${event}`, 'a schema that answers at once, or messages lose their order', checked)
    if (checked.issues === undefined) handler(checked.value)
    else this.onInvalid(new ContractError(this.topic, event, checked.issues))
  }
}

/**
 * A channel of the official client with the types of a contract.
 * `const room = typedChannel(RoomContract, socket, { topic: 'room:1', params: { name: 'Ann' } })`, then `await room.join()`,
 * `await room.push('say', { text: 'hi' })`, `room.on('said', (message) => …)`.
 * @param socket - the official `Socket`.
 * @throws {BadArgumentError} for a topic that is not of the contract.
 */
export function typedChannel<const C extends Contract, Channel extends PhoenixChannel>(
  contract: C,
  socket: PhoenixSocket<Channel>,
  options: TypedChannelOptions<C>,
): TypedChannel<C, Channel> {
  const { topic, params } = options as { topic: string; params?: object }
  if (!isTopicOf(contract, topic)) throw new BadArgumentError('typedChannel: topic', `a topic ${contract.topic}`, topic)
  return new TypedChannel(contract, socket.channel(topic, params), options)
}

/** Reports how a push ends: once; but a join each time that the client joins anew. */
function listen<Reply, Failure>(
  push: PhoenixPush,
  schema: WireSchema | undefined,
  report: (outcome: PushOutcome<Reply, Failure>) => void,
): void {
  const answered = (checked: Validated<unknown>): void =>
    report(
      checked.issues === undefined ? { type: 'ok', reply: checked.value as Reply } : { type: 'invalid', ...checked },
    )
  push.receive('ok', (response) => {
    const checked = validated(schema, response)
    if ('then' in checked) checked.then(answered, (error) => answered(threw(error)))
    else answered(checked)
  })
  push.receive('error', (error) => report({ type: 'error', error }))
  push.receive('timeout', () => report({ type: 'timeout' }))
}

/** Where the contract has no reply there is none, whatever the server sent: an empty object, mostly. */
function validated(schema: WireSchema | undefined, response: unknown): ReturnType<WireSchema['~standard']['validate']> {
  if (schema === undefined) return { value: undefined }
  try {
    return schema['~standard'].validate(response)
  } catch (error) {
    return threw(error)
  }
}

function threw(error: unknown): Validated<never> {
  return { issues: [{ message: `its schema threw ${show(error)}` }] }
}

function ownOf<T>(events: { readonly [event: string]: T } | undefined, event: string): T | undefined {
  return events !== undefined && Object.hasOwn(events, event) ? events[event] : undefined
}

function unknownEvent(where: string, event: string, known: object = {}): BadArgumentError {
  return new BadArgumentError(
    `TypedChannel.${where}`,
    `an event of the contract (${Object.keys(known).join(', ')})`,
    event,
  )
}

function throwIt(error: unknown): never {
  throw error
}
