import { isBroadcast } from 'beamish/channel'
import {
  each,
  type Form,
  type FormParams,
  form,
  html,
  LiveView,
  link,
  pushNavigate,
  putFlash,
  type Rendered,
  toForm,
  usedErrors,
} from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import { everybody, PEOPLE_TOPIC, type User, userWith } from '../accounts/accounts.ts'
import { directRoom, type ListedRoom, NewRoom, openRoom } from '../rooms/rooms.ts'
import { avatar, menuButton, unreadWords } from './shell.ts'
import type { WithRooms } from './with-rooms.ts'

interface Lobby extends WithRooms {
  readonly people: readonly User[]
  readonly form: Form
}

/** `/`: all rooms, a form for a new one, and everybody to talk to. */
export const LobbyLive = LiveView.define<Lobby>({
  module: 'LobbyLive',

  mount: async (_params, _session, socket) => {
    if (socket.connected) PubSub.subscribe('chat', PEOPLE_TOPIC)
    socket.assign({ pageTitle: 'Rooms', people: await everybody(), form: toForm({}, { as: 'room' }) })
  },

  handleEvent: {
    check: ({ room }, socket) => socket.assign({ form: checked(room) }),

    open: async ({ room }, socket) => {
      const form = checked(room)
      socket.assign({ form })
      if (form.output === undefined) return
      const opened = await openRoom(form.output)
      if (opened === 'taken') putFlash(socket, 'error', `There is a room ${form.output.title} already.`)
      else pushNavigate(socket, { to: `/rooms/${opened.slug}` })
    },

    talk: async ({ id }, socket) => {
      const other = await userWith(Number(id))
      if (other === undefined) return
      const { slug } = await directRoom(socket.assigns.user, other)
      pushNavigate(socket, { to: `/rooms/${slug}` })
    },
  },

  handleInfo: async (message, socket) => {
    if (isBroadcast(message) && message.event === 'signed_up') socket.assign({ people: await everybody() })
  },

  render: ({ user, rooms, counts, people, form: room }) => html`<main class="lobby">
    <header>${menuButton()} <h1>Hello, ${user.name}</h1></header>
    <section aria-labelledby="rooms-title">
      <h2 id="rooms-title">Rooms</h2>
      <ul class="cards">${each(
        rooms.filter(({ kind }) => kind === 'open'),
        ({ id }) => id,
        (listed) => roomCard(listed, counts[listed.slug] ?? 0),
      )}</ul>
      ${newRoom(room)}
    </section>
    <section aria-labelledby="people-title">
      <h2 id="people-title">People</h2>
      <ul class="people">${each(
        people.filter(({ id }) => id !== user.id),
        ({ id }) => id,
        ({ id, name }) =>
          html`<li><button class="person" phx-click="talk" phx-value-id=${id}>${avatar(name)} ${name}</button></li>`,
      )}</ul>
      ${people.length < 2 && html`<p class="hint">Nobody else has an account yet. Open this page in another browser, and sign up as somebody else.</p>`}
    </section>
  </main>`,
})

const checked = (room: FormParams) => toForm(room, { as: 'room', schema: NewRoom })

function roomCard({ slug, title, unread }: ListedRoom, count: number): Rendered {
  return html`<li>${link(
    { navigate: `/rooms/${slug}`, class: ['card', unread > 0 && 'new'] },
    html`<strong># ${title}</strong>
      <span>${count === 0 ? 'nobody here' : count === 1 ? 'one person here' : `${count} people here`}</span>
      ${unread > 0 && html`<b class="unread">${unreadWords(unread)} new</b>`}`,
  )}</li>`
}

function newRoom(room: Form): Rendered {
  return form({ for: room, id: 'new-room', class: 'new-room', 'phx-change': 'check', 'phx-submit': 'open' }, (f) => {
    const title = f.field('title')
    const problems = usedErrors(title)
    return html`<label><span>A new room</span>
      <input id=${title.id} name=${title.name} value=${title.value} placeholder="Its name" maxlength="40" required
        autocomplete="off" phx-debounce="300" aria-describedby="new-room-problem"></label>
      <button class="primary">Open it</button>
      <small id="new-room-problem" class="problem" role="alert">${problems.join(', ')}</small>`
  })
}
