import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Application } from 'beamish'
import { type Browser, chromium } from 'playwright-core'
import { FEATURES } from './features.ts'
import { assets } from './pages.ts'
import { GalleryApp, GalleryEndpoint } from './tree.ts'

// Takes a picture of each page, on a phone and on a desk, by day and by night: node dist/apps/gallery/screenshots.js [folder]

const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } }
const SCHEMES = ['light', 'dark'] as const

const [, , folder = 'dist/gallery-screenshots'] = process.argv
await mkdir(folder, { recursive: true })
await assets.make()
Application.configure(GalleryApp, { port: 0 })
await Application.start(GalleryApp)
const { port } = await GalleryEndpoint.serverInfo()
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[])
  for (const scheme of SCHEMES) await takeAll(browser, size, scheme)
await browser.close()
await Application.stop(GalleryApp)
console.log(`${folder} has the pictures.`)

async function takeAll(
  browser: Browser,
  size: keyof typeof SIZES,
  colorScheme: (typeof SCHEMES)[number],
): Promise<void> {
  const page = await browser.newPage({ viewport: SIZES[size], colorScheme })
  for (const path of ['/', ...FEATURES.map((feature) => feature.path)]) {
    await page.goto(`http://localhost:${port}${path}`)
    await page.waitForSelector('[data-phx-main].phx-connected')
    await page.waitForSelector('[aria-busy]', { state: 'detached' })
    const name = path === '/' ? 'index' : path.slice(1)
    await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) })
  }
  await page.close()
}
