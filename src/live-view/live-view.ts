import { placeOfDefinition } from '../behaviours/module-name.ts'
import { Callback, callback } from '../behaviours/server.ts'
import { type ChannelClient, channelClient } from '../channel/calls.ts'
import type { AnyAssigns } from '../channel/socket.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import type { LivePlace } from '../http/live-place.ts'
import type { Page } from '../http/plug.ts'
import { checkLevel, type LogRule } from '../reports/logger.ts'
import type { Params } from '../socket/transport.ts'
import type { AsyncOutcome } from './async-task.ts'
import type { ViewCallHandlers, ViewCastHandlers } from './calls.ts'
import { checkHandlers, handlerTable } from './handler-table.ts'
import type { Container, LiveLayout } from './layout.ts'
import type { LiveResult, NothingResult } from './live-result.ts'
import { LiveRoute } from './live-route.ts'
import type { Mounted } from './result.ts'
import type { Rendered } from './template/html.ts'
import { registerView } from './view-registry.ts'
import type { LiveAssigns, LiveViewSocket } from './view-socket.ts'

type Awaitable<T> = T | PromiseLike<T>

/** The session of the request, and what the live session adds. */
// biome-ignore lint/suspicious/noExplicitAny: an app knows what it keeps there
export type SessionValues = Readonly<Record<string, any>>

/** The parameters of path and query: strings, and maps and lists of them. */
// biome-ignore lint/suspicious/noExplicitAny: a client may send any params; Params says how they can be shaped
export type ViewParams = Params & { readonly [name: string]: any }

/**
 * What runs before `mount`, for one view or for all of a live session: `cont()` goes on, `halt()` after a redirect does not.
 * Semantics: Phoenix.LiveView.on_mount/1.
 */
export type OnMount = (
  params: ViewParams,
  session: SessionValues,
  // biome-ignore lint/suspicious/noExplicitAny: a hook knows of the views that it is for what they have in common
  socket: LiveViewSocket<any>,
) => Awaitable<Mounted>

/** The callbacks of a live view. Each but `render` may be async: until its promise settles, the view handles nothing else. */
// biome-ignore lint/complexity/noBannedTypes: no handlers at all is `{}`, an object without names
export interface LiveViewCallbacks<Assigns extends object, Calls = {}, Casts = {}> {
  /**
   * What reports call it. Pages that are open name their view by it when they connect again, also after a deploy: of two views of
   * one name the one that was defined last is meant. Default: file and line of `define`.
   */
  readonly module?: string
  /** The element that it lives in. Default `['div', {}]`. */
  readonly container?: Container
  /**
   * At which level `WebLogger` tells of its mounts, addresses and events; `false`: not at all. Default `'debug'`.
   */
  readonly log?: LogRule
  /** Markup around it, inside that element, unless its live session has one. */
  readonly layout?: LiveLayout | false
  /**
   * Whether the view waits for its tasks, at most 5 seconds, when it ends as intended: the page leaves it, it goes elsewhere, or it is
   * shut down. Default false: its end is theirs.
   */
  readonly awaitsTasks?: boolean
  /** What runs before `mount`, in order, after that of the live session. */
  readonly onMount?: readonly OnMount[]
  /**
   * A page is made: once over HTTP (`socket.connected` is false), and again when its client has connected. Returns nothing, or
   * `mounted({ layout, temporaryAssigns })`.
   */
  readonly mount?: (
    params: ViewParams,
    session: SessionValues,
    socket: LiveViewSocket<Assigns>,
  ) => Awaitable<Mounted | LiveViewSocket<Assigns> | undefined | void>
  /** After `mount`, and each time that the address changes without a new page. `uri`: the whole address. For views with a route. */
  readonly handleParams?: (
    params: ViewParams,
    uri: string,
    socket: LiveViewSocket<Assigns>,
  ) => Awaitable<NothingResult<Assigns>>
  /**
   * The events of the page, by name: `(value, socket) => …`. Returns nothing, `reply(object)` for a hook that waits for it, or
   * `stop(reason)`. An event that is not here crashes the view.
   */
  readonly handleEvent?: {
    // biome-ignore lint/suspicious/noExplicitAny: a client may send anything
    readonly [event: string]: (value: any, socket: LiveViewSocket<Assigns>) => Awaitable<LiveResult<Assigns>>
  }
  /**
   * What becomes of the tasks of `startAsync`, by their names: `(result, socket, name) => …`. The result is `{ type: 'ok', value }`
   * or `{ type: 'exit', reason }`; of a name that is a list the first item is looked for here. Returns nothing. A task that is not
   * here crashes the view when it is over.
   */
  readonly handleAsync?: {
    readonly [name: string]: (
      // biome-ignore lint/suspicious/noExplicitAny: a view knows what its tasks give
      result: AsyncOutcome<any>,
      socket: LiveViewSocket<Assigns>,
      // biome-ignore lint/suspicious/noExplicitAny: and what it called them
      name: any,
    ) => Awaitable<NothingResult<Assigns>>
  }
  /** Calls of other processes, by name. Returns `reply(value)`, `noReply()` (answered later) or `stop(reason, reply(value))`. */
  readonly handleCall?: Calls & ViewCallHandlers<Assigns>
  /** Casts of other processes, by name. */
  readonly handleCast?: Casts & ViewCastHandlers<Assigns>
  /** Every other message of the process: timers, broadcasts, what other processes send. Without it they are reported and dropped. */
  // biome-ignore lint/suspicious/noExplicitAny: a view knows what it is sent
  readonly handleInfo?: (message: any, socket: LiveViewSocket<Assigns>) => Awaitable<LiveResult<Assigns>>
  /** Last words: after a leave (`shutdown(left)`), a stop, a failure, and when the connection is over (`shutdown(closed)`). */
  readonly terminate?: (reason: ExitReason, socket: LiveViewSocket<Assigns>) => unknown
  /** What is shown. Pure: it is called whenever something was assigned. */
  readonly render: (assigns: Readonly<Assigns & LiveAssigns>) => Rendered
}

/** The callbacks of a live view, made ready for its process and for pages over HTTP. */
export interface PreparedView {
  readonly container: Container | undefined
  readonly layout: LiveLayout | false | undefined
  readonly log: LogRule
  readonly onMount: readonly Callback[]
  readonly mount: Callback | undefined
  readonly handleParams: Callback | undefined
  readonly handleEvent: ReadonlyMap<string, Callback>
  readonly handleAsync: ReadonlyMap<string, Callback>
  readonly awaitsTasks: boolean
  readonly handleCall: ReadonlyMap<string, Callback>
  readonly handleCast: ReadonlyMap<string, Callback>
  readonly handleInfo: Callback | undefined
  readonly terminate: Callback | undefined
  // biome-ignore lint/suspicious/noExplicitAny: each view is rendered with its own assigns
  readonly render: (assigns: any) => unknown
}

/** A defined live view: give it to a route, `route.live('/', LobbyLive)`. Other processes call it through this. */
// biome-ignore lint/complexity/noBannedTypes: as above
export interface LiveViewModule<Calls = {}, Casts = {}> extends ChannelClient<Calls, Casts> {
  readonly moduleName: string
  /** For the room of live views. */
  readonly prepared: PreparedView
  /** For routers. */
  livePage(place: LivePlace): Page
}

const CALLBACKS: readonly string[] = [
  'module',
  'container',
  'layout',
  'log',
  'onMount',
  'mount',
  'handleParams',
  'awaitsTasks',
  'handleEvent',
  'handleAsync',
  'handleCall',
  'handleCast',
  'handleInfo',
  'terminate',
  'render',
] satisfies (keyof LiveViewCallbacks<object>)[]

/**
 * Defines a live view: a page that is rendered on the server and stays alive in the browser.
 *
 * Over HTTP it is mounted, rendered and forgotten. When the page's client has connected, a process of its own mounts it again, and
 * from then on events and messages change its assigns, and what changed of the page follows. A crash ends that process alone: the
 * client joins again, and it is mounted anew.
 * @typeParam Assigns - what it keeps in `socket.assigns`. To have calls typed as well, say it at a parameter instead:
 * `mount: (params, session, socket: LiveViewSocket<Counter>) => …`.
 * @throws {BadArgumentError} for a missing `render`, an unknown callback, or one of the wrong kind.
 *
 * Semantics: Phoenix.LiveView. *When not to use it*: for a page that needs no server once it is there.
 */
// biome-ignore lint/complexity/noBannedTypes: as above
function define<Assigns extends object = AnyAssigns, Calls = {}, Casts = {}>(
  callbacks: LiveViewCallbacks<Assigns, Calls, Casts>,
): LiveViewModule<Calls, Casts> {
  checkCallbacks(callbacks as unknown as Readonly<Record<string, unknown>>)
  const moduleName = callbacks.module ?? placeOfDefinition(1)
  const module: LiveViewModule<Calls, Casts> = {
    moduleName,
    prepared: prepare(callbacks),
    livePage: (place) => new LiveRoute(module, place),
    ...channelClient<Calls, Casts>(),
  }
  registerView(module)
  return module
}

function prepare<Assigns extends object, Calls, Casts>(
  callbacks: LiveViewCallbacks<Assigns, Calls, Casts>,
): PreparedView {
  return {
    container: callbacks.container,
    layout: callbacks.layout,
    log: callbacks.log ?? 'debug',
    onMount: (callbacks.onMount ?? []).map((hook) => new Callback(hook)),
    mount: callback(callbacks.mount),
    handleParams: callback(callbacks.handleParams),
    handleEvent: handlerTable(callbacks.handleEvent),
    handleAsync: handlerTable(callbacks.handleAsync),
    awaitsTasks: callbacks.awaitsTasks ?? false,
    handleCall: handlerTable(callbacks.handleCall),
    handleCast: handlerTable(callbacks.handleCast),
    handleInfo: callback(callbacks.handleInfo),
    terminate: callback(callbacks.terminate),
    render: callbacks.render,
  }
}

function checkCallbacks(callbacks: Readonly<Record<string, unknown>>): void {
  checkKeys('LiveView.define', callbacks, CALLBACKS, 'callbacks')
  for (const key of ['mount', 'handleParams', 'handleInfo', 'terminate', 'render']) {
    const value = callbacks[key]
    if (typeof value === 'function' || (value === undefined && key !== 'render')) continue
    throw new BadArgumentError(`LiveView.define: ${key}`, 'a function', value)
  }
  for (const key of ['handleEvent', 'handleAsync', 'handleCall', 'handleCast'])
    checkHandlers(`LiveView.define: ${key}`, callbacks[key])
  checkOthers(callbacks)
}

function checkOthers(callbacks: Readonly<Record<string, unknown>>): void {
  const { module, layout, log = false, onMount = [], container, awaitsTasks = false } = callbacks
  if (log !== false) checkLevel('LiveView.define: log', log)
  if (typeof awaitsTasks !== 'boolean')
    throw new BadArgumentError('LiveView.define: awaitsTasks', 'true or false', awaitsTasks)
  if (module !== undefined && (typeof module !== 'string' || module === ''))
    throw new BadArgumentError('LiveView.define: module', 'a string', module)
  if (layout !== undefined && layout !== false && typeof layout !== 'function')
    throw new BadArgumentError('LiveView.define: layout', 'a function of the assigns, or false', layout)
  checkHooks('LiveView.define: onMount', onMount)
  checkContainer('LiveView.define: container', container)
}

/** @throws {BadArgumentError} unless it is a list of functions. */
export function checkHooks(where: string, hooks: unknown): void {
  const isRight = Array.isArray(hooks) && hooks.every((hook) => typeof hook === 'function')
  if (!isRight)
    throw new BadArgumentError(where, 'a list of functions (params, session, socket) => cont() | halt()', hooks)
}

/** @throws {BadArgumentError} unless it is a tag with attributes. */
export function checkContainer(where: string, container: unknown): void {
  if (container === undefined) return
  const [tag, attributes, ...more] = Array.isArray(container) ? (container as readonly unknown[]) : []
  const isTag = typeof tag === 'string' && /^[a-z][\w.-]*$/i.test(tag)
  const isRight = isTag && typeof attributes === 'object' && attributes !== null && more.length === 0
  if (!isRight) throw new BadArgumentError(where, "a tag and its attributes: ['section', { class: 'wide' }]", container)
}

/** Live views. Semantics: Phoenix.LiveView. */
export const LiveView = { define } as const
