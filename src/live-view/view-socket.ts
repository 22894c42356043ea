import type { AnyAssigns } from '../channel/socket.ts'
import type { Pid } from '../core/pid.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { ConnectInfo, Params } from '../socket/transport.ts'
import type { KeyBase } from '../token/key-base.ts'
import { AsyncTasks } from './async-tasks.ts'
import type { LiveRoute } from './live-route.ts'
import type { Site } from './site.ts'
import { type BuiltInAssigns, type FlashMessages, LiveState } from './state.ts'
import type { AnyView } from './view-registry.ts'
import type { Visit } from './visit.ts'

/** What every live view has among its assigns beside its own. */
export interface LiveAssigns extends BuiltInAssigns {
  /** The action of its route, or `null`. */
  readonly liveAction: string | null
  /** The title of the page: assign it, and the page follows. */
  readonly pageTitle?: string
}

/** What a view knows of the client that it is connected to. */
export interface LiveConnection {
  /** What the client's LiveSocket was given as `params`, with those that it adds itself. */
  readonly params: Params
  readonly info: ConnectInfo
  readonly transportPid: Pid
  /** The view's own. */
  readonly process: LocalProcess
  /** The process of the view around this one; `undefined` for a root. */
  readonly parentPid: Pid | undefined
  /** The process of the root view; for a root its own. */
  readonly rootPid: Pid
}

/** What a socket is made for. */
export interface ViewSocketOptions {
  readonly id: string
  readonly view: AnyView
  readonly site: Site
  /** Scheme, host and port of the page: `http://localhost:4000`. */
  readonly origin: string
  /** The route that leads to it; `undefined` for a view that stands in another page. */
  readonly route: LiveRoute | undefined
  /** Whether it belongs to the view around it. Default false. */
  readonly isChild?: boolean
  readonly flash: FlashMessages
  /** `undefined` while the page is made over HTTP. */
  readonly connection: LiveConnection | undefined
  /** What `assignNew` finds before it makes anything: of the request, or of the view around this one. */
  readonly shared: Readonly<Record<string, unknown>>
  /** What is known of the client. */
  readonly visit: Visit
}

/**
 * The socket that the callbacks of a live view get: one page.
 *
 * It belongs to the view's process, whose callbacks change it and return nothing of it. While a page is made over HTTP there is
 * no process of its own, and `connected` is false.
 * Semantics: Phoenix.LiveView.Socket. Differs: mutable, because its process is the only one that has it.
 */
export class LiveViewSocket<Assigns extends object = AnyAssigns> extends LiveState<Assigns & LiveAssigns> {
  /** The id of the element that it lives in. */
  readonly id: string
  /** For the functions of this room. */
  readonly view: AnyView
  /** For the functions of this room. */
  readonly site: Site
  /** Scheme, host and port of the page: `http://localhost:4000`. */
  readonly origin: string
  /** For the functions of this room. */
  readonly connection: LiveConnection | undefined
  /** Whether it belongs to the view around it: it has no address, and nothing of the client's connection is told to it. */
  readonly isChild: boolean
  /** For the functions of this room: the route, which changes with patches. */
  route: LiveRoute | undefined
  readonly tasks: AsyncTasks | undefined
  /** For the functions of this room: there while the view is mounted. */
  visit: Visit | undefined

  constructor(options: ViewSocketOptions) {
    const { route, flash } = options
    const assigns: unknown = { flash, uploads: {}, liveAction: route?.action ?? null }
    super(assigns as Assigns & LiveAssigns, options.shared) // sound when mount fills it
    this.id = options.id
    this.view = options.view
    this.site = options.site
    this.origin = options.origin
    this.route = route
    this.isChild = options.isChild ?? false
    this.connection = options.connection
    this.newFlash = { ...flash } // what it comes with goes along when its mount goes elsewhere
    this.visit = options.visit
    this.tasks = options.connection && new AsyncTasks(options.connection.process)
  }

  /** Whether a client is connected. */
  get connected(): boolean {
    return this.connection !== undefined
  }

  /** The process of the connection; `undefined` while the page is made over HTTP. */
  get transportPid(): Pid | undefined {
    return this.connection?.transportPid
  }

  /** The process of the view around this one; `undefined` for a root, and while the page is made over HTTP. */
  get parentPid(): Pid | undefined {
    return this.connection?.parentPid
  }

  /** The process of the root view, for a root its own; `undefined` while the page is made over HTTP. */
  get rootPid(): Pid | undefined {
    return this.connection?.rootPid
  }

  /** Makes a socket a context for `Token.sign(socket, …)`. */
  secretKeyBase(): KeyBase | undefined {
    const { secretKeyBase } = this.site
    return typeof secretKeyBase === 'function' ? secretKeyBase() : secretKeyBase
  }

  /** The name of the endpoint. */
  get endpoint(): string {
    return this.site.endpoint
  }

  /** The name of the endpoint's PubSub; `undefined` while the page is made over HTTP. */
  get pubsub(): string | undefined {
    return this.site.pubsub
  }
}
