import { createHash } from 'node:crypto'
import { viewNameTaken } from './errors.ts'
import type { LiveViewModule } from './live-view.ts'

/** Views by what tokens call them: a name comes back from a page, and must be one of these. */
const views = new Map<string, AnyView>()

// biome-ignore lint/suspicious/noExplicitAny: a view of any kind
export type AnyView = LiveViewModule<any, any>

/** Makes a view known by its name. A view that has the name already is not found any more. */
export function registerView(view: AnyView): void {
  views.set(tokenNameOf(view), view)
}

/** The view of a name; `undefined` when there is none, or none any more. */
export function viewNamed(name: string): AnyView | undefined {
  return views.get(name)
}

/**
 * What tokens call a view that no route leads to: by its name alone it is found again when the page is connected.
 * @throws {BeamishError} `BEAMISH_VIEW_NAME_TAKEN` when that would be another one.
 */
export function uniqueTokenNameOf(view: AnyView): string {
  const name = tokenNameOf(view)
  if (views.get(name) === view) return name
  throw viewNameTaken(view.moduleName)
}

/** What tokens call a view: whoever reads one learns nothing of the files of the program. */
export function tokenNameOf({ moduleName }: AnyView): string {
  return createHash('sha256').update(moduleName).digest('base64url').slice(0, 16)
}
