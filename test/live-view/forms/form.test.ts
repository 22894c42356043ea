import t from 'tap'
import * as v from 'valibot'
import * as z from 'zod'
import { formValue } from '../../../src/live-view/form-data.ts'
import { castList, type FormField, toForm, usedErrors, usedInput } from '../../../src/live-view/index.ts'

/** What an input is given. */
const shown = ({ id, name, value, errors }: FormField) => ({ id, name, value, errors })
/** As an event brings it. */
const params = (text: string) => formValue(text, {}) ?? {}

t.test('LV-089 the fields of a form have ids, names, values and errors', async (t) => {
  const form = toForm({ email: 'a@b' }, { as: 'user', errors: { email: 'is taken', name: ['is short', 'is odd'] } })
  t.same(shown(form.field('email')), { id: 'user_email', name: 'user[email]', value: 'a@b', errors: ['is taken'] })
  t.same(form.field('name').errors, ['is short', 'is odd'])
  t.equal(form.field('name').value, undefined)
  t.same(shown(toForm({}).field('email')), { id: 'email', name: 'email', value: undefined, errors: [] })
  t.equal(toForm({}, { as: 'user', id: 'sign-up' }).field('email').id, 'sign-up_email')
  t.equal(toForm({}, { as: 'user', id: 'sign-up' }).field('email').name, 'user[email]')
})

t.test('LV-089 what the page sent is shown before what is there already', async (t) => {
  const form = toForm({ name: '' }, { data: { name: 'Ada', age: 36 } })
  t.equal(form.field('name').value, '')
  t.equal(form.field('age').value, 36)
})

t.test('LV-089 a form is made of another one', async (t) => {
  const form = toForm({ a: '1' }, { as: 'user', errors: { a: 'bad' }, action: 'validate', hidden: { id: 7 } })
  const other = toForm(form, { id: 'other' })
  t.same(shown(other.field('a')), { id: 'other_a', name: 'user[a]', value: '1', errors: ['bad'] })
  t.equal(other.action, 'validate')
  t.same(other.hidden, { id: 7 })
  t.same(toForm(form, { errors: {}, as: 'x', action: 'save' }).field('a').errors, [])
  t.equal(toForm(form, { as: 'x' }).field('a').id, 'x_a')
  t.equal(form.isValid, false)
  t.equal(toForm(form, { errors: {} }).isValid, true)
})

t.test('LV-089 a schema says what is wrong, and what the params are', async (t) => {
  const User = z.object({
    name: z.string().min(1, 'cannot be empty'),
    age: z.coerce.number('is no number'),
    emails: z.array(z.object({ at: z.string().includes('@', 'is no address') })).min(1, 'are missing'),
  })
  const text = 'name=&_unused_name=&age=x&emails[0][_persistent_id]=0&emails[0][at]=a@b&emails[1][at]=c'
  const bad = toForm(params(text), { as: 'user', schema: User, lists: ['emails'] })
  t.same(bad.field('name').errors, ['cannot be empty'])
  t.same(bad.field('age').errors, ['is no number'])
  t.same(bad.field('emails').errors, [])
  t.same(
    bad
      .field('emails')
      .forms()
      .map((form) => form.field('at').errors),
    [[], ['is no address']],
  )
  t.equal(bad.output, undefined)
  t.equal(bad.isValid, false)
  const good = toForm(params('name=Ada&age=36&emails[0][at]=a@b&_target=name'), {
    schema: User.strict(),
    lists: ['emails'],
  })
  t.same(good.output, { name: 'Ada', age: 36, emails: [{ at: 'a@b' }] })
  const age: number | undefined = good.output?.age
  t.equal(age, 36)
  t.same(toForm(params('emails_drop[]='), { schema: User, lists: ['emails'] }).field('emails').errors, ['are missing'])
})

t.test('LV-089 the issues of any Standard Schema do, those that were waited for as well', async (t) => {
  const Login = v.pipeAsync(
    v.object({ name: v.string(), again: v.string() }),
    v.checkAsync(async ({ name, again }) => name === again, 'differ'),
  )
  t.throws(() => toForm({}, { schema: Login }), { code: 'BEAMISH_BAD_ARGUMENT', message: /Await its validate/ })
  const { issues = [] } = await Login['~standard'].validate({ name: 'a', again: 'b' })
  const form = toForm({ name: 'a', again: 'b' }, { errors: issues })
  t.same(form.errors, ['differ'], 'of no field')
  t.equal(form.field('name').errors.length, 0)
})

t.test('LV-082 an input is used unless the client says that it is not', async (t) => {
  const form = toForm(params('u[name]=x&u[email]=&u[_unused_email]=')['u'] as object as never, { as: 'u' })
  t.equal(usedInput(form.field('name')), true)
  t.equal(usedInput(form.field('email')), false)
  t.equal(usedInput(form.field('absent')), false)
  t.equal(usedInput(form.field('_unused_email')), false)
  const day = (text: string) => usedInput(toForm(params(text)).field('day'))
  t.equal(day('day[y]=&day[_unused_y]=&day[m]=&day[_unused_m]='), false)
  t.equal(day('day[y]=&day[_unused_y]=&day[m]='), true, 'as soon as one is')
  t.equal(day('day[at][h]=&day[at][_unused_h]='), false)
  t.equal(day('day[at][h]='), true)
  t.equal(day('day[]=1&_unused_day[]='), false)
  t.equal(day('day[]=1'), true)
})

t.test('LV-082 only the errors of used inputs are for the user', async (t) => {
  const errors = { name: 'is short', email: 'is missing' }
  const form = toForm(params('name=x&email=&_unused_email='), { errors })
  t.same(usedErrors(form.field('name')), ['is short'])
  t.same(usedErrors(form.field('email')), [])
  t.same(usedErrors(toForm({}, { errors }).field('name')), [], 'of a form that was never touched')
})

t.test('LV-089 a list is sorted, dropped and added to as the page says', async (t) => {
  const list = { list: { 1: { t: 'one' }, 2: { t: 'two' }, 3: { t: 'three' } } }
  const titles = (more: object) => {
    const { list: entries, ...rest } = castList({ ...list, ...more }, 'list')
    t.same(rest, {}, 'what says so is gone')
    return (entries as { t?: string }[]).map((entry) => entry.t ?? null)
  }
  t.same(titles({}), ['one', 'two', 'three'])
  t.same(titles({ list_sort: ['2', '3', '1'] }), ['two', 'three', 'one'])
  t.same(titles({ list_sort: ['2'] }), ['two', 'one', 'three'])
  t.same(titles({ list_sort: ['2', 'new'] }), ['two', null, 'one', 'three'])
  t.same(titles({ list_sort: ['new', '1', '2', '3', 'new'] }), [null, 'one', 'two', 'three', null])
  t.same(titles({ list_drop: ['', '2'] }), ['one', 'three'])
  t.same(titles({ list_sort: ['3', '2', '1'], list_drop: ['2'] }), ['three', 'one'])
  t.same(titles({ list_sort: ['1', 'new'], list_drop: ['2', 'new'] }), ['one', 'three'])
  t.same(titles({ list_sort: 'x', list_drop: 'y' }), ['one', 'two', 'three'])
  t.same(titles({ list: undefined, list_drop: [''] }), [])
  t.same(titles({ list: undefined, list_sort: ['new'] }), [null])
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [at, { t: at }]))
  t.same(titles({ list: many }), [...Array(12).keys()], 'by number, not by letter')
})

t.test('LV-089 a field that the page says nothing of stays as it is', async (t) => {
  t.same(castList({ a: '1' }, 'list'), { a: '1' })
  t.same(castList({ list: [{ t: 1 }] }, 'list'), { list: [{ t: 1 }] })
  t.same(castList({ list: 'junk' }, 'list'), { list: 'junk' })
  t.same(castList({ list: { 0: 'x' }, order: ['1', '0'] }, 'list', { sort: 'order' }), { list: [{}, 'x'] })
  t.throws(() => castList({}, 'list', { order: 'x' } as never), { code: 'BEAMISH_BAD_ARGUMENT' })
})

t.test('LV-089 entries keep their ids wherever they stand, and new ones get new ones', async (t) => {
  const ids = (text: string) =>
    toForm(params(text), { as: 'f', lists: ['users'] })
      .field('users')
      .forms()
      .map(({ id, name, index, hidden }) => [id, name, index, hidden['_persistent_id']])
  t.same(ids('users[0][n]=a&users[1][n]=b'), [
    ['f_users_0', 'f[users][0]', 0, '0'],
    ['f_users_1', 'f[users][1]', 1, '1'],
  ])
  const swapped = 'users[0][_persistent_id]=0&users[1][_persistent_id]=1&users_sort[]=new&users_sort[]=1&users_sort[]=0'
  t.same(ids(swapped), [
    ['f_users_2', 'f[users][0]', 0, '2'],
    ['f_users_1', 'f[users][1]', 1, '1'],
    ['f_users_0', 'f[users][2]', 2, '0'],
  ])
  t.same(
    ids('users[0][_persistent_id]=1&users[1][n]=b').map(([id]) => id),
    ['f_users_1', 'f_users_2'],
    'the next that is free',
  )
  t.same(
    ids('users[0][_persistent_id]=5&users[1][_persistent_id]=5&users[2][_persistent_id][x]=1&users[3]=y').map(
      ([id]) => id,
    ),
    ['f_users_5', 'f_users_1', 'f_users_2', 'f_users_3'],
    'whatever the client makes up, no id comes twice',
  )
})

t.test('LV-089 lists in the entries of lists', async (t) => {
  const text = 'a[0][b][0][c]=1&a[0][b][1][c]=2&a[0][b_sort][]=1&a[0][b_sort][]=0&a[1][b_sort][]=new'
  const form = toForm(params(text), { as: 'f', lists: { a: ['b'] }, errors: { a: { 0: { b: { 1: { c: 'bad' } } } } } })
  const inner = form
    .field('a')
    .forms()
    .map((entry) =>
      entry
        .field('b')
        .forms()
        .map((one) => shown(one.field('c'))),
    )
  t.same(inner, [
    [
      { id: 'f_a_0_b_0_c', name: 'f[a][0][b][0][c]', value: '2', errors: [] },
      { id: 'f_a_0_b_1_c', name: 'f[a][0][b][1][c]', value: '1', errors: ['bad'] },
    ],
    [{ id: 'f_a_1_b_0_c', name: 'f[a][1][b][0][c]', value: undefined, errors: [] }],
  ])
})

t.test('LV-089 what is there already is shown until the page sends something', async (t) => {
  const data = { users: [{ id: 7, n: 'Ada' }], home: { city: 'London' } }
  const names = (form: ReturnType<typeof toForm>, options = {}) =>
    form
      .field('users')
      .forms(options)
      .map((user) => user.field('n').value)
  t.same(names(toForm({}, { data })), ['Ada'])
  t.same(names(toForm({}, { data }), { prepend: [{ n: 'first' }], append: [{ n: 'last' }] }), ['first', 'Ada', 'last'])
  t.same(names(toForm({ users: { 0: { n: 'Bob' } } }, { data }), { append: [{ n: 'last' }] }), ['Bob'])
  t.same(names(toForm({}), { default: [{ n: 'x' }] }), ['x'])
  t.same(names(toForm({}, { lists: ['users'] })), [], 'a list of nothing')
  t.same(names(toForm({})), [undefined], 'one form, when nobody says that it is a list')
  const [home] = toForm({ home: { street: 'x' } }, { data, as: 'f' })
    .field('home')
    .forms()
  t.same(shown(home?.field('city') as FormField), {
    id: 'f_home_0_city',
    name: 'f[home][city]',
    value: 'London',
    errors: [],
  })
  const [user] = toForm({}, { data })
    .field('users')
    .forms({ hidden: ['id'] })
  t.same(user?.hidden, { _persistent_id: '0', id: 7 })
})

t.test('LV-089 what no form can be made of is refused', async (t) => {
  const refused = { code: 'BEAMISH_BAD_ARGUMENT' }
  for (const junk of [undefined, null, 'x', 5, ['a'], new Date()]) t.throws(() => toForm(junk as never), refused)
  t.throws(() => toForm({}, { of: 'x' } as never), refused)
  t.throws(() => toForm({}, { as: '' }), refused)
  t.throws(() => toForm({}, { id: 5 as never }), refused)
  t.throws(() => toForm({}, { errors: { a: 5 } as never }), refused)
  t.throws(() => toForm({}, { errors: [{ path: ['a'] }] as never }), refused)
  t.throws(() => toForm({}, { schema: {} as never }), refused)
  t.throws(() => toForm({}, { hidden: 'x' as never }), refused)
  t.throws(() => toForm({}, { data: 'x' as never }), refused)
})
