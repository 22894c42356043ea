import t from 'tap'
import { RestartIntensity } from '../../supervisors/restart-intensity.ts'

t.test('so many restarts within the window are allowed, the next one is not', async (t) => {
  const intensity = new RestartIntensity(3, 5000)
  t.same(
    [0, 1, 2, 3].map((now) => intensity.add(now)),
    [true, true, true, false],
  )
})

t.test('a restart counts until the window has passed, the last millisecond included', async (t) => {
  const within = new RestartIntensity(1, 5000)
  t.equal(within.add(100), true)
  t.equal(within.add(5100), false, 'exactly one window later it still counts')
  const after = new RestartIntensity(1, 5000)
  t.equal(after.add(100), true)
  t.equal(after.add(5100.5), true)
})

t.test('0 allows no restart', async (t) => {
  t.equal(new RestartIntensity(0, 5000).add(0), false)
})

t.test('a slow loop goes on for ever, and what is past is forgotten', async (t) => {
  const intensity = new RestartIntensity(20, 1000)
  for (let now = 0; now < 1_000_000; now += 100) if (!intensity.add(now)) t.fail(`gave up at ${now}`)
  t.equal(intensity.count, 11, 'ten steps of 100 ms back, and the last')
})

t.test('the count is right while the ring grows in the middle of a turn', async (t) => {
  const intensity = new RestartIntensity(1000, 10)
  const times = [0, 1, 2, 3, 4, 5, 11, 12, 13, 14, 14, 14, 14, 14, 14, 14, 14, 14, 15, 26]
  for (const [index, now] of times.entries()) {
    intensity.add(now)
    t.equal(intensity.count, times.slice(0, index + 1).filter((each) => each >= now - 10).length, `after ${now}`)
  }
})
