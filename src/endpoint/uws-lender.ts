import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RawResponse } from './uws-response.ts'

/** An app of uWebSockets.js, as far as it is used here. */
export interface LendingApp {
  /** Listens on any port. @returns the port, and how to end that. */
  listen(host: string): Promise<{ readonly port: number; readonly stop: () => void }>
  /** Sets who gets the requests. */
  onRequest(handler: (response: RawResponse) => void): void
}

const HOST = '127.0.0.1'

/**
 * A request of our own that is never answered: the cork of its response is lent to upgrades.
 *
 * An upgrade must be made inside a cork, or the library complains on stderr about each. Inside the cork of its own response it must
 * not be made, once the handler has returned: when the callback is over, the library takes for the state of a response what lies
 * where that was, and sometimes closes the new socket at once (uWebSockets.js#1108, uWebSockets#1929; later versions than the one
 * that Node 20 can load do not). Inside the cork of another response neither happens.
 */
export class CorkLender {
  private client: Socket | undefined = undefined
  private response: RawResponse | undefined = undefined

  static async open(app: LendingApp): Promise<CorkLender> {
    const lender = new CorkLender()
    const asked = new Promise<void>((resolve) => {
      app.onRequest((response) => {
        lender.take(response)
        resolve()
      })
    })
    const { port, stop } = await app.listen(HOST)
    try {
      const client = connect(port, HOST)
      await once(client, 'connect')
      client.on('error', () => {}) // it is of no use any more, and that is all
      client.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`)
      client.unref()
      lender.client = client
      await asked
      return lender
    } finally {
      stop()
    }
  }

  /** Calls `body` inside the cork that is lent. @returns false when there is none. */
  lend(body: () => void): boolean {
    const { response } = this
    response?.cork(body)
    return response !== undefined
  }

  close(): void {
    this.client?.destroy()
  }

  /** The first request is kept waiting: ours, or that of somebody who came between, which will do as well. */
  private take(response: RawResponse): void {
    if (this.response !== undefined) {
      response.end()
      return
    }
    this.response = response
    response.onAborted(() => {
      this.response = undefined
    })
  }
}
