import { BeamishError } from '../core/errors.ts'

/**
 * A frame that does not hold a message, and so cannot be answered.
 * `code` is `BEAMISH_INVALID_MESSAGE`. The connection it came from is closed with 1011 and nothing else happens.
 * The message says what was expected and describes what came by its kind and size: never the content, which is the
 * client's and may be secret.
 * Semantics: channels.md §3.1.
 */
export class InvalidMessageError extends BeamishError {
  constructor(expected: string, got: string, options?: ErrorOptions) {
    super('BEAMISH_INVALID_MESSAGE', `expected ${expected}, got ${got}`, options)
    this.name = 'InvalidMessageError'
  }
}

/**
 * A payload that no client could receive.
 * `code` is `BEAMISH_INVALID_PAYLOAD`. Raised for a push or broadcast whose payload is neither an object nor bytes, and
 * for values without a JSON form: a bigint, a circular reference, a `toJSON` that throws (the `cause`).
 */
export class InvalidPayloadError extends BeamishError {
  constructor(expected: string, got: string, options?: ErrorOptions) {
    super('BEAMISH_INVALID_PAYLOAD', `expected ${expected}, got ${got}`, options)
    this.name = 'InvalidPayloadError'
  }
}

/**
 * A field that is too long for the binary layout, which has one byte for each length.
 * `code` is `BEAMISH_FIELD_TOO_LONG`. JSON and MessagePack have no such limit.
 */
export class FieldTooLongError extends BeamishError {
  constructor(field: string, bytes: number) {
    super(
      'BEAMISH_FIELD_TOO_LONG',
      `a message with a binary payload holds its ${field} in at most 255 bytes of UTF-8, got ${bytes}. ` +
        `Shorten the ${field}, or send the bytes as base64 inside an object.`,
    )
    this.name = 'FieldTooLongError'
  }
}

/**
 * Bytes for a client whose serializer is text only.
 * `code` is `BEAMISH_BYTES_UNSUPPORTED`. A broadcaster asks {@link Serializer.carriesBytes} first and skips such
 * members, so that one old client cannot harm everybody's broadcast.
 */
export class BytesUnsupportedError extends BeamishError {
  constructor(serializer: string) {
    super(
      'BEAMISH_BYTES_UNSUPPORTED',
      `the serializer ${serializer} carries text only, got a payload of bytes. ` +
        'Send an object (bytes as base64), or let the client connect with vsn 2.0.0.',
    )
    this.name = 'BytesUnsupportedError'
  }
}

/**
 * Describes a value by kind and size, for an error message.
 * @returns such as `null`, `a string of 12`, `an array of 2`, `an object`: never the content.
 */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `a string of ${value.length}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
