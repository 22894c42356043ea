import type { TextValue } from '../template/values.ts'

/** What an attribute may be: `null`, `undefined` and `false` leave it out, `true` gives its bare name, `class` and `style` take lists. */
export type AttributeValue = string | number | bigint | boolean | null | undefined | TextValue | readonly unknown[]

/** Further attributes of an element, in their order. */
export interface Attributes {
  readonly [name: string]: AttributeValue
}

/** What may stand in a template: text, `html`, lists, components. */
export type Content = string | number | bigint | boolean | object | null | undefined

/** Content, or a function that makes it of what it is given. Semantics: a slot of Phoenix.Component. */
export type Slot<Argument = void> = ((argument: Argument) => unknown) | Content

/** The content of a slot. */
export function fill<Argument>(slot: Slot<Argument>, argument: Argument): unknown {
  // Nothing but a slot's own function can stand there: other functions have no place in a template.
  return typeof slot === 'function' ? (slot as (argument: Argument) => unknown)(argument) : slot
}
