import {
  each,
  html,
  type LiveLayout,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  link,
  liveRender,
  stream,
} from 'beamish/live-view'
import { liveLayout } from '../layout.ts'

// Streams of one name in a page and in a sticky view of its layout: what happens to the one does not happen to the other.
// https://github.com/phoenixframework/phoenix_live_view/issues/3681

interface Message {
  readonly id: number
}

type Socket = LiveViewSocket<{ streams: { messages: LiveStream<Message> } }>

const messages = (id: string, items: LiveStream<Message>) =>
  html`<div id=${id} phx-update="stream">${each(items, (message, domId) => html`<div id=${domId}>${message.id}</div>`)}</div>`

const StickyLive = LiveView.define({
  module: 'Issue3681.StickyLive',
  layout: false,
  mount: (_params, _session, socket: Socket) => {
    stream(socket, 'messages', [{ id: 1 }, { id: 2 }, { id: 3 }])
  },
  render: ({ streams }) => html`${messages('msgs-sticky', streams.messages)}`,
})

const layout: LiveLayout = (assigns) => html`
  ${liveLayout({ ...assigns, innerContent: html`` })}
  ${liveRender(StickyLive, { id: 'sticky', sticky: true })}
  <hr>${assigns.innerContent}<hr>`

export const Issue3681Live = LiveView.define({
  module: 'Issue3681Live',
  layout,
  render: () => html`
    <h3>A view without a stream</h3>
    ${link({ navigate: '/issues/3681/away' }, 'Go to a different LV with a (funcky) stream')}`,
})

export const Issue3681AwayLive = LiveView.define({
  module: 'Issue3681AwayLive',
  layout,
  mount: (_params, _session, socket: Socket) => {
    stream(socket, 'messages', [])
    stream(socket, 'messages', [{ id: 4 }], { reset: true })
  },
  render: ({ streams }) => html`
    <h3>A view with a stream that begins with a reset</h3>
    ${link({ navigate: '/issues/3681' }, 'Go back to (the now borked) LV without a stream')}
    ${messages('msgs-normal', streams.messages)}`,
})
