import { badReturn } from '../../channel/errors.ts'
import type { Pid } from '../../core/pid.ts'
import { type ExitReason, isAbnormal, shutdown } from '../../core/reason.ts'
import { actingProcess } from '../../runtime/current.ts'
import { Monitor } from '../../runtime/monitor.ts'
import type { LocalProcess } from '../../runtime/process.ts'
import { type ConnectedView, type Ending, type Turn, UNASKED } from '../connected-view.ts'
import { type Invoke, type Pass, settled } from '../pass.ts'
import type { LiveState } from '../state.ts'
import type { ComponentInstance } from '../tree/component-instance.ts'
import { dropEntry, dropLeaving, failEntry, registerEntry } from './config-changes.ts'
import { anyConfigByRef, configByRef, putConfig } from './socket-uploads.ts'
import { temporaryFileWriter } from './temporary-file.ts'
import type { UploadConfig } from './upload-config.ts'
import { isActive, type UploadEntry } from './upload-entry.ts'
import { handleOf, putHandle, releaseHandle } from './upload-handle.ts'
import {
  EntriesLeft,
  type UploadAddress,
  UploadCompleted,
  UploaderEnded,
  type UploadNews,
  UploadPermit,
  UploadRefusal,
  UploadRequest,
  WriterFailed,
} from './upload-messages.ts'
import type { WriterChoice } from './upload-options.ts'

// The side of the view: what becomes of what the processes of its uploads say.

/** Who an upload is of: the view, or one of its components. */
export interface UploadOwner {
  // biome-ignore lint/suspicious/noExplicitAny: uploads are no matter of the other assigns
  readonly socket: LiveState<any>
  /** `undefined` for the view. */
  readonly instance: ComponentInstance | undefined
  readonly moduleName: string
}

/** The owner that a message names, whose turn it is now; `undefined` for a component that is gone. */
export function ownerOf(view: ConnectedView, cid: number | null): UploadOwner | undefined {
  if (cid === null) return { socket: view.socket, instance: undefined, moduleName: view.socket.view.moduleName }
  const instance = view.beginComponent(cid)
  return instance && { socket: instance.socket, instance, moduleName: instance.module.moduleName }
}

/** Tells the page what a callback about an upload changed. */
export function concludeFor(view: ConnectedView, { instance }: UploadOwner, turn: Turn): Pass<Ending | undefined> {
  return instance === undefined ? view.conclude(turn) : view.concludeComponent(instance, turn)
}

/** Runs the callback `progress` of an upload. */
export function* runProgress(
  invoke: Invoke,
  { socket }: UploadOwner,
  { name, options }: UploadConfig,
  entry: UploadEntry,
): Pass<void> {
  const { progress } = options
  if (progress !== undefined) yield* settled(invoke(progress, name, entry, socket))
}

// ── News ──

/** An entry of the view that news are about. */
interface Subject {
  readonly owner: UploadOwner
  readonly config: UploadConfig
  readonly entry: UploadEntry
}

function subjectOf(view: ConnectedView, { cid, uploadRef, entryRef }: UploadAddress): Subject | undefined {
  const owner = ownerOf(view, cid)
  const config = owner && configByRef(owner.socket, uploadRef)
  const entry = config?.entry(entryRef)
  return entry && { owner: owner as UploadOwner, config: config as UploadConfig, entry } // it is of both
}

/** Handles what the process of an upload said. */
export function* handleUploadNews(view: ConnectedView, invoke: Invoke, news: UploadNews): Pass<Ending | undefined> {
  if (news instanceof UploadRequest) return yield* handleRequest(view, invoke, news)
  if (news instanceof UploaderEnded && isAbnormal(news.reason)) return { reason: uploaderCrashed(news.reason) }
  if (news instanceof EntriesLeft) return yield* dropThose(view, news)
  const subject = subjectOf(view, news.address)
  if (subject === undefined) return undefined // it was cancelled, or is gone with its component
  if (news instanceof UploadCompleted) completed(subject, news)
  if (news instanceof WriterFailed) return yield* writerFailed(view, invoke, subject, news)
  if (news instanceof UploaderEnded) return yield* uploaderEnded(view, subject, news)
  return undefined
}

function uploaderCrashed(reason: ExitReason): ExitReason {
  return shutdown({ type: 'channelUploadExit', reason })
}

function* handleRequest(view: ConnectedView, invoke: Invoke, request: UploadRequest): Pass<Ending | undefined> {
  const { address, uploader } = request
  const owner = ownerOf(view, address.cid)
  const config = owner && configByRef(owner.socket, address.uploadRef)
  if (config === undefined || owner === undefined) {
    uploader.deliver(new UploadRefusal('disallowed'))
    return undefined
  }
  const registration = registerEntry(config, address.entryRef)
  if (registration.type === 'refused') {
    uploader.deliver(new UploadRefusal(registration.reason))
    return undefined
  }
  const { entry } = registration
  const choice = chosenWriter(config, entry, yield* settled(chooseWriter(invoke, owner, config, entry)))
  // Watched before it may begin: an end is heard of, however soon it comes.
  new UploaderWatch(actingProcess(), uploader, address).attach(uploader)
  putHandle(owner.socket, entry, { uploader: uploader.pid, meta: undefined })
  putConfig(owner.socket, registration.config)
  uploader.deliver(new UploadPermit(entry.clientSize, config.chunkTimeoutMs, choice))
  return yield* concludeFor(view, owner, UNASKED)
}

function chooseWriter(invoke: Invoke, { socket }: UploadOwner, { name, options }: UploadConfig, entry: UploadEntry) {
  return options.writer === undefined ? [temporaryFileWriter] : invoke(options.writer, name, entry, socket)
}

const WRITER_FUNCTIONS = ['init', 'meta', 'writeChunk', 'close'] as const

function chosenWriter({ name }: UploadConfig, entry: UploadEntry, choice: unknown): WriterChoice {
  const writer: unknown = Array.isArray(choice) ? choice[0] : undefined
  const isWriter =
    typeof writer === 'object' &&
    writer !== null &&
    WRITER_FUNCTIONS.every((key) => typeof (writer as Record<string, unknown>)[key] === 'function')
  if (isWriter) return choice as WriterChoice // just seen
  throw badReturn(`the upload ${name}`, `writer for ${entry.ref}`, '[writer, options], an UploadWriter', choice)
}

/** The view watches the processes of its uploads. */
class UploaderWatch extends Monitor {
  private readonly address: UploadAddress

  constructor(view: LocalProcess, uploader: LocalProcess, address: UploadAddress) {
    super(view, uploader.pid)
    this.address = address
  }

  override targetEnded(reason: ExitReason): void {
    this.watcher.deliverSignal(new UploaderEnded(this.address, this.object as Pid, reason)) // a pid, above
  }
}

/** Whether news are of the process that has the entry now. */
function isFrom({ owner, entry }: Subject, uploader: Pid): boolean {
  return handleOf(owner.socket, entry)?.uploader === uploader
}

function completed(subject: Subject, { uploader, meta }: UploadCompleted): void {
  if (isFrom(subject, uploader)) putHandle(subject.owner.socket, subject.entry, { uploader, meta })
}

function* writerFailed(
  view: ConnectedView,
  invoke: Invoke,
  subject: Subject,
  { uploader, reason }: WriterFailed,
): Pass<Ending | undefined> {
  const { owner, config, entry } = subject
  if (!isFrom(subject, uploader)) return undefined
  releaseHandle(owner.socket, entry)
  const failed = failEntry(config, entry.ref, reason)
  putConfig(owner.socket, failed)
  yield* runProgress(invoke, owner, failed, failed.entry(entry.ref) as UploadEntry) // it was there
  return yield* concludeFor(view, owner, UNASKED)
}

/** An upload that ended early, but in order, leaves no entry behind. */
function* uploaderEnded(view: ConnectedView, subject: Subject, news: UploaderEnded): Pass<Ending | undefined> {
  const { owner, config, entry } = subject
  if (!isFrom(subject, news.uploader)) return undefined
  releaseHandle(owner.socket, entry)
  putConfig(owner.socket, dropEntry(config, entry.ref))
  return yield* concludeFor(view, owner, UNASKED)
}

function* dropThose(view: ConnectedView, { address }: EntriesLeft): Pass<Ending | undefined> {
  const owner = ownerOf(view, address.cid)
  const config = owner && anyConfigByRef(owner.socket, address.uploadRef) // it may have been disallowed right after
  if (owner === undefined || config === undefined || config.entries.every(isActive)) return undefined
  putConfig(owner.socket, dropLeaving(config))
  return yield* concludeFor(view, owner, UNASKED)
}
