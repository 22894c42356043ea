import { checkKeys } from '../../core/check-keys.ts'
import { html, type Rendered } from '../template/html.ts'
import { dynamicTag } from './dynamic-tag.ts'
import type { AttributeValue, Slot } from './slot.ts'

/** Where the content of a portal is shown. */
export interface PortalAttributes {
  /** Of the place that it comes from. */
  readonly id: string
  /** A selector of the element that it is put into; the page has one such element. */
  readonly target: string
  /** The tag of the element around the content. Default `'div'`. */
  readonly container?: string | undefined
  /** The class of that element. */
  readonly class?: AttributeValue
}

/**
 * Shows content somewhere else on the page, outside of all that cuts it off or lies over it: a dialog, a tooltip.
 *
 * It belongs to where it is written: its events go there, and it goes when that does. The browser does the moving.
 * @param content - what is shown; a function is called.
 * @throws {BadArgumentError} for an unknown attribute, and a container that is no tag. Semantics: Phoenix.Component.portal/1.
 */
export function portal(attributes: PortalAttributes, content?: Slot): Rendered {
  checkKeys('portal', attributes, ['id', 'target', 'container', 'class'])
  const { id, target, container: tagName = 'div', class: names } = attributes
  const wrapper = dynamicTag({ tagName, id: `_lv_portal_wrap_${id}`, class: names }, content ?? '')
  return html`<template id=${id} data-phx-portal=${target}>${wrapper}</template>`
}
