import { csrfToken, each, html, JS, type LiveLayout, link, type Rendered } from 'beamish/live-view'
import { type ListedRoom, MOST_UNREAD } from '../rooms/rooms.ts'
import type { WithRooms } from './with-rooms.ts'

const MENU = '#rooms'
const MENU_BUTTON = '.menu'

/** Where there is no place for both, the rooms come over the page, and go again. */
const showMenu = JS.addClass('open', { to: MENU })
  .setAttribute(['aria-expanded', 'true'], { to: MENU_BUTTON })
  .focusFirst({ to: MENU })
const hideMenu = JS.removeClass('open', { to: MENU }).setAttribute(['aria-expanded', 'false'], { to: MENU_BUTTON })
/** Back to the button that showed them; to nothing, when they were not shown. */
const leaveMenu = JS.focus({ to: `.shell:has(${MENU}.open) ${MENU_BUTTON}` }).concat(hideMenu)

/** What is around every page behind the door: the rooms at the side, and notices. */
export const shell: LiveLayout = (assigns) => {
  const { innerContent, flash, ...rest } = assigns
  return html`<div class="shell">
    <a class="skip" href="#page">Skip the rooms</a>
    ${sidebar(rest as unknown as WithRooms)}
    <div id="page" class="page" tabindex="-1">
      ${notice('info', flash['info'])}
      ${notice('error', flash['error'])}
      ${innerContent}
    </div>
  </div>`
}

function notice(kind: 'info' | 'error', text: unknown): Rendered | false {
  if (typeof text !== 'string') return false
  return html`<p class=${['notice', kind]} role=${kind === 'error' ? 'alert' : 'status'} phx-click="lv:clear-flash" phx-value-key=${kind}>
    ${text} <button aria-label="Dismiss">×</button>
  </p>`
}

function sidebar({ user, rooms, counts, room }: WithRooms): Rendered {
  const open = rooms.filter(({ kind }) => kind === 'open')
  const direct = rooms.filter(({ kind }) => kind === 'direct')
  return html`<nav id="rooms" class="rooms" aria-label="Rooms" phx-click-away=${hideMenu} phx-window-keydown=${leaveMenu} phx-key="Escape">
    <button class="close" type="button" aria-label="Close the rooms" phx-click=${leaveMenu}>×</button>
    ${link({ navigate: '/', class: 'brand' }, html`<img src="/assets/icon.svg" alt="" width="30" height="30"> <strong>Chat</strong>`)}
    <h2>Rooms</h2>
    <ul>${each(
      open,
      ({ id }) => id,
      (listed) => roomEntry(listed, room?.slug, counts[listed.slug] ?? 0),
    )}</ul>
    ${
      direct.length > 0 &&
      html`<h2>Direct</h2>
    <ul>${each(
      direct,
      ({ id }) => id,
      (listed) => roomEntry(listed, room?.slug, counts[listed.slug] ?? 0),
    )}</ul>`
    }
    <div class="me">
      ${avatar(user.name)} <strong>${user.name}</strong>
      <form method="post" action="/sign-out">
        <input type="hidden" name="_csrf_token" value=${csrfToken}><button class="quiet">Sign out</button>
      </form>
    </div>
  </nav>`
}

function roomEntry({ slug, title, kind, unread }: ListedRoom, here: string | undefined, count: number): Rendered {
  const attributes = {
    navigate: `/rooms/${slug}`,
    class: ['room', slug === here && 'current', unread > 0 && 'new'],
    'aria-current': slug === here && 'page',
  }
  return html`<li>${link(
    attributes,
    html`<span class="mark" aria-hidden="true">${kind === 'open' ? '#' : '@'}</span> <span class="title">${title}</span>
      ${unread > 0 && html`<b class="unread" aria-label=${`${unreadWords(unread)} unread`}>${unreadWords(unread)}</b>`}
      ${count > 0 && html`<span class="count" title=${`${count} here`} aria-label=${`${count} here`}>${count}</span>`}`,
  )}</li>`
}

/** A number that fits beside a room. */
export function unreadWords(unread: number): string {
  return unread > MOST_UNREAD ? `${MOST_UNREAD}+` : String(unread)
}

/** Shows the rooms where there is no place for both. */
export function menuButton(): Rendered {
  return html`<button class="menu" type="button" aria-controls="rooms" aria-expanded="false" aria-label="Rooms" phx-click=${showMenu}>☰</button>`
}

/** Two letters on a colour of their own. */
export function avatar(name: string): Rendered {
  const letters = name
    .split(/[ ._-]+/)
    .map((word) => [...word][0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase()
  return html`<span class="avatar" aria-hidden="true" style=${`--hue: ${hueOf(name)}`}>${letters}</span>`
}

/** The same colour for the same name, on every page. */
export function hueOf(name: string): number {
  let hash = 0
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 360
  return hash
}
