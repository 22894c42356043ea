import type {} from '../channel/events.ts'
import type { Conn } from '../http/conn.ts'
import { asHttpError } from '../http/errors.ts'
import type {} from '../http/events.ts'
import type {} from '../http/live-events.ts'
import { FILTERED, filterParameters, type ParameterFilter } from '../reports/filter-parameters.ts'
import type { LogRule } from '../reports/logger.ts'
import type { ReportLevel } from '../reports/report.ts'
import { showValue } from '../reports/value.ts'
import type {} from '../socket/events.ts'
import type { MeasurementsOf, MetadataOf } from '../telemetry/events.ts'
import type {} from './events.ts'

/** One entry of a log. */
export interface LogLine {
  readonly level: ReportLevel
  /** Puts it together: a headline, and indented lines below it. Only asked for when the level is logged. */
  readonly message: () => string
}

/** The events that are told. */
export type LoggedEvent =
  | 'beamish.socket.connected'
  | 'beamish.socket.drain'
  | 'beamish.channel.joined'
  | 'beamish.channel.handledIn'
  | 'beamish.router.dispatch.stop'
  | 'beamish.router.dispatch.exception'
  | 'beamish.router.errorRendered'
  | 'beamish.liveView.mount.stop'
  | 'beamish.liveView.handleParams.stop'
  | 'beamish.liveView.handleEvent.stop'
  | 'beamish.liveComponent.handleEvent.stop'

/** How an event is told; `undefined` when it is not. */
export type Telling<E extends LoggedEvent> = (
  measurements: MeasurementsOf<E>,
  metadata: MetadataOf<E>,
  filter: ParameterFilter,
) => LogLine | undefined

/**
 * How each event is told. Pure.
 * Semantics: Phoenix.Logger; channels.md §13.
 */
export const TELLINGS: { readonly [E in LoggedEvent]: Telling<E> } = {
  'beamish.socket.connected': ({ durationMs }, { userSocket, transport, serializer, params, result, log }, filter) =>
    line(log, () => [
      `${result === 'ok' ? 'CONNECTED TO' : 'REFUSED CONNECTION TO'} ${userSocket} in ${durationText(durationMs)}`,
      `Transport: ${transport}`,
      `Serializer: ${serializer ?? 'none'}`,
      `Parameters: ${parametersText(params, filter)}`,
    ]),

  'beamish.socket.drain': ({ count, total, index, rounds }, { userSocket, intervalMs, log }) =>
    line(log, () => [
      `DRAINING ${count} of ${total} connections of ${userSocket}, round ${index} of ${rounds}, every ${intervalMs}ms`,
    ]),

  'beamish.channel.joined': ({ durationMs }, { socket: { topic }, params, result, log }, filter) =>
    line(ruleOf(topic, log), () => [
      `${result === 'ok' ? 'JOINED' : 'REFUSED JOIN'} ${word(topic)} in ${durationText(durationMs)}`,
      `Parameters: ${parametersText(params, filter)}`,
    ]),

  'beamish.channel.handledIn': ({ durationMs }, { channel, event, socket: { topic }, params, log }, filter) =>
    line(ruleOf(topic, log), () => [
      `HANDLED ${word(event)} INCOMING ON ${word(topic)} (${channel}) in ${durationText(durationMs)}`,
      `Parameters: ${parametersText(params, filter)}`,
    ]),

  'beamish.router.dispatch.stop': ({ durationMs }, { request, conn, status }, filter) =>
    line('info', () => [
      `SENT ${status} TO ${word(request.method)} ${word(pathOf(request, conn, filter))} in ${durationText(durationMs)}`,
      `Parameters: ${parametersText({ ...queryOf(conn), ...conn.params }, filter)}`,
    ]),

  'beamish.router.dispatch.exception': ({ durationMs }, { request, conn, reason }, filter) =>
    line('info', () => {
      const { status = 500 } = asHttpError(reason) ?? {}
      const why = reason instanceof Error ? reason.name : 'no error'
      const path = word(pathOf(request, conn, filter))
      return [`SENT ${status} TO ${word(request.method)} ${path} (${why}) in ${durationText(durationMs)}`]
    }),

  // What was thrown has had its line. Without a time: that of the event is what the page took.
  'beamish.router.errorRendered': (_measurements, { request, status, kind }) =>
    line(kind === undefined ? 'info' : false, () => [
      `SENT ${status} TO ${word(request.method)} ${word(new URL(request.url).pathname)} (no route)`,
    ]),

  // Over HTTP the request has its line.
  'beamish.liveView.mount.stop': ({ durationMs }, { view, connected, params, session, log }, filter) =>
    line(connected && log, () => [
      `MOUNTED ${view} in ${durationText(durationMs)}`,
      `Parameters: ${parametersText(params, filter)}`,
      `Session: ${parametersText(session, filter)}`,
    ]),

  'beamish.liveView.handleParams.stop': ({ durationMs }, { view, connected, params, log }, filter) =>
    line(connected && log, () => [
      `HANDLED PARAMS IN ${view} in ${durationText(durationMs)}`,
      `Parameters: ${parametersText(params, filter)}`,
    ]),

  'beamish.liveView.handleEvent.stop': ({ durationMs }, { view, event, params, log }, filter) =>
    line(log, () => [
      `HANDLED EVENT ${word(event)} IN ${view} in ${durationText(durationMs)}`,
      `Parameters: ${parametersText(params, filter)}`,
    ]),

  'beamish.liveComponent.handleEvent.stop': ({ durationMs }, { view, component, event, params, log }, filter) =>
    line(log, () => [
      `HANDLED EVENT ${word(event)} IN ${view} in ${durationText(durationMs)}`,
      `Component: ${component}`,
      `Parameters: ${parametersText(params, filter)}`,
    ]),
}

/** The path, or its route when the path has a parameter in it that is not to be shown: `/reset/:token`. */
function pathOf(request: Request, { params, route }: Conn, filter: ParameterFilter): string {
  const shown = filterParameters(params, filter) as Readonly<Record<string, unknown>> // sound: a copy of an object
  return Object.values(shown).includes(FILTERED) ? route : new URL(request.url).pathname
}

/** A query that cannot be decoded has none. */
function queryOf(conn: Conn): object {
  try {
    return conn.query
  } catch {
    return {}
  }
}

function line(rule: LogRule, rows: () => readonly string[]): LogLine | undefined {
  return rule === false ? undefined : { level: rule, message: () => rows().join('\n  ') }
}

/** Topics that start with `phoenix` are the protocol's own. */
function ruleOf(topic: string, log: LogRule): LogRule {
  return topic.startsWith('phoenix') ? false : log
}

/** Whole milliseconds, or microseconds below one. */
function durationText(durationMs: number): string {
  return durationMs >= 1 ? `${Math.trunc(durationMs)}ms` : `${Math.round(durationMs * 1000)}µs`
}

function parametersText(params: unknown, filter: ParameterFilter): string {
  const shown = showValue(filterParameters(params, filter), { colors: false, width: Number.POSITIVE_INFINITY })
  return shown.map((row) => row.trim()).join(' ')
}

const LONGEST_WORD = 200

/** What a client calls something, on one line: it must not be able to write lines of its own, or colours, into a log. */
function word(text: string): string {
  const cut = text.length > LONGEST_WORD ? `${text.slice(0, LONGEST_WORD)}…` : text
  return cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)
}
