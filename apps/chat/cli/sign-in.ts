import type { SocketConnectOption } from 'phoenix'
import { Socket } from 'phoenix'
import WebSocket from 'ws'
import type { User } from '../accounts/accounts.ts'

/** What somebody proves themselves with. */
export interface Credentials {
  readonly name: string
  readonly password: string
}

/** What a program is let in with. */
export interface SignedIn {
  readonly token: string
  readonly user: User
}

/** Asks a chat for a token. @param url - of the chat, as a browser has it. @throws {Error} with words for the user. */
export async function signIn(url: string, credentials: Credentials): Promise<SignedIn> {
  const response = await fetch(new URL('/api/token', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
  }).catch((error: Error) => {
    throw new Error(`there is no chat at ${url}: ${error.cause instanceof Error ? error.cause.message : error.message}`)
  })
  const answer = (await response.json().catch(() => ({}))) as Partial<SignedIn> & { error?: string }
  if (answer.token === undefined || answer.user === undefined)
    throw new Error(answer.error ?? `${url} answered ${response.status}: is it a chat?`)
  return { token: answer.token, user: answer.user }
}

/**
 * The official client, for a chat at `url`. It is not connected yet.
 * @param token - asked for at each connection, so that it may be replaced.
 */
export function socketFor(url: string, token: () => string, options: Partial<SocketConnectOption> = {}): Socket {
  const { href } = new URL('/socket', url.replace(/^http/, 'ws'))
  // Node 20 has no WebSocket of its own; that of `ws` has the interface of a browser's, as far as the client uses it.
  const transport = WebSocket as unknown as NonNullable<SocketConnectOption['transport']>
  return new Socket(href, { transport, params: () => ({ token: token() }), ...options })
}
