import {
  hook,
  html,
  JS,
  type LiveLayout,
  LiveView,
  type LiveViewSocket,
  pushEvent,
  type Rendered,
  runtimeHook,
  scopedCss,
} from 'beamish/live-view'

/** Formats what looks like a telephone number. */
const PhoneNumber = hook('Colocated.PhoneNumber', {
  mounted() {
    this.el.addEventListener('input', () => {
      const [, ...parts] = /^(\d{3})(\d{3})(\d{4})$/.exec(this.el.value.replace(/\D/g, '')) ?? []
      if (parts.length > 0) this.el.value = parts.join('-')
    })
  },
})

const Runtime = hook('Colocated.Runtime', {
  mounted() {
    this.js().show(this.el)
  },
})

const ROW = ':scope { display: flex; > * { flex: 1; } }'
const styles = {
  outer: scopedCss('.test-scoped-css { background-color: rgb(0, 0, 255); }'),
  yellow: scopedCss('.test-scoped-css { background-color: rgb(255, 255, 0); }'),
  green: scopedCss('.test-scoped-css { background-color: rgb(0, 255, 0); }'),
  row: scopedCss(ROW, { includeRoots: true }),
  lonelyRow: scopedCss(ROW),
  item: scopedCss(''),
}

const layout: LiveLayout = ({ innerContent }) => html`
  <script src="/assets/phoenix/phoenix.min.js"></script>
  <script type="module">
    import { LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'
    import { hooks } from '/assets/colocated/index.js'

    const { 'Colocated.Runtime': ofThePage, ...others } = hooks
    window.liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
      params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
      hooks: others,
    })
    window.liveSocket.connect()
    window.addEventListener('phx:js:exec', ({ detail }) => liveSocket.execJS(liveSocket.main.el, detail.command))
  </script>
  <style>.test-global-css { background-color: rgb(255, 0, 0); }</style>
  <link rel="stylesheet" href="/assets/colocated/index.css">
  ${innerContent}`

/** Hooks, scripts, styles and code that stand beside the templates that they are for. */
export const ColocatedLive = LiveView.define({
  module: 'ColocatedLive',
  layout,
  mount: (_params, _session, socket: LiveViewSocket<{ phone: string }>) => socket.assign({ phone: '' }),
  handleEvent: {
    'submit-phone': ({ user }, socket) => socket.assign({ phone: user.phone_number }),
    'push-js': (_value, socket) => pushEvent(socket, 'js:exec', { command: JS.toggle({ to: '#hello' }).toText() }),
  },
  render: ({ phone }) => html`
    <form phx-submit="submit-phone">
      <input type="text" name="user[phone_number]" id="user-phone-number" phx-hook=${PhoneNumber}>
    </form>
    <p id="phone">${phone}</p>
    <div id="runtime" phx-hook=${Runtime} style="display: none;">Runtime hook works!</div>
    ${runtimeHook(Runtime)}
    <button phx-click="push-js">Push JS from server</button>
    <h1 id="hello">Hello!</h1>
    ${highlighted(SAMPLES.plain)} ${highlighted(SAMPLES.template)}
    <p data-test="global" class="test-global-css">Should have red background</p>
    <p data-test="scoped" class="test-scoped-css">Should have no background (out of scope)</p>
    ${outer()} ${row()} ${lonelyRow()}`,
})

const SAMPLES = {
  plain: 'const answer = 6 * 7',
  template: '<p>Temperature: @temperature</p>\n<button phx-click="inc_temperature">+</button>',
}

/** Code in colours: a function where Elixir has a macro component. */
function highlighted(code: string): Rendered {
  const parts = code.split(/(<\/?[a-z]+|@\w+)/)
  return html`<pre>${parts.map((part) => {
    const [, bracket, tag] = /^(<\/?)([a-z]+)$/.exec(part) ?? []
    if (tag !== undefined) return html`${bracket}<span class="nt">${tag}</span>`
    return part.startsWith('@') ? html`<span class="na">${part}</span>` : part
  })}</pre>`
}

/** Its content is its own wherever it stands, and what stands around that is not. */
const outer = (): Rendered => html`<div ${styles.outer.root}>
  <span data-test-scoped="blue" class="test-scoped-css">Should have blue background</span>
  ${inside()} ${inside()} ${yellow(inside())} ${inside()} ${green(inside())}
</div>`

const inside = (): Rendered => html`<span ${styles.outer.root} data-test-scoped="none" class="test-scoped-css">
  Should have no background (scope root)
  <span data-test-scoped="blue" class="test-scoped-css">Should have blue background</span>
</span>`

const yellow = (content: Rendered): Rendered => html`<div ${styles.yellow.root}>
  <span data-test-scoped="yellow" class="test-scoped-css">Should have yellow background</span>
  ${content}
</div>`

const green = (content: Rendered): Rendered => html`<div ${styles.green.root}>
  <span data-test-scoped="green" class="test-scoped-css">Should have green background</span>
  ${content}
</div>`

const row = (): Rendered => html`<div ${styles.row.root} data-test-lower-bound-container>${items(true)}</div>`
const lonelyRow = (): Rendered =>
  html`<div ${styles.lonelyRow.root} data-test-lower-bound-container>${items(false)}</div>`

const items = (isReached: boolean): Rendered[] =>
  [1, 2, 3].map((n) => html`<p ${styles.item.root} data-test-inclusive=${isReached ? 'yes' : 'no'}>Item ${n}</p>`)
