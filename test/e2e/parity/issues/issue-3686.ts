import { html, LiveView, pushNavigate, putFlash, redirect } from 'beamish/live-view'

// A flash is there after a navigation inside the live session, after a redirect, and after a navigation out of the live session,
// which the browser turns into a load of the page.
// https://github.com/phoenixframework/phoenix_live_view/issues/3686

type Go = typeof pushNavigate | typeof redirect

/** `go`: how the button leads from this page to the next. */
function pageNamed(name: string, next: string, go: Go) {
  return LiveView.define({
    module: `Issue3686${name}Live`,
    handleEvent: {
      go: (_value, socket) => {
        putFlash(socket, 'info', `Flash from ${name}`)
        go(socket, { to: `/issues/3686/${next.toLowerCase()}` })
      },
    },
    render: ({ flash }) => html`
      <h1>${name}</h1>
      <button phx-click="go">To ${next}</button>
      <div id="flash">%${JSON.stringify(flash)}</div>`,
  })
}

export const Issue3686ALive = pageNamed('A', 'B', pushNavigate)
export const Issue3686BLive = pageNamed('B', 'C', redirect)
export const Issue3686CLive = pageNamed('C', 'A', pushNavigate)
