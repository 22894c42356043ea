import t from 'tap'
import type { OutgoingMessage } from '../../src/channel/connection.ts'
import { Backlog, type Overflow, type SlowClientOption } from '../../src/endpoint/backlog.ts'

/** A way to a client that takes nothing until it is told to. */
function stage(slowClient: SlowClientOption, maxBufferedBytes = 10) {
  const written: string[] = []
  const overflows: Overflow[] = []
  const errors: unknown[] = []
  const pipe = {
    bufferedBytes: 0,
    isCut: false,
    write: (frame: string) => {
      written.push(frame)
      pipe.bufferedBytes += frame.length
    },
    cut: () => {
      pipe.isCut = true
    },
  }
  const rules = {
    maxBufferedBytes,
    slowClient,
    overflowed: (overflow: Overflow) => void overflows.push(overflow),
    failed: (error: unknown) => void errors.push(error),
  }
  return { backlog: new Backlog(rules, pipe), pipe, written, overflows, errors }
}

const about = (topic: string, event = 'news'): OutgoingMessage => ({ topic, event, payload: {} })
const byEvent: SlowClientOption = ({ event }) => ({ coalesce: event })
const FULL = 'x'.repeat(11)

t.test('up to its bound everything is written, and one more message', async (t) => {
  const { backlog, written, overflows } = stage('close')
  backlog.offer('12345', about('a'))
  backlog.offer('67890', undefined)
  backlog.offer('more than there is room for', about('a'))
  t.same([written.length, overflows], [3, []])
})

t.test('close cuts the client, whatever it is sent', async (t) => {
  for (const message of [about('a'), undefined]) {
    const { backlog, pipe, written, overflows } = stage('close')
    backlog.offer(FULL, about('a'))
    backlog.offer('next', message)
    t.same([pipe.isCut, written, overflows], [true, [FULL], [{ policy: 'close', queuedBytes: 11 }]])
  }
})

t.test('drop leaves out what may be left out, until there is room again', async (t) => {
  const { backlog, pipe, written, overflows } = stage('drop')
  backlog.offer(FULL, about('a'))
  backlog.offer('lost', about('a'))
  backlog.offer('answer', undefined)
  pipe.bufferedBytes = 10
  backlog.offer('seen', about('a'))
  t.same(written, [FULL, 'answer', 'seen'])
  t.same(overflows, [{ policy: 'drop', queuedBytes: 11 }])
})

t.test('what cannot be left out has room for as much again', async (t) => {
  const { backlog, pipe } = stage('drop')
  backlog.offer('x'.repeat(20), undefined)
  backlog.offer('still', undefined)
  t.equal(pipe.isCut, false)
  backlog.offer('too much', undefined)
  t.equal(pipe.isCut, true)
})

t.test('coalesce keeps the last of each topic and key, in the order of their last change', async (t) => {
  const { backlog, pipe, written } = stage(byEvent)
  backlog.offer(FULL, about('a'))
  backlog.offer('a1', about('a', 'one'), 'native a')
  backlog.offer('b1', about('b', 'one'), 'native b')
  backlog.offer('a2', about('a', 'two'), 'native a')
  backlog.offer('A1', about('a', 'one'), 'native a')
  t.same(written, [FULL])
  t.notOk(backlog.isEmpty)
  pipe.bufferedBytes = 9
  backlog.drained()
  t.same(written, [FULL, 'b1'], 'as far as there is room')
  pipe.bufferedBytes = 0
  backlog.drained()
  t.same(written, [FULL, 'b1', 'a2', 'A1'])
  t.ok(backlog.isEmpty)
})

t.test('what was kept goes before what comes when there is room again', async (t) => {
  const { backlog, pipe, written } = stage(byEvent)
  backlog.offer(FULL, about('a'))
  backlog.offer('kept', about('a'))
  pipe.bufferedBytes = 0
  backlog.offer('next', about('a'))
  t.same(written, [FULL, 'kept', 'next'])
})

t.test('what is kept of a native topic is forgotten with it', async (t) => {
  const { backlog, pipe, written } = stage(byEvent)
  backlog.offer(FULL, about('a'))
  backlog.offer('a', about('a'), 'native a')
  backlog.offer('b', about('b'), 'native b')
  backlog.offer('p', about('a', 'push'))
  backlog.forget('native a')
  pipe.bufferedBytes = 0
  backlog.drained()
  t.same(written, [FULL, 'b', 'p'])
})

t.test('more keys than there is room for cut the client', async (t) => {
  const { backlog, pipe, overflows } = stage(({ topic }) => ({ coalesce: topic }))
  backlog.offer(FULL, about('a'))
  for (const topic of ['a', 'b', 'c']) backlog.offer('1234', about(topic))
  t.equal(pipe.isCut, true)
  t.ok(backlog.isEmpty)
  t.same(
    overflows.map(({ policy, queuedBytes }) => [policy, queuedBytes]),
    [
      ['coalesce', 11],
      ['coalesce', 15],
      ['close', 19],
    ],
  )
})

t.test('a function that throws or answers nonsense cuts the client, and the error is told', async (t) => {
  const error = new Error('a mistake')
  const throwing = stage(() => {
    throw error
  })
  const wrong = stage(() => ({ coalesce: 7 }) as never)
  for (const { backlog } of [throwing, wrong]) {
    backlog.offer(FULL, about('a'))
    backlog.offer('next', about('a'))
  }
  t.same([throwing.pipe.isCut, throwing.errors], [true, [error]])
  t.equal(wrong.pipe.isCut, true)
  t.match(wrong.errors, [{ code: 'BEAMISH_BAD_ARGUMENT', message: /coalesce: key/ }])
})
