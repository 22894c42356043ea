import { html, JS, LiveComponent, LiveView } from 'beamish/live-view'

// A form whose target is a selector, in a component that came with a patch, is recovered after a reconnect.
// https://github.com/phoenixframework/phoenix_live_view/issues/3200

const Message = LiveComponent.define<{ message: string }>({
  module: 'Issue3200.Message',
  render: ({ message }) => html`<div>${message}</div>`,
})

const Messages = LiveComponent.define<{ value: string }>({
  module: 'Issue3200.Messages',
  update: (_assigns, socket) => socket.assign({ value: '' }),
  handleEvent: {
    add_message_change: ({ new_message: value }, socket) => socket.assign({ value }),
  },
  render: ({ value }) => html`<div>
    ${Message.use({ id: 'some_unique_message_id', message: 'Example message' })}
    <form id="full_add_message_form" phx-change="add_message_change" phx-submit="add_message" phx-target="#full_add_message_form">
      <input id="new_message_input" name="new_message" value=${value}>
    </form>
  </div>`,
})

const Settings = LiveComponent.define({
  module: 'Issue3200.Settings',
  render: () => html`<div>Settings</div>`,
})

const tabButton = (text: string, route: string) =>
  html`<button type="button" phx-click=${JS.patch(route)}>${text}</button>`

/** Its routes have the actions `messages` and `settings`. */
export const Issue3200Live = LiveView.define({
  module: 'Issue3200Live',
  handleParams: () => {},
  render: ({ liveAction }) => html`<div>
    ${tabButton('Messages tab', '/issues/3200/messages')}
    ${tabButton('Settings tab', '/issues/3200/settings')}
    <aside>
      ${liveAction === 'messages' && html`<div>${Messages.use({ id: 'messages_tab' })}</div>`}
      ${liveAction === 'settings' && html`<div>${Settings.use({ id: 'settings_tab' })}</div>`}
    </aside>
  </div>`,
})
