import { AssertionError } from 'node:assert'
import { childSpec, type FullChildSpec } from '../../supervisors/child-spec.ts'
import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { GenServer } from '../behaviours/gen-server.ts'
import { noReply, reply } from '../behaviours/result.ts'
import { CloseOrder } from '../channel/channel-process.ts'
import { Lane } from '../channel/fastlane.ts'
import type { TransportName } from '../channel/joinable.ts'
import { broadcastToFrom } from '../channel/messaging.ts'
import { BadArgumentError, show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import { currentProcess, self } from '../runtime/current.ts'
import { isDown } from '../runtime/messages.ts'
import { whereis } from '../runtime/names.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { exit, monitor, send } from '../runtime/signals.ts'
import type { KnownClient, SocketContext } from '../socket/connection-process.ts'
import type { ConnectInfo, Params, Refusal } from '../socket/transport.ts'
import type { SocketModule } from '../socket/user-socket.ts'
import { Sys } from '../sys/sys.ts'
import type { KeyBase } from '../token/key-base.ts'
import { type Broadcast, JOIN_EVENT, LEAVE_EVENT, type MessageRef } from '../wire/message.ts'
import { assertReceive, refuteReceive, take } from './assert-receive.ts'
import { asTheyAre, type ServerFrame, TestConnection, TestHub } from './channel-transport.ts'
import { HeldRequest } from './held-request.ts'
import { isLike } from './is-like.ts'
import { startSupervised } from './supervised.ts'

/** Where the sockets of a test think they are. */
export interface ChannelTestContext {
  /** The name of the PubSub that channels use. One that does not run is started for the test. Default `'channel-test'`. */
  readonly pubsub?: string
  /** What `socket.endpoint` says. Default `'channel-test'`. */
  readonly endpoint?: string
  /** What `socket.transport` says. Default `'websocket'`. */
  readonly transport?: TransportName
  /** The most topics that the client may have joined. Default 100. */
  readonly maxChannels?: number
  /** The secret that `Token.sign(socket, …)` uses. Default: none. */
  readonly secretKeyBase?: KeyBase
}

/** How {@link ChannelTest.connect} connects. */
export interface TestConnectOptions extends ChannelTestContext {
  /** What `connect` gets as its third argument. Default `{}`. */
  readonly connectInfo?: ConnectInfo
}

/** How {@link ChannelTest.socket} connects. */
export interface TestSocketOptions extends ChannelTestContext {
  /** Default `null`. */
  readonly id?: string | null
  /** Default `{}`. */
  readonly assigns?: object
}

/** A push or broadcast that came to a client: what `assertPush` finds. */
export interface TestPush {
  readonly type: 'push'
  readonly socket: TestSocket
  readonly topic: string
  /** `null` for a broadcast. */
  readonly joinRef: MessageRef
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it asked for
  readonly payload: any
}

/** The answer to a message of a client: what `assertReply` finds. */
export interface TestReply {
  readonly type: 'reply'
  readonly socket: TestSocket
  readonly topic: string
  readonly joinRef: MessageRef
  readonly ref: MessageRef
  readonly status: string
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly response: any
}

/** How long to wait. */
export interface ChannelTestWait {
  /** Milliseconds of the machine's clock, whatever clock the runtime has. Default 1000; of the `refute…` functions 0. */
  readonly timeoutMs?: number
}

/** Which of several clients is meant, and how long to wait. */
export interface PushedTo extends ChannelTestWait {
  /** Default: any client of the calling process. */
  readonly to?: TestSocket | TestChannel
}

/** What came of {@link ChannelTest.tryConnect}. */
export type TestConnectOutcome = { readonly type: 'connected'; readonly socket: TestSocket } | Refusal
/** What came of {@link ChannelTest.tryJoin}. */
export type TestJoinOutcome =
  | { readonly type: 'joined'; readonly channel: TestChannel }
  | { readonly type: 'refused'; readonly response: unknown }

let lastSocket = 0
let lastRef = 0

/** Never used twice, so that an answer needs nothing else to be recognised. */
function nextRef(): string {
  return String(++lastRef)
}

/** A client of a test, connected. What the server sends it comes to the process that connected it. */
export class TestSocket {
  /** What the user socket's `id` said. */
  id: string | null = null
  /** What `connect` assigned. */
  assigns: Readonly<Record<string, unknown>> = {}
  /** The name of the PubSub of its channels. */
  readonly pubsub: string
  // Private to the machine and not only to the compiler: whoever shows a message of the mailbox shows its socket, and behind the
  // connection lies the whole runtime.
  #connection: TestConnection | undefined = undefined
  /** The joins that wait for their answer, by ref. */
  readonly #joins = new Map<MessageRef, (answer: ServerFrame) => void>()
  readonly #name: string

  constructor(pubsub: string) {
    this.#name = `#TestSocket<${++lastSocket}>`
    this.pubsub = pubsub
  }

  /** For `connect`: the client is connected. */
  opened(connection: TestConnection, { id, assigns }: KnownClient): void {
    this.#connection = connection
    this.id = id
    this.assigns = assigns as Readonly<Record<string, unknown>> // by name, as every object
  }

  /** The process of the connection. */
  get pid(): Pid {
    if (this.#connection !== undefined) return this.#connection.pid
    throw new BadArgumentError('ChannelTest', 'a client that is connected', this)
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen ?? false
  }

  /** Sends a message as the client would. */
  send(joinRef: string | null, ref: string | null, topic: string, event: string, payload: unknown): void {
    this.#connection?.receive({ type: 'message', joinRef, ref, topic, event, payload })
  }

  /** Sends a join and waits for the answer, which does not go through the mailbox: several may be under way. */
  async join(topic: string, params: unknown, ref: string, timeoutMs: number): Promise<ServerFrame | undefined> {
    let timer: NodeJS.Timeout | undefined
    const answer = new Promise<ServerFrame | undefined>((resolve) => {
      this.#joins.set(ref, resolve)
      timer = setTimeout(() => resolve(undefined), timeoutMs)
    })
    this.send(ref, ref, topic, JOIN_EVENT, params)
    return await answer.finally(() => {
      clearTimeout(timer)
      this.#joins.delete(ref)
    })
  }

  /** For the transport: whether a frame is the answer to a join that waits. */
  takes(frame: ServerFrame): boolean {
    const waiting = frame.type === 'reply' ? this.#joins.get(frame.ref) : undefined
    waiting?.(frame)
    return waiting !== undefined
  }

  /** The client goes away. */
  disconnect(): void {
    this.#connection?.close(1000)
  }

  /** The process of the channel that joined a topic last; `undefined` when none has. */
  channelPid(topic: string): Pid | undefined {
    return this.#connection?.channels.get(topic)
  }

  toString(): string {
    return this.#name
  }
}

/** A topic that a client of a test has joined. */
export class TestChannel {
  readonly socket: TestSocket
  readonly topic: string
  readonly joinRef: string
  /** The process of the channel. `Sys.getState(pid)` gives the socket of its callbacks. */
  readonly pid: Pid
  /** What `join` answered. */
  readonly response: unknown

  constructor(socket: TestSocket, topic: string, joinRef: string, pid: Pid, response: unknown) {
    this.socket = socket
    this.topic = topic
    this.joinRef = joinRef
    this.pid = pid
    this.response = response
  }

  toString(): string {
    return `${this.socket} in ${this.topic}`
  }
}

// ── Connect ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const Hub = GenServer.define({
  module: 'ChannelTest',
  init: (pubsub: string) => new TestHub(pubsub),
  handleCall: { get: (_: void, hub) => reply(hub) },
  handleInfo: (message, hub) => {
    if (message instanceof Lane) hub.fastlane.closeIdle(message)
    return noReply()
  },
})

interface Place {
  readonly hub: TestHub
  readonly sockets: string
  readonly context: SocketContext
}

/** What stands in for an endpoint: started when it is first needed, ended with the test. */
async function placeOf(options: ChannelTestContext): Promise<Place> {
  const { pubsub = 'channel-test', endpoint = 'channel-test', maxChannels = 100 } = options
  const [hubName, channels, sockets] = [`${endpoint} ${pubsub} hub`, `${endpoint} channels`, `${endpoint} sockets`]
  await once(`${pubsub}.Supervisor`, () => PubSub.child({ name: pubsub }))
  await once(hubName, () => childSpec(Hub, pubsub, { id: hubName, options: { name: hubName } }))
  for (const name of [channels, sockets]) await once(name, () => DynamicSupervisor.child({ name, id: name }))
  const hub = await Hub.call(hubName, 'get')
  const { fastlane } = hub
  const limits = { timeoutMs: 'infinity', maxChannels, maxMessagesPerSecond: 'infinity' } as const
  const secretKeyBase = () => options.secretKeyBase
  return { hub, sockets, context: { endpoint, pubsub, fastlane, channels, secretKeyBase, log: 'info', ...limits } }
}

/** What is being started, by the name that it will have: clients may be connected at the same time. */
const starting = new WeakMap<Runtime, Map<string, Promise<unknown>>>()

async function once(name: string, spec: () => FullChildSpec): Promise<void> {
  const { runtime } = currentProcess()
  const starts = starting.get(runtime) ?? new Map<string, Promise<unknown>>()
  starting.set(runtime, starts)
  const begin = () => startSupervised(spec()).finally(() => starts.delete(name))
  if (!starts.has(name) && whereis(name) === undefined) starts.set(name, begin())
  await starts.get(name)
}

interface Client {
  readonly userSocket: SocketModule
  readonly params: Params
  readonly info: ConnectInfo
  readonly options: ChannelTestContext
  readonly known?: KnownClient
}

async function open({ userSocket, params, info, options, known }: Client): Promise<TestConnectOutcome> {
  const test = currentProcess()
  const { hub, sockets, context } = await placeOf(options)
  const socket = new TestSocket(context.pubsub as string)
  const deliver = (frame: ServerFrame) => {
    if (!socket.takes(frame)) test.deliver({ ...frame, socket })
  }
  const closed = (code: number) => test.deliver({ type: 'closed', socket, code })
  const { transport = 'websocket' } = options
  const asking = { transport, vsn: '', serializer: asTheyAre, params, info }
  const request = new HeldRequest(asking, (receiver) => new TestConnection(hub, receiver, deliver, closed))
  const spec = userSocket.specFor({ request, context, ...(known && { known }) })
  const outcome = await request.answerBy(sockets, spec, hub.process)
  if (!(outcome instanceof TestConnection)) return outcome
  socket.opened(outcome, await Sys.getState<KnownClient>(outcome.pid))
  return { type: 'connected', socket }
}

async function tryConnect(
  userSocket: SocketModule,
  params: Params = {},
  options: TestConnectOptions = {},
): Promise<TestConnectOutcome> {
  checkUserSocket('connect', userSocket)
  const { connectInfo: info = {}, ...context } = options
  return await open({ userSocket, params, info, options: context })
}

async function connect(userSocket: SocketModule, params?: Params, options?: TestConnectOptions): Promise<TestSocket> {
  const outcome = await tryConnect(userSocket, params, options)
  if (outcome.type === 'connected') return outcome.socket
  throw failure(`connect of ${userSocket.moduleName} did not let the client in: ${show(outcome)}`, outcome, connect)
}

async function socket(userSocket: SocketModule, options: TestSocketOptions = {}): Promise<TestSocket> {
  checkUserSocket('socket', userSocket)
  const { id = null, assigns = {}, ...context } = options
  const outcome = await open({ userSocket, params: {}, info: {}, options: context, known: { id, assigns } })
  if (outcome.type === 'connected') return outcome.socket
  throw failure(`a client of ${userSocket.moduleName} could not be connected: ${show(outcome)}`, outcome, socket)
}

function checkUserSocket(where: string, userSocket: unknown): void {
  if (typeof (userSocket as Partial<SocketModule> | undefined)?.specFor === 'function') return
  throw new BadArgumentError(`ChannelTest.${where}`, 'a user socket (Socket.define)', userSocket)
}

function failure(message: string, actual: unknown, stackStartFn: (...args: never[]) => unknown): AssertionError {
  return new AssertionError({ message, actual, operator: 'ChannelTest', stackStartFn })
}

// ── Join and leave ───────────────────────────────────────────────────────────────────────────────────────────────────

async function tryJoin(
  socket: TestSocket,
  topic: string,
  params: unknown = {},
  options: ChannelTestWait = {},
): Promise<TestJoinOutcome> {
  checkSocket('join', socket)
  const { timeoutMs = 1000 } = options
  const ref = nextRef()
  const answer = await socket.join(topic, params, ref, timeoutMs)
  if (answer?.type !== 'reply') {
    const hint = 'If it waits for a timer of a virtual clock, advance that meanwhile.'
    throw failure(`the join of ${show(topic)} was not answered in ${timeoutMs} ms. ${hint}`, undefined, tryJoin)
  }
  if (answer.status !== 'ok') return { type: 'refused', response: answer.response }
  const pid = socket.channelPid(topic) as Pid // it entered the topic before it answered
  return { type: 'joined', channel: new TestChannel(socket, topic, ref, pid, answer.response) }
}

async function join(
  socket: TestSocket,
  topic: string,
  params?: unknown,
  options?: ChannelTestWait,
): Promise<TestChannel> {
  const outcome = await tryJoin(socket, topic, params, options)
  if (outcome.type === 'joined') return outcome.channel
  throw failure(`the client was not let into ${show(topic)}: ${show(outcome.response)}`, outcome.response, join)
}

async function subscribeAndJoin(
  socket: TestSocket,
  topic: string,
  params?: unknown,
  options?: ChannelTestWait,
): Promise<TestChannel> {
  checkSocket('subscribeAndJoin', socket)
  PubSub.subscribe(socket.pubsub, topic)
  return await join(socket, topic, params, options)
}

function leave(channel: TestChannel): string {
  return push(channel, LEAVE_EVENT, {})
}

async function close(channel: TestChannel, timeoutMs = 5000): Promise<void> {
  checkChannel('close', channel)
  const ref = monitor(channel.pid)
  const isOver = (message: unknown): boolean => isDown(message, ref)
  send(channel.pid, new CloseOrder())
  if ((await take(currentProcess(), isOver, timeoutMs)) !== undefined) return
  exit(channel.pid, 'kill')
  await assertReceive(isOver)
}

function disconnect(socket: TestSocket): void {
  checkSocket('disconnect', socket)
  socket.disconnect()
}

// ── Messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function push(channel: TestChannel, event: string, payload: unknown = {}): string {
  checkChannel('push', channel)
  if (typeof event !== 'string') throw new BadArgumentError('ChannelTest.push: event', 'a string', event)
  const ref = nextRef()
  channel.socket.send(channel.joinRef, ref, channel.topic, event, payload)
  return ref
}

function broadcastFrom(channel: TestChannel, event: string, payload: unknown): ReturnType<typeof PubSub.broadcastFrom> {
  checkChannel('broadcastFrom', channel)
  return broadcastToFrom(channel.socket.pubsub, self(), channel.topic, event, payload)
}

function checkSocket(where: string, socket: unknown): void {
  if (!(socket instanceof TestSocket))
    throw new BadArgumentError(`ChannelTest.${where}`, 'what ChannelTest.connect returned', socket)
}

function checkChannel(where: string, channel: unknown): void {
  if (!(channel instanceof TestChannel))
    throw new BadArgumentError(`ChannelTest.${where}`, 'what ChannelTest.join returned', channel)
}

// ── Assertions ───────────────────────────────────────────────────────────────────────────────────────────────────────

function assertPush(event: string, payload?: unknown, { to, ...wait }: PushedTo = {}): Promise<TestPush> {
  return assertReceive<TestPush>(pushed(event, payload, to), wait)
}

function refutePush(event: string, payload?: unknown, { to, ...wait }: PushedTo = {}): Promise<void> {
  return refuteReceive(pushed(event, payload, to), wait)
}

function pushed(event: string, payload: unknown, to: PushedTo['to']): unknown {
  const part = { type: 'push', event, ...given('payload', payload) }
  if (to === undefined) return part
  if (to instanceof TestSocket) return { ...part, socket: to }
  checkChannel('assertPush: to', to)
  return ofChannel({ ...part, socket: to.socket, topic: to.topic }, to.joinRef)
}

/** A broadcast says nothing of a join, anything else names the one that it belongs to: it may be an earlier one of the same topic. */
function ofChannel(part: object, joinRef: string): (message: unknown) => boolean {
  const isOf = (message: unknown): boolean =>
    isLike(part, message) && [joinRef, null].includes((message as TestPush).joinRef as string | null)
  return Object.assign(isOf, { toString: () => show({ ...part, joinRef }) })
}

function assertReply(
  ref: string,
  status: string | RegExp,
  response?: unknown,
  wait?: ChannelTestWait,
): Promise<TestReply> {
  return assertReceive<TestReply>({ type: 'reply', ref, status, ...given('response', response) }, wait)
}

function refuteReply(ref: string, status?: string | RegExp, response?: unknown, wait?: ChannelTestWait): Promise<void> {
  return refuteReceive({ type: 'reply', ref, ...given('status', status), ...given('response', response) }, wait)
}

function assertBroadcast(event: string, payload?: unknown, wait?: ChannelTestWait): Promise<Broadcast> {
  return assertReceive<Broadcast>({ type: 'broadcast', event, ...given('payload', payload) }, wait)
}

function refuteBroadcast(event: string, payload?: unknown, wait?: ChannelTestWait): Promise<void> {
  return refuteReceive({ type: 'broadcast', event, ...given('payload', payload) }, wait)
}

/** What is not said is not compared. */
function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value }
}

/**
 * Clients of channels, without an endpoint: what the server sends is a message of the test's process.
 *
 * ```ts
 * import { broadcast, Channel, ok, refuse, reply, Socket } from 'beamish/channel'
 * import { ChannelTest, withRuntime } from 'beamish/testing'
 *
 * const Room = Channel.define({
 *   join: (topic) => (topic === 'room:vault' ? refuse({ reason: 'unauthorized' }) : ok({ members: 1 })),
 *   handleIn: {
 *     shout: (payload, socket) => {
 *       broadcast(socket, 'shout', payload)
 *       return reply({ heard: true })
 *     },
 *   },
 * })
 * const UserSocket = Socket.define({
 *   connect: ({ token }) => (token === 'good' ? ok({ user: 'ann' }) : refuse()),
 *   channels: { 'room:*': Room },
 * })
 *
 * await withRuntime(async () => {
 *   const socket = await ChannelTest.connect(UserSocket, { token: 'good' })
 *   const room = await ChannelTest.subscribeAndJoin(socket, 'room:lobby')
 *   const ref = ChannelTest.push(room, 'shout', { text: 'hello' })
 *   await ChannelTest.assertReply(ref, 'ok', { heard: true })
 *   await ChannelTest.assertPush('shout', { text: 'hello' })
 *   await ChannelTest.assertBroadcast('shout', { text: 'hello' })
 *   const vault = await ChannelTest.tryJoin(socket, 'room:vault')
 *   if (vault.type === 'joined') throw new Error('everybody may enter the vault')
 * })
 * ```
 * It works in the body of `withRuntime`. The user socket and its channels are processes as ever, under the supervisor of the test;
 * only what lies between them and a client is left out. Frames are objects whose payloads have the form that clients see: a date
 * is a string, bytes are bytes. Parts are compared as `assertReceive` does, which finds these messages too:
 * `{ type: 'push', socket, topic, joinRef, event, payload }`, `{ type: 'reply', socket, topic, joinRef, ref, status, response }`,
 * `{ type: 'closed', socket, code }`.
 *
 * Waits are by the machine's clock: what a virtual clock brings must be brought by `clock.advance` in the meantime.
 *
 * Semantics: Phoenix.ChannelTest. Differs: the test is not linked to the channel, so a crash is `assertPush('phx_error')` and
 * does not take the test along. *When not to use it*: for origins, cookies, serializers and all else that an endpoint does.
 */
export const ChannelTest = {
  /**
   * Connects a client, by the user socket's `connect`.
   * @param params - what the client says in its query. Default `{}`.
   * @param options - `connectInfo`, and where the socket thinks it is: `pubsub`, `endpoint`, `transport`.
   * @throws {AssertionError} when it is not let in · `BEAMISH_NO_TEST` outside `withRuntime`.
   * Semantics: Phoenix.ChannelTest.connect/3.
   */
  connect,
  /** As `connect`, with every outcome: `connected` with the socket, or why not. */
  tryConnect,
  /**
   * A client that is connected as somebody: neither `connect` nor `id` of the user socket is asked.
   * @param options - `id` and `assigns`; otherwise as `connect`. Semantics: Phoenix.ChannelTest.socket/3.
   */
  socket,
  /**
   * Joins a topic. @throws {AssertionError} when the channel refuses it. Semantics: Phoenix.ChannelTest.join/3.
   */
  join,
  /** As `join`, with every outcome: `joined` with the channel, or `refused` with what the client is told. */
  tryJoin,
  /**
   * As `join`, and subscribes the test to the topic, for `assertBroadcast`.
   * Semantics: Phoenix.ChannelTest.subscribe_and_join/3.
   */
  subscribeAndJoin,
  /** Leaves a topic, as the client does. @returns the ref of the message, for `assertReply`. Semantics: Phoenix.ChannelTest.leave/1. */
  leave,
  /**
   * Ends a channel from the server's side, as intended: `terminate` runs with `shutdown(closed)`. It is dead when this returns.
   * @param timeoutMs - how long it may take; then it is killed. Default 5000. Semantics: Phoenix.ChannelTest.close/2.
   */
  close,
  /** The client goes away: its channels end with `shutdown(closed)`. */
  disconnect,
  /** Sends an event to a channel, as the client does. @returns the ref of the message. Semantics: Phoenix.ChannelTest.push/3. */
  push,
  /**
   * Broadcasts on the topic of a channel, to everybody but the test: the channel's client gets it, or its `handleOut`.
   * Semantics: Phoenix.ChannelTest.broadcast_from/3.
   */
  broadcastFrom,
  /**
   * Takes a push or broadcast that came to a client, waiting for it if need be.
   * @param payload - a part of it. Default: anything. @throws {AssertionError} when none came.
   * Semantics: Phoenix.ChannelTest.assert_push/3.
   */
  assertPush,
  /** Fails when such a push has come, or comes within `timeoutMs`. Semantics: Phoenix.ChannelTest.refute_push/3. */
  refutePush,
  /**
   * Takes the answer to a message. @param response - a part of it. Default: anything.
   * @throws {AssertionError} when none came. Semantics: Phoenix.ChannelTest.assert_reply/4.
   */
  assertReply,
  /** Fails when such an answer has come, or comes within `timeoutMs`. Semantics: Phoenix.ChannelTest.refute_reply/4. */
  refuteReply,
  /**
   * Takes a broadcast that came to the test itself, which subscribed to its topic.
   * @throws {AssertionError} when none came. Semantics: Phoenix.ChannelTest.assert_broadcast/3.
   */
  assertBroadcast,
  /** Fails when such a broadcast has come, or comes within `timeoutMs`. Semantics: Phoenix.ChannelTest.refute_broadcast/3. */
  refuteBroadcast,
} as const
