import type { Pid } from '../core/pid.ts'
import { keyHash, keyId } from '../registry/key.ts'

/** The wire's spelling: the member of a meta that names it. */
export const REF = 'phx_ref'
/** The wire's spelling: the member of an updated meta that names the one that it replaced. */
export const PREVIOUS_REF = 'phx_ref_prev'

const NS_PER_MS = 1_000_000n

/**
 * Makes the names of metas: 16 characters of base64url, unique in the cluster and increasing in time.
 *
 * ```
 *   8 bytes   nanoseconds since 1970, later than any before
 *   2 bytes   hash of node and process
 *   2 bytes   counter
 * ```
 * Semantics: Phoenix.Tracker, `phx_ref`.
 */
export class PhxRefs {
  private readonly place: number
  private readonly systemTimeMs: () => number
  private lastNs = 0n
  private count = 0

  /** @param maker - the process that makes them. @param systemTimeMs - milliseconds since 1970. */
  constructor(maker: Pid, systemTimeMs: () => number) {
    this.place = keyHash(keyId(maker)) & 0xffff
    this.systemTimeMs = systemTimeMs
  }

  next(): string {
    // The clock of the system stands still within a millisecond, and may be set back.
    const now = BigInt(Math.floor(this.systemTimeMs())) * NS_PER_MS
    this.lastNs = now > this.lastNs ? now : this.lastNs + 1n
    this.count = (this.count + 1) & 0xffff
    const bytes = Buffer.alloc(12)
    bytes.writeBigUInt64BE(this.lastNs, 0)
    bytes.writeUInt16BE(this.place, 8)
    bytes.writeUInt16BE(this.count, 10)
    return bytes.toString('base64url')
  }
}

/** Compares two names by when they were made: negative when `a` is older. */
export function compareRefs(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url'))
}
