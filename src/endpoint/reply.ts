import type { ReadableStream } from 'node:stream/web'
import { BadArgumentError } from '../core/errors.ts'
import type { HttpReply } from '../http/message.ts'

/** A reply as it goes onto the wire, whichever server writes it. */
export interface Outgoing {
  readonly status: number
  /** Checked; without those that the server writes itself. */
  readonly headers: readonly HeaderLine[]
  /** `undefined`: there is none, as for HEAD. */
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | undefined
  /** Of a stream: how long it is. Without a body: how long it would be. `undefined`: nobody knows, or the body tells. */
  readonly contentLength: number | undefined
}

/** Name and value. */
export type HeaderLine = readonly [name: string, value: string]

/** How the body is delimited is for the server to say, and whether the connection goes on. */
const SERVERS_OWN = ['content-length', 'transfer-encoding', 'connection', 'keep-alive']
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i
/** Nothing that could end the line: a value that came from a user must not become a header of its own. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * Makes a reply ready: pure, but for a stream that is not needed, which is cancelled.
 * @throws {BadArgumentError} for a status or a header that no server can send.
 */
export function outgoing(method: string, reply: HttpReply): Outgoing {
  const { status } = reply
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new BadArgumentError('an HTTP reply: status', 'a whole number from 200 to 599', status)
  }
  const headers = headerLines(reply)
  if (status === 204 || status === 304) return { status, headers, body: noBody(reply), contentLength: undefined }
  const contentLength = lengthOf(reply)
  if (method === 'HEAD') return { status, headers, body: noBody(reply), contentLength }
  if (!isStream(reply.body)) return { status, headers, body: reply.body ?? '', contentLength: undefined }
  if (contentLength === 0) return { status, headers, body: noBody(reply) ?? '', contentLength: undefined }
  return { status, headers, body: reply.body, contentLength }
}

function headerLines({ headers = {} }: HttpReply): HeaderLine[] {
  const lines: HeaderLine[] = []
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw new BadArgumentError('an HTTP reply: headers', 'names such as content-type', name)
    if (SERVERS_OWN.includes(name.toLowerCase())) continue
    for (const line of typeof value === 'string' ? [value] : value) lines.push([name, checkValue(name, line)])
  }
  return lines
}

function checkValue(name: string, value: unknown): string {
  if (typeof value === 'string' && VALUE.test(value)) return value
  throw new BadArgumentError(`an HTTP reply: header ${name}`, 'text of one line, in Latin-1', value)
}

function noBody(reply: HttpReply): undefined {
  discard(reply)
}

/** Nobody wants this reply: what its body would come from may stop. */
export function discard({ body }: HttpReply): void {
  if (isStream(body) && !body.locked) body.cancel().catch(() => {}) // how it ends is nobody's business any more
}

function lengthOf({ contentLength, headers, body }: HttpReply): number | undefined {
  if (contentLength !== undefined) return contentLength
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.byteLength
  const said = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-length')?.[1]
  return typeof said === 'string' && /^\d+$/.test(said) ? Number(said) : undefined
}

/** Whether a body comes bit by bit. */
export function isStream(body: HttpReply['body']): body is ReadableStream<Uint8Array> {
  return typeof body === 'object' && !(body instanceof Uint8Array)
}

/** Where the chunks of a stream go. */
export interface ByteSink {
  /** @returns when the next chunk may come; false when there is nobody any more who would take it. */
  write(chunk: Uint8Array): boolean | Promise<boolean>
  /** That was all. */
  end(): void
  /** The stream failed: the client must see that it has not got all. */
  fail(error: unknown): void
  /** Calls back when the client goes. */
  whenGone(callback: () => void): void
}

/**
 * Sends a stream as fast as the sink takes it. Never more than one chunk is on its way.
 * @param contentLength - what the client was told: a stream of any other length fails.
 */
export async function pump(stream: ReadableStream<Uint8Array>, sink: ByteSink, contentLength?: number): Promise<void> {
  const reader = stream.getReader()
  const cancel = () => reader.cancel('the client has gone').catch(() => {}) // its own affair: nobody reads it any more
  sink.whenGone(cancel) // also while the stream has nothing to say
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (!done && !(value instanceof Uint8Array)) throw wrongBody('a stream of bytes', value)
      bytes += value?.byteLength ?? 0
      checkLength(bytes, done, contentLength)
      if (done) return sink.end()
      if (value.byteLength > 0 && !(await sink.write(value))) return void (await cancel())
    }
  } catch (error) {
    void cancel()
    sink.fail(error)
  }
}

function checkLength(bytes: number, isWhole: boolean, contentLength = bytes): void {
  if (bytes === contentLength || (bytes < contentLength && !isWhole)) return
  throw wrongBody(`a stream of ${contentLength} bytes, as its contentLength says`, `${bytes} bytes`)
}

function wrongBody(expected: string, got: unknown): BadArgumentError {
  return new BadArgumentError('the body of a reply', expected, got)
}
