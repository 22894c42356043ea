import { BadArgumentError } from '../core/errors.ts'
import { type Plug, withHeaders } from './plug.ts'

/** Headers by name; `false` leaves one of the defaults out. */
export interface SecureHeaders {
  readonly [name: string]: string | false
}

/** Those of Phoenix 1.8. */
const DEFAULTS: SecureHeaders = {
  'referrer-policy': 'strict-origin-when-cross-origin',
  'content-security-policy': "base-uri 'self'; frame-ancestors 'self';",
  'x-content-type-options': 'nosniff',
  'x-permitted-cross-domain-policies': 'none',
}

/**
 * Puts headers on every response that tell browsers to be careful with it. What a handler has set stays.
 *
 * - `referrer-policy: strict-origin-when-cross-origin`
 * - `content-security-policy: base-uri 'self'; frame-ancestors 'self';`
 * - `x-content-type-options: nosniff`
 * - `x-permitted-cross-domain-policies: none`
 *
 * @param headers - more of them, or other values.
 * @throws {BadArgumentError} for a name or a value that is none.
 * Semantics: Phoenix.Controller.put_secure_browser_headers/2.
 */
export function secureHeaders(headers: SecureHeaders = {}): Plug {
  const wanted = Object.entries({ ...DEFAULTS, ...inSmallLetters(headers) }).filter(isOn)
  return async function secureHeaders(_request, _conn, next) {
    return withHeaders(await next(), (present) => {
      for (const [name, value] of wanted) if (!present.has(name)) present.set(name, value)
    })
  }
}

function inSmallLetters(headers: SecureHeaders): SecureHeaders {
  if (typeof headers !== 'object' || headers === null) {
    throw new BadArgumentError('secureHeaders', 'headers by name', headers)
  }
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!isHeader(name, value)) throw new BadArgumentError('secureHeaders', 'headers by name', { [name]: value })
      return [name.toLowerCase(), value]
    }),
  )
}

function isHeader(name: string, value: unknown): boolean {
  if (value !== false && typeof value !== 'string') return false
  try {
    new Headers({ [name]: value === false ? '' : value })
    return true
  } catch {
    return false
  }
}

function isOn(entry: [string, string | false]): entry is [string, string] {
  return entry[1] !== false
}
