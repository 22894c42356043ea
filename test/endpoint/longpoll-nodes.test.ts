import t from 'tap'
import { Endpoint } from '../../src/endpoint/endpoint.ts'
import { Supervisor } from '../../src/index.ts'
import type { AdapterFactory } from '../../src/pubsub/adapter.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'
import type { TestWorld } from '../../src/testing/with-runtime.ts'
import { LinkedNodes } from '../support/linked-nodes.ts'
import { heldPolls, PollClient } from '../support/poll-client.ts'
import type { RawFrame } from '../support/raw-client.ts'
import { testRoom } from '../support/room.ts'

const WINDOW_MS = 1000
const PUBSUB_TIMEOUT_MS = 200

/** One node of two that serve the same app. */
interface Node extends TestWorld {
  readonly port: number
  readonly ends: unknown[]
}

async function startNode(world: TestWorld, adapter: AdapterFactory): Promise<Node> {
  const ends: unknown[] = []
  const room = testRoom({ terminate: (reason) => void ends.push(reason) })
  const longpoll = { windowMs: WINDOW_MS, pubsubTimeoutMs: PUBSUB_TIMEOUT_MS }
  const endpoint = Endpoint.define({
    port: 0,
    pubsub: 'app',
    secretKeyBase: 'one secret for all nodes',
    sockets: { '/socket': { socket: Socket.define({ channels: { 'room:*': room } }), longpoll } },
  })
  return await world.runtime.run(async () => {
    await Supervisor.start([PubSub.child({ name: 'app', adapter }), endpoint.child()])
    const { port } = await endpoint.serverInfo()
    return { ...world, port, ends }
  })
}

/** Runs a test on two nodes. @param adapterOf - default: everything gets across. */
function onTwoNodes(
  body: (here: Node, there: Node) => Promise<void>,
  adapterOf: (nodes: LinkedNodes) => AdapterFactory = (nodes) => nodes.adapter,
): Promise<void> {
  const adapter = adapterOf(new LinkedNodes())
  return withRuntime(
    (here) =>
      withRuntime(async (there) => body(await startNode(here, adapter), await startNode(there, adapter)), {
        node: 'there',
      }),
    { node: 'here' },
  )
}

/** Waits until a node holds so many polls. */
async function untilHeldAt(node: Node, count: number): Promise<void> {
  while ((await node.runtime.run(() => heldPolls())) !== count) await settle()
}

const reply = (ref: string, response: unknown = {}): RawFrame => [
  '1',
  ref,
  'room:a',
  'phx_reply',
  { status: 'ok', response },
]

t.test('LP-009 a session is reached from another node: posts, polls that find something, and polls that wait', (t) =>
  onTwoNodes(async (here, there) => {
    const client = await PollClient.open(here.port)
    const afar = client.at(there.port)
    t.equal((await afar.post(['1', '1', 'room:a', 'phx_join', {}])).status, 200)
    const binary = Buffer.concat([Buffer.from([0, 1, 1, 6, 4]), Buffer.from('12room:aecho'), Buffer.from([0xff])])
    t.equal((await afar.post(binary.toString('base64'), ['1', '3', 'room:a', 'echo', { n: 3 }])).status, 200)
    t.same(await afar.take(2), [reply('1'), reply('3', { n: 3 })], 'bytes were understood, and their echo left out')

    const held = afar.poll()
    await untilHeldAt(here, 1)
    t.equal((await client.post(['1', '4', 'room:a', 'echo', {}])).status, 200)
    const { status, token, messages } = await held
    t.same([status, token], [200, client.token])
    t.same(
      messages?.map((message) => JSON.parse(message)),
      [reply('4')],
    )

    const empty = afar.poll()
    await untilHeldAt(here, 1)
    await here.clock.advance(WINDOW_MS)
    t.match(await empty, { status: 204, token: client.token, messages: [] })
    t.equal((await afar.post('[garbage')).status, 408)
  }),
)

t.test('LP-009 a session that is nowhere is gone: at once on its own node, on others after the timeout', (t) =>
  onTwoNodes(async (here, there) => {
    const client = await PollClient.open(here.port)
    await here.clock.advance(3 * WINDOW_MS)
    t.equal((await client.post(['1', '1', 'room:a', 'phx_join', {}])).status, 410)
    const afar = client.at(there.port)
    const posting = afar.post(['1', '1', 'room:a', 'phx_join', {}])
    const polling = afar.poll()
    const answers = Promise.all([posting, polling])
    let isOver = false
    answers.finally(() => {
      isOver = true
    })
    while (!isOver) await there.clock.advance(PUBSUB_TIMEOUT_MS) // the requests come when they come
    const [posted, polled] = await answers
    t.equal(posted.status, 410)
    t.match(polled, { status: 410, token: String })
    t.not(polled.token, client.token, 'a new session, there')
    t.equal(await there.runtime.run(() => heldPolls()), 0)
  }),
)

t.test('LP-017 what another node could not write is kept for the next poll, and comes once', (t) =>
  onTwoNodes(async (here, there) => {
    const client = await PollClient.open(here.port)
    await client.join('room:a')
    const leaving = new AbortController()
    const broken = client.at(there.port).poll({ signal: leaving.signal })
    await untilHeldAt(here, 1)
    leaving.abort()
    await t.rejects(broken)
    await untilHeldAt(here, 0)
    await client.post(['1', '2', 'room:a', 'echo', {}])
    t.same(await client.at(there.port).take(1), [reply('2')])
    await client.post(['1', '3', 'room:a', 'echo', {}])
    t.same(await client.take(1), [reply('3')])
  }),
)

/** A link that loses what a node says about the fate of an answer. */
const forgetful =
  (nodes: LinkedNodes): AdapterFactory =>
  (context) => {
    const adapter = nodes.adapter(context)
    return {
      ...adapter,
      directBroadcast: (node, topic, message, dispatcher) => {
        if ((message as { type?: unknown }).type === 'delivery') return { type: 'ok' }
        return adapter.directBroadcast(node, topic, message, dispatcher)
      },
    }
  }

t.test('LP-009 when it stays unknown whether an answer got through, the session ends: the client begins anew', (t) =>
  onTwoNodes(async (here, there) => {
    const client = await PollClient.open(here.port)
    await client.join('room:a')
    await client.post(['1', '2', 'room:a', 'echo', {}])
    t.same(await client.at(there.port).take(1), [reply('2')])
    await here.clock.advance(PUBSUB_TIMEOUT_MS)
    t.equal((await client.poll()).status, 410)
    t.equal(here.ends.length, 1)
  }, forgetful),
)
