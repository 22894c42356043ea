import type { FlashMessages } from '../../live-view/state.ts'

/** Where a live view sent the client, in the place of a page. */
export class LiveRedirect {
  /** `'navigate'`: to another view without loading the page; `'redirect'`: the page is loaded. */
  readonly type: 'navigate' | 'redirect'
  readonly to: string
  /** What went along with it. */
  readonly flash: FlashMessages
  /** The token of it, as the client carries it. */
  readonly flashToken: string | undefined

  constructor(type: 'navigate' | 'redirect', to: string, flash: FlashMessages, flashToken: string | undefined) {
    this.type = type
    this.to = to
    this.flash = flash
    this.flashToken = flashToken
  }

  toString(): string {
    return `a live view that went to ${this.to} (${this.type})`
  }
}

/** What an action on a page gives: its HTML then, or where it went. */
export type LiveOutcome = string | LiveRedirect
