import { badReturn } from '../../channel/errors.ts'
import type { Ok } from '../../channel/result.ts'
import { uploadInProgress } from '../errors.ts'
import { isOk } from '../outcome.ts'
import type { LiveState } from '../state.ts'
import { consumeEntry } from './config-changes.ts'
import { configNamed, leave, putConfig, uploadedEntries } from './socket-uploads.ts'
import type { TemporaryFile } from './temporary-file.ts'
import type { UploadEntry } from './upload-entry.ts'
import { handleOf, releaseHandle } from './upload-handle.ts'

type Awaitable<T> = T | PromiseLike<T>

// biome-ignore lint/suspicious/noExplicitAny: uploads are no matter of the other assigns
type AnySocket = LiveState<any>

/** From the function of {@link consumeUploadedEntries}: not yet. Made by {@link postpone}. */
export class Postponed<Value = unknown> {
  readonly type = 'postponed'
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}

/** Keeps an entry where it is: it can be consumed later. @param value - what consuming gives nevertheless. */
export function postpone<Value = undefined>(value?: Value): Postponed<Value> {
  return new Postponed(value as Value) // left out only where Value is undefined
}

/**
 * What becomes of a file.
 * @typeParam Meta - what its writer's `meta` gives, or what `external` gave.
 * @returns `ok(value)`: the entry is consumed, and a temporary file is deleted. `postpone(value)`: it stays.
 */
export type ConsumeFunction<Value, Meta = TemporaryFile> = (
  meta: Meta,
  entry: UploadEntry,
) => Awaitable<Ok<Value> | Postponed<Value>>

/**
 * Takes what was uploaded, entry by entry: `await consumeUploadedEntries(socket, 'avatar', async ({ path }, entry) => …)`. The file
 * at `path` is gone afterwards: copy it, or rename it.
 * @returns the values, in the order of the entries; none when there are no entries. Await it: the view waits as well.
 * @throws {BeamishError} `BEAMISH_UPLOAD_IN_PROGRESS` while one of them is not done · `BEAMISH_UNKNOWN_UPLOAD` · `BEAMISH_BAD_RETURN`
 * Semantics: Phoenix.LiveView.consume_uploaded_entries/3. Differs: a promise, and an entry that was consumed counts no more from
 * then on; it leaves the page with the next message.
 */
export async function consumeUploadedEntries<Value, Meta = TemporaryFile>(
  socket: AnySocket,
  name: string,
  consume: ConsumeFunction<Value, Meta>,
): Promise<Value[]> {
  configNamed('consumeUploadedEntries', socket, name)
  const [done, inProgress] = uploadedEntries(socket, name)
  const unready = [...inProgress, ...done.filter((entry) => metaOf(socket, entry) === undefined)]
  if (unready.length > 0) throw uploadInProgress('consumeUploadedEntries', name, refsOf(unready))
  const values: Value[] = []
  for (const entry of done) values.push(await consumeOne(socket, entry, consume))
  return values
}

/**
 * Takes one entry that was uploaded, while others may be in progress.
 * @returns the value. @throws as {@link consumeUploadedEntries}. Semantics: Phoenix.LiveView.consume_uploaded_entry/3.
 */
export async function consumeUploadedEntry<Value, Meta = TemporaryFile>(
  socket: AnySocket,
  entry: UploadEntry,
  consume: ConsumeFunction<Value, Meta>,
): Promise<Value> {
  const where = 'consumeUploadedEntry'
  const { uploadName, ref } = entry
  const present = configNamed(where, socket, uploadName).entry(ref)
  const isReady = present?.done && present.uuid === entry.uuid && metaOf(socket, present) !== undefined
  if (!isReady) throw uploadInProgress(where, uploadName, [ref])
  return await consumeOne(socket, present, consume)
}

function metaOf(socket: AnySocket, entry: UploadEntry): object | undefined {
  return handleOf(socket, entry)?.meta
}

function refsOf(entries: readonly UploadEntry[]): string[] {
  return entries.map(({ ref }) => ref)
}

async function consumeOne<Value, Meta>(
  socket: AnySocket,
  entry: UploadEntry,
  consume: ConsumeFunction<Value, Meta>,
): Promise<Value> {
  const meta = metaOf(socket, entry) as Meta // what its writer made, as its author says
  const result: unknown = await consume(meta, entry)
  if (result instanceof Postponed) return result.value
  if (!isOk(result)) throw badReturn('consumeUploadedEntries', entry.uploadName, 'ok(value) | postpone(value)', result)
  putConfig(socket, consumeEntry(configNamed('consumeUploadedEntries', socket, entry.uploadName), entry.ref))
  releaseHandle(socket, entry)
  leave(socket, entry)
  return result.value as Value // as its function says
}
