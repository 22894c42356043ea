import { badReturn } from '../channel/errors.ts'
import type { LiveLayout } from './layout.ts'
import type { MountOptions } from './result.ts'
import { Rendered } from './template/html.ts'
import type { LiveViewSocket } from './view-socket.ts'

/**
 * The layout of a view: what its mount said, else that of its live session, else its own.
 * @param isNested - whether it stands inside another view: then only its mount counts. Semantics: liveview.md §2.3.
 */
export function layoutOf(
  { view, route }: LiveViewSocket,
  options: MountOptions,
  isNested: boolean,
): LiveLayout | false {
  if (options.layout !== undefined) return options.layout
  return isNested ? false : (route?.session.layout ?? view.prepared.layout ?? false)
}

/**
 * What a view looks like, in its layout.
 * @param isFull - whether the page has nothing of it yet. @throws {BeamishError} `BEAMISH_BAD_RETURN`
 */
export function renderView(socket: LiveViewSocket, layout: LiveLayout | false, isFull: boolean): Rendered {
  const { moduleName, prepared } = socket.view
  const assigns = socket.assignsToRender(isFull)
  const innerContent = checked(moduleName, 'render', (socket.renderFunction ?? prepared.render)(assigns))
  return layout === false ? innerContent : checked(moduleName, 'layout', layout({ ...assigns, innerContent }))
}

function checked(moduleName: string, callback: string, rendered: unknown): Rendered {
  if (rendered instanceof Rendered) return rendered
  throw badReturn(moduleName, callback, 'html`…`', rendered)
}
