// What the compiler must say about function components and forms. Compiled with everything else, never run.
import * as z from 'zod'
import {
  AsyncResult,
  asyncResult,
  type Form,
  form,
  hook,
  html,
  inputsFor,
  JS,
  link,
  portal,
  toForm,
} from '../../src/live-view/index.ts'

const User = z.object({ name: z.string(), age: z.number() })

export function links(): void {
  link({ navigate: '/x', class: ['a', false], 'phx-click': JS.push('go'), 'data-n': 5 }, html`<b>x</b>`)
  link({ href: ['javascript', 'print()'] }, () => 'x')
  // @ts-expect-error an address is text
  link({ patch: 5 })
  // @ts-expect-error true or false
  link({ navigate: '/x', replace: 'yes' })
  // @ts-expect-error an attribute is no object
  link({ href: '/x', style: { color: 'red' } })
  // @ts-expect-error a portal has a target
  portal({ id: 'p' }, 'x')
}

export function forms(): void {
  const made: Form<{ name: string; age: number }> = toForm({}, { schema: User })
  const age: number | undefined = made.output?.age
  form({ for: made, id: 'f' }, (inner) => html`${inner.field('name').value}${inner.output?.name.length}${age}`)
  inputsFor(made.field('emails'), { default: [] }, (email) => html`${email.index}`)
  // @ts-expect-error no such option
  toForm({}, { of: 'user' })
  // @ts-expect-error the output has no such value
  made.output?.email
  // @ts-expect-error a field, not its name
  inputsFor('emails', 'x')
}

export function others(): void {
  asyncResult(AsyncResult.ok(7), { failed: ({ type }) => type }, (result) => result.toFixed())
  hook('Name', {
    mounted() {
      this.pushEvent('event', { a: 1 })
      // @ts-expect-error an event has a name
      this.pushEvent(5)
    },
  })
  // @ts-expect-error a callback is a function
  hook('Name', { mounted: 5 })
}
