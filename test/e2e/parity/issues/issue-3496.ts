import { html, type LiveLayout, LiveView, type LiveViewSocket, link, liveRender, mounted } from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// A hook's element in a sticky view, and one of the same id in the view that follows: both hooks are mounted.
// https://github.com/phoenixframework/phoenix_live_view/issues/3496

const preScript = html`<script>
  window.hooks.MyHook = {
    mounted() { console.log('Hook mounted!') },
  }
</script>`

const hooked = () => html`<div id="my-component" phx-hook="MyHook"></div>`

const StickyLive = LiveView.define({
  module: 'Issue3496.StickyLive',
  layout: false,
  render: () => html`<div>${hooked()}</div>`,
})

const withSticky: LiveLayout = (assigns) =>
  html`${liveLayout(assigns)}${liveRender(StickyLive, { id: 'sticky', sticky: true })}`

type Socket = LiveViewSocket<{ preScript: unknown }>

export const Issue3496ALive = LiveView.define({
  module: 'Issue3496ALive',
  mount: (_params, _session, socket: Socket) => {
    socket.assign({ preScript })
    return mounted({ layout: withSticky })
  },
  render: () => html`<h1>Page A</h1>${link({ navigate: '/issues/3496/b' }, 'Go to page B')}`,
})

export const Issue3496BLive = LiveView.define({
  module: 'Issue3496BLive',
  mount: (_params, _session, socket: Socket) => socket.assign({ preScript }),
  render: () => html`<h1>Page B</h1>${hooked()}`,
})
