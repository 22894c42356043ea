import { escapeHtml } from '../../src/http/escape-html.ts'
import { html, type Rendered } from '../../src/live-view/template/html.ts'
import { each, memo } from '../../src/live-view/template/lists.ts'

// What is rendered: the same page with `html`, and written by hand.

/** How many values a page has. */
export const DYNAMICS = 100

/** Values for a page: short texts, as pages have them. */
export function values(seed = 0): string[] {
  return Array.from({ length: DYNAMICS }, (_, index) => `value ${index + seed}`)
}

/** A page with a hundred dynamics. */
export const page = (v: readonly string[]): Rendered => html`<table>
  <tr><td>${v[0]}</td><td>${v[1]}</td><td>${v[2]}</td><td>${v[3]}</td><td>${v[4]}</td><td>${v[5]}</td><td>${v[6]}</td><td>${v[7]}</td><td>${v[8]}</td><td>${v[9]}</td></tr>
  <tr><td>${v[10]}</td><td>${v[11]}</td><td>${v[12]}</td><td>${v[13]}</td><td>${v[14]}</td><td>${v[15]}</td><td>${v[16]}</td><td>${v[17]}</td><td>${v[18]}</td><td>${v[19]}</td></tr>
  <tr><td>${v[20]}</td><td>${v[21]}</td><td>${v[22]}</td><td>${v[23]}</td><td>${v[24]}</td><td>${v[25]}</td><td>${v[26]}</td><td>${v[27]}</td><td>${v[28]}</td><td>${v[29]}</td></tr>
  <tr><td>${v[30]}</td><td>${v[31]}</td><td>${v[32]}</td><td>${v[33]}</td><td>${v[34]}</td><td>${v[35]}</td><td>${v[36]}</td><td>${v[37]}</td><td>${v[38]}</td><td>${v[39]}</td></tr>
  <tr><td>${v[40]}</td><td>${v[41]}</td><td>${v[42]}</td><td>${v[43]}</td><td>${v[44]}</td><td>${v[45]}</td><td>${v[46]}</td><td>${v[47]}</td><td>${v[48]}</td><td>${v[49]}</td></tr>
  <tr><td>${v[50]}</td><td>${v[51]}</td><td>${v[52]}</td><td>${v[53]}</td><td>${v[54]}</td><td>${v[55]}</td><td>${v[56]}</td><td>${v[57]}</td><td>${v[58]}</td><td>${v[59]}</td></tr>
  <tr><td>${v[60]}</td><td>${v[61]}</td><td>${v[62]}</td><td>${v[63]}</td><td>${v[64]}</td><td>${v[65]}</td><td>${v[66]}</td><td>${v[67]}</td><td>${v[68]}</td><td>${v[69]}</td></tr>
  <tr><td>${v[70]}</td><td>${v[71]}</td><td>${v[72]}</td><td>${v[73]}</td><td>${v[74]}</td><td>${v[75]}</td><td>${v[76]}</td><td>${v[77]}</td><td>${v[78]}</td><td>${v[79]}</td></tr>
  <tr><td>${v[80]}</td><td>${v[81]}</td><td>${v[82]}</td><td>${v[83]}</td><td>${v[84]}</td><td>${v[85]}</td><td>${v[86]}</td><td>${v[87]}</td><td>${v[88]}</td><td>${v[89]}</td></tr>
  <tr><td>${v[90]}</td><td>${v[91]}</td><td>${v[92]}</td><td>${v[93]}</td><td>${v[94]}</td><td>${v[95]}</td><td>${v[96]}</td><td>${v[97]}</td><td>${v[98]}</td><td>${v[99]}</td></tr>
</table>`

/** The same strings, one after another. */
export const pageByHand = (v: readonly string[]): string => `<table>
  <tr><td>${v[0]}</td><td>${v[1]}</td><td>${v[2]}</td><td>${v[3]}</td><td>${v[4]}</td><td>${v[5]}</td><td>${v[6]}</td><td>${v[7]}</td><td>${v[8]}</td><td>${v[9]}</td></tr>
  <tr><td>${v[10]}</td><td>${v[11]}</td><td>${v[12]}</td><td>${v[13]}</td><td>${v[14]}</td><td>${v[15]}</td><td>${v[16]}</td><td>${v[17]}</td><td>${v[18]}</td><td>${v[19]}</td></tr>
  <tr><td>${v[20]}</td><td>${v[21]}</td><td>${v[22]}</td><td>${v[23]}</td><td>${v[24]}</td><td>${v[25]}</td><td>${v[26]}</td><td>${v[27]}</td><td>${v[28]}</td><td>${v[29]}</td></tr>
  <tr><td>${v[30]}</td><td>${v[31]}</td><td>${v[32]}</td><td>${v[33]}</td><td>${v[34]}</td><td>${v[35]}</td><td>${v[36]}</td><td>${v[37]}</td><td>${v[38]}</td><td>${v[39]}</td></tr>
  <tr><td>${v[40]}</td><td>${v[41]}</td><td>${v[42]}</td><td>${v[43]}</td><td>${v[44]}</td><td>${v[45]}</td><td>${v[46]}</td><td>${v[47]}</td><td>${v[48]}</td><td>${v[49]}</td></tr>
  <tr><td>${v[50]}</td><td>${v[51]}</td><td>${v[52]}</td><td>${v[53]}</td><td>${v[54]}</td><td>${v[55]}</td><td>${v[56]}</td><td>${v[57]}</td><td>${v[58]}</td><td>${v[59]}</td></tr>
  <tr><td>${v[60]}</td><td>${v[61]}</td><td>${v[62]}</td><td>${v[63]}</td><td>${v[64]}</td><td>${v[65]}</td><td>${v[66]}</td><td>${v[67]}</td><td>${v[68]}</td><td>${v[69]}</td></tr>
  <tr><td>${v[70]}</td><td>${v[71]}</td><td>${v[72]}</td><td>${v[73]}</td><td>${v[74]}</td><td>${v[75]}</td><td>${v[76]}</td><td>${v[77]}</td><td>${v[78]}</td><td>${v[79]}</td></tr>
  <tr><td>${v[80]}</td><td>${v[81]}</td><td>${v[82]}</td><td>${v[83]}</td><td>${v[84]}</td><td>${v[85]}</td><td>${v[86]}</td><td>${v[87]}</td><td>${v[88]}</td><td>${v[89]}</td></tr>
  <tr><td>${v[90]}</td><td>${v[91]}</td><td>${v[92]}</td><td>${v[93]}</td><td>${v[94]}</td><td>${v[95]}</td><td>${v[96]}</td><td>${v[97]}</td><td>${v[98]}</td><td>${v[99]}</td></tr>
</table>`

/** The same, by somebody who escapes. */
export const pageByCarefulHand = (v: readonly string[]): string => `<table>
  <tr><td>${escapeHtml(v[0] as string)}</td><td>${escapeHtml(v[1] as string)}</td><td>${escapeHtml(v[2] as string)}</td><td>${escapeHtml(v[3] as string)}</td><td>${escapeHtml(v[4] as string)}</td><td>${escapeHtml(v[5] as string)}</td><td>${escapeHtml(v[6] as string)}</td><td>${escapeHtml(v[7] as string)}</td><td>${escapeHtml(v[8] as string)}</td><td>${escapeHtml(v[9] as string)}</td></tr>
  <tr><td>${escapeHtml(v[10] as string)}</td><td>${escapeHtml(v[11] as string)}</td><td>${escapeHtml(v[12] as string)}</td><td>${escapeHtml(v[13] as string)}</td><td>${escapeHtml(v[14] as string)}</td><td>${escapeHtml(v[15] as string)}</td><td>${escapeHtml(v[16] as string)}</td><td>${escapeHtml(v[17] as string)}</td><td>${escapeHtml(v[18] as string)}</td><td>${escapeHtml(v[19] as string)}</td></tr>
  <tr><td>${escapeHtml(v[20] as string)}</td><td>${escapeHtml(v[21] as string)}</td><td>${escapeHtml(v[22] as string)}</td><td>${escapeHtml(v[23] as string)}</td><td>${escapeHtml(v[24] as string)}</td><td>${escapeHtml(v[25] as string)}</td><td>${escapeHtml(v[26] as string)}</td><td>${escapeHtml(v[27] as string)}</td><td>${escapeHtml(v[28] as string)}</td><td>${escapeHtml(v[29] as string)}</td></tr>
  <tr><td>${escapeHtml(v[30] as string)}</td><td>${escapeHtml(v[31] as string)}</td><td>${escapeHtml(v[32] as string)}</td><td>${escapeHtml(v[33] as string)}</td><td>${escapeHtml(v[34] as string)}</td><td>${escapeHtml(v[35] as string)}</td><td>${escapeHtml(v[36] as string)}</td><td>${escapeHtml(v[37] as string)}</td><td>${escapeHtml(v[38] as string)}</td><td>${escapeHtml(v[39] as string)}</td></tr>
  <tr><td>${escapeHtml(v[40] as string)}</td><td>${escapeHtml(v[41] as string)}</td><td>${escapeHtml(v[42] as string)}</td><td>${escapeHtml(v[43] as string)}</td><td>${escapeHtml(v[44] as string)}</td><td>${escapeHtml(v[45] as string)}</td><td>${escapeHtml(v[46] as string)}</td><td>${escapeHtml(v[47] as string)}</td><td>${escapeHtml(v[48] as string)}</td><td>${escapeHtml(v[49] as string)}</td></tr>
  <tr><td>${escapeHtml(v[50] as string)}</td><td>${escapeHtml(v[51] as string)}</td><td>${escapeHtml(v[52] as string)}</td><td>${escapeHtml(v[53] as string)}</td><td>${escapeHtml(v[54] as string)}</td><td>${escapeHtml(v[55] as string)}</td><td>${escapeHtml(v[56] as string)}</td><td>${escapeHtml(v[57] as string)}</td><td>${escapeHtml(v[58] as string)}</td><td>${escapeHtml(v[59] as string)}</td></tr>
  <tr><td>${escapeHtml(v[60] as string)}</td><td>${escapeHtml(v[61] as string)}</td><td>${escapeHtml(v[62] as string)}</td><td>${escapeHtml(v[63] as string)}</td><td>${escapeHtml(v[64] as string)}</td><td>${escapeHtml(v[65] as string)}</td><td>${escapeHtml(v[66] as string)}</td><td>${escapeHtml(v[67] as string)}</td><td>${escapeHtml(v[68] as string)}</td><td>${escapeHtml(v[69] as string)}</td></tr>
  <tr><td>${escapeHtml(v[70] as string)}</td><td>${escapeHtml(v[71] as string)}</td><td>${escapeHtml(v[72] as string)}</td><td>${escapeHtml(v[73] as string)}</td><td>${escapeHtml(v[74] as string)}</td><td>${escapeHtml(v[75] as string)}</td><td>${escapeHtml(v[76] as string)}</td><td>${escapeHtml(v[77] as string)}</td><td>${escapeHtml(v[78] as string)}</td><td>${escapeHtml(v[79] as string)}</td></tr>
  <tr><td>${escapeHtml(v[80] as string)}</td><td>${escapeHtml(v[81] as string)}</td><td>${escapeHtml(v[82] as string)}</td><td>${escapeHtml(v[83] as string)}</td><td>${escapeHtml(v[84] as string)}</td><td>${escapeHtml(v[85] as string)}</td><td>${escapeHtml(v[86] as string)}</td><td>${escapeHtml(v[87] as string)}</td><td>${escapeHtml(v[88] as string)}</td><td>${escapeHtml(v[89] as string)}</td></tr>
  <tr><td>${escapeHtml(v[90] as string)}</td><td>${escapeHtml(v[91] as string)}</td><td>${escapeHtml(v[92] as string)}</td><td>${escapeHtml(v[93] as string)}</td><td>${escapeHtml(v[94] as string)}</td><td>${escapeHtml(v[95] as string)}</td><td>${escapeHtml(v[96] as string)}</td><td>${escapeHtml(v[97] as string)}</td><td>${escapeHtml(v[98] as string)}</td><td>${escapeHtml(v[99] as string)}</td></tr>
</table>`

/** A small view. */
export interface Counter {
  readonly count: number
  readonly title: string
  readonly isHot: boolean
}

export const counter = ({ count, title, isHot }: Counter): Rendered => html`<main>
  <h1>${title}</h1>
  <p id="count" class=${isHot && 'hot'}>${count}</p>
  <button phx-click="more">more than ${count}</button>
</main>`

/** One row of a list. */
export interface Row {
  readonly id: number
  readonly name: string
  readonly price: string
}

export function rows(count: number): Row[] {
  return Array.from({ length: count }, (_, id) => ({ id, name: `row number ${id}`, price: `${id}.00` }))
}

const row = ({ id, name, price }: Row): Rendered => html`<tr id=${`row-${id}`}><td>${name}</td><td>${price}</td></tr>`
const memoRow = memo(({ id, name, price }: Row) => html`<tr id=${`row-${id}`}><td>${name}</td><td>${price}</td></tr>`)
const keyOf = ({ id }: Row): number => id

export const list = (items: readonly Row[]): Rendered =>
  html`<table><tbody id="rows">${each(items, keyOf, row)}</tbody></table>`

/** The same, whose rows are made of their items alone. */
export const memoList = (items: readonly Row[]): Rendered =>
  html`<table><tbody id="rows">${each(items, keyOf, memoRow)}</tbody></table>`
