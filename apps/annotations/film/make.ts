import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { launchBrowser } from '../../shared/browser.ts'
import { webm } from './webm.ts'

// Draws the clips and encodes them, in a browser: see make-clip.
//
// Pictures are encoded one by one (WebCodecs) and not recorded while they are shown (MediaRecorder): a recording has the gaps that the
// machine had, and neither a duration nor an index, so that a player could not seek in it.

const APP = new URL('../../../../apps/annotations/', import.meta.url) // this file runs in dist/apps/annotations/film
const CLIPS = new URL('clips/', APP)

/** What browser/film.ts puts into its page. */
interface EncodedFilm {
  readonly width: number
  readonly height: number
  readonly durationMs: number
  readonly pictures: readonly { readonly timeMs: number; readonly isKey: boolean; readonly base64: string }[]
}

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('browser/film.ts', APP))],
  bundle: true,
  write: false,
  format: 'iife',
})
const browser = await launchBrowser()
const page = await browser.newPage()
// Encoders are for pages of a safe origin, as this one is.
await page.route('http://localhost/', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
await page.goto('http://localhost/')
await page.addScriptTag({ content: outputFiles[0]?.text ?? '' })
await mkdir(CLIPS, { recursive: true })
for (const scene of await page.evaluate<string[]>('Object.keys(scenes)')) {
  const film = await page.evaluate<EncodedFilm>(`film(${JSON.stringify(scene)})`)
  const pictures = film.pictures.map(({ base64, ...rest }) => ({ ...rest, bytes: Buffer.from(base64, 'base64') }))
  const file = webm({ ...film, pictures })
  await writeFile(new URL(`${scene}.webm`, CLIPS), file)
  console.log(`clips/${scene}.webm: ${pictures.length} pictures, ${Math.round(file.length / 1024)} kB`)
}
await browser.close()
