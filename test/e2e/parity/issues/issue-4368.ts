import { sleep } from 'beamish'
import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntry,
  each,
  error,
  html,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  type UploadEntry,
  type Uploads,
  type UploadWriter,
  uploadErrors,
} from 'beamish/live-view'
import { uploadErrorText } from './upload-error-text.ts'

// A writer that fails: its entry stays with the error until it is cancelled, and a submit that waited for it does not happen.
// https://github.com/phoenixframework/phoenix_live_view/pull/4368

/** Fails and waits as the bytes say: long enough for a spec to press a button meanwhile. */
const Writer: UploadWriter<string, string> = {
  init: (name) => ok(name),
  meta: (name) => ({ name }),
  writeChunk: async (bytes, name) => {
    const text = Buffer.from(bytes).toString()
    if (text === 'delay') await sleep(1500)
    return text === 'error' ? error('invalidPdf') : ok(name)
  },
  close: () => {},
}

interface Assigns {
  readonly consumed: readonly string[]
  readonly isSubmitted: boolean
  readonly uploads: Uploads<'documents'>
}

type Socket = LiveViewSocket<Assigns>

async function progress(_name: string, entry: UploadEntry, socket: Socket): Promise<void> {
  if (!entry.done) return
  const name = await consumeUploadedEntry(socket, entry, () => ok(entry.clientName))
  socket.update('consumed', (consumed) => [name, ...consumed])
}

export const Issue4368Live = LiveView.define({
  module: 'Issue4368Live',
  mount: (_params, _session, socket: Socket) => {
    socket.assign({ consumed: [], isSubmitted: false })
    allowUpload(socket, 'documents', {
      accept: 'any',
      autoUpload: true,
      chunkSize: 5,
      maxEntries: 2,
      progress,
      writer: (_name, { clientName }) => [Writer, clientName],
    })
  },
  handleEvent: {
    validate: () => {},
    cancel: ({ ref }, socket) => {
      cancelUpload(socket, 'documents', ref)
    },
    submit: (_value, socket) => socket.assign({ isSubmitted: true }),
  },
  render: ({ consumed, isSubmitted, uploads: { documents } }) => html`<div>
    <form id="upload-form" phx-change="validate" phx-submit="submit">
      ${liveFileInput(documents)}
      <button type="submit">Submit</button>
    </form>
    <p id="submitted">submitted: ${String(isSubmitted)}</p>
    <p id="consumed">consumed: ${consumed.join(',')}</p>
    ${each(
      documents.entries,
      ({ ref }) => ref,
      (entry) => html`<article class="upload-entry" data-name=${entry.clientName}>
        <span>${entry.clientName}: ${entry.progress}%</span>
        <button type="button" phx-click="cancel" phx-value-ref=${entry.ref}>Cancel</button>
        ${uploadErrors(documents, entry).map((problem) => html`<p class="upload-error">${uploadErrorText(problem)}</p>`)}
      </article>`,
    )}
  </div>`,
})
