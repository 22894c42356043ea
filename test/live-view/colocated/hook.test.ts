import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { hook, html, runtimeHook, scopedCss, serveColocated, writeColocated } from '../../../src/live-view/index.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'

const ask = (path: string, headers: Record<string, string> = {}) =>
  serveColocated(new Request(`http://localhost${path}`, { headers }))

/** The hooks as a page gets them. */
async function loaded(): Promise<Record<string, Record<string, (...args: unknown[]) => unknown>>> {
  const text = await ask('/assets/colocated/index.js').text()
  return ((await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { hooks: never }).hooks
}

const refused = { code: 'BEAMISH_BAD_ARGUMENT' }

t.test('LV-155 a hook travels as it is written', async (t) => {
  const shared = {
    greet() {
      return `hello from ${(this as never as { name: string }).name}`
    },
  }
  const Every = hook('Every.Kind', {
    name: 'x',
    list: [1, { a: null }],
    mounted() {
      return this.name
    },
    arrow: (n: number) => n + 1,
    plain: (n: number) => n + 2,
    async later() {
      return 'later'
    },
    *many() {
      yield 1
    },
    other: shared.greet,
    'odd name': () => 'odd',
    text: () => '</script><!-- </SCRIPT>',
  })
  const { 'Every.Kind': every = {} } = await loaded()
  t.equal(every['mounted']?.(), 'x')
  t.equal(every['arrow']?.(1), 2)
  t.equal(every['plain']?.(1), 3)
  t.equal(await every['later']?.(), 'later')
  t.same([...((every['many'] ?? (() => []))() as Iterable<number>)], [1])
  t.equal(every['other']?.(), 'hello from x')
  t.equal(every['odd name']?.(), 'odd')
  t.same(every['list'], [1, { a: null }])
  t.equal(toHtml(html`<p id="p" phx-hook=${Every}>x</p>`), '<p id="p" phx-hook="Every.Kind">x</p>')
})

t.test('LV-155 what some compilers write into functions does no harm', async (t) => {
  // As esbuild writes it with keepNames.
  const mounted = new Function(
    'return function mounted() { const f = /* @__PURE__ */ __name(() => 7, "f"); return f() }',
  )()
  hook('Compiled', { mounted })
  t.equal((await loaded())['Compiled']?.['mounted']?.(), 7)
})

t.test('LV-155 a runtime hook is a script that nothing in it can end', async (t) => {
  const Run = hook('Run', { mounted: () => '</script><!-- <SCRIPT>' })
  const page = toHtml(html`<div>${runtimeHook(Run, { nonce: 'a"b' })}</div>`)
  t.equal(
    page,
    '<div><script data-phx-runtime-hook="Run" nonce="a&quot;b">window["phx_hook_Run"] = function () { return {\n' +
      '"mounted": (() => \'\\x3c/script>\\x3c!-- <SCRIPT>\')\n} }</script></div>',
  )
  const window: Record<string, () => { mounted(): string }> = {}
  new Function('window', />(window.*)<\/script>/s.exec(page)?.[1] ?? '')(window)
  t.equal(window['phx_hook_Run']?.().mounted(), '</script><!-- <SCRIPT>')
  t.throws(() => runtimeHook('Run' as never), refused)
})

t.test('LV-155 what is no hook is refused', async (t) => {
  for (const name of ['', '.Name', 'a b', 'Phoenix.Mine', 'a..b', 'x"y', undefined])
    t.throws(() => hook(name as never, {}), refused, String(name))
  t.throws(() => hook('Bad', undefined as never), refused)
  t.throws(() => hook('Bad', { mounted: Math.max }), { ...refused, message: /hook Bad: mounted/ })
  t.throws(() => hook('Bad', { at: new Date() }), refused)
  t.throws(() => hook('Bad', { n: Number.NaN }), refused)
  t.throws(
    () =>
      hook('Bad', {
        get now() {
          return 1
        },
      }),
    refused,
  )
  t.notOk('Bad' in (await loaded()))
})

t.test('LV-155 one name is for one hook', async (t) => {
  const define = () => hook('Once', { mounted: () => 1 })
  define()
  t.equal(define().name, 'Once', 'the same again, as when a module is loaded twice')
  t.throws(() => hook('Once', { mounted: () => 2 }), { ...refused, message: /a name that no other hook has/ })
})

t.test('LV-155 a style sheet is for one template', async (t) => {
  const one = scopedCss(' .a { color: red }\n')
  const two = scopedCss('.a { color: red }', { includeRoots: true })
  const [, mark = ''] = / (data-css-\w+)$/.exec(one.root.html) ?? []
  t.equal(toHtml(html`<p ${one.root} id="p">x</p>`), `<p data-css ${mark} id="p">x</p>`)
  t.equal(one.text, `@scope ([${mark}]) to ([data-css]) {\n.a { color: red }\n}`)
  t.match(two.text, ' to ([data-css] > *) {')
  t.not(two.root.html, one.root.html)
  t.equal(scopedCss(' .a { color: red }\n').root.html, one.root.html)
  t.throws(() => scopedCss(5 as never), refused)
  t.throws(() => scopedCss('', { roots: true } as never), refused)
  const sheet = await ask('/index.css').text()
  t.equal(sheet.split(one.text).length, 2, 'each is there once')
  t.match(sheet, two.text)
  t.match(scopedCss('').root.html, /^ data-css data-css-\w+$/)
  t.equal(await ask('/index.css').text(), sheet, 'a sheet without rules only ends those around it')
})

t.test('LV-155 the module and the sheet are served, and written for bundlers', async (t) => {
  hook('Served', {})
  const first = ask('/a/b/index.js')
  t.equal(first.headers.get('content-type'), 'text/javascript; charset=utf-8')
  t.equal(first.headers.get('cache-control'), 'no-cache')
  const etag = first.headers.get('etag') ?? ''
  t.equal(ask('/index.js', { 'if-none-match': etag }).status, 304)
  hook('Served.Later', {})
  t.equal(ask('/index.js', { 'if-none-match': etag }).status, 200)
  t.equal(ask('/index.css').headers.get('content-type'), 'text/css; charset=utf-8')
  for (const path of ['/', '/index.html', '/toString', '/index.js/']) t.equal(ask(path).status, 404, path)
  const folder = join(t.testdir(), 'made')
  await writeColocated(folder)
  t.equal(await readFile(join(folder, 'index.js'), 'utf8'), await ask('/index.js').text())
  t.equal(await readFile(join(folder, 'index.css'), 'utf8'), await ask('/index.css').text())
})
