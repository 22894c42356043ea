import { ReadableStream, type ReadableStreamReadResult } from 'node:stream/web'
import { HttpError } from '../http/errors.ts'
import type { HttpReply } from '../http/message.ts'
import type { IncomingRequest } from './adapter.ts'

// Between what a server hands over and the web's own Request and Response.

/** Methods that the web's Request does not know, for security. */
const FORBIDDEN_METHODS = ['CONNECT', 'TRACE', 'TRACK']
const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i

/**
 * A request as the web has it. Its body is read when somebody asks for it; its signal fires when the client goes before the answer.
 * @param maxBodyBytes - reading a longer body throws an {@link HttpError} of status 413.
 * @returns the answer to a request that cannot be one.
 */
export function webRequestOf(request: IncomingRequest, maxBodyBytes: number): Request | HttpReply {
  const { method, path, query } = request
  if (FORBIDDEN_METHODS.includes(method)) return { status: 501 }
  const host = request.headers['host'] ?? 'localhost'
  if (!HOST.test(host) || !path.startsWith('/')) return { status: 400 }
  const url = `${request.isSecure ? 'https' : 'http'}://${host}${path}${query === '' ? '' : `?${query}`}`
  const headers = headersOf(request)
  if (headers === undefined || !URL.canParse(url)) return { status: 400 }
  const { signal, abort } = abortion()
  request.onGone(abort)
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: bodyOf(request, maxBodyBytes), duplex: 'half' as const } : {}
  return new Request(url, { method, headers, signal, ...body })
}

function abortion(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    abort: () => controller.abort(new DOMException('the client has gone', 'AbortError')),
  }
}

/** @returns `undefined` when one cannot be a header. */
function headersOf(request: IncomingRequest): Headers | undefined {
  try {
    return new Headers(request.headers)
  } catch {
    return undefined
  }
}

/** A body that is asked for when it is read, and not before. */
function bodyOf(request: IncomingRequest, maxBytes: number): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const body = await request.body(maxBytes)
        if (body === 'tooLarge') controller.error(new HttpError(413, `The body has more than ${maxBytes} bytes.`))
        else if (body === 'gone') controller.error(new DOMException('the client has gone', 'AbortError'))
        else {
          if (body.byteLength > 0) controller.enqueue(body)
          controller.close()
        }
      },
    },
    { highWaterMark: 0 }, // otherwise it would be pulled at once
  )
}

/** An answer of the web's as a server sends it. What is there at once is sent in one piece, with its length. */
export async function replyOf(response: Response): Promise<HttpReply> {
  const headers: Record<string, string | readonly string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  const { status, body } = response
  if (body === null) return { status, headers }
  return { status, headers, body: await piecesOf(body as ReadableStream<Uint8Array>) } // a Response has bytes
}

type Read = Promise<ReadableStreamReadResult<Uint8Array>>

/** More than this is sent as a stream, whole or not. */
const MOST_AT_ONCE = 256 * 1024

/** All of a body that is there within a turn of the event loop; otherwise a stream of it. */
async function piecesOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const reader = body.getReader()
  const reads: Read[] = []
  const chunks: Uint8Array[] = []
  const late = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))
  for (let bytes = 0; bytes <= MOST_AT_ONCE; ) {
    const read = reader.read()
    reads.push(read)
    read.catch(() => {}) // whoever reads the stream sees it again
    const result = await Promise.race([read, late])
    if (result === undefined) break
    if (result.done) return Buffer.concat(chunks)
    chunks.push(result.value)
    bytes += result.value.byteLength
  }
  return resumed(reader, reads)
}

/** A stream whose first reads were made already. */
function resumed(
  reader: { read(): Read; cancel(reason: unknown): Promise<void> },
  reads: Read[],
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await (reads.shift() ?? reader.read())
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
