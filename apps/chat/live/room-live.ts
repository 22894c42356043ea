import { randomUUID } from 'node:crypto'
import { cancelTimer, self, sendAfter, type TimerRef } from 'beamish'
import { isBroadcast } from 'beamish/channel'
import { Token } from 'beamish/endpoint'
import {
  allowUpload,
  attachHook,
  cancelUpload,
  each,
  html,
  type LiveStream,
  LiveView,
  type LiveViewSocket,
  liveFileInput,
  pushEvent,
  pushNavigate,
  putFlash,
  putPrivate,
  stream,
  streamInsert,
  type UploadConfig,
} from 'beamish/live-view'
import { PubSub } from 'beamish/pubsub'
import * as v from 'valibot'
import { PAGE_TOKEN, tellPage } from '../channels/page-channel.ts'
import {
  edit,
  LONGEST,
  type Message,
  messageIn,
  messagesOf,
  NewBody,
  NewMessage,
  PAGE_SIZE,
  remove,
  say,
} from '../rooms/messages.ts'
import { ChatPresence, type Person, type PersonMeta, peopleIn, peopleTopic } from '../rooms/presence.ts'
import { markRead, type Room, roomFor, roomTopic } from '../rooms/rooms.ts'
import { typingWords } from '../rooms/typing.ts'
import { chosenFiles, keepFiles, MOST_FILE_BYTES, MOST_FILES } from './message-files.ts'
import { messageView, type ShownMessage } from './message-view.ts'
import { peopleHere } from './people-here.ts'
import { menuButton } from './shell.ts'
import type { WithRooms } from './with-rooms.ts'

/** Others see for so long that somebody writes, after their last key. */
const TYPING_MS = 4000

interface InRoom extends WithRooms {
  readonly room: Room | null
  readonly people: readonly Person[]
  /** Of the next message: the same until it was said, so that one that is sent twice is said once. */
  readonly nonce: string
  readonly draft: string
  /** The oldest message on the page; `null` when there is nothing before it. */
  readonly oldest: number | null
  readonly pageToken: string
  readonly typingTimer: TimerRef | null
  readonly streams: { readonly messages: LiveStream<ShownMessage> }
  readonly uploads: { readonly files: UploadConfig }
}

type RoomSocket = LiveViewSocket<InRoom>

/** `/rooms/:slug`: what is said in a room, as it is said. */
export const RoomLive = LiveView.define<InRoom>({
  module: 'RoomLive',

  mount: (_params, _session, socket) => {
    socket.assign({
      people: [],
      nonce: randomUUID(),
      draft: '',
      oldest: null,
      typingTimer: null,
      pageToken: Token.sign(socket, PAGE_TOKEN, socket.id),
    })
    stream(socket, 'messages', [])
    allowUpload(socket, 'files', {
      accept: 'any',
      maxEntries: MOST_FILES,
      maxFileSize: MOST_FILE_BYTES,
      autoUpload: true,
    })
    attachHook(socket, 'tell the page', 'afterRender', tellOfNews)
  },

  handleParams: async ({ slug }, _uri, socket) => {
    const room = await roomFor(socket.assigns.user, slug)
    if (room === undefined) {
      pushNavigate(putFlash(socket, 'error', 'There is no such room.'), { to: '/' })
      return
    }
    await enter(socket, room)
  },

  handleEvent: {
    typing: async ({ body, nonce }, socket) => {
      socket.assign({ draft: String(body ?? ''), nonce: String(nonce ?? socket.assigns.nonce) })
      if (socket.assigns.draft !== '') await showTyping(socket)
    },

    say: async ({ body, nonce }, socket) => {
      const said = v.safeParse(NewMessage, { body, nonce })
      if (!said.success) return
      const attachments = await keepFiles(socket)
      if (said.output.body === '' && attachments.length === 0) return
      await say(socket.assigns.user, roomOf(socket), said.output, attachments)
      socket.assign({ nonce: randomUUID(), draft: '' })
      pushEvent(socket, 'said', {})
      await hideTyping(socket)
    },

    dropFile: ({ ref }, socket) => {
      cancelUpload(socket, 'files', String(ref))
    },

    // `_overran`: the client means a window that was scrolled past the list; a list that scrolls by itself is always past it.
    older: async ({ _overran: overran }, socket) => {
      const { oldest } = socket.assigns
      if (oldest === null || overran === true) return
      const messages = await messagesOf(roomOf(socket), { before: oldest })
      stream(socket, 'messages', messages.reverse(), { at: 0 })
      socket.assign({ oldest: oldestOf(messages.at(-1), messages.length) })
    },

    edit: ({ id }, socket) => show(socket, id, true),
    cancel: ({ id }, socket) => show(socket, id, false),

    save: async ({ message: id, body }, socket) => {
      const text = v.safeParse(NewBody, body)
      if (!text.success) return
      const edited = await edit(socket.assigns.user, roomOf(socket), Number(id), text.output)
      if (edited !== undefined) streamInsert(socket, 'messages', edited, { updateOnly: true })
    },

    delete: async ({ id }, socket) => {
      await remove(socket.assigns.user, roomOf(socket), Number(id))
    },

    // An accident on demand: the process of this page dies, nothing else does, and the page is back at once.
    crash: (_value, socket) => {
      throw new Error(`${socket.assigns.user.name} asked for a crash`)
    },
  },

  handleInfo: async (message, socket) => {
    if (message === STOPPED_TYPING) return await hideTyping(socket)
    if (!isBroadcast(message)) return
    switch (message.event) {
      case 'new_message':
        return await hearMessage(socket, message.payload as Message)
      case 'message_edited':
      case 'message_deleted':
        streamInsert(socket, 'messages', message.payload as Message, { updateOnly: true })
        return
      case 'presence_diff':
        socket.assign({ people: await peopleIn(roomOf(socket).slug) })
    }
  },

  render: ({ user, room, people, nonce, draft, oldest, pageToken, streams, uploads }) => {
    if (room === null) return html`<main class="talk"></main>`
    return html`<main class="talk">
      <header>
        ${menuButton()}
        <h1>${room.kind === 'open' ? '# ' : '@ '}${room.title}</h1>
        ${peopleHere(people)}
      </header>
      <div id="page-channel" phx-hook="PageChannel" data-token=${pageToken} hidden></div>
      <div id="follow" phx-hook="Follow" hidden></div>
      <ol id="messages" class="messages" phx-update="stream" aria-label="Messages" aria-live="polite"
        aria-relevant="additions" tabindex="0" phx-viewport-top=${oldest !== null && 'older'}>
        ${each(streams.messages, (message, domId) => messageView(message, domId, user.id))}
      </ol>
      <p class="nothing">Nobody has said anything here yet.</p>
      <p class="typing" aria-live="polite">${typingWords(people, user.id)}</p>
      <form id="composer" class="composer" phx-submit="say" phx-change="typing" phx-hook="Composer"
        phx-drop-target=${uploads.files.ref}>
        ${chosenFiles(uploads.files)}
        <input type="hidden" name="nonce" value=${nonce}>
        <label class="attach" title="Add files"><span aria-hidden="true">+</span> <span class="visually-hidden">Add files</span>${liveFileInput(uploads.files)}</label>
        <textarea id="composer-body" name="body" rows="1" maxlength=${LONGEST} aria-label=${`Message to ${room.title}`}
          placeholder="Write a message…" phx-debounce="300">${draft}</textarea>
        <button class="primary" aria-label="Send">Send</button>
      </form>
    </main>`
  },
})

// ── In and out of rooms ──

async function enter(socket: RoomSocket, room: Room): Promise<void> {
  const { room: before, rooms } = socket.assigns
  if (socket.connected && before?.slug !== room.slug) {
    if (before !== null) await leave(before)
    for (const topic of [roomTopic(room), peopleTopic(room.slug)]) PubSub.subscribe('chat', topic)
    await ChatPresence.track(self(), peopleTopic(room.slug), socket.assigns.user.id, metaOf(socket, false))
  }
  const messages = await messagesOf(room)
  stream(socket, 'messages', messages, { reset: true })
  socket.assign({
    room,
    pageTitle: room.title,
    people: await peopleIn(room.slug),
    oldest: oldestOf(messages[0], messages.length),
    rooms: rooms.map((known) => (known.slug === room.slug ? { ...known, unread: 0 } : known)),
  })
  const last = messages.at(-1)
  if (socket.connected && last !== undefined) await markRead(socket.assigns.user, room, last.id)
}

async function leave(room: Room): Promise<void> {
  for (const topic of [roomTopic(room), peopleTopic(room.slug)]) PubSub.unsubscribe('chat', topic)
  await ChatPresence.untrack(self())
}

function roomOf({ assigns }: RoomSocket): Room {
  if (assigns.room === null) throw new Error('nobody is in a room before handleParams')
  return assigns.room
}

/** Where the next page of history ends; a page that is not full was the last. */
function oldestOf(first: Message | undefined, count: number): number | null {
  return first !== undefined && count === PAGE_SIZE ? first.id : null
}

// ── Messages ──

const NEWS = 'has news'

async function hearMessage(socket: RoomSocket, message: Message): Promise<void> {
  const { user } = socket.assigns
  streamInsert(socket, 'messages', message)
  putPrivate(socket, NEWS, true)
  await markRead(user, roomOf(socket), message.id)
}

/** After the render: this page's own channel tells its script, which scrolls when the reader was at the end. */
function tellOfNews(socket: RoomSocket): void {
  if (socket.private.get(NEWS) !== true) return
  putPrivate(socket, NEWS, false)
  tellPage(socket.id)
}

async function show(socket: RoomSocket, id: unknown, isOpen: boolean): Promise<void> {
  const message = await messageIn(roomOf(socket), Number(id))
  if (message?.userId !== socket.assigns.user.id) return
  streamInsert(socket, 'messages', { ...message, isOpen }, { updateOnly: true })
}

// ── Who is here, and who writes ──

const STOPPED_TYPING = 'stopped typing'

function metaOf({ assigns }: RoomSocket, isTyping: boolean): PersonMeta {
  return { name: assigns.user.name, isTyping }
}

async function showTyping(socket: RoomSocket): Promise<void> {
  const { typingTimer } = socket.assigns
  if (typingTimer === null) await setTyping(socket, true)
  else cancelTimer(typingTimer)
  socket.assign({ typingTimer: sendAfter(self(), STOPPED_TYPING, TYPING_MS) })
}

async function hideTyping(socket: RoomSocket): Promise<void> {
  const { typingTimer } = socket.assigns
  if (typingTimer === null) return
  cancelTimer(typingTimer)
  socket.assign({ typingTimer: null })
  await setTyping(socket, false)
}

async function setTyping(socket: RoomSocket, isTyping: boolean): Promise<void> {
  await ChatPresence.update(self(), peopleTopic(roomOf(socket).slug), socket.assigns.user.id, metaOf(socket, isTyping))
}
