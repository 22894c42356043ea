import { nanoid } from 'nanoid'
import { BadArgumentError } from '../../core/errors.ts'
import { ComponentSocket } from '../component.ts'
import { unknownUpload, uploadActive } from '../errors.ts'
import type { LiveState } from '../state.ts'
import { cancelEntry } from './config-changes.ts'
import { UploadConfig } from './upload-config.ts'
import { isActive, type UploadEntry } from './upload-entry.ts'
import { releaseHandle } from './upload-handle.ts'
import { EntriesLeft } from './upload-messages.ts'
import { checkUploadOptions, type UploadOptions } from './upload-options.ts'

// biome-ignore lint/suspicious/noExplicitAny: uploads are no matter of the other assigns
type AnySocket = LiveState<any>

/**
 * Allows an upload: its files come up as `assigns.uploads[name]`, an {@link UploadConfig}, when somebody chooses them in a
 * `liveFileInput`. Usually in `mount`. Allowed again, it begins anew: nothing of it counts as consumed.
 * @param name - unique in the view and all of its components. Also the name of the input.
 * @returns the socket.
 * @throws {BadArgumentError} for a name that is no string, and for options of the wrong kind.
 * @throws {BeamishError} `BEAMISH_UPLOAD_ACTIVE` while it has entries that were neither consumed nor cancelled.
 * Semantics: Phoenix.LiveView.allow_upload/3.
 */
export function allowUpload<Socket extends AnySocket>(
  socket: Socket,
  name: string,
  options: UploadOptions<Socket>,
): Socket {
  if (typeof name !== 'string' || name === '') throw new BadArgumentError('allowUpload: name', 'a string', name)
  checkInactive('allowUpload', socket, name)
  const checked = checkUploadOptions(`allowUpload: ${name}`, options)
  putConfig(socket, new UploadConfig(name, `phx-${nanoid()}`, checked))
  return socket
}

/**
 * Allows an upload no more. It stays among the assigns, so that templates that show it go on; what its input sends is ignored.
 * @returns the socket.
 * @throws {BeamishError} `BEAMISH_UNKNOWN_UPLOAD` · `BEAMISH_UPLOAD_ACTIVE` as {@link allowUpload}.
 * Semantics: Phoenix.LiveView.disallow_upload/2.
 */
export function disallowUpload<Socket extends AnySocket>(socket: Socket, name: string): Socket {
  const config = configNamed('disallowUpload', socket, name)
  checkInactive('disallowUpload', socket, name)
  putConfig(socket, config.with({ isAllowed: false }))
  return socket
}

/**
 * Takes an entry back, also one that is being uploaded: its process closes the writer and ends. An entry that was being uploaded
 * leaves the page right after what this callback says.
 * @param ref - of the entry.
 * @returns the socket.
 * @throws {BeamishError} `BEAMISH_UNKNOWN_UPLOAD` for an unknown upload or entry. Semantics: Phoenix.LiveView.cancel_upload/3.
 */
export function cancelUpload<Socket extends AnySocket>(socket: Socket, name: string, ref: string): Socket {
  const config = configNamed('cancelUpload', socket, name)
  const entry = config.entry(ref)
  if (entry === undefined) {
    const known = config.entries.map((other) => other.ref)
    throw unknownUpload('cancelUpload', name, known, ref)
  }
  putConfig(socket, cancelEntry(config, ref))
  released(socket, [entry])
  return socket
}

/**
 * The entries of an upload, done and not done, without those that were consumed or cancelled.
 * @returns two empty lists for an upload that is not allowed. Semantics: Phoenix.LiveView.uploaded_entries/2.
 */
export function uploadedEntries(
  socket: AnySocket,
  name: string,
): readonly [done: readonly UploadEntry[], inProgress: readonly UploadEntry[]] {
  const active = uploadsOf(socket)[name]?.entries.filter(isActive) ?? []
  return [active.filter(({ done }) => done), active.filter(({ done }) => !done)]
}

function checkInactive(where: string, socket: AnySocket, name: string): void {
  const count = uploadedEntries(socket, name).flat().length
  if (count > 0) throw uploadActive(where, name, count)
}

// ── For the functions of this room ──

export function uploadsOf({ assigns }: AnySocket): Readonly<Record<string, UploadConfig>> {
  return assigns.uploads ?? {}
}

/** @throws {BeamishError} `BEAMISH_UNKNOWN_UPLOAD` */
export function configNamed(where: string, socket: AnySocket, name: string): UploadConfig {
  const uploads = uploadsOf(socket)
  const config = Object.hasOwn(uploads, name) ? uploads[name] : undefined
  if (config !== undefined) return config
  throw unknownUpload(where, name, Object.keys(uploads))
}

/** The upload that a client means; `undefined` for one that is not allowed, or no more. @param ref - whatever the client says. */
export function configByRef(socket: AnySocket, ref: unknown): UploadConfig | undefined {
  const config = anyConfigByRef(socket, ref)
  return config?.isAllowed ? config : undefined
}

/** The upload with this ref, also one that is allowed no more. */
export function anyConfigByRef(socket: AnySocket, ref: unknown): UploadConfig | undefined {
  return Object.values(uploadsOf(socket)).find((config) => config.ref === ref)
}

export function putConfig(socket: AnySocket, config: UploadConfig): void {
  socket.assign({ uploads: { ...uploadsOf(socket), [config.name]: config } })
}

/** Entries were consumed or cancelled: nobody needs their processes any more. */
export function released(socket: AnySocket, entries: readonly UploadEntry[]): void {
  for (const entry of entries) releaseHandle(socket, entry)
  const [first] = entries.filter(({ status }) => status === 'uploading')
  if (first !== undefined) leave(socket, first)
}

/**
 * Entries that are leaving do so with a message of their own. The client takes an entry whose ref is gone for cancelled: gone in the
 * answer to its last progress it would be counted twice, as cancelled and as done, and a form that waits for other files with
 * `autoUpload` would never be sent.
 */
export function leave(socket: AnySocket, { uploadRef, ref }: UploadEntry): void {
  const cid = socket instanceof ComponentSocket ? socket.cid.number : null
  socket.tasks?.pid.receiver?.deliver(new EntriesLeft({ cid, uploadRef, entryRef: ref }))
}
