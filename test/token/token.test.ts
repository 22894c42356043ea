import t from 'tap'
import { BadArgumentError } from '../../src/core/errors.ts'
import type { KeyBase, TokenContext } from '../../src/token/key-base.ts'
import { deriveKey, keyCache } from '../../src/token/key-generator.ts'
import { sealBytes } from '../../src/token/message-encryptor.ts'
import { signBytes } from '../../src/token/message-verifier.ts'
import type { Term } from '../../src/token/term.ts'
import { Token } from '../../src/token/token.ts'

/** Key base, salts and results of channels.md §11.4, checked against plug_crypto 2.1.1. */
const KEY_BASE = 'beamish-test-secret-key-base-0123456789abcdef'
const OTHER_BASE = 'another-secret-key-base-0123456789abcdefghijk'
const SALT = 'user auth'
const SIGNED_AT_SECONDS = 1_700_000_000
const NOW_MS = SIGNED_AT_SECONDS * 1000
const now = (): number => NOW_MS
const ok = (data: Term) => ({ type: 'ok', data })
const error = (reason: string) => ({ type: 'error', reason })

/** What holds for both pairs of functions. */
const PAIRS = [
  { name: 'signed', put: Token.sign, take: Token.verify },
  { name: 'encrypted', put: Token.encrypt, take: Token.decrypt },
] as const

/** A clock that stands where it is put. */
function clockAt(ms: number): () => number {
  return () => ms
}

for (const { name, put, take } of PAIRS) {
  t.test(`TK-001 a token is ${name} by whatever has a secret, and read by whatever has the same`, async (t) => {
    class Request {
      get secretKeyBase(): KeyBase {
        return [KEY_BASE]
      }
    }
    const contexts: TokenContext[] = [
      KEY_BASE,
      [KEY_BASE],
      { secretKeyBase: KEY_BASE },
      { secretKeyBase: () => KEY_BASE },
      Object.assign(() => {}, { secretKeyBase: [KEY_BASE, OTHER_BASE] }),
      new Request(),
    ]
    for (const writer of contexts) {
      for (const reader of contexts) t.same(take(reader, SALT, put(writer, SALT, 1, { now }), { now }), ok(1))
    }
  })

  t.test(`TK-002 nothing is missing, and what is not ${name} with this secret and salt is invalid`, async (t) => {
    const token = put(KEY_BASE, SALT, 1, { now })
    for (const nothing of [null, undefined]) t.same(take(KEY_BASE, SALT, nothing, { now }), error('missing'))
    t.same(take(KEY_BASE, 'another salt', token, { now }), error('invalid'), 'another salt')
    t.same(take(OTHER_BASE, SALT, token, { now }), error('invalid'), 'another secret')
    const sealedOtherwise = name === 'signed' ? Token.encrypt : Token.sign
    t.same(take(KEY_BASE, SALT, sealedOtherwise(KEY_BASE, SALT, 1, { now }), { now }), error('invalid'))
    const garbage = [
      '',
      '.',
      '..',
      'garbage',
      'SFMyNTY',
      'SFMyNTY..',
      'XCP.',
      'XCP.AAAA',
      `${token}.`,
      ` ${token}`,
      1,
      {},
      [token],
    ]
    for (const value of garbage) t.same(take(KEY_BASE, SALT, value, { now }), error('invalid'), String(value))
    t.same(take(KEY_BASE, SALT, 'a'.repeat(2 ** 22), { now }), error('invalid'), 'longer than any')
  })

  t.test(`TK-003 a ${name} token is as good as its reader says`, async (t) => {
    const token = put(KEY_BASE, SALT, 1, { now })
    const after = (ms: number, maxAgeSeconds: number | 'infinity') =>
      take(KEY_BASE, SALT, token, { maxAgeSeconds, now: clockAt(NOW_MS + ms) })
    t.same(after(0, 1000), ok(1))
    t.same(after(1_000_000, 1000), ok(1), 'at the last moment')
    t.same(after(1_000_001, 1000), error('expired'))
    t.same(after(0, 0), error('expired'))
    t.same(after(0, -1000), error('expired'))
    t.same(after(50, 0.1), ok(1))
    t.same(after(150, 0.1), error('expired'))
    t.same(after(1e12, 'infinity'), ok(1))
  })

  t.test(`TK-004 the age a token was ${name} with holds, unless its reader says otherwise`, async (t) => {
    const short = put(KEY_BASE, SALT, 1, { maxAgeSeconds: 0.1, now })
    const long = put(KEY_BASE, SALT, 1, { maxAgeSeconds: 1000, now })
    const endless = put(KEY_BASE, SALT, 1, { maxAgeSeconds: 'infinity', now })
    const over = put(KEY_BASE, SALT, 1, { maxAgeSeconds: -1000, now })
    const usual = put(KEY_BASE, SALT, 1, { now })
    const at = (ms: number) => ({ now: clockAt(NOW_MS + ms) })
    t.same(take(KEY_BASE, SALT, short, at(100)), ok(1))
    t.same(take(KEY_BASE, SALT, short, at(101)), error('expired'))
    t.same(take(KEY_BASE, SALT, short, { ...at(101), maxAgeSeconds: 1 }), ok(1), 'longer')
    t.same(take(KEY_BASE, SALT, long, at(999_000)), ok(1))
    t.same(take(KEY_BASE, SALT, long, { ...at(999_000), maxAgeSeconds: 1 }), error('expired'), 'shorter')
    t.same(take(KEY_BASE, SALT, endless, at(1e12)), ok(1))
    t.same(take(KEY_BASE, SALT, endless, { ...at(2000), maxAgeSeconds: 1 }), error('expired'))
    t.same(take(KEY_BASE, SALT, over, at(0)), error('expired'))
    t.same(take(KEY_BASE, SALT, over, { ...at(0), maxAgeSeconds: 1000 }), ok(1))
    t.same(take(KEY_BASE, SALT, usual, at(86_400_000)), ok(1), 'a day when nobody says')
    t.same(take(KEY_BASE, SALT, usual, at(86_400_001)), error('expired'))
  })

  t.test(`TK-005 a token ${name} yesterday is a day old, one from the future invalid`, async (t) => {
    const day = 86_400
    const token = put(KEY_BASE, SALT, 1, { signedAtSeconds: SIGNED_AT_SECONDS - day })
    t.same(take(KEY_BASE, SALT, token, { maxAgeSeconds: day + 1, now }), ok(1))
    t.same(take(KEY_BASE, SALT, token, { maxAgeSeconds: day - 1, now }), error('expired'))
    const early = put(KEY_BASE, SALT, 1, { signedAtSeconds: SIGNED_AT_SECONDS + 0.001 })
    t.same(take(KEY_BASE, SALT, early, { now }), error('invalid'))
    t.same(take(KEY_BASE, SALT, early, { now: clockAt(NOW_MS + 1) }), ok(1))
    t.same(take(KEY_BASE, SALT, early, { now, maxAgeSeconds: 'infinity' }), ok(1), 'no time is looked at')
  })

  t.test(`a token is ${name} now by the clock of the machine when nobody gives another`, async (t) => {
    const token = put(KEY_BASE, SALT, 'hello')
    t.same(take(KEY_BASE, SALT, token), ok('hello'))
    t.same(take(KEY_BASE, SALT, token, { now: clockAt(Date.now() + 86_500_000) }), error('expired'))
    t.same(take(KEY_BASE, SALT, token, { now: clockAt(Date.now() - 60_000) }), error('invalid'))
  })

  t.test(`what is ${name} comes back as it was`, async (t) => {
    const data: Term = {
      text: 'grüße 🌍',
      numbers: [0, 255, 256, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 0.5, -1e-300, 2n ** 64n],
      flags: [true, false, null],
      bytes: Uint8Array.of(0xff, 0, 0x80),
      nested: { list: [[], [{}], [1, 2, 3]], empty: '' },
    }
    t.strictSame(take(KEY_BASE, SALT, put(KEY_BASE, SALT, data)), ok(data))
  })
}

t.test('TK-006 another derivation of the key is another token; the defaults spelled out are the same', async (t) => {
  const token = (options: object) => Token.sign(KEY_BASE, 'id', 1, { signedAtSeconds: 0, ...options })
  const usual = token({})
  t.equal(token({ keyIterations: 1000, keyLength: 32, keyDigest: 'sha256' }), usual)
  const others = [{ keyIterations: 1001 }, { keyLength: 16 }, { keyDigest: 'sha384' }, { keyDigest: 'sha512' }].map(
    token,
  )
  t.equal(new Set([usual, ...others]).size, 5)
  for (const other of others)
    t.same(Token.verify(KEY_BASE, 'id', other, { maxAgeSeconds: 'infinity' }), error('invalid'))

  const encrypted = Token.encrypt(KEY_BASE, 'id', 1, { keyIterations: 1001, keyDigest: 'sha512' })
  t.same(Token.decrypt(KEY_BASE, 'id', encrypted, { keyIterations: 1001, keyDigest: 'sha512' }), ok(1))
  t.same(Token.decrypt(KEY_BASE, 'id', encrypted, { keyIterations: 1001 }), error('invalid'))
  t.same(Token.decrypt(KEY_BASE, 'id', encrypted, { keyDigest: 'sha512' }), error('invalid'))
})

t.test('TK-007 signed tokens equal those of plug_crypto, in both directions', async (t) => {
  const vectors: { data: Term; token: string; options?: object }[] = [
    { data: 1, token: 'SFMyNTY.g2gDYQFuBgAAaOXPiwFiAAFRgA.IYC_CtOWpgs2I5ldNPiLuHd_20wF_5lfm8CeNTMdmKc' },
    {
      data: 'user:42',
      token: 'SFMyNTY.g2gDbQAAAAd1c2VyOjQybgYAAGjlz4sBYgABUYA.0kt225nHxfTWtCslTeMr7EfVEphEeyYdPdPfIF8N6qg',
    },
    {
      data: { id: 7 },
      token: 'SFMyNTY.g2gDdAAAAAFtAAAAAmlkYQduBgAAaOXPiwFiAAFRgA.ArbfhaDjduIyWRZT0YSzF1jxd7KiL-ws7xoAQuvLQwo',
    },
    { data: [1, 2, 3], token: 'SFMyNTY.g2gDawADAQIDbgYAAGjlz4sBYgABUYA.kafsXbAecObP33DX-LK7UPDmhJwAXSURXrFdDq4Ur3w' },
    {
      data: 1,
      token: 'SFMyNTY.g2gDYQFuBgAAaOXPiwFiAAFRgA.Q8e0Z9maBOm_VmaXS0F8wBgXTgAX1i9LT3m4qkZHV_Q',
      options: { keyLength: 64, keyIterations: 2000 },
    },
    { data: true, token: 'SFMyNTY.g2gDdwR0cnVlbgYAAGjlz4sBYgABUYA.NA2q_BWLhQdv0OA_rjB4VrRnc3If1ZDvtIPaaW7nTBg' },
  ]
  for (const { data, token, options } of vectors) {
    t.equal(Token.sign(KEY_BASE, SALT, data, { signedAtSeconds: SIGNED_AT_SECONDS, ...options }), token)
    t.strictSame(Token.verify(KEY_BASE, SALT, token, { now, ...options }), ok(data))
  }
  const oldAtom = 'SFMyNTY.g2gDZAAEdHJ1ZW4GAABo5c-LAWIAAVGA.s-eF66GVgFvjeYQqeSgEHIrZGdWkHYSyz834xVUo1bg'
  t.same(Token.verify(KEY_BASE, SALT, oldAtom, { now }), ok(true), 'an atom as older systems write it')
})

t.test('TK-007 an encrypted token equals that of plug_crypto, in both directions', async (t) => {
  const token = 'XCP.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXV5FwPvQBXcSrVNlJceoDlpKBm_xEHNIaKi_VHwHmkmjkfBtfica1cRFvTdU4u7I'
  t.same(Token.decrypt(KEY_BASE, 'user secret', token, { now }), ok({ id: 7 }))
  const key = deriveKey('test', KEY_BASE, 'user secret')
  const term = Buffer.from('83680374000000016d00000002696461076e06000068e5cf8b016200015180', 'hex')
  const iv = Uint8Array.from({ length: 24 }, (_, index) => index)
  t.equal(sealBytes({ key, iv, aad: 'A128GCM' }, term), token)
  const again = () => Token.encrypt(KEY_BASE, 'user secret', { id: 7 }, { signedAtSeconds: SIGNED_AT_SECONDS })
  t.not(again(), again(), 'the vector is random')
  t.equal(again().length, token.length)
})

/** A token that is authentic, whatever lies in it. */
function tokenOf(hex: string): string {
  return signBytes(deriveKey('test', KEY_BASE, SALT), Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** `{data, 1700000000000, 86400}` */
function tokenOfData(hex: string): string {
  return tokenOf(`83 6803 ${hex} 6e06000068e5cf8b01 6200015180`)
}

t.test('TK-010 an authentic token with hostile or foreign data is invalid', async (t) => {
  const deep = (levels: number) => `${'6c00000001'.repeat(levels)}6a${'6a'.repeat(levels)}`
  const hostile = {
    'an exported function': '71 7706 6572616c616e 7704 68616c74 6100',
    'a function': '70 0000001c 00 00112233445566778899aabbccddeeff 00000000 00000000 6a',
    'an old function': '75 00000000',
    'a pid': '58 7704 6e6f6465 00000001 00000000 00000000',
    'an old pid': '67 7704 6e6f6465 00000001 00000000 00',
    'a reference': '5a 0001 7704 6e6f6465 00000000 00000001',
    'a port': '59 7704 6e6f6465 00000001 00000000',
    'a compressed term': '50 00000002 789c4b6400000061',
    'a nested tuple': '6802 6101 6102',
    'a large tuple': '69 00000001 6101',
    'a bit string': '4d 00000001 04 f0',
    'an old float': `63 ${'30'.repeat(31)}`,
    'a large big integer': '6f 00000001 00 01',
    'an integer with a wrong sign': '6e 01 02 01',
    'an improper list': '6c 00000001 6101 6102',
    'a float that is infinite': '46 7ff0000000000000',
    'a float that is no number': '46 7ff8000000000000',
    'an integer as a key': '74 00000001 6101 6102',
    'bytes as a key': '74 00000001 6d00000001ff 6102',
    'a list as a key': '74 00000001 6a 6102',
    'a key __proto__': `74 00000001 6d00000009${hexOf('__proto__')} 7400000000`,
    'an atom __proto__ as a key': `74 00000001 7709${hexOf('__proto__')} 7400000000`,
    'two keys of one spelling': '74 00000002 6d0000000161 6101 770161 6102',
    'an atom that is not text': '7702 c328',
    'text past the end': '6d ffffffff 61',
    'a list past the end': '6c ffffffff 6101',
    'a map past the end': '74 ffffffff 6d0000000161 6101',
    'small integers past the end': '6b ffff 01',
    'lists 513 deep': deep(513),
    'lists 100,000 deep': deep(1e5),
    'maps 100,000 deep': `${'74000000016d0000000161'.repeat(5e4)}6a`,
    'an unknown tag': '00',
  }
  for (const [what, hex] of Object.entries(hostile)) {
    t.same(Token.verify(KEY_BASE, SALT, tokenOfData(hex), { now }), error('invalid'), what)
  }
  t.equal(Token.verify(KEY_BASE, SALT, tokenOfData(deep(512)), { now }).type, 'ok', 'lists 512 deep are read')
  t.equal(Reflect.get({}, 'polluted'), undefined)
})

t.test('TK-010 authentic bytes that are no token are invalid', async (t) => {
  const time = '6e06000068e5cf8b01'
  const foreign = {
    nothing: '',
    'the version alone': '83',
    'another version': `82 6803 6101 ${time} 6200015180`,
    'an integer': '83 6101',
    'a session': '83 74 00000001 6d00000004 64617461 6101',
    'a tuple of one': '83 6801 6101',
    'a tuple of four': `83 6804 6101 ${time} 6200015180 6101`,
    'a tuple of nothing': '83 6800',
    'a time that is text': '83 6803 6101 6d0000000131 6200015180',
    'an age that is nil': `83 6803 6101 ${time} 77036e696c`,
    'an age that is text': `83 6803 6101 ${time} 6d0000000131`,
    'bytes behind the token': `83 6803 6101 ${time} 6200015180 00`,
    'half a token': `83 6803 6101 ${time} 620001`,
  }
  for (const [what, hex] of Object.entries(foreign)) {
    t.same(Token.verify(KEY_BASE, SALT, tokenOf(hex), { now }), error('invalid'), what)
    t.same(Token.verify(KEY_BASE, SALT, tokenOf(hex), { now, maxAgeSeconds: 'infinity' }), error('invalid'), what)
  }
  const complete = '6803 6101 6e06000068e5cf8b01 6200015180'.replaceAll(' ', '')
  for (let length = 0; length < complete.length; length += 2) {
    t.same(Token.verify(KEY_BASE, SALT, tokenOf(`83${complete.slice(0, length)}`), { now }), error('invalid'))
  }
})

t.test('TK-010 tokens of older systems are read', async (t) => {
  const time = '6e06000068e5cf8b01'
  const read = (hex: string, ms: number) => Token.verify(KEY_BASE, SALT, tokenOf(hex), { now: clockAt(NOW_MS + ms) })
  const pair = `83 6802 6107 ${time}`
  const map = `83 74 00000002 640004${hexOf('data')} 6107 640006${hexOf('signed')} ${time}`
  for (const token of [pair, map]) {
    t.same(read(token, 86_400_000), ok(7), 'good for a day')
    t.same(read(token, 86_400_001), error('expired'))
  }
  const atoms = `74 00000001 7704${hexOf('role')} 760005${hexOf('admin')}`
  t.strictSame(Token.verify(KEY_BASE, SALT, tokenOfData(atoms), { now }), ok({ role: 'admin' }), '%{role: :admin}')
})

function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return String(error)
  }
  return ''
}

t.test('TK-011 a short secret, none, or something else is refused, and no message shows it', async (t) => {
  const calls = [
    (context: TokenContext) => Token.sign(context, SALT, 1),
    (context: TokenContext) => Token.verify(context, SALT, null),
    (context: TokenContext) => Token.encrypt(context, SALT, 1),
    (context: TokenContext) => Token.decrypt(context, SALT, 'garbage'),
  ]
  for (const call of calls) {
    for (const context of ['hunter2', [KEY_BASE, 'hunter2'], { secretKeyBase: 'hunter2' }]) {
      t.throws(() => call(context), { code: 'BEAMISH_BAD_ARGUMENT', message: /at least 20 random bytes, got 7/ })
      t.notMatch(
        messageOf(() => call(context)),
        /hunter2/,
      )
    }
    t.throws(() => call([]), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => call(undefined as never), { code: 'BEAMISH_BAD_ARGUMENT' })
    t.throws(() => call({} as never), { code: 'BEAMISH_BAD_ARGUMENT', message: /an endpoint, a request, a socket/ })
    for (const secretKeyBase of [undefined, () => undefined]) {
      t.throws(() => call({ secretKeyBase }), {
        code: 'BEAMISH_NO_SECRET_KEY_BASE',
        message: /secretKeyBase in Endpoint/,
      })
    }
  }
  t.equal(typeof Token.sign('ä'.repeat(10), SALT, 1), 'string', 'bytes are counted')
})

t.test('TK-011 ten thousand salts leave a bounded cache of keys', async (t) => {
  for (let salt = 0; salt < 10_000; salt++) Token.sign(KEY_BASE, `salt ${salt}`, 1, { keyIterations: 1 })
  t.ok(keyCache.size <= keyCache.most, `${keyCache.size} keys`)
  t.ok(keyCache.most <= 1000)
})

t.test('TK-011 the first secret of a list signs, all of them verify', async (t) => {
  for (const { put, take } of PAIRS) {
    const old = put(OTHER_BASE, SALT, 'old', { now })
    const rotated = [KEY_BASE, OTHER_BASE]
    t.same(take(rotated, SALT, old, { now }), ok('old'))
    const recent = put(rotated, SALT, 'new', { now })
    t.same(take(rotated, SALT, recent, { now }), ok('new'))
    t.same(take(KEY_BASE, SALT, recent, { now }), ok('new'))
    t.same(take(OTHER_BASE, SALT, recent, { now }), error('invalid'))
  }
})

t.test('mistakes throw, whatever the token', async (t) => {
  const bad = (call: () => unknown, message: RegExp) =>
    t.throws(call, { name: 'BadArgumentError', code: 'BEAMISH_BAD_ARGUMENT', message })
  bad(() => Token.sign(KEY_BASE, 5 as never, 1), /Token.sign: salt expects a string, got 5/)
  bad(() => Token.verify(KEY_BASE, undefined as never, null), /Token.verify: salt/)
  bad(() => Token.sign(KEY_BASE, SALT, 1, { maxAge: 1 } as never), /options .*maxAgeSeconds.*got "maxAge"/)
  bad(() => Token.verify(KEY_BASE, SALT, null, { signedAtSeconds: 1 } as never), /got "signedAtSeconds"/)
  bad(() => Token.verify(KEY_BASE, SALT, null, null as never), /an object with the options/)
  for (const maxAgeSeconds of [Number.POSITIVE_INFINITY, Number.NaN, 1e300, '5', null]) {
    bad(() => Token.sign(KEY_BASE, SALT, 1, { maxAgeSeconds } as never), /maxAgeSeconds expects seconds \| 'infinity'/)
    bad(() => Token.verify(KEY_BASE, SALT, null, { maxAgeSeconds } as never), /maxAgeSeconds/)
  }
  bad(() => Token.sign(KEY_BASE, SALT, 1, { signedAtSeconds: new Date() } as never), /seconds since 1970/)
  bad(() => Token.encrypt(KEY_BASE, SALT, 1, { keyLength: 16 }), /Token.encrypt: keyLength expects 32/)
  bad(() => Token.decrypt(KEY_BASE, SALT, null, { keyLength: 64 }), /Token.decrypt: keyLength expects 32/)
})

t.test('data that a token cannot hold is refused with the path to it', async (t) => {
  const refused = (data: unknown, message: RegExp) =>
    t.throws(() => Token.sign(KEY_BASE, SALT, data as Term), { message })
  refused(undefined, /Token.sign: data expects a string, number,.* got undefined.*null/)
  refused({ user: { since: new Date(0) } }, /data\.user\.since expects .*toISOString/)
  refused([1, [undefined]], /data\[1\]\[0\] expects/)
  // biome-ignore lint/suspicious/noSparseArray: a hole must not become a zero
  refused([1, , 2], /data\[1\] expects/)
  refused({ f: () => {} }, /data\.f expects/)
  refused(Symbol('s'), /data expects/)
  refused(new Map(), /data expects/)
  refused(new BadArgumentError('a', 'b', 'c'), /data expects/)
  refused(Number.NaN, /a finite number/)
  refused(Number.NEGATIVE_INFINITY, /a finite number/)
  refused(2 ** 53, /2\^53 − 1.*bigint/)
  refused(2n ** 2040n, /at most 255 bytes/)
  refused('\ud800', /lone surrogates/)
  refused({ '\udfff': 1 }, /lone surrogates/)
  refused(JSON.parse('{"a":{"__proto__":{"admin":true}}}'), /members other than __proto__/)
  refused('a'.repeat(2 ** 20), /at most 1048576 bytes/)
  const circle: unknown[] = []
  circle.push(circle)
  refused(circle, /512 nested/)
})
