import { Supervisor } from 'beamish'
import { withRuntime } from 'beamish/testing'
import t, { type Test } from 'tap'
import type { Tell } from '../../shared/store.ts'
import { annotate, annotationsOf } from '../videos/annotations.ts'
import { peopleWith, personNamed, personWith } from '../videos/people.ts'
import { Store } from '../videos/store.ts'
import { allVideos, type Video, videoWith } from '../videos/videos.ts'
import { temporaryFolder } from './world.ts'

type Told = Parameters<Tell>

const withStore = (t: Test, body: (told: Told[]) => Promise<void>): Promise<void> =>
  withRuntime(async () => {
    const told: Told[] = []
    await Supervisor.startLink([
      Store.child({ folder: temporaryFolder(t), tell: (...words: Told) => void told.push(words) }),
    ])
    await body(told)
  })

t.test('a name is one person, however it is written, and has a colour of its own', (t) =>
  withStore(t, async () => {
    const ann = await personNamed('Ann')
    const bob = await personNamed('Bob')
    t.same(await personNamed('ann'), ann)
    t.not(ann.hue, bob.hue)
    t.same(await personWith(ann.id), ann)
    t.equal(await personWith(String(ann.id)), undefined, 'a token holds a number')
    t.equal(await personWith(99), undefined)
    t.same(await peopleWith([bob.id, 99, ann.id]), [ann, bob])
  }),
)

t.test('a video is found by its number, spelled in one way only', (t) =>
  withStore(t, async () => {
    t.match(await videoWith('1'), { id: 1, clip: 'sunrise.webm', durationMs: 10_000 })
    for (const id of ['01', '1.0', '1e0', '', '-1', '99', 'x', '9'.repeat(30)])
      t.equal(await videoWith(id), undefined, id)
  }),
)

t.test('an annotation is written and told once, whatever number of times it is sent', (t) =>
  withStore(t, async (told) => {
    const ann = await personNamed('Ann')
    const video = (await videoWith('1')) as Video
    const wanted = { body: 'Look', at: 1500, nonce: 'n-000001' }
    const first = await annotate(ann, video, wanted)
    t.match(first, { at: 1500, body: 'Look', person: ann })
    t.same(await annotate(ann, video, wanted), first)
    t.same(told, [['videos:1', 'new_annotation', first]])
    t.same(await annotationsOf(video), [first])
    await annotate(ann, video, { body: 'Twice', at: 1 })
    await annotate(ann, video, { body: 'Twice', at: 1 })
    t.equal((await annotationsOf(video)).length, 3, 'without a nonce each is another one')
  }),
)

t.test('what came after an annotation is what a page missed', (t) =>
  withStore(t, async () => {
    const ann = await personNamed('Ann')
    const [first, second] = (await Promise.all([videoWith('1'), videoWith('2')])) as [Video, Video]
    const ids: number[] = []
    // Their moments go back while their numbers grow.
    for (let at = 5; at > 0; at--) ids.push((await annotate(ann, first, { body: `at ${at}`, at: at * 1000 })).id)
    await annotate(ann, second, { body: 'elsewhere', at: 0 })
    const idsAfter = async (id?: number) => (await annotationsOf(first, id)).map((annotation) => annotation.id)
    t.same(await idsAfter(), ids)
    t.same(await idsAfter(ids[2]), ids.slice(3))
    t.same(await idsAfter(ids.at(-1)), [])
    t.same(
      (await allVideos()).map(({ annotations }) => annotations),
      [5, 1, 0],
    )
  }),
)
