import type { RequestHead } from './adapter.ts'

/** What a request says before its body: what the requests of all servers have in common. */
export class IncomingHead implements RequestHead {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly remoteAddress: string
  readonly remotePort: number
  readonly isSecure: boolean

  constructor(head: RequestHead) {
    this.method = head.method
    this.path = head.path
    this.query = head.query
    this.headers = head.headers
    this.remoteAddress = head.remoteAddress
    this.remotePort = head.remotePort
    this.isSecure = head.isSecure
  }
}
