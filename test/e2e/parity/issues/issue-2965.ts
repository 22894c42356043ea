import { sleep } from 'beamish'
import {
  allowUpload,
  cancelUpload,
  each,
  html,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  pushEvent,
  reply,
  type UploadConfig,
  type UploadEntry,
  type Uploads,
  type UploadWriter,
  uploadErrors,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'
import { uploadErrorText } from './upload-error-text.ts'

// A hook that has many files uploaded, a few at a time.
// https://github.com/phoenixframework/phoenix_live_view/issues/2965

const preScript = html`<script>
  window.hooks.QueuedUploads = {
    mounted() {
      const AT_A_TIME = 3
      let waiting = []
      const upload = (count) => {
        const files = waiting.splice(0, count)
        if (files.length > 0) this.upload('files', files)
      }
      this.el.addEventListener('input', (event) => {
        const files = [...event.target.files]
        this.pushEvent('choose', { names: files.map(({ name }) => name) }, ({ wanted }) => {
          waiting = files.filter(({ name }) => wanted.includes(name))
          upload(AT_A_TIME)
        })
      })
      this.handleEvent('next_file', () => upload(1))
    },
  }
</script>`

/** Keeps nothing, slowly. */
const NowhereWriter: UploadWriter<null> = {
  init: () => ok(null),
  meta: () => ({}),
  writeChunk: () => sleep(Math.random() * 200),
  close: () => {},
}

interface Assigns {
  readonly preScript: unknown
  readonly uploads: Uploads<'files'>
}

type Socket = LiveViewSocket<Assigns>

function progress(_name: string, entry: UploadEntry, socket: Socket): void {
  if (entry.done) pushEvent(socket, 'next_file')
}

const entryRow = (files: UploadConfig, entry: UploadEntry) => html`<tr>
  <td>${entry.clientName}</td>
  <td><progress value=${entry.progress} max="100">${entry.progress}%</progress></td>
  <td><button type="button" phx-click="cancel-upload" phx-value-ref=${entry.ref} aria-label="cancel">×</button></td>
  <td>${uploadErrors(files, entry).map(uploadErrorText)}</td>
</tr>`

export const Issue2965Live = LiveView.define({
  module: 'Issue2965Live',
  layout: liveLayout,
  mount: (_params, _session, socket: Socket) => {
    socket.assign({ preScript })
    allowUpload(socket, 'files', {
      accept: 'any',
      maxEntries: 1500,
      chunkSize: 5 * 1024 * 1024,
      maxFileSize: 10_000_000_000,
      autoUpload: true,
      writer: () => [NowhereWriter],
      progress,
    })
  },
  handleEvent: {
    choose: ({ names }) => reply({ wanted: names }),
    validate: () => {},
    'cancel-upload': ({ ref }, socket) => {
      cancelUpload(socket, 'files', ref)
    },
    save: () => {},
  },
  render: ({ uploads: { files } }) => html`
    <form phx-submit="save" phx-change="validate">
      ${liveFileInput(files, { style: 'display: none;' })}
      <input id="fileinput" type="file" multiple phx-hook="QueuedUploads" disabled=${files.entries.some(({ done }) => !done)}>
      <table>
        <thead><tr><th>File</th><th>Progress</th><th>Cancel</th><th>Errors</th></tr></thead>
        <tbody>${each(
          files.entries,
          ({ ref }) => ref,
          (entry) => entryRow(files, entry),
        )}</tbody>
      </table>
      ${uploadErrors(files).map((error) => html`<p>${uploadErrorText(error)}</p>`)}
    </form>`,
})
