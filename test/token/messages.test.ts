import t from 'tap'
import { decryptBytes, encryptBytes, hChaCha20 } from '../../src/token/message-encryptor.ts'
import { signBytes, verifyBytes } from '../../src/token/message-verifier.ts'

const KEY = Buffer.alloc(32, 'abcdefgh')
const OTHER_KEY = Buffer.alloc(32, '12345678')
const HELLO = Buffer.from('\0hełłoworld\0')

/** The text with its character at `index` replaced by another of the alphabet, for each index. */
function* altered(text: string): Generator<string> {
  for (let index = 0; index < text.length; index++) {
    for (const letter of ['A', 'B', '_', '.', '=', '+']) {
      if (text[index] !== letter) yield text.slice(0, index) + letter + text.slice(index + 1)
    }
  }
}

t.test('a signed message has a header, the message and a signature of the length of its digest', async (t) => {
  const kinds = [
    ['sha256', 'HS256', 43],
    ['sha384', 'HS384', 64],
    ['sha512', 'HS512', 86],
  ] as const
  for (const [digest, name, length] of kinds) {
    const [header = '', payload = '', signature = ''] = signBytes(KEY, HELLO, digest).split('.')
    t.equal(Buffer.from(header, 'base64url').toString(), name)
    t.same(Buffer.from(payload, 'base64url'), HELLO)
    t.equal(signature.length, length)
  }
})

t.test('TK-009 HS256, HS384 and HS512 verify with the right key only', async (t) => {
  for (const digest of ['sha256', 'sha384', 'sha512'] as const) {
    const signed = signBytes(KEY, HELLO, digest)
    t.same(verifyBytes(KEY, signed), HELLO)
    t.equal(verifyBytes(OTHER_KEY, signed), undefined)
  }
  t.same(verifyBytes(KEY, signBytes(KEY, new Uint8Array(0))), Buffer.alloc(0), 'nothing can be signed too')
})

t.test('TK-009 a signed message with any character altered is invalid', async (t) => {
  const signed = signBytes(KEY, HELLO)
  for (const other of altered(signed)) {
    if (verifyBytes(KEY, other) !== undefined) t.fail(other)
  }
  const [header = '', payload = '', signature = ''] = signed.split('.')
  const wrong = [
    `SFMzODQ.${payload}.${signature}`,
    `SFMyNTY=.${payload}.${signature}`,
    `${header}.${Buffer.from('another').toString('base64url')}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    `${header}.${payload}.${signature}=`,
    `${header}.${payload}.${signature}.`,
    `${header}.${payload}.${signature}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -1)}`,
    `bm9uZQ.${payload}.`,
  ]
  for (const other of wrong) t.equal(verifyBytes(KEY, other), undefined, other)
})

t.test('a key must be there: with an empty one anybody could sign', async (t) => {
  t.throws(() => signBytes(new Uint8Array(0), HELLO), { code: 'BEAMISH_BAD_ARGUMENT' })
  t.throws(() => verifyBytes('secret' as never, ''), { message: /^((?!secret).)*$/ })
})

t.test('TK-009 an encrypted message with the vector, tag or text altered is invalid', async (t) => {
  const encrypted = encryptBytes(KEY, HELLO)
  t.same(decryptBytes(KEY, encrypted), HELLO)
  t.equal(decryptBytes(OTHER_KEY, encrypted), undefined)
  for (const other of altered(encrypted)) {
    if (decryptBytes(KEY, other) !== undefined) t.fail(other)
  }
  const bytes = Buffer.from(encrypted.slice(4), 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const other = Buffer.from(bytes)
    other.writeUInt8(other.readUInt8(index) ^ 1, index)
    if (decryptBytes(KEY, `XCP.${other.toString('base64url')}`) !== undefined) t.fail(`byte ${index}`)
  }
  for (let length = 0; length < bytes.length; length++) {
    if (decryptBytes(KEY, `XCP.${bytes.subarray(0, length).toString('base64url')}`) !== undefined)
      t.fail(`${length} bytes`)
  }
})

t.test('an encrypted message is authenticated with what goes beside it', async (t) => {
  const encrypted = encryptBytes(KEY, HELLO, 'right aad')
  t.same(decryptBytes(KEY, encrypted, 'right aad'), HELLO)
  t.same(decryptBytes(KEY, encrypted, Buffer.from('right aad')), HELLO)
  t.equal(decryptBytes(KEY, encrypted, 'wrong aad'), undefined)
  t.equal(decryptBytes(KEY, encrypted), undefined)
  t.same(decryptBytes(KEY, encryptBytes(KEY, HELLO), 'A128GCM'), HELLO, 'the default of Plug')
  t.same(decryptBytes(KEY, encryptBytes(KEY, new Uint8Array(0))), Buffer.alloc(0))
})

t.test('messages of the first version of plug_crypto are refused', async (t) => {
  const old =
    'QTEyOEdDTQ.L85cCXPvSqswNJoxmP5QTopFY83qCPj9czxkwct8b0HDHdC8Qwruhkq3SWw.mmqfbc2dfaMMi6Xi.n1qvYhAUYI0r7-QB6Vw.0jV2tT3U-AQMAQSch2rNsw'
  t.equal(decryptBytes(KEY, old, 'right aad'), undefined)
})

t.test('a key of another length than 32 is refused, and not shown', async (t) => {
  t.throws(() => encryptBytes(KEY.subarray(1), HELLO), { message: /key expects 32 bytes, got 31/ })
  t.throws(() => decryptBytes('abcdefgh' as never, ''), { message: /^((?!abcdefgh).)*$/ })
})

t.test('TK-007 HChaCha20 equals the vector of its draft', async (t) => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index)
  const iv = Buffer.from('000000090000004a0000000031415927', 'hex')
  t.equal(hChaCha20(key, iv).toString('hex'), '82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc')
})
