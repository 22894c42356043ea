import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntry,
  each,
  html,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  type UploadEntry,
  type Uploads,
  uploadErrors,
} from 'beamish/live-view'
import { uploadErrorText } from './upload-error-text.ts'

// A file that is not accepted keeps its form from being submitted, and does not lock it.
// https://github.com/phoenixframework/phoenix_live_view/issues/3391

interface Assigns {
  readonly isSubmitted: boolean
  readonly isUploaded: boolean
  readonly uploads: Uploads<'document'>
}

type Socket = LiveViewSocket<Assigns>

async function progress(_name: string, entry: UploadEntry, socket: Socket): Promise<void> {
  if (!entry.done) return
  await consumeUploadedEntry(socket, entry, () => ok())
  socket.assign({ isUploaded: true })
}

export const Issue3391Live = LiveView.define({
  module: 'Issue3391Live',
  mount: (_params, _session, socket: Socket) => {
    socket.assign({ isSubmitted: false, isUploaded: false })
    allowUpload(socket, 'document', { accept: ['.txt'], autoUpload: true, maxEntries: 1, progress })
  },
  handleEvent: {
    validate: () => {},
    cancel: ({ ref }, socket) => {
      cancelUpload(socket, 'document', ref)
    },
    submit: (_value, socket) => socket.assign({ isSubmitted: true }),
  },
  render: ({ isSubmitted, isUploaded, uploads: { document } }) => html`
    <form id="upload-form" phx-change="validate" phx-submit="submit">
      ${liveFileInput(document)}
      <button type="submit">Submit</button>
      ${each(
        document.entries,
        ({ ref }) => ref,
        (entry) => html`<article class="upload-entry">
          <span>${entry.clientName}: ${entry.progress}%</span>
          <button type="button" phx-click="cancel" phx-value-ref=${entry.ref}>Cancel</button>
          ${uploadErrors(document, entry).map((error) => html`<p class="upload-error">${uploadErrorText(error)}</p>`)}
        </article>`,
      )}
    </form>
    <p id="uploaded">uploaded: ${String(isUploaded)}</p>
    <p id="submitted">submitted: ${String(isSubmitted)}</p>`,
})
