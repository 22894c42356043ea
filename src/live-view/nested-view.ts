import { isDeepStrictEqual } from 'node:util'
import { containerHtml, mergedContainer } from './container.ts'
import { ViewPrint } from './diff/prints.ts'
import { requiredId, viewOfUse } from './live-render.ts'
import type { LiveViewUse } from './template/nodes.ts'
import { type SessionToken, signSession } from './tokens.ts'
import { uniqueTokenNameOf } from './view-registry.ts'
import type { LiveViewSocket } from './view-socket.ts'

// A view in the tree of a connected one: text, its container with nothing in it. What comes into that is the other view's matter.

/** What the container of a view inside another one says. @param parentKey - what the view around it is found by. */
export function sessionOfNested(use: LiveViewUse, parentKey: string): SessionToken {
  const { session, isSticky } = use
  const view = uniqueTokenNameOf(viewOfUse(use))
  return { id: requiredId(use), view, liveSession: null, parent: isSticky ? null : parentKey, session }
}

/**
 * The container of a view inside a connected one. The same text from render to render, unless something else is asked for.
 * @param parentKey - as {@link sessionOfNested}; asked for when a token is signed.
 */
export function connectedNested(
  use: LiveViewUse,
  before: ViewPrint | undefined,
  { socket, parentKey }: { readonly socket: LiveViewSocket; readonly parentKey: () => string },
): ViewPrint {
  const isSameView = before !== undefined && isSame(before.use, use)
  if (isSameView && isDeepStrictEqual(before.use.container, use.container)) return before
  const token = isSameView ? before.token : signSession(socket.site, sessionOfNested(use, parentKey()))
  const { container } = viewOfUse(use).prepared
  const place = use.isSticky ? { isSticky: true } : { parentId: socket.id }
  const marks = { id: requiredId(use), session: token, static: '', ...place }
  return new ViewPrint(use, token, containerHtml(mergedContainer(container, use.container), marks, '').html)
}

/** Whether two uses are of one view: then what the client was told of it holds. */
function isSame(before: LiveViewUse, after: LiveViewUse): boolean {
  const { id, view, isSticky, session } = after
  if (before.id !== id || before.view !== view || before.isSticky !== isSticky) return false
  return isDeepStrictEqual(before.session, session)
}
