import t from 'tap'
import { receive, self, send, sendAfter, spawn, systemClock } from '../../src/index.ts'
import { assertReceive, refuteReceive, withRuntime } from '../../src/testing/index.ts'
import { isLike } from '../../src/testing/is-like.ts'

t.test('assertReceive takes the oldest message that matches', (t) =>
  withRuntime(async () => {
    send(self(), { type: 'other' })
    send(self(), { type: 'pong', n: 1 })
    send(self(), { type: 'pong', n: 2 })
    t.same(await assertReceive({ type: 'pong' }), { type: 'pong', n: 1 })
    t.same(await assertReceive((m: { n?: number }) => m.n === 2), { type: 'pong', n: 2 })
    t.same(await receive(), { type: 'other' })
    send(self(), undefined)
    t.equal(await assertReceive((m) => m === undefined), undefined)
  }),
)

t.test('assertReceive waits for what comes from outside, whatever the clock of the test', (t) =>
  withRuntime(async () => {
    const me = self()
    setTimeout(() => send(me, 'from outside'), 5)
    t.equal(await assertReceive('from outside'), 'from outside')
    await withRuntime(
      async () => {
        sendAfter(self(), 'in time', 5)
        await assertReceive('in time')
      },
      { clock: systemClock },
    )
  }),
)

t.test('assertReceive that fails shows the mailbox', (t) =>
  withRuntime(async () => {
    const empty = assertReceive({ type: 'pong' }, { timeoutMs: 1 })
    await t.rejects(empty, {
      name: 'AssertionError',
      message: 'no message matches { type: "pong" } after 1 ms. The mailbox is empty.',
    })
    for (let i = 0; i < 22; i++) send(self(), { type: 'ping', i })
    const full = assertReceive((m) => m.type === 'pong', { timeoutMs: 0 })
    await t.rejects(full, { message: /m\.type === 'pong'.*holds:\n {2}\{ type: "ping", i: 0 \}\n[\s\S]*and 2 more$/ })
    t.equal((await receive()).i, 0, 'and leaves it as it was')
    await t.rejects(assertReceive('x', { timeoutMs: -1 }), { code: 'BEAMISH_BAD_ARGUMENT' })
  }),
)

t.test('refuteReceive lets everybody run, and fails when there is a match', (t) =>
  withRuntime(async () => {
    const me = self()
    await refuteReceive({ type: 'pong' })
    spawn(() => send(me, { type: 'pong' }))
    await t.rejects(refuteReceive({ type: 'pong' }), {
      name: 'AssertionError',
      message: 'a message matches { type: "pong" }: { type: "pong" }',
    })
    setTimeout(() => send(me, 'late'), 5)
    await t.rejects(refuteReceive('late', { timeoutMs: 1000 }), { name: 'AssertionError' })
    await refuteReceive('late', { timeoutMs: 1 })
  }),
)

t.test('a part is like what has at least that', async (t) => {
  const [pid, other] = await withRuntime(() => [spawn(() => {}), spawn(() => {})])
  const like: [unknown, unknown][] = [
    [{}, { a: 1 }],
    [{ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }],
    [{ list: [1, { a: 2 }] }, { list: [1, { a: 2, b: 3 }] }],
    [{ text: /b+/ }, { text: 'abba' }],
    [{ pid }, { pid }],
    [Number.NaN, Number.NaN],
    [{ missing: undefined }, { missing: undefined }],
  ]
  const unlike: [unknown, unknown][] = [
    [{ a: 1 }, {}],
    [{ a: 1 }, null],
    [{ a: 1 }, 'a'],
    [{ list: [1] }, { list: [1, 2] }],
    [{ list: [1] }, { list: { 0: 1 } }],
    [{ text: /c/ }, { text: 'abba' }],
    [{ text: /c/ }, { text: 17 }],
    [{ pid }, { pid: other }],
    [{ missing: undefined }, {}],
    [new Date(0), new Date(0)],
  ]
  for (const [part, value] of like) t.ok(isLike(part, value))
  for (const [part, value] of unlike) t.notOk(isLike(part, value))
})
