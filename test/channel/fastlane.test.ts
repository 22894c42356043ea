import t from 'tap'
import { Broadcast } from '../../src/channel/broadcast.ts'
import type { Connection, Publisher } from '../../src/channel/connection.ts'
import { fastlane } from '../../src/channel/dispatch.ts'
import { Fastlane, Intercepts, type Lane, type LaneOwner } from '../../src/channel/fastlane.ts'
import { Membership, type Transport } from '../../src/channel/joinable.ts'
import { Pid } from '../../src/core/pid.ts'
import type { Serializer } from '../../src/wire/serializer.ts'
import { v1Json } from '../../src/wire/v1-json.ts'
import { v2Json } from '../../src/wire/v2-json.ts'

/** A transport without processes: what is published reaches the boxes of its clients. */
class Stage implements LaneOwner, Publisher {
  readonly pid = new Pid('local', 1, undefined)
  readonly lanes: Lane[] = []
  readonly fastlane = new Fastlane(this, this)
  isOwnerBusy = false
  private readonly idle: Lane[] = []
  private readonly topics = new Map<string, Set<Client>>()

  subscribeLane(lane: Lane): void {
    this.lanes.push(lane)
  }

  unsubscribeLane(lane: Lane): void {
    this.lanes.splice(this.lanes.indexOf(lane), 1)
  }

  laneIdle(lane: Lane): void {
    if (this.isOwnerBusy) this.idle.push(lane)
    else this.fastlane.closeIdle(lane)
  }

  /** The owner comes to the next of what it was told. */
  closeNextIdle(): void {
    this.fastlane.closeIdle(this.idle.shift() as Lane)
  }

  publish(topic: string, frame: unknown, _about?: unknown, without?: Client): void {
    for (const client of this.topics.get(topic) ?? []) if (client !== without) client.frames.push(frame)
  }

  join(topic: string, serializer: Serializer, intercepts: string[] = []): Client {
    return new Client(this, this.topics, topic, serializer, new Intercepts(intercepts))
  }

  broadcast(event: string, payload: unknown, from: Pid | 'none' = 'none'): void {
    const entries = this.lanes.map((lane) => ({ pid: this.pid, metadata: lane }))
    fastlane(entries, from, new Broadcast('room:a', event, payload))
  }
}

let lastId = 100

class Client {
  readonly frames: unknown[] = []
  readonly pid = new Pid('local', ++lastId, undefined)
  readonly membership: Membership

  constructor(
    stage: Stage,
    topics: Map<string, Set<Client>>,
    topic: string,
    serializer: Serializer,
    intercepts: Intercepts,
  ) {
    const connection: Connection = {
      isOpen: true,
      send: (frame) => this.frames.push(frame),
      subscribe: (name) => topics.set(name, (topics.get(name) ?? new Set()).add(this)),
      unsubscribe: (name) => topics.get(name)?.delete(this),
      publish: (name, frame, about) => stage.publish(name, frame, about, this),
      close: () => {},
    }
    const transport = {
      pid: stage.pid,
      name: 'websocket',
      connection,
      serializer,
      id: null,
      endpoint: 'e',
      pubsub: 'p',
    } as const
    const request = { topic, joinRef: '1', ref: '1', params: {}, assigns: {}, replaces: undefined }
    this.membership = new Membership({
      ...request,
      transport: { ...transport, fastlane: stage.fastlane } satisfies Transport,
    })
    this.membership.pid = this.pid
    this.membership.lane = stage.fastlane.enter(this.membership, this.pid, intercepts)
  }
}

function counting(serializer: Serializer, name: string): { serializer: Serializer; count: () => number } {
  let calls = 0
  const fastlaneOnce: Serializer['fastlane'] = (message) => {
    calls++
    return serializer.fastlane(message)
  }
  return { serializer: { ...serializer, name, fastlane: fastlaneOnce }, count: () => calls }
}

t.test('a broadcast is encoded once for each serializer, whatever the number of members', async (t) => {
  const stage = new Stage()
  const one = counting(v2Json, 'one')
  const two = counting(v2Json, 'two')
  const clients = [
    ...Array.from({ length: 100 }, () => stage.join('room:a', one.serializer)),
    ...Array.from({ length: 50 }, () => stage.join('room:a', two.serializer, ['hidden'])),
  ]
  stage.broadcast('news', { n: 1 })
  t.same([one.count(), two.count()], [1, 1])
  t.ok(clients.every(({ frames }) => frames.length === 1))
  stage.broadcast('hidden', { n: 2 })
  t.same([one.count(), two.count()], [2, 1], 'nobody would get the other frame')
})

t.test('all clients that get the same bytes share one entry, and the last takes it along', async (t) => {
  const stage = new Stage()
  const clients = [stage.join('room:a', v2Json), stage.join('room:a', v2Json), stage.join('room:a', v2Json, ['x', 'y'])]
  stage.join('room:a', v2Json, ['y', 'x', 'x'])
  t.equal(stage.lanes.length, 2)
  clients[0]?.membership.leaveLane()
  clients[0]?.membership.leaveLane()
  t.equal(stage.lanes.length, 2)
  clients[1]?.membership.leaveLane()
  t.equal(stage.lanes.length, 1)
  t.equal(stage.fastlane.size, 1)
})

t.test('a lane that was idle twice before its owner came to it does not take its successor along', async (t) => {
  const stage = new Stage()
  stage.isOwnerBusy = true
  stage.join('room:a', v2Json).membership.leaveLane()
  stage.join('room:a', v2Json).membership.leaveLane() // the same lane, idle again
  stage.closeNextIdle()
  const one = stage.join('room:a', v2Json)
  stage.closeNextIdle()
  const two = stage.join('room:a', v2Json)
  stage.broadcast('news', {})
  t.same([one.frames.length, two.frames.length, stage.lanes.length], [1, 1, 1], 'a broadcast comes once')
})

t.test('a broadcast from a channel passes its own client by', async (t) => {
  const stage = new Stage()
  const [ann, bob] = [stage.join('room:a', v2Json), stage.join('room:a', v2Json)] as const
  stage.broadcast('news', {}, ann.pid)
  t.same([ann.frames.length, bob.frames.length], [0, 1])
  stage.broadcast('news', {}, new Pid('local', 7, undefined))
  t.same([ann.frames.length, bob.frames.length], [1, 2], 'a stranger passes nobody by')
})

t.test('CH-037 a client that cannot get bytes is passed by, and everybody else gets them', async (t) => {
  const stage = new Stage()
  const [old, young] = [stage.join('room:a', v1Json), stage.join('room:a', v2Json)] as const
  stage.broadcast('bytes', new Uint8Array([1]))
  t.same([old.frames.length, young.frames.length], [0, 1])
})

t.test('processes get broadcasts as messages, those that intercept only what they intercept', async (t) => {
  const got: [string, unknown][] = []
  const process = (name: string, id: number) =>
    new Pid('local', id, {
      deliver: (message) => got.push([name, (message as Broadcast).event]),
      signal: AbortSignal.abort(),
    })
  const [plain, picky] = [process('plain', 8), process('picky', 9)] as const
  const entries = [
    { pid: plain, metadata: undefined },
    { pid: picky, metadata: new Intercepts(['wanted']) },
  ]
  fastlane(entries, 'none', new Broadcast('room:a', 'wanted', {}))
  fastlane(entries, 'none', new Broadcast('room:a', 'other', {}))
  fastlane(entries, plain, new Broadcast('room:a', 'wanted', {}))
  t.same(got, [
    ['plain', 'wanted'],
    ['picky', 'wanted'],
    ['plain', 'other'],
    ['picky', 'wanted'],
  ])
})
