import t from 'tap'
import { putQuestions } from '../../bench/fanout/bench.ts'
import { BenchView } from '../../bench/live-view/bench-view.ts'
import { CONNECTED, SUBJECTS } from '../../bench/live-view/connected.ts'
import {
  DYNAMICS,
  list,
  memoList,
  page,
  pageByCarefulHand,
  pageByHand,
  rows,
  values,
} from '../../bench/live-view/pages.ts'
import { MESSAGES, putHere, RENDERING } from '../../bench/live-view/rendering.ts'
import { toHtml } from '../../src/live-view/template/render-html.ts'
import { withoutUws } from '../support/adapters.ts'

t.test('what is compared is the same page', async (t) => {
  const own = toHtml(page(values()))
  t.equal(pageByHand(values()), own)
  t.equal(pageByCarefulHand(values()), own)
  t.equal(toHtml(memoList(rows(3))), toHtml(list(rows(3))))
})

t.test('of a hundred dynamics only the one that changed is sent', async (t) => {
  const view = new BenchView({ values: values() }, (assigns) => page(assigns.values))
  t.same(JSON.parse(view.assign({ values: values().with(DYNAMICS - 1, 'last') })), { 99: 'last' })
  t.equal(view.assign({ values: values().with(DYNAMICS - 1, 'last') }), '', 'and nothing when none did')
})

t.test('every question of renders can be put', async (t) => {
  for (const question of [...RENDERING, ...MESSAGES]) {
    const rounds = putHere(question, { rounds: 2, forMs: 1 })
    for (const [name, taken] of Object.entries(rounds)) {
      const figures = taken.map(({ figure }) => figure)
      t.ok(figures.length === 2 && figures.every((figure) => figure > 0), `${question.name}, ${name}: ${figures}`)
    }
    t.type(question.isMet(rounds), 'boolean', `${question.name} has a verdict`)
  }
})

t.test('every question of connected views can be put, in rounds', { skip: withoutUws }, async (t) => {
  const asked: string[] = []
  await putQuestions(CONNECTED, { subjects: SUBJECTS, rounds: 1, forMs: 20, scale: 0.02 }, (question, rounds) => {
    asked.push(question.name)
    for (const [name, [round]] of Object.entries(rounds))
      t.ok(Number.isFinite(round?.figure), `${question.name}, ${name}: ${round?.figure}`)
    t.type(question.isMet(rounds), 'boolean', `${question.name} has a verdict`)
  })
  t.same(
    asked,
    CONNECTED.map(({ name }) => name),
  )
})
