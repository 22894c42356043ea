import type { Pid } from '../../core/pid.ts'
import type { LiveState } from '../state.ts'
import type { UploadEntry } from './upload-entry.ts'
import { EndUpload } from './upload-messages.ts'

/** What a view keeps of an entry beside its value: who has the bytes. */
export interface UploadHandle {
  /** The process that takes it; `undefined` for one that goes elsewhere. */
  readonly uploader: Pid | undefined
  /** What consuming gets; `undefined` until all bytes are there. */
  readonly meta: object | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: uploads are no matter of the other assigns
type AnySocket = LiveState<any>

export function handleOf(socket: AnySocket, { uuid }: UploadEntry): UploadHandle | undefined {
  return socket.uploadHandles?.get(uuid)
}

export function putHandle(socket: AnySocket, { uuid }: UploadEntry, handle: UploadHandle): void {
  socket.uploadHandles ??= new Map()
  socket.uploadHandles.set(uuid, handle)
}

/** Forgets an entry's handle; a process that takes it is told to end. */
export function releaseHandle(socket: AnySocket, { uuid }: UploadEntry): void {
  const handle = socket.uploadHandles?.get(uuid)
  socket.uploadHandles?.delete(uuid)
  if (handle !== undefined) endUploader(handle)
}

/** The view or component is gone: so are its uploads. */
export function releaseAllHandles(socket: AnySocket): void {
  for (const handle of socket.uploadHandles?.values() ?? []) endUploader(handle)
  socket.uploadHandles = undefined
}

function endUploader({ uploader }: UploadHandle): void {
  uploader?.receiver?.deliver(new EndUpload())
}
