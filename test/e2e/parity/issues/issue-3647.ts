import {
  allowUpload,
  cancelUpload,
  consumeUploadedEntry,
  each,
  type Form,
  form,
  html,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  ok,
  toForm,
  type UploadEntry,
  type Uploads,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// A hook uploads a file and fills in a field at once: the form that the field is in is locked, the upload begins nevertheless.
// https://github.com/phoenixframework/phoenix_live_view/issues/3647

const preScript = html`<script>
  const upload = (hook) => {
    const input = document.querySelector('input[type=file]')
    const file = new File(['x'.repeat(1024 * 1024)], '1mb_of_x.txt', { type: 'text/plain' })
    hook.uploadTo(input.form, input.name, [file])
  }
  const type = () => {
    const input = document.querySelector('input[type=text]')
    input.value += input.value.length
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }
  window.hooks.UploadAndType = {
    mounted() {
      const steps = 'before' in this.el.dataset ? [type, upload] : [upload, type]
      this.el.addEventListener('click', () => { for (const step of steps) step(this) })
    },
  }
</script>`

interface Assigns {
  readonly user: Form
  readonly consumed: readonly string[]
  readonly preScript: unknown
  readonly uploads: Uploads<'avatar'>
}

type Socket = LiveViewSocket<Assigns>

async function progress(_name: string, entry: UploadEntry, socket: Socket): Promise<void> {
  if (!entry.done) return
  const uuid = await consumeUploadedEntry(socket, entry, () => ok(entry.uuid))
  socket.update('consumed', (consumed) => [uuid, ...consumed])
}

export const Issue3647Live = LiveView.define({
  module: 'Issue3647Live',
  layout: liveLayout,
  mount: (_params, _session, socket: Socket) => {
    socket.assign({ user: toForm({}, { as: 'user' }), consumed: [], preScript })
    allowUpload(socket, 'avatar', { accept: ['.txt', '.md'], maxEntries: 2, autoUpload: true, progress })
  },
  handleEvent: {
    'validate-user': ({ user }, socket) => socket.assign({ user: toForm(user, { as: 'user', action: 'validate' }) }),
    validate: () => {},
    'cancel-upload': ({ ref }, socket) => {
      cancelUpload(socket, 'avatar', ref)
    },
  },
  render: ({ user, consumed, uploads: { avatar } }) => html`
    ${form({ for: user, id: 'user-form', 'phx-change': 'validate-user' }, () => {
      const { id, name, value } = user.field('name')
      return html`
        <input type="text" id=${id} name=${name} value=${value}>
        <button id="x" type="button" phx-hook="UploadAndType">Upload then Input</button>
        <button id="y" type="button" phx-hook="UploadAndType" data-before>Input then Upload</button>
        ${liveFileInput(avatar, { form: 'auto-form' })}`
    })}
    <form id="auto-form" phx-change="validate"></form>
    <section phx-drop-target=${avatar.ref}>
      <h3>Pending (${avatar.entries.length})</h3>
      ${each(
        avatar.entries,
        ({ ref }) => ref,
        ({ ref, uuid, progress }) => html`<div>
          <progress value=${progress} max="100">${progress}%</progress> ${uuid}
          <a href="#" phx-click="cancel-upload" phx-value-ref=${ref}>Cancel</a>
        </div>`,
      )}
    </section>
    <ul>${each(consumed, String, (uuid) => html`<li>${uuid}</li>`)}</ul>`,
})
