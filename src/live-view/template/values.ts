import { BadArgumentError, BeamishError, show } from '../../core/errors.ts'
import { escapeHtml } from '../../http/escape-html.ts'
import { isBinding } from './bindings.ts'
import { LiveStream } from './live-stream.ts'
import type { Part, Template } from './template.ts'

// What the values of a template become as text: between tags, in attributes, as attributes.

/** A value that knows its own text, such as a JS command. The text is escaped where it stands. */
export abstract class TextValue {
  abstract toText(): string
}

/** Markup that an author trusts. Made by {@link raw}. */
export class Raw {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

/**
 * Markup from data, as it is: nothing in it is escaped. Never for what a user wrote.
 * Semantics: Phoenix.HTML.raw/1.
 */
export function raw(html: string): Raw {
  if (typeof html !== 'string') throw new BadArgumentError('raw', 'a string of HTML', html)
  return new Raw(html)
}

/** Attributes as text, each with a space before it. Made by {@link attrs}. */
export class AttributeList {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

/**
 * A list of attributes: `<p ${attrs({ id, class: ['a', isHot && 'hot'], hidden })}>`. Each value as in `name=${value}`. The names are
 * the author's: one that a user gave could be `onclick`.
 * @throws {BadArgumentError} for a name that is none.
 * @throws {InvalidValueError} `BEAMISH_INVALID_VALUE` for a value that is no text. Semantics: Phoenix.Component, dynamic attributes.
 */
export function attrs(attributes: Readonly<Record<string, unknown>>): AttributeList {
  return new AttributeList(Object.entries(attributes).map(checkedAttribute).join(''))
}

function checkedAttribute([name, value]: [string, unknown]): string {
  if (!/^[^\s"'<>/=\0]+$/.test(name)) throw new BadArgumentError('attrs', 'names of attributes', name)
  return attributeHtml(name, value, `attrs: ${name}`)
}

/** A value that has no place where it stands. `code` is `BEAMISH_INVALID_VALUE`. */
export class InvalidValueError extends BeamishError {
  constructor(place: string, expected: string, value: unknown) {
    super('BEAMISH_INVALID_VALUE', `${place}: expected ${expected}, got ${show(value)}.${adviceOn(value)}`)
    this.name = 'InvalidValueError'
  }
}

function adviceOn(value: unknown): string {
  if (value === true) return ' Is something missing after &&?'
  if (value instanceof Promise) return ' Await it before the render, or use assignAsync.'
  if (typeof value === 'function') return ' Call it.'
  if (value instanceof LiveStream) return ' Show a stream with each(stream, (item, domId) => …).'
  return ''
}

/**
 * The HTML of a value that is text, not a node.
 * @returns `undefined` when it is no text.
 */
export function textHtml(value: unknown): string | undefined {
  if (typeof value === 'string') return escapeHtml(value)
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Raw) return value.html
  if (value instanceof TextValue) return escapeHtml(value.toText())
  return undefined
}

/** The HTML of a value that stands inside a tag, or where an element holds text only. */
export function partHtml(template: Template, index: number, value: unknown): string {
  const part = template.parts[index]
  const place = () => placeOf(template, index)
  if (part?.type === 'attribute') return attributeHtml(part.name, value, place)
  if (part?.type === 'value') return pieceHtml(part, value, place)
  if (part?.type === 'content') return contentHtml(part.name, value, place)
  if (value instanceof AttributeList) return value.html
  if (value === null || value === undefined || value === false) return ''
  throw new InvalidValueError(place(), 'attrs({ … })', value)
}

type Place = string | (() => string)

function at(place: Place): string {
  return typeof place === 'string' ? place : place()
}

function attributeHtml(name: string, value: unknown, place: Place): string {
  if (value === null || value === undefined || value === false) return ''
  if (value === true) return ` ${name}`
  refuseCommands(name, value, place)
  return ` ${name}="${quotedHtml(name, value, place)}"`
}

function pieceHtml({ name, isFirst }: Part & { type: 'value' }, value: unknown, place: Place): string {
  if (isFirst) refuseCommands(name, value, place)
  return quotedHtml(name, value, place)
}

/** Text that the client would perform: commands come from `JS` only. */
function refuseCommands(name: string, value: unknown, place: Place): void {
  if (typeof value === 'string' && value.startsWith('[') && isBinding(name))
    throw new InvalidValueError(at(place), `JS commands, or the name of an event, for ${name}`, value)
}

/** The attribute whose value is a document of its own. */
const MARKUP = 'srcdoc'

function markupInQuotes(value: unknown, place: Place): string {
  if (value instanceof Raw) return escapeHtml(value.html)
  throw new InvalidValueError(at(place), `raw(…) for ${MARKUP}, whose value is markup`, value)
}

const SEPARATORS: Readonly<Record<string, string>> = { class: ' ', style: '; ' }

function quotedHtml(name: string, value: unknown, place: Place): string {
  const separator = SEPARATORS[name]
  if (Array.isArray(value) && separator !== undefined) return joined(value, name, separator, place)
  if (name.length === MARKUP.length && name.toLowerCase() === MARKUP) return markupInQuotes(value, place)
  const text = value instanceof Raw ? undefined : textHtml(value)
  if (text !== undefined) return text
  throw new InvalidValueError(at(place), `text for the attribute ${name}`, value)
}

function joined(items: readonly unknown[], name: string, separator: string, place: Place): string {
  const words: readonly unknown[] = items.flat(8)
  return words
    .filter(Boolean)
    .map((word) => quotedHtml(Array.isArray(word) ? '' : name, word, place))
    .join(separator)
}

function contentHtml(name: string, value: unknown, place: Place): string {
  const text = value instanceof Raw ? undefined : textHtml(value)
  if (text !== undefined) return text
  throw new InvalidValueError(at(place), `text: <${name}> holds no markup`, value)
}

/** Where a value stands, for people: `value 2 of the template at page.ts:7:3, in "<p class=${…}>"`. */
export function placeOf(template: Template, index: number): string {
  const before = (template.statics[index] ?? '').replace(/\s+/g, ' ').slice(-40)
  const after = (template.statics[index + 1] ?? '').replace(/\s+/g, ' ').slice(0, 20)
  return `value ${index + 1} of the template at ${template.place}, in "${before}\${…}${after}"`
}
