import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntries,
  each,
  html,
  type LiveStream,
  LiveView,
  liveFileInput,
  liveImgPreview,
  ok,
  stream,
  streamInsert,
  type UploadEntry,
  type UploadError,
  type Uploads,
  uploadErrors,
} from 'beamish/live-view'

const TYPES: Readonly<Record<string, string>> = { '.png': 'image/png', '.jpg': 'image/jpeg', '.webp': 'image/webp' }
const TEXTS: Readonly<Record<string, string>> = {
  tooLarge: 'larger than 1 MB',
  tooManyFiles: 'more than three pictures',
  notAccepted: 'no PNG, JPEG or WebP',
}
const text = (error: UploadError): string => (typeof error === 'string' && TEXTS[error]) || 'could not be uploaded'

interface Photo {
  readonly id: string
  readonly name: string
  readonly url: string
}

interface Album {
  uploads: Uploads<'photos'>
  streams: { album: LiveStream<Photo> }
}

export const UploadsLive = LiveView.define<Album>({
  module: 'UploadsLive',

  mount: (_params, _session, socket) => {
    allowUpload(socket, 'photos', { accept: Object.keys(TYPES), maxEntries: 3, maxFileSize: 1_000_000 })
    stream(socket, 'album', [])
  },

  handleEvent: {
    chosen: () => {}, // what is wrong with the files is among the assigns already
    drop: ({ ref }, socket) => cancelUpload(socket, 'photos', ref),
    save: async (_form, socket) => {
      // The files are complete. They are deleted after this, unless they are moved away; here the page gets them.
      const photos = await consumeUploadedEntries(socket, 'photos', async ({ path }, entry) =>
        ok(await photoOf(path, entry)),
      )
      for (const photo of photos) streamInsert(socket, 'album', photo, { at: 0, limit: 12 })
    },
  },

  render: ({ uploads: { photos }, streams }) => html`<section class="card stack">
    <form id="photos" class="stack" phx-change="chosen" phx-submit="save">
      <label class="drop" phx-drop-target=${photos.ref}>Choose pictures, or drop them here ${liveFileInput(photos)}</label>
      ${uploadErrors(photos).map((error) => html`<p class="error">${text(error)}</p>`)}
      <ul class="chosen">${each(
        photos.entries,
        ({ ref }) => ref,
        (entry) => chosen(entry, uploadErrors(photos, entry)),
      )}</ul>
      <button disabled=${photos.entries.length === 0}>Upload</button>
    </form>
    <ul id="album" class="album" phx-update="stream">${each(
      streams.album,
      ({ name, url }, domId) => html`<li id=${domId}><img src=${url} alt=${name}></li>`,
    )}</ul>
  </section>`,
})

const chosen = (entry: UploadEntry, errors: readonly UploadError[]) => html`<li>
  ${errors.length === 0 ? liveImgPreview(entry, { width: 64, height: 64 }) : html`<b aria-hidden="true">!</b>`}
  <span>${entry.clientName}</span>
  <button type="button" class="quiet" aria-label=${`Drop ${entry.clientName}`} phx-click="drop" phx-value-ref=${entry.ref}>×</button>
  ${errors.length === 0 && html`<progress value=${entry.progress} max="100" aria-label=${`Progress of ${entry.clientName}`}></progress>`}
  ${errors.map((error) => html`<p class="error">${text(error)}</p>`)}</li>`

async function photoOf(path: string, { uuid, clientName }: UploadEntry): Promise<Photo> {
  const type = TYPES[extname(clientName).toLowerCase()] ?? 'image/png'
  return { id: uuid, name: clientName, url: `data:${type};base64,${(await readFile(path)).toString('base64')}` }
}
