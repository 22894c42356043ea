import { placeOfDefinition } from '../behaviours/module-name.ts'
import { type Callback, callback } from '../behaviours/server.ts'
import type { AnyAssigns } from '../channel/socket.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { AsyncOutcome } from './async-task.ts'
import type { AsyncTasks } from './async-tasks.ts'
import { checkHandlers, handlerTable } from './handler-table.ts'
import { type ComponentAssigns, LiveState } from './state.ts'
import type { Rendered } from './template/html.ts'
import { ComponentUse } from './template/nodes.ts'
import { TextValue } from './template/values.ts'

type Awaitable<T> = T | PromiseLike<T>

/** A component as its view knows it: prints as its number, for `phx-target`. */
export class Cid extends TextValue {
  readonly number: number

  constructor(number: number) {
    super()
    this.number = number
  }

  override toText(): string {
    return String(this.number)
  }
}

/** What a component knows of the view that it stands in. */
export interface ViewOfComponents {
  /** Whether a client is connected; false while a page is rendered over HTTP. */
  readonly connected: boolean
  /** For the functions of this room. */
  readonly tasks?: AsyncTasks | undefined
}

/**
 * The socket of a live component: what it keeps from one render to the next.
 * Semantics: Phoenix.LiveView.Socket of a LiveComponent.
 */
export class ComponentSocket<Assigns extends object = AnyAssigns> extends LiveState<Assigns & ComponentAssigns> {
  readonly cid: Cid
  readonly view: ViewOfComponents

  constructor(cid: number, view: ViewOfComponents) {
    const myself = new Cid(cid)
    super({ flash: {}, uploads: {}, myself } as unknown as Assigns & ComponentAssigns) // sound when mount and update fill it
    this.cid = myself
    this.view = view
  }

  /** Whether a client is connected; false while a page is rendered over HTTP. */
  get connected(): boolean {
    return this.view.connected
  }

  get tasks(): AsyncTasks | undefined {
    return this.view.tasks
  }
}

/** The callbacks of a live component. All but `render` may be async: its view handles nothing else meanwhile. */
export interface ComponentCallbacks<Assigns extends object, Props extends object> {
  /** What reports call it. Default: file and line of `define`. */
  readonly module?: string
  /** It is used for the first time. */
  readonly mount?: (socket: ComponentSocket<Assigns>) => Awaitable<unknown>
  /**
   * It is used with these assigns, for the first time or with others than the last time. Default: all of them are assigned. Used again
   * with the same ones (`Object.is`, one by one) it is left alone, with what events, {@link sendUpdate} and tasks made of it.
   */
  readonly update?: (assigns: Props & ComponentId, socket: ComponentSocket<Assigns>) => Awaitable<unknown>
  /**
   * In the place of `update`: all that one round of a render uses of this component, when `update` would be called, at once. For what is cheaper to load together.
   */
  readonly updateMany?: (
    uses: readonly (readonly [assigns: Props & ComponentId, socket: ComponentSocket<Assigns>])[],
  ) => Awaitable<unknown>
  /** Events whose `phx-target` is this component, by name. */
  readonly handleEvent?: {
    // biome-ignore lint/suspicious/noExplicitAny: a client may send anything
    readonly [event: string]: (value: any, socket: ComponentSocket<Assigns>) => Awaitable<unknown>
  }
  /** What becomes of its tasks, by their names: as `handleAsync` of a live view. */
  readonly handleAsync?: {
    readonly [name: string]: (
      // biome-ignore lint/suspicious/noExplicitAny: a component knows what its tasks give
      result: AsyncOutcome<any>,
      socket: ComponentSocket<Assigns>,
      // biome-ignore lint/suspicious/noExplicitAny: and what it called them
      name: any,
    ) => Awaitable<unknown>
  }
  /** What it shows: one element, with everything in it. Pure. */
  readonly render: (assigns: Readonly<Assigns & ComponentAssigns>) => Rendered
}

/** Says which component of a module it is: unique among those of the module in one view. */
export interface ComponentId {
  readonly id: unknown
}

/** The callbacks of a live component, made ready. */
export interface PreparedComponent {
  readonly mount: Callback | undefined
  readonly update: Callback | undefined
  readonly updateMany: Callback | undefined
  readonly handleEvent: ReadonlyMap<string, Callback>
  readonly handleAsync: ReadonlyMap<string, Callback>
  // biome-ignore lint/suspicious/noExplicitAny: each component is rendered with its own assigns
  readonly render: (assigns: any) => unknown
}

/** A defined live component. */
// biome-ignore lint/suspicious/noExplicitAny: a component of any kind
export interface ComponentModule<Props extends object = any> {
  readonly moduleName: string
  /** For the views that it is used in. */
  readonly prepared: PreparedComponent
  /**
   * The component where a template uses it: `${Row.use({ id: row.id, row })}`. Its identity in a view is its `id`, wherever it stands.
   * @throws {BadArgumentError} without an id.
   */
  use(assigns: Props & ComponentId): ComponentUse
}

const CALLBACKS: readonly string[] = [
  'module',
  'mount',
  'update',
  'updateMany',
  'handleEvent',
  'handleAsync',
  'render',
] satisfies (keyof ComponentCallbacks<object, object>)[]

/**
 * Defines a live component: a part of a live view with a state and events of its own, in the view's process.
 * @typeParam Assigns - what it keeps in `socket.assigns`.
 * @typeParam Props - what it is used with, beside its id.
 * @throws {BadArgumentError} for a missing `render`, an unknown callback, or one that is no function.
 *
 * Semantics: Phoenix.LiveComponent. *When not to use it*: for markup without a state write a function that returns `html`.
 */
function define<Assigns extends object = AnyAssigns, Props extends object = Partial<Assigns>>(
  callbacks: ComponentCallbacks<Assigns, Props>,
): ComponentModule<Props> {
  check(callbacks as unknown as Readonly<Record<string, unknown>>)
  const moduleName = callbacks.module ?? placeOfDefinition(1)
  const module: ComponentModule<Props> = {
    moduleName,
    prepared: prepare(callbacks),
    use: (assigns) => {
      if (assigns?.id !== undefined && assigns.id !== null) return new ComponentUse(module, assigns.id, { ...assigns })
      throw new BadArgumentError(`${moduleName}.use`, 'assigns with an id', assigns)
    },
  }
  return module
}

function prepare<Assigns extends object, Props extends object>(
  callbacks: ComponentCallbacks<Assigns, Props>,
): PreparedComponent {
  return {
    mount: callback(callbacks.mount),
    update: callback(callbacks.update),
    updateMany: callback(callbacks.updateMany),
    handleEvent: handlerTable(callbacks.handleEvent),
    handleAsync: handlerTable(callbacks.handleAsync),
    render: callbacks.render,
  }
}

function check(callbacks: Readonly<Record<string, unknown>>): void {
  checkKeys('LiveComponent.define', callbacks, CALLBACKS, 'callbacks')
  for (const key of ['mount', 'update', 'updateMany', 'render']) {
    const value = callbacks[key]
    if (typeof value === 'function' || (value === undefined && key !== 'render')) continue
    throw new BadArgumentError(`LiveComponent.define: ${key}`, 'a function', value)
  }
  for (const key of ['handleEvent', 'handleAsync']) checkHandlers(`LiveComponent.define: ${key}`, callbacks[key])
}

/** Live components. Semantics: Phoenix.LiveComponent. */
export const LiveComponent = { define } as const
