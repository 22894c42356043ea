import { randomUUID } from 'node:crypto'

/**
 * How far the upload of an entry is:
 * - `'waiting'`: no process takes it, yet. So it stays for entries that are not valid, and for external uploads.
 * - `'uploading'`: a process takes it, or has it.
 * - `'failed'`: its writer failed; it stays until it is cancelled.
 * - `'leaving'`: it was consumed or cancelled, and is gone with the next message.
 */
export type UploadStatus = 'waiting' | 'uploading' | 'failed' | 'leaving'

/**
 * One file that somebody chose: what its client says of it, and how far its upload is. A value: it never changes, its upload has
 * another one. Semantics: Phoenix.LiveView.UploadEntry.
 *
 * What starts with `client` is what the client says, and may be a lie: `clientName` may hold `../`, and is never to be used as a
 * path. That no more than `clientSize` bytes come is seen to.
 */
export interface UploadEntry {
  /** The client's name for it: unique among the files of its page. */
  readonly ref: string
  /** The `ref` of its upload. */
  readonly uploadRef: string
  /** What its upload is called. */
  readonly uploadName: string
  /** Unique, and ours: a good name for a file. */
  readonly uuid: string
  readonly clientName: string
  /** The path from the folder that was chosen, where `webkitdirectory` lets people choose one; `''` or `undefined` elsewhere. */
  readonly clientRelativePath: string | undefined
  /** Bytes. */
  readonly clientSize: number
  /** A MIME type, or `''`. */
  readonly clientType: string
  /** Milliseconds since 1970. */
  readonly clientLastModified: number | undefined
  /** What the function `meta` of the file gave, where scripts of the page added one. */
  readonly clientMeta: unknown
  /** Percent, as its client says: 0 to 100. */
  readonly progress: number
  /** Whether its size, kind and validator let it be uploaded. */
  readonly valid: boolean
  /** Whether all of it is uploaded, as its client says. */
  readonly done: boolean
  readonly cancelled: boolean
  /** Whether its client was told how to upload it. */
  readonly preflighted: boolean
  readonly status: UploadStatus
}

/** What a client says of a file. */
export interface ClientEntry {
  readonly ref: string
  readonly name: string
  readonly size: number
  readonly type: string
  readonly relativePath: string | undefined
  readonly lastModified: number | undefined
  readonly meta: unknown
}

/** An entry of the upload with this name and ref, as it begins. */
export function newEntry(upload: { readonly name: string; readonly ref: string }, client: ClientEntry): UploadEntry {
  return Object.freeze({
    ref: client.ref,
    uploadRef: upload.ref,
    uploadName: upload.name,
    uuid: randomUUID(),
    clientName: client.name,
    clientRelativePath: client.relativePath,
    clientSize: client.size,
    clientType: client.type,
    clientLastModified: client.lastModified,
    clientMeta: client.meta,
    progress: 0,
    valid: true,
    done: false,
    cancelled: false,
    preflighted: false,
    status: 'waiting' as const,
  })
}

/** Whether it still counts: it was neither consumed nor cancelled. */
export function isActive({ status }: UploadEntry): boolean {
  return status !== 'leaving'
}
