import type { Channel as ClientChannel, Socket as ClientSocket, SocketConnectOption } from 'phoenix'
import t, { type Test } from 'tap'
import { pause, eventually as within } from '../../apps/shared/eventually.ts'
import { randomFrom } from '../../apps/shared/random.ts'
import { Channel } from '../../src/channel/channel.ts'
import { Lane } from '../../src/channel/fastlane.ts'
import { broadcast, push } from '../../src/channel/messaging.ts'
import { ok, reply } from '../../src/channel/result.ts'
import { msgpack } from '../../src/client/msgpack.ts'
import { systemClock } from '../../src/core/clock.ts'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { exit, type Pid, Process, type ProcessInfo, Sys, self, send } from '../../src/index.ts'
import { Presence } from '../../src/presence/presence.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { RegistryTable } from '../../src/registry/table.ts'
import { findTable } from '../../src/runtime/tables.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { freePort } from '../support/free-port.ts'
import { answerOf, phoenixClient } from '../support/phoenix-client.ts'

// Any process of the tree is killed at any moment, at random, while official clients talk: afterwards every client is back, hears
// everything once, and nothing of the dead is left. The clients and the runtime go by the machine's clock, told to be quick.

const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
const KILLS = Number(process.env['CHAOS_KILLS'] ?? 100)
const CLIENTS = 6
const QUICK = { reconnectAfterMs: () => 10, rejoinAfterMs: () => 10, timeout: 300 }
const PATIENCE_MS = 8000
/** Nobody gives up: how often a supervisor may restart is tested elsewhere. */
const RESTARTS = { maxRestarts: 1_000_000, maxSeconds: 1 }

// ── The program ──────────────────────────────────────────────────────────────────────────────────────────────────────

const Here = Presence.define({ name: 'here', pubsub: 'test' })

const Room = Channel.define({
  module: 'Room',
  join: (_topic, { user }, socket) => {
    socket.assign({ user })
    send(self(), 'track')
    return ok()
  },
  intercept: ['intercepted'],
  handleOut: { intercepted: (payload, socket) => push(socket, 'intercepted', payload) },
  handleIn: {
    shout: (payload, socket) => {
      broadcast(socket, 'shout', payload)
      return reply()
    },
  },
  handleInfo: async (message, socket) => {
    if (message === 'track') await Here.track(socket, socket.assigns['user'])
  },
})

const UserSocket = Socket.define({
  module: 'UserSocket',
  channels: { 'room:*': Room },
  connect: ({ user }) => ok({ user }),
  id: ({ assigns }) => `users:${assigns['user']}`,
})

const endpoint = Endpoint.define({
  name: 'web',
  pubsub: 'test',
  checkOrigin: false,
  sockets: { '/socket': { socket: UserSocket, drainer: false } },
})

async function startTree(port: number): Promise<Pid> {
  return await Supervisor.start([PubSub.child({ name: 'test' }), Here.child(), endpoint.child({ port })], RESTARTS)
}

// ── The clients ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** One user in two rooms: one where everybody is, one of its own. */
class Guest {
  readonly user: string
  readonly socket: ClientSocket
  readonly channels: readonly ClientChannel[]
  /** What it heard in the room where everybody is, of what was said after the storm. */
  readonly heard: string[] = []

  constructor(t: Test, port: number, index: number) {
    this.user = `user${index}`
    const codec = index % 2 === 0 ? {} : (msgpack as Partial<SocketConnectOption>)
    this.socket = phoenixClient(t, port, { ...codec, ...QUICK, params: { user: this.user } })
    this.channels = ['room:all', `room:${index}`].map((topic) => this.socket.channel(topic, { user: this.user }))
    for (const channel of this.channels) channel.join()
    for (const event of ['shout', 'check', 'intercepted']) {
      // A push that was made in the storm may be sent, and heard, long after it.
      this.room.on(event, ({ after }: { after?: boolean }) => void (after && this.heard.push(event)))
    }
  }

  get room(): ClientChannel {
    return this.channels[0] as ClientChannel
  }

  get isBack(): boolean {
    return this.socket.isConnected() && this.channels.every(({ state }) => state === 'joined')
  }
}

/** Waits with the patience of this test. */
const eventually = (holds: () => boolean | Promise<boolean>) => within(holds, PATIENCE_MS)

// ── What may be left ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything that knows of clients and processes, in numbers. After the storm it must say what it said before. */
async function census(guests: readonly Guest[]): Promise<object> {
  try {
    const { connections, lanes } = await Sys.getState<{ connections: number; lanes: number }>('web listener')
    const sockets = await DynamicSupervisor.countChildren('web /socket sockets')
    const channels = await DynamicSupervisor.countChildren('web /socket channels')
    const present = await Here.list('room:all')
    return {
      back: guests.filter(({ isBack }) => isBack).length,
      processes: Process.list().length,
      connections,
      lanes,
      sockets: sockets.active,
      channels: channels.active,
      entries: pubSubEntries(),
      present: Object.entries(present)
        .map(([user, { metas }]) => `${user} ${metas.length}`)
        .sort(),
    }
  } catch (error) {
    return { error: String(error) } // whoever was asked is just being restarted
  }
}

/** How many processes subscribe to each topic, and how many clients are on its lanes; the dead are named. */
function pubSubEntries(): object {
  const table = findTable(RegistryTable.kind, 'test') as RegistryTable
  const topics = ['room:all', ...Array.from({ length: CLIENTS }, (_, n) => `room:${n}`)]
  const users = Array.from({ length: CLIENTS }, (_, n) => `users:user${n}`)
  return Object.fromEntries([...topics, ...users].map((topic) => [topic, entriesOf(table, topic)]))
}

function entriesOf(table: RegistryTable, topic: string): object {
  const entries = table.partitions().flatMap(({ entries }) => entries.at(topic))
  const lanes = entries.flatMap(({ value }) => (value instanceof Lane ? [value] : []))
  const members = lanes.flatMap((lane) => [...lane.members])
  return {
    processes: entries.length - lanes.length,
    lanes: lanes.length,
    members: members.length,
    dead: [...entries.map(({ pid }) => pid), ...members.map(([pid]) => pid)].filter((pid) => !Process.isAlive(pid))
      .length,
    closed: members.filter(([, connection]) => !connection.isOpen).length,
  }
}

// ── The storm ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Kills a process of the tree, any but its root and those of the test. @returns what it was. */
function killOne(spared: ReadonlySet<Pid>, random: () => number): string {
  const candidates = Process.list().filter((pid) => !spared.has(pid))
  const victim = candidates[Math.floor(random() * candidates.length)]
  if (victim === undefined) return 'nobody'
  const { initialCall, registeredName } = Process.info(victim) as ProcessInfo // it is alive
  exit(victim, 'kill')
  return `${victim} ${registeredName ?? initialCall}`
}

t.test('a kill of any process at any moment leaves a system that clients come back to, and that converges', (t) =>
  withRuntime(
    async () => {
      const random = randomFrom(SEED)
      const port = await freePort()
      const spared = new Set(Process.list())
      spared.add(await startTree(port))
      const guests = Array.from({ length: CLIENTS }, (_, index) => new Guest(t, port, index))
      const log: string[] = []
      const story = () => ({ again: `CHAOS_SEED=${SEED} CHAOS_KILLS=${KILLS}`, log })

      t.ok(await eventually(() => guests.every(({ isBack }) => isBack)), 'all are there', story())
      const before = await settled(guests)

      let n = 0
      for (let kill = 0; kill < KILLS; kill++) {
        for (const { room } of guests) if (random() < 0.5) room.push('shout', { n: n++ })
        log.push(killOne(spared, random))
        if (random() < 0.7) await pause(random() * 20)
      }

      t.same(await settled(guests, before), before, 'all are back, and nothing is left of the dead', story())
      await hearOnce(t, guests, story)
      for (const { socket } of guests) socket.disconnect()
    },
    { clock: systemClock, reporter: () => {} },
  ),
)

/** The census when it has come to rest: as wanted, or as it stays. */
async function settled(guests: readonly Guest[], wanted?: object): Promise<object> {
  let last = await census(guests)
  await eventually(async () => {
    const previous = last
    await pause(50)
    last = await census(guests)
    return JSON.stringify(last) === JSON.stringify(wanted ?? previous)
  })
  return last
}

/** A broadcast, an intercepted one and one of a client reach each client exactly once. */
async function hearOnce(t: Test, guests: readonly Guest[], story: () => object): Promise<void> {
  for (const event of ['check', 'intercepted']) endpoint.broadcast('room:all', event, { after: true })
  const shout = (guests[0] as Guest).room.push('shout', { after: true }, PATIENCE_MS)
  t.same(await answerOf(shout), ['ok', {}], 'pushes are answered', story())
  await eventually(() => guests.every(({ heard }) => heard.length >= 3))
  // What would come twice comes before the answer to this.
  await Promise.all(
    guests.map(({ channels }) => answerOf((channels[1] as ClientChannel).push('shout', {}, PATIENCE_MS))),
  )
  for (const { heard, user } of guests) {
    t.same(heard.sort(), ['check', 'intercepted', 'shout'], `${user} heard everything once`, story())
  }
}
