import type { ReadableStream } from 'node:stream/web'

/** A request, copied out of the server's memory. */
export interface HttpRequest {
  /** In capitals. */
  readonly method: string
  /** As it came: not decoded, without the query. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** By name in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly remoteAddress: string
}

/** The answer to a request. */
export interface HttpReply {
  readonly status: number
  /** By name; a list is a header that is sent several times, as `set-cookie` is. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** A stream is sent as fast as the client takes it, and cancelled when the client goes. */
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
  /** Of a stream: how many bytes it has, told to the client; one of any other length breaks off. For HEAD: how long the body would be. */
  readonly contentLength?: number
}
