/** Whether a value of a form is a map: no list, no file, nothing of a class. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Values of a form without what the client and the page add for themselves, at any depth. */
export function ownValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ownValues)
  if (!isMap(value)) return value
  const own = Object.entries(value).filter(([name]) => !isAdded(name))
  return Object.fromEntries(own.map(([name, inner]) => [name, ownValues(inner)]))
}

/** Source: phoenix_live_view's view.ts; Phoenix.Component's `form` and `inputs_for`. */
const ADDED: readonly string[] = ['_target', '_persistent_id', '_csrf_token', '_method']

/** The client's word for a field that nobody has touched begins so. The wire's spelling. */
export const UNUSED = '_unused_'

function isAdded(name: string): boolean {
  return name.startsWith(UNUSED) || ADDED.includes(name)
}
