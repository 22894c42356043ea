/** How the official client hides its `authToken` among the subprotocols that it offers. */
const AUTH_TOKEN_PREFIX = 'base64url.bearer.phx.'
/** What it offers beside: the one that is answered. */
export const PHOENIX_SUBPROTOCOL = 'phoenix'

/** What a client offered, with its token taken out. */
export interface Offer {
  /** What is left of the header; `undefined` when nothing is. */
  readonly header: string | undefined
  /** `null`: it sent none. `undefined`: what it sent cannot be decoded. */
  readonly authToken: string | null | undefined
}

/**
 * Takes the client's token out of its `sec-websocket-protocol` header. Pure.
 * Semantics: channels.md §2.5. Differs: both alphabets of base64 are read; a token that cannot be decoded is no crash.
 */
export function takeAuthToken(header: string | undefined): Offer {
  const offered = offersIn(header)
  const tokens = offered.filter((name) => name.startsWith(AUTH_TOKEN_PREFIX))
  if (tokens.length !== 1) return { header, authToken: null }
  const rest = offered.filter((name) => !name.startsWith(AUTH_TOKEN_PREFIX))
  const authToken = decodeToken((tokens[0] as string).slice(AUTH_TOKEN_PREFIX.length))
  return { header: rest.length === 0 ? undefined : rest.join(', '), authToken }
}

/** The client made bytes of its characters, as `btoa` does. */
function decodeToken(encoded: string): string | undefined {
  if (!/^[\w+/-]*={0,2}$/.test(encoded) || encoded.replaceAll('=', '').length % 4 === 1) return undefined
  return Buffer.from(encoded, 'base64').toString('latin1')
}

/**
 * Chooses the subprotocol that is answered: the first of the server's that the client offers. Pure.
 * @param accepted - `undefined`: the header is not looked at, and none is answered.
 * @returns `'none'` when nothing is answered, `'refused'` when nothing that was offered is accepted.
 */
export function chooseSubprotocol(
  header: string | undefined,
  accepted: readonly string[] | undefined,
): { readonly type: 'chosen'; readonly subprotocol: string } | 'none' | 'refused' {
  const offered = offersIn(header)
  if (accepted === undefined || offered.length === 0) return 'none'
  const subprotocol = accepted.find((name) => offered.includes(name))
  return subprotocol === undefined ? 'refused' : { type: 'chosen', subprotocol }
}

function offersIn(header: string | undefined): string[] {
  return (header ?? '').split(',').flatMap((name) => name.trim() || [])
}
