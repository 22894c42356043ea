import { Cast, type Request } from './call.ts'

/** A message of a server for people: calls and casts as their sender wrote them, any other as it is. */
export function describeMessage(message: unknown): unknown {
  if (message instanceof Cast) return { type: 'cast', name: message.name, payload: message.payload }
  const request = message as Partial<Request> | null | undefined
  if (typeof request !== 'object' || request === null || typeof request.answer !== 'function') return message
  return { type: 'call', name: request.name, payload: request.payload, from: request.pid }
}
