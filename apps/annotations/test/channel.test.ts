import { Token } from 'beamish/endpoint'
import { PubSub } from 'beamish/pubsub'
import { assertReceive, ChannelTest, startSupervised, type TestSocket, withRuntime } from 'beamish/testing'
import t, { type Test } from 'tap'
import { USER_TOKEN, UserSocket } from '../channels/user-socket.ts'
import { AnnotationsEndpoint } from '../tree.ts'
import { type Annotation, annotate, annotationsOf, LONGEST, MOST_AT_ONCE } from '../videos/annotations.ts'
import { type Person, personNamed } from '../videos/people.ts'
import { Store } from '../videos/store.ts'
import { type Video, videoWith } from '../videos/videos.ts'
import { Watching } from '../videos/watching.ts'
import { temporaryFolder } from './world.ts'

const secretKeyBase = 'a secret for tests '.repeat(4)
const OPTIONS = { pubsub: 'annotations', secretKeyBase }

interface World {
  readonly ann: Person
  readonly video: Video
  /** A page of somebody. */
  connect(person: Person): Promise<TestSocket>
}

const withWorld = (t: Test, body: (world: World) => Promise<void>): Promise<void> =>
  withRuntime(async () => {
    await startSupervised(
      Store.child({ folder: temporaryFolder(t), tell: (...words) => void AnnotationsEndpoint.broadcast(...words) }),
    )
    await startSupervised(PubSub.child({ name: 'annotations' }))
    await startSupervised(Watching.child())
    const connect = (person: Person) =>
      ChannelTest.connect(UserSocket, { token: Token.sign(secretKeyBase, USER_TOKEN, person.id) }, OPTIONS)
    await body({ ann: await personNamed('Ann'), video: (await videoWith('1')) as Video, connect })
  })

t.test('only the token of somebody who is there connects, while it is good', (t) =>
  withWorld(t, async ({ ann }) => {
    const tokens = {
      none: undefined,
      'no token': 'x',
      'of another secret': Token.sign('another secret '.repeat(5), USER_TOKEN, ann.id),
      'for another purpose': Token.sign(secretKeyBase, 'something else', ann.id),
      'of nobody': Token.sign(secretKeyBase, USER_TOKEN, 99),
      'too old': Token.sign(secretKeyBase, USER_TOKEN, ann.id, { signedAtSeconds: Date.now() / 1000 - 15 * 86_400 }),
    }
    for (const [name, token] of Object.entries(tokens)) {
      const params = token === undefined ? {} : { token }
      t.equal((await ChannelTest.tryConnect(UserSocket, params, OPTIONS)).type, 'refused', name)
    }
    const good = Token.sign(secretKeyBase, USER_TOKEN, ann.id)
    const connected = await ChannelTest.tryConnect(UserSocket, { token: good }, OPTIONS)
    t.match(connected, { type: 'connected', socket: { id: `people:${ann.id}` } })
  }),
)

t.test('a video that is not there and a last_seen_id that is none are refused with their reason', (t) =>
  withWorld(t, async ({ ann, connect }) => {
    const socket = await connect(ann)
    for (const topic of ['videos:99', 'videos:', 'videos:01'])
      t.match(await ChannelTest.tryJoin(socket, topic), { type: 'refused', response: { reason: 'no such video' } })
    for (const id of ['1', -1, 1.5, null]) {
      const refused = await ChannelTest.tryJoin(socket, 'videos:1', { last_seen_id: id })
      t.match(refused, { type: 'refused', response: { reason: 'last_seen_id must be the id of an annotation' } })
    }
  }),
)

t.test('an annotation is checked, answered, and comes to all', (t) =>
  withWorld(t, async ({ ann, video, connect }) => {
    const [mine, other] = [await connect(ann), await connect(await personNamed('Bob'))]
    const channel = await ChannelTest.join(mine, 'videos:1')
    await ChannelTest.join(other, 'videos:1')
    await ChannelTest.join(other, 'videos:2')
    const bad: [object, object][] = [
      [{ body: '  ', at: 0 }, { issues: [{ message: 'Say something', path: ['body'] }] }],
      [{ body: 'x'.repeat(LONGEST + 1), at: 0 }, { issues: [{ message: '280 characters at most' }] }],
      [{ body: 'x', at: -1 }, { issues: [{ message: 'Not before the beginning', path: ['at'] }] }],
      [{ body: 'x', at: 1.5 }, { issues: [{ message: 'Whole milliseconds', path: ['at'] }] }],
      [{ at: 0 }, { reason: 'invalid payload', issues: [{ path: ['body'] }] }],
      [{ body: 'x', at: video.durationMs + 1 }, { reason: 'at is after the end of the video' }],
    ]
    for (const [payload, response] of bad)
      await ChannelTest.assertReply(ChannelTest.push(channel, 'new_annotation', payload), 'error', response)
    await ChannelTest.assertReply(ChannelTest.push(channel, 'no_such_event', {}), 'error', {
      reason: 'unhandled event',
    })
    t.same(await annotationsOf(video), [])

    const ref = ChannelTest.push(channel, 'new_annotation', { body: ' Look <b> ', at: 1500 })
    await ChannelTest.assertReply(ref, 'ok', { id: 1 })
    const expected = { id: 1, at: 1500, body: 'Look <b>', person: ann }
    for (const socket of [mine, other]) {
      const push = await ChannelTest.assertPush('new_annotation', {}, { to: socket })
      t.same(push.payload, expected)
      t.equal(push.topic, 'videos:1')
    }
    await ChannelTest.refutePush('new_annotation')
  }),
)

t.test('with last_seen_id the answer to the join holds what came after it', (t) =>
  withWorld(t, async ({ ann, video, connect }) => {
    const said: Annotation[] = []
    for (const at of [3000, 2000, 1000]) said.push(await annotate(ann, video, { body: `${at}`, at }))
    const joined = async (params?: object) =>
      (await ChannelTest.join(await connect(ann), 'videos:1', params)).response as { annotations: Annotation[] }
    t.same((await joined()).annotations, said)
    t.same((await joined({ last_seen_id: said[0]?.id })).annotations, said.slice(1))
    t.same((await joined({ last_seen_id: said[2]?.id })).annotations, [])
  }),
)

t.test('a video about which much was said comes in parts', (t) =>
  withWorld(t, async ({ ann, connect }) => {
    const count = 2 * MOST_AT_ONCE + 1
    await Store.run((database) => {
      const sql = "INSERT INTO annotations (video_id, person_id, at, body) VALUES (1, ?, 0, 'x')"
      for (let n = 0; n < count; n++) database.run(sql, ann.id)
    })
    const socket = await connect(ann)
    const { response } = await ChannelTest.join(socket, 'videos:1')
    const parts = [response as { annotations: Annotation[] }]
    for (const isAll of [false, true]) {
      const { payload } = await ChannelTest.assertPush('missed', { is_all: isAll }, { to: socket })
      parts.push(payload as { annotations: Annotation[] })
    }
    t.same(
      parts.flatMap(({ annotations }) => annotations.map(idOf)),
      Array.from({ length: count }, (_, index) => index + 1),
    )
    await ChannelTest.refutePush('missed')
  }),
)

t.test('what is said while somebody joins is not lost to them', (t) =>
  withWorld(t, async ({ ann, video, connect }) => {
    const socket = await connect(ann)
    // The store does these one after another: the reading of the join comes in among them.
    const saying = (async () => {
      for (let at = 0; at < 30; at++) {
        await Promise.all([1, 2, 3].map((part) => annotate(ann, video, { body: `${at}.${part}`, at })))
      }
    })()
    const channel = await ChannelTest.join(socket, 'videos:1')
    const { annotations } = channel.response as { annotations: Annotation[] }
    const missed = await ChannelTest.assertPush('missed', { is_all: true }, { to: socket })
    await saying
    const ids = new Set([...annotations, ...(missed.payload as { annotations: Annotation[] }).annotations].map(idOf))
    t.ok(ids.size < 90, 'some were said afterwards')
    while (ids.size < 90)
      ids.add(idOf((await ChannelTest.assertPush('new_annotation', {}, { to: socket })).payload as Annotation))
    t.same(
      [...ids].sort((a, b) => a - b),
      (await annotationsOf(video)).map(idOf),
    )
  }),
)

const idOf = ({ id }: { readonly id: number }): number => id

t.test('who watches is known by name and colour, with a meta for each page, until the page is closed', (t) =>
  withWorld(t, async ({ ann, connect }) => {
    const bob = await personNamed('Bob')
    const first = await connect(ann)
    await ChannelTest.join(first, 'videos:1')
    await ChannelTest.assertPush('presence_state', { [ann.id]: { person: ann, metas: [{}] } }, { to: first })
    const second = await connect(ann)
    await ChannelTest.join(second, 'videos:1')
    const third = await connect(bob)
    await ChannelTest.join(third, 'videos:1')
    const state = await ChannelTest.assertPush('presence_state', {}, { to: third })
    t.match(state.payload, { [ann.id]: { person: ann, metas: [{}, {}] }, [bob.id]: { person: bob, metas: [{}] } })
    t.equal('name' in (state.payload as Record<number, { metas: object[] }>)[ann.id]!.metas[0]!, false)
    ChannelTest.disconnect(second)
    const left = (message: unknown) => hasLeft(message, ann.id, third)
    t.match(await assertReceive(left), { payload: { joins: {}, leaves: { [ann.id]: { person: ann, metas: [{}] } } } })
  }),
)

function hasLeft(message: unknown, id: number, socket: TestSocket): boolean {
  const push = message as { event?: string; socket?: TestSocket; payload?: { leaves?: Record<number, object> } }
  return push.event === 'presence_diff' && push.socket === socket && push.payload?.leaves?.[id] !== undefined
}
