import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Container } from './layout.ts'
import { checkSession } from './live-session.ts'
import { checkContainer } from './live-view.ts'
import { LiveViewUse } from './template/nodes.ts'
import type { AnyView } from './view-registry.ts'

/** How {@link liveRender} puts a view into a page. */
export interface LiveRenderOptions {
  /** The id of its element: unique in the page. Needed inside of another view, where the same id is the same view from render to render. */
  readonly id?: string | number
  /** What it finds in its session beside that of the request. Signed, not secret. */
  readonly session?: Readonly<Record<string, unknown>>
  /** The element that it lives in, over what the view says. */
  readonly container?: Container
  /** Whether it stays, with its element, when the page goes to another view of the live session. Default false. */
  readonly sticky?: boolean
}

const OPTIONS: readonly string[] = ['id', 'session', 'container', 'sticky'] satisfies (keyof LiveRenderOptions)[]

/**
 * A live view in the template of another one, of one of its components, of a root layout, or of a plain page (`renderPage`):
 * `${liveRender(ClockLive, { id: 'clock', session: { zone } })}`.
 *
 * It has a process of its own. In another view it is a *child*: it has no address and so no `handleParams`; it ends with the view
 * around it, whose renders never touch what is in it; its crash is its own, and its client joins again. Its `pushPatch` is done by
 * the root view. `assignNew` finds what the view around it assigned. A *sticky* one is no child: it has its own root, and lives on
 * while the page goes from view to view inside of one live session, as long as each of them shows it.
 * @throws {BadArgumentError} for what is no live view, an unknown option, or one of the wrong kind. In a view, when that is rendered:
 * without an id.
 * Semantics: Phoenix.Component.live_render/3. Differs: a value; it needs no socket.
 */
export function liveRender(view: AnyView, options: LiveRenderOptions = {}): LiveViewUse {
  if (typeof view?.livePage !== 'function')
    throw new BadArgumentError('liveRender', 'a live view (LiveView.define)', view)
  const where = `liveRender of ${view.moduleName}`
  checkOptions(where, options)
  const { id, session = {}, container, sticky = false } = options
  return new LiveViewUse({ view, id: id === undefined ? id : String(id), session, container, isSticky: sticky })
}

function checkOptions(where: string, options: LiveRenderOptions): void {
  checkKeys(where, options, OPTIONS)
  const { id, session = {}, container, sticky = false } = options
  const isId = id === undefined || Number.isFinite(id) || (typeof id === 'string' && /^[^\s"]+$/.test(id))
  if (!isId) throw new BadArgumentError(`${where}: id`, 'a string without spaces, or a number', id)
  if (typeof session === 'function') throw new BadArgumentError(`${where}: session`, 'an object', session)
  checkSession(`${where}: session`, session)
  checkContainer(`${where}: container`, container)
  if (typeof sticky !== 'boolean') throw new BadArgumentError(`${where}: sticky`, 'true or false', sticky)
}

/** The id of a view inside of another one. @throws {BadArgumentError} without one. */
export function requiredId(use: LiveViewUse): string {
  if (use.id !== undefined) return use.id
  const { moduleName } = viewOfUse(use)
  throw new BadArgumentError(
    `liveRender of ${moduleName}`,
    'an id, which says which view it is from render to render',
    use.id,
  )
}

/** The view that is used. */
export function viewOfUse({ view }: LiveViewUse): AnyView {
  return view as AnyView // sound: only liveRender makes a use
}
