import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nanoid } from 'nanoid'
import { childSpec, type FullChildSpec } from '../../../supervisors/child-spec.ts'
import { noReply, reply } from '../../behaviours/result.ts'
import { BadArgumentError } from '../../core/errors.ts'
import type { HttpReply } from '../../http/message.ts'
import { checkMounts, type StaticMounts } from '../../http/static-mounts.ts'
import { self } from '../../runtime/current.ts'
import { send } from '../../runtime/signals.ts'
import { RawSocket } from '../../socket/raw-socket.ts'
import type { SocketModule } from '../../socket/user-socket.ts'
import type { IncomingRequest } from '../adapter.ts'
import type { EndpointSettings, MountOptions } from '../options.ts'
import type { Site } from '../site.ts'
import { withMarkup } from './documents.ts'
import { OpenPages, PageOpened } from './open-pages.ts'
import { PAGE_SCRIPT, type PageNews, SCRIPT_PATH, SOCKET_PATH, scriptTag } from './page-script.ts'

/** How pages follow the program while it is being written. */
export interface LiveReloadOptions {
  /** Folders whose changes the pages hear of: paths, or file URLs. Default: the endpoint's static ones, as far as they exist. */
  readonly watch?: readonly (string | URL)[]
}

/** What an endpoint with live reload has more than others. */
export interface LiveReload {
  readonly mount: { readonly [path: string]: MountOptions }
  readonly child: FullChildSpec
  /** The site with the script in its documents. */
  around(site: Site): Site
}

/** @throws {BadArgumentError} for an option that is unknown or of the wrong kind, and a folder that does not exist. */
export function checkLiveReload(where: string, option: unknown): void {
  if (typeof option === 'boolean') return
  if (typeof option !== 'object' || option === null)
    throw new BadArgumentError(where, 'true, false or { watch }', option)
  const { watch = [], ...unknown } = option as LiveReloadOptions
  const [extra] = Object.keys(unknown)
  if (extra !== undefined) throw new BadArgumentError(where, 'the option watch', extra)
  if (!Array.isArray(watch)) throw new BadArgumentError(`${where}.watch`, 'a list of folders', watch)
  for (const folder of watch) {
    if (!(typeof folder === 'string' || folder instanceof URL) || !existsSync(folder))
      throw new BadArgumentError(`${where}.watch`, 'folders that exist', folder)
  }
}

/** The live reload of an endpoint that is about to start; `undefined` where its settings do not ask for it. */
export function liveReloadOf(settings: EndpointSettings): LiveReload | undefined {
  const { liveReload: option, name } = settings
  if (option === false) return undefined
  const boot = nanoid()
  const pages = `${name} live reload`
  const socket = pageSocket(pages, boot)
  // Whichever name the page was opened by: it may come back to the server that it came from.
  const mount: MountOptions = { socket, checkOrigin: 'conn', log: false, drainer: false }
  const prefix = (settings.url.path ?? '').replace(/\/+$/, '')
  const folders =
    option === true || option.watch === undefined ? staticFolders(settings.static) : option.watch.map(pathOf)
  return {
    mount: { [SOCKET_PATH]: mount },
    child: childSpec(OpenPages, folders, { id: pages, options: { name: pages } }),
    around: (site) => scripted(site, scriptTag(prefix, boot)),
  }
}

function staticFolders(mounts: StaticMounts): readonly string[] {
  const folders = checkMounts('Endpoint: static', mounts).map(({ folder }) => folder)
  return [...new Set(folders)].filter((folder) => existsSync(folder))
}

function pathOf(folder: string | URL): string {
  return typeof folder === 'string' ? resolve(folder) : fileURLToPath(folder)
}

/** The socket of a page: it tells which start this is, and then what changes. */
function pageSocket(pages: string, boot: string): SocketModule {
  return RawSocket.define({
    module: 'LiveReload',
    init: (state) => {
      send(pages, new PageOpened(self()))
      send(self(), { type: 'boot', boot } satisfies PageNews)
      return state
    },
    handleIn: () => noReply(),
    handleInfo: (news: PageNews) => reply(JSON.stringify(news)),
  })
}

// ── Requests ──

const SCRIPT: HttpReply = {
  status: 200,
  headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' },
  body: PAGE_SCRIPT,
}

function scripted(site: Site, tag: string): Site {
  return async (request, host) => {
    if (request.path === SCRIPT_PATH) return SCRIPT
    const answer = await site(asNew(request), host)
    return answer === undefined ? undefined : withMarkup(answer, tag)
  }
}

/** What lets a server say that the browser has it already, or pack it: then no script can be put in. */
const SAVINGS = new Set(['if-none-match', 'if-modified-since', 'accept-encoding'])

/** A request as of a browser that has nothing yet. Not a spread: the rest of it may live in its prototype. */
function asNew(request: IncomingRequest): IncomingRequest {
  const { method, path, query, remoteAddress, remotePort, isSecure, pass } = request
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !SAVINGS.has(name)))
  return {
    method,
    path,
    query,
    headers,
    remoteAddress,
    remotePort,
    isSecure,
    body: (maxBytes) => request.body(maxBytes),
    onGone: (callback) => request.onGone(callback),
    ...(pass !== undefined && { pass: () => request.pass?.() }),
  }
}
