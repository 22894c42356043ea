import {
  allowUpload,
  consumeUploadedEntries,
  each,
  html,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  type Uploads,
} from 'beamish/live-view'

// A file input that is required, and takes several files: they are uploaded with the form.
// https://github.com/phoenixframework/phoenix_live_view/issues/3319

interface Assigns {
  readonly submitted: readonly string[]
  readonly uploads: Uploads<'documents'>
}

export const Issue3319Live = LiveView.define({
  module: 'Issue3319Live',
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) => {
    socket.assign({ submitted: [] })
    allowUpload(socket, 'documents', { accept: 'any', maxEntries: 2 })
  },
  handleEvent: {
    validate: () => {},
    submit: async (_value, socket) => {
      const submitted = await consumeUploadedEntries(socket, 'documents', (_meta, { clientName }) => ok(clientName))
      socket.assign({ submitted })
    },
  },
  render: ({ submitted, uploads: { documents } }) => html`
    <form id="upload-form" phx-change="validate" phx-submit="submit">
      ${liveFileInput(documents, { required: true })}
      <button type="submit">Submit</button>
      ${each(
        documents.entries,
        ({ ref }) => ref,
        ({ clientName }) => html`<p class="upload-entry">${clientName}</p>`,
      )}
    </form>
    <p id="submitted">${submitted.join(',')}</p>`,
})
