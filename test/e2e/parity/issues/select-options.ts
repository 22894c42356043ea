import { type Comprehension, each, html } from 'beamish/live-view'

/** The options of a select, of which some are selected. */
export function selectOptions(values: readonly (string | number)[], selected: readonly unknown[]): Comprehension {
  const chosen = new Set(selected.map(String))
  return each(
    values,
    String,
    (value) => html`<option value=${value} selected=${chosen.has(String(value))}>${value}</option>`,
  )
}
