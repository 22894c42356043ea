import type { Plug } from './plug.ts'

/** Where the session keeps them. The wire's spelling: a Phoenix application reads them too. */
const SESSION_KEY = 'phoenix_flash'

/**
 * Messages for the page that comes next: `conn.flash`.
 *
 * A response that redirects takes them along to the next request; any other has shown them, and they are gone.
 * Semantics: Phoenix.Controller.put_flash/3, Phoenix.Flash.
 */
export class Flash {
  private readonly messages: Map<string, string>

  constructor(messages: Iterable<readonly [string, string]> = []) {
    this.messages = new Map(messages)
  }

  /** How many messages there are. */
  get size(): number {
    return this.messages.size
  }

  /** @returns the message of this kind, from the last request or this one; `undefined` when there is none. */
  get(kind: string): string | undefined {
    return this.messages.get(kind)
  }

  /** @param kind - by convention `'info'` or `'error'`. */
  put(kind: string, message: string): void {
    this.messages.set(kind, message)
  }

  /** Forgets all messages. */
  clear(): void {
    this.messages.clear()
  }

  /** A copy of all messages, by kind. */
  toObject(): Record<string, string> {
    return Object.fromEntries(this.messages)
  }
}

/**
 * Gives each request `conn.flash`. Stands after `session(…)`.
 * Semantics: Phoenix.Controller.fetch_flash/2.
 */
export function flash(): Plug {
  return async function flash(_request, conn, next) {
    const { session } = conn
    const messages = new Flash(messagesOf(session.get(SESSION_KEY)))
    conn.provide({ flash: messages })
    const response = await next()
    if (messages.size > 0 && isRedirect(response.status)) session.put(SESSION_KEY, messages.toObject())
    else session.delete(SESSION_KEY)
    return response
  }
}

/** What came in a cookie may have been written by somebody else: what is no text is left out. */
function messagesOf(kept: unknown): (readonly [string, string])[] {
  if (typeof kept !== 'object' || kept === null) return []
  return Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

function isRedirect(status: number): boolean {
  return status >= 300 && status <= 308
}
