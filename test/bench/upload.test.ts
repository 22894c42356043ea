import t from 'tap'
import { measure } from '../../bench/upload/main.ts'
import { ADAPTERS } from '../support/adapters.ts'

for (const server of ADAPTERS) {
  t.test(`${server}: files arrive as they were sent, and what that costs is told`, async (t) => {
    const rounds = await measure({ server, chunkSize: 10_000, bytes: 105_000, atOnce: 2, rounds: 2 })
    t.equal(rounds.length, 2)
    for (const { megabytesPerSecond, cpuMsPerMegabyte, before, peak } of rounds) {
      t.ok(megabytesPerSecond > 0 && cpuMsPerMegabyte > 0)
      t.ok(peak.rss >= before.rss && peak.heapUsed > 0)
    }
  })
}
