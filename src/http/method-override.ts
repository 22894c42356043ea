/** What a form may mean that browsers cannot send. */
export const OVERRIDES: readonly string[] = ['PUT', 'PATCH', 'DELETE']
/** Where a form says it. The wire's spelling: forms for Phoenix say it so. */
const FIELD = '_method'

const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i

/**
 * The request that a form means: a POST whose field `_method` says PUT, PATCH or DELETE is one of those.
 * @param isKnown - whether somebody answers that method: else the form is not looked into.
 * @returns the request itself when it means what it is. Semantics: Plug.MethodOverride.
 */
export async function overridden(request: Request, isKnown: (method: string) => boolean): Promise<Request> {
  const isForm = request.method === 'POST' && FORM.test(request.headers.get('content-type') ?? '')
  if (!isForm || request.body === null || !OVERRIDES.some(isKnown)) return request
  const method = await fieldOf(request)
  return OVERRIDES.includes(method) && isKnown(method) ? new Request(request, { method }) : request
}

async function fieldOf(request: Request): Promise<string> {
  try {
    return String((await request.clone().formData()).get(FIELD) ?? '').toUpperCase()
  } catch {
    return '' // no form after all, or too long a one: whoever reads it says so
  }
}
