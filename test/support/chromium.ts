import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** The browser that the tests drive. `scripts/install --browser` installs Debian's. */
export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** What the browser needs on a machine without a screen and without a network. */
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why browser tests are skipped; false when there is a browser. */
export const withoutChromium: string | false = existsSync(CHROMIUM) ? false : `there is no browser at ${CHROMIUM}`

/** Starts the browser. Close it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}
