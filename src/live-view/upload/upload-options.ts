import { type Callback, callback } from '../../behaviours/server.ts'
import type { Ok } from '../../channel/result.ts'
import { checkKeys } from '../../core/check-keys.ts'
import { BadArgumentError } from '../../core/errors.ts'
import type { Failed } from '../outcome.ts'
import { type Acceptance, acceptanceOf } from './accept.ts'
import type { UploadEntry } from './upload-entry.ts'
import type { CustomUploadError } from './upload-error.ts'
import type { UploadWriter } from './upload-writer.ts'

type Awaitable<T> = T | PromiseLike<T>

/** A writer, and the options that its `init` gets. */
// biome-ignore lint/suspicious/noExplicitAny: each writer knows its options and its state
export type WriterChoice = readonly [writer: UploadWriter<any, any>, options?: unknown]

/** What the client of an external upload gets: `uploader` names the function of its `LiveSocket` that does the rest. */
export interface ExternalMeta {
  readonly uploader: string
  readonly [key: string]: unknown
}

/** Options of `allowUpload`. @typeParam Socket - that of the view or component that allows it. */
// biome-ignore lint/suspicious/noExplicitAny: the socket of any view or component
export interface UploadOptions<Socket = any> {
  /**
   * Which files: `'any'`, or a list of extensions (`'.jpg'`), MIME types (`'image/jpeg'`) and `'image/*'`, `'audio/*'`, `'video/*'`.
   * A file is taken for what its client says: look into it before you believe that.
   */
  readonly accept: 'any' | readonly string[]
  /** How many files. Default 1: then a file that is chosen takes the place of the one before. */
  readonly maxEntries?: number
  /** What counts: the files that are there now, or with those that were consumed before. Default `'selected'`. */
  readonly maxEntriesMode?: 'selected' | 'total'
  /** Bytes of one file. Default 8,000,000. */
  readonly maxFileSize?: number
  /** Bytes that are sent at a time. Default 64,000. */
  readonly chunkSize?: number
  /** How long the next bytes may take to come, and to be written, before the upload is given up. Default 10,000. */
  readonly chunkTimeoutMs?: number
  /** Whether files are uploaded as soon as they are chosen, and not with the form. Default false. */
  readonly autoUpload?: boolean
  /**
   * Called whenever the client says how far an entry is, and when its writer fails. May consume it, and go elsewhere. What it
   * returns is not looked at.
   */
  readonly progress?: (name: string, entry: UploadEntry, socket: Socket) => Awaitable<unknown>
  /**
   * For files that the browser sends elsewhere: returns `ok({ uploader: 'S3', … })` for the client, or `error(meta)`. Nothing of
   * the file comes to this server, and consuming gives what was returned here.
   */
  readonly external?: (entry: UploadEntry, socket: Socket) => Awaitable<Ok<ExternalMeta> | Failed<object | undefined>>
  /** Where the bytes go, as `[writer, options]`. Default: a temporary file. */
  readonly writer?: (name: string, entry: UploadEntry, socket: Socket) => WriterChoice
  /** Looks at each file that is chosen: returns nothing, or `error(error)`. */
  readonly validator?: (entry: UploadEntry) => Failed<CustomUploadError> | Ok | undefined | void
}

/** Options that were checked, with their defaults. */
export interface CheckedUploadOptions {
  readonly acceptance: Acceptance
  readonly maxEntries: number
  readonly maxEntriesMode: 'selected' | 'total'
  readonly maxFileSize: number
  readonly chunkSize: number
  readonly chunkTimeoutMs: number
  readonly autoUpload: boolean
  readonly progress: Callback | undefined
  readonly external: Callback | undefined
  readonly writer: Callback | undefined
  readonly validator: UploadOptions['validator']
}

const OPTIONS: readonly string[] = [
  'accept',
  'maxEntries',
  'maxEntriesMode',
  'maxFileSize',
  'chunkSize',
  'chunkTimeoutMs',
  'autoUpload',
  'progress',
  'external',
  'writer',
  'validator',
] satisfies (keyof UploadOptions)[]

/** @throws {BadArgumentError} for an unknown option, or one of the wrong kind. */
export function checkUploadOptions(where: string, options: UploadOptions): CheckedUploadOptions {
  checkKeys(where, options, OPTIONS)
  const { maxEntriesMode = 'selected', autoUpload = false, progress, external, writer, validator } = options
  if (maxEntriesMode !== 'selected' && maxEntriesMode !== 'total')
    throw new BadArgumentError(`${where}: maxEntriesMode`, "'selected' | 'total'", maxEntriesMode)
  if (typeof autoUpload !== 'boolean') throw new BadArgumentError(`${where}: autoUpload`, 'true or false', autoUpload)
  for (const [name, value] of Object.entries({ progress, external, writer, validator })) {
    if (value !== undefined && typeof value !== 'function')
      throw new BadArgumentError(`${where}: ${name}`, 'a function', value)
  }
  return {
    acceptance: acceptanceOf(where, options.accept),
    maxEntries: checkCount(`${where}: maxEntries`, 'files', options.maxEntries ?? 1),
    maxEntriesMode,
    maxFileSize: checkCount(`${where}: maxFileSize`, 'bytes', options.maxFileSize ?? 8_000_000),
    chunkSize: checkCount(`${where}: chunkSize`, 'bytes', options.chunkSize ?? 64_000),
    chunkTimeoutMs: checkCount(`${where}: chunkTimeoutMs`, 'milliseconds', options.chunkTimeoutMs ?? 10_000),
    autoUpload,
    progress: callback(progress),
    external: callback(external),
    writer: callback(writer),
    validator,
  }
}

function checkCount(where: string, unit: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number // just seen
  throw new BadArgumentError(where, `a whole number of ${unit}, at least 1`, value)
}
