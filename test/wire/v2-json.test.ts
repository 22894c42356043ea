import t from 'tap'
import { v2Json } from '../../src/wire/v2-json.ts'
import { serializerContract } from '../contracts/serializer.ts'
import { readOfficial, writeOfficial } from '../contracts/serializer-clients.ts'

t.test('V2 keeps the serializer contract', (t) =>
  serializerContract(t, {
    serializer: v2Json,
    write: writeOfficial,
    read: readOfficial,
    sendsJoinRef: true,
    malformed: {
      'empty text': '',
      'no JSON': 'garbage',
      'an unfinished array': '["1","1","t","e"',
      'an object': '{"topic":"t","event":"e","payload":{},"ref":"1"}',
      'an array of two': '["1","2"]',
      'an array of four': '["1","1","t","e"]',
      'a bare value': '5',
      null: 'null',
      'a topic that is a number': '["1","1",5,"e",{}]',
      'an event that is null': '["1","1","t",null,{}]',
      'a ref that is an object': '["1",{},"t","e",{}]',
      'a join_ref that is a boolean': '[true,"1","t","e",{}]',
      'depth 100,000': `["1","1","t","e",${'['.repeat(1e5)}${']'.repeat(1e5)}]`,
      'unclosed depth 1,000,000': '['.repeat(1e6),
      'an escaped __proto__': '["1","1","t","e",{"\\u005f\\u005fproto__":{}}]',
      'an escaped constructor': '["1","1","t","e",{"\\u0063onstructor":{"prototyp\\u0065":1}}]',
      'an empty binary frame': new Uint8Array(0),
      'a binary reply': Uint8Array.of(1, 1, 1, 6, 2),
      'a binary broadcast': Uint8Array.of(2, 0, 0),
      'an unknown binary kind': Uint8Array.of(9, 0, 0, 0, 0),
      'a truncated binary header': Uint8Array.of(0, 1, 1),
      'a truncated binary frame': Uint8Array.of(0, 1, 1, 6, 5, 0x33, 0x37),
      'lengths past the end': Uint8Array.of(0, 255, 255, 255, 255, 1),
      'a topic not in UTF-8': Uint8Array.of(0, 0, 0, 2, 0, 0xc3, 0x28),
    },
  }),
)

t.test('CH-030 V2 text is an array of five', (t) => {
  const reply = { type: 'reply', joinRef: '3', ref: '4', topic: 'room:a', status: 'ok', response: {} } as const
  t.equal(v2Json.encode(reply), '["3","4","room:a","phx_reply",{"status":"ok","response":{}}]')
  t.equal(
    v2Json.encode({ type: 'message', joinRef: '3', ref: null, topic: 'room:a', event: 'joined', payload: { a: 1 } }),
    '["3",null,"room:a","joined",{"a":1}]',
  )
  t.equal(
    v2Json.fastlane({ type: 'broadcast', topic: 'room:a', event: 'shout', payload: { z: 1 } }),
    '[null,null,"room:a","shout",{"z":1}]',
  )
  t.end()
})

t.test('odd but well-formed V2 text is a message', (t) => {
  t.strictSame(v2Json.decode('[1,2.5,null,"e",[]]'), {
    type: 'message',
    joinRef: 1,
    ref: 2.5,
    topic: null,
    event: 'e',
    payload: [],
  })
  t.equal(v2Json.decode('["1","2","t","e",{},"sixth",{}]').event, 'e', 'elements after the fifth are ignored')
  t.equal(v2Json.decode('["","2","t","e",{}]').joinRef, '', 'an empty join_ref stays what it is')
  const numbered = { type: 'reply', joinRef: 1, ref: 2.5, topic: null, status: 'error', response: {} } as const
  t.equal(
    v2Json.encode(numbered),
    '[1,2.5,null,"phx_reply",{"status":"error","response":{}}]',
    'refs come back as sent',
  )
  t.end()
})

t.test('CH-033 JSON has no limit of 255 bytes', (t) => {
  const topic = 'x'.repeat(300)
  const frame = v2Json.encode({ type: 'message', joinRef: topic, ref: topic, topic, event: topic, payload: {} })
  t.equal(v2Json.decode(frame).topic, topic)
  t.end()
})

t.test('an error about a frame does not quote the frame', (t) => {
  try {
    v2Json.decode('["1","1","t","e",{"password":"hunter2"}')
    t.fail('must throw')
  } catch (error) {
    t.match(error, { name: 'InvalidMessageError', code: 'BEAMISH_INVALID_MESSAGE' })
    t.notMatch((error as Error).message, /hunter2/)
  }
  t.end()
})
