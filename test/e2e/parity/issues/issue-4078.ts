import { allowUpload, each, html, LiveView, type LiveViewSocket, liveFileInput, type Uploads } from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// Attributes of a file input change; the files that were chosen stay.
// https://github.com/phoenixframework/phoenix_live_view/issues/4078

interface Assigns {
  readonly isDisabled: boolean
  readonly isUpdated: boolean
  readonly uploads: Uploads<'avatar'>
}

export const Issue4078Live = LiveView.define({
  module: 'Issue4078Live',
  layout: liveLayout,
  mount: (_params, _session, socket: LiveViewSocket<Assigns>) => {
    socket.assign({ isDisabled: true, isUpdated: false })
    allowUpload(socket, 'avatar', { accept: ['.jpg', '.jpeg', '.png', '.txt'], maxEntries: 2 })
  },
  handleEvent: {
    validate: () => {},
    'toggle-disabled': (_value, socket) => socket.update('isDisabled', (isDisabled) => !isDisabled),
    'toggle-class': (_value, socket) => socket.update('isUpdated', (isUpdated) => !isUpdated),
  },
  render: ({ isDisabled, isUpdated, uploads: { avatar } }) => html`
    <form id="upload-form" phx-change="validate">
      ${liveFileInput(avatar, { disabled: isDisabled, class: isUpdated ? 'updated-class' : 'initial-class' })}
    </form>
    <button id="toggle-disabled" type="button" phx-click="toggle-disabled">Toggle Disabled</button>
    <button id="toggle-class" type="button" phx-click="toggle-class">Toggle Class</button>
    ${each(
      avatar.entries,
      ({ ref }) => ref,
      ({ clientName }) => html`<article class="upload-entry"><span class="entry-name">${clientName}</span></article>`,
    )}`,
})
