import t from 'tap'
import { form, html, inputsFor, toForm } from '../../../src/live-view/index.ts'
import type { Rendered } from '../../../src/live-view/template/html.ts'
import { toHtml } from '../../../src/live-view/template/render-html.ts'

const markup = (node: Rendered) => toHtml(node, { facts: { csrfToken: 'T' } })
const text = (f: { field(name: string): { id: string; name: string } }) =>
  html`<input id=${f.field('foo').id} name=${f.field('foo').name}>`

t.test('LV-152 a form of a live view has neither method nor token', async (t) => {
  t.equal(markup(form({}, text)), '<form><input id="foo" name="foo"></form>')
  t.equal(markup(form({ for: null }, 'x')), '<form>x</form>')
  t.equal(
    markup(form({ for: toForm({}, { as: 'data' }) }, text)),
    '<form><input id="data_foo" name="data[foo]"></form>',
  )
  t.equal(
    markup(form({ for: {}, as: 'base', 'data-foo': 'bar', class: ['a', null, 'b'], 'phx-change': 'valid' }, text)),
    '<form data-foo="bar" class="a b" phx-change="valid"><input id="base_foo" name="base[foo]"></form>',
  )
  t.equal(
    markup(form({ for: toForm({}, { as: 'user', id: 'f' }) }, text)),
    '<form id="f"><input id="f_foo" name="user[foo]"></form>',
  )
  t.equal(
    markup(form({ for: toForm({}, { as: 'user' }), id: 'g', 'phx-trigger-action': true }, text)),
    '<form id="g" phx-trigger-action><input id="g_foo" name="user[foo]"></form>',
  )
})

t.test('LV-152 a form with an action has a method and, for post, a token', async (t) => {
  const token = '<input name="_csrf_token" type="hidden" hidden value="T">'
  t.equal(markup(form({ action: '/' })), `<form action="/" method="post">${token}</form>`)
  t.equal(markup(form({ action: '/', method: 'get' })), '<form action="/" method="get"></form>')
  t.equal(markup(form({ action: '/', method: 'GET' })), '<form action="/" method="get"></form>')
  t.equal(markup(form({ action: '/', method: 'PoST' })), `<form action="/" method="post">${token}</form>`)
  t.equal(
    markup(form({ action: '/', method: 'PuT' })),
    `<form action="/" method="post"><input name="_method" type="hidden" hidden value="PuT">${token}</form>`,
  )
  t.equal(markup(form({ action: '/', csrfToken: false })), '<form action="/" method="post"></form>')
  t.throws(() => form({ action: '/', method: '' }), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('LV-152 a form with all of it', async (t) => {
  const all = {
    id: 'form',
    action: '/',
    method: 'put',
    multipart: true,
    csrfToken: '123',
    as: 'user',
    errors: { name: 'cannot be blank' },
    class: 'pretty',
  }
  t.equal(
    markup(form(all, (f) => html`${text(f)}${f.field('name').errors[0]}`)),
    '<form id="form" action="/" method="post" enctype="multipart/form-data" class="pretty">' +
      '<input name="_method" type="hidden" hidden value="put"><input name="_csrf_token" type="hidden" hidden value="123">' +
      '<input id="form_foo" name="user[foo]">cannot be blank</form>',
  )
})

t.test('LV-152 the hidden fields of a form', async (t) => {
  t.equal(
    markup(form({ for: toForm({}, { as: 'u', hidden: { id: 7, tags: ['a', 'b'], none: null } }) })),
    '<form><input type="hidden" name="u[id]" value="7"><input type="hidden" name="u[tags][]" value="a">' +
      '<input type="hidden" name="u[tags][]" value="b"><input type="hidden" name="u[none]" value=""></form>',
  )
})

t.test('LV-152 the inputs of entries', async (t) => {
  const f = toForm({}, { as: 'f' })
  const inner = (id: string, name: string, value = '') => `<input id="${id}" name="${name}"${value}>`
  t.equal(
    markup(html`${inputsFor(f.field('inner'), text)}`),
    `<input type="hidden" name="f[inner][_persistent_id]" value="0">${inner('f_inner_0_foo', 'f[inner][foo]')}`,
  )
  t.equal(
    markup(html`${inputsFor(f.field('inner'), { id: 'test', as: 'name' }, text)}`),
    `<input type="hidden" name="name[_persistent_id]" value="0">${inner('test_inner_0_foo', 'name[foo]')}`,
  )
  const many = { default: [{ foo: '456' }], prepend: [{ foo: '123' }], append: [{ foo: '789' }] }
  const shown = inputsFor(
    f.field('inner'),
    many,
    (entry) => html`${text(entry)}${entry.index}${entry.field('foo').value}`,
  )
  t.equal(
    markup(html`${shown}`),
    ['123', '456', '789']
      .map(
        (value, at) =>
          `<input type="hidden" name="f[inner][${at}][_persistent_id]" value="${at}">` +
          `${inner(`f_inner_${at}_foo`, `f[inner][${at}][foo]`)}${at}${value}`,
      )
      .join(''),
  )
  t.equal(
    markup(html`${inputsFor(f.field('inner'), { default: [{ foo: '1' }], skipPersistentId: true }, text)}`),
    inner('f_inner_0_foo', 'f[inner][0][foo]'),
  )
  t.equal(
    markup(html`${inputsFor(f.field('inner'), { skipHidden: true }, text)}`),
    inner('f_inner_0_foo', 'f[inner][foo]'),
  )
  t.equal(
    markup(html`${inputsFor(f.field('inner'), { default: [{ id: 7 }], hidden: ['id'] }, 'x')}`),
    '<input type="hidden" name="f[inner][0][_persistent_id]" value="0"><input type="hidden" name="f[inner][0][id]" value="7">x',
  )
  t.throws(() => inputsFor('inner' as never, text), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => inputsFor(f.field('inner'), { skip: true } as never, text), { code: 'BEAMISH_BAD_ARGUMENT' })
})
