import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { CountQueuingStrategy, ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web'
import type { ByteRange } from './byte-range.ts'

/** A file as it was when it was looked at. */
export interface KnownFile {
  readonly path: string
  readonly size: number
  /** Nanoseconds since 1970. */
  readonly modifiedNs: bigint
}

/** As many bytes are read at once. */
const CHUNK_BYTES = 64 * 1024

/** Opened so that nothing else in its place, such as a pipe, could keep us waiting. Windows does not know the flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/**
 * Reads bytes of a file at once.
 * @returns `undefined` when the file is not the one that was looked at: its size and time would not fit to these bytes.
 */
export async function readRange(file: KnownFile, { start, end }: ByteRange): Promise<Uint8Array | undefined> {
  const handle = await openKnown(file)
  if (handle === undefined) return undefined
  try {
    const bytes = new Uint8Array(end - start)
    let filled = 0
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
      if (bytesRead === 0) return undefined // it has become shorter
      filled += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}

/**
 * Bytes of a file, chunk by chunk. The file is opened when somebody begins to read, and closed at the end or when the stream is
 * cancelled; if it is not the one that was looked at, the stream fails, because what the client was told of it is wrong.
 */
export function streamRange(file: KnownFile, range: ByteRange): ReadableStream<Uint8Array> {
  return new ReadableStream(new FileSource(file, range), new CountQueuingStrategy({ highWaterMark: 0 }))
}

class FileSource {
  private readonly file: KnownFile
  private readonly end: number
  private position: number
  private handle: FileHandle | undefined = undefined

  constructor(file: KnownFile, { start, end }: ByteRange) {
    this.file = file
    this.position = start
    this.end = end
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      // Cancelled meanwhile, the stream takes no chunk: that throws, and the file is closed below.
      controller.enqueue(await this.read())
      if (this.position < this.end) return
      await this.close() // first: whoever has read the end may rename the file
      controller.close()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async cancel(): Promise<void> {
    await this.close()
  }

  private async read(): Promise<Uint8Array> {
    this.handle ??= await openKnown(this.file)
    const bytes = new Uint8Array(Math.min(CHUNK_BYTES, this.end - this.position))
    const { bytesRead = 0 } = (await this.handle?.read(bytes, 0, bytes.length, this.position)) ?? {}
    if (bytesRead === 0) throw new Error(`${this.file.path} was changed while it was sent`)
    this.position += bytesRead
    return bytes.subarray(0, bytesRead)
  }

  private async close(): Promise<void> {
    const { handle } = this
    this.handle = undefined
    await handle?.close()
  }
}

async function openKnown({ path, size, modifiedNs }: KnownFile): Promise<FileHandle | undefined> {
  const handle = await open(path, READ).catch(() => undefined) // gone: changed, too
  const now = await handle?.stat({ bigint: true }).catch(() => undefined)
  if (now?.isFile() && now.size === BigInt(size) && now.mtimeNs === modifiedNs) return handle
  await handle?.close()
  return undefined
}
