import { msgpack } from 'beamish/client'
import { type Channel, LongPoll, Socket } from 'phoenix'
import type { ChatMessage, Gone, History, Somebody } from './protocol.ts'
import { clear, listen, showMe, showMessage, showNotice, showRoom, showState, showTyping } from './view.ts'
import { type Way, wayOf } from './way.ts'

const ROOMS = ['lobby', 'garden', 'workshop']
const ROOM = /^[a-z0-9-]{1,40}$/
/** Others see for a few seconds that somebody writes: to say it more often would be noise. */
const TYPING_EVERY_MS = 2000
/** Where no WebSocket comes about in this time, it goes on by long poll. */
const FALLBACK_MS = 2500

const way = wayOf(location.search)

let name = nameAtFirst()
let socket = connect()
let channel: Channel
let lastTypingAt = 0

enter(location.hash.slice(1))
listen({
  say,
  typing,
  enterRoom: enter,
  rename: (wanted) => {
    name = wanted
    localStorage.setItem('name', name)
    socket.disconnect(() => {}, 1001)
    socket = connect()
    enter(location.hash.slice(1))
  },
})

function connect(): Socket {
  showMe(name)
  const made = new Socket('/socket', { params: { name }, longPollFallbackMs: FALLBACK_MS, ...optionsOf(way) })
  made.onError(() => showState('offline'))
  made.onClose(() => showState('offline'))
  made.connect()
  return made
}

/** How the official client is told to take another way than WebSocket and JSON. */
function optionsOf({ transport, serializer }: Way): object {
  return { ...(transport === 'longpoll' ? { transport: LongPoll } : {}), ...(serializer === 'msgpack' ? msgpack : {}) }
}

function enter(wanted: string): void {
  const room = ROOM.test(wanted) ? wanted : 'lobby'
  channel?.leave()
  clear()
  showRoom(room, ROOMS.includes(room) ? ROOMS : [...ROOMS, room])
  showState('connecting')
  channel = join(room)
}

function join(room: string): Channel {
  const joining = socket.channel(`room:${room}`)
  let hasCrashed = false
  joining.on('said', (message: ChatMessage) => showMessage(message, name))
  joining.on('history', ({ messages }: History) => {
    for (const message of messages) showMessage(message, name)
    if (hasCrashed) showNotice(`Back in #${room}, nothing lost`, 'recovered')
    hasCrashed = false
  })
  joining.on('typing', (who: Somebody) => showTyping(who.name))
  joining.on('entered', (who: Somebody) => showNotice(`${who.name} came in`))
  joining.on('gone', (who: Gone) => showNotice(who.crashed ? `${who.name}’s channel crashed` : `${who.name} left`))
  joining.onError((reason?: { reason?: string }) => {
    if (reason?.reason !== 'channel_crash') return // the connection is lost: the status says so
    hasCrashed = true
    showState('crashed')
    showNotice('Your channel crashed on the server. This page joins again by itself…', 'crash')
  })
  joining
    .join()
    .receive('ok', () => showState('joined', way))
    .receive('error', ({ reason }: { reason: string }) => showNotice(`The room said no: ${reason}`, 'crash'))
  return joining
}

function say(text: string): void {
  lastTypingAt = 0
  if (text === '/crash') {
    channel.push('crash', {})
    return
  }
  channel
    .push('say', { text })
    .receive('error', ({ reason }: { reason: string }) => showNotice(`Not sent: ${reason}`, 'crash'))
    .receive('timeout', () => showNotice('Not sent: the server did not answer', 'crash'))
}

function typing(): void {
  if (Date.now() - lastTypingAt < TYPING_EVERY_MS) return
  lastTypingAt = Date.now()
  channel.push('typing', {})
}

function nameAtFirst(): string {
  const given = new URLSearchParams(location.search).get('name') ?? localStorage.getItem('name')
  if (given !== null && given.trim() !== '') return given.trim().slice(0, 40)
  const moods = ['Quiet', 'Brave', 'Sunny', 'Clever', 'Merry', 'Gentle', 'Frabjous', 'Wandering']
  const beasts = ['Otter', 'Wren', 'Badger', 'Heron', 'Fox', 'Lynx', 'Borogove', 'Hare']
  const invented = `${pick(moods)} ${pick(beasts)}`
  localStorage.setItem('name', invented)
  return invented
}

function pick(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)] ?? ''
}
