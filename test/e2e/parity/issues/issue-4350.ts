import { html, LiveComponent, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A component that is back before the browser has said that it is gone stays, with the components in it.
// https://github.com/phoenixframework/phoenix_live_view/issues/4350

const Leaf = LiveComponent.define<{ count: number }, object>({
  module: 'Issue4350.Leaf',
  mount: (socket) => socket.assign({ count: 0 }),
  handleEvent: {
    bump: (_value, socket) => socket.update('count', (count) => count + 1),
  },
  render: ({ count, myself }) => html`<div id="leaf">
    count: <span id="leaf-count">${count}</span>
    <button id="bump" phx-click="bump" phx-target=${myself}>bump</button>
  </div>`,
})

const Branch = LiveComponent.define<{ tick: number }>({
  module: 'Issue4350.Branch',
  render: ({ tick }) => html`<div id="branch">tick: ${tick} ${Leaf.use({ id: 'leaf' })}</div>`,
})

export const Issue4350Live = LiveView.define({
  module: 'Issue4350Live',
  mount: (_params, _session, socket: LiveViewSocket<{ isShown: boolean; tick: number }>) =>
    socket.assign({ isShown: true, tick: 0 }),
  handleEvent: {
    tick: (_value, socket) => socket.update('tick', (tick) => tick + 1),
    hide: (_value, socket) => socket.assign({ isShown: false }),
    show: (_value, socket) => socket.assign({ isShown: true }),
  },
  render: ({ isShown, tick }) => html`
    <button id="tick" phx-click="tick">tick</button>
    <button id="hide" phx-click="hide">hide</button>
    <button id="show" phx-click="show">show</button>
    ${isShown && html`<div id="wrapper">${Branch.use({ id: 'branch', tick })}</div>`}`,
})
