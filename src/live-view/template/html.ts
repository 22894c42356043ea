import { parseTemplate } from './parse.ts'
import type { Template } from './template.ts'

/**
 * What `html` gives: the template of a call site, and the values of one call. Immutable; rendering and diffing are functions of it.
 * Semantics: Phoenix.LiveView.Rendered.
 */
export class Rendered {
  readonly template: Template
  readonly values: readonly unknown[]

  constructor(template: Template, values: readonly unknown[]) {
    this.template = template
    this.values = values
  }
}

const templates = new WeakMap<TemplateStringsArray, Template>()

/**
 * HTML with values in it: `` html`<p class=${kind}>Hello ${name}</p>` ``.
 *
 * The markup is parsed once for each place where it is written; each value goes where it stands, escaped:
 * - in text: strings and numbers as text; `null`, `undefined` and `false` as nothing; other `html`, lists of it ({@link each}),
 *   live components, streams; {@link raw} markup. `true`, objects and functions are mistakes.
 * - as an attribute, `name=${value}`: `null`, `undefined` and `false` leave the attribute out, `true` gives its bare name; `class`
 *   and `style` take lists, whose falsy items are dropped. Between quotes beside other text the value is text.
 * - as attributes: `<p ${attrs({ id, hidden })}>`.
 *
 * What a user wrote is safe in each of these places, but in two attributes that are more than text. An address (`href`, `src`,
 * `action`) is not looked at: `javascript:…` runs when somebody follows it, in an iframe at once. Check the scheme of those that are
 * not yours. And `onclick=${…}` as a whole is code: the author's own. Elsewhere no value gets into code: not into `script`, `style`,
 * comments, a piece of `onclick` or of a `javascript:` address; text that begins with `[` is no name of an event, because the client
 * would perform it as {@link JS} commands; `srcdoc` takes {@link raw} only.
 *
 * Values are found during the render of the page or message that the markup is in: there a value without a place throws
 * `BEAMISH_INVALID_VALUE`.
 * @throws {InvalidTemplateError} `BEAMISH_INVALID_TEMPLATE` at first use, for markup that is not well-formed: with its line.
 *
 * Semantics: Phoenix.Component `~H`; liveview.md §6. Differs: a template closes every element that it opens; all values of a
 * template are evaluated at each render, whether they changed or not; commands as text, pieces of code and text as `srcdoc` are refused.
 */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Rendered {
  return new Rendered(templates.get(strings) ?? parseHere(strings), values)
}

function parseHere(strings: TemplateStringsArray): Template {
  const template = parseTemplate(strings, callSite())
  templates.set(strings, template)
  return template
}

/** File and line of whoever called `html`: the first frame that is not of this file. */
function callSite(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(1)
  const frame = frames.find((line) => !/[/\\]live-view[/\\]template[/\\]html\.[jt]s/.test(line))
  return /\(?((?:file:\/\/|\/|[A-Z]:)[^()]+:\d+:\d+)\)?\s*$/.exec(frame ?? '')?.[1] ?? 'an unknown place'
}
