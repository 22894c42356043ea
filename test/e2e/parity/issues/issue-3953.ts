import { html, LiveComponent, LiveView, type LiveViewSocket, liveRender } from 'beamish/live-view'

// Components of one number in a view and in the view inside it: when the inner view goes, those of the outer one stay.
// https://github.com/phoenixframework/phoenix_live_view/issues/3953

const Part = LiveComponent.define({
  module: 'Issue3953.Part',
  render: () => html`<div>Component</div>`,
})

const InnerLive = LiveView.define({
  module: 'Issue3953.InnerLive',
  render: () => html`Inner view ${Part.use({ id: 'comp2' })}`,
})

export const Issue3953Live = LiveView.define({
  module: 'Issue3953Live',
  mount: (_params, _session, socket: LiveViewSocket<{ isShown: boolean }>) => socket.assign({ isShown: false }),
  handleEvent: {
    toggle: (_value, socket) => socket.update('isShown', (isShown) => !isShown),
  },
  render: ({ isShown }) => html`
    ${Part.use({ id: 'comp' })}
    <button phx-click="toggle">Show</button>
    ${isShown && liveRender(InnerLive, { id: 'nested_view' })}`,
})
