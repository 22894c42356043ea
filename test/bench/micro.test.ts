import t from 'tap'
import { median } from '../../bench/micro/question.ts'
import { questionsWith } from '../../bench/micro/questions.ts'

t.test(
  'every question of the micro benches can be put, and is answered by a figure',
  { timeout: 60_000 },
  async (t) => {
    for (const question of questionsWith({})) {
      for (const [body, subject] of Object.entries(question.beamish)) {
        const figure = await subject(0.01)
        t.ok(Number.isFinite(figure), `${question.name}, ${body}: ${figure}`)
      }
      t.type(question.isMet({}, 1, 1), 'boolean', `${question.name} has a verdict`)
    }
  },
)

t.test('the median does not care for outliers', async (t) => {
  t.equal(median([3, 1, 1000]), 3)
})
