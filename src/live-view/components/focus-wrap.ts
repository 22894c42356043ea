import { html, type Rendered } from '../template/html.ts'
import { attrs } from '../template/values.ts'
import { type AttributeValue, fill, type Slot } from './slot.ts'

/** Attributes of the element around the content. */
export interface FocusWrapAttributes {
  readonly id: string
  readonly [attribute: string]: AttributeValue
}

/**
 * Keeps the focus inside: whoever goes on with the tab key from the last thing in it comes to the first, as in a dialog.
 * @param content - what stands in it; a function is called. Semantics: Phoenix.Component.focus_wrap/1.
 */
export function focusWrap({ id, ...rest }: FocusWrapAttributes, content?: Slot): Rendered {
  return html`<div id=${id} phx-hook="Phoenix.FocusWrap" ${attrs(rest)}><div id=${`${id}-start`} tabindex="0" aria-hidden="true"></div>${fill(content, undefined)}<div id=${`${id}-end`} tabindex="0" aria-hidden="true"></div></div>`
}
