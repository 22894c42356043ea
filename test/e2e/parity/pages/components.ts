import { focusWrap, html, JS, LiveView } from 'beamish/live-view'

const menuItem = (label: string) => html`<button phx-click=${JS.hide({ to: '#dropdown-menu' })}>${label}</button>`

/** What keeps the focus inside itself: a menu, and a box. */
export const ComponentsLive = LiveView.define({
  module: 'ComponentsLive',
  render: () => html`
    <style>#dropdown-menu { display: none; position: absolute; }</style>
    <h1>Phoenix Components Demo</h1>
    <button
      id="dropdown-button"
      phx-click=${JS.toggle({ to: '#dropdown-menu' }).focusFirst({ to: '#dropdown-content' })}
    >Options ▼</button>
    <div id="dropdown-menu">${focusWrap(
      { id: 'dropdown-content' },
      html`${menuItem('Edit Profile')} ${menuItem('Settings')} ${menuItem('Sign Out')}`,
    )}</div>
    <p style="height: 8rem"></p>
    ${focusWrap(
      { id: 'simple-focus-container' },
      html`<button>Button 1</button> <button>Button 2</button>
        <input type="text" placeholder="Input within container">`,
    )}`,
})
