import t from 'tap'
import { csrf, Router, session, text } from '../../../src/endpoint/index.ts'
import { send } from '../../../src/index.ts'
import {
  type AsyncResult,
  assignAsync,
  error,
  html,
  JS,
  LiveView,
  type LiveViewModule,
  link,
  pushNavigate,
  putFlash,
} from '../../../src/live-view/index.ts'
import { LiveViewTest, type TestView, withRuntime } from '../../../src/testing/index.ts'
import { SECRET, SESSION } from '../../support/live-endpoint.ts'

function open(view: LiveViewModule, onError: 'raise' | 'warn' = 'raise'): Promise<TestView> {
  return LiveViewTest.visit({ router: Router.define((route) => route.live('/', view)), onError, timeoutMs: 1 }).live(
    '/',
  )
}

const FormLive = LiveView.define({
  module: 'FormLive',
  mount: (_params, _session, socket) => void socket.assign({ seen: {}, trigger: false }),
  handleEvent: {
    note: (value, socket) => socket.assign({ seen: { ...value } }),
    trigger: (_value, socket) => socket.assign({ trigger: true }),
  },
  render: ({ seen, trigger }) => html`<pre>${JSON.stringify(seen)}</pre>
    <form id="f" phx-change="note" phx-submit="note" phx-value-extra="1" action="/post" method="post" phx-trigger-action=${trigger}>
      <input type="hidden" name="secret" value="s"><input name="user[name]" value="ann"><textarea name="text">long</textarea>
      <input type="hidden" name="ok" value="false"><input type="checkbox" name="ok" value="true">
      <input type="checkbox" name="tags[]" value="x" checked><input type="checkbox" name="tags[]" value="y">
      <input type="radio" name="size" value="s" checked><input type="radio" name="size" value="l">
      <select name="color"><option value="red">Red</option><option selected>blue</option><option disabled>grey</option></select>
      <input name="off" disabled value="never"><input type="file" name="file"><input name="" value="nameless">
      <button id="save" name="save" value="yes"></button><button id="plain" type="button"></button><button id="dead" disabled></button>
    </form>`,
})

const seenBy = async (view: TestView) =>
  JSON.parse((await view.element('pre').render()).replace(/<[^>]*>/g, '').replaceAll('&quot;', '"'))

t.test('a form sends what a browser would send', (t) =>
  withRuntime(async () => {
    const view = await open(FormLive)
    const asItIs = {
      secret: 's',
      user: { name: 'ann' },
      text: 'long',
      ok: 'false',
      tags: ['x'],
      size: 's',
      color: 'blue',
      extra: '1',
    }
    await view.form('#f').renderChange()
    t.same(await seenBy(view), asItIs)
    const filled = { user: { name: 'bob' }, text: '', ok: true, tags: ['x', 'y'], size: 'l', color: 'red' }
    await view.form('#f', filled).renderChange({ _target: 'user[name]' })
    t.same(await seenBy(view), {
      ...asItIs,
      user: { name: 'bob' },
      text: '',
      ok: 'true',
      tags: ['x', 'y'],
      size: 'l',
      color: 'red',
      _target: ['user', 'name'],
    })
    await view.form('#f').putSubmitter('#save').renderSubmit({ secret: 'other' })
    t.same(await seenBy(view), { ...asItIs, save: 'yes', secret: 'other' })
  }),
)

t.test('LV-159 what nobody could fill in is refused, and the message says what there is', (t) =>
  withRuntime(async () => {
    const view = await open(FormLive)
    const fails = (values: object, message: RegExp) =>
      t.rejects(view.form('#f', values as never).renderChange(), { code: 'ERR_ASSERTION', message })
    await fails({ nobody: 'x' }, /no field nobody. It has secret, user\[name\], text/)
    await fails({ secret: 'x' }, /secret is hidden/)
    await fails({ off: 'x' }, /off is disabled/)
    await fails({ color: 'grey' }, /color cannot be "grey". It can be red, blue/)
    await fails({ size: 'xl' }, /size cannot be "xl". It can be s, l/)
    await fails({ tags: ['z'] }, /tags\[\] cannot be "z"/)
    await t.rejects(view.form('#f').putSubmitter('#plain').renderSubmit(), /sends no form/)
    await t.rejects(view.form('#f').putSubmitter('#dead').renderSubmit(), /disabled/)
    await t.rejects(view.form('#f').putSubmitter('#nobody').renderSubmit(), /expected one submitter/)
    await t.rejects(view.form('pre').renderSubmit(), /expected a form, but found <pre>/)
    await t.rejects(view.form('#f').triggeredRequest(), /phx-trigger-action/)
  }),
)

const FieldsLive = LiveView.define({
  module: 'FieldsLive',
  mount: (_params, _session, socket) => void socket.assign({ seen: {} }),
  handleEvent: { note: (value, socket) => socket.assign({ seen: { ...value } }) },
  render: ({ seen }) => html`<pre>${JSON.stringify(seen)}</pre>
    <form id="f" phx-change="note" phx-submit="note">
      <fieldset disabled><legend><input name="legend" value="in"></legend><input name="off" value="x"></fieldset>
      <select name="box" size="3"><option>a</option></select>
      <select name="many" multiple><option selected>a</option><optgroup disabled><option selected>b</option></optgroup></select>
      <input name="l[]" value="1"><button name="l[]" value="2"></button><input name="l[]" value="3">
      <input type="hidden" name="h" value="hidden"><button name="ok"></button>
    </form><input form="f" name="outside" value="o">`,
})

t.test('LV-084 LV-159 what is disabled is not sent, and all else in the order of the page', (t) =>
  withRuntime(async () => {
    const view = await open(FieldsLive)
    await view.form('#f').renderChange()
    t.same(await seenBy(view), { legend: 'in', many: 'a', l: ['1', '3'], h: 'hidden', outside: 'o' })
    await view.form('#f').putSubmitter('[value="2"]').renderSubmit()
    t.same((await seenBy(view)).l, ['1', '2', '3'])
    await view
      .form('#f', { l: ['x', 'y'], h: 'hidden', box: 'a' })
      .putSubmitter('[value="2"]')
      .renderSubmit()
    t.same(await seenBy(view), { legend: 'in', box: 'a', many: 'a', l: ['x', '2', 'y'], h: 'hidden', outside: 'o' })
    await t.rejects(view.form('#f', { off: 'x' }).renderChange(), /off is disabled/)
    await t.rejects(view.form('#f', { many: 'b' }).renderChange(), /many cannot be "b"/)
    await t.rejects(view.form('#f', { ok: 'x' }).renderSubmit(), /ok is a button: putSubmitter/)
  }),
)

t.test('a form is sent over HTTP, when it says where to', (t) =>
  withRuntime(async () => {
    const FormsLive = LiveView.define({
      render: () =>
        html`<form id="get" action="/there?gone=1"><input name="a" value="1"></form><form id="none"></form>`,
    })
    const router = Router.define((route) => {
      route.live('/', FormsLive)
      route.get('/there', (_request, conn) => text(JSON.stringify(conn.query)))
    })
    const visitor = LiveViewTest.visit({ router })
    const view = await visitor.live('/')
    t.equal(await (await visitor.submitForm(view.form('#get', { a: '2' }))).text(), '{"a":"2"}')
    await t.rejects(visitor.submitForm(view.form('#none')), /expected a form with an action/)
    await t.rejects(visitor.followTriggerAction(view.form('#get')), /expected phx-trigger-action/)
  }),
)

t.test('LV-087 a triggered form is sent over HTTP', (t) =>
  withRuntime(async () => {
    const router = Router.define((route) => {
      route.live('/', FormLive)
      route.post('/post', async (request) => text(await request.text()))
    })
    const visit = LiveViewTest.visit({ router })
    const view = await visit.live('/')
    await view.renderClick('trigger')
    const response = await visit.followTriggerAction(view.form('#f', { user: { name: 'eve' } }))
    t.match(await response.text(), /user%5Bname%5D=eve/)
  }),
)

t.test('LV-159 an element is one, and has what is asked of it', (t) =>
  withRuntime(async () => {
    const view = await open(
      LiveView.define({
        module: 'Elements',
        handleEvent: { go: () => {} },
        render: () => html`<p class="x">one</p><p class="x">two</p><button id="off" disabled phx-click="go">x</button>
          <a id="plain" href="/plain">x</a><a id="bare">x</a><b id="lost" phx-click="go" phx-target="#nowhere">x</b>
          <b id="js" phx-click='[["hide",{}]]'>x</b>`,
      }),
    )
    await t.rejects(
      view.element('.nobody').render(),
      /expected one element for .nobody, but found none in\n<p class="x">one/,
    )
    await t.rejects(view.element('.x').render(), /expected one element for .x, but found 2:\n<p class="x">one<\/p>\n<p/)
    t.equal(await view.element('.x', 'two').render(), '<p class="x">two</p>')
    t.equal(await view.element('.x', /^o/).render(), '<p class="x">one</p>')
    t.equal(await view.hasElement('.x', 'three'), false)
    await t.rejects(view.element('.x', 'two').renderClick(), /expected an element with phx-click, but found <p/)
    await t.rejects(view.element('#off').renderClick(), /cannot click on what is disabled/)
    await t.rejects(view.element('#bare').renderClick(), /expected a link with href/)
    await t.rejects(view.element('#lost').renderClick(), /the phx-target #nowhere .* finds nothing/)
    await t.rejects(view.element('#js').renderClick(), /no command of .* needs the server/)
    await t.rejects(view.element('#plain').renderHook('go'), /expected an element with phx-hook/)
    t.match(await view.element('#plain').renderClick(), { type: 'redirect', to: '/plain' })
  }),
)

t.test('LV-158 two elements of one id, and a form that cannot be recovered', (t) =>
  withRuntime(async () => {
    const Twice = LiveView.define({ module: 'Twice', render: () => html`<p id="a"></p><i id="a"></i>` })
    const Lost = LiveView.define({ module: 'Lost', render: () => html`<form phx-change="x"></form>` })
    await t.rejects(
      open(Twice).then((view) => view.render()),
      /two elements of the page have the id a/,
    )
    await t.rejects(
      open(Lost).then((view) => view.render()),
      /a form with phx-change has no id/,
    )
    const warnings: unknown[] = []
    t.intercept(console, 'warn', { value: (line: unknown) => warnings.push(line) })
    await (await open(Twice, 'warn')).render()
    t.match(warnings, [/LiveViewTest: two elements/])
  }),
)

t.test('what did not come is said, with what came instead', (t) =>
  withRuntime(async () => {
    const Quiet = LiveView.define({
      module: 'Quiet',
      handleEvent: { go: (_value, socket) => pushNavigate(putFlash(socket, 'info', 'x'), { to: '/there' }) },
      handleInfo: () => {},
      render: () => html`<p></p>`,
    })
    const view = await open(Quiet)
    await t.rejects(view.assertPatch('/x'), /expected a patch to \/x, but found \[\]/)
    await t.rejects(view.assertRedirect(), /expected a redirect to anywhere/)
    await t.rejects(view.assertPushEvent('x'), /expected the event x/)
    await t.rejects(view.assertReply(), /expected a reply/)
    await view.refuteRedirected()
    await view.refutePatched()
    send(view.pid, 'x')
    await view.renderClick('go')
    t.match(await view.assertRedirect('/there'), { flash: { info: 'x' } })
    await t.rejects(view.refuteRedirected(), /expected no redirect, but found a live view that went to \/there/)
    t.throws(() => LiveViewTest.visit({} as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => LiveViewTest.visit({ router: Router.define(() => {}), paths: 1 } as never), {
      code: 'BEAMISH_BAD_ARGUMENT',
    })
  }),
)

t.test('LV-159 a link that is followed is a redirect, as one that the view asks for', (t) =>
  withRuntime(async () => {
    const LinksLive = LiveView.define({
      module: 'LinksLive',
      render: () => html`${link({ navigate: '/live', id: 'live' }, 'live')}<a href="/plain" id="plain">plain</a>
        <button id="js" phx-click=${JS.navigate('/js')}>js</button>`,
    })
    for (const [id, type] of [
      ['live', 'navigate'],
      ['plain', 'redirect'],
      ['js', 'navigate'],
    ] as const) {
      const view = await open(LinksLive)
      await view.refuteRedirected()
      t.match(await view.element(`#${id}`).renderClick(), { type, to: `/${id}` })
      t.match(await view.assertRedirect(`/${id}`), { type, to: `/${id}` })
    }
  }),
)

t.test('a visitor keeps its cookies, and follows where a view went', (t) =>
  withRuntime(async () => {
    const From = LiveView.define({
      module: 'From',
      handleEvent: { go: (_value, socket) => pushNavigate(socket, { to: '/to' }) },
      render: () => html`<p>from</p>`,
    })
    const To = LiveView.define({
      module: 'To',
      mount: (_params, values, socket) => void socket.assign({ user: values['user'] }),
      render: ({ user }) => html`<p>${user}</p>`,
    })
    const router = Router.define((route) =>
      route.scope('/', { pipe: [session(SESSION), csrf()] }, (r) => {
        r.get('/login', (_request, conn) => {
          conn.session.put('user', 'ann')
          return text('in')
        })
        r.get('/logout', (_request, conn) => {
          conn.session.clear()
          return text('out')
        })
        r.live('/from', From)
        r.live('/to', To)
      }),
    )
    const visit = LiveViewTest.visit({ router, session: SESSION, secretKeyBase: SECRET })
    await visit.get('/login')
    const to = await visit.follow(await (await visit.live('/from')).renderClick('go'))
    t.equal(await to.render(), '<p>ann</p>')
    await visit.get('/logout')
    t.equal(await (await visit.live('/to')).render(), '<p></p>')
    await t.rejects(visit.follow('html'), /expected a redirect to follow/)
    await t.rejects(visit.live('/login'), /expected a live view on the page/)
    await t.rejects(visit.live('/nowhere'), /expected a page at \/nowhere, but found 404/)
  }),
)

t.test('what a view hears right after its join is on the page', (t) =>
  withRuntime(async () => {
    const view = await open(
      LiveView.define<{ found: AsyncResult<string> }>({
        module: 'Hasty',
        mount: (_params, _session, socket) => void assignAsync(socket, 'found', () => error('not there')),
        handleParams: () => new Promise((resolve) => setImmediate(resolve)), // meanwhile it is found
        render: ({ found }) => html`<p>${found.failed?.reason ?? 'nothing yet'}</p>`,
      }),
    )
    t.equal(await view.element('p').render(), '<p>not there</p>')
  }),
)
