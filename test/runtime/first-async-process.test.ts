import t from 'tap'
import { Runtime } from '../../src/index.ts'
import type { Report } from '../../src/reports/report.ts'

// In a file of its own: only the first async process of a thread can show it.
t.test('the idle time after the first async process is not taken for a long run', async (t) => {
  const reports: Report[] = []
  using runtime = new Runtime({ reporter: (report) => reports.push(report), longRunMs: 20 })
  await runtime.run(async () => {
    // The scheduler looks at the real clock, so real time has to pass.
    await new Promise((resolve) => setTimeout(resolve, 60))
  })
  await runtime.run(async () => {})
  t.same(reports, [])
})
