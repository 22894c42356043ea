import { html, type Rendered } from '../template/html.ts'

/** What stands around a title, and in its place. */
export interface LiveTitleOptions {
  readonly prefix?: string | null | undefined
  readonly suffix?: string | null | undefined
  /** What stands there when the title is empty. */
  readonly default?: string | null | undefined
}

/**
 * The title of a document, for the root layout: the client puts each new `pageTitle` of the live view between the same prefix and
 * suffix.
 *
 * ```ts
 * import { html, liveTitle, type RootLayout } from 'beamish/live-view'
 *
 * export const page: RootLayout = ({ pageTitle, innerContent }) => html`<!doctype html>
 *   <html lang="en"><head>${liveTitle({ default: 'Welcome', suffix: ' · Rooms' }, pageTitle)}</head><body>${innerContent}</body></html>`
 * ```
 * Semantics: Phoenix.Component.live_title/1.
 */
export function liveTitle(options: LiveTitleOptions, title?: string | number | null | undefined): Rendered {
  const { prefix, suffix, default: fallback } = options
  const text = String(title ?? '')
  const shown = `${prefix ?? ''}${text.trim() === '' ? (fallback ?? '') : text}${suffix ?? ''}`
  return html`<title data-prefix=${prefix} data-default=${fallback} data-suffix=${suffix}>${shown}</title>`
}
