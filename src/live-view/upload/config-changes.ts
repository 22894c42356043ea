import { badReturn } from '../../channel/errors.ts'
import { isFailed, isOk } from '../outcome.ts'
import { isAccepted } from './accept.ts'
import type { UploadConfig } from './upload-config.ts'
import { type ClientEntry, isActive, newEntry, type UploadEntry } from './upload-entry.ts'
import type { CustomUploadError, UploadError } from './upload-error.ts'

// What happens to an upload, as functions from one value to the next. Semantics: Phoenix.LiveView.UploadConfig; liveview.md §17.

/**
 * Beyond the entries that an upload may have so many more are kept, so that people see what they chose and take back what is too
 * much. Any more are left out, as if they had been cancelled: a client can make up as many as it likes.
 */
const MOST_SPARE_ENTRIES = 1000

/** An upload with new entries. */
export interface Put {
  readonly config: UploadConfig
  /** The entries that had to make room: those of them that were being uploaded are `'leaving'`, the others gone. */
  readonly replaced: readonly UploadEntry[]
}

/** Adds the entries that are new, each with what is wrong with it. Of an upload of one file the new one takes the old one's place. */
export function putEntries(config: UploadConfig, clientEntries: readonly ClientEntry[]): Put {
  const known = new Set(config.entries.map(({ ref }) => ref))
  const added = clientEntries.filter(({ ref }) => !known.has(ref) && known.add(ref))
  const isReplacement = config.maxEntries === 1 && clientEntries.length === 1 && added.length === 1
  const replaced = isReplacement ? config.entries.filter(isActive) : []
  const pruned = replaced.reduce((changed, { ref }) => cancelEntry(changed, ref), config)
  const room = Math.max(0, config.maxEntries + MOST_SPARE_ENTRIES - pruned.entries.length)
  const judged = added.slice(0, room).map((client) => judge(config, newEntry(config, client)))
  const errors = judged.flatMap(({ entry: { ref }, reason }) => (reason === undefined ? [] : [{ ref, reason }]))
  const full = pruned.with({
    entries: [...pruned.entries, ...judged.map(({ entry }) => entry)],
    errors: [...pruned.errors, ...errors],
  })
  return { config: full.hasTooMany ? putError(full, full.ref, 'tooManyFiles') : full, replaced }
}

interface Judged {
  readonly entry: UploadEntry
  readonly reason: UploadError | undefined
}

function judge(config: UploadConfig, entry: UploadEntry): Judged {
  const reason = problemOf(config, entry)
  return { entry: reason === undefined ? entry : Object.freeze({ ...entry, valid: false }), reason }
}

function problemOf({ name, options }: UploadConfig, entry: UploadEntry): UploadError | undefined {
  const { clientName, clientSize, clientType } = entry
  const hasSize = Number.isSafeInteger(clientSize) && clientSize >= 0
  if (!hasSize || clientSize > options.maxFileSize) return 'tooLarge'
  if (!isAccepted(options.acceptance, clientName, clientType)) return 'notAccepted'
  const judgement: unknown = options.validator?.(entry)
  if (judgement === undefined || isOk(judgement)) return undefined
  if (isFailed(judgement) && isError(judgement.reason)) return judgement.reason
  throw badReturn(`the upload ${name}`, 'validator', "nothing | error('a word') | error({ type, … })", judgement)
}

function isError(reason: unknown): reason is CustomUploadError {
  return typeof reason === 'string' || typeof (reason as { type?: unknown } | null | undefined)?.type === 'string'
}

/** Its client is told how to upload these. @returns those of them that it was not told of before, in their order. */
export function markPreflighted(
  config: UploadConfig,
  refs: readonly string[],
): { readonly config: UploadConfig; readonly entries: readonly UploadEntry[] } {
  const asked = new Set(refs)
  const places = new Set(config.entries.filter(isActive).slice(0, config.places))
  const isMarked = (entry: UploadEntry) => asked.has(entry.ref) && !entry.preflighted && places.has(entry)
  const marked = new Set(config.entries.filter(isMarked).map(({ ref }) => ref))
  const changed = changeEntries(config, (entry) => (marked.has(entry.ref) ? { preflighted: true } : undefined))
  return { config: changed, entries: changed.entries.filter(({ ref }) => marked.has(ref)) }
}

/** Whether a process may take an entry. */
export type Registration =
  | { readonly type: 'registered'; readonly config: UploadConfig; readonly entry: UploadEntry }
  | { readonly type: 'refused'; readonly reason: 'already_registered' | 'disallowed' }

/** A process wants to take an entry. */
export function registerEntry(config: UploadConfig, ref: string): Registration {
  const entry = config.entry(ref)
  if (entry?.status === 'uploading') return { type: 'refused', reason: 'already_registered' }
  if (entry?.status !== 'waiting' || !entry.valid || !entry.preflighted || config.isExternal)
    return { type: 'refused', reason: 'disallowed' }
  const registered = changeEntry(config, ref, { status: 'uploading' })
  return { type: 'registered', config: registered, entry: registered.entry(ref) as UploadEntry } // it was there
}

/** @param progress - 0 to 100. */
export function putProgress(config: UploadConfig, ref: string, progress: number): UploadConfig {
  return changeEntry(config, ref, progress === 100 ? { progress, done: true } : { progress })
}

/** Its writer failed: it stays, and cannot be uploaded any more. */
export function failEntry(config: UploadConfig, ref: string, reason: unknown): UploadConfig {
  if (config.entry(ref) === undefined) return config
  return putError(changeEntry(config, ref, { status: 'failed' }), ref, { type: 'writerFailure', reason })
}

/** Says an error of an entry, or of the upload itself. One that was said before is said anew. */
export function putError(config: UploadConfig, ref: string, reason: UploadError): UploadConfig {
  const others = config.errors.filter((problem) => problem.ref !== ref || !isSame(problem.reason, reason))
  return config.with({ errors: [...others, { ref, reason }] })
}

function isSame(one: UploadError, other: UploadError): boolean {
  const kind = (error: UploadError) => (typeof error === 'string' ? error : error.type)
  return typeof one === typeof other && kind(one) === kind(other)
}

/** Takes an entry back. One that is being uploaded is `'leaving'`, any other is gone. */
export function cancelEntry(config: UploadConfig, ref: string): UploadConfig {
  if (config.entry(ref)?.status !== 'uploading') return dropEntry(config, ref)
  return fitting(changeEntry(config, ref, { status: 'leaving', cancelled: true }))
}

/** Somebody has what was uploaded. */
export function consumeEntry(config: UploadConfig, ref: string): UploadConfig {
  const consumed = changeEntry(config, ref, { status: 'leaving' })
  const consumedEntries = config.consumedEntries + (config.maxEntriesMode === 'total' ? 1 : 0)
  return fitting(consumed.with({ consumedEntries }))
}

export function dropEntry(config: UploadConfig, ref: string): UploadConfig {
  return drop(config, (entry) => entry.ref === ref)
}

/** Those that are leaving are gone. */
export function dropLeaving(config: UploadConfig): UploadConfig {
  return drop(config, (entry) => !isActive(entry))
}

function drop(config: UploadConfig, isGone: (entry: UploadEntry) => boolean): UploadConfig {
  const gone = new Set(config.entries.filter(isGone).map(({ ref }) => ref))
  if (gone.size === 0) return config
  const entries = config.entries.filter(({ ref }) => !gone.has(ref))
  return fitting(config.with({ entries, errors: config.errors.filter(({ ref }) => !gone.has(ref)) }))
}

/** Without the error of too many files, when there are no more than there may be. */
function fitting(config: UploadConfig): UploadConfig {
  const isStale = ({ ref, reason }: { ref: string; reason: UploadError }) =>
    ref === config.ref && reason === 'tooManyFiles'
  if (config.hasTooMany || !config.errors.some(isStale)) return config
  return config.with({ errors: config.errors.filter((problem) => !isStale(problem)) })
}

function changeEntry(config: UploadConfig, ref: string, changes: Partial<UploadEntry>): UploadConfig {
  return changeEntries(config, (entry) => (entry.ref === ref ? changes : undefined))
}

function changeEntries(
  config: UploadConfig,
  changesOf: (entry: UploadEntry) => Partial<UploadEntry> | undefined,
): UploadConfig {
  const entries = config.entries.map((entry) => {
    const changes = changesOf(entry)
    return changes === undefined ? entry : Object.freeze({ ...entry, ...changes })
  })
  return config.with({ entries })
}
