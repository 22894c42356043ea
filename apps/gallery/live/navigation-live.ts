import { each, html, LiveView, link, pushPatch } from 'beamish/live-view'

const TABS = ['overview', 'details', 'history']

/** When a view was mounted: a patch does not mount it again, everything else does. */
const clock = (): string => new Date().toISOString().slice(11, 23)

export const NavigationLive = LiveView.define<{ tab: string; mounted: string }>({
  module: 'NavigationLive',

  mount: (_params, _session, socket) => socket.assign({ mounted: clock() }),

  // The address is the state: a reload, a bookmark and the back button come here too.
  handleParams: ({ tab }, _uri, socket) => socket.assign({ tab: TABS.find((name) => name === tab) ?? 'overview' }),

  handleEvent: {
    next: (_value, socket) => {
      const next = TABS[(TABS.indexOf(socket.assigns.tab) + 1) % TABS.length]
      return pushPatch(socket, { to: `/navigation?tab=${next}` })
    },
  },

  render: ({ tab, mounted }) => html`<section class="card stack">
    <nav class="tabs" aria-label="Tabs">${each(
      TABS,
      (name) => name,
      (name) => link({ patch: `/navigation?tab=${name}`, 'aria-current': name === tab && 'page' }, name),
    )}</nav>
    <p>This is the <b id="tab">${tab}</b>. The view was mounted at <time id="mounted">${mounted}</time>.</p>
    <div class="row"><button phx-click="next">Next tab, from the server</button></div>
    <h2>Elsewhere</h2>
    <p>${link({ navigate: '/navigation/other' }, 'Another view')} of this live session: the page stays, the view is another.</p>
    <p>${link({ navigate: '/navigation/outside' }, 'Another live session')}: the page is loaded.</p>
  </section>`,
})

/** Another view; also in another live session, where its `liveAction` says so. */
export const OtherLive = LiveView.define<{ mounted: string }>({
  module: 'OtherLive',
  mount: (_params, _session, socket) => socket.assign({ mounted: clock() }),
  render: ({ liveAction, mounted }) => html`<section class="card">
    <p>${liveAction === 'outside' ? 'This page was loaded' : 'This is another view, in the same page'}. It was mounted at
      <time>${mounted}</time>.</p>
    <p>${link({ navigate: '/navigation?tab=details' }, 'Back to the details')}</p>
  </section>`,
})
