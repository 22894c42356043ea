import type { Plug } from './plug.ts'

/** Where the session keeps them. The wire's spelling: a Phoenix application reads them too. */
const SESSION_KEY = 'phoenix_flash'

/** A message for the person at the page: mostly a text, but any JSON value. */
export type FlashMessage =
  | string
  | number
  | boolean
  | null
  | readonly FlashMessage[]
  | { readonly [key: string]: FlashMessage }

/**
 * Messages for the page that comes next: `conn.flash`.
 *
 * A response that redirects takes them along to the next request; any other has shown them, and they are gone.
 * Semantics: Phoenix.Controller.put_flash/3, Phoenix.Flash.
 */
export class Flash {
  private readonly messages: Map<string, FlashMessage>

  constructor(messages: Iterable<readonly [string, FlashMessage]> = []) {
    this.messages = new Map(messages)
  }

  /** How many messages there are. */
  get size(): number {
    return this.messages.size
  }

  /** @returns the message of this kind, from the last request or this one; `undefined` when there is none. */
  get(kind: string): FlashMessage | undefined {
    return this.messages.get(kind)
  }

  /** @param kind - by convention `'info'` or `'error'`. */
  put(kind: string, message: FlashMessage): void {
    this.messages.set(kind, message)
  }

  /** Forgets all messages. */
  clear(): void {
    this.messages.clear()
  }

  /** A copy of all messages, by kind. */
  toObject(): Record<string, FlashMessage> {
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

/** What came in a cookie may have been written by a program in another language: what is no JSON value is left out. */
function messagesOf(kept: unknown): (readonly [string, FlashMessage])[] {
  if (typeof kept !== 'object' || kept === null) return []
  return Object.entries(kept).filter((entry): entry is [string, FlashMessage] => isMessage(entry[1]))
}

function isMessage(value: unknown): value is FlashMessage {
  if (typeof value !== 'object') return ['string', 'number', 'boolean'].includes(typeof value)
  if (value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null
  return isPlain && Object.values(value).every(isMessage)
}

function isRedirect(status: number): boolean {
  return status >= 300 && status <= 308
}
