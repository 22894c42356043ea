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
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** For HEAD: how long the body would be. */
  readonly contentLength?: number
}
