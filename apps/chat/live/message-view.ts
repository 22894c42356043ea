import { html, JS, type JsCommand, type Rendered } from 'beamish/live-view'
import { piecesOf } from '../rooms/links.ts'
import { type Attachment, LONGEST, type Message } from '../rooms/messages.ts'
import { avatar, hueOf } from './shell.ts'

/** A message as its place in the room shows it: `isOpen` while its author edits it. */
export interface ShownMessage extends Message {
  readonly isOpen?: boolean
}

/** One message. @param myId - of who looks at it. */
export function messageView(message: ShownMessage, domId: string, myId: number): Rendered {
  const { id, userId, name, at, isEdited, isDeleted, isOpen } = message
  const isMine = userId === myId
  return html`<li id=${domId} class=${['message', isMine && 'mine', isDeleted && 'deleted']} data-id=${id} tabindex="-1">
    ${avatar(name)}
    <article aria-label=${`${name} wrote`}>
      <header>
        <strong style=${`--hue: ${hueOf(name)}`}>${name}</strong>
        <time id=${`${domId}-at`} datetime=${new Date(at).toISOString()} phx-hook="LocalTime">${clock(at)}</time>
        ${isEdited && !isDeleted && html`<small>edited</small>`}
      </header>
      ${isDeleted ? html`<p class="gone">This message was deleted.</p>` : isOpen ? editForm(message, domId) : bodyOf(message)}
    </article>
    ${isMine && !isDeleted && !isOpen && tools(id, domId)}
  </li>`
}

/** What the server can say of a time; the page makes it that of its own place. */
function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 16)
}

function bodyOf({ body, attachments }: Message): Rendered {
  return html`${
    body !== '' &&
    html`<p class="body">${piecesOf(body).map(({ type, text }) =>
      type === 'link'
        ? html`<a href=${text} target="_blank" rel="noopener noreferrer nofollow">${text}</a>`
        : html`${text}`,
    )}</p>`
  }${attachments.map(attachmentView)}`
}

function attachmentView({ id, name, type, bytes }: Attachment): Rendered {
  const href = `/files/${id}`
  if (SHOWN.has(type)) {
    return html`<a class="picture" href=${href} target="_blank" rel="noopener"><img src=${href} alt=${name} loading="lazy"></a>`
  }
  return html`<a class="file" href=${href} download=${name}>↓ ${name} <small>${sizeOf(bytes)}</small></a>`
}

/** Pictures that a browser may show where they stand: none of them can hold a script. */
export const SHOWN: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

/** `1.4 MB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The button goes that was pressed: whoever uses a keyboard stays at the message. */
const atMessage = (command: JsCommand, domId: string): JsCommand => command.focus({ to: `#${domId}` })

function tools(id: number, domId: string): Rendered {
  return html`<span class="tools">
    <button type="button" aria-label="Edit" title="Edit" phx-click=${JS.push('edit', { value: { id } })}>✎</button>
    <button type="button" aria-label="Delete" title="Delete" data-confirm="Delete this message for everybody?"
      phx-click=${atMessage(JS.push('delete', { value: { id } }), domId)}>✕</button>
  </span>`
}

function editForm({ id, body }: Message, domId: string): Rendered {
  const cancel = atMessage(JS.push('cancel', { value: { id } }), domId)
  return html`<form id=${`${domId}-edit`} class="edit" phx-submit=${atMessage(JS.push('save'), domId)}>
    <input type="hidden" name="message" value=${id}>
    <textarea id=${`${domId}-body`} name="body" aria-label="Your message" rows="2" maxlength=${LONGEST} required
      phx-mounted=${JS.focus()} phx-keydown=${cancel} phx-key="Escape">${body}</textarea>
    <button class="primary">Save</button>
    <button type="button" class="quiet" phx-click=${cancel}>Cancel</button>
  </form>`
}
