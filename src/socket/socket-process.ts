import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import type { Callback } from '../behaviours/server.ts'
import { isBroadcast } from '../channel/broadcast.ts'
import type { Connection } from '../channel/connection.ts'
import { badReturn } from '../channel/errors.ts'
import { Incoming, type Membership, MembershipNotice, specOf, type Transport } from '../channel/joinable.ts'
import { Ok, Refused } from '../channel/result.ts'
import { Assignable } from '../channel/socket.ts'
import { reasonOfThrown, shutdown } from '../core/reason.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { exit } from '../runtime/signals.ts'
import { Timer } from '../runtime/timers.ts'
import type { KeyBase } from '../token/key-base.ts'
import type { Message, Reply } from '../wire/message.ts'
import type { Frame, Serializer } from '../wire/serializer.ts'
import { DISCONNECTED } from './close-code.ts'
import { ConnectionCode, type KnownClient, type SocketContext, type SocketStart } from './connection-process.ts'
import type { Marker } from './inbox.ts'
import type { TopicRoute, TopicTable } from './topic-table.ts'
import { Topics, type TopicsHost } from './topics.ts'
import type { ConnectRequest } from './transport.ts'

/** The callbacks of a user socket, made ready. */
export interface PreparedSocket {
  readonly moduleName: string
  readonly routes: TopicTable
  readonly connect: Callback | undefined
  readonly id: Callback | undefined
}

class Overdue {
  readonly membership: Membership

  constructor(membership: Membership) {
    this.membership = membership
  }
}

/** What `connect` gets: the socket before it is connected. */
export class ConnectingSocket<Assigns extends object> extends Assignable<Assigns> {
  readonly transport: string
  readonly endpoint: string
  /** Makes a socket a context for `Token.verify(socket, …)`: the secret of its endpoint. */
  readonly secretKeyBase: () => KeyBase | undefined

  constructor(transport: string, { endpoint, secretKeyBase }: Pick<SocketContext, 'endpoint' | 'secretKeyBase'>) {
    super({} as Assigns) // sound when `connect` fills it, as its type says
    this.transport = transport
    this.endpoint = endpoint
    this.secretKeyBase = secretKeyBase
  }
}

/** How long a channel may take to make room for the join that replaces it. Semantics: channels.md §7.4. */
const REPLACE_PATIENCE_MS = 5000

/**
 * The process of one client's connection: it decides whether the client may connect, then routes its messages to channels.
 * Semantics: Phoenix.Socket with its transport; channels.md §2, §3, §7.
 */
export class SocketCode extends ConnectionCode implements TopicsHost {
  private readonly module: PreparedSocket
  private readonly serializer: Serializer
  private readonly known: KnownClient | undefined
  private socket: ConnectingSocket<object> | undefined
  private id: string | null = null
  private transport: Transport | undefined = undefined
  private topics: Topics | undefined = undefined

  constructor(module: PreparedSocket, start: SocketStart) {
    super(start)
    this.module = module
    this.serializer = start.request.serializer as Serializer // the handshake for a user socket ends with one
    this.known = start.known
  }

  get moduleName(): string {
    return this.module.moduleName
  }

  getState(): unknown {
    return { id: this.id, assigns: this.socket?.assigns, channels: this.topics?.size ?? 0 }
  }

  // ── Connect ──

  protected connect({ transport, params, info }: ConnectRequest): void {
    const { known } = this
    const { connect } = this.module
    this.socket = new ConnectingSocket(transport, this.context)
    if (known !== undefined) {
      this.socket.assign(known.assigns)
      this.identified(known.id)
      return
    }
    const result = connect === undefined ? new Ok(undefined) : this.invoke(connect, params, this.socket, info)
    this.whenDone(result, (value) => this.connectReturned(value))
  }

  private connectReturned(result: unknown): void {
    if (result instanceof Refused) this.turnAway({ type: 'refused', reason: result.reason }, 'normal')
    else if (result instanceof Ok) this.identify(result)
    else this.misuse(result)
  }

  private identify(result: Ok): void {
    const { socket } = this
    if (result.value !== undefined) socket?.assign(result.value as object)
    const id = this.module.id === undefined ? null : this.invoke(this.module.id, socket)
    if (typeof id === 'string' || id === null) this.identified(id)
    else this.misnamed(id)
  }

  /** Only a warning: it is this client's alone, and a matter of what it sent. */
  private misnamed(id: unknown): void {
    const { context, moduleName, process } = this
    process.runtime.report({
      type: 'connectionRefused',
      level: 'warning',
      endpoint: context.endpoint,
      path: `${moduleName}.id`,
      transport: this.socket?.transport ?? '',
      why: 'id',
      problem: badReturn(moduleName, 'id', 'a string | null', id).message,
      remedy: 'Return a name for all connections of one user, or null for a client that nobody has to disconnect.',
    })
    this.turnAway({ type: 'invalid' }, 'normal')
  }

  private identified(id: string | null): void {
    const { pubsub } = this.context
    this.id = id
    // Subscribed before the client knows that it is connected: no forced disconnect is missed.
    if (id !== null && pubsub !== undefined) PubSub.subscribe(pubsub, id)
    this.letIn()
  }

  protected opened(request: ConnectRequest, connection: Connection): void {
    const { maxChannels } = this.context
    const transport = this.transportOf(request, connection)
    const assigns = this.socket?.assigns ?? {}
    this.transport = transport
    this.topics = new Topics(this, { transport, routes: this.module.routes, assigns, maxChannels })
  }

  private transportOf({ transport: name }: ConnectRequest, connection: Connection): Transport {
    const { serializer, id } = this
    const { endpoint, pubsub, fastlane, secretKeyBase, router, staticFiles } = this.context
    return {
      pid: this.process.pid,
      name,
      connection,
      serializer,
      id,
      endpoint,
      pubsub,
      fastlane,
      secretKeyBase,
      router,
      staticFiles,
    }
  }

  private misuse(result: unknown): void {
    const error = badReturn(this.moduleName, 'connect', 'ok(assigns) | refuse(reason)', result)
    this.turnAway({ type: 'invalid' }, reasonOfThrown(error))
  }

  // ── One message ──

  protected decode(frame: Frame): Incoming {
    return new Incoming(this.serializer.decode(frame))
  }

  protected handle(message: unknown): void {
    this.lastMessage = message
    if (message instanceof Incoming) this.topics?.handle(message)
    else if (message instanceof MembershipNotice) this.topics?.notice(message)
    else if (message instanceof Overdue) this.killReplaced(message.membership)
    else if (!this.handleConnection(message)) this.handleOther(message)
  }

  protected mark({ done }: Marker): void {
    this.topics?.whenSettled(done)
  }

  /** Its own topic is that of its id: only `disconnect` means something there. */
  private handleOther(message: unknown): void {
    if (!isBroadcast(message) || message.topic !== this.id) return
    if (message.event === 'disconnect') this.terminate(shutdown(DISCONNECTED))
  }

  // ── What the topics need ──

  send(message: Message | Reply): void {
    const { transport } = this
    if (transport?.connection.isOpen) transport.connection.send(transport.serializer.encode(message))
  }

  startChannel(membership: Membership, route: TopicRoute): void {
    const { process } = this
    // Not waited for: heartbeats and other topics must not wait behind a start. The channel itself says how its join came out.
    const failed = () => process.deliver(new MembershipNotice(membership, 'ended'))
    DynamicSupervisor.startChild(this.context.channels, specOf(route.channel, membership)).then((outcome) => {
      const channel = outcome.type === 'started' ? outcome.pid.receiver : undefined
      if (channel === undefined) failed()
      else membership.begin(channel as LocalProcess) // sound: children of a local supervisor are of this thread
    }, failed)
  }

  unmatched(topic: string | null): void {
    const { process, moduleName } = this
    const { patterns } = this.module.routes
    process.runtime.report({
      type: 'unmatchedTopic',
      level: 'warning',
      module: moduleName,
      pid: process.pid,
      topic,
      patterns,
    })
  }

  endReplaced(membership: Membership): void {
    const { process } = this
    if (membership.pid !== undefined) exit(membership.pid, shutdown('duplicate_join'))
    process.runtime.timers.start(new Timer(() => process.deliver(new Overdue(membership))), REPLACE_PATIENCE_MS)
  }

  private killReplaced({ pid }: Membership): void {
    if (pid !== undefined) exit(pid, 'kill')
  }
}
