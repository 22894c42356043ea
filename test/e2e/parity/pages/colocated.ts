import { html, JS, type LiveLayout, LiveView, type LiveViewSocket, pushEvent, type Rendered } from 'beamish/live-view'

// What the browser runs for a page stands beside its templates, here as texts; the router gives them out as one module and one
// sheet, under /assets/colocated.

/** Formats what looks like a telephone number. */
const PhoneNumber = `{
  mounted() {
    this.el.addEventListener('input', () => {
      const [, ...parts] = /^(\\d{3})(\\d{3})(\\d{4})$/.exec(this.el.value.replace(/\\D/g, '')) ?? []
      if (parts.length > 0) this.el.value = parts.join('-')
    })
  },
}`

/** Runs commands that the server sends as an event. */
const runsCommands = `(liveSocket) => window.addEventListener('phx:js:exec', ({ detail }) => {
  liveSocket.execJS(liveSocket.main.el, detail.command)
})`

export const colocatedScript = `export const hooks = { PhoneNumber: ${PhoneNumber} }
export default { runsCommands: ${runsCommands} }`

/**
 * A sheet that reaches into the templates that a name marks, and not into others inside of them: each root tag of a template
 * carries `data-root`, and `data-css-<name>` where the sheet is its own.
 * @param limit - whether the roots of the others are reached.
 */
function scoped(name: string, css: string, limit: 'inclusive' | 'exclusive' = 'exclusive'): string {
  return `@scope ([data-css-${name}]) to ([data-root]${limit === 'inclusive' ? ' > *' : ''}) { ${css} }`
}

const ROW = ':scope { display: flex; > * { flex: 1; } }'

export const colocatedCss = [
  '.test-global-css { background-color: rgb(255, 0, 0); }',
  scoped('outer', '.test-scoped-css { background-color: rgb(0, 0, 255); }'),
  scoped('yellow', '.test-scoped-css { background-color: rgb(255, 255, 0); }'),
  scoped('green', '.test-scoped-css { background-color: rgb(0, 255, 0); }'),
  scoped('row', ROW, 'inclusive'),
  scoped('lonely-row', ROW),
].join('\n')

const layout: LiveLayout = ({ innerContent }) => html`
  <script src="/assets/phoenix/phoenix.min.js"></script>
  <script type="module">
    import { LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'
    import colocated, { hooks } from '/assets/colocated/index.js'

    window.liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
      params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
      hooks,
    })
    window.liveSocket.connect()
    colocated.runsCommands(window.liveSocket)
  </script>
  <link rel="stylesheet" href="/assets/colocated/colocated.css">
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
      <input type="text" name="user[phone_number]" id="user-phone-number" phx-hook="PhoneNumber">
    </form>
    <p id="phone">${phone}</p>
    <div id="runtime" phx-hook="Runtime" style="display: none;">Runtime hook works!</div>
    <script data-phx-runtime-hook="Runtime">
      window['phx_hook_Runtime'] = () => ({ mounted() { this.js().show(this.el) } })
    </script>
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
const outer = (): Rendered => html`<div data-root data-css-outer>
  <span data-test-scoped="blue" class="test-scoped-css">Should have blue background</span>
  ${inside()} ${inside()} ${yellow(inside())} ${inside()} ${green(inside())}
</div>`

const inside = (): Rendered => html`<span data-root data-css-outer data-test-scoped="none" class="test-scoped-css">
  Should have no background (scope root)
  <span data-test-scoped="blue" class="test-scoped-css">Should have blue background</span>
</span>`

const yellow = (content: Rendered): Rendered => html`<div data-root data-css-yellow>
  <span data-test-scoped="yellow" class="test-scoped-css">Should have yellow background</span>
  ${content}
</div>`

const green = (content: Rendered): Rendered => html`<div data-root data-css-green>
  <span data-test-scoped="green" class="test-scoped-css">Should have green background</span>
  ${content}
</div>`

const row = (): Rendered => html`<div data-root data-css-row data-test-lower-bound-container>${items(true)}</div>`
const lonelyRow = (): Rendered =>
  html`<div data-root data-css-lonely-row data-test-lower-bound-container>${items(false)}</div>`

const items = (isReached: boolean): Rendered[] =>
  [1, 2, 3].map((n) => html`<p data-root data-test-inclusive=${isReached ? 'yes' : 'no'}>Item ${n}</p>`)
