import t from 'tap'
import { formValue, targetPath } from '../../src/live-view/form-data.ts'

t.test('LV-080 a form is maps and lists of strings', async (t) => {
  t.same(formValue('a=1&a=2&b[]=1&b[]=2&c[x][y]=3&d[0][z]=4&e=f+g%26', {}), {
    a: '2',
    b: ['1', '2'],
    c: { x: { y: '3' } },
    d: { 0: { z: '4' } },
    e: 'f g&',
  })
  t.same(formValue('', {}), {})
  t.same(formValue('__proto__[x]=1', {}), JSON.parse('{"__proto__":{"x":"1"}}'))
})

t.test('LV-080 what is no form is not read', async (t) => {
  for (const bad of ['a=%zz', '%=1', 'a[%ff]=1']) t.equal(formValue(bad, {}), undefined, bad)
  for (const bad of [undefined, null, 5, {}, ['a=1']]) t.equal(formValue(bad, {}), undefined)
  t.equal(formValue(`a=${'x'.repeat(1_000_001)}`, {}), undefined, 'too long')
  t.equal(formValue('a=1&'.repeat(10_001), {}), undefined, 'too many')
  t.ok(formValue(`${'a=1&'.repeat(9_999)}b=1`, {}), 'but not this many')
  t.ok(formValue(`a${'[b]'.repeat(5000)}=1`, {}), 'nesting is bounded')
})

t.test('LV-080 of fields that use one name in two ways the last wins', async (t) => {
  t.same(formValue('a=1&a[b]=2', {}), { a: { b: '2' } })
  t.same(formValue('a[b]=1&a=2', {}), { a: '2' })
  t.same(formValue('a[]=1&a[b]=2', {}), { a: { b: '2' } })
  t.same(formValue('a[b]=1&a[]=2', {}), { a: ['2'] })
  t.same(formValue('a[]=1&a=2', {}), { a: '2' })
  t.same(formValue('a[b][c]=1&a[b]=2', {}), { a: { b: '2' } })
})

t.test('LV-081 the name of what changed is the path to it', async (t) => {
  t.same(targetPath('u[name]'), ['u', 'name'])
  t.same(targetPath('f[list_sort][]'), ['f', 'list_sort'])
  t.same(targetPath('avatar'), ['avatar'])
  for (const absent of [undefined, null, '', 5]) t.same(targetPath(absent), ['undefined'])
  t.same(targetPath(['a', 'b']), ['a', 'b'])
})

t.test('LV-083 what the element adds is merged over the fields', async (t) => {
  t.same(formValue('a=1&b=2', { b: 'over', c: { d: 1 }, _target: 'a' }), {
    a: '1',
    b: 'over',
    c: { d: 1 },
    _target: ['a'],
  })
  t.same(formValue('a=1', {}), { a: '1' }, 'no target where the page says none')
})
