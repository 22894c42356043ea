import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, exit, type Pid, Process, type ProcessInfo, Supervisor, systemClock } from 'beamish'
import { msgpack } from 'beamish/client'
import { Token } from 'beamish/endpoint'
import { withRuntime } from 'beamish/testing'
import type { Socket, SocketConnectOption } from 'phoenix'
import t, { type Test } from 'tap'
import { pause, eventually as within } from '../../shared/eventually.ts'
import { freePort } from '../../shared/free-port.ts'
import { randomFrom } from '../../shared/random.ts'
import type { User } from '../accounts/accounts.ts'
import { openSession } from '../accounts/sessions.ts'
import { USER_TOKEN } from '../channels/user-socket.ts'
import { Conversation, type Said } from '../cli/conversation.ts'
import { socketFor } from '../cli/sign-in.ts'
import { edit, type Message, MOST_MISSED, messagesOf } from '../rooms/messages.ts'
import { peopleIn } from '../rooms/presence.ts'
import { roomFor } from '../rooms/rooms.ts'
import { Store } from '../store/store.ts'
import { ChatApp, ChatEndpoint } from '../tree.ts'

// People talk, and every fifth of a second a process of the chat is killed, at random, supervisors included: in the end all that was
// said stands in the file once, and everybody has heard all of it once, in the order of the file, and what was edited as it is now.

const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
const SECONDS = Number(process.env['CHAOS_SECONDS'] ?? 8)
const PEOPLE = 10
const KILL_EVERY_MS = 200
/** Each says something after at most so long. */
const SPEAK_MS = 400
/** So long all may take to come to rest after the last kill. */
const PATIENCE_MS = 15_000
const QUICK = { reconnectAfterMs: () => 20, rejoinAfterMs: () => 20, timeout: 1000 }

// ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Somebody who talks through the official client; every other one in MessagePack. */
class Guest {
  readonly name: string
  readonly user: User
  readonly heard: Message[] = []
  /** What they see, by the messages' ids. */
  readonly shown = new Map<number, string>()
  readonly said: string[] = []
  readonly outcomes: Said[] = []
  private readonly socket: Socket
  private readonly conversation: Conversation

  constructor(url: string, user: User, token: string) {
    const { id, name } = user
    this.user = user
    this.name = name
    const codec = id % 2 === 0 ? {} : (msgpack as Partial<SocketConnectOption>)
    this.socket = socketFor(url, () => token, { ...QUICK, ...codec })
    this.conversation = new Conversation(this.socket, 'lobby', {
      message: (message) => {
        this.heard.push(message)
        this.shown.set(message.id, message.body)
      },
      changed: ({ id, body }) => this.shown.set(id, body),
    })
    this.socket.connect()
    this.conversation.join()
  }

  get isThere(): boolean {
    return this.conversation.isJoined
  }

  /** How much of what they said is not known to stand in the file. */
  get waiting(): number {
    return this.conversation.waiting
  }

  speak(): void {
    const body = `${this.name} ${this.said.length}`
    this.said.push(body)
    this.conversation.say(body).then((said) => this.outcomes.push(said))
  }

  /** Changes something that they said, in the file. */
  async changeSomething(random: () => number): Promise<void> {
    const own = this.heard.filter(({ userId }) => userId === this.user.id)
    const message = own[Math.floor(random() * own.length)]
    const room = await roomFor(this.user, 'lobby')
    if (message === undefined || room === undefined) return
    await edit(this.user, room, message.id, `${this.shown.get(message.id)}${EDITED}`)
  }

  leave(): void {
    this.socket.disconnect()
  }
}

/** Accounts without the work that a password makes. */
const accounts = (): Promise<User[]> =>
  Store.run((database) =>
    Array.from(
      { length: PEOPLE },
      (_, n) =>
        database.first<User>(
          "INSERT INTO users (name, password_hash, created_at) VALUES (?, '', 0) RETURNING id, name",
          `Guest ${n}`,
        ) as User,
    ),
  )

// ── The storm ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything below a supervisor. One that has just been killed has nobody. */
async function below(supervisor: Pid): Promise<Pid[]> {
  const children = await Promise.resolve(Supervisor.whichChildren(supervisor)).catch(() => [])
  const pids: Pid[] = []
  for (const { child, type } of children) {
    if (child === undefined || child === 'restarting') continue
    pids.push(child)
    if (type === 'supervisor') pids.push(...(await below(child)))
  }
  return pids
}

/** Kills any process of the chat but its topmost. @returns what it was. */
async function killOne(random: () => number): Promise<string> {
  const top = Application.getSupervisor(ChatApp)
  const candidates = top === undefined ? [] : await below(top)
  const victim = candidates[Math.floor(random() * candidates.length)]
  if (victim === undefined || !Process.isAlive(victim)) return 'nobody'
  const { initialCall, registeredName } = Process.info(victim) as ProcessInfo // it is alive
  exit(victim, 'kill')
  return String(registeredName ?? initialCall)
}

/** What an edit adds. */
const EDITED = '!'

/** Waits with the patience of this test. */
const eventually = (holds: () => boolean | Promise<boolean>) => within(holds, PATIENCE_MS)

/** @returns who was killed how often. */
async function storm(guests: readonly Guest[], random: () => number): Promise<Record<string, number>> {
  const killed: Record<string, number> = {}
  const speech = new Map(guests.map((guest) => [guest, 0]))
  const end = Date.now() + SECONDS * 1000
  let nextKill = Date.now()
  while (Date.now() < end) {
    for (const [guest, at] of speech) {
      if (at > Date.now()) continue
      guest.speak()
      speech.set(guest, Date.now() + random() * SPEAK_MS)
    }
    if (nextKill <= Date.now()) {
      nextKill += KILL_EVERY_MS
      const victim = await killOne(random)
      killed[victim] = (killed[victim] ?? 0) + 1
      const guest = guests[Math.floor(random() * guests.length)] as Guest // the product is an index
      guest.changeSomething(random).catch(() => {}) // whoever had to do it was killed: it was not done
    }
    await pause(10)
  }
  return killed
}

/** Everything that stands in the file. */
async function file(user: User): Promise<Message[]> {
  const room = await roomFor(user, 'lobby')
  const all: Message[] = []
  for (;;) {
    const page = room === undefined ? [] : await messagesOf(room, { after: all.at(-1)?.id ?? 0 })
    all.push(...page)
    if (page.length < MOST_MISSED) return all
  }
}

async function startChat(folder: string): Promise<string> {
  const port = await freePort()
  // Nobody gives up: how often a supervisor may restart is tested elsewhere.
  Application.configure(ChatApp, { port, folder, restarts: { maxRestarts: 1_000_000, maxSeconds: 1 } })
  const started = await Application.start(ChatApp)
  if (started.type !== 'started') throw new Error(`the chat was not started: ${JSON.stringify(started)}`)
  return `http://localhost:${port}`
}

t.setTimeout((SECONDS + 45) * 1000)

t.test('whatever is killed: nothing that was said is lost, nothing is shown twice', async (t) => {
  t.setTimeout((SECONDS + 40) * 1000)
  const folder = mkdtempSync(join(tmpdir(), 'chat-chaos-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  await withRuntime(() => survive(t, folder), { clock: systemClock, reporter: () => {} })
})

async function survive(t: Test, folder: string): Promise<void> {
  const random = randomFrom(SEED)
  const url = await startChat(folder)
  const users = await accounts()
  const tokens = await Promise.all(
    users.map(async (user) => Token.sign(ChatEndpoint, USER_TOKEN, await openSession(user))),
  )
  const guests = users.map((user, n) => new Guest(url, user, tokens[n] ?? ''))
  t.ok(await eventually(() => guests.every(({ isThere }) => isThere)), 'all are there')

  const killed = await storm(guests, random)

  const story = { again: `CHAOS_SEED=${SEED} CHAOS_SECONDS=${SECONDS}`, killed }
  t.ok(await eventually(() => guests.every(({ waiting }) => waiting === 0)), 'all that was said is answered', story)
  const written = await file(users[0] as User)
  await eventually(() => guests.every(({ heard }) => heard.at(-1)?.id === written.at(-1)?.id))
  const bodies = written.map(({ body }) => body)
  const asSaid = bodies.map((body) => body.replaceAll(EDITED, ''))
  t.same(asSaid.sort(), guests.flatMap(({ said }) => said).sort(), 'all of it stands in the file once', story)
  const ids = written.map(({ id }) => id)
  const current = new Map(written.map(({ id, body }) => [id, body]))
  const hasAllEdits = ({ shown }: Guest) => written.every(({ id, body }) => shown.get(id) === body)
  await eventually(() => guests.every(hasAllEdits))
  for (const { name, heard, shown, outcomes } of guests) {
    t.same(shown, current, `${name} sees all of it as it is now`, story)
    const heardIds = heard.map(({ id }) => id)
    t.same(heardIds, ids, `${name} heard all of it once, in the order of the file`, story)
    t.ok(
      outcomes.every(({ type }) => type === 'said'),
      `nothing of ${name} was refused`,
      story,
    )
  }
  t.ok(await eventually(async () => (await peopleIn('lobby')).length === PEOPLE), 'all are seen', story)
  const edits = written.filter(({ isEdited }) => isEdited).length
  t.ok(edits > 0, 'something was edited', story)
  t.comment(`${bodies.length} messages of ${PEOPLE} people, ${edits} edited`, story)
  for (const guest of guests) guest.leave()
  await Application.stop(ChatApp)
}
