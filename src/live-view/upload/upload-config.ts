import { BadArgumentError } from '../../core/errors.ts'
import { isActive, type UploadEntry } from './upload-entry.ts'
import type { UploadError } from './upload-error.ts'
import type { CheckedUploadOptions } from './upload-options.ts'

/** An error, and what has it: the `ref` of an entry, or that of the upload itself. */
export interface UploadProblem {
  readonly ref: string
  readonly reason: UploadError
}

/** What changes of an upload. */
interface UploadState {
  readonly entries: readonly UploadEntry[]
  readonly errors: readonly UploadProblem[]
  readonly isAllowed: boolean
  readonly consumedEntries: number
}

const NEW: UploadState = { entries: [], errors: [], isAllowed: true, consumedEntries: 0 }

/**
 * An upload of a view or component, as it is now: `assigns.uploads[name]`. A value: when something of it changes there is another
 * one. Semantics: Phoenix.LiveView.UploadConfig.
 */
export class UploadConfig {
  readonly name: string
  /** Names it to its client; also the id of its input. */
  readonly ref: string
  /** The files that somebody chose, in the order in which they came. */
  readonly entries: readonly UploadEntry[]
  /** What is wrong, in the order in which it was found. `uploadErrors` says it by entry. */
  readonly errors: readonly UploadProblem[]
  /** False after `disallowUpload`. */
  readonly isAllowed: boolean
  /** How many entries were consumed so far, where `maxEntriesMode` is `'total'`. */
  readonly consumedEntries: number
  /** For the functions of this room. */
  readonly options: CheckedUploadOptions

  constructor(name: string, ref: string, options: CheckedUploadOptions, state: UploadState = NEW) {
    this.name = name
    this.ref = ref
    this.options = options
    this.entries = state.entries
    this.errors = state.errors
    this.isAllowed = state.isAllowed
    this.consumedEntries = state.consumedEntries
  }

  /** For the attribute `accept`; `undefined`: any file. */
  get accept(): string | undefined {
    return this.options.acceptance.html
  }

  get maxEntries(): number {
    return this.options.maxEntries
  }

  get maxEntriesMode(): 'selected' | 'total' {
    return this.options.maxEntriesMode
  }

  /** Bytes. */
  get maxFileSize(): number {
    return this.options.maxFileSize
  }

  /** Bytes. */
  get chunkSize(): number {
    return this.options.chunkSize
  }

  /** Milliseconds. */
  get chunkTimeoutMs(): number {
    return this.options.chunkTimeoutMs
  }

  get autoUpload(): boolean {
    return this.options.autoUpload
  }

  /** Whether its files go elsewhere. */
  get isExternal(): boolean {
    return this.options.external !== undefined
  }

  /** How many entries there may be now. */
  get places(): number {
    return Math.max(0, this.maxEntries - this.consumedEntries)
  }

  /** Whether there are more entries than that. */
  get hasTooMany(): boolean {
    return this.entries.filter(isActive).length > this.places
  }

  /** The entry with this ref, which may be whatever a client says. */
  entry(ref: unknown): UploadEntry | undefined {
    return this.entries.find((entry) => entry.ref === ref)
  }

  /** The same upload, changed. For the functions of this room. */
  with(changes: Partial<UploadState>): UploadConfig {
    return new UploadConfig(this.name, this.ref, this.options, { ...this, ...changes })
  }
}

/** Uploads by name. With the names that a view allows: `Uploads<'avatar' | 'cover'>`. */
export type Uploads<Name extends string = string> = { readonly [name in Name]: UploadConfig }

/**
 * What is wrong with an upload, or with one of its entries.
 * @returns for an upload `['tooManyFiles']` or nothing; for an entry whatever {@link UploadError} it has.
 * @throws {BadArgumentError} for what is no upload. Semantics: Phoenix.Component.upload_errors/1, /2.
 */
export function uploadErrors(config: UploadConfig, entry?: UploadEntry): UploadError[] {
  checkConfig('uploadErrors', config)
  const { ref } = entry ?? config
  return config.errors.filter((problem) => problem.ref === ref).map(({ reason }) => reason)
}

/** @throws {BadArgumentError} for what is no upload. */
export function checkConfig(where: string, config: unknown): UploadConfig {
  if (config instanceof UploadConfig) return config
  throw new BadArgumentError(
    `${where}: upload`,
    'assigns.uploads.avatar, of an upload that allowUpload allowed',
    config,
  )
}
