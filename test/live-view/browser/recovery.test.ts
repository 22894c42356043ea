import t, { type Test } from 'tap'
import {
  form,
  html,
  LiveComponent,
  LiveView,
  type LiveViewSocket,
  liveRender,
  portal,
  pushPatch,
  type Rendered,
  type ViewParams,
} from '../../../src/live-view/index.ts'
import { withoutChromium } from '../../support/chromium.ts'
import { formEventsIn, liveBrowser, type Opened, reconnect } from '../../support/live-browser.ts'

// What somebody typed is offered to the view again when it has been mounted anew, wherever the form stands.

interface Fields {
  a: string
  d: string
  events: string[]
}

const EMPTY: Fields = { a: '', d: 'foo', events: [] }

/** Remembers an event, and what the form said. */
function note({ events, ...before }: Fields, event: string, { a = before.a, d = before.d }: ViewParams): Fields {
  return { a, d, events: [...events, event] }
}

const fields = ({ a, d }: Fields) => html`<input name="a" value=${a}>
  <fieldset disabled><input name="off" value="never"></fieldset>
  <select name="d"><option selected=${d === 'foo'}>foo</option><option selected=${d === 'bar'}>bar</option></select>`

const seen = ({ a, d, events }: Fields) => html`<p id="seen">${JSON.stringify({ a, d, events })}</p>`

const FormComponent = LiveComponent.define<Fields, { isInside: boolean }>({
  module: 'FormComponent',
  mount: (socket) => socket.assign(EMPTY),
  handleEvent: { validate: (value, socket) => socket.assign(note(socket.assigns, 'validate', value)) },
  render: (assigns) =>
    html`<div id="owner">${seen(assigns)}${
      (assigns as { isInside?: boolean }).isInside &&
      form({ id: 'f', 'phx-change': 'validate', 'phx-target': assigns.myself }, fields(assigns))
    }</div>`,
})

const ChildLive = LiveView.define<Fields>({
  module: 'ChildLive',
  mount: (_params, _session, socket) => void socket.assign(EMPTY),
  handleEvent: { validate: (value, socket) => socket.assign(note(socket.assigns, 'validate', value)) },
  render: (assigns) => html`${seen(assigns)}${form({ id: 'f', 'phx-change': 'validate' }, fields(assigns))}`,
})

const PLACES: Readonly<Record<string, (assigns: Fields) => Rendered>> = {
  view: (assigns) => html`${seen(assigns)}${form({ id: 'f', 'phx-change': 'validate' }, fields(assigns))}`,
  component: () => html`${FormComponent.use({ id: 1, isInside: true })}`,
  selector: (assigns) => html`${FormComponent.use({ id: 1, isInside: false })}
    ${form({ id: 'f', 'phx-change': 'validate', 'phx-target': '#owner' }, fields(assigns))}`,
  nested: () => html`${liveRender(ChildLive, { id: 'child' })}`,
  portal: (assigns) => html`${seen(assigns)}<div id="target"></div>
    ${portal({ id: 'p', target: '#target' }, form({ id: 'f', 'phx-change': 'validate' }, fields(assigns)))}`,
  several: (assigns) => html`${seen(assigns)}
    ${form({ id: 'custom', 'phx-change': 'validate', 'phx-auto-recover': 'custom' }, fields(assigns))}
    ${form({ id: 'ignored', 'phx-change': 'validate', 'phx-auto-recover': 'ignore' }, html`<input name="b" value="x">`)}
    ${form({ 'phx-change': 'validate' }, html`<input name="b" value="without an id">`)}
    ${form({ id: 'unchanged', 'phx-submit': 'validate' }, html`<input name="b" value="without a change">`)}`,
  patching: (assigns) => html`${seen(assigns)}
    ${form({ id: 'f', 'phx-change': 'validate', 'phx-auto-recover': 'patch' }, fields(assigns))}`,
}

const PlaceLive = LiveView.define({
  module: 'PlaceLive',
  mount: (_params, _session, socket: LiveViewSocket<Fields & { place: string; patched: string }>) =>
    void socket.assign({ ...EMPTY, place: '', patched: '' }),
  handleParams: ({ place, patched = '' }, _uri, socket) => socket.assign({ place, patched }),
  handleEvent: {
    validate: (value, socket) => socket.assign(note(socket.assigns, 'validate', value)),
    custom: (value, socket) => socket.assign(note(socket.assigns, 'custom', value)),
    patch: (value, socket) => {
      socket.assign(note(socket.assigns, 'patch', value))
      pushPatch(socket, { to: `/${socket.assigns.place}?patched=yes` })
    },
    nothing: (_value, socket) => socket.assign({ patched: 'clicked' }),
  },
  render: (assigns) => html`<i id="patched">${assigns.patched}</i><button id="nothing" phx-click="nothing">x</button>
    ${PLACES[assigns.place]?.(assigns)}`,
})

const inBrowser = liveBrowser(t, { routes: (route) => route.live('/:place', PlaceLive) })

/** What the page shows of what its form's owner knows. */
async function waitForSeen({ page }: Opened, events: readonly string[], a = 'typed'): Promise<void> {
  await page
    .locator('#seen')
    .getByText(JSON.stringify({ a, d: 'bar', events }), { exact: true })
    .waitFor()
}

async function type({ page }: Opened): Promise<void> {
  await page.fill('input[name=a]', 'typed')
  await page.selectOption('select', 'bar')
}

/** Types, loses the connection, and looks what becomes of it. */
async function recovers(t: Test, place: string, opened: Opened): Promise<void> {
  await type(opened)
  await waitForSeen(opened, ['validate', 'validate'])
  await reconnect(opened)
  await waitForSeen(opened, ['validate'])
  const { page, sent, problems } = opened
  // What the owner does not show in the form is the browser's own affair.
  if (place !== 'selector') t.equal(await page.inputValue('input[name=a]'), 'typed')
  if (place !== 'selector') t.equal(await page.inputValue('select'), 'bar')
  t.equal(await page.inputValue('input[name=off]'), 'never', 'what is disabled is left alone')
  const [event, ...more] = formEventsIn(sent)
  t.same(more, [])
  t.match(event, { event: 'validate', meta: { _target: 'a' } })
  t.same(Object.fromEntries(new URLSearchParams(event?.value)), { a: 'typed', d: 'bar' })
  t.equal(event?.cid, place === 'component' || place === 'selector' ? 1 : undefined)
  t.same(problems, [])
}

t.test('LV-085 what was typed is sent once to the view', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => recovers(t, 'view', await open('/view'))),
)

for (const place of ['component', 'selector', 'nested', 'portal'])
  t.test(`LV-086 what was typed is sent once to the owner of the form: ${place}`, { skip: withoutChromium }, (t) =>
    inBrowser(async (open) => recovers(t, place, await open(`/${place}`))),
  )

t.test('LV-085 a form says how it is recovered, and whether', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const opened = await open('/several')
    const { page, sent } = opened
    await page.fill('#custom input[name=a]', 'typed')
    await page.selectOption('#custom select', 'bar')
    await page.fill('#ignored input', 'ignored')
    await waitForSeenEvents(opened, 3)
    await reconnect(opened)
    await waitForSeen(opened, ['custom'])
    await page.click('#nothing')
    await page.locator('#patched:text-is("clicked")').waitFor()
    t.equal(formEventsIn(sent).length, 1, 'and no other form')
    await waitForSeen(opened, ['custom'])
  }),
)

async function waitForSeenEvents({ page }: Opened, count: number): Promise<void> {
  await page.waitForFunction(`JSON.parse(document.querySelector('#seen').innerText).events.length >= ${count}`)
}

t.test('LV-085 a recovery that patches ends at the patched address', { skip: withoutChromium }, (t) =>
  inBrowser(async (open) => {
    const opened = await open('/patching')
    const { page, problems } = opened
    await type(opened)
    await waitForSeenEvents(opened, 2)
    await reconnect(opened)
    await page.locator('#patched:text-is("yes")').waitFor()
    await waitForSeen(opened, ['patch'])
    t.equal(new URL(page.url()).search, '?patched=yes')
    t.equal(await page.inputValue('input[name=a]'), 'typed')
    t.same(problems, [])
  }),
)
