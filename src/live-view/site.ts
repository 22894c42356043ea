import type { RouteFinder, StaticFinder, Transport } from '../channel/joinable.ts'
import type { Conn } from '../http/conn.ts'
import type { HasSecretKeyBase } from '../token/key-base.ts'

/** What a live view needs of the endpoint that it is served by. A context for tokens. */
export interface Site extends HasSecretKeyBase {
  /** The name of the endpoint. */
  readonly endpoint: string
  /** The name of its PubSub. */
  readonly pubsub: string | undefined
  /** `undefined` while a page is made over HTTP, and where the endpoint has none. */
  readonly router: RouteFinder | undefined
  /** The static files of the endpoint, if it knows them by name; `undefined` while a page is made over HTTP. */
  readonly staticFiles: StaticFinder | undefined
}

/** The site of a request: while a page is made, nobody asks for routes. */
export function siteOfRequest({ endpoint, secretKeyBase }: Conn): Site {
  return { endpoint, secretKeyBase, pubsub: undefined, router: undefined, staticFiles: undefined }
}

/** The site of a connection. */
export function siteOfTransport({ endpoint, pubsub, router, staticFiles, secretKeyBase }: Transport): Site {
  return { endpoint, pubsub, router, staticFiles, secretKeyBase: secretKeyBase ?? (() => undefined) }
}
