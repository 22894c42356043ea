import type { Pid } from '../../core/pid.ts'
import type { ExitReason } from '../../core/reason.ts'
import type { LocalProcess } from '../../runtime/process.ts'
import type { WriterChoice } from './upload-options.ts'

// What the process of a view and those of its uploads say to each other.

/** Which entry of a view it is about. */
export interface UploadAddress {
  /** The component that the upload is of; `null`: the view. */
  readonly cid: number | null
  readonly uploadRef: string
  readonly entryRef: string
}

/** For the process of a view. */
export abstract class UploadNews {
  readonly address: UploadAddress

  constructor(address: UploadAddress) {
    this.address = address
  }
}

/** A process asks whether it may take an entry. It is answered with a {@link UploadPermit} or {@link UploadRefusal}. */
export class UploadRequest extends UploadNews {
  readonly uploader: LocalProcess

  constructor(address: UploadAddress, uploader: LocalProcess) {
    super(address)
    this.uploader = uploader
  }
}

/** All bytes of an entry are there. Sent before the client is answered, so that the view knows it before the client says so. */
export class UploadCompleted extends UploadNews {
  readonly uploader: Pid
  readonly meta: object

  constructor(address: UploadAddress, uploader: Pid, meta: object) {
    super(address)
    this.uploader = uploader
    this.meta = meta
  }
}

/** The writer of an entry failed. */
export class WriterFailed extends UploadNews {
  readonly uploader: Pid
  readonly reason: unknown

  constructor(address: UploadAddress, uploader: Pid, reason: unknown) {
    super(address)
    this.uploader = uploader
    this.reason = reason
  }
}

/** The process of an entry has ended. */
export class UploaderEnded extends UploadNews {
  readonly uploader: Pid
  readonly reason: ExitReason

  constructor(address: UploadAddress, uploader: Pid, reason: ExitReason) {
    super(address)
    this.uploader = uploader
    this.reason = reason
  }
}

/** A view to itself: entries of this upload were consumed or cancelled, and leave the page now that it has its answer. */
export class EntriesLeft extends UploadNews {}

/** For the process of an entry: it may take it. */
export class UploadPermit {
  /** Bytes. */
  readonly size: number
  readonly chunkTimeoutMs: number
  readonly writer: WriterChoice

  constructor(size: number, chunkTimeoutMs: number, writer: WriterChoice) {
    this.size = size
    this.chunkTimeoutMs = chunkTimeoutMs
    this.writer = writer
  }
}

/** It may not. */
export class UploadRefusal {
  readonly reason: 'already_registered' | 'disallowed'

  constructor(reason: 'already_registered' | 'disallowed') {
    this.reason = reason
  }
}

/** Its view needs it no more: the entry was consumed or cancelled. */
export class EndUpload {}

/** Its view has ended. */
export class ViewEnded {}
