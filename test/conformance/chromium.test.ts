import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import t from 'tap'
import { systemClock } from '../../src/core/clock.ts'
import { withRuntime } from '../../src/testing/index.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { FixtureEndpoint, fixtureChildren } from '../support/fixture-app/tree.ts'
import type { Outcome } from './scenarios.ts'

// Every scenario in a real browser, over both transports and both serializers.

/** This file runs in dist/test/conformance. */
const PAGE = fileURLToPath(new URL('../../../test/conformance/browser/page.ts', import.meta.url))

async function makePage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'beamish-conformance-'))
  await build({ entryPoints: [PAGE], outfile: join(folder, 'page.js'), bundle: true, format: 'esm', logLevel: 'error' })
  await writeFile(join(folder, 'index.html'), '<!doctype html><script type="module" src="page.js"></script>')
  return folder
}

t.test('the official client in Chromium', { skip: withoutChromium }, (t) =>
  withRuntime(
    async () => {
      const folder = await makePage()
      const browser = await launchChromium()
      t.teardown(async () => {
        await browser.close()
        await rm(folder, { recursive: true })
      })
      await Supervisor.start(fixtureChildren({ port: 0, static: { '/': folder } }), { strategy: 'oneForOne' })
      const { port } = await FixtureEndpoint.serverInfo()

      for (const transport of ['websocket', 'longpoll'] as const) {
        for (const serializer of ['json', 'msgpack'] as const) {
          await t.test(`${transport} and ${serializer}`, async (t) => {
            const page = await browser.newPage()
            const problems: string[] = []
            page.on('pageerror', (error) => problems.push(String(error)))
            await page.goto(`http://127.0.0.1:${port}/index.html`)
            await page.waitForFunction('typeof performAll === "function"')
            const way = JSON.stringify({ transport, serializer })
            const outcomes: Outcome[] = await page.evaluate(`performAll(${way}, 'chromium-${transport}-${serializer}')`)
            for (const { name, failure } of outcomes) t.equal(failure, undefined, name)
            t.same(problems, [])
            await page.close()
          })
        }
      }
    },
    { clock: systemClock },
  ),
)
