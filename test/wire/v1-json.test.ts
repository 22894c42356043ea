import t from 'tap'
import type { Frame } from '../../src/wire/serializer.ts'
import { v1Json } from '../../src/wire/v1-json.ts'
import { type ClientMessage, serializerContract } from '../contracts/serializer.ts'

t.test('V1 keeps the serializer contract', (t) =>
  serializerContract(t, {
    serializer: v1Json,
    write,
    read,
    sendsJoinRef: false,
    malformed: {
      'empty text': '',
      'no JSON': 'garbage',
      'an array': '["1","1","t","e",{}]',
      null: 'null',
      'no topic': '{"event":"e","payload":{},"ref":"1"}',
      'no event': '{"topic":"t","payload":{},"ref":"1"}',
      'no payload': '{"topic":"t","event":"e","ref":"1"}',
      'no ref': '{"topic":"t","event":"e","payload":{}}',
      'a topic that is a number': '{"topic":5,"event":"e","payload":{},"ref":"1"}',
      'fields in the prototype': '{"__proto__":{"topic":"t","event":"e","payload":{},"ref":"1"}}',
      'depth 100,000': `{"topic":"t","event":"e","ref":"1","payload":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      'a binary frame': Uint8Array.of(0, 0, 0, 1, 1, 0x74, 0x65),
    },
  }),
)

t.test('CH-036 V1 frames are objects without join_ref', (t) => {
  const reply = { type: 'reply', joinRef: '3', ref: '4', topic: 'room:a', status: 'ok', response: {} } as const
  t.equal(
    v1Json.encode(reply),
    '{"topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"4"}',
  )
  t.equal(
    v1Json.encode({ type: 'message', joinRef: '3', ref: null, topic: 'room:a', event: 'joined', payload: {} }),
    '{"topic":"room:a","event":"joined","payload":{},"ref":null}',
  )
  t.equal(
    v1Json.fastlane({ type: 'broadcast', topic: 'room:a', event: 'shout', payload: { z: 1 } }),
    '{"topic":"room:a","event":"shout","payload":{"z":1},"ref":null}',
  )
  t.end()
})

t.test('CH-036 join_ref is optional from the client', (t) => {
  t.equal(v1Json.decode('{"topic":"t","event":"e","payload":{},"ref":"1"}').joinRef, null)
  t.equal(v1Json.decode('{"topic":"t","event":"e","payload":{},"ref":"1","join_ref":"5"}').joinRef, '5')
  t.strictSame(v1Json.decode('{"topic":null,"event":"e","payload":null,"ref":7}'), {
    type: 'message',
    joinRef: null,
    ref: 7,
    topic: null,
    event: 'e',
    payload: null,
  })
  t.end()
})

function write({ joinRef, ...rest }: ClientMessage): Frame {
  return JSON.stringify({ ...rest, join_ref: joinRef })
}

function read(frame: Frame): ClientMessage {
  const { join_ref: joinRef = null, ...rest } = JSON.parse(frame as string) // sound: it throws for bytes
  return { joinRef, ...rest }
}
