import {
  allowUpload,
  consumeUploadedEntries,
  each,
  html,
  LiveComponent,
  LiveView,
  liveFileInput,
  ok,
  type Uploads,
  uploadErrors,
} from 'beamish/live-view'
import { uploadErrorText } from './upload-error-text.ts'

// Files are dropped, and they are too many: what is dropped next stands for them.
// https://github.com/phoenixframework/phoenix_live_view/issues/3368

interface Assigns {
  readonly saved: readonly string[]
  readonly uploads: Uploads<'file'>
}

const Uploader = LiveComponent.define<Assigns, object>({
  module: 'Issue3368.Uploader',
  mount: (socket) => {
    socket.assign({ saved: [] })
    allowUpload(socket, 'file', { accept: ['.jpg', '.jpeg', '.png', '.gif'], maxEntries: 1 })
  },
  handleEvent: {
    validate: () => {},
    save: async (_value, socket) => {
      socket.assign({ saved: await consumeUploadedEntries(socket, 'file', (_meta, { clientName }) => ok(clientName)) })
    },
  },
  render: ({ saved, myself, uploads: { file } }) => html`<div>
    <form id="upload-form" phx-change="validate" phx-submit="save" phx-target=${myself}>
      <div id="dropzone" phx-drop-target=${file.ref}>Drop files here</div>
      ${liveFileInput(file)}
      <button type="submit">Upload</button>
    </form>
    ${each(
      file.entries,
      ({ ref }) => ref,
      ({ clientName }) => html`<p class="upload-entry">${clientName}</p>`,
    )}
    ${uploadErrors(file).map((error) => html`<p class="upload-error">${uploadErrorText(error)}</p>`)}
    <p id="saved-files">${saved.join(',')}</p>
  </div>`,
})

export const Issue3368Live = LiveView.define({
  module: 'Issue3368Live',
  render: () => html`${Uploader.use({ id: 'uploader' })}`,
})
