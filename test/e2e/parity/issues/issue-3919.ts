import { html, LiveView, type LiveViewSocket } from 'beamish/live-view'

// A part whose attribute is optional: when it is no longer given, its default is back on the page.
// https://github.com/phoenixframework/phoenix_live_view/issues/3919

interface Action {
  readonly text: string
  readonly attributes?: { readonly special: boolean }
}

const PLAIN: Action = { text: 'No red' }
const SPECIAL: Action = { text: 'Red', attributes: { special: true } }

const box = ({ special = false }: { readonly special?: boolean }, content: unknown) =>
  html`<div style=${special ? 'background-color: red;' : ''}>${content}</div>`

export const Issue3919Live = LiveView.define({
  module: 'Issue3919Live',
  mount: (_params, _session, socket: LiveViewSocket<{ action: Action }>) => socket.assign({ action: PLAIN }),
  handleEvent: {
    toggle: (_value, socket) => socket.update('action', (action) => (action === PLAIN ? SPECIAL : PLAIN)),
  },
  render: ({ action }) => html`
    ${box({ ...action.attributes }, action.text)}
    <button phx-click="toggle">toggle</button>`,
})
