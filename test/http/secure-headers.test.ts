import t from 'tap'
import { Router } from '../../src/http/router.ts'
import { type SecureHeaders, secureHeaders } from '../../src/http/secure-headers.ts'

async function headersOf(own: SecureHeaders | undefined, given: Record<string, string> = {}) {
  const router = Router.define((route) =>
    route.get('/', () => new Response('', { headers: given }), { pipe: secureHeaders(own) }),
  )
  const response = await router.handle(new Request('http://localhost/'))
  return Object.fromEntries([...response.headers].filter(([name]) => name !== 'content-type'))
}

const DEFAULTS = {
  'content-security-policy': "base-uri 'self'; frame-ancestors 'self';",
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-content-type-options': 'nosniff',
  'x-permitted-cross-domain-policies': 'none',
}

t.test('the headers of Phoenix are on every response', async (t) => {
  t.same(await headersOf(undefined), DEFAULTS)
})

t.test('the pipeline may change them, and the handler has the last word', async (t) => {
  const own = { 'Referrer-Policy': 'no-referrer', 'x-permitted-cross-domain-policies': false, 'x-more': '1' } as const
  const { 'x-permitted-cross-domain-policies': _, ...others } = DEFAULTS
  t.same(await headersOf(own), { ...others, 'referrer-policy': 'no-referrer', 'x-more': '1' })
  t.same(await headersOf({}, { 'Content-Security-Policy': "default-src 'none'" }), {
    ...DEFAULTS,
    'content-security-policy': "default-src 'none'",
  })
})

t.test('what is no header is refused at once', async (t) => {
  for (const wrong of [{ 'a b': 'c' }, { a: 'line\nbreak' }, { a: 7 }, null]) {
    t.throws(() => secureHeaders(wrong as never), { code: 'BEAMISH_BAD_ARGUMENT' })
  }
})
