import { each, html, type Rendered } from 'beamish/live-view'
import type { Person } from '../rooms/presence.ts'
import { avatar } from './shell.ts'

/** More people than this are counted, and not shown. */
const MOST_SHOWN = 40

/** Who is in the room. */
export function peopleHere(people: readonly Person[]): Rendered {
  return html`<ul class="here" aria-label=${`${people.length} here`}>
    ${each(
      people.slice(0, MOST_SHOWN),
      ({ id }) => id,
      ({ id, name }) =>
        html`<li id=${`here-${id}`} title=${name}>${avatar(name)}<span class="visually-hidden">${name}</span></li>`,
    )}
    ${people.length > MOST_SHOWN && html`<li>+${people.length - MOST_SHOWN}</li>`}
  </ul>`
}
