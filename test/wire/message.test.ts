import t from 'tap'
import { BeamishError } from '../../src/core/errors.ts'
import { InvalidMessageError } from '../../src/wire/errors.ts'
import { checkPayload, isReservedEvent, JOIN_EVENT, REPLY_EVENT } from '../../src/wire/message.ts'

t.test('events that start with phx_ are reserved', (t) => {
  t.strictSame(['phx_close', JOIN_EVENT, REPLY_EVENT, 'phx_'].map(isReservedEvent), [true, true, true, true])
  t.strictSame(['heartbeat', 'presence_diff', 'phx', 'new_phx_close'].map(isReservedEvent), [
    false,
    false,
    false,
    false,
  ])
  t.end()
})

t.test('CH-031 checkPayload names the expected shapes', (t) => {
  for (const payload of [{}, Object.create(null), new Uint8Array(1), new ArrayBuffer(1)]) {
    t.doesNotThrow(() => checkPayload(payload))
  }
  t.throws(() => checkPayload('text'), {
    code: 'BEAMISH_INVALID_PAYLOAD',
    message: /an object or bytes.*a string of 4/,
  })
  t.throws(() => checkPayload([1, 2]), { message: /an array of 2/ })
  t.throws(() => checkPayload(null), { message: /got null/ })
  t.end()
})

t.test('wire errors are BeamishErrors with a code', (t) => {
  const error = new InvalidMessageError('JSON', 'nothing')
  t.ok(error instanceof BeamishError)
  t.equal(error.code, 'BEAMISH_INVALID_MESSAGE')
  t.end()
})
