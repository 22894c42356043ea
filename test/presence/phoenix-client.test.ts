import { type Channel, Presence as ClientPresence } from 'phoenix'
import t, { type Test } from 'tap'
import { push } from '../../src/channel/messaging.ts'
import { ok } from '../../src/channel/result.ts'
import { self, send } from '../../src/index.ts'
import { Presence, type PresenceModule } from '../../src/presence/presence.ts'
import { group, type Presences } from '../../src/presence/presences.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { msgpack } from '../../src/wire/msgpack.ts'
import { v1Json } from '../../src/wire/v1-json.ts'
import { v2Json } from '../../src/wire/v2-json.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { startEndpoint } from '../support/endpoint.ts'
import { Gate } from '../support/gate.ts'
import { answerOf, joined, phoenixClient } from '../support/phoenix-client.ts'
import { presenceChannel } from '../support/presence-channel.ts'
import { RawClient, type RawFrame } from '../support/raw-client.ts'

// The official `Presence` of npm `phoenix`, over a real socket. A virtual clock moves nothing here: there is one node.

const TOPIC = 'presence:a'
const QUICK = { rejoinAfterMs: () => 5, reconnectAfterMs: () => 5 }

const withNames = (_topic: string, presences: Presences): Presences =>
  Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, { metas, name: `name-${key}` }]))

/** An endpoint whose topics `presence:*` have presence. */
async function serve(
  more: Parameters<typeof presenceChannel>[1] = {},
  stateEvent?: string,
): Promise<{ port: number; presence: PresenceModule }> {
  const presence = Presence.define({ name: 'chat', pubsub: 'test', fetch: withNames })
  const socket = Socket.define({
    channels: { 'presence:*': presenceChannel(presence, more, stateEvent) },
    connect: (params) => ok({ user_id: params['user_id'] ?? null }),
  })
  const { port } = await startEndpoint({ sockets: { '/socket': socket } })
  await Supervisor.start([presence])
  return { port, presence }
}

/** A client of a user, with the official `Presence`. */
class Observer {
  readonly channel: Channel
  readonly presence: ClientPresence
  /** `+key` and `-key`, with how many metas were there before (of a leave: are left). */
  readonly moves: string[] = []
  /** After how many syncs something is waited for. */
  private syncs = 0
  private waiting: { readonly until: () => boolean; readonly gate: Gate }[] = []

  constructor(channel: Channel, events?: { state: string; diff: string }) {
    this.channel = channel
    this.presence = new ClientPresence(channel, events === undefined ? {} : { events })
    this.presence.onJoin((key, current) => void this.moves.push(`+${key} ${current?.metas.length ?? 0}`))
    this.presence.onLeave((key, current) => void this.moves.push(`-${key} ${current.metas.length}`))
    this.presence.onSync(() => {
      this.syncs++
      for (const { until, gate } of this.waiting) if (until()) gate.open()
    })
  }

  static join(t: Test, port: number, user?: string, events?: { state: string; diff: string }): Observer {
    const socket = phoenixClient(t, port, { ...QUICK, params: user === undefined ? {} : { user_id: user } })
    const observer = new Observer(socket.channel(TOPIC), events)
    observer.channel.join()
    return observer
  }

  /** Waits until a sync has made it true. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return
    const gate = new Gate()
    this.waiting.push({ until: condition, gate })
    await gate.opened
  }

  /** The keys, each as often as it has metas. */
  get keys(): string[] {
    return this.presence.list((key, { metas }) => (metas as unknown[]).map(() => key)).flat()
  }

  async untilKeys(...keys: string[]): Promise<void> {
    await this.until(() => this.syncs > 0 && [...this.keys].sort().join() === [...keys].sort().join())
  }

  takeMoves(): string[] {
    return this.moves.splice(0)
  }
}

t.test('PR-010 list and callbacks of the official Presence follow state and diffs', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const ann = Observer.join(t, port, 'ann')
    await ann.untilKeys('ann')
    const bob = Observer.join(t, port, 'bob')
    await Promise.all([ann.untilKeys('ann', 'bob'), bob.untilKeys('ann', 'bob')])
    t.same(ann.presence.list((key, { name }) => `${key} ${name}`).sort(), ['ann name-ann', 'bob name-bob'])
    t.ok(ann.moves.includes('+bob 0'))
    const tab = Observer.join(t, port, 'bob')
    await ann.untilKeys('ann', 'bob', 'bob')
    ann.takeMoves()
    tab.channel.leave()
    await ann.untilKeys('ann', 'bob')
    t.same(ann.takeMoves(), ['-bob 1'], 'one meta less, and still there')
    bob.channel.leave()
    await ann.untilKeys('ann')
    t.same(ann.takeMoves(), ['-bob 0'])
  }),
)

t.test('PR-010 a diff that comes before the state is applied after it', (t) =>
  withRuntime(async () => {
    const [listed, told] = [new Gate(), new Gate()]
    const { port, presence } = await serve({
      handleInfo: async (_message, socket) => {
        if (socket.assigns.user_id) await presence.track(socket, socket.assigns.user_id, {})
        const state = await presence.list(socket)
        if (socket.assigns.user_id === 'ann') {
          listed.open()
          await told.opened
        }
        push(socket, 'presence_state', state)
      },
    })
    const bob = Observer.join(t, port, 'bob')
    await bob.untilKeys('bob')
    const ann = Observer.join(t, port, 'ann')
    const left = new Promise<void>((resolve) => {
      ann.channel.on('presence_diff', ({ leaves }) => void ('bob' in leaves && resolve()))
    })
    await listed.opened
    bob.channel.leave()
    await left
    t.ok(ann.presence.inPendingSyncState())
    told.open()
    await ann.untilKeys('ann')
    t.same(
      ann.moves.filter((move) => move.includes('bob')),
      ['+bob 0', '-bob 0'],
      'the state still had him',
    )
  }),
)

t.test('PR-010 the events may have names of the own', (t) =>
  withRuntime(async () => {
    const translated = {
      intercept: ['presence_diff'],
      handleOut: {
        presence_diff: (payload: object, socket: Parameters<typeof push>[0]) => push(socket, 'the_diff', payload),
      },
    }
    const { port } = await serve(translated, 'the_state')
    const events = { state: 'the_state', diff: 'the_diff' }
    const ann = Observer.join(t, port, 'ann', events)
    const bob = Observer.join(t, port, 'bob', events)
    await Promise.all([ann.untilKeys('ann', 'bob'), bob.untilKeys('ann', 'bob')])
    bob.channel.leave()
    await ann.untilKeys('ann')
    t.equal(ann.moves.at(-1), '-bob 0')
  }),
)

t.test('PR-011 an update is seen as a join with the old meta still there, and nobody is ever missing', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const [ann, bob] = [Observer.join(t, port, 'ann'), Observer.join(t, port, 'bob')]
    await Promise.all([ann.untilKeys('ann', 'bob'), bob.untilKeys('ann', 'bob')])
    const seen: unknown[] = []
    let isMissing = false
    const look = () => {
      isMissing ||= !ann.keys.includes('bob')
    }
    ann.presence.onJoin((key, current, joined) => {
      look()
      seen.push(['join', key, current?.metas.map(({ away }: { away?: boolean }) => away), joined.metas[0].away])
    })
    ann.presence.onLeave((key, current, left) => {
      look()
      seen.push(['leave', key, current.metas.map(({ away }: { away?: boolean }) => away), left.metas[0].away])
    })
    const [status, response] = await answerOf(bob.channel.push('update', { away: true }))
    t.equal(status, 'ok')
    const { ref } = response as { ref: string }
    await ann.until(() => ann.presence.list((_key, { metas }) => metas[0].phx_ref).includes(ref))
    look()
    t.notOk(isMissing)
    t.same(seen, [
      ['join', 'bob', [undefined], true],
      ['leave', 'bob', [true], undefined],
    ])
    const [meta] = ann.presence.list((key, { metas }) => (key === 'bob' ? metas : [])).flat() as Record<
      string,
      unknown
    >[]
    t.match(meta, { away: true, phx_ref: ref, phx_ref_prev: String })
  }),
)

const COLLIDING = ['__proto__', 'constructor', 'hasOwnProperty', 'toJSON', 'then']

t.test('PR-012 keys that collide with those of every object are tracked, listed and left like others', (t) =>
  withRuntime(async () => {
    const { port, presence } = await serve()
    const ann = Observer.join(t, port, 'ann')
    const bob = Observer.join(t, port)
    await Promise.all([ann.untilKeys('ann'), bob.untilKeys('ann')])
    for (const key of COLLIDING) {
      t.same((await answerOf(ann.channel.push('track', { key, meta: { of: key } })))[0], 'ok')
    }
    await bob.untilKeys('ann', ...COLLIDING)
    t.same(Object.keys(await presence.list(TOPIC)).sort(), ['ann', ...COLLIDING].sort())
    for (const key of COLLIDING) {
      t.match(await presence.getByKey(TOPIC, key), { metas: [{ of: key }], name: `name-${key}` })
      const [, response] = await answerOf(bob.channel.push('get', { key }))
      t.match(response, { v: { metas: [{ of: key }] } })
    }
    const [, listed] = await answerOf(bob.channel.push('list', {}))
    t.same(Object.getOwnPropertyNames(listed).sort(), ['ann', ...COLLIDING].sort())
    const late = Observer.join(t, port)
    await late.untilKeys('ann', ...COLLIDING)
    for (const key of COLLIDING) await answerOf(ann.channel.push('untrack', { key }))
    await Promise.all([bob.untilKeys('ann'), late.untilKeys('ann')])
    t.same(
      bob.moves.filter((move) => move.startsWith('-')),
      COLLIDING.map((key) => `-${key} 0`),
    )
    t.equal(({} as { metas?: unknown }).metas, undefined, 'no prototype was touched')
  }),
)

t.test('PR-012 every serializer writes such keys', async (t) => {
  const entries = COLLIDING.map((key, index) => ({
    replica: 'a',
    clock: index,
    topic: TOPIC,
    key,
    meta: { phx_ref: `ref-${index}` },
  }))
  const payload = { joins: group(entries), leaves: {} }
  const message = { type: 'broadcast', topic: TOPIC, event: 'presence_diff', payload } as const
  for (const json of [v1Json, v2Json]) {
    const frame = JSON.parse(json.fastlane(message) as string) as RawFrame | { payload: unknown }
    const sent = (Array.isArray(frame) ? frame[4] : (frame as { payload: unknown }).payload) as typeof payload
    t.same(Object.getOwnPropertyNames(sent.joins), COLLIDING, json.name)
  }
  const bytes = Buffer.from(msgpack.fastlane(message) as Uint8Array)
  for (const [index, key] of COLLIDING.entries()) {
    t.ok(bytes.includes(key), key)
    t.ok(bytes.includes(`ref-${index}`))
  }
})

t.test('PR-013 after a reconnect only real changes call back', (t) =>
  withRuntime(async () => {
    const gate = new Gate()
    const back = new Gate()
    let observers = 0
    const { port, presence } = await serve({
      join: async (_topic, _params, socket) => {
        if (socket.assigns.user_id === null && ++observers === 2) {
          back.open()
          await gate.opened
        }
        send(self(), { type: 'afterJoin', meta: {} })
        return ok()
      },
    })
    await Observer.join(t, port, 'ann').untilKeys('ann')
    const cem = Observer.join(t, port, 'cem')
    await cem.untilKeys('ann', 'cem')
    const socket = phoenixClient(t, port, QUICK)
    const observer = new Observer(socket.channel(TOPIC))
    observer.channel.join()
    await observer.untilKeys('ann', 'cem')
    observer.takeMoves()
    ;(socket as unknown as { conn: { terminate(): void } }).conn.terminate()
    await back.opened
    // While it is away one goes and one comes.
    cem.channel.leave()
    const dan = Observer.join(t, port, 'dan')
    await dan.untilKeys('ann', 'dan')
    t.same(Object.keys(await presence.list(TOPIC)).sort(), ['ann', 'dan'])
    gate.open()
    await observer.untilKeys('ann', 'dan')
    t.same(observer.takeMoves().sort(), ['+dan 0', '-cem 0'])
  }),
)

// ── Frame by frame ───────────────────────────────────────────────────────────────────────────────────────────────────

t.test('state and diffs look as Phoenix sends them', (t) =>
  withRuntime(async () => {
    const { port } = await serve()
    const ann = await RawClient.open(port, '/socket/websocket?vsn=2.0.0&user_id=u1')
    ann.send('1', '1', TOPIC, 'phx_join', { meta: { dev: 'd1' } })
    const frames = await ann.take(3)
    const stateAt = frames.findIndex(([, , , event]) => event === 'presence_state')
    const u1 = { u1: { metas: [{ dev: 'd1', phx_ref: /^[\w-]{16}$/ }], name: 'name-u1' } }
    t.match(frames[stateAt], ['1', null, TOPIC, 'presence_state', u1])
    t.match(frames[3 - stateAt], [null, null, TOPIC, 'presence_diff', { joins: u1, leaves: {} }])
    const bob = await RawClient.open(port, '/socket/websocket?vsn=2.0.0&user_id=u2')
    await bob.join(TOPIC)
    t.match(await ann.next(), [null, null, TOPIC, 'presence_diff', { joins: { u2: { name: 'name-u2' } }, leaves: {} }])
    bob.send('1', '2', TOPIC, 'update', { away: true })
    t.match(await ann.next(), [
      null,
      null,
      TOPIC,
      'presence_diff',
      {
        joins: { u2: { metas: [{ away: true, phx_ref_prev: /./ }], name: 'name-u2' } },
        leaves: { u2: { metas: [{ phx_ref: /./ }], name: 'name-u2' } },
      },
    ])
    bob.close()
    t.match(await ann.next(), [null, null, TOPIC, 'presence_diff', { joins: {}, leaves: { u2: { metas: [{}] } } }])
  }),
)

t.test('CH-027 when a connection closes, the presence of its channels is gone', (t) =>
  withRuntime(async () => {
    const { port, presence } = await serve()
    const ann = Observer.join(t, port, 'ann')
    await ann.untilKeys('ann')
    const socket = phoenixClient(t, port, { params: { user_id: 'bob' } })
    await joined(socket, TOPIC)
    await ann.untilKeys('ann', 'bob')
    socket.disconnect()
    await ann.untilKeys('ann')
    t.same(Object.keys(await presence.list(TOPIC)), ['ann'])
  }),
)
