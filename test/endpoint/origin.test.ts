import t from 'tap'
import { type CheckOrigin, originPolicy } from '../../src/endpoint/origin.ts'

const facts = { urlHost: 'www.example.com', requestHost: 'chat.example.com:4000', isSecure: false }

function accepted(option: CheckOrigin, origins: readonly (string | undefined)[]): (string | undefined)[] {
  const policy = originPolicy('checkOrigin', option)
  return origins.filter((origin) => policy(origin, facts))
}

t.test('true demands the host of the endpoint, whatever scheme and port; false nothing', async (t) => {
  const origins = ['http://www.example.com', 'https://www.example.com:81', 'http://example.com', 'null']
  t.same(accepted(true, [...origins, undefined]), ['http://www.example.com', 'https://www.example.com:81', undefined])
  t.same(accepted(false, [...origins, undefined]), [...origins, undefined])
})

t.test('CH-010 an entry matches what it leaves out', async (t) => {
  const list = ['//example.com', 'http://scheme.com', '//port.com:81']
  const yes = [
    'http://example.com',
    'https://example.com:8443',
    'http://scheme.com',
    'http://scheme.com:80',
    'http://port.com:81',
    'https://port.com:81',
  ]
  const no = [
    'http://notallowed.com',
    'https://scheme.com',
    'http://scheme.com:8080',
    'http://port.com',
    'http://port.com:82',
  ]
  t.same(accepted(list, [...yes, ...no]), yes)
})

t.test('CH-011 a star stands for the host and all of its subdomains', async (t) => {
  const yes = ['https://a.ex.com', 'https://a.b.ex.com', 'https://ex.com']
  const no = ['https://a.prefix-ex.com', 'http://a.ex.com', 'https://bad-ex.com', 'https://ex.com.evil.org']
  t.same(accepted(['https://*.ex.com'], [...yes, ...no]), yes)
  t.same(accepted(['https://ex.com'], yes), ['https://ex.com'])
})

t.test('an origin without a host is refused, unless a function accepts it', async (t) => {
  const origins = ['file://', 'null', '']
  for (const option of [true, 'conn', ['//*.ex.com', '//null']] as const) t.same(accepted(option, origins), [])
  t.same(
    accepted(({ text }) => text === 'null', origins),
    ['null'],
  )
})

t.test('conn demands scheme, host and port of the request', async (t) => {
  const yes = ['http://chat.example.com:4000']
  const no = ['https://chat.example.com:4000', 'http://chat.example.com', 'http://example.com:4000']
  t.same(accepted('conn', [...yes, ...no]), yes)
})

t.test('an entry without a host, or with a star elsewhere, is refused at the start', async (t) => {
  for (const entry of ['example.com', '//', 'http:example.com', '//a.*.com', '//*', 7]) {
    t.throws(() => originPolicy('checkOrigin', [entry as string]), { code: 'BEAMISH_BAD_ARGUMENT' }, String(entry))
  }
  t.throws(() => originPolicy('checkOrigin', 'same' as CheckOrigin), { code: 'BEAMISH_BAD_ARGUMENT' })
})
