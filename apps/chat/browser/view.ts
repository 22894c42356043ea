import type { ChatMessage } from './protocol.ts'
import { type Way, wordsOf } from './way.ts'

/** How the page is connected to its room. */
export type State = 'connecting' | 'joined' | 'crashed' | 'offline'

const STATE_WORDS: Readonly<Record<State, string>> = {
  connecting: 'connecting',
  joined: 'live',
  crashed: 'channel crashed, rejoining',
  offline: 'offline, reconnecting',
}

/** Messages of one person in so short a time stand together. */
const SAME_BREATH_MS = 3 * 60_000
const TYPING_MS = 3000

function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T // sound: index.html is ours
}

const list = byId<HTMLOListElement>('messages')
const status = byId('status')
const typing = byId('typing')
const text = byId<HTMLTextAreaElement>('text')

let newest: ChatMessage | undefined
const shown = new Set<string>()
const typists = new Map<string, number>()

/** Shows a message, unless it is there already: a rejoin brings the history again. */
export function showMessage(message: ChatMessage, me: string): void {
  if (shown.has(message.id)) return
  shown.add(message.id)
  typists.delete(message.name)
  showTypists()
  const isSame = newest?.name === message.name && message.at - newest.at < SAME_BREATH_MS
  newest = message
  append(messageItem(message, message.name === me, isSame))
}

/** Shows a line that nobody said. */
export function showNotice(words: string, kind: 'plain' | 'crash' | 'recovered' = 'plain'): void {
  newest = undefined
  const item = element('li', 'notice', words)
  item.dataset['kind'] = kind
  append(item)
}

/** Empties the room. */
export function clear(): void {
  list.replaceChildren()
  shown.clear()
  typists.clear()
  newest = undefined
  showTypists()
}

/** @param way - how the page is connected: shown when it is not the usual way. */
export function showState(state: State, way?: Way): void {
  const words = way === undefined ? '' : wordsOf(way)
  status.dataset['state'] = state
  status.textContent = words === '' ? STATE_WORDS[state] : `${STATE_WORDS[state]} by ${words}`
}

export function showRoom(room: string, rooms: readonly string[]): void {
  document.title = `#${room} · Beamish chat`
  byId('title').textContent = `#${room}`
  text.placeholder = `Message #${room}`
  byId('rooms').replaceChildren(...rooms.map((each) => roomLink(each, each === room)))
}

export function showMe(name: string): void {
  const button = byId('me')
  button.dataset['name'] = name
  button.replaceChildren(avatar(name), element('span', '', name))
}

/** Shows for a few seconds that somebody writes. */
export function showTyping(name: string): void {
  clearTimeout(typists.get(name))
  typists.set(
    name,
    window.setTimeout(() => {
      typists.delete(name)
      showTypists()
    }, TYPING_MS),
  )
  showTypists()
}

function showTypists(): void {
  const names = [...typists.keys()]
  typing.textContent =
    names.length === 0 ? '' : names.length === 1 ? `${names[0]} is writing…` : `${names.length} people are writing…`
}

// ── What the person does ──

export interface Wishes {
  say(text: string): void
  typing(): void
  enterRoom(room: string): void
  rename(name: string): void
}

/** Calls `wishes` for what the person does. */
export function listen(wishes: Wishes): void {
  const composer = byId<HTMLFormElement>('composer')
  composer.addEventListener('submit', (event) => {
    event.preventDefault()
    const words = text.value.trim()
    text.value = ''
    if (words !== '') wishes.say(words)
  })
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    composer.requestSubmit()
  })
  text.addEventListener('input', () => {
    if (text.value !== '') wishes.typing()
  })
  listenForRooms(wishes)
  listenForNames(wishes)
}

function listenForRooms(wishes: Wishes): void {
  window.addEventListener('hashchange', () => wishes.enterRoom(location.hash.slice(1)))
  byId<HTMLFormElement>('new-room').addEventListener('submit', (event) => {
    event.preventDefault()
    const input = byId<HTMLInputElement>('room-name')
    const room = input.value
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
    input.value = ''
    if (room !== '') location.hash = room
  })
}

function listenForNames(wishes: Wishes): void {
  const dialog = byId<HTMLDialogElement>('name-dialog')
  const input = byId<HTMLInputElement>('name')
  byId('me').addEventListener('click', () => {
    input.value = byId('me').dataset['name'] ?? ''
    dialog.showModal()
    input.select()
  })
  dialog.addEventListener('close', () => {
    const name = input.value.trim()
    if (dialog.returnValue === 'ok' && name !== '') wishes.rename(name)
    text.focus()
  })
}

// ── Elements: text is only ever set as text ──

function append(item: HTMLElement): void {
  const isAtBottom = list.scrollHeight - list.scrollTop - list.clientHeight < 120
  list.append(item)
  if (isAtBottom) list.scrollTop = list.scrollHeight
}

function messageItem(message: ChatMessage, isMine: boolean, isSame: boolean): HTMLElement {
  const item = element('li', `message${isMine ? ' mine' : ''}${isSame ? ' same' : ''}`)
  item.style.setProperty('--hue', String(hueOf(message.name)))
  const byline = element('p', 'byline')
  byline.append(element('b', '', message.name), element('time', '', timeOf(message.at)))
  item.append(byline, avatar(message.name), element('p', 'bubble', message.text))
  return item
}

function roomLink(room: string, isCurrent: boolean): HTMLElement {
  const link = element('a', '', room)
  link.setAttribute('href', `#${room}`)
  if (isCurrent) link.setAttribute('aria-current', 'page')
  return link
}

function avatar(name: string): HTMLElement {
  const circle = element('span', 'avatar', initialsOf(name))
  circle.style.setProperty('--hue', String(hueOf(name)))
  circle.setAttribute('aria-hidden', 'true')
  return circle
}

function element(tag: string, className: string, words = ''): HTMLElement {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  made.textContent = words
  return made
}

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '')
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('')
}

/** Everybody sees the same colour for the same name. */
function hueOf(name: string): number {
  let hash = 0
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360
  return (hash * 47) % 360
}
