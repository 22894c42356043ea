import t from 'tap'
import * as v from 'valibot'
import { z } from 'zod'
import { defineContract, isTopicOf, type } from '../../src/client/contract.ts'

t.test('a contract is the object that it was made of', async (t) => {
  const given = {
    topic: 'room:*',
    params: z.object({ name: z.string() }),
    reply: type<{ members: string[] }>(),
    error: type<{ reason: string }>(),
    in: { say: { payload: v.object({ text: v.string() }), reply: type<{ id: string }>() }, typing: {} },
    out: { said: type<{ text: string }>() },
  }
  t.equal(defineContract(given), given)
  t.doesNotThrow(() => defineContract({ topic: 'lobby' }))
})

t.test('a mistake in a contract is refused where it is made', async (t) => {
  const schema = z.object({})
  const mistakes: Record<string, [contract: unknown, message: RegExp]> = {
    'no object': [null, /expects an object with the keys topic, .* got null/],
    'no topic': [{}, /topic/],
    'a star inside': [{ topic: 'room:*:a' }, /one \* \('room:\*'\), got "room:\*:a"/],
    'an unknown key': [{ topic: 'a', on: {} }, /the keys topic, params, .* got "on"/],
    'params that are no schema': [{ topic: 'a', params: { name: 'string' } }, /params expects a Standard Schema/],
    'an event that is a schema': [
      { topic: 'a', in: { say: schema } },
      /in\.say expects the keys payload, reply, error/,
    ],
    'an event that is nothing': [{ topic: 'a', in: { say: undefined } }, /in\.say expects an object/],
    'a payload that is no schema': [{ topic: 'a', in: { say: { payload: String } } }, /in\.say\.payload expects/],
    'a message that is no schema': [{ topic: 'a', out: { said: undefined } }, /out\.said expects a Standard Schema/],
    'events as a list': [{ topic: 'a', in: ['say'] }, /in\.0 expects an object/],
    'events as a name': [{ topic: 'a', out: 'said' }, /out expects an object by event/],
    'an event of the protocol': [{ topic: 'a', out: { phx_close: schema } }, /phx_… belongs to the protocol/],
  }
  for (const [what, [contract, message]] of Object.entries(mistakes)) {
    t.throws(() => defineContract(contract as { topic: string }), { code: 'BEAMISH_BAD_ARGUMENT', message }, what)
  }
})

t.test('a topic is one of a contract when its pattern matches', async (t) => {
  t.equal(isTopicOf({ topic: 'room:*' }, 'room:1'), true)
  t.equal(isTopicOf({ topic: 'room:*' }, 'room:'), true)
  t.equal(isTopicOf({ topic: 'room:*' }, 'room'), false)
  t.equal(isTopicOf({ topic: 'lobby' }, 'lobby'), true)
  t.equal(isTopicOf({ topic: 'lobby' }, 'lobby:1'), false)
})

t.test('a schema that is only a type lets everything through as it is', async (t) => {
  const schema = type<{ a: number }>()['~standard'] as unknown as Record<string, (value: unknown) => unknown>
  const value = { b: 1 }
  t.strictSame(schema['validate']?.(value), { value })
  t.match(schema, { version: 1, vendor: 'beamish' }, 'it is a Standard Schema')
})
