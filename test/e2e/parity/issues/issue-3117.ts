import { type AsyncResult, assignAsync, each, html, LiveComponent, LiveView, link, ok } from 'beamish/live-view'

// Components that load something, with a part in them that never changes: after a navigation it is on the page.
// https://github.com/phoenixframework/phoenix_live_view/issues/3117

const fixedPart = () => html`<div class="static">static content</div>`

const Row = LiveComponent.define<{ foo: AsyncResult<string> }, object>({
  module: 'Issue3117.Row',
  update: (_assigns, socket) => {
    assignAsync(socket, 'foo', () => ok({ foo: 'bar' }))
  },
  render: ({ id, foo }) => html`<div id=${id}>A row with ${foo.result} ${fixedPart()}</div>`,
})

export const Issue3117Live = LiveView.define({
  module: 'Issue3117Live',
  render: () => html`
    ${link({ id: 'navigate', navigate: '/issues/3117?nav' }, 'Navigate')}
    ${each([1, 2], String, (number) => html`<div>${Row.use({ id: `row-${number}` })}</div>`)}`,
})
