/**
 * What a token or a session may hold: the values that have one form in JavaScript and one in Erlang's terms.
 *
 * Integers outside of ±(2^53 − 1) are bigints, in both directions. Bytes that happen to be UTF-8 come back as a string,
 * because Erlang has one type for both: send base64 where that matters.
 */
export type Term =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly Term[]
  | { readonly [key: string]: Term }

/**
 * How many containers may be nested in a term: as many as in a payload of the wire.
 * It keeps recursion far from the end of the stack, and ends circles.
 */
export const MAX_NESTING = 512

/** The longest term that is written or read. Tokens travel in URLs, headers and messages; a megabyte is far above all. */
export const MAX_TERM_BYTES = 2 ** 20

/** The first byte of every term. */
export const VERSION = 131

/** The bytes that say what follows. Source: Erlang's External Term Format. */
export const TAG = {
  float: 70,
  smallInteger: 97,
  integer: 98,
  atom: 100,
  smallTuple: 104,
  nil: 106,
  byteList: 107,
  list: 108,
  binary: 109,
  smallBig: 110,
  smallAtom: 115,
  map: 116,
  atomUtf8: 118,
  smallAtomUtf8: 119,
} as const

/** Written as a member, it would become a prototype in the hands of whoever merges the object. */
export const UNSAFE_KEY = '__proto__'
