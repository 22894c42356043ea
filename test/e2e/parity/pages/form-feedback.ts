import { html, type LiveLayout, LiveView, type LiveViewSocket } from 'beamish/live-view'

/** The script of the page hides what is said about a field until the field was used. */
const layout: LiveLayout = ({ innerContent }) => html`
  <script src="/assets/phoenix/phoenix.min.js"></script>
  <script type="module">
    import { isUsedInput, LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'

    const isUsed = (name) => [...document.getElementsByName(name)].some((input) => isUsedInput(input))
    const refresh = () => {
      for (const element of document.querySelectorAll('[phx-feedback-for], .phx-no-feedback')) {
        const name = element.getAttribute('phx-feedback-for')
        element.classList.toggle('phx-no-feedback', name !== null && !isUsed(name))
      }
    }
    window.addEventListener('reset', refresh)
    window.liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
      params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
      dom: { onPatchEnd: refresh },
    })
    window.liveSocket.connect()
  </script>
  ${innerContent}`

interface Feedback {
  readonly count: number
  readonly validations: number
  readonly submits: number
  readonly hasFeedback: boolean
}

const more = (socket: LiveViewSocket<Feedback>, key: 'count' | 'validations' | 'submits', by = 1) =>
  socket.update(key, (count) => count + by)

/** A remark about a field that stays out of sight until the field was used. */
export const FormFeedbackLive = LiveView.define({
  module: 'FormFeedbackLive',
  layout,
  mount: (_params, _session, socket: LiveViewSocket<Feedback>) =>
    socket.assign({ count: 0, validations: 0, submits: 0, hasFeedback: true }),
  handleEvent: {
    validate: (_value, socket) => more(socket, 'validations'),
    submit: (_value, socket) => more(socket, 'submits'),
    inc: (_value, socket) => more(socket, 'count'),
    dec: (_value, socket) => more(socket, 'count', -1),
    'toggle-feedback': (_value, socket) => socket.update('hasFeedback', (has) => !has),
  },
  render: ({ count, validations, submits, hasFeedback }) => html`
    <style>.phx-no-feedback { display: none; }</style>
    <p>Button Count: ${count}</p>
    <p>Validate Count: ${validations}</p>
    <p>Submit Count: ${submits}</p>
    <button phx-click="inc">+</button>
    <button phx-click="dec">-</button>
    ${form()}
    ${feedback(hasFeedback)}
    <button phx-click="toggle-feedback">Toggle feedback</button>`,
})

// Functions, so that the client may skip what did not change in them.

const form = () => html`<form id="myform" name="test" phx-change="validate" phx-submit="submit">
  <input type="text" name="name" placeholder="type sth">
  ${otherInput()}
  <button type="submit">Submit</button>
  <button type="reset">Reset</button>
</form>`

const otherInput = () => html`<input type="text" name="myfeedback" placeholder="myfeedback">`

const feedback = (
  hasFeedback: boolean,
) => html`<div phx-feedback-for=${hasFeedback && 'myfeedback'} data-feedback-container>
  I am visible, because phx-no-feedback is not set for myfeedback!
</div>`
