import { type ExitReason, isShutdownDetail } from '../core/reason.ts'

/** Forced by a broadcast of `disconnect`. */
export const DISCONNECTED = 'disconnected'
/** The client was silent for too long. */
export const TIMED_OUT = 'timeout'
/** The client sent more messages than it may. */
export const FLOODED = 'flooded'
/** The client has not shown up for too long. */
export const INACTIVE = 'inactive'
/** The server stops. */
export const DRAINING = 'draining'

const GOING_AWAY = 1001
const PROTOCOL_ERROR = 1002
const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011
const SERVICE_RESTART = 1012

/**
 * The WebSocket close code for the end of a socket process. Never 1000, which makes clients before 1.8.16 stay away.
 * Semantics: channels.md §3.4.
 */
export function closeCode(reason: ExitReason): number {
  if (reason === 'shutdown') return SERVICE_RESTART
  if (!isShutdownDetail(reason)) return INTERNAL_ERROR
  switch (reason.detail) {
    case DISCONNECTED:
      return GOING_AWAY
    case TIMED_OUT:
    case INACTIVE:
      return PROTOCOL_ERROR
    case FLOODED:
      return POLICY_VIOLATION
    case DRAINING:
      return SERVICE_RESTART
    default:
      return INTERNAL_ERROR
  }
}
