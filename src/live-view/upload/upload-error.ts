/** Why the process of an upload's page could not get what its `external` function gives. */
export interface ExternalMetadataFailure {
  readonly type: 'externalMetadataFailure'
  /** What `external` gave to `error`. */
  readonly meta: object
}

/** Where the bytes of a file go has failed. */
export interface WriterFailure {
  readonly type: 'writerFailure'
  /** What the writer gave to `error`. */
  readonly reason: unknown
}

/** What a validator may give to `error`: a word, or an object that says which it is by its `type`. */
export type CustomUploadError = (string & {}) | { readonly type: string; readonly [key: string]: unknown }

/**
 * What is wrong with an upload, or with one of its entries.
 *
 * Of an upload: `'tooManyFiles'`. Of an entry: `'tooLarge'`, `'notAccepted'`, `'externalClientFailure'` (the client's own uploader
 * failed), {@link ExternalMetadataFailure}, {@link WriterFailure}, and what its validator refused it with.
 * Semantics: the reasons of Phoenix.Component.upload_errors/1, /2.
 */
export type UploadError =
  | 'tooManyFiles'
  | 'tooLarge'
  | 'notAccepted'
  | 'externalClientFailure'
  | ExternalMetadataFailure
  | WriterFailure
  | CustomUploadError

const WIRE_NAMES: Readonly<Record<string, string>> = {
  tooManyFiles: 'too_many_files',
  tooLarge: 'too_large',
  notAccepted: 'not_accepted',
  externalClientFailure: 'external_client_failure',
}

/** An error as a client is told of it: what a writer's failure was is nothing to it. */
export function errorForWire(error: UploadError): unknown {
  if (typeof error === 'string') return WIRE_NAMES[error] ?? error
  if (error.type === 'externalMetadataFailure') return (error as ExternalMetadataFailure).meta // by its type
  return error.type === 'writerFailure' ? 'writer_failure' : error
}
