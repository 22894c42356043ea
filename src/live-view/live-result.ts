import { badReturn } from '../channel/errors.ts'
import { ANSWERS, Answer, NoAnswer, Stop } from '../channel/result.ts'
import type { LiveViewSocket } from './view-socket.ts'

/**
 * What callbacks may return: nothing (or `noReply()`, or the socket), `reply(value)` where somebody waits for an answer, or
 * `stop(reason)`.
 */
export type LiveResult<Assigns extends object> = Answer | NoAnswer | Stop | LiveViewSocket<Assigns> | undefined | void

/** What a callback may return that nobody waits for, and that cannot end the view. */
export type NothingResult<Assigns extends object> = NoAnswer | LiveViewSocket<Assigns> | undefined | void

/** What a callback said. */
export interface Outcome {
  /** For whoever waits for an answer. */
  readonly answer: Answer | undefined
  /** The view is to end. */
  readonly stop: Stop | undefined
}

const NOTHING: Outcome = { answer: undefined, stop: undefined }

/** Which callback returned something, and what it may return. */
export interface Returned {
  readonly moduleName: string
  readonly callback: string
  /** Whether somebody waits: the client for an event, a process for a call. */
  readonly mayAnswer: boolean
}

/**
 * Reads what a callback returned.
 * @param socket - the one that it was given: it may be returned, and says nothing.
 * @throws {BeamishError} `BEAMISH_BAD_RETURN`
 */
export function outcomeOf(result: unknown, socket: unknown, returned: Returned): Outcome {
  if (result === undefined || result === socket || result instanceof NoAnswer) return NOTHING
  if (result instanceof Stop) return { answer: checked(result.answer, result, returned), stop: result }
  if (result instanceof Answer) return { answer: checked(result, result, returned), stop: undefined }
  throw bad(returned, result)
}

/** For callbacks that nobody waits for, and that cannot end the view. @throws {BeamishError} `BEAMISH_BAD_RETURN` */
export function checkNothing(result: unknown, socket: unknown, moduleName: string, callback: string): void {
  if (result === undefined || result === socket || result instanceof NoAnswer) return
  throw badReturn(moduleName, callback, 'nothing | noReply(), that of beamish/live-view', result)
}

function checked(answer: Answer | undefined, result: unknown, returned: Returned): Answer | undefined {
  if (answer === undefined || (returned.mayAnswer && answer.status === 'ok')) return answer
  throw bad(returned, result)
}

function bad({ moduleName, callback, mayAnswer }: Returned, result: unknown): Error {
  const expected = mayAnswer
    ? `nothing | ${ANSWERS.split(' | ')[0]} | stop(reason)`
    : 'nothing | noReply() | stop(reason)'
  return badReturn(moduleName, callback, `${expected}, those of beamish/live-view`, result)
}

/** What an event is answered with: an object, for the page. @throws {BeamishError} `BEAMISH_BAD_RETURN` */
export function pageReply(answer: Answer, { moduleName, callback }: Returned): object {
  const { response = {} } = answer
  if (typeof response === 'object' && response !== null && !Array.isArray(response)) return response
  throw badReturn(moduleName, callback, 'reply(object): the hook in the page gets an object', response)
}
