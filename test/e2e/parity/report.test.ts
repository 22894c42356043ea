import t from 'tap'
import { type Report, summaryOf } from './report.ts'

const spec = (title: string, status: string, message?: string) => ({
  title,
  tests: [{ status, results: [message === undefined ? {} : { error: { message } }] }],
})

const report = (specs: Report['suites'][number]['specs'], errors: Report['errors'] = []): Report => ({
  suites: [{ title: 'js.spec.js', suites: [{ title: 'a group', specs: specs ?? [] }] }],
  errors,
})

const SKIPPED = [{ file: 'issues/1.spec.js', title: 'in Firefox', reason: 'there is only Chromium' }]

t.test('what passed, failed and was skipped is counted by file, and failures and skips say why', async (t) => {
  const red = `${String.fromCharCode(27)}[31mexpected 1${String.fromCharCode(27)}[39m\n\n   got 2`
  const specs = [
    spec('one', 'expected'),
    spec('two', 'unexpected', red),
    spec('three', 'skipped'),
    spec('four', 'flaky', 'too slow'),
  ]
  const { text, isGood } = summaryOf(report(specs), SKIPPED)
  t.equal(isGood, false)
  t.match(text, /^js\.spec\.js +1 +1 +1 +1$/m)
  t.match(text, /^all +1 +1 +1 +2$/m)
  t.match(text, /^failed {3}js\.spec\.js › a group two\n +expected 1 \| got 2$/m)
  t.match(text, /^flaky {4}js\.spec\.js › a group four: passed later\n +too slow$/m)
  t.match(text, /^skipped {2}js\.spec\.js › a group three: the suite says so$/m)
  t.match(text, /^skipped {2}issues\/1\.spec\.js › in Firefox: there is only Chromium$/m)
})

t.test('a run is good when something ran, and nothing failed', async (t) => {
  t.ok(summaryOf(report([spec('one', 'expected')]), []).isGood)
  t.notOk(summaryOf(report([]), []).isGood, 'nothing ran')
  const broken = summaryOf(report([spec('one', 'expected')], [{ message: 'SyntaxError: in a spec' }]), [])
  t.notOk(broken.isGood, 'a file could not be read')
  t.match(broken.text, /^the run itself: SyntaxError: in a spec$/m)
})
