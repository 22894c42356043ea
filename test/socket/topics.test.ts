import fc from 'fast-check'
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

// What the table of channels.md §7.2 says, written down once more and as simply as can be.
type Model = Map<string, { joinRef: string | null; leaving: boolean }>

function modelAnswer(model: Model, joinRef: string | null, ref: string, topic: string, event: string): string {
  const joined = model.get(topic)
  if (joined === undefined) {
    if (event === 'phx_join') {
      model.set(topic, { joinRef, leaving: false })
      return 'starts'
    }
    return event === 'phx_leave' ? `left ${ref}` : `unmatched ${ref}`
  }
  if (event === 'phx_join') {
    model.set(topic, { joinRef, leaving: false })
    return 'replaces'
  }
  if (joinRef !== null && joinRef !== joined.joinRef) return 'nothing'
  if (event === 'phx_leave') model.delete(topic)
  return 'delivered'
}

t.test('CH-076 what is answered to ten thousand random messages is what the table says', async (t) => {
  const message = fc.tuple(
    fc.constantFrom('1', '2', '3', null),
    fc.constantFrom('room:a', 'room:b', 'room:c', 'room:d', 'room:e'),
    fc.constantFrom('phx_join', 'phx_join', 'phx_leave', 'say', 'say'),
  )
  fc.assert(
    fc.property(fc.array(message, { minLength: 100, maxLength: 100 }), (messages) => {
      const stage = new Stage()
      const model: Model = new Map()
      const mailboxes = new Map<string, Message[]>()
      for (const [index, [joinRef, topic, event]] of messages.entries()) {
        const ref = String(index)
        const expected = modelAnswer(model, joinRef, ref, topic, event)
        const before = mailboxes.get(topic)?.length ?? 0
        const started = stage.started.length
        const frames = stage.hear(joinRef, ref, topic, event)
        let seen = (mailboxes.get(topic)?.length ?? 0) > before ? 'delivered' : 'nothing'
        if (stage.replaced.length > 0) {
          stage.tell('ended', stage.replaced.pop())
          seen = 'replaces'
        } else if (stage.started.length > started) seen = 'starts'
        if (stage.started.length > started) {
          const mailbox: Message[] = []
          const membership = stage.started.at(-1) as Membership
          const deliver = (incoming: unknown) => mailbox.push((incoming as Incoming).message)
          membership.pid = new Pid('local', index + 1000, { deliver, signal: AbortSignal.abort() })
          stage.tell('accepted')
          mailboxes.set(topic, mailbox)
        }
        const [, , , , payload] = (frames[0] ?? []) as [
          unknown,
          unknown,
          unknown,
          unknown,
          { status: string } | undefined,
        ]
        if (payload !== undefined) seen = `${payload.status === 'ok' ? 'left' : 'unmatched'} ${ref}`
        // The channel that was told to leave does so.
        if (seen === 'delivered' && event === 'phx_leave') {
          const leaving = stage.started.findLast((membership) => membership.topic === topic)
          stage.tell('closed', leaving)
        }
        if (seen !== expected)
          throw new Error(`message ${index} ${JSON.stringify([joinRef, topic, event])}: ${seen}, not ${expected}`)
      }
    }),
    { numRuns: 100 },
  )
  t.pass('one hundred runs of one hundred')
})
