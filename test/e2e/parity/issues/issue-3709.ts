import { each, html, LiveComponent, LiveView, type LiveViewSocket, link } from 'beamish/live-view'

// Many patches at once, each with another component: none of them is applied to what is no longer there.
// https://github.com/phoenixframework/phoenix_live_view/issues/3709

const LINKS = Array.from({ length: 10 }, (_, index) => index + 1)

const Hello = LiveComponent.define({
  module: 'Issue3709.Hello',
  render: () => html`<div>Hello</div>`,
})

/** At `/issues/3709` and at `/issues/3709/:id`. */
export const Issue3709Live = LiveView.define({
  module: 'Issue3709Live',
  mount: (_params, _session, socket: LiveViewSocket<{ id: string | undefined }>) => socket.assign({ id: undefined }),
  handleParams: ({ id }, _uri, socket) => socket.assign({ id }),
  render: ({ id }) => html`
    <ul>
      ${each(
        LINKS,
        (number) => number,
        (number) => html`<li>${link({ patch: `/issues/3709/${number}` }, `Link ${number}`)}</li>`,
      )}
    </ul>
    <div>
      ${Hello.use({ id: `user-${id}` })} id: ${id}
      <button onclick="for (const link of document.querySelectorAll('li a')) link.click()">Break Stuff</button>
    </div>`,
})
