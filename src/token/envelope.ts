import { TAG, type Term } from './term.ts'
import { InvalidTerm, readTerms, type TermReader } from './term-reader.ts'
import { TermWriter } from './term-writer.ts'

/** What lies in a token: the data, when it was signed, and how long it is good unless the reader says otherwise. */
export interface Envelope {
  readonly data: Term
  /** Milliseconds since 1970. */
  readonly signedAtMs: number
  readonly maxAgeSeconds: MaxAge
}

/** Seconds, with fractions; `'infinity'` is for ever. */
export type MaxAge = number | 'infinity'

/** How long a token is good when nobody says: a day. */
export const DEFAULT_MAX_AGE_SECONDS = 86_400

/**
 * Writes an envelope: the term `{data, signed_at_ms, max_age_s}`.
 * @param where - begins the error's message.
 * @throws {BadArgumentError} for data that is no {@link Term}.
 */
export function encodeEnvelope({ data, signedAtMs, maxAgeSeconds }: Envelope, where: string): Buffer {
  const writer = new TermWriter(where)
  writer.tuple(3)
  writer.value(data)
  writer.value(signedAtMs)
  if (maxAgeSeconds === 'infinity') writer.atom('infinity')
  else writer.value(maxAgeSeconds)
  return writer.finish()
}

/**
 * Reads an envelope, also the forms of older systems: `{data, signed_at_ms}` and `%{data: …, signed: …}`, good for a day.
 * @returns `undefined` when it is none, or holds what {@link decodeTerm} refuses.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  const read = readTerms(bytes, (reader) => (reader.peek() === TAG.map ? readOldMap(reader) : readTuple(reader)))
  return read.type === 'ok' ? read.term : undefined
}

function readTuple(reader: TermReader): Envelope {
  const arity = reader.tuple()
  if (arity !== 2 && arity !== 3) throw new InvalidTerm(`a tuple of ${arity}`)
  const data = reader.value()
  const signedAtMs = timeOf(reader.value())
  return { data, signedAtMs, maxAgeSeconds: arity === 3 ? maxAgeOf(reader.value()) : DEFAULT_MAX_AGE_SECONDS }
}

function readOldMap(reader: TermReader): Envelope {
  const map = reader.value()
  const data = isMap(map) && Object.hasOwn(map, 'data') ? map['data'] : undefined
  if (!isMap(map) || data === undefined) throw new InvalidTerm('a map without data')
  return { data, signedAtMs: timeOf(map['signed']), maxAgeSeconds: DEFAULT_MAX_AGE_SECONDS }
}

function isMap(term: Term): term is { readonly [key: string]: Term } {
  return typeof term === 'object' && term !== null && !Array.isArray(term) && !(term instanceof Uint8Array)
}

function timeOf(term: Term | undefined): number {
  if (typeof term !== 'number') throw new InvalidTerm('a time that is no number')
  return term
}

function maxAgeOf(term: Term): MaxAge {
  if (typeof term === 'number' || term === 'infinity') return term
  throw new InvalidTerm('an age that is no number')
}

/** How a token stands at `nowMs`. Semantics: `Plug.Crypto`, `validate_age`. */
export function standingOf(signedAtMs: number, maxAgeSeconds: MaxAge, nowMs: number): 'ok' | 'invalid' | 'expired' {
  if (maxAgeSeconds === 'infinity') return 'ok'
  if (maxAgeSeconds <= 0) return 'expired'
  if (signedAtMs > nowMs) return 'invalid' // by a clock that is wrong, or a key that is not only ours
  return signedAtMs + Math.trunc(maxAgeSeconds * 1000) < nowMs ? 'expired' : 'ok'
}
