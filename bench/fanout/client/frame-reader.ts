/** Where frames go. The bytes are the reader's own, and only good during the call. */
export interface FrameSink {
  frame(opcode: number, bytes: Buffer, start: number, end: number): void
}

/** A frame whose payload is text. */
export const TEXT = 1
/** A frame whose payload is bytes. */
export const BINARY = 2
export const PING = 9
export const PONG = 10

/**
 * Finds the WebSocket frames of a server in a stream of chunks. A frame that lies whole in its chunk is not copied.
 * Knows no fragments and no extensions: the servers that are measured use none. Semantics: RFC 6455 §5.2.
 */
export class FrameReader {
  private readonly sink: FrameSink
  /** The beginning of a frame that goes on in the next chunk. */
  private rest: Buffer | undefined = undefined

  constructor(sink: FrameSink) {
    this.sink = sink
  }

  /** Takes the first `length` bytes of `chunk`, which may be reused afterwards. */
  read(chunk: Buffer, length: number): void {
    if (this.rest === undefined) this.keep(chunk, this.scan(chunk, length), length)
    else {
      const joined = Buffer.concat([this.rest, chunk.subarray(0, length)])
      this.keep(joined, this.scan(joined, joined.length), joined.length)
    }
  }

  private keep(bytes: Buffer, from: number, to: number): void {
    this.rest = from === to ? undefined : Buffer.from(bytes.subarray(from, to))
  }

  /** @returns where the first frame begins that is not whole. */
  private scan(bytes: Buffer, end: number): number {
    let at = 0
    while (end - at >= 2) {
      const head = bytes[at] as number // sound here and below: `at` and what is read lie before `end`
      let length = (bytes[at + 1] as number) & 0x7f
      let start = at + 2
      if (length === 126) {
        if (end - at < 4) break
        length = bytes.readUInt16BE(start)
        start += 2
      } else if (length === 127) {
        if (end - at < 10) break
        length = Number(bytes.readBigUInt64BE(start))
        start += 8
      }
      if (end - start < length) break
      at = start + length
      this.sink.frame(head & 0x0f, bytes, start, at)
    }
    return at
  }
}

/** A frame of a client, with a mask of zeros, which leaves the bytes as they are. @throws {RangeError} past 65535 bytes. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const size = payload.length
  if (size > 0xffff) throw new RangeError(`a client's frame has at most 65535 bytes, got ${size}`)
  const length = size < 126 ? [0x80 | size] : [0x80 | 126, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, 0, 0, 0, 0]), payload])
}
