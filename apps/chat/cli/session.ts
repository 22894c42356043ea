import type { Socket } from 'phoenix'
import type { User } from '../accounts/accounts.ts'
import type { Person } from '../rooms/presence.ts'
import { typingWords } from '../rooms/typing.ts'
import { Conversation } from './conversation.ts'
import { lineOf } from './show.ts'
import { type Streams, Terminal } from './terminal.ts'

/** Others see for so long that somebody writes, after their last key. Keep in step with the page's. */
const TYPING_MS = 4000
/** Who goes waits for so long for what was said and is not answered. */
const LAST_WORDS_MS = 3000

const COMMANDS = '/history: older messages · /who: who is here · /quit'

/** What a session is held with. */
export interface SessionOptions extends Streams {
  /** Not connected yet. */
  readonly socket: Socket
  readonly user: User
  readonly room: string
}

/** Somebody at a terminal, in a room. */
export class Session {
  private readonly socket: Socket
  private readonly user: User
  private readonly room: string
  private readonly terminal: Terminal
  private readonly conversation: Conversation
  private people: readonly Person[] = []
  private isLost = false
  private title: string | undefined
  private typingTimer: NodeJS.Timeout | undefined
  private over: ((problem: string | undefined) => void) | undefined

  private constructor({ socket, user, room, ...streams }: SessionOptions) {
    this.socket = socket
    this.user = user
    this.room = room
    this.terminal = new Terminal(streams, {
      line: (line) => this.entered(line.trim()),
      key: () => this.pressed(),
      end: () => void this.leave(),
    })
    this.conversation = new Conversation(socket, room, {
      message: (message) => this.terminal.print(lineOf(message)),
      changed: (message) => this.terminal.print(`* ${lineOf(message)}`),
      people: (people) => {
        this.people = people
        this.showStatus()
      },
      joined: ({ title }) => this.joined(title),
      lost: () => this.showStatus({ isLost: true }),
      refused: (reason) => this.refused(reason),
    })
  }

  /** Talks until the user goes. @returns what went wrong; `undefined` when the user left. */
  static hold(options: SessionOptions): Promise<string | undefined> {
    const session = new Session(options)
    options.socket.connect()
    session.conversation.join()
    return new Promise((resolve) => {
      session.over = resolve
    })
  }

  // ── What the user does ──

  private entered(line: string): void {
    if (line === '') return
    const [command] = line.split(' ')
    if (command === '/quit') this.terminal.close()
    else if (command === '/history') void this.showOlder()
    else if (command === '/who') this.terminal.print(namesOf(this.people) || 'nobody')
    else if (line.startsWith('/')) this.terminal.print(COMMANDS)
    else void this.say(line)
  }

  private async say(body: string): Promise<void> {
    this.stopTyping()
    const saying = this.conversation.say(body)
    this.showStatus()
    const said = await saying
    if (said.type === 'refused') this.terminal.print(`That could not be said (${said.reason}): ${body}`)
    this.showStatus()
  }

  private async showOlder(): Promise<void> {
    const messages = await this.conversation.older()
    if (messages === undefined) this.terminal.print('The history could not be read. Try again.')
    else if (messages.length === 0) this.terminal.print('There is nothing before that.')
    else this.terminal.print(['── earlier ──', ...messages.map(lineOf), '── now ──'].join('\n'))
  }

  private pressed(): void {
    if (this.typingTimer === undefined) this.conversation.typing(true)
    clearTimeout(this.typingTimer)
    this.typingTimer = setTimeout(() => this.stopTyping(), TYPING_MS)
  }

  private stopTyping(): void {
    if (this.typingTimer === undefined) return
    clearTimeout(this.typingTimer)
    this.typingTimer = undefined
    this.conversation.typing(false)
  }

  /** What was said and not answered gets a little time. */
  private async leave(problem?: string): Promise<void> {
    clearTimeout(this.typingTimer)
    const deadline = Date.now() + LAST_WORDS_MS
    while (this.conversation.waiting > 0 && Date.now() < deadline) await pause(20)
    const lost = this.conversation.waiting
    this.socket.disconnect(() => this.over?.(problem ?? (lost > 0 ? `${lost} messages were not sent` : undefined)))
  }

  // ── What happens ──

  private joined(title: string): void {
    if (this.title === undefined) this.terminal.print(`You are in ${title} as ${this.user.name}. ${COMMANDS}`)
    this.title = title
    this.showStatus({ isLost: false })
  }

  private refused(reason: string): void {
    if (reason === 'join crashed') return // the client tries again
    this.over?.(`${this.room}: ${reason}`)
    this.over = undefined
    this.terminal.close()
  }

  private showStatus({ isLost = this.isLost }: { readonly isLost?: boolean } = {}): void {
    this.isLost = isLost
    const { waiting } = this.conversation
    if (isLost) this.terminal.showStatus(`disconnected, trying again${waiting > 0 ? `, ${waiting} to send` : ''}`)
    else this.terminal.showStatus(typingWords(this.people, this.user.id))
  }
}

function namesOf(people: readonly Person[]): string {
  const names = people.map(({ name }) => name)
  return names.sort((a, b) => a.localeCompare(b)).join(', ')
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
