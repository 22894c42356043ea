import { sleep } from 'beamish'
import { type AsyncResult, assignAsync, asyncResult, html, LiveView, type LiveViewSocket, ok } from 'beamish/live-view'

// What is loaded beside a view comes to a part of the page that other markup is put around.
// https://github.com/phoenixframework/phoenix_live_view/issues/3931

const framed = (content: unknown) => html`<div class="frame">${content}</div>`

export const Issue3931Live = LiveView.define({
  module: 'Issue3931Live',
  mount: (_params, _session, socket: LiveViewSocket<{ data: AsyncResult<string> }>) => {
    assignAsync(socket, 'data', async () => {
      await sleep(100)
      return ok({ data: 'This was loaded asynchronously!' })
    })
  },
  render: ({ data }) =>
    framed(
      asyncResult(
        data,
        { loading: html`<div id="async"><p>Loading …</p></div>` },
        (text) => html`<div id="async">${text}</div>`,
      ),
    ),
})
