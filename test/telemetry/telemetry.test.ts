import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import t from 'tap'
import {
  attach,
  detach,
  emitter,
  execute,
  type HandlerArguments,
  hasHandlers,
  listHandlers,
} from '../../src/telemetry/index.ts'
import type { OrderEvent } from './events.ts'

const ORDER: OrderEvent = 'test.telemetry.order'
const FAILURE = 'telemetry.handler.failure'

t.test('a handler gets the event, its measurements and its metadata', (t) => {
  const seen: unknown[] = []
  using _attachment = attach('recorder', ORDER, (...args) => {
    seen.push(args)
  })
  execute(ORDER, { cents: 5 }, { id: 'a' })
  t.strictSame(seen, [[ORDER, { cents: 5 }, { id: 'a' }]])
  t.end()
})

t.test('one handler may be attached to several events, and is told which', (t) => {
  const seen: number[] = []
  const handle = (...args: HandlerArguments<typeof ORDER | 'test.telemetry.refund'>): void => {
    const [event, measurements] = args
    seen.push(event === 'test.telemetry.refund' ? -measurements.cents : measurements.cents)
  }
  const attachment = attach('both', [ORDER, 'test.telemetry.refund', ORDER], handle)
  execute(ORDER, { cents: 5 }, { id: 'a' })
  execute('test.telemetry.refund', { cents: 2, fee: 1 }, { why: 'broken' })
  t.strictSame(seen, [5, -2], 'an event that is named twice is delivered once')
  t.strictSame(attachment.events, [ORDER, 'test.telemetry.refund'])
  attachment.detach()
  execute(ORDER, { cents: 5 }, { id: 'a' })
  t.equal(seen.length, 2)
  t.end()
})

t.test('handlers are called in the order in which they were attached', (t) => {
  const seen: string[] = []
  using _first = attach('z', ORDER, () => void seen.push('z'))
  using _second = attach('a', ORDER, () => void seen.push('a'))
  execute(ORDER, { cents: 1 }, { id: 'a' })
  t.strictSame(seen, ['z', 'a'])
  t.end()
})

t.test('hasHandlers is true while somebody listens, by attach or on the channel', (t) => {
  const order = emitter(ORDER)
  t.equal(hasHandlers(ORDER), false)
  t.equal(order.hasHandlers, false)
  const attachment = attach('h', ORDER, () => {})
  t.equal(hasHandlers(ORDER), true)
  t.equal(order.hasHandlers, true)
  attachment.detach()
  t.equal(hasHandlers(ORDER), false)

  const onMessage = (): void => {}
  subscribe(ORDER, onMessage)
  t.equal(order.hasHandlers, true)
  unsubscribe(ORDER, onMessage)
  t.equal(order.hasHandlers, false)
  t.equal(emitter(ORDER), order, 'the emitter of an event is always the same')
  t.end()
})

t.test('an event is published on the diagnostics channel of its name', (t) => {
  const seen: unknown[] = []
  const onMessage = (message: unknown, name: string | symbol): void => void seen.push([name, message])
  subscribe(ORDER, onMessage)
  emitter(ORDER).execute({ cents: 5 }, { id: 'a' })
  unsubscribe(ORDER, onMessage)
  t.strictSame(seen, [[ORDER, { event: ORDER, measurements: { cents: 5 }, metadata: { id: 'a' } }]])
  t.equal(channel(ORDER).hasSubscribers, false)
  t.end()
})

t.test('a handler that throws is detached and reported; emitter and other handlers do not notice', (t) => {
  const seen: string[] = []
  const failures: HandlerArguments<typeof FAILURE>[] = []
  using _failure = attach('failures', FAILURE, (...args) => void failures.push(args))
  const boom = new Error('boom')
  const bad = attach('bad', [ORDER, 'test.telemetry.refund'], () => {
    throw boom
  })
  using _good = attach('good', ORDER, (_event, _measurements, { id }) => void seen.push(id))

  t.doesNotThrow(() => execute(ORDER, { cents: 1 }, { id: 'a' }))
  execute(ORDER, { cents: 1 }, { id: 'b' })

  t.strictSame(seen, ['a', 'b'])
  t.equal(failures.length, 1)
  t.match(failures[0], [
    FAILURE,
    { monotonicTimeMs: Number, systemTimeMs: Number },
    { handlerId: 'bad', event: ORDER, kind: 'error', reason: boom, stacktrace: /boom/ },
  ])
  t.equal(hasHandlers('test.telemetry.refund'), false, 'it is detached from all its events')
  t.equal(bad.detach(), false)
  t.end()
})

t.test('an async handler that is rejected is detached and reported, once', async (t) => {
  const failures: unknown[] = []
  using _failure = attach('failures', FAILURE, (_event, _times, metadata) => void failures.push(metadata))
  attach('bad', ORDER, async () => {
    await Promise.resolve()
    throw 'no error object'
  })
  execute(ORDER, { cents: 1 }, { id: 'a' })
  execute(ORDER, { cents: 2 }, { id: 'b' })
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(failures, [
    { handlerId: 'bad', event: ORDER, kind: 'throw', reason: 'no error object', stacktrace: undefined },
  ])
  t.end()
})

t.test('a handler of failures that fails itself is detached, without going round', (t) => {
  const calls: string[] = []
  attach('worse', FAILURE, () => {
    calls.push('worse')
    throw new Error('worse')
  })
  using _watcher = attach('watcher', FAILURE, (_event, _times, { handlerId }) => void calls.push(handlerId))
  attach('bad', ORDER, () => {
    throw new Error('bad')
  })
  t.doesNotThrow(() => execute(ORDER, { cents: 1 }, { id: 'a' }))
  t.strictSame(calls, ['worse', 'worse', 'bad'])
  t.strictSame(
    listHandlers().map(({ handlerId }) => handlerId),
    ['watcher'],
  )
  t.end()
})

t.test('an id is used once at a time', (t) => {
  const first = attach('one', ORDER, () => {})
  t.throws(() => attach('one', 'test.telemetry.refund', () => {}), {
    name: 'HandlerExistsError',
    code: 'BEAMISH_HANDLER_EXISTS',
    message: /"one".*detach/,
  })
  t.equal(hasHandlers('test.telemetry.refund'), false)
  t.equal(detach('one'), true)
  t.equal(detach('one'), false)

  using second = attach('one', ORDER, () => {})
  t.equal(first.detach(), false, 'an old handle does not detach the new owner of its id')
  t.strictSame(listHandlers(ORDER), [second])
  t.strictSame(listHandlers('test.telemetry.refund'), [])
  t.end()
})

t.test('a handler may detach itself while it is called', (t) => {
  const seen: string[] = []
  const once = attach('once', ORDER, () => {
    seen.push('once')
    once.detach()
  })
  using _after = attach('after', ORDER, () => void seen.push('after'))
  execute(ORDER, { cents: 1 }, { id: 'a' })
  execute(ORDER, { cents: 1 }, { id: 'b' })
  t.strictSame(seen, ['once', 'after', 'after'])
  t.end()
})

t.test('names, measurements and metadata are checked by the compiler', (t) => {
  // @ts-expect-error a name that no table has
  execute('test.telemetry.unknown', { cents: 1 }, { id: 'a' })
  // @ts-expect-error a measurement with another name
  execute(ORDER, { dollars: 1 }, { id: 'a' })
  // @ts-expect-error metadata that lacks its id
  execute(ORDER, { cents: 1 }, {})
  // @ts-expect-error a handler that expects another event's measurements
  attach('typed', ORDER, (_event, { fee }) => void fee).detach()
  t.end()
})
