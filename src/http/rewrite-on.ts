import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from './conn.ts'
import type { Plug } from './plug.ts'

/** What a proxy may say of the client that it stands for. */
export type ForwardedHeader = 'x-forwarded-proto' | 'x-forwarded-host' | 'x-forwarded-port' | 'x-forwarded-for'

const REWRITES: { readonly [Header in ForwardedHeader]: (conn: Conn, value: string) => void } = {
  'x-forwarded-proto': (conn, value) => {
    if (value === 'https' || value === 'http') conn.isSecure = value === 'https'
  },
  'x-forwarded-host': (conn, value) => {
    if (/^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(value)) conn.host = value
  },
  'x-forwarded-port': (conn, value) => {
    if (/^\d{1,5}$/.test(value))
      conn.host = `${conn.host.replace(/:\d*$/, '')}${isUsual(conn, value) ? '' : `:${value}`}`
  },
  'x-forwarded-for': (conn, value) => {
    if (/^[\da-f.:[\]]+$/i.test(value)) conn.remoteAddress = value
  },
}

/**
 * Believes what a proxy says of its clients: `conn.isSecure`, `conn.host`, `conn.remoteAddress`.
 *
 * Only behind a proxy that removes these headers from what clients send and sets them itself: anybody else could lie. Of a
 * list the first is taken. The headers are read in the order given here; the port after the host and the protocol.
 * @throws {BadArgumentError} for another header.
 * Semantics: Plug.RewriteOn.
 */
export function rewriteOn(headers: readonly ForwardedHeader[]): Plug {
  const known = Object.keys(REWRITES)
  if (!Array.isArray(headers) || !headers.every((header) => known.includes(header))) {
    throw new BadArgumentError('rewriteOn', `a list of ${known.join(', ')}`, headers)
  }
  return function rewriteOn(request, conn, next) {
    for (const header of headers as readonly ForwardedHeader[]) {
      const value = request.headers.get(header)?.split(',')[0]?.trim()
      if (value !== undefined) REWRITES[header](conn, value)
    }
    return next()
  }
}

function isUsual(conn: Conn, port: string): boolean {
  return port === (conn.isSecure ? '443' : '80')
}
