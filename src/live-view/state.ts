import { Assignable, type AssignsUpdate, partOf } from '../channel/socket.ts'
import type { AsyncTasks } from './async-tasks.ts'
import { HookTable } from './hook-table.ts'
import type { Redirect } from './navigation.ts'
import type { StreamTable } from './stream-table.ts'
import { Unchanged } from './template/unchanged.ts'
import type { TextValue } from './template/values.ts'
import type { UploadConfig } from './upload/upload-config.ts'
import type { UploadHandle } from './upload/upload-handle.ts'

/** An event for the page: `[name, payload]`, with `true` when it is dispatched before the patch. */
export type PageEvent = readonly [name: string, payload: object] | readonly [name: string, payload: object, early: true]

/** Messages for the person at the page, by kind: any JSON values. */
export type FlashMessages = Readonly<Record<string, unknown>>

/** What every live view and live component has among its assigns beside its own. */
export interface BuiltInAssigns {
  /** Messages for the person at the page, by kind. Semantics: liveview.md §10. */
  readonly flash: FlashMessages
  /** What `allowUpload` allows, by name: say `uploads: Uploads<'avatar'>` among your own assigns. Semantics: liveview.md §17. */
  readonly uploads: Readonly<Record<string, UploadConfig>>
}

/** What a component has among its assigns beside that. */
export interface ComponentAssigns extends BuiltInAssigns {
  readonly id: unknown
  /** Says which component an event is for: `phx-target=${myself}`. */
  readonly myself: TextValue
}

/** Before the first one: a template that looks for a stream that is not there finds `undefined`. */
const NO_STREAMS = Object.freeze({})

/**
 * What a live view and a live component keep: assigns that know whether they changed, and what is to be told to the page with the
 * next render.
 */
export abstract class LiveState<Assigns extends object> extends Assignable<Assigns> {
  /** The names of what was assigned since the last render and is not what it was. */
  readonly changed: Set<string> = new Set()
  /** For the page, with the next message. */
  pageEvents: PageEvent[] = []
  /** The tasks of the view, and of this component in it; `undefined` while the page is made over HTTP. For the functions of this room. */
  abstract readonly tasks: AsyncTasks | undefined
  /** Where the present callback wants to go. */
  redirect: Redirect | undefined = undefined
  /**
   * What was put into the flash since the present message came in: this, and nothing older, travels with a redirect. While a view is
   * mounted, also what it came with.
   */
  newFlash: Record<string, unknown> = {}
  /** Hooks by stage. For the functions of this room. */
  readonly hooks: HookTable = new HookTable()
  /** Who has the bytes of its uploads, by the uuid of their entries. For the functions of `upload/`. */
  uploadHandles: Map<string, UploadHandle> | undefined = undefined
  /** What {@link putPrivate} keeps. */
  readonly private: Map<string, unknown> = new Map()
  /** For the functions of this room; `undefined` while there is no stream. */
  streamTable: StreamTable | undefined = undefined
  /** What shows it in the place of its module's `render`. For the functions of this room. */
  // biome-ignore lint/suspicious/noExplicitAny: a function of these assigns
  renderFunction: ((assigns: any) => unknown) | undefined = undefined
  /** What some assigns are set to after each render, so that what they held is freed. */
  private temporaries: Readonly<Record<string, unknown>> = {}
  /** What {@link assignNew} was asked for. For the token of a page. */
  readonly newKeys: Set<string> = new Set()
  private shared: Readonly<Record<string, unknown>>

  /** @param shared - what {@link assignNew} finds before it makes anything. */
  constructor(assigns: Assigns, shared: Readonly<Record<string, unknown>> = {}) {
    super({ streams: NO_STREAMS, ...assigns })
    this.shared = shared
  }

  /**
   * Merges values into the assigns: `assign('user', user)`, `assign({ user })`, `assign(({ count }) => ({ count: count + 1 }))`.
   * What is what it was changes nothing, and when nothing changes nothing is rendered: so give a new object or list for one that
   * differs, instead of changing the one that was assigned.
   * @returns this socket. @throws {BadArgumentError} for what is neither. Semantics: Phoenix.Component.assign/2, /3.
   */
  override assign<Key extends keyof Assigns>(key: Key, value: Assigns[Key]): this
  override assign(update: AssignsUpdate<Assigns>): this
  override assign(...args: [AssignsUpdate<Assigns>] | [keyof Assigns, unknown]): this {
    const before: Readonly<Record<string, unknown>> = this.assigns as Record<string, unknown> // names of assigns are strings
    const part = partOf(args, this.assigns) as Record<string, unknown>
    this.assigns = { ...this.assigns, ...part }
    for (const name of Object.keys(part)) {
      if (!(name in before) || !isUnchanged(before[name], part[name])) this.changed.add(name)
    }
    return this
  }

  /**
   * Assigns what a function makes of the present value.
   * @returns this socket. Semantics: Phoenix.Component.update/3.
   */
  update<Key extends keyof Assigns>(key: Key, change: (value: Assigns[Key]) => Assigns[Key]): this {
    return this.assign(key, change(this.assigns[key]))
  }

  /**
   * Assigns the result of a function, unless the key is assigned. While the page is made over HTTP what a plug assigned to the request
   * is taken instead, and in a view inside another one what that one has.
   * @returns this socket. Semantics: Phoenix.Component.assign_new/3.
   */
  assignNew<Key extends keyof Assigns>(key: Key, make: (assigns: Assigns) => Assigns[Key]): this {
    if (key in this.assigns) return this
    this.newKeys.add(key as string) // names of assigns are strings
    const isShared = Object.hasOwn(this.shared, key)
    return this.assign(key, isShared ? (this.shared[key as string] as Assigns[Key]) : make(this.assigns)) // of its author's type
  }

  /** It is mounted: from now on {@link assignNew} finds only what is assigned. */
  forgetShared(): void {
    this.shared = {}
  }

  /** Whether something is to be rendered. */
  get isChanged(): boolean {
    return this.changed.size > 0
  }

  /** From now on these assigns are temporary. */
  makeTemporary(temporaries: Readonly<Record<string, unknown>>): void {
    this.temporaries = { ...this.temporaries, ...temporaries }
    this.assigns = { ...temporaries, ...this.assigns }
  }

  /** The assigns for a render. @param isFull - whether the page has nothing of this yet. */
  assignsToRender(isFull: boolean): Assigns {
    const gone = isFull ? [] : Object.entries(this.temporaries).filter(([name]) => !this.changed.has(name))
    if (gone.length === 0) return this.assigns
    return { ...this.assigns, ...Object.fromEntries(gone.map(([name, value]) => [name, new Unchanged(() => value)])) }
  }

  /** It was rendered. */
  rendered(): void {
    this.changed.clear()
    this.streamTable?.seal()
    if (Object.keys(this.temporaries).length > 0) this.assigns = { ...this.assigns, ...this.temporaries }
  }

  /** The page has what was rendered, and nobody looks at it any more: the items of streams are freed. */
  forgetItems(): void {
    this.streamTable?.forget()
  }

  /** What is to be told to the page. It is told once. */
  takePageEvents(): PageEvent[] {
    const events = this.pageEvents
    if (events.length > 0) this.pageEvents = []
    return events
  }
}

/** Whether each of these assigns is what it was. */
export function areUnchanged(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): boolean {
  const names = Object.keys(after)
  if (names.length !== Object.keys(before).length) return false
  return names.every((name) => name in before && isUnchanged(before[name], after[name]))
}

/** The same value, or a plain object or list of the same primitive values. */
function isUnchanged(before: unknown, after: unknown): boolean {
  if (Object.is(before, after)) return true
  if (Array.isArray(before) && Array.isArray(after)) return areSameItems(before, after)
  if (!isPlain(before) || !isPlain(after)) return false
  const keys = Object.keys(before)
  if (keys.length !== Object.keys(after).length) return false
  return keys.every((key) => key in after && isSamePrimitive(before[key], after[key]))
}

function areSameItems(before: readonly unknown[], after: readonly unknown[]): boolean {
  if (before.length !== after.length) return false
  for (let index = 0; index < before.length; index++) if (!isSamePrimitive(before[index], after[index])) return false
  return true
}

/** An object that was changed in place looks like itself: only what cannot change inside is compared. */
function isSamePrimitive(before: unknown, after: unknown): boolean {
  return Object.is(before, after) && (typeof before !== 'object' || before === null)
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
