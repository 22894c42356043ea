// What travels: the same bytes for every subject, so that only the way differs.

/** The topic that every socket joins. */
export const TOPIC = 'b:1'
/** The event of a broadcast. */
export const EVENT = 'n'
/** The event that is answered with its payload. */
export const ECHO = 'echo'

/** Stands before the number of a message, wherever a serializer puts it: ten digits follow. */
export const MARK = 'seq:'
export const DIGITS = 10

/** What is broadcast, and what is echoed. */
export interface Payload {
  readonly s: string
  readonly x: string
}

/** The payload of message number `sequence`. */
export function payload(sequence: number, padding: string): Payload {
  return { s: MARK + digits(sequence), x: padding }
}

/** A number as {@link DIGITS} digits. */
export function digits(sequence: number): string {
  return String(sequence).padStart(DIGITS, '0')
}

/** A broadcast as Phoenix's V2 text: what Beamish sends, and what the others are given to send. */
export function v2Frame(sequence: number, padding: string): string {
  return JSON.stringify([null, null, TOPIC, EVENT, payload(sequence, padding)])
}

/** The same as text of Socket.IO: an event of the default namespace. */
export function socketIoFrame(sequence: number, padding: string): string {
  return `42${JSON.stringify([EVENT, payload(sequence, padding)])}`
}

/**
 * The padding that makes a frame `bytes` long.
 * @throws {RangeError} when the frame is longer without any.
 */
export function paddingFor(bytes: number, frame: (sequence: number, padding: string) => string): string {
  const least = frame(0, '').length
  if (bytes < least) throw new RangeError(`a frame takes at least ${least} bytes, got ${bytes}`)
  return 'x'.repeat(bytes - least)
}
