import t from 'tap'
import { Subscribers } from '../../src/behaviours/machine-subscribers.ts'
import { exit, receive, self, spawn } from '../../src/index.ts'
import type { LocalProcess } from '../../src/runtime/process.ts'
import { settle, withRuntime } from '../../src/testing/index.ts'

t.test('a subscriber that ends is forgotten, and its owner hears nothing of it', (t) =>
  withRuntime(async () => {
    const subscribers = new Subscribers(() => self().receiver as LocalProcess)
    const ending = spawn(async () => void (await receive()))
    subscribers.add(ending)
    subscribers.add(ending)
    subscribers.add(self())
    t.equal(subscribers.size, 2)
    exit(ending, 'kill')
    t.equal(subscribers.size, 1)
    subscribers.add(ending)
    t.equal(subscribers.size, 1, 'a dead one cannot subscribe')
    subscribers.tell({ type: 'news' })
    await settle()
    t.match(await receive(), { type: 'emitted', from: self(), event: { type: 'news' } })
    t.equal(await receive({ afterMs: 0 }), undefined)
    subscribers.remove(self())
    t.equal(subscribers.size, 0)
  }),
)
