import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isNotModified } from '../../http/conditional.ts'
import { allHooks } from './hook.ts'
import { allSheets } from './scoped-css.ts'

/** All hooks of the program as a module. */
function script(): string {
  const members = allHooks().map(({ name, source }) => `${JSON.stringify(name)}: ${source}`)
  return `export const hooks = {\n${members.join(',\n')}\n}\n`
}

/** All style sheets of the program as one. */
function sheet(): string {
  return allSheets()
    .map(({ text }) => (text === '' ? '' : `${text}\n`))
    .join('')
}

/** What there is to ask for, by the end of its path. */
const FILES: Readonly<Record<string, { readonly type: string; readonly make: () => string }>> = {
  'index.js': { type: 'text/javascript; charset=utf-8', make: script },
  'index.css': { type: 'text/css; charset=utf-8', make: sheet },
}

/**
 * Answers with the hooks and style sheets that stand beside the templates of the program: `index.js`, a module that exports `hooks`,
 * and `index.css`.
 *
 * ```ts
 * import { Router } from 'beamish/endpoint'
 * import { serveColocated } from 'beamish/live-view'
 *
 * export const router = Router.define((route) => {
 *   route.forward('/assets/colocated', serveColocated) // not behind csrf(), which gives no scripts to pages of others
 * })
 * const response = await router.handle(new Request('http://localhost/assets/colocated/index.js'))
 * console.log(await response.text()) // export const hooks = { … }
 * ```
 *
 * In the page: `import { hooks } from '/assets/colocated/index.js'`, then `new LiveSocket('/live', Socket, { hooks })`, and
 * `<link rel="stylesheet" href="/assets/colocated/index.css">`. Browsers ask each time whether it has changed.
 * @returns 404 for anything else. Semantics: the manifest of Phoenix.LiveView.ColocatedJS. Differs: made of what the running program
 * has loaded; for a bundler see {@link writeColocated}.
 */
export function serveColocated(request: Request): Response {
  const name = new URL(request.url).pathname.split('/').at(-1) ?? ''
  const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined
  if (file === undefined) return new Response('Not Found', { status: 404 })
  const text = file.make()
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`
  const headers = { 'content-type': file.type, 'cache-control': 'no-cache', etag }
  const condition = { 'if-none-match': request.headers.get('if-none-match') ?? undefined }
  if (isNotModified(condition, { etag, modifiedMs: 0 })) return new Response(null, { status: 304, headers })
  return new Response(text, { headers })
}

/**
 * Writes `index.js` and `index.css` of {@link serveColocated} into a folder, for a bundler: run it with the program's views imported.
 * @param folder - is made when it is not there.
 */
export async function writeColocated(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, { make }] of Object.entries(FILES)) await writeFile(join(folder, name), make())
}
