import { each, html, LiveView, link } from 'beamish/live-view'
import { FEATURES } from '../features.ts'

/** The first page: what there is. */
export const IndexLive = LiveView.define({
  module: 'IndexLive',
  mount: () => {},
  render: () => html`
    <header><h1>Live views, one feature a page</h1>
      <p class="lead">Each page is one short file, shown below what it does. Take what you need.</p></header>
    <ul class="cards">${each(
      FEATURES,
      ({ path }) => path,
      ({ path, title, lead }) =>
        html`<li>${link({ navigate: path, class: 'card' }, html`<strong>${title}</strong> <span>${lead}</span>`)}</li>`,
    )}</ul>`,
})
