import t from 'tap'
import { putQuestions } from '../../bench/fanout/bench.ts'
import { QUESTIONS } from '../../bench/fanout/questions.ts'
import { findSubjects } from '../../bench/fanout/subjects.ts'
import { withoutUws } from '../support/adapters.ts'

t.test('every question can be put, in rounds', { skip: withoutUws }, async (t) => {
  const subjects = findSubjects().filter(({ name }) => ['beamish', 'beamish presence'].includes(name))
  const options = { subjects, rounds: 2, forMs: 20, scale: 0.02 }
  const asked: string[] = []
  await putQuestions(QUESTIONS, options, (question, rounds) => {
    asked.push(question.name)
    for (const [name, taken] of Object.entries(rounds)) {
      const figures = taken.map(({ figure }) => figure)
      t.ok(figures.length === 2 && figures.every(Number.isFinite), `${question.name}, ${name}: ${figures}`)
    }
    t.type(question.isMet(rounds), 'boolean', `${question.name} has a verdict`)
  })
  t.same(
    asked,
    QUESTIONS.map(({ name }) => name),
  )
})
