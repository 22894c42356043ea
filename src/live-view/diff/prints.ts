import type { ListOrigin } from '../template/lists.ts'
import type { LiveViewUse } from '../template/nodes.ts'
import type { Template } from '../template/template.ts'

// What the server remembers of what the client has: for each position the text that it sent, or the print of a node. Positions are
// those of the template, so a print is an array beside it. Texts are kept because there is nothing else to compare with.

/**
 * What stands at one position: text, a component's cid, or a node; `undefined` before anything was sent. A string is a value that was
 * sent as it is: the same one again needs no look at its characters. (Of an attribute it is the value alone.)
 */
export type Print = string | number | MarkupPrint | NodePrint | ListPrint | StreamPrint | ViewPrint | undefined

/** Text that is not the value that it was made of. */
export class MarkupPrint {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

/** A template that the client has, and what it has at each position of it. */
export class NodePrint {
  readonly template: Template
  readonly dynamics: Print[]

  constructor(template: Template, dynamics: Print[]) {
    this.template = template
    this.dynamics = dynamics
  }
}

/** A list that the client has. */
export class ListPrint {
  readonly template: Template
  /** As many as there are entries; `undefined` where each entry's place is its key. */
  keys: readonly unknown[] | undefined
  /** By index: what the client has at each position of the entry. */
  entries: Print[][]
  /** What it was made of, as far as that says what it looks like. */
  origin: ListOrigin | undefined = undefined

  constructor(template: Template, list: { keys: readonly unknown[] | undefined; entries: Print[][] }) {
    this.template = template
    this.keys = list.keys
    this.entries = list.entries
  }

  get count(): number {
    return this.entries.length
  }
}

/** A stream that the client has: neither side remembers entries. */
export class StreamPrint {
  /** `undefined` while it never had an entry. */
  readonly template: Template | undefined

  constructor(template: Template | undefined) {
    this.template = template
  }
}

/** A live view's container that the client has: text, which stays the same for as long as the view does. */
export class ViewPrint {
  readonly use: LiveViewUse
  /** Its session, signed: not once more for each render. */
  readonly token: string
  readonly html: string

  constructor(use: LiveViewUse, token: string, html: string) {
    this.use = use
    this.token = token
    this.html = html
  }
}
