import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, BeamishError, show } from '../core/errors.ts'
import { ComponentSocket } from './component.ts'
import type { LiveState } from './state.ts'
import { type DomId, StreamTable } from './stream-table.ts'
import type { LiveStream } from './template/live-stream.ts'

// Lists that only the page keeps: what a callback does to one goes out with the next render, and is forgotten here.

// biome-ignore lint/suspicious/noExplicitAny: what the assigns say of streams is looked up below
type AnyState = LiveState<any>

/** What the assigns of a socket say its streams are. */
type StreamsOf<Socket> = Socket extends { readonly assigns: infer Assigns }
  ? IsAny<Assigns> extends true
    ? AnyStreams
    : Assigns extends { readonly streams: infer Streams }
      ? Streams
      : AnyStreams
  : never

/** Where the author does not say. */
// biome-ignore lint/suspicious/noExplicitAny: it may be anything
type AnyStreams = Record<string, any>

/** Of `any` a conditional type is both of its branches: a function for the sockets of all views would find no stream in it. */
type IsAny<T> = 0 extends 1 & T ? true : false

/** The names of the streams of a socket. */
export type StreamName<Socket> = keyof StreamsOf<Socket> & string

/** What is in a stream of a socket. */
export type StreamItem<Socket, Name extends StreamName<Socket>> =
  StreamsOf<Socket>[Name] extends LiveStream<infer Item> ? Item : never

/** How items are put into a stream. */
export interface StreamInsertOptions {
  /** Where a new item goes: -1, the default, at the end, 0 to the front, n before the element with the index n. */
  readonly at?: number
  /** How many items stay on the page: n the first, -n the last. The client counts after each item, and only for this insertion. */
  readonly limit?: number | undefined
  /** Whether an item that is not on the page is left out. Default `false`. */
  readonly updateOnly?: boolean
}

/** Options of {@link stream}. */
export interface StreamOptions extends StreamInsertOptions {
  /** Whether the page drops what it has of the stream first. Elements of items that come back are kept. Default `false`. */
  readonly reset?: boolean
}

/** Options of {@link streamConfigure}. */
export interface StreamConfigureOptions<Item> {
  /** The id of an item's element: unique on the page. */
  readonly domId: (item: Item) => string
}

/**
 * Puts items into a stream: a list that the page keeps, and the server forgets once it is rendered. The first call makes it.
 *
 * In a template: `<ul id="users" phx-update="stream">${each(streams.users, (user, domId) => html`<li id=${domId}>…</li>`)}</ul>`. An
 * item is known by the id of its element: `<name>-<item.id>`, unless {@link streamConfigure} says otherwise. One whose element is on
 * the page is updated where it stands. With `at: 0` each goes before the one before it, so a list is turned around; the items that
 * a stream begins with stand in their order, whatever `at` says.
 * @returns the socket.
 * @throws {BadArgumentError} for an item without id, for items that cannot be gone through, for options of the wrong kind.
 * Semantics: Phoenix.LiveView.stream/4. Differs: what a later call in the same callback undoes is dropped. An item that is inserted
 * and then deleted is not on the page; a reset also takes what was inserted just before.
 */
export function stream<Socket extends AnyState, Name extends StreamName<Socket>>(
  socket: Socket,
  name: Name,
  items: Iterable<StreamItem<Socket, Name>>,
  options: StreamOptions = {},
): Socket {
  checkName('stream', name)
  checkItems(`stream: ${name}`, items, options)
  const table = tableOf(socket)
  const known = table.get(name)
  if (known === undefined) return begin(socket, table, { name, items, options })
  const inserts = [...items].map((item) => insertion(known, item, options, false))
  if (inserts.length === 0 && options.reset !== true) return socket
  return change(socket, table, known, ({ pending }) => {
    if (options.reset === true) pending.reset()
    for (const insert of inserts) pending.insert(insert)
  })
}

/** The first items of a stream. */
function begin<Socket extends AnyState>(
  socket: Socket,
  table: StreamTable,
  first: { readonly name: string; readonly items: Iterable<unknown>; readonly options: StreamOptions },
): Socket {
  const { name, items, options } = first
  const prefix = socket instanceof ComponentSocket ? `${socket.cid.number}-` : ''
  const made = table.add(name, table.domIdOf(name) ?? defaultDomId(name), prefix)
  if (options.reset === true) made.pending.reset()
  for (const item of items) made.pending.insert(insertion(made, item, { ...options, at: -1 }, null))
  return socket.assign({ streams: table.toObject() })
}

/**
 * Says how a stream names its items, before its first items: once, so in a component in `mount`.
 * @returns the socket.
 * @throws {BadArgumentError} for a `domId` that is no function.
 * @throws {BeamishError} `BEAMISH_STREAM_CONFIGURED` for a stream that has begun, or was configured.
 * Semantics: Phoenix.LiveView.stream_configure/3.
 */
export function streamConfigure<Socket extends AnyState, Name extends StreamName<Socket>>(
  socket: Socket,
  name: Name,
  options: StreamConfigureOptions<StreamItem<Socket, Name>>,
): Socket {
  checkName('streamConfigure', name)
  checkKeys('streamConfigure', options, ['domId'])
  if (typeof options.domId !== 'function')
    throw new BadArgumentError('streamConfigure: domId', 'a function from an item to a string', options.domId)
  const table = tableOf(socket)
  if (table.get(name) !== undefined)
    throw configured(name, 'has items already: configure it before its first stream(…)')
  if (table.domIdOf(name) !== undefined) throw configured(name, 'was configured already: do it once, in mount')
  table.configure(name, options.domId)
  return socket
}

/**
 * Puts one item into a stream; where its element is on the page, updates it there. To move it as well, delete it first.
 * @returns the socket.
 * @throws {BeamishError} `BEAMISH_NO_STREAM` for a stream that has not begun.
 * @throws {BadArgumentError} as {@link stream}. Semantics: Phoenix.LiveView.stream_insert/4.
 */
export function streamInsert<Socket extends AnyState, Name extends StreamName<Socket>>(
  socket: Socket,
  name: Name,
  item: StreamItem<Socket, Name>,
  options: StreamInsertOptions = {},
): Socket {
  checkOptions('streamInsert', options, INSERT_OPTIONS)
  const table = tableOf(socket)
  const known = streamOf('streamInsert', table, name)
  const insert = insertion(known, item, options, false)
  return change(socket, table, known, ({ pending }) => pending.insert(insert))
}

/**
 * Takes an item out of a stream. Of the item only what its id is made of is looked at.
 * @returns the socket. @throws {BeamishError} as {@link streamInsert}. Semantics: Phoenix.LiveView.stream_delete/3.
 */
export function streamDelete<Socket extends AnyState, Name extends StreamName<Socket>>(
  socket: Socket,
  name: Name,
  item: StreamItem<Socket, Name>,
): Socket {
  const table = tableOf(socket)
  const known = streamOf('streamDelete', table, name)
  const domId = domIdOf(known, item)
  return change(socket, table, known, ({ pending }) => pending.delete(domId))
}

/**
 * Takes an item out of a stream by the id of its element, as a page sends it.
 * @returns the socket.
 * @throws {BeamishError} `BEAMISH_NO_STREAM` · {BadArgumentError} for what is no id.
 * Semantics: Phoenix.LiveView.stream_delete_by_dom_id/3.
 */
export function streamDeleteByDomId<Socket extends AnyState>(
  socket: Socket,
  name: StreamName<Socket>,
  domId: string,
): Socket {
  const table = tableOf(socket)
  const known = streamOf('streamDeleteByDomId', table, name)
  if (typeof domId !== 'string') throw new BadArgumentError('streamDeleteByDomId: domId', 'the id of an element', domId)
  return change(socket, table, known, ({ pending }) => pending.delete(domId))
}

/** Whether a stream has begun. */
export function hasStream({ streamTable }: AnyState, name: string): boolean {
  return streamTable?.get(name) !== undefined
}

const INSERT_OPTIONS: readonly string[] = ['at', 'limit', 'updateOnly'] satisfies (keyof StreamInsertOptions)[]

function tableOf(socket: AnyState): StreamTable {
  socket.streamTable ??= new StreamTable()
  return socket.streamTable
}

function streamOf(caller: string, table: StreamTable, name: string): LiveStream {
  checkName(caller, name)
  const known = table.get(name)
  if (known !== undefined) return known
  throw new BeamishError(
    'BEAMISH_NO_STREAM',
    `${caller}: no stream with name ${show(name)} previously defined: begin it with stream(socket, ${show(name)}, []) in mount.`,
  )
}

function change<Socket extends AnyState>(
  socket: Socket,
  table: StreamTable,
  known: LiveStream,
  happen: (stream: LiveStream) => void,
): Socket {
  const touched = table.touch(known)
  happen(touched)
  // What was touched before is among the assigns, and they have changed.
  return touched === known ? socket : socket.assign({ streams: table.toObject() })
}

/** @param updateOnly - when the options do not say. */
function insertion(known: LiveStream, item: unknown, options: StreamInsertOptions, updateOnly: boolean | null) {
  return {
    domId: domIdOf(known, item),
    at: options.at ?? -1,
    limit: options.limit ?? null,
    updateOnly: options.updateOnly ?? updateOnly,
    item,
  }
}

function domIdOf({ definition: { name, domId } }: LiveStream, item: unknown): string {
  const id: unknown = domId(item)
  if (typeof id === 'string' && id !== '') return id
  throw new BadArgumentError(`streamConfigure: domId of ${name}`, 'to return a string', id)
}

function defaultDomId(name: string): DomId {
  return (item: unknown) => {
    const id: unknown = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined
    if (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint') return `${name}-${id}`
    throw new BadArgumentError(
      `the stream ${name}`,
      'items with an id, a string or a number',
      item,
      `For other items: streamConfigure(socket, ${show(name)}, { domId: (item) => … }) before the first of them.`,
    )
  }
}

function configured(name: string, problem: string): BeamishError {
  return new BeamishError('BEAMISH_STREAM_CONFIGURED', `streamConfigure: the stream ${name} ${problem}.`)
}

function checkName(caller: string, name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new BadArgumentError(`${caller}: name`, 'a string', name)
}

/** Checks what {@link stream} takes beside a name. @throws {BadArgumentError} */
export function checkItems(where: string, items: unknown, options: StreamOptions): void {
  checkOptions(where, options, [...INSERT_OPTIONS, 'reset'])
  const isList = typeof items === 'object' && items !== null && Symbol.iterator in items
  if (!isList) throw new BadArgumentError(where, 'a list of items', items)
  if (options.reset !== undefined && typeof options.reset !== 'boolean')
    throw new BadArgumentError(`${where}: reset`, 'a boolean', options.reset)
}

function checkOptions(caller: string, options: StreamInsertOptions, known: readonly string[]): void {
  checkKeys(caller, options, known)
  const { at, limit, updateOnly } = options
  if (at !== undefined && !(Number.isInteger(at) && at >= -1))
    throw new BadArgumentError(`${caller}: at`, '-1 for the end, or an index', at)
  if (limit !== undefined && !Number.isInteger(limit))
    throw new BadArgumentError(`${caller}: limit`, 'a whole number: how many stay, negative for the last ones', limit)
  if (updateOnly !== undefined && typeof updateOnly !== 'boolean')
    throw new BadArgumentError(`${caller}: updateOnly`, 'a boolean', updateOnly)
}
