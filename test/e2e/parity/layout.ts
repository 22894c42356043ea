import { csrfMetaTag, html, type LiveLayout, type RootLayout } from 'beamish/live-view'

/** The document. A page may have something of its own at its beginning: the assign `renderInRoot`. */
export const rootDocument: RootLayout = ({ innerContent, renderInRoot, conn }) =>
  html`<!doctype html>${csrfMetaTag(conn)}${renderInRoot?.()}${innerContent}`

/**
 * What stands around most pages: the script of the page. What a page adds to it are assigns: `preScript`, markup in front of
 * the script, where hooks can be put into `window.hooks`.
 */
export const liveLayout: LiveLayout = ({ innerContent, preScript }) => html`
  <script>window.hooks = {}</script>
  <script src="/assets/phoenix/phoenix.min.js"></script>
  ${preScript}
  <script type="module">
    import { LiveSocket } from '/assets/phoenix_live_view/phoenix_live_view.esm.js'
    import { hooks as colocatedHooks } from '/assets/colocated/index.js'

    const pingPong = { mounted() { this.pushEvent('ping', {}, () => { this.el.innerText += 'pong' }) } }
    const { dataset } = document.documentElement
    const uploaders = {
      TestExternal(entries) {
        for (const entry of entries) {
          dataset.externalUploadStarted = entry.ref
          entry.onCancel(() => { dataset.externalUploadAborted = entry.ref })
        }
      },
    }
    const liveSocket = new LiveSocket('/live', window.Phoenix.Socket, {
      params: { _csrf_token: document.querySelector("meta[name='csrf-token']").content },
      hooks: { FormHook: pingPong, FormStreamHook: pingPong, ...window.hooks, ...colocatedHooks },
      uploaders,
      cascadePhxRemoveOnNavigation: new URLSearchParams(location.search).get('cascadePhxRemoveOnNavigation') !== 'false',
    })
    liveSocket.connect()
    window.liveSocket = liveSocket
  </script>
  <style>* { font-size: 1.1rem; }</style>
  ${innerContent}`
