import { copyFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntries,
  html,
  LiveView,
  type LiveViewSocket,
  link,
  liveFileInput,
  liveImgPreview,
  ok,
  type UploadConfig,
  type UploadEntry,
  uploadErrors,
} from 'beamish/live-view'

/** Where the files go that were uploaded; the endpoint serves them. */
export const uploadFolder = join(tmpdir(), 'beamish-parity-uploads')
export const UPLOAD_PATH = '/tmp/lvupload'

interface Upload {
  readonly files: readonly string[]
  readonly uploads: { readonly avatar: UploadConfig }
}

const OPTIONS = { accept: ['.txt', '.md'], maxEntries: 2 }

const MESSAGES: Readonly<Record<string, string>> = {
  tooLarge: 'Too large',
  tooManyFiles: 'You have selected too many files',
  notAccepted: 'You have selected an unacceptable file type',
}

/** Two files of text, uploaded with the form, with `?auto_upload` at once, with `?external_upload` by the page itself. */
export const UploadLive = LiveView.define({
  module: 'UploadLive',
  mount: (_params, _session, socket: LiveViewSocket<Upload>) => {
    socket.assign({ files: [] })
    allowUpload(socket, 'avatar', OPTIONS)
  },
  handleParams: (params, _uri, socket) => {
    if ('auto_upload' in params) allowUpload(socket, 'avatar', { ...OPTIONS, autoUpload: true })
    else if ('external_upload' in params)
      allowUpload(socket, 'avatar', { ...OPTIONS, autoUpload: true, external: () => ok({ uploader: 'TestExternal' }) })
  },
  handleEvent: {
    validate: () => {},
    'cancel-upload': ({ ref }, socket) => {
      cancelUpload(socket, 'avatar', ref)
    },
    save: async (_value, socket) => {
      const files = await consumeUploadedEntries(socket, 'avatar', async ({ path }) => ok(await keep(path)))
      socket.update('files', (before) => [...before, ...files])
    },
  },
  render: ({ files, uploads: { avatar } }) => html`
    <style>
      #drop-target { min-height: 260px; padding: 2rem; border: 4px dashed #475569; background: #e2e8f0; }
      #drop-target-inner { min-height: 140px; background: white; }
    </style>
    ${link({ navigate: '/upload?replaced=1' }, 'Replace view')}
    <form id="upload-form" phx-submit="save" phx-change="validate">
      ${liveFileInput(avatar)}
      <button type="submit">Upload</button>
      <section id="drop-target" phx-drop-target=${avatar.ref}>
        <div id="drop-target-inner">Drop files here, or around here.</div>
        ${avatar.entries.map((entry) => chosen(avatar, entry))}
        ${uploadErrors(avatar).map(alert)}
      </section>
      <ul>${files.map((file) => html`<li><a href=${file}>${basename(file)}</a></li>`)}</ul>
    </form>`,
})

function chosen(config: UploadConfig, entry: UploadEntry) {
  const { ref, clientName, progress } = entry
  return html`<article class="upload-entry">
    <figure>${liveImgPreview(entry, { style: 'width: 500px' })}<figcaption>${clientName}</figcaption></figure>
    <progress value=${progress} max="100">${progress}%</progress>
    <button type="button" phx-click="cancel-upload" phx-value-ref=${ref} aria-label="cancel">&times;</button>
    ${uploadErrors(config, entry).map(alert)}
  </article>`
}

const alert = (error: unknown) => html`<p class="alert alert-danger">${MESSAGES[String(error)] ?? String(error)}</p>`

/** Keeps a file that was uploaded. @returns where it is served. */
async function keep(path: string): Promise<string> {
  await mkdir(uploadFolder, { recursive: true })
  await copyFile(path, join(uploadFolder, basename(path)))
  return `${UPLOAD_PATH}/${basename(path)}`
}
