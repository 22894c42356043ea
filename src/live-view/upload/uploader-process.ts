import { Callback, ServerCode } from '../../behaviours/server.ts'
import { badReturn } from '../../channel/errors.ts'
import { Incoming, type Membership, TransportEnded } from '../../channel/joinable.ts'
import { reply, replyError } from '../../channel/result.ts'
import { type ExitReason, shutdown } from '../../core/reason.ts'
import { isExit } from '../../runtime/messages.ts'
import { Monitor } from '../../runtime/monitor.ts'
import type { LocalProcess } from '../../runtime/process.ts'
import { Timer } from '../../runtime/timers.ts'
import { LEAVE_EVENT, type Message, type MessageRef } from '../../wire/message.ts'
import { isObject } from '../is-object.ts'
import { type Failed, isFailed, isOk } from '../outcome.ts'
import { pageViewsOf } from '../page-views.ts'
import { siteOfTransport } from '../site.ts'
import { openUpload } from '../tokens.ts'
import {
  EndUpload,
  type UploadAddress,
  UploadCompleted,
  UploadPermit,
  UploadRefusal,
  UploadRequest,
  ViewEnded,
  WriterFailed,
} from './upload-messages.ts'
import type { CloseReason, UploadWriter } from './upload-writer.ts'

const CLOSED = shutdown('closed')

/** The next bytes did not come in time. One for each wait: an old one that is late means nothing. */
class ChunkTimeout {}

/** The view behind the upload has ended. */
class ViewWatch extends Monitor {
  override targetEnded(): void {
    this.watcher.deliverSignal(new ViewEnded())
  }
}

type WriterCallbacks = Readonly<Record<keyof UploadWriter, Callback>>

function callbacksOf(writer: UploadWriter): WriterCallbacks {
  const of = (name: keyof UploadWriter) => new Callback(writer[name].bind(writer))
  return { init: of('init'), meta: of('meta'), writeChunk: of('writeChunk'), close: of('close') }
}

/** A writer at work. */
interface Writing {
  readonly writer: WriterCallbacks
  state: unknown
  /** Bytes that are to come in all, and those that have come. */
  readonly size: number
  written: number
  readonly chunkTimeoutMs: number
  isClosed: boolean
}

/**
 * The process of one file on its way from a page: it asks the view for a permit, then takes the bytes.
 *
 * ```text
 *   join ─► token ─► UploadRequest ─► view ─► UploadPermit ─► writer.init ─► joined
 *   chunk ─► writeChunk ─► answer ─► chunk …         the client sends no more before it is answered
 *   last chunk ─► writeChunk ─► close(done) ─► UploadCompleted ─► view, answer;  stays until it is told to end
 * ```
 * Whoever ends first, the other hears of it: it watches the view and the connection, the view watches it. Semantics:
 * Phoenix.LiveView.UploadChannel; liveview.md §17.3. Differs: time is measured between an answer and the next chunk, from the join on.
 */
export class UploaderCode extends ServerCode {
  readonly behaviour = 'LiveUpload'
  readonly moduleName = 'a live upload'
  private readonly membership: Membership
  private address: UploadAddress | undefined = undefined
  private view: LocalProcess | undefined = undefined
  private writing: Writing | undefined = undefined
  private timeout: ChunkTimeout | undefined = undefined
  private readonly timer = new Timer(() => this.process.deliver(this.timeout))

  constructor(membership: Membership) {
    super()
    this.membership = membership
  }

  getState(): unknown {
    const { address, writing } = this
    return { ...address, size: writing?.size, written: writing?.written }
  }

  replaceState(): void {}

  // ── Join ──

  protected init(): void {
    const isConnected = this.membership.begin(this.process)
    this.process.trapsExits = true // so that the writer is closed, whatever ends it
    this.ready()
    this.next = isConnected ? () => this.join() : () => this.finish(CLOSED)
  }

  private join(): void {
    const { params, transport } = this.membership
    const token = openUpload(siteOfTransport(transport), isObject(params) ? params['token'] : undefined)
    if (token === undefined) {
      this.refuse('invalid_token')
      return
    }
    const { cid, uploadRef, entryRef } = token
    const found = pageViewsOf(transport).find(token.view)
    if (found.type !== 'alive') {
      this.refuse('disallowed')
      return
    }
    const view = found.pid.receiver as LocalProcess // sound: a connection's processes are of this thread, and it is alive
    this.address = { cid, uploadRef, entryRef }
    this.view = view
    new ViewWatch(this.process, view.pid).attach(view)
    view.deliver(new UploadRequest(this.address, this.process))
  }

  private refuse(reason: string): void {
    this.membership.refuse({ reason })
    this.terminate(CLOSED)
  }

  private permitted({ size, chunkTimeoutMs, writer: [chosen, options] }: UploadPermit): void {
    const writer = callbacksOf(chosen)
    this.whenDone(this.invoke(writer.init, options), (result) => {
      if (isFailed(result)) {
        this.viewHearsOfFailure(result.reason)
        this.refuse('writer_error')
      } else if (isOk(result)) {
        this.writing = { writer, state: result.value, size, written: 0, chunkTimeoutMs, isClosed: false }
        // When the connection ended meanwhile, the mailbox holds the notice of it: that ends the upload.
        if (this.membership.acceptAlone()) this.awaitChunk()
      } else throw badReturn('an upload writer', 'init', 'ok(state) | error(reason)', result)
    })
  }

  // ── One message ──

  protected handle(message: unknown): void {
    this.lastMessage = message
    if (message instanceof Incoming) this.handleIncoming(message.message)
    else if (message instanceof UploadPermit) this.permitted(message)
    else if (message instanceof UploadRefusal) this.refuse(message.reason)
    else if (message instanceof EndUpload) this.close(CLOSED)
    else if (message instanceof ViewEnded) this.viewEnded()
    else if (message instanceof TransportEnded) this.terminate(CLOSED)
    else if (message instanceof ChunkTimeout) this.timedOut(message)
    else if (this.handleSystem(message)) return
    else if (isExit(message)) this.terminate(message.reason)
  }

  private viewEnded(): void {
    if (this.membership.isJoined) this.close(CLOSED)
    else this.refuse('disallowed')
  }

  private timedOut(message: ChunkTimeout): void {
    if (message === this.timeout) this.close(CLOSED)
  }

  private handleIncoming({ event, payload, ref }: Message): void {
    if (event === LEAVE_EVENT) this.leave(ref)
    else if (event === 'chunk' && payload instanceof Uint8Array && this.writing !== undefined)
      this.chunk(payload, this.writing, ref)
    else this.membership.answer(ref, replyError({ reason: 'bad request' }))
  }

  private leave(ref: MessageRef): void {
    this.membership.answer(ref, reply())
    this.close(shutdown('left'))
  }

  /** The end, as intended: the client is told that it need not come again. */
  private close(reason: ExitReason): void {
    if (this.membership.isJoined) this.membership.close()
    this.terminate(reason)
  }

  // ── Chunks ──

  private awaitChunk(): void {
    const { writing } = this
    if (writing === undefined || writing.isClosed) return
    this.timeout = new ChunkTimeout()
    this.process.runtime.timers.start(this.timer, writing.chunkTimeoutMs)
  }

  private stopWaiting(): void {
    this.timeout = undefined
    this.process.runtime.timers.cancel(this.timer)
  }

  private chunk(bytes: Uint8Array, writing: Writing, ref: MessageRef): void {
    this.lastMessage = { type: 'chunk', bytes: bytes.length } // for reports; the bytes themselves are not kept
    this.stopWaiting()
    if (writing.isClosed || writing.written + bytes.length > writing.size) {
      this.membership.answer(ref, replyError({ reason: 'file_size_limit_exceeded', limit: writing.size }))
      this.close(CLOSED)
      return
    }
    this.whenDone(this.invoke(writing.writer.writeChunk, bytes, writing.state), (result) => {
      if (this.took(writing, 'writeChunk', result)) this.written(bytes.length, writing, ref)
      else this.writeFailed(writing, (result as Failed).reason, ref) // what is neither throws
    })
  }

  private written(count: number, writing: Writing, ref: MessageRef): void {
    writing.written += count
    if (writing.written < writing.size) {
      this.membership.answer(ref, reply())
      this.awaitChunk()
      return
    }
    this.whenDone(this.closeWriter(writing, 'done'), (result) => {
      if (this.took(writing, 'close', result)) this.completed(writing, ref)
      else this.giveUp((result as Failed).reason, ref) // what is neither throws
    })
  }

  private completed({ writer, state }: Writing, ref: MessageRef): void {
    const meta: unknown = this.invoke(writer.meta, state)
    if (typeof meta !== 'object' || meta === null) throw badReturn('an upload writer', 'meta', 'an object', meta)
    this.view?.deliver(new UploadCompleted(this.address as UploadAddress, this.pid, meta)) // joined, and so it has one
    this.membership.answer(ref, reply())
  }

  private writeFailed(writing: Writing, reason: unknown, ref: MessageRef): void {
    this.whenDone(this.closeWriter(writing, { type: 'error', reason }), () => this.giveUp(reason, ref))
  }

  private giveUp(reason: unknown, ref: MessageRef): void {
    this.viewHearsOfFailure(reason)
    this.membership.answer(ref, replyError({ reason: 'writer_error' }))
    this.close(CLOSED)
  }

  private viewHearsOfFailure(reason: unknown): void {
    this.view?.deliver(new WriterFailed(this.address as UploadAddress, this.pid, reason)) // permitted, and so it has one
  }

  // ── The writer ──

  /** Whether a writer did what it was asked to; false when it refused. @throws {BeamishError} `BEAMISH_BAD_RETURN` */
  private took(writing: Writing, name: string, result: unknown): boolean {
    if (isFailed(result)) return false
    if (isOk(result)) writing.state = result.value ?? writing.state
    else if (result !== undefined)
      throw badReturn('an upload writer', name, 'nothing | ok(state) | error(reason)', result)
    return true
  }

  private closeWriter(writing: Writing, reason: CloseReason): unknown {
    this.stopWaiting()
    writing.isClosed = true
    return this.invoke(writing.writer.close, writing.state, reason)
  }

  protected terminateCallback(): unknown {
    const { writing } = this
    if (writing === undefined || writing.isClosed) return undefined
    return this.closeWriter(writing, 'cancel')
  }
}
