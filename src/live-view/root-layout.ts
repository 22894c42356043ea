import { BadArgumentError } from '../core/errors.ts'
import type { Conn } from '../http/conn.ts'
import type { Plug } from '../http/plug.ts'
import type { RootLayout } from './layout.ts'
import type { LiveSession } from './live-session.ts'
import { html } from './template/html.ts'

/** What a plug said, for the time of its request. */
const chosen = new WeakMap<Conn, RootLayout>()

/** The document of a program that has no layout of its own. */
const BARE: RootLayout = ({ pageTitle, innerContent }) =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${pageTitle}</title></head><body>${innerContent}</body></html>`

/**
 * Chooses the document around the live views of a pipeline, for live sessions that have none of their own.
 * @throws {BadArgumentError} for what is no function. Semantics: Phoenix.Controller.put_root_layout/2.
 */
export function rootLayout(layout: RootLayout): Plug {
  if (typeof layout !== 'function') throw new BadArgumentError('rootLayout', 'a function of the assigns', layout)
  return function rootLayout(_request, conn, next) {
    chosen.set(conn, layout)
    return next()
  }
}

/** The document around a view. */
export function rootLayoutOf({ rootLayout: own }: LiveSession, conn: Conn): RootLayout {
  return own ?? rootLayoutFor(conn)
}

/** The document around a page that is no live view. */
export function rootLayoutFor(conn: Conn): RootLayout {
  return chosen.get(conn) ?? BARE
}
