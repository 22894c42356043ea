import fc from 'fast-check'
import t from 'tap'
import { Channel } from '../../src/channel/channel.ts'
import { ok, refuse, reply, replyWith, stop } from '../../src/channel/result.ts'
import { currentProcess } from '../../src/runtime/current.ts'
import { Socket } from '../../src/socket/user-socket.ts'
import {
  ChannelTest,
  settle,
  type TestPush,
  type TestReply,
  type TestSocket,
  withRuntime,
} from '../../src/testing/index.ts'

// Random messages of one client, against the table of channels.md §7.2 written down once more, as simply as can be. The sockets
// and channels are real processes.

type Ref = string | null

interface Message {
  readonly joinRef: Ref
  readonly topic: string
  readonly event: string
}

const TOPICS = ['room:a', 'room:b', 'room:c', 'room:d', 'shut:e']
const JOIN_REFS: readonly Ref[] = ['1', '2', '3', '4', null, '']

const messages = (length: number) =>
  fc.array(
    fc.record<Message>({
      joinRef: fc.constantFrom(...JOIN_REFS),
      topic: fc.constantFrom(...TOPICS, 'elsewhere'),
      event: fc.constantFrom('phx_join', 'phx_join', 'phx_leave', 'echo', 'echo', 'echo', 'stop', 'boom', 'phx_reply'),
    }),
    { minLength: length, maxLength: length },
  )

const frame = (joinRef: Ref, ref: Ref, topic: string, event: string, payload: object) =>
  JSON.stringify([joinRef, ref, topic, event, payload])
const answer = (joinRef: Ref, ref: Ref, topic: string, status: string, response: object) =>
  frame(joinRef, ref, topic, 'phx_reply', { status, response })

/** What a client is told, message by message. */
class Model {
  /** What it joined each topic with: the join_ref that it gave, and the one that stands for it when it gave none. */
  private readonly joined = new Map<string, { readonly given: Ref; readonly own: Ref }>()

  isJoined(topic: string): boolean {
    return this.joined.has(topic)
  }

  hear({ joinRef: sent, topic, event }: Message, ref: string): string[] {
    const joinRef = sent === '' ? null : sent
    const there = this.joined.get(topic)
    if (event === 'phx_join') return this.join(topic, joinRef, ref, there?.given)
    if (there === undefined) return [this.outside(topic, sent, event, ref)]
    if (joinRef !== null && joinRef !== there.given) return []
    return this.inside(topic, event, ref, there)
  }

  private join(topic: string, joinRef: Ref, ref: string, old: Ref | undefined): string[] {
    if (topic === 'elsewhere') return [answer(null, ref, topic, 'error', { reason: 'unmatched topic' })]
    const closed = old === undefined ? [] : [frame(old, old, topic, 'phx_close', {})]
    if (topic === 'shut:e') return [answer(joinRef, ref, topic, 'error', { reason: 'shut' }), ...closed]
    this.joined.set(topic, { given: joinRef, own: joinRef ?? ref })
    return [answer(joinRef, ref, topic, 'ok', {}), ...closed]
  }

  private outside(topic: string, joinRef: Ref, event: string, ref: string): string {
    if (event === 'phx_leave') return answer(joinRef, ref, topic, 'ok', {})
    return answer(null, ref, topic, 'error', { reason: 'unmatched topic' })
  }

  private inside(topic: string, event: string, ref: string, { given, own }: { given: Ref; own: Ref }): string[] {
    const close = frame(given, given, topic, 'phx_close', {})
    switch (event) {
      case 'phx_leave':
        this.joined.delete(topic)
        return [answer(own, ref, topic, 'ok', {}), close]
      case 'stop':
        this.joined.delete(topic)
        return [answer(own, ref, topic, 'bye', {}), close]
      case 'boom':
        this.joined.delete(topic)
        return [frame(given, given, topic, 'phx_error', { reason: 'channel_crash' })]
      case 'phx_reply': // a name of the protocol in the wrong direction is an event as any other
        return [answer(own, ref, topic, 'error', { reason: 'unhandled event' })]
      default:
        return [answer(own, ref, topic, 'ok', { topic })]
    }
  }
}

const room = Channel.define({
  module: 'Room',
  join: (topic) => (topic === 'shut:e' ? refuse({ reason: 'shut' }) : ok()),
  handleIn: {
    echo: (_payload, socket) => reply({ topic: socket.topic }),
    stop: () => stop('normal', replyWith('bye', {})),
    boom: () => {
      throw new Error('crashed on demand')
    },
  },
  unhandledEvent: 'answer',
})

const UserSocket = Socket.define({ module: 'UserSocket', channels: { 'room:*': room, 'shut:*': room } })

interface Client {
  readonly socket: TestSocket
  /** What came since it was asked last, as frames of V2. */
  readonly taken: () => string[]
}

async function connect(): Promise<Client> {
  const socket = await ChannelTest.connect(UserSocket)
  const { mailbox } = currentProcess()
  const taken = () => {
    const frames = mailbox.toArray().map(asFrame)
    mailbox.removeAll(() => true)
    return frames
  }
  return { socket, taken }
}

function asFrame(message: unknown): string {
  const { type, joinRef, ref, topic, event, payload, status, response } = message as TestPush & TestReply
  // A push has no ref but where it ends its channel: there the join_ref stands in both places.
  if (type === ('push' as string)) return frame(joinRef as Ref, joinRef as Ref, topic, event, payload)
  return answer(joinRef as Ref, ref as Ref, topic, status, response)
}

t.test('CH-076 what ten thousand random messages are answered with is what the table says, one by one', (t) =>
  withRuntime(
    async () => {
      let count = 0
      await fc.assert(
        fc.asyncProperty(messages(500), async (sent) => {
          const { socket, taken } = await connect()
          const model = new Model()
          for (const [index, message] of sent.entries()) {
            const ref = `r${index}`
            const expected = model.hear(message, ref)
            socket.send(message.joinRef, ref, message.topic, message.event, {})
            await settle()
            same(taken(), expected, message, index)
            count++
          }
          socket.disconnect()
          await settle()
          taken()
        }),
        { numRuns: 20, endOnFailure: true, reporter: briefly },
      )
      t.ok(count >= 10_000, `${count} messages`)
    },
    { reporter: () => {} },
  ),
)

/**
 * Whether the answer to a message depends on how far its channel has got with those before it in the same burst: a join of a
 * joined topic ends the channel in the middle of what it does, and so does a crash or a stop; behind a leave a message of another
 * join is stale or unmatched. Those are asked one by one, above.
 */
function isTimely({ joinRef, topic, event }: Message, model: Model, left: ReadonlyMap<string, Ref>): boolean {
  if (event === 'boom' || event === 'stop') return false
  if (event === 'phx_join') return !model.isJoined(topic) && !left.has(topic)
  return !left.has(topic) || [null, '', left.get(topic)].includes(joinRef)
}

/** Sends a burst. @returns what each topic is to answer with. */
function send(burst: readonly [number, Message][], socket: TestSocket, model: Model): Map<string, string[]> {
  const expected = new Map<string, string[]>()
  const left = new Map<string, Ref>()
  for (const [index, message] of burst) {
    const { joinRef, topic, event } = message
    if (!isTimely(message, model, left)) continue
    if (event === 'phx_leave' && model.isJoined(topic)) left.set(topic, joinRef)
    const frames = model.hear(message, `r${index}`)
    if (model.isJoined(topic)) left.delete(topic) // it was stale
    expected.set(topic, [...(expected.get(topic) ?? []), ...frames])
    socket.send(joinRef, `r${index}`, topic, event, {})
  }
  return expected
}

t.test('what comes in bursts is answered as if it came one by one, topic by topic', (t) =>
  withRuntime(
    async () => {
      let count = 0
      const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 20, maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(sizes, messages(400), async (sizes, sent) => {
          const { socket, taken } = await connect()
          const model = new Model()
          const left = [...sent.entries()]
          for (const size of sizes) {
            const expected = send(left.splice(0, size), socket, model)
            await settle()
            const got = taken()
            count += got.length
            for (const [topic, frames] of expected)
              same(
                got.filter((one) => topicOf(one) === topic),
                frames,
                topic,
                size,
              )
          }
          socket.disconnect()
          await settle()
          taken()
        }),
        { numRuns: 30, endOnFailure: true, reporter: briefly },
      )
      t.ok(count > 3000, `${count} answers`)
    },
    { reporter: () => {} },
  ),
)

/** Says where it failed, and how to have it again; hundreds of messages tell nobody anything. */
function briefly<T>({ failed, seed, counterexamplePath, errorInstance }: fc.RunDetails<T>): void {
  if (failed) throw new Error(`seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}`)
}

function topicOf(text: string): string {
  return (JSON.parse(text) as [unknown, unknown, string])[2]
}

/** Throws, as a property must. */
function same(got: readonly string[], expected: readonly string[], message: unknown, index: number): void {
  if (got.join('\n') === expected.join('\n')) return
  throw new Error(`${index} ${JSON.stringify(message)}: got\n${got.join('\n')}\nexpected\n${expected.join('\n')}`)
}
