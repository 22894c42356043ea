import t from 'tap'
import { Pid } from '../../src/index.ts'
import { compareRefs, PhxRefs } from '../../src/presence/phx-ref.ts'

const here = new Pid('here', 1, undefined)

t.test('a ref is 8 bytes of time, 2 of place and 2 of a counter, in base64url', async (t) => {
  const refs = new PhxRefs(here, () => 1_700_000_000_000.9)
  const [first, second] = [refs.next(), refs.next()].map((ref) => Buffer.from(ref, 'base64url')) as [Buffer, Buffer]
  t.equal(first.length, 12)
  t.match(refs.next(), /^[A-Za-z0-9_-]{16}$/)
  t.equal(first.readBigUInt64BE(0), 1_700_000_000_000_000_000n)
  t.equal(second.readUInt16BE(8), first.readUInt16BE(8))
  t.equal(second.readUInt16BE(10), first.readUInt16BE(10) + 1)
})

t.test('refs are unique and increase while the clock stands still, goes back, and the counter runs over', async (t) => {
  const times = [5000, 5000, 4000, 3000, 6000]
  let calls = 0
  const refs = new PhxRefs(here, () => times[Math.min(times.length - 1, calls++ % 7)] as number)
  const made = Array.from({ length: 70_000 }, () => refs.next())
  t.equal(new Set(made).size, made.length)
  t.ok(made.every((ref, index) => index === 0 || compareRefs(made[index - 1] as string, ref) < 0))
  t.equal(compareRefs(made[3] as string, made[3] as string), 0)
  t.ok(compareRefs(made[9] as string, made[3] as string) > 0)
})

t.test('two makers never make the same, at the same time', async (t) => {
  const makers = [here, new Pid('here', 2, undefined), new Pid('there', 1, undefined)]
  const made = makers.map((maker) => new PhxRefs(maker, () => 5000).next())
  t.equal(new Set(made).size, makers.length)
})
