import t from 'tap'
import type { Connection } from '../../src/channel/connection.ts'
import { LocalTopics } from '../../src/endpoint/local-topics.ts'
import { type Delivery, LongPollSession, type Poll } from '../../src/endpoint/longpoll-session.ts'
import { type Runtime, self } from '../../src/index.ts'
import type { FrameReceiver } from '../../src/socket/transport.ts'
import { withRuntime } from '../../src/testing/index.ts'

/** A session without a socket process, and with what it told that. */
function sessionOf({ timers }: Runtime) {
  const closes: [number, unknown][] = []
  const receiver: FrameReceiver = {
    pid: self(),
    frame: () => {},
    control: () => {},
    whenDispatched: () => {},
    closed: (code, reason) => void closes.push([code, reason]),
  }
  const session = new LongPollSession(receiver, {
    id: 'id',
    timers,
    topics: new LocalTopics<Connection>(),
    windowMs: 1000,
    maxBufferedBytes: 1000,
    readsBase64: true,
    dropped: () => {},
    overflowed: () => {},
    closed: () => {},
  })
  return { session, closes }
}

/** A poll that keeps what it was given until the test says what became of it. */
class PendingPoll implements Poll {
  given: readonly string[] | undefined = undefined
  settle: (delivery: Delivery) => void = () => {}
  private gone: () => void = () => {}

  give(messages: readonly string[], delivered: (delivery: Delivery) => void): void {
    this.given = messages
    this.settle = delivered
  }

  onGone(callback: () => void): void {
    this.gone = callback
  }

  leave(): void {
    this.gone()
  }
}

/** Opens a poll. */
function polled(session: LongPollSession): PendingPoll {
  const poll = new PendingPoll()
  session.poll(poll)
  return poll
}

t.test('LP-017 what was not written is given to the next poll, with what came meanwhile, in order', (t) =>
  withRuntime(async ({ runtime }) => {
    const { session } = sessionOf(runtime)
    session.send('1')
    const first = polled(session)
    t.same(first.given, ['1'])
    session.send('2')
    const second = polled(session)
    t.equal(second.given, undefined, 'not before it is known what became of the first answer')
    first.settle('notWritten')
    t.same(second.given, ['1', '2'])
    second.settle('written')
    session.send(new Uint8Array([3]))
    t.same(polled(session).given, ['Aw=='])
  }),
)

t.test('what was written is forgotten, also when more came while it was', (t) =>
  withRuntime(async ({ runtime }) => {
    const { session } = sessionOf(runtime)
    const first = polled(session)
    session.send('1')
    session.send('2')
    await Promise.resolve()
    t.same(first.given, ['1', '2'], 'what is sent in one go goes in one answer')
    session.send('3')
    first.settle('written')
    t.same(polled(session).given, ['3'])
  }),
)

t.test('a session whose client may have missed something ends', (t) =>
  withRuntime(async ({ runtime }) => {
    const { session, closes } = sessionOf(runtime)
    session.send('1')
    polled(session).settle('unknown')
    t.same(closes, [[1001, undefined]])
  }),
)

t.test('a poll that went is given nothing, and the one before it takes nothing either', (t) =>
  withRuntime(async ({ runtime, clock }) => {
    const { session } = sessionOf(runtime)
    const older = polled(session)
    const newer = polled(session)
    newer.leave()
    session.send('1')
    await Promise.resolve()
    t.same([older.given, newer.given], [undefined, undefined])
    t.equal(session.polls, 1)
    await clock.advance(1000)
    t.same([older.given, newer.given], [[], undefined])
    t.same(polled(session).given, ['1'])
  }),
)

t.test('a session that closes gives what is left to the poll that waits, and nothing after that', (t) =>
  withRuntime(async ({ runtime }) => {
    const { session } = sessionOf(runtime)
    const older = polled(session)
    const newer = polled(session)
    session.send('last word')
    session.close(1001)
    t.same([older.given, newer.given], [[], ['last word']])
    session.send('too late')
    t.equal(session.isOpen, false)
  }),
)
