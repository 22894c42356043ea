// What a page in development runs beside its own script. It speaks two words with `open-pages.ts`: which start of the endpoint
// this is, and what has changed. Text, because it runs in browsers only and must come from the endpoint alone.

/** Where the script is found, below the path of the endpoint's `url`. */
export const SCRIPT_PATH = '/beamish/live_reload.js'
/** Where its socket is mounted. */
export const SOCKET_PATH = '/beamish/live_reload'

/** What a page is told. */
export type PageNews =
  /** Which start of the endpoint it talks to: a page that was made by another one is old. */
  | { readonly type: 'boot'; readonly boot: string }
  /** Files have changed that the page may be made of. */
  | { readonly type: 'page' }
  /** Only style sheets have changed. */
  | { readonly type: 'styles' }

/** The tag that a document gets. @param prefix - the path of the endpoint's `url`, `''` for `/`. */
export function scriptTag(prefix: string, boot: string): string {
  return `<script async src="${prefix}${SCRIPT_PATH}" data-boot="${boot}" data-socket="${prefix}${SOCKET_PATH}/websocket"></script>`
}

/**
 * The script. A server that restarts is looked for at once, then less and less often. An idle page says a word now and then, because
 * a silent client is closed after a minute.
 */
export const PAGE_SCRIPT = `(() => {
  const { boot, socket } = document.currentScript.dataset
  const url = new URL(socket, location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

  const restyle = () => {
    for (const link of document.querySelectorAll('link[rel~="stylesheet"][href]')) {
      const href = new URL(link.href)
      if (href.origin !== location.origin) continue
      href.searchParams.set('live_reload', Date.now())
      link.href = href
    }
  }

  const hear = (news) => {
    if (news.type === 'styles') restyle()
    else if (news.type === 'page' || news.boot !== boot) location.reload()
  }

  let waitMs = 50
  const connect = () => {
    const connection = new WebSocket(url)
    let alive
    connection.onopen = () => {
      waitMs = 50
      alive = setInterval(() => connection.send('here'), 30000)
    }
    connection.onmessage = ({ data }) => hear(JSON.parse(data))
    connection.onclose = () => {
      clearInterval(alive)
      setTimeout(connect, waitMs)
      waitMs = Math.min(waitMs * 1.5, 1000)
    }
  }
  connect()
})()
`
