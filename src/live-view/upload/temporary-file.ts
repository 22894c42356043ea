import { unlinkSync } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nanoid } from 'nanoid'
import { Ok } from '../../channel/result.ts'
import { self } from '../../runtime/current.ts'
import { Failed, isFailed } from '../outcome.ts'
import type { UploadWriter } from './upload-writer.ts'

/** What consuming gets of an upload without a writer of its own. */
export interface TemporaryFile {
  /** A file of ours, which nobody else may read, in the folder of temporary files. It is deleted when its upload ends. */
  readonly path: string
}

interface Writing extends TemporaryFile {
  readonly file: FileHandle
}

/** Those that are there now: what is left of them when the program ends is deleted with it. */
const present = new Set<string>()

function deleteAll(): void {
  for (const path of present) {
    try {
      unlinkSync(path)
    } catch {
      // somebody moved it elsewhere
    }
  }
}

function entered(path: string): void {
  if (present.size === 0) process.once('exit', deleteAll)
  present.add(path)
}

function left(path: string): void {
  present.delete(path)
  if (present.size === 0) process.removeListener('exit', deleteAll)
}

async function deleteFile({ path, file }: Writing): Promise<void> {
  // Closed twice is no harm; an open one would be closed by the garbage collector, with a warning.
  await file.close().catch(() => {})
  await unlink(path).catch(() => {}) // whoever consumed it may have moved it
  left(path)
}

/**
 * Writes the bytes as they come into a file under `os.tmpdir()`, which is deleted when the process of the upload ends, however that
 * ends. A disk that is full is a failure of the writer. Semantics: Phoenix.LiveView.UploadTmpFileWriter.
 */
export const temporaryFileWriter: UploadWriter<Writing> = {
  init: async () => {
    const { signal } = self()
    const path = join(tmpdir(), `beamish-upload-${nanoid()}`)
    const opened = await open(path, 'wx', 0o600).catch(refusedBy)
    if (isFailed(opened)) return opened
    const writing: Writing = { path, file: opened }
    entered(path)
    if (signal.aborted) void deleteFile(writing)
    else signal.addEventListener('abort', () => void deleteFile(writing), { once: true })
    return new Ok(writing)
  },
  meta: ({ path }) => ({ path }),
  // `write` may write less than it is given: writeFile of a handle goes on until all of it is there.
  writeChunk: (bytes, { file }) => file.writeFile(bytes).catch(refusedBy),
  close: ({ file }) => file.close().catch(refusedBy),
}

/** What the file system said, as a word: `'ENOSPC'`. */
function refusedBy(error: NodeJS.ErrnoException): Failed<string> {
  return new Failed(error.code ?? error.message)
}
