import t from 'tap'
import { deriveKey, KeyCache, type KeyOptions } from '../../src/token/key-generator.ts'

function hexKey(options: KeyOptions): string {
  return Buffer.from(deriveKey('test', 'password', 'salt', options)).toString('hex')
}

t.test('TK-008 keys equal the published ones of PBKDF2', async (t) => {
  const usual = '632c2812e46d4604102ba7618e9d6d7d2f8128f6266b4a03264d2a0460b7dcb3'
  t.equal(hexKey({ keyDigest: 'sha256', keyIterations: 1000, keyLength: 32 }), usual)
  t.equal(hexKey({}), usual, 'the defaults')
  const short = { keyIterations: 1, keyLength: 16 }
  t.equal(hexKey({ ...short, keyDigest: 'sha256' }), '120fb6cffcf8b32c43e7225256c4f837')
  t.equal(hexKey({ ...short, keyDigest: 'sha512' }), '867f70cf1ade02cff3752599a3a53dc4')
})

t.test('TK-008 keys of the specification', async (t) => {
  const base = 'beamish-test-secret-key-base-0123456789abcdef'
  const key = (salt: string) => Buffer.from(deriveKey('test', base, salt)).toString('hex')
  t.equal(key('user auth'), 'c9f85c523d1742c87cde37a42aae2c05e4ef1a66f00728335bc4b1c1b6c4920a')
  t.equal(key('user secret'), '002393eac79161cd66c7445512f58a811896009871d08e9ee1a4f76be8f0b20a')
})

t.test('TK-008 options that are no counts, or no known digest, are refused', async (t) => {
  for (const count of [0, -1, 1.5, Number.NaN, '1000', null]) {
    t.throws(() => hexKey({ keyIterations: count as number }), {
      message: /test: keyIterations expects a whole number/,
    })
    t.throws(() => hexKey({ keyLength: count as number }), { message: /test: keyLength expects a whole number/ })
  }
  t.throws(() => hexKey({ keyLength: 1025 }), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => hexKey({ keyDigest: 'md5' as 'sha256' }), { message: /"sha256" \| "sha384" \| "sha512", got "md5"/ })
})

t.test('key bases and salts that run together are kept apart', async (t) => {
  t.not(deriveKey('test', 'ab', 'c'), deriveKey('test', 'b', 'ca'))
  t.notSame(deriveKey('test', 'bc', 'a'), deriveKey('test', 'c', 'ab'))
  t.equal(deriveKey('test', 'bc', 'a'), deriveKey('test', 'bc', 'a'), 'and the same is made once')
})

t.test('a cache forgets what was not used for longest', async (t) => {
  const made: string[] = []
  const cache = new KeyCache(2)
  const get = (name: string) =>
    cache.get(name, () => {
      made.push(name)
      return Buffer.from(name)
    })
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) t.equal(get(name).toString(), name)
  t.same(made, ['a', 'b', 'c', 'b'], 'a was in use, b made room for c')
  t.equal(cache.size, 2)
})
