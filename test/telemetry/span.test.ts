import t from 'tap'
import { attach, type EventName, type HandlerArguments, span } from '../../src/telemetry/index.ts'
import type {} from './events.ts'

type RenderEvent = 'test.telemetry.render.start' | 'test.telemetry.render.stop' | 'test.telemetry.render.exception'

const RENDER_EVENTS: readonly RenderEvent[] = [
  'test.telemetry.render.start',
  'test.telemetry.render.stop',
  'test.telemetry.render.exception',
]

t.test('a span emits start and stop around what it runs', (t) => {
  using recorder = record()
  const result = span('test.telemetry.render', { view: 'lobby' }, (current) => {
    t.equal(recorder.seen.length, 1, 'started before the body')
    current.addMetadata({ bytes: 10 })
    current.addMeasurements({ rows: 3 })
    return 'done'
  })
  t.equal(result, 'done')
  const [start, stop] = recorder.seen
  t.match(start, ['test.telemetry.render.start', { monotonicTimeMs: Number, systemTimeMs: Number }, { view: 'lobby' }])
  t.match(stop, [
    'test.telemetry.render.stop',
    { durationMs: Number, monotonicTimeMs: Number, rows: 3 },
    { view: 'lobby', bytes: 10 },
  ])
  t.equal(recorder.seen.length, 2)
  t.equal(spanId(start), spanId(stop), 'one span id joins them')
  t.equal(monotonic(stop) - monotonic(start), duration(stop))
  t.end()
})

t.test('a span that throws emits exception, and the error goes on', (t) => {
  using recorder = record()
  const boom = new Error('boom')
  t.throws(
    () =>
      span('test.telemetry.render', { view: 'lobby' }, () => {
        throw boom
      }),
    boom,
  )
  t.match(recorder.seen[1], [
    'test.telemetry.render.exception',
    { durationMs: Number, monotonicTimeMs: Number },
    { view: 'lobby', kind: 'error', reason: boom, stacktrace: /boom/ },
  ])
  t.equal(recorder.seen.length, 2)
  t.end()
})

t.test('an async span lasts until its promise is settled', async (t) => {
  using recorder = record()
  const running = span('test.telemetry.render', { view: 'lobby' }, async (current) => {
    await new Promise((resolve) => setImmediate(resolve))
    current.addMetadata({ bytes: 1 })
    return 7
  })
  t.equal(recorder.seen.length, 1, 'not stopped when the body returned its promise')
  t.equal(await running, 7)
  t.match(recorder.seen[1], ['test.telemetry.render.stop', {}, { view: 'lobby', bytes: 1 }])

  await t.rejects(
    span('test.telemetry.render', { view: 'lobby' }, async () => {
      throw 'late'
    }),
  )
  t.match(recorder.seen[3], ['test.telemetry.render.exception', {}, { kind: 'throw', reason: 'late' }])
  t.not(spanId(recorder.seen[1]), spanId(recorder.seen[3]), 'each span has its own id')
  t.end()
})

t.test('while nobody listens a span just runs its body', async (t) => {
  const body = Promise.resolve(1)
  t.equal(
    span('test.telemetry.bare', { n: 1 }, (current) => {
      current.addMeasurements({ rows: 3 })
      return body
    }),
    body,
    'not even the promise is another one',
  )
  t.equal(await body, 1)
  t.end()
})

t.test('a handler of one of the three events is enough', (t) => {
  const seen: unknown[] = []
  using _stop = attach('stop only', 'test.telemetry.bare.stop', (...args) => void seen.push(args))
  span('test.telemetry.bare', { n: 1 }, () => {})
  t.match(seen, [['test.telemetry.bare.stop', { durationMs: Number }, { n: 1, spanId: Number }]])
  t.end()
})

t.test('the spans of a table are the events of its names', (t) => {
  const names: EventName[] = ['test.telemetry.bare.start', 'beamish.report.crash']
  // @ts-expect-error a part that spans do not have
  names.push('test.telemetry.bare.end')
  // @ts-expect-error metadata of another span
  span('test.telemetry.bare', { view: 'lobby' }, () => {})
  span('test.telemetry.render', { view: 'lobby' }, (current) => {
    // @ts-expect-error what only the stop event of another span has
    current.addMetadata({ rows: 1 })
  })
  t.end()
})

function record() {
  const seen: HandlerArguments<RenderEvent>[] = []
  const attachment = attach('recorder', RENDER_EVENTS, (...args) => void seen.push(args))
  return { seen, [Symbol.dispose]: () => void attachment.detach() }
}

function spanId(event: HandlerArguments<RenderEvent> | undefined): number {
  return event?.[2].spanId ?? Number.NaN
}

function monotonic(event: HandlerArguments<RenderEvent> | undefined): number {
  return event?.[1].monotonicTimeMs ?? Number.NaN
}

function duration(event: HandlerArguments<RenderEvent> | undefined): number {
  return event?.[0] === 'test.telemetry.render.stop' ? event[1].durationMs : Number.NaN
}
