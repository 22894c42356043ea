import {
  allowUpload,
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

// Two files in all: those that were uploaded and consumed count.
// https://github.com/phoenixframework/phoenix_live_view/issues/2835

interface Assigns {
  readonly consumed: readonly string[]
  readonly uploads: Uploads<'documents'>
}

type Socket = LiveViewSocket<Assigns>

async function progress(_name: string, entry: UploadEntry, socket: Socket): Promise<void> {
  if (!entry.done) return
  const name = await consumeUploadedEntry(socket, entry, () => ok(entry.clientName))
  socket.update('consumed', (consumed) => [...consumed, name])
}

export const Issue2835Live = LiveView.define({
  module: 'Issue2835Live',
  mount: (_params, _session, socket: Socket) => {
    socket.assign({ consumed: [] })
    allowUpload(socket, 'documents', {
      accept: 'any',
      autoUpload: true,
      maxEntries: 2,
      maxEntriesMode: 'total',
      progress,
    })
  },
  handleEvent: { validate: () => {} },
  render: ({ consumed, uploads: { documents } }) => html`
    <form id="upload-form" phx-change="validate">
      ${liveFileInput(documents)}
      ${each(
        documents.entries,
        ({ ref }) => ref,
        ({ clientName, progress }) =>
          html`<article class="upload-entry" data-name=${clientName}>${clientName}: ${progress}%</article>`,
      )}
      ${each(uploadErrors(documents), String, (error) => html`<p class="upload-error">${uploadErrorText(error)}</p>`)}
    </form>
    <ul id="uploaded-files">${each(consumed, String, (name) => html`<li>${name}</li>`)}</ul>`,
})
