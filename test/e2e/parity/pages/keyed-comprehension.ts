import { each, html, LiveView, type LiveViewSocket, link, type Rendered } from 'beamish/live-view'

interface Item {
  readonly id: number
  readonly entry: { readonly other: string; readonly foo: { readonly bar: string } }
}

interface Keyed {
  readonly tab: string
  readonly items: readonly Item[]
  readonly size: number
  readonly count: number
}

/** A column: what stands above it, and what stands in it for a row. */
interface Column {
  readonly id: string
  readonly name: string
  readonly cell: (row: Item) => unknown
}

/** What the tabs have in their place: tables that differ in what has a key. */
const TABLES: Readonly<Record<string, (rows: readonly Item[], columns: readonly Column[]) => Rendered>> = {
  all_keyed: (rows, columns) =>
    table(
      each(columns, ({ id }) => id, heading),
      each(rows, idOf, (row) =>
        tableRow(
          each(
            columns,
            ({ id }) => `${row.id}_${id}`,
            ({ cell }) => tableCell(cell(row)),
          ),
        ),
      ),
    ),
  rows_keyed: (rows, columns) =>
    table(
      columns.map(heading),
      each(rows, idOf, (row) => tableRow(cellsOf(row, columns))),
    ),
  no_keyed: (rows, columns) =>
    table(
      columns.map(heading),
      rows.map((row) => tableRow(cellsOf(row, columns))),
    ),
}

const idOf = ({ id }: Item): number => id
const cellsOf = (row: Item, columns: readonly Column[]) => columns.map(({ cell }) => tableCell(cell(row)))

function table(headings: unknown, rows: unknown): Rendered {
  return html`<table><thead><tr>${headings}</tr></thead><tbody>${rows}</tbody></table>`
}

const heading = ({ name }: Column): Rendered => html`<th scope="col">${name}</th>`
const tableRow = (cells: unknown): Rendered => html`<tr>${cells}</tr>`
const tableCell = (content: unknown): Rendered => html`<td> ${content} </td>`

function countAndName(count: number, name: string): Rendered {
  return html`<span> Count: ${count} Name: ${name} </span>`
}

/** Some of twice as many items, in any order. */
function randomItems(size: number): Item[] {
  const all = Array.from({ length: size * 2 }, (_, index) => index + 1)
  const mixed = all.map((id) => ({ id, place: Math.random() })).sort((a, b) => a.place - b.place)
  return mixed.slice(0, size).map(({ id }) => ({ id, entry: { other: 'hey', foo: { bar: `New${id + 1}` } } }))
}

const tabLink = (tab: string, active: string, label: string): Rendered =>
  link({ role: 'tab', class: ['tab', tab === active && 'tab-active'], patch: `/keyed-comprehension?tab=${tab}` }, label)

/** Lists in lists, with and without keys, whose items change places. */
export const KeyedComprehensionLive = LiveView.define({
  module: 'KeyedComprehensionLive',
  mount: (_params, _session, socket: LiveViewSocket<Keyed>) =>
    socket.assign({ count: 0, items: randomItems(10), size: 10 }),
  handleParams: ({ tab }, _uri, socket) => socket.assign({ tab: Object.hasOwn(TABLES, tab) ? tab : 'all_keyed' }),
  handleEvent: {
    randomize: (_value, socket) => socket.assign(({ size, count }) => ({ items: randomItems(size), count: count + 1 })),
    change_size: ({ size }, socket) =>
      socket.assign(({ count }) => ({ items: randomItems(Number(size)), size: Number(size), count: count + 1 })),
    change_0: (_value, socket) => {
      const first = { id: 2000, entry: { other: 'hey', foo: { bar: String(Math.random()) } } }
      socket.update('items', ([, ...others]) => [first, ...others])
    },
    change_other: (_value, socket) =>
      socket.update('items', (items) =>
        items.map(({ id, entry }) => ({ id, entry: { ...entry, other: `hey ${Math.random()}` } })),
      ),
  },
  render: ({ tab, items, size, count }) => html`
    <nav role="tablist">
      ${tabLink('all_keyed', tab, 'All keyed')} ${tabLink('rows_keyed', tab, 'Rows keyed')}
      ${tabLink('no_keyed', tab, 'No keyed')}
    </nav>
    <button phx-click="randomize">randomize</button>
    <button phx-click="change_0">change first</button>
    <button phx-click="change_other">change other</button>
    <form><input phx-change="change_size" name="size" value=${size}></form>
    ${each([1, 2], Number, (n) => {
      const columns = [
        { id: '1', name: 'Foo', cell: ({ entry }: Item) => html`${countAndName(count, entry.foo.bar)} ${n}` },
        { id: '2', name: 'Count', cell: () => count },
      ]
      return html`<div>${TABLES[tab]!(items, columns)}</div>`
    })}`,
})
