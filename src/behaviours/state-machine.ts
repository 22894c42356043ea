import { GenServer } from './gen-server.ts'
import { define } from './machine-callbacks.ts'
import {
  callerOf,
  eventTimeoutAction,
  from,
  getPersistedSnapshot,
  getSnapshot,
  pidOf,
  postponeAction,
  reply,
  subscribe,
  unsubscribe,
} from './machine-host.ts'
import { callMachine, castToMachine, postToMachine, stopMachine } from './machine-process.ts'

/**
 * State machines as processes: callbacks in the manner of gen_statem (`define`), or XState v5 machines (`from`).
 *
 * Semantics: OTP gen_statem.
 */
export const StateMachine = {
  define,
  from,

  /** As the module's own `call`, for a machine whose module is not at hand. Default timeout `'infinity'`. */
  call: callMachine,
  /** As the module's own `cast`. */
  cast: castToMachine,
  /** As the module's own `sendRequest`. */
  sendRequest: postToMachine,
  /**
   * Answers a call: from any process; only the first answer counts, a late one is dropped.
   * Semantics: OTP gen_statem:reply/2.
   */
  replyTo: GenServer.reply,
  /**
   * Ends a machine in order: earlier messages are handled first, `terminate` runs, and it is dead when this returns.
   * @throws {ExitError} `BEAMISH_NOPROC` · `BEAMISH_TIMEOUT` · `BEAMISH_EXIT` when it ended with another reason.
   * Semantics: OTP gen_statem:stop/3.
   */
  stop: stopMachine,
  /** The pid behind a server reference, or `undefined`. */
  whereis: GenServer.whereis,

  // For machines of `from`.
  getSnapshot,
  getPersistedSnapshot,
  subscribe,
  unsubscribe,
  pidOf,

  // Actions of machines of `from`.
  reply,
  postpone: postponeAction,
  eventTimeout: eventTimeoutAction,
  callerOf,
} as const
