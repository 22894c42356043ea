import { BeamishError } from '../../core/errors.ts'

/** What stands at the place of one `${…}`. */
export type Part =
  /** Between tags: `<p>${…}</p>`. */
  | { readonly type: 'text' }
  /** A whole attribute, its name included, so that it can vanish: `<p class=${…}>`. */
  | { readonly type: 'attribute'; readonly name: string }
  /** A piece of an attribute's value: `<p class="card ${…}">`. `isFirst`: the value begins with it. */
  | { readonly type: 'value'; readonly name: string; readonly isFirst: boolean }
  /** A list of attributes: `<p ${attrs({ … })}>`. */
  | { readonly type: 'attributes' }
  /** Inside an element that holds text only: `<textarea>${…}</textarea>`. */
  | { readonly type: 'content'; readonly name: string }

/**
 * The constant half of a template: what `html` makes of one call site, once. Its identity is its fingerprint.
 * HTML = statics[0] part[0] statics[1] part[1] … statics[n].
 */
export class Template {
  readonly statics: readonly string[]
  readonly parts: readonly Part[]
  /** Whether it is exactly one element, apart from whitespace and comments. Semantics: liveview.md §6.3. */
  readonly hasRoot: boolean
  /** Where it is written: file and line. */
  readonly place: string

  constructor(statics: readonly string[], parts: readonly Part[], hasRoot: boolean, place: string) {
    this.statics = statics
    this.parts = parts
    this.hasRoot = hasRoot
    this.place = place
  }
}

/** A template that is not well-formed. `code` is `BEAMISH_INVALID_TEMPLATE`. It says where, and what was expected. */
export class InvalidTemplateError extends BeamishError {
  constructor(problem: string, place: string) {
    super('BEAMISH_INVALID_TEMPLATE', `${problem} (${place})`)
    this.name = 'InvalidTemplateError'
  }
}
