import { createHmac, pbkdf2Sync } from 'node:crypto'
import t from 'tap'
import { keyBasesOf } from '../../src/token/key-base.ts'
import { deriveKey } from '../../src/token/key-generator.ts'
import { decryptBytes, encryptBytes } from '../../src/token/message-encryptor.ts'
import { signBytes, verifyBytes } from '../../src/token/message-verifier.ts'
import { decodeTerm } from '../../src/token/term-reader.ts'
import { encodeTerm } from '../../src/token/term-writer.ts'

// The pieces together, as Plug.Session.COOKIE puts them together.
const KEY_BASE = 'beamish-test-secret-key-base-of-sixty-four-bytes-0123456789abcdef'
const SESSION = { _csrf_token: 'abc', user_id: 7, live_socket_id: 'users:7' }

t.test('a signed session is the term of its map under the key of its salt', async (t) => {
  const [keyBase] = keyBasesOf('test', KEY_BASE, 64)
  const cookie = signBytes(deriveKey('test', keyBase, 'signing salt'), encodeTerm(SESSION, 'test'))

  // What Plug would write, by hand: %{"_csrf_token" => "abc", "live_socket_id" => "users:7", "user_id" => 7}
  const map = [
    '837400000003',
    `6d0000000b${hexOf('_csrf_token')}6d00000003${hexOf('abc')}`,
    `6d0000000e${hexOf('live_socket_id')}6d00000007${hexOf('users:7')}`,
    `6d00000007${hexOf('user_id')}6107`,
  ]
  const signed = `SFMyNTY.${Buffer.from(map.join(''), 'hex').toString('base64url')}`
  const key = pbkdf2Sync(KEY_BASE, 'signing salt', 1000, 32, 'sha256')
  t.equal(cookie, `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`)

  const bytes = verifyBytes(key, cookie)
  t.strictSame(bytes && decodeTerm(bytes), { type: 'ok', term: SESSION })
  t.equal(verifyBytes(deriveKey('test', keyBase, 'another salt'), cookie), undefined)
})

t.test('an encrypted session is the same under the key of its other salt', async (t) => {
  const key = deriveKey('test', KEY_BASE, 'encryption salt')
  const cookie = encryptBytes(key, encodeTerm(SESSION, 'test'))
  t.match(cookie, /^XCP\.[\w-]+$/)
  const bytes = decryptBytes(key, cookie)
  t.strictSame(bytes && decodeTerm(bytes), { type: 'ok', term: SESSION })
  t.equal(decryptBytes(deriveKey('test', KEY_BASE, 'signing salt'), cookie), undefined)
})

t.test('a session may ask for a longer secret than a token does', async (t) => {
  t.throws(() => keyBasesOf('Session', 'a'.repeat(63), 64), { message: /at least 64 random bytes, got 63/ })
})

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}
