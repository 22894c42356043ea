import { STATUS_CODES } from 'node:http'
import type { ReadableStream } from 'node:stream/web'
import type { Body, HttpReply, IncomingRequest, RequestHead, ServerOptions } from './adapter.ts'
import { IncomingHead } from './incoming-head.ts'
import { type ByteSink, discard, isStream, type Outgoing, outgoing, pump } from './reply.ts'

// Requests and answers of uWebSockets.js. A response may be touched until it is answered or aborted, and an ArrayBuffer until the
// handler returns: whoever asks for more has to ask `Answer` first.

type Text = string | Uint8Array

/** A response of uWebSockets.js, as far as it is used here. */
export interface RawResponse {
  cork(callback: () => void): unknown
  writeStatus(status: string): unknown
  writeHeader(name: Text, value: Text): unknown
  write(chunk: Text): boolean
  end(body?: Text): unknown
  endWithoutBody(): unknown
  tryEnd(chunk: Text, contentLength: number): [isTaken: boolean, isOver: boolean]
  getWriteOffset(): number
  close(): unknown
  pause(): void
  resume(): void
  onWritable(handler: (offset: number) => boolean): unknown
  onAborted(handler: () => void): unknown
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): unknown
}

/** A request of uWebSockets.js, after its handler. */
export class UwsIncoming extends IncomingHead implements IncomingRequest {
  private readonly reader: BodyReader
  private readonly answer: Answer

  constructor(head: RequestHead, reader: BodyReader, answer: Answer) {
    super(head)
    this.reader = reader
    this.answer = answer
  }

  body(maxBytes: number): Promise<Body> {
    return this.reader.read(maxBytes)
  }

  onGone(callback: () => void): void {
    this.answer.whenGone(callback)
  }
}

/** What is kept of a body before anybody asks for it. What is there already when the server stops reading comes on top. */
const UNASKED_BYTES = 64 * 1024

/**
 * A body is collected from the first moment, because what comes before somebody listens is lost; but only a little of it: then
 * the client has to wait until it is asked for, or answered.
 */
export class BodyReader {
  private readonly response: RawResponse
  private readonly answer: Answer
  private chunks: Buffer[] = []
  private bytes = 0
  private maxBytes = Number.POSITIVE_INFINITY
  private isWhole = false
  private isPaused = false
  private done: ((body: Body) => void) | undefined = undefined

  constructor(response: RawResponse, answer: Answer) {
    this.response = response
    this.answer = answer
    answer.beforeAnswer = () => this.stop()
    answer.whenGone(() => this.finish('gone'))
    response.onData((chunk, isLast) => this.add(chunk, isLast))
  }

  read(maxBytes: number): Promise<Body> {
    this.maxBytes = maxBytes
    return new Promise((resolve) => {
      this.done = resolve
      if (this.answer.isGone) this.finish('gone')
      else this.check()
      if (this.done !== undefined) this.resume()
    })
  }

  private add(chunk: ArrayBuffer, isLast: boolean): void {
    if (this.answer.isOver) return
    this.bytes += chunk.byteLength
    this.isWhole = isLast
    this.chunks.push(Buffer.from(new Uint8Array(chunk))) // copied: the memory is taken back
    if (this.done !== undefined) this.check()
    else if (this.bytes > UNASKED_BYTES && !isLast) this.pause()
  }

  private check(): void {
    // Later: an answer that comes from inside the handler of a chunk of a longer body breaks a TLS connection.
    if (this.bytes > this.maxBytes) setImmediate(() => this.finish('tooLarge'))
    else if (this.isWhole) this.finish(Buffer.concat(this.chunks))
  }

  private finish(body: Body): void {
    const { done } = this
    this.done = undefined
    this.chunks = []
    done?.(body)
  }

  /** What nobody wants any more is let through, so that the connection can be used again. */
  private stop(): void {
    this.chunks = []
    this.resume()
  }

  private pause(): void {
    if (!this.isPaused) this.response.pause()
    this.isPaused = true
  }

  private resume(): void {
    if (this.isPaused && !this.answer.isOver) this.response.resume()
    this.isPaused = false
  }
}

/** A response that may have been answered or aborted: then it must not be touched any more. */
export class Answer {
  /** Answered, or begun to be, or aborted. */
  isOver = false
  isGone = false
  beforeAnswer: (() => void) | undefined = undefined
  readonly head: RequestHead
  private readonly options: ServerOptions
  private readonly response: RawResponse
  private readonly goneCallbacks: (() => void)[] = []

  constructor(options: ServerOptions, response: RawResponse, head: RequestHead) {
    this.options = options
    this.response = response
    this.head = head
    response.onAborted(() => {
      this.isOver = true
      this.isGone = true
      for (const callback of this.goneCallbacks.splice(0)) this.guard(callback)
    })
  }

  whenGone(callback: () => void): void {
    if (this.isGone) callback()
    else this.goneCallbacks.push(callback)
  }

  /** Runs a callback of the endpoint. */
  guard(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.respond({ status: 500 })
      this.failed(error)
    }
  }

  failed(error: unknown): void {
    this.options.failed(error, this.head)
  }

  readonly respond = (reply: HttpReply): boolean => {
    if (this.isOver) {
      discard(reply)
      return false
    }
    const ready = outgoing(this.head.method, reply)
    this.beforeAnswer?.()
    this.isOver = true
    this.response.cork(() => this.write(ready))
    return true
  }

  private write(ready: Outgoing): void {
    const { response } = this
    const { status, headers, body, contentLength } = ready
    response.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`)
    for (const [name, value] of headers) {
      if (name.toLowerCase() !== 'date') response.writeHeader(name, latin1(value)) // the server writes the date itself
    }
    if (isStream(body)) this.stream(body, contentLength)
    else if (body !== undefined) response.end(body)
    else {
      // Not told to `endWithoutBody`, which would wait for as many bytes.
      if (contentLength !== undefined) response.writeHeader('content-length', String(contentLength))
      response.endWithoutBody()
    }
  }

  private stream(body: ReadableStream<Uint8Array>, contentLength: number | undefined): void {
    const { response } = this
    const sink =
      contentLength === undefined ? new ChunkedSink(response, this) : new SizedSink(response, this, contentLength)
    void pump(body, sink, contentLength)
  }
}

/** Text is written as UTF-8, but headers are Latin-1. */
function latin1(value: string): string | Uint8Array {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1') : value
}

/** The body of a response, chunk by chunk. */
abstract class ResponseSink implements ByteSink {
  protected readonly response: RawResponse
  protected readonly answer: Answer
  private writable: ((isThere: boolean) => void) | undefined = undefined

  constructor(response: RawResponse, answer: Answer) {
    this.response = response
    this.answer = answer
    answer.whenGone(() => this.go(false))
    response.onWritable((offset) => {
      const isTaken = this.resume(offset)
      if (isTaken) this.go(true)
      return isTaken
    })
  }

  /** @returns whether the server takes more right now. */
  protected abstract give(chunk: Uint8Array): boolean
  /** The client takes more. @returns whether all that was given is taken now. */
  protected abstract resume(offset: number): boolean
  abstract end(): void
  abstract fail(error: unknown): void

  whenGone(callback: () => void): void {
    this.answer.whenGone(callback)
  }

  write(chunk: Uint8Array): boolean | Promise<boolean> {
    if (this.answer.isGone) return false
    let isTaken = true
    this.response.cork(() => {
      isTaken = this.give(chunk)
    })
    if (isTaken) return true
    return new Promise((resolve) => {
      this.writable = resolve
    })
  }

  private go(isThere: boolean): void {
    const { writable } = this
    this.writable = undefined
    writable?.(isThere)
  }
}

/** A body of a length that nobody knows. What the client does not take is kept by the server. */
class ChunkedSink extends ResponseSink {
  protected give(chunk: Uint8Array): boolean {
    return this.response.write(chunk)
  }

  protected resume(): boolean {
    return true
  }

  end(): void {
    if (!this.answer.isGone) this.response.cork(() => this.response.end())
  }

  fail(error: unknown): void {
    if (this.answer.isGone) return
    this.response.close()
    this.answer.failed(error)
  }
}

/** A body of a known length. With its last byte the response is over; what the client does not take is kept here. */
class SizedSink extends ResponseSink {
  private readonly contentLength: number
  private isOver = false
  private chunk: Uint8Array = NOTHING
  private chunkOffset = 0

  constructor(response: RawResponse, answer: Answer, contentLength: number) {
    super(response, answer)
    this.contentLength = contentLength
  }

  protected give(chunk: Uint8Array): boolean {
    this.chunk = chunk
    this.chunkOffset = this.response.getWriteOffset()
    return this.resume(this.chunkOffset)
  }

  protected resume(offset: number): boolean {
    const [isTaken, isOver] = this.response.tryEnd(this.chunk.subarray(offset - this.chunkOffset), this.contentLength)
    this.isOver = isOver
    return isTaken || isOver
  }

  end(): void {} // it is over: the length was checked

  fail(error: unknown): void {
    if (this.answer.isGone) return
    if (!this.isOver) this.response.close()
    this.answer.failed(error)
  }
}

const NOTHING = new Uint8Array(0)
