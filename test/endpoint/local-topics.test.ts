import t from 'tap'
import { LocalTopics } from '../../src/endpoint/local-topics.ts'
import type { Frame } from '../../src/wire/serializer.ts'

class Box {
  readonly frames: Frame[] = []
  onFrame: () => void = () => {}

  send(frame: Frame): void {
    this.frames.push(frame)
    this.onFrame()
  }
}

t.test('a frame reaches every member of its topic once, and nobody else', async (t) => {
  const topics = new LocalTopics()
  const [ann, bob, eve] = [new Box(), new Box(), new Box()]
  topics.subscribe('a', ann)
  topics.subscribe('a', ann)
  topics.subscribe('a', bob)
  topics.subscribe('b', eve)
  topics.publish('a', 'x')
  topics.publish('a', 'y', undefined, ann)
  topics.publish('nobody', 'z')
  t.same([ann.frames, bob.frames, eve.frames], [['x'], ['x', 'y'], []])
})

t.test('who leaves a topic, or all of them, gets nothing more, and empty topics are forgotten', async (t) => {
  const topics = new LocalTopics()
  const [ann, bob] = [new Box(), new Box()]
  for (const topic of ['a', 'b']) for (const box of [ann, bob]) topics.subscribe(topic, box)
  topics.unsubscribe('a', ann)
  topics.unsubscribe('a', ann)
  topics.leave(bob)
  topics.publish('a', 'x')
  topics.publish('b', 'y')
  t.same([ann.frames, bob.frames], [['y'], []])
  t.equal(topics.size, 1)
  topics.leave(ann)
  topics.leave(ann)
  t.equal(topics.size, 0)
})

t.test('a member that leaves while a frame is handed out does not get it', async (t) => {
  const topics = new LocalTopics()
  const [ann, bob, eve] = [new Box(), new Box(), new Box()]
  for (const box of [ann, bob, eve]) topics.subscribe('a', box)
  ann.onFrame = () => topics.leave(bob)
  topics.publish('a', 'x')
  t.same([ann.frames, bob.frames, eve.frames], [['x'], [], ['x']])
})
