import { badReturn } from '../../channel/errors.ts'
import type { MessageRef } from '../../wire/message.ts'
import { BadPageMessage } from '../bad-page-message.ts'
import type { ConnectedView, Ending } from '../connected-view.ts'
import { duplicateUpload } from '../errors.ts'
import { isObject } from '../is-object.ts'
import { isFailed, isOk } from '../outcome.ts'
import { type Invoke, type Pass, settled } from '../pass.ts'
import type { LiveState } from '../state.ts'
import { signUpload } from '../tokens.ts'
import { markPreflighted, putEntries, putError, putProgress } from './config-changes.ts'
import { configByRef, putConfig, released, uploadsOf } from './socket-uploads.ts'
import { type UploadConfig, uploadErrors } from './upload-config.ts'
import { type ClientEntry, isActive, type UploadEntry } from './upload-entry.ts'
import { errorForWire } from './upload-error.ts'
import { putHandle } from './upload-handle.ts'
import type { ExternalMeta } from './upload-options.ts'
import { concludeFor, ownerOf, runProgress, type UploadOwner } from './view-uploads.ts'

// What the page says of its uploads. Semantics: liveview.md §17.3.

type Payload = Readonly<Record<string, unknown>>
// biome-ignore lint/suspicious/noExplicitAny: uploads are no matter of the other assigns
type AnySocket = LiveState<any>

// ── With an event: files were chosen ──

/** Files that were chosen, by the ref of their upload. */
export type ChosenFiles = ReadonlyMap<string, readonly ClientEntry[]>

const NONE: ChosenFiles = new Map()
/** More than these are no uploads of one form, and no files that somebody chose. */
const MOST_UPLOADS = 1000
const MOST_ENTRIES = 20_000
/** The longest text that a client may say of a file. Source: PATH_MAX of Linux. */
const LONGEST_TEXT = 4096
const LONGEST_REF = 100
const LONGEST_META = 100_000

/** @throws {BadPageMessage} for what is no files. */
export function chosenFilesOf(uploads: unknown): ChosenFiles {
  if (uploads === undefined || uploads === null) return NONE
  if (!isObject(uploads) || Object.keys(uploads).length > MOST_UPLOADS)
    throw new BadPageMessage('uploads by the ref of their input')
  return new Map(Object.entries(uploads).map(([ref, entries]) => [ref, entriesOf(entries)]))
}

function entriesOf(entries: unknown): ClientEntry[] {
  if (Array.isArray(entries) && entries.length <= MOST_ENTRIES) return entries.map(entryOf)
  throw new BadPageMessage('a list of files')
}

function entryOf(entry: unknown): ClientEntry {
  const { ref, name, size, type, relative_path, last_modified, meta }: Payload = isObject(entry) ? entry : {}
  const isNamed = isRef(ref) && isText(name) && isText(type) && typeof size === 'number'
  const isPlaced = relative_path === undefined || relative_path === null || isText(relative_path)
  if (!isNamed || !isPlaced || !isShort(meta)) throw new BadPageMessage('files with ref, name, type and size')
  const relativePath = relative_path ?? undefined
  const lastModified = typeof last_modified === 'number' ? last_modified : undefined
  return { ref, name, size, type, relativePath, lastModified, meta }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT
}

/** What scripts of the page say of a file: any JSON value. */
function isShort(meta: unknown): boolean {
  return meta === undefined || JSON.stringify(meta).length <= LONGEST_META
}

/** Refs stand in lists with commas between them. */
function isRef(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_REF && !value.includes(',')
}

/** Adds the files that were chosen to the uploads that they are for. Those of an upload that is not allowed, or no more, are ignored. */
export function putChosenFiles(socket: AnySocket, files: ChosenFiles): void {
  for (const [ref, entries] of files) {
    const config = configByRef(socket, ref)
    if (config !== undefined) putInto(socket, config, entries)
  }
}

function putInto(socket: AnySocket, before: UploadConfig, entries: readonly ClientEntry[]): UploadConfig {
  const { config, replaced } = putEntries(before, entries)
  putConfig(socket, config)
  released(socket, replaced)
  return config
}

// ── allow_upload: the page asks how it may upload them ──

/** @throws {BadPageMessage} for what means nothing. @throws {BeamishError} `BEAMISH_DUPLICATE_UPLOAD` */
export function* handlePreflight(
  view: ConnectedView,
  invoke: Invoke,
  payload: Payload,
  ref: MessageRef,
): Pass<Ending | undefined> {
  const entries = entriesOf(payload['entries'])
  const owner = ownerOf(view, cidOf(payload))
  if (owner === undefined) {
    view.answer(ref, {}) // it has just been removed, and the page does not know it yet
    return undefined
  }
  const before = configByRef(owner.socket, payload['ref'])
  if (before === undefined) throw new BadPageMessage('the ref of an upload that is allowed')
  checkUnique(view, owner, before)
  const config = putInto(owner.socket, before, entries)
  const asked: Preflight = { view, invoke, owner, refs: entries.map((entry) => entry.ref) }
  const isRefused = !config.autoUpload && config.errors.length > 0
  const response = isRefused ? refusal(config) : yield* preflighted(asked, config)
  return yield* concludeFor(view, owner, { ref, response })
}

function cidOf({ cid }: Payload): number | null {
  if (cid === undefined || cid === null) return null
  if (Number.isSafeInteger(cid)) return cid as number // just seen
  throw new BadPageMessage('a cid that is a number')
}

/** A name is that of one upload in a view with all of its components, while something is uploaded. */
function checkUnique(view: ConnectedView, owner: UploadOwner, { name }: UploadConfig): void {
  const others = [view.socket, ...[...view.tree.components.all].map(({ socket }) => socket)]
  const isBusy = (socket: AnySocket) =>
    uploadsOf(socket)[name]?.entries.some((entry) => entry.preflighted && isActive(entry))
  const other = others.find((socket) => socket !== owner.socket && isBusy(socket))
  if (other === undefined) return
  const instance = [...view.tree.components.all].find(({ socket }) => socket === other)
  const where = instance === undefined ? 'its view' : `another component (${instance.cid})`
  throw duplicateUpload(owner.moduleName, name, where)
}

function refusal({ ref, errors }: UploadConfig): object {
  return { ref, error: errors.map((problem) => [problem.ref, errorForWire(problem.reason)]) }
}

interface Preflight {
  readonly view: ConnectedView
  readonly invoke: Invoke
  readonly owner: UploadOwner
  /** The entries that the page asks for. */
  readonly refs: readonly string[]
}

function* preflighted({ view, invoke, owner, refs }: Preflight, before: UploadConfig): Pass<object> {
  const { config, entries } = markPreflighted(before, refs)
  putConfig(owner.socket, config)
  const valid = entries.filter((entry) => entry.valid)
  const invalid = entries.filter((entry) => !entry.valid)
  const errors = invalid.map((entry) => [entry.ref, uploadErrors(config, entry).map(errorForWire)])
  const { external } = config.options
  if (external !== undefined)
    return yield* externalPreflight((entry) => invoke(external, entry, owner.socket), owner, config, {
      entries: valid,
      errors,
    })
  const tokens = valid.map((entry) => [entry.ref, tokenFor(view, owner, entry)])
  return accepted(config, tokens, errors)
}

type Pairs = readonly (readonly unknown[])[]

function accepted(config: UploadConfig, entries: Pairs, errors: Pairs): object {
  const { ref, maxFileSize, maxEntries, chunkSize, chunkTimeoutMs } = config
  return {
    ref,
    config: {
      max_file_size: maxFileSize,
      max_entries: maxEntries,
      chunk_size: chunkSize,
      chunk_timeout: chunkTimeoutMs,
    },
    entries: Object.fromEntries(entries),
    errors: Object.fromEntries(errors),
  }
}

function tokenFor(view: ConnectedView, { instance }: UploadOwner, { uploadRef, ref }: UploadEntry): string {
  return signUpload(view.socket.site, { view: view.keyOnPage(), uploadRef, entryRef: ref, cid: instance?.cid ?? null })
}

/** Asks the author where each file goes. */
function* externalPreflight(
  askFor: (entry: UploadEntry) => unknown,
  owner: UploadOwner,
  config: UploadConfig,
  { entries, errors }: { readonly entries: readonly UploadEntry[]; readonly errors: Pairs },
): Pass<object> {
  const { socket } = owner
  const metas: [string, ExternalMeta][] = []
  const failed: [string, object[]][] = []
  for (const entry of entries) {
    const result = yield* settled(askFor(entry))
    if (isOk(result)) {
      metas.push([entry.ref, checkMeta(config, result.value)])
      putHandle(socket, entry, { uploader: undefined, meta: result.value as object }) // just checked
      continue
    }
    const meta = refusedMeta(config, result)
    const now = configByRef(socket, config.ref) ?? config // `external` may have changed it
    const changed = putError(now, entry.ref, { type: 'externalMetadataFailure', meta })
    putConfig(socket, changed)
    if (!config.autoUpload) return { ref: config.ref, error: [[entry.ref, meta]] }
    failed.push([entry.ref, [meta]])
  }
  return accepted(config, metas, [...errors, ...failed])
}

function checkMeta({ name }: UploadConfig, meta: unknown): ExternalMeta {
  if (isObject(meta) && typeof meta['uploader'] === 'string') return meta as ExternalMeta // just seen
  throw badReturn(`the upload ${name}`, 'external', 'ok({ uploader: … }): the name of a function of the client', meta)
}

function refusedMeta({ name }: UploadConfig, result: unknown): object {
  if (isFailed(result) && (result.reason === undefined || isObject(result.reason))) return result.reason ?? {}
  throw badReturn(`the upload ${name}`, 'external', 'ok({ uploader, … }) | error({ … })', result)
}

// ── progress ──

/** @throws {BadPageMessage} for what is no progress. */
export function* handleProgress(
  view: ConnectedView,
  invoke: Invoke,
  payload: Payload,
  ref: MessageRef,
): Pass<Ending | undefined> {
  const progress = progressOf(payload)
  const owner = ownerOf(view, cidOf(payload))
  const before = owner && configByRef(owner.socket, payload['ref'])
  const entry = before?.entry(payload['entry_ref'])
  if (owner === undefined || before === undefined || entry === undefined || entry.status === 'leaving') {
    view.answer(ref, {}) // it was cancelled, and the page does not know it yet
    return undefined
  }
  const config = typeof progress === 'number' ? putProgress(before, entry.ref, progress) : failed(before, entry)
  if (config !== before) putConfig(owner.socket, config)
  yield* runProgress(invoke, owner, config, config.entry(entry.ref) as UploadEntry) // it was there
  return yield* concludeFor(view, owner, { ref })
}

function progressOf({ progress }: Payload): number | object {
  if (Number.isInteger(progress) && (progress as number) >= 0 && (progress as number) <= 100) return progress as number
  if (isObject(progress) && 'error' in progress) return progress
  throw new BadPageMessage('a progress from 0 to 100, or an error')
}

/** That an upload of our own failed is said by its process. */
function failed(config: UploadConfig, { ref }: UploadEntry): UploadConfig {
  return config.isExternal ? putError(config, ref, 'externalClientFailure') : config
}
