import t from 'tap'
import { Channel } from '../../src/channel/channel.ts'
import type { Connection } from '../../src/channel/connection.ts'
import { Incoming, type Membership, MembershipNotice, type Transport } from '../../src/channel/joinable.ts'
import { ok } from '../../src/channel/result.ts'
import { Pid } from '../../src/core/pid.ts'
import { TopicTable } from '../../src/socket/topic-table.ts'
import { Topics, type TopicsHost } from '../../src/socket/topics.ts'
import type { Message, Reply } from '../../src/wire/message.ts'
import { v2Json } from '../../src/wire/v2-json.ts'

/** The topics of a connection whose channels are played by the test: nothing here is a process. */
class Stage implements TopicsHost {
  readonly frames: unknown[] = []
  readonly started: Membership[] = []
  readonly replaced: Membership[] = []
  readonly unknown: (string | null)[] = []
  readonly topics: Topics

  constructor(maxChannels = 100) {
    const connection: Connection = {
      isOpen: true,
      send: (frame) => this.frames.push(JSON.parse(String(frame))),
      subscribe: () => {},
      unsubscribe: () => {},
      publish: () => {},
      close: () => {},
    }
    const transport: Transport = {
      pid: new Pid('local', 1, {
        deliver: (notice) => this.topics.notice(notice as MembershipNotice),
        signal: AbortSignal.abort(),
      }),
      name: 'websocket',
      connection,
      serializer: v2Json,
      id: null,
      endpoint: 'test',
      pubsub: undefined,
      fastlane: undefined,
    }
    const routes = new TopicTable('channels', { 'room:*': Channel.define({ join: () => ok() }) })
    this.topics = new Topics(this, { transport, routes, assigns: {}, maxChannels })
  }

  send(message: Message | Reply): void {
    this.frames.push(JSON.parse(String(v2Json.encode(message))))
  }

  startChannel(membership: Membership): void {
    this.started.push(membership)
  }

  unmatched(topic: string | null): void {
    this.unknown.push(topic)
  }

  endReplaced(membership: Membership): void {
    this.replaced.push(membership)
  }

  hear(joinRef: string | null, ref: string | null, topic: string | null, event: string): unknown[] {
    this.topics.handle(new Incoming({ type: 'message', joinRef, ref, topic, event, payload: {} }))
    return this.frames.splice(0)
  }

  /** The channel that was started last says something. */
  tell(news: MembershipNotice['news'], membership = this.started.at(-1) as Membership): unknown[] {
    this.topics.notice(new MembershipNotice(membership, news))
    return this.frames.splice(0)
  }

  /** Joins, and lets the channel accept. @returns its mailbox. */
  joined(joinRef: string | null, ref: string, topic: string): Message[] {
    this.hear(joinRef, ref, topic, 'phx_join')
    const mailbox: Message[] = []
    const membership = this.started.at(-1) as Membership
    const deliver = (incoming: unknown) => mailbox.push((incoming as Incoming).message)
    membership.pid = new Pid('local', 100 + this.started.length, { deliver, signal: AbortSignal.abort() })
    this.tell('accepted')
    return mailbox
  }
}

const reply = (joinRef: string | null, ref: string, topic: string, status: string, response: object) => [
  joinRef,
  ref,
  topic,
  'phx_reply',
  { status, response },
]

const unmatched = (ref: string, topic: string | null) => [
  null,
  ref,
  topic,
  'phx_reply',
  { status: 'error', response: { reason: 'unmatched topic' } },
]

t.test('a heartbeat is answered, and nothing else on its topic', async (t) => {
  const stage = new Stage()
  const answer = [null, '1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }]
  t.same(stage.hear('7', '1', 'phoenix', 'heartbeat'), [answer])
  t.same(stage.hear('2', '2', 'phoenix', 'phx_join'), [unmatched('2', 'phoenix')])
  t.same(stage.hear(null, '3', 'phoenix', 'other'), [unmatched('3', 'phoenix')])
})

t.test('a topic that is not joined, or that no pattern knows, is unmatched', async (t) => {
  const stage = new Stage()
  t.same(stage.hear('1', '1', 'room:a', 'say'), [unmatched('1', 'room:a')])
  t.same(stage.hear('1', '2', 'elsewhere', 'phx_join'), [unmatched('2', 'elsewhere')])
  t.same(stage.hear(null, '3', null, 'say'), [unmatched('3', null)])
})

t.test('a message reaches its channel with the join_ref of this incarnation, or none', async (t) => {
  const stage = new Stage()
  const mailbox = stage.joined('1', '1', 'room:a')
  stage.hear('1', '2', 'room:a', 'mine')
  stage.hear(null, '3', 'room:a', 'any')
  stage.hear('stale', '4', 'room:a', 'stale')
  stage.hear('stale', '5', 'room:a', 'phx_leave')
  t.same(
    mailbox.map(({ event }) => event),
    ['mine', 'any'],
  )
  t.same(stage.frames, [])
})

t.test('a binary message without a join_ref, and one whose join_ref was a number, find their channel', async (t) => {
  const stage = new Stage()
  stage.joined('3', '3', 'room:a')
  const mailbox = stage.joined('4', '4', 'room:b')
  stage.hear('', '5', 'room:b', 'empty')
  t.equal(mailbox.length, 1)
})

t.test('the limit counts what is joined, and a join of a joined topic passes it', async (t) => {
  const stage = new Stage(2)
  stage.joined('1', '1', 'room:a')
  stage.joined('2', '2', 'room:b')
  const full = ['3', '3', 'room:c', 'phx_reply', { status: 'error', response: { reason: 'too many channels joined' } }]
  t.same(stage.hear('3', '3', 'room:c', 'phx_join'), [full])
  stage.hear('4', '4', 'room:b', 'phx_join')
  stage.tell('ended')
  t.equal(stage.started.length, 3, 'the join of a joined topic goes on')
  stage.tell('accepted')
  stage.tell('closed')
  stage.hear('5', '5', 'room:c', 'phx_join')
  t.equal(stage.started.at(-1)?.topic, 'room:c', 'after a leave there is room')
})

t.test('a second join waits for the end of the first channel, and later messages wait for the second', async (t) => {
  const stage = new Stage()
  stage.joined('1', '1', 'room:a')
  stage.hear('5', '5', 'room:a', 'phx_join')
  const [old] = stage.replaced
  t.equal(old?.joinRef, '1')
  t.same(stage.hear('5', '6', 'room:a', 'say'), [])
  t.equal(stage.started.length, 1)
  stage.tell('ended', old)
  t.equal(stage.started.length, 2)
  t.same(stage.tell('refused'), [unmatched('6', 'room:a')])
})

t.test('a notice of an incarnation that is gone changes nothing', async (t) => {
  const stage = new Stage()
  stage.joined('1', '1', 'room:a')
  const [first] = stage.started
  stage.tell('closed')
  const mailbox = stage.joined('2', '2', 'room:a')
  t.same(stage.tell('ended', first), [])
  stage.hear('2', '3', 'room:a', 'say')
  t.equal(mailbox.length, 1)
})

t.test('an end without a word is phx_error', async (t) => {
  const stage = new Stage()
  stage.joined('1', '1', 'room:a')
  t.same(stage.tell('ended'), [['1', '1', 'room:a', 'phx_error', { reason: 'channel_crash' }]])
  t.same(stage.hear('1', '2', 'room:a', 'say'), [unmatched('2', 'room:a')])
})

t.test('a topic that nothing matches is a reason to tell somebody; an event for it is not', async (t) => {
  const stage = new Stage()
  stage.hear('1', '1', 'elsewhere', 'phx_join')
  stage.hear('1', '2', 'elsewhere', 'say')
  stage.hear('1', '3', null, 'phx_join')
  t.same(stage.unknown, ['elsewhere', null])
})

t.test('what comes behind a leave waits for its end, and finds a topic that is not joined', async (t) => {
  const stage = new Stage()
  const mailbox = stage.joined('1', '1', 'room:a')
  stage.hear('1', '2', 'room:a', 'phx_leave')
  stage.hear('1', '3', 'room:a', 'say')
  stage.hear('stale', '4', 'room:a', 'say')
  stage.hear('1', '5', 'room:a', 'phx_leave')
  t.same(
    mailbox.map(({ ref }) => ref),
    ['2'],
  )
  t.same(stage.frames, [])
  t.same(stage.tell('closed'), [unmatched('3', 'room:a'), reply('1', '5', 'room:a', 'ok', {})])
})

t.test(
  'a join behind a leave that is not handled yet does not wait for it, and what was between is lost',
  async (t) => {
    const stage = new Stage()
    stage.joined('1', '1', 'room:a')
    stage.hear('1', '2', 'room:a', 'phx_leave')
    stage.hear('1', '3', 'room:a', 'say')
    stage.hear('4', '4', 'room:a', 'phx_join')
    stage.hear('4', '5', 'room:a', 'say')
    t.equal(stage.replaced.length, 1)
    t.same(stage.tell('ended', stage.replaced[0]), [])
    t.equal(stage.started.at(-1)?.joinRef, '4')
    t.same(stage.tell('refused'), [unmatched('5', 'room:a')])
  },
)

t.test('a message for a channel that has ended, of which the notice is still to come, waits for that', async (t) => {
  const stage = new Stage()
  stage.joined('1', '1', 'room:a')
  const [membership] = stage.started as [Membership]
  membership.pid = new Pid('local', 999, undefined)
  t.same(stage.hear('1', '2', 'room:a', 'say'), [])
  t.same(stage.hear('1', '3', 'room:a', 'phx_leave'), [])
  t.same(stage.tell('ended'), [
    ['1', '1', 'room:a', 'phx_error', { reason: 'channel_crash' }],
    unmatched('2', 'room:a'),
    reply('1', '3', 'room:a', 'ok', {}),
  ])
})
