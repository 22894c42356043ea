import { type Channel, Presence, type Push, Socket, type SocketConnectOption } from 'phoenix'

// What an app's browser code does with the official client, and what it must see. One list, driven over every transport and
// serializer, by Node and by a browser: so nothing in here knows more than the client and the fixture application.

/** Where a scenario runs. */
export interface World {
  /** Of the server: `ws://127.0.0.1:4100`. */
  readonly url: string
  readonly options: Partial<SocketConnectOption>
  /** Whether payloads may be bytes: a long-poll session in JSON cannot carry them down. */
  readonly carriesBytes: boolean
  /** Makes the names of topics and users of this run its own. */
  readonly run: string
  /** What the scenario has connected. */
  readonly sockets: Socket[]
}

/** Which of the ways to connect. */
export interface Way {
  readonly transport: 'websocket' | 'longpoll'
  readonly serializer: 'json' | 'msgpack'
}

/** What became of one scenario: nothing when it went well. */
export interface Outcome {
  readonly name: string
  readonly failure: string | undefined
}

/** One thing that must work. */
export interface Scenario {
  readonly name: string
  readonly needsBytes?: boolean
  run(world: World): Promise<void>
}

/** The client takes any status; its typings know three. */
const WEIRD = 'weird' as 'ok'

/** The client's own patience, made short: scenarios wait for real timers of it. */
const QUICK: Partial<SocketConnectOption> = {
  timeout: 8000,
  heartbeatIntervalMs: 30_000,
  rejoinAfterMs: () => 10,
  reconnectAfterMs: () => 10,
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a join is answered with what the channel says',
    run: async (world) => {
      const room = connect(world, { user_id: 'ann' }).channel(topic(world), { reply: { a: [1, 'two', null] } })
      const [status, response] = await answer(room.join())
      same(status, 'ok')
      same(response.got, { a: [1, 'two', null] })
      same(response.assigns.user_id, 'ann')
    },
  },
  {
    name: 'a refused join tells why, and is tried again until it succeeds',
    run: async (world) => {
      const room = connect(world).channel(topic(world, 'room:flaky:2:'))
      const refusals: unknown[] = []
      const attempt = await new Promise((resolve) => {
        const join = room.join()
        join.receive('error', (response) => refusals.push(response))
        join.receive('ok', (response) => resolve(response.attempt))
      })
      same(attempt, 3)
      same(refusals, [
        { reason: 'not yet', attempt: 1 },
        { reason: 'not yet', attempt: 2 },
      ])
      same(room.state, 'joined')
    },
  },
  {
    name: 'a join that crashes is answered, and so is one of a topic that nobody serves',
    run: async (world) => {
      const socket = connect(world)
      same(await onceAnswered(socket.channel('room:joincrash')), ['error', { reason: 'join crashed' }])
      same(await onceAnswered(socket.channel('room:badreturn')), ['error', { reason: 'join crashed' }])
      same(await onceAnswered(socket.channel('room:forbidden')), ['error', { reason: 'unauthorized' }])
      same(await onceAnswered(socket.channel('unmatched-topic')), ['error', { reason: 'unmatched topic' }])
      const room = await joined(socket, topic(world))
      same(await answer(room.push('echo', { still: 'here' })), ['ok', { still: 'here' }])
    },
  },
  {
    name: 'after the join come the broadcast and the push, in that order',
    run: async (world) => {
      const room = connect(world).channel(topic(world), { after_join: true, user: 'ann' })
      const seen = record(room, ['phx_reply', 'user_entered', 'joined'])
      room.join()
      await until(() => seen.length >= 3)
      same(seen, [
        ['phx_reply', { status: 'ok', response: {} }],
        ['user_entered', { user: 'ann' }],
        ['joined', { status: 'connected' }],
      ])
    },
  },
  {
    name: 'answers of every status and shape arrive as they were given',
    run: async (world) => {
      const room = await joined(connect(world), topic(world))
      same(await answer(room.push('fail', { why: 'not' })), ['error', { why: 'not' }])
      for (const v of [{ a: 1 }, [1, 2], 'text', 7.5, true, null, '', 'ünï¢ødé 🎉']) {
        same(await answer(room.push('reply_raw', { v })), ['ok', v])
      }
      const weird = new Promise((resolve) => room.push('status', { status: 'weird' }).receive(WEIRD, resolve))
      same(await weird, {})
      same((await answer(room.push('silent', {}, 50)))[0], 'timeout')
    },
  },
  {
    name: 'values go there and back unchanged',
    run: async (world) => {
      const room = await joined(connect(world), topic(world))
      const payload = {
        text: 'ünï¢ødé \u0000 "quoted" \\ 🎉',
        numbers: [0, -1, 1.5, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, 1e300],
        nested: { list: [[[]], {}], null: null, true: true },
        ['constructor']: 'a key like any other',
        long: 'x'.repeat(70_000),
      }
      same(await answer(room.push('echo', payload)), ['ok', payload])
    },
  },
  {
    name: 'bytes go there and back, and reach others',
    needsBytes: true,
    run: async (world) => {
      const [ann, bob] = [await joined(connect(world), topic(world)), await joined(connect(world), topic(world))]
      const bytes = new Uint8Array([0, 1, 127, 128, 255])
      const [status, response] = await answer(ann.push('echo', bytes.buffer))
      same([status, ...new Uint8Array(response)], ['ok', ...bytes])
      const heard = next(bob, 'shout')
      const pushed = next(ann, 'pushed')
      ann.push('shout', bytes.buffer)
      ann.push('push_me', bytes.buffer)
      same([...new Uint8Array(await heard)], [...bytes])
      same([...new Uint8Array(await pushed)], [...bytes])
    },
  },
  {
    name: 'a broadcast reaches everybody, one from somebody everybody else',
    run: async (world) => {
      const [ann, bob] = [await joined(connect(world), topic(world)), await joined(connect(world), topic(world))]
      const heard = [record(ann, ['shout', 'others']), record(bob, ['shout', 'others'])]
      await answer(ann.push('others', { n: 1 }))
      await answer(ann.push('shout', { n: 2 }))
      await until(() => heard[1]?.length === 2 && heard[0]?.length === 1)
      same(heard, [
        [['shout', { n: 2 }]],
        [
          ['others', { n: 1 }],
          ['shout', { n: 2 }],
        ],
      ])
    },
  },
  {
    name: 'what a handler sends before its answer arrives before it',
    run: async (world) => {
      const room = await joined(connect(world), topic(world))
      const seen = record(room, ['pushed', 'shout', 'phx_reply'])
      await answer(room.push('push_then_reply', { n: 1 }))
      await answer(room.push('shout', { n: 2 }))
      same(
        seen.map(([event]) => event),
        ['pushed', 'phx_reply', 'shout', 'phx_reply'],
      )
    },
  },
  {
    name: 'answers may come late, from another process, and more than once',
    run: async (world) => {
      const room = await joined(connect(world), topic(world))
      same(await answer(room.push('async', {})), ['ok', { async: true }])
      same(await answer(room.push('spawn_reply', { ms: 5 })), ['ok', { late: true }])
      same(await answer(room.push('twice', {})), ['ok', { n: 1 }])
    },
  },
  {
    name: 'five hundred messages are answered in order, and their broadcasts come in order',
    run: async (world) => {
      const [ann, bob] = [await joined(connect(world), topic(world)), await joined(connect(world), topic(world))]
      const heard = record(bob, ['shout'])
      const answered: number[] = []
      const count = 500
      for (let n = 0; n < count; n++) ann.push('shout', { n }).receive('ok', () => answered.push(n))
      await until(() => heard.length === count && answered.length === count)
      const expected = Array.from({ length: count }, (_, n) => n)
      same(
        heard.map(([, payload]) => payload.n),
        expected,
      )
      same(answered, expected)
    },
  },
  {
    name: 'an intercepted broadcast is each channel’s own affair',
    run: async (world) => {
      const [ann, bob] = [
        await joined(connect(world, { user_id: 'ann' }), topic(world)),
        await joined(connect(world, { user_id: 'bob' }), topic(world)),
      ]
      const heard = [next(ann, 'intercepted'), next(bob, 'intercepted')]
      const order = record(ann, ['intercepted', 'phx_reply'])
      await answer(ann.push('intercept_me', { n: 1 }))
      same(await Promise.all(heard), [
        { n: 1, for: 'ann' },
        { n: 1, for: 'bob' },
      ])
      same(
        order.map(([event]) => event),
        ['phx_reply', 'intercepted'],
      )
    },
  },
  {
    name: 'a channel hears of topics that it subscribed to',
    run: async (world) => {
      const [ann, bob] = [
        await joined(connect(world), topic(world)),
        await joined(connect(world), topic(world, 'room:b')),
      ]
      await answer(ann.push('subscribe', { topic: `news:${world.run}` }))
      const heard = next(ann, 'external')
      await answer(bob.push('publish', { topic: `news:${world.run}`, event: 'flash', payload: { n: 1 } }))
      same(await heard, { topic: `news:${world.run}`, event: 'flash', payload: { n: 1 } })
    },
  },
  {
    name: 'a channel keeps what it assigns, and only for itself',
    run: async (world) => {
      const socket = connect(world)
      const [one, two] = [await joined(socket, topic(world)), await joined(socket, topic(world, 'room:b'))]
      await answer(one.push('set', { key: 'colour', value: 'red' }))
      same(await answer(one.push('get', { key: 'colour' })), ['ok', { value: 'red' }])
      same(await answer(two.push('get', { key: 'colour' })), ['ok', { value: null }])
    },
  },
  {
    name: 'a channel that sleeps holds up no other',
    run: async (world) => {
      const socket = connect(world)
      const [slow, quick] = [await joined(socket, topic(world)), await joined(socket, topic(world, 'room:b'))]
      const order: string[] = []
      const sleeping = answer(slow.push('sleep', { ms: 300 })).then(() => order.push('slow'))
      await answer(quick.push('echo', {})).then(() => order.push('quick'))
      await sleeping
      same(order, ['quick', 'slow'])
    },
  },
  {
    name: 'a crash takes down one channel, which joins again with a new join_ref',
    run: async (world) => {
      const socket = connect(world)
      const [room, other] = [socket.channel(topic(world)), await joined(socket, topic(world, 'room:b'))]
      await answer(room.join())
      const before = (await answer(room.push('rawsocket', {})))[1].join_ref
      const reasons: unknown[] = []
      room.onError((reason) => {
        reasons.push(reason)
      })
      let othersErrors = 0
      other.onError(() => {
        othersErrors++
      })
      room.push('boom', {})
      await until(() => reasons.length > 0 && room.state === 'joined')
      same(reasons, [{ reason: 'channel_crash' }])
      same((await answer(room.push('rawsocket', {})))[1].join_ref === before, false)
      same(await answer(other.push('echo', { n: 1 })), ['ok', { n: 1 }])
      same(othersErrors, 0)
    },
  },
  {
    name: 'a channel that stops as intended is closed and does not come back',
    run: async (world) => {
      const socket = connect(world)
      for (const reason of ['normal', 'shutdown', 'shutdown_tuple']) {
        const room = await joined(socket, topic(world, `room:${reason}`))
        const closed = new Promise<void>((resolve) => room.onClose(() => resolve()))
        room.push('stop', { reason })
        await closed
        same(room.state, 'closed')
      }
      const room = await joined(socket, topic(world))
      const seen = record(room, ['phx_reply', 'phx_close'])
      room.push('stop_reply', { bye: true })
      await until(() => seen.length === 2)
      same(seen, [
        ['phx_reply', { status: 'ok', response: { bye: true } }],
        ['phx_close', {}],
      ])
    },
  },
  {
    name: 'a leave is answered, and the topic can be joined again',
    run: async (world) => {
      const socket = connect(world)
      const room = await joined(socket, topic(world))
      same((await answer(room.leave()))[0], 'ok')
      same(room.state, 'closed')
      const again = await joined(socket, topic(world))
      same(await answer(again.push('echo', { n: 2 })), ['ok', { n: 2 }])
    },
  },
  {
    name: 'last words reach the client and others',
    run: async (world) => {
      const socket = connect(world)
      const audit = await joined(socket, 'room:audit')
      const name = topic(world, 'room:bye')
      const heard: unknown[] = []
      audit.on('terminated', (payload) => {
        if (payload.topic === name) heard.push(payload)
      })
      const room = await joined(socket, name)
      same((await answer(room.leave()))[0], 'ok')
      await until(() => heard.length === 1)
      same(heard, [{ topic: name, reason: 'shutdown(left)', joined: true }])
    },
  },
  {
    name: 'a second channel of one topic takes the place of the first',
    run: async (world) => {
      const socket = connect(world)
      const first = await joined(socket, topic(world))
      const closed = new Promise<void>((resolve) => first.onClose(() => resolve()))
      const second = socket.channel(topic(world))
      same((await answer(second.join()))[0], 'ok')
      await closed
      const heard = record(second, ['shout'])
      await answer(second.push('shout', { n: 1 }))
      same(heard, [['shout', { n: 1 }]])
    },
  },
  {
    name: 'what is pushed before the join is answered is sent after it, in order',
    run: async (world) => {
      const room = connect(world).channel('room:slow')
      room.join()
      const answers = [1, 2, 3].map((n) => answer(room.push('echo', { n })))
      same(await Promise.all(answers), [
        ['ok', { n: 1 }],
        ['ok', { n: 2 }],
        ['ok', { n: 3 }],
      ])
    },
  },
  {
    name: 'a slow join holds up no other topic',
    run: async (world) => {
      const socket = connect(world)
      const slow = socket.channel('room:slow')
      const order: string[] = []
      const slowly = answer(slow.join()).then(() => order.push('slow'))
      const room = socket.channel(topic(world))
      await answer(room.join()).then(() => order.push('quick'))
      await slowly
      same(order, ['quick', 'slow'])
    },
  },
  {
    name: 'a forced disconnect brings the client back, joined',
    run: async (world) => {
      const user = `kicked-${world.run}`
      const socket = connect(world, { user_id: user })
      const room = await joined(socket, topic(world))
      const other = await joined(connect(world), topic(world, 'room:b'))
      let closes = 0
      socket.onClose(() => {
        closes++
      })
      await answer(other.push('kick', { user_id: user }))
      await until(() => closes === 1 && socket.isConnected() && room.state === 'joined')
      same(await answer(room.push('echo', { back: true })), ['ok', { back: true }])
      same(other.state, 'joined')
    },
  },
  {
    name: 'join params may be a function, which is asked for every join',
    run: async (world) => {
      let n = 0
      const room = connect(world).channel(topic(world), () => ({ reply: ++n }))
      const seen: unknown[] = []
      room.join().receive('ok', ({ got }) => seen.push(got))
      await until(() => seen.length === 1)
      room.push('boom', {})
      await until(() => seen.length === 2)
      same(seen, [1, 2])
    },
  },
  {
    name: 'presence follows who comes, changes and goes',
    run: async (world) => {
      const name = topic(world, 'presence:')
      const annsSocket = connect(world, { user_id: 'ann' })
      const ann = annsSocket.channel(name, { meta: { at: 'home' } })
      const presence = new Presence(ann)
      const list = () =>
        presence.list((key, { name, metas }) => [key, name, metas.map((meta: object) => without(meta))])
      const missing: string[] = []
      presence.onSync(() => {
        if (list().length === 0) missing.push('nobody is there')
      })
      await answer(ann.join())
      await until(() => list().length === 1)
      same(list(), [['ann', 'name-ann', [{ at: 'home' }]]])

      const bobsSocket = connect(world, { user_id: 'bob' })
      const bob = bobsSocket.channel(name, { meta: { at: 'work' } })
      await answer(bob.join())
      await until(() => list().length === 2)
      await answer(bob.push('update', { at: 'lunch' }))
      await until(() => JSON.stringify(list()).includes('lunch'))
      same(list()[1], ['bob', 'name-bob', [{ at: 'lunch' }]])

      bobsSocket.disconnect()
      await until(() => list().length === 1)
      same(list(), [['ann', 'name-ann', [{ at: 'home' }]]])
      same(missing, [])
    },
  },
]

/** Runs one scenario; everything that it connected is disconnected. */
export async function perform(scenario: Scenario, world: Omit<World, 'sockets'>): Promise<void> {
  const sockets: Socket[] = []
  try {
    await scenario.run({ ...world, sockets })
  } finally {
    for (const socket of sockets) socket.disconnect()
  }
}

// ── What scenarios are written with ──────────────────────────────────────────────────────────────────────────────────

function connect(world: World, params: object = {}): Socket {
  const socket = new Socket(`${world.url}/socket`, { ...QUICK, ...world.options, params })
  world.sockets.push(socket)
  socket.connect()
  return socket
}

function topic(world: World, prefix = 'room:'): string {
  return `${prefix}${prefix.endsWith(':') ? '' : ':'}${world.run}`
}

// biome-ignore lint/suspicious/noExplicitAny: a server may answer anything; scenarios say what it should be
type Any = any

/** The answer to a push or a join. */
function answer(push: Push): Promise<[status: string, response: Any]> {
  return new Promise((resolve) => {
    for (const status of ['ok', 'error', 'timeout'] as const) {
      push.receive(status, (response) => resolve([status, response]))
    }
  })
}

/** The answer to the first attempt of a join that must not go on trying. */
async function onceAnswered(channel: Channel): Promise<[string, Any]> {
  const answered = await answer(channel.join())
  channel.leave()
  return answered
}

async function joined(socket: Socket, name: string, params: object = {}): Promise<Channel> {
  const channel = socket.channel(name, params)
  const [status, response] = await answer(channel.join())
  if (status !== 'ok') throw new Error(`${name} was not joined: ${status} ${JSON.stringify(response)}`)
  return channel
}

function next(channel: Channel, event: string): Promise<Any> {
  return new Promise((resolve) => {
    const ref = channel.on(event, (payload) => {
      channel.off(event, ref)
      resolve(payload)
    })
  })
}

/** Writes down the named messages of a channel, in the order in which they come. */
function record(channel: Channel, events: readonly string[]): [event: string, payload: Any][] {
  const seen: [string, Any][] = []
  const before = channel.onMessage.bind(channel)
  channel.onMessage = (event, payload, ref) => {
    if (events.includes(event)) seen.push([event, payload])
    return before(event, payload, ref)
  }
  return seen
}

/** Waits for something that the client does by itself; gives up after a while and says so. */
async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 20_000
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error(`it never came true: ${isSo}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [stable(actual), stable(expected)]
  if (a !== b) throw new Error(`expected ${b.slice(0, 2000)}, got ${a.slice(0, 2000)}`)
}

/** JSON with its keys in order. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** A meta as the app gave it. */
function without(meta: object): object {
  return Object.fromEntries(Object.entries(meta).filter(([name]) => !name.startsWith('phx_ref')))
}
