import { RawClient, type RawFrame } from './raw-client.ts'

/** A page of a live view, as it came over HTTP, and what its client would take out of it. */
export interface RawPage {
  readonly status: number
  readonly html: string
  readonly id: string
  readonly session: string
  readonly static: string
  readonly csrfToken: string
  /** For the header `cookie`. */
  readonly cookie: string
}

/** Loads a page. */
export async function loadPage(port: number, path: string, cookie = ''): Promise<RawPage> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie }, redirect: 'manual' })
  const html = await response.text()
  const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(html)?.[1] ?? ''
  const cookies = response.headers.getSetCookie().map((header) => header.split(';')[0])
  return {
    status: response.status,
    html,
    id: /<\w+ [^>]*id="(phx-[^"]+)"/.exec(html)?.[1] ?? '',
    session: attribute('data-phx-session'),
    static: attribute('data-phx-static'),
    csrfToken: /name="csrf-token" content="([^"]*)"/.exec(html)?.[1] ?? '',
    cookie: cookies.length > 0 ? cookies.join('; ') : cookie,
  }
}

/** Connects the client of a page. */
export function connectPage(port: number, { cookie, csrfToken }: RawPage): Promise<RawClient> {
  const path = `/live/websocket?vsn=2.0.0&_csrf_token=${encodeURIComponent(csrfToken)}`
  return RawClient.open(port, path, { headers: { cookie } })
}

/** Joins as the client does, and gives the answer. `over`: what is different. */
export async function joinPage(
  client: RawClient,
  page: RawPage,
  url: string | undefined,
  over: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const payload = { url, params: { _mounts: 0 }, session: page.session, static: page.static, sticky: false, ...over }
  const [, , , , answer] = (await client.join(`lv:${page.id}`, '1', payload)) as RawFrame
  return answer
}

/** The session tokens of the views that stand in a tree, by id. */
export function childTokens(tree: unknown): Map<string, string> {
  if (typeof tree === 'string') return tokensInHtml(tree)
  if (typeof tree !== 'object' || tree === null) return new Map()
  return new Map(Object.values(tree).flatMap((part) => [...childTokens(part)]))
}

function tokensInHtml(html: string): Map<string, string> {
  const tags = html.matchAll(/<[^>]* id="([^"]+)"[^>]* data-phx-session="([^"]+)"/g)
  return new Map([...tags].map(([, id = '', token = '']) => [id, token]))
}
