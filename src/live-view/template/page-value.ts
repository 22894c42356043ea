import { BeamishError } from '../../core/errors.ts'

/** What a page knows that a template may ask it for. */
export interface PageFacts {
  /** The same text for the whole life of the page. @throws {BeamishError} when there is none. */
  readonly csrfToken: string
}

/** A value that only the page has which a template becomes part of. It is asked for when the template is rendered. */
export class PageValue {
  readonly read: (page: PageFacts) => unknown

  constructor(read: (page: PageFacts) => unknown) {
    this.read = read
  }
}

/**
 * The CSRF token of the page, as the value of an attribute: `` html`<input type="hidden" name="_csrf_token" value=${csrfToken}>` ``.
 * `form` and `link` do this by themselves.
 *
 * Over HTTP it is that of the request, in a connected view that of the session that the client has connected with.
 * While it is rendered: `BEAMISH_NO_PLUG` without `csrf()`, `BEAMISH_NO_CSRF_TOKEN` where the page has none.
 * Semantics: Plug.CSRFProtection.get_csrf_token/0, which the process of a page keeps.
 */
export const csrfToken: PageValue = new PageValue((page) => page.csrfToken)

/** A page without a request. */
export const NO_FACTS: PageFacts = {
  get csrfToken(): string {
    throw noCsrfToken('it is rendered outside of a request')
  },
}

/** A page is to hold a CSRF token, and has none. `code` is `BEAMISH_NO_CSRF_TOKEN`. */
export function noCsrfToken(why: string): BeamishError {
  return new BeamishError(
    'BEAMISH_NO_CSRF_TOKEN',
    `the page has no CSRF token: ${why}. Put csrf() into its pipeline and csrfMetaTag(conn) into its root layout, or say ` +
      'csrfToken: false where the form or link needs none.',
  )
}
