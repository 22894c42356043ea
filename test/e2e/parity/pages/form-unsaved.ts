import { html, LiveView, type LiveViewSocket, link } from 'beamish/live-view'

/** Asks before the page is left while there is something in the form, and remembers who asked. */
const guard = () => html`<script>
  if (window.unsavedEvents === undefined) {
    window.unsavedEvents = []
    const isDirty = () => document.querySelector('#unsaved-form[data-dirty="true"]') !== null
    window.addEventListener('phx:before-navigate', (event) => {
      if (!isDirty()) return
      window.unsavedEvents.push({ type: 'phx', detail: event.detail })
      if (!window.confirm('You have unsaved changes. Leave without saving?')) event.preventDefault()
    })
    window.addEventListener('beforeunload', (event) => {
      if (!isDirty()) return
      window.unsavedEvents.push({ type: 'beforeunload' })
      event.preventDefault()
      event.returnValue = ''
    })
  }
</script>`

/** A form that is not left lightly. */
export const FormUnsavedLive = LiveView.define({
  module: 'FormUnsavedLive',
  mount: (_params, _session, socket: LiveViewSocket<{ note: string; preScript: unknown }>) =>
    socket.assign({ note: '', preScript: guard() }),
  handleEvent: { validate: ({ note }, socket) => socket.assign({ note }) },
  render: ({ note }) => html`
    <h1>Unsaved form</h1>
    ${link({ navigate: '/form-unsaved/target' }, 'Leave form')}
    <form id="unsaved-form" phx-change="validate" data-dirty=${note === '' ? 'false' : 'true'}>
      <label for="unsaved-note">Unsaved note</label>
      <input id="unsaved-note" name="note" value=${note}>
      <p id="unsaved-value">Unsaved value: ${note}</p>
    </form>`,
})

/** Where one gets when one leaves. */
export const FormUnsavedTarget = LiveView.define({
  module: 'FormUnsavedTarget',
  render: () => html`<h1>Unsaved form target</h1>`,
})
