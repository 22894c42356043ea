import { copyFile, mkdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import {
  consumeUploadedEntries,
  each,
  html,
  JS,
  liveImgPreview,
  ok,
  type Rendered,
  type UploadConfig,
  type UploadError,
  uploadErrors,
} from 'beamish/live-view'
import type { Attachment } from '../rooms/messages.ts'
import { Store } from '../store/store.ts'
import { SHOWN, sizeOf } from './message-view.ts'

/** How many files a message may have. */
export const MOST_FILES = 4
/** Bytes of one of them. */
export const MOST_FILE_BYTES = 20_000_000

/** Moves what was uploaded to where it stays. @returns what the message says of it. */
export async function keepFiles(socket: Parameters<typeof consumeUploadedEntries>[0]): Promise<Attachment[]> {
  return await consumeUploadedEntries(
    socket,
    'files',
    async ({ path }, { uuid, clientName, clientType, clientSize }) => {
      const place = await Store.filePath(uuid)
      await mkdir(dirname(place), { recursive: true })
      await copyFile(path, place)
      return ok({ id: uuid, name: basename(clientName).slice(0, 200), type: clientType, bytes: clientSize })
    },
  )
}

/** The files of the next message, how far they are, and what is wrong with them. */
export function chosenFiles(config: UploadConfig): Rendered | false {
  if (config.entries.length === 0 && config.errors.length === 0) return false
  return html`<ul class="chosen" aria-label="Files to send">
    ${each(
      config.entries,
      ({ ref }) => ref,
      (entry) => html`<li>
      ${SHOWN.has(entry.clientType) && liveImgPreview(entry, { alt: '' })}
      <span class="what">${entry.clientName} <small>${sizeOf(entry.clientSize)}</small></span>
      <progress value=${entry.progress} max="100" aria-label=${`Upload of ${entry.clientName}`}></progress>
      <button type="button" aria-label=${`Do not send ${entry.clientName}`} phx-click=${JS.push('dropFile', { value: { ref: entry.ref } })}>✕</button>
      ${uploadErrors(config, entry).map((problem) => html`<small class="problem" role="alert">${problemWords(problem)}</small>`)}
    </li>`,
    )}
    ${uploadErrors(config).map((problem) => html`<li class="problem" role="alert">${problemWords(problem)}</li>`)}
  </ul>`
}

function problemWords(problem: UploadError): string {
  if (problem === 'tooLarge') return `larger than ${sizeOf(MOST_FILE_BYTES)}`
  if (problem === 'tooManyFiles') return `no more than ${MOST_FILES} files at a time`
  return 'could not be uploaded'
}
