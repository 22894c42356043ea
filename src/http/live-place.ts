import type { Page } from './plug.ts'

// Where the room of live views, above this one, comes into a router: it says what its options are, and makes the pages.

/** What a live session may say: named by the room of live views. */
// biome-ignore lint/suspicious/noEmptyInterface: that room adds the members
export interface LiveSessionOptions {}

/** What a live route may say: named by the room of live views. */
// biome-ignore lint/suspicious/noEmptyInterface: as above
export interface LiveRouteOptions {}

/** The routes of one live session. */
export interface LiveGroup {
  readonly name: string
  readonly options: LiveSessionOptions
}

/** Where a live view is put. */
export interface LivePlace {
  /** For messages: the call that puts it there. */
  readonly where: string
  readonly action: string | null
  readonly options: LiveRouteOptions
  /** One object for all routes of a live session. */
  readonly group: LiveGroup
}

/** What `route.live` takes: it makes a page of itself for each place. */
export interface LiveTarget {
  /** @throws {BadArgumentError} for options that are wrong. */
  livePage(place: LivePlace): Page
}
