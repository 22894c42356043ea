import { html, LiveView, type LiveViewSocket, link } from 'beamish/live-view'

// Back and forward over entries of patches and navigations: a patch keeps the view, a navigation mounts it anew.
// https://github.com/phoenixframework/phoenix_live_view/issues/3529

export const Issue3529Live = LiveView.define({
  module: 'Issue3529Live',
  mount: (_params, _session, socket: LiveViewSocket<{ mountedAt: string; next: number }>) =>
    socket.assign({ mountedAt: new Date().toISOString() }),
  handleParams: (_params, _uri, socket) => socket.assign({ next: Math.random() }),
  render: ({ mountedAt, next }) => html`
    <h1>Mounted at ${mountedAt}</h1>
    ${link({ navigate: `/issues/3529?param=${next}` }, 'Navigate')}
    ${link({ patch: `/issues/3529?param=${next}` }, 'Patch')}`,
})
