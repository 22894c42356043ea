import { show } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { ANSI, type Paint, PLAIN } from './paint.ts'
import { errorOf, type Look, reasonLines } from './reason-lines.ts'
import type {
  ApplicationReport,
  ComponentGoneReport,
  ConnectionRefusedReport,
  CrashReport,
  LongRunReport,
  MailboxOverflowReport,
  MessageDroppedReport,
  Neighbour,
  Offender,
  ProcessErrorReport,
  ProgressReport,
  Report,
  ReportLevel,
  RequestFailedReport,
  ServerFallbackReport,
  ServerTerminateReport,
  SupervisorReport,
  TaskTerminateReport,
  UnexpectedMessageReport,
  UnmatchedTopicReport,
} from './report.ts'
import { libraryRoots } from './stack.ts'
import { moduleNameOf, showValue } from './value.ts'

/** How {@link formatReport} writes. */
export interface FormatOptions {
  /** Terminal colours. Default false. */
  readonly colors?: boolean
  /** Columns of the terminal. Default 120. */
  readonly width?: number
  /** Put before the headline: the time of day, for instance. */
  readonly prefix?: string
  /** Paths below it are shown relative to it. Default: paths are shown in full. */
  readonly directory?: string
  /** An error whose stack the reader has just seen: it is not repeated. */
  readonly shownError?: unknown
}

/** A report before it is text: a headline and labelled rows. */
interface Page {
  readonly headline: string
  /** Rows without lines are left out. */
  readonly rows: readonly (readonly [label: string, lines: readonly string[]])[]
}

const LABEL_WIDTH = 14
const MARGIN = '  '
const DEFAULT_WIDTH = 120

/**
 * A report as text for people: what failed, why, where in the author's code, and what it was doing.
 *
 * A pure function; what cannot be shown is said to be so. Content: OTP's `logger_formatter` and `proc_lib:format/1`.
 * @returns several lines, without a newline at the end.
 */
export function formatReport(report: Report, options: FormatOptions = {}): string {
  const look = lookOf(options)
  const { headline, rows } = pageOf(report, look)
  const first = [
    options.prefix === undefined ? [] : [look.paint.dim(options.prefix)],
    badge(report.level, headline, look.paint),
  ]
  return [first.flat().join(' '), ...rows.flatMap(([label, lines]) => rowLines(label, lines, look.paint))].join('\n')
}

/** The error that a report's reason carries: for `shownError` of the next report. */
export function shownErrorOf(report: Report): unknown {
  return 'reason' in report ? errorOf(report.reason) : undefined
}

function lookOf(options: FormatOptions): Look {
  const { colors = false, width = DEFAULT_WIDTH, directory = '', shownError } = options
  return {
    paint: colors ? ANSI : PLAIN,
    colors,
    width: Math.max(40, width - LABEL_WIDTH - MARGIN.length),
    directory: directory === '' || directory.endsWith('/') ? directory : `${directory}/`,
    roots: libraryRoots(),
    shownError,
  }
}

function badge(level: ReportLevel, headline: string, paint: Paint): string {
  switch (level) {
    case 'error':
      return `${paint.red('✖')} ${paint.bold(headline)}`
    case 'warning':
      return `${paint.yellow('▲')} ${paint.bold(headline)}`
    case 'info':
      return `${paint.green('●')} ${headline}`
    case 'debug':
      return `${paint.dim('·')} ${headline}`
  }
}

function rowLines(label: string, lines: readonly string[], paint: Paint): string[] {
  return lines.map((line, index) => {
    const name = index === 0 ? paint.dim(label.padEnd(LABEL_WIDTH)) : ' '.repeat(LABEL_WIDTH)
    return `${MARGIN}${name}${line}`
  })
}

function pageOf(report: Report, look: Look): Page {
  switch (report.type) {
    case 'processError':
      return processError(report, look)
    case 'crash':
      return crash(report, look)
    case 'serverTerminate':
      return serverTerminate(report, look)
    case 'unexpectedMessage':
      return unexpectedMessage(report, look)
    case 'unmatchedTopic':
      return unmatchedTopic(report)
    case 'componentGone':
      return componentGone(report)
    case 'connectionRefused':
      return connectionRefused(report)
    case 'messageDropped':
      return messageDropped(report)
    case 'supervisor':
      return supervisor(report, look)
    case 'progress':
      return progress(report)
    case 'application':
      return application(report, look)
    case 'taskTerminate':
      return taskTerminate(report, look)
    case 'requestFailed':
      return requestFailed(report, look)
    case 'serverFallback':
      return serverFallback(report, look)
    case 'longRun':
      return longRun(report)
    case 'mailboxOverflow':
      return mailboxOverflow(report)
  }
}

// ── One function for each type ─────────────────────────────────────────────────────────────────────────────────────

function processError(report: ProcessErrorReport, look: Look): Page {
  return { headline: `process ${called(report)} failed`, rows: [['reason', reasonLines(report.reason, look)]] }
}

function serverTerminate(report: ServerTerminateReport, look: Look): Page {
  return {
    headline: `${report.behaviour} ${report.module} ${called(report)} terminated`,
    rows: [
      ['reason', reasonLines(report.reason, look)],
      ['last message', messageLines(report.lastMessage, look)],
      ['state', values(report.state, look)],
      ...Object.entries(report.details).map(([label, value]) => [label, values(value, look)] as const),
      ['client', client(report.client)],
      ['log', report.log.flatMap((event) => values(event, look))],
    ],
  }
}

function crash(report: CrashReport, look: Look): Page {
  return {
    headline: `crash report: ${report.initialCall ?? 'process'} ${called(report)}`,
    rows: [
      ['reason', reasonLines(report.reason, look)],
      ['ancestors', list(report.ancestors.map(String), ' ‹ ')],
      ['callers', list(report.callers.map(String), ' ‹ ')],
      ['links', list(report.links.map(String))],
      ['neighbours', report.neighbours.map(neighbour)],
      ['mailbox', mailbox(report, look)],
      ['dictionary', report.dictionary.size === 0 ? [] : values(report.dictionary, look)],
      [
        'process',
        [
          `${report.status}, ${report.trapsExits ? 'traps exits' : 'does not trap exits'}, reductions: ${report.reductions}`,
        ],
      ],
    ],
  }
}

function unexpectedMessage(report: UnexpectedMessageReport, look: Look): Page {
  return {
    headline: `${report.module} ${called(report)} got a message that it does not handle, and dropped it`,
    rows: [['message', values(report.message, look)]],
  }
}

function unmatchedTopic({ module, pid, topic, patterns }: UnmatchedTopicReport): Page {
  const known = patterns.join(', ') || 'none'
  return {
    headline: `${module} ${pid}: a client asked to join ${show(topic)}, which no pattern of it matches. It has ${known}.`,
    rows: [],
  }
}

function componentGone({ module, pid, component }: ComponentGoneReport): Page {
  return {
    headline: `${module} ${pid}: an update of ${component}, which is not on its page, was dropped`,
    rows: [],
  }
}

function connectionRefused({ endpoint, path, transport, problem, remedy }: ConnectionRefusedReport): Page {
  return {
    headline: `${endpoint} ${path}: a ${transport} client was refused: ${problem}`,
    rows: [['remedy', [remedy]]],
  }
}

function messageDropped({ endpoint, path, transport, pid, serializer }: MessageDroppedReport): Page {
  return {
    headline: `${endpoint} ${path}: a message of bytes was left out for a ${transport} client that speaks ${serializer}`,
    rows: [
      ['process', [String(pid)]],
      ['remedy', ['Send an object with the bytes as base64, or let the client speak MessagePack (beamish/client).']],
    ],
  }
}

const SUPERVISOR_CONTEXTS: { readonly [Context in SupervisorReport['context']]: string } = {
  startError: 'did not start',
  childTerminated: 'terminated',
  shutdownError: 'did not shut down as asked',
  shutdown: 'failed once too often: the supervisor gives up',
}

function supervisor(report: SupervisorReport, look: Look): Page {
  const { offender } = report
  return {
    headline: `supervisor ${called({ pid: report.supervisor, name: report.name })}: child ${word(offender.id)} ${SUPERVISOR_CONTEXTS[report.context]}`,
    rows: [
      ['reason', reasonLines(report.reason, look)],
      ['child', child(offender)],
    ],
  }
}

function progress(report: ProgressReport): Page {
  const { started } = report
  const pid = started.pid === undefined ? '' : ` ${started.pid}`
  const parent = called({ pid: report.supervisor, name: report.name })
  return { headline: `${started.childType} ${word(started.id)}${pid} started under ${parent}`, rows: [] }
}

function application(report: ApplicationReport, look: Look): Page {
  const name = `application ${report.application}`
  switch (report.event) {
    case 'started':
      return { headline: `${name} started (${report.startType})`, rows: [] }
    case 'exited':
      if (report.level === 'info')
        return { headline: `${name} exited: ${reasonLines(report.reason, look)[0]}`, rows: [] }
      return { headline: `${name} (${report.startType}) exited`, rows: [['reason', reasonLines(report.reason, look)]] }
    case 'callbackFailed':
      return {
        headline: `${name}: a callback failed, and the stop goes on`,
        rows: [['reason', reasonLines(report.reason, look)]],
      }
  }
}

function taskTerminate(report: TaskTerminateReport, look: Look): Page {
  return {
    headline: `task ${called({ ...report, name: undefined })} terminated`,
    rows: [
      ['reason', reasonLines(report.reason, look)],
      ['function', [report.function]],
      ['arguments', report.args.flatMap((arg) => values(arg, look))],
      ['started from', [String(report.startedFrom)]],
      ['callers', list(report.callers.map(String), ' ‹ ')],
    ],
  }
}

function requestFailed({ endpoint, method, path, route, reason }: RequestFailedReport, look: Look): Page {
  return {
    headline: `${method} ${path} failed on ${endpoint}`,
    rows: [
      ['reason', reasonLines(reason, look)],
      ['route', route === undefined ? [] : [route]],
    ],
  }
}

/** An optional dependency whose engines do not fit is left out silently: it asks for Node 22, and has a binary for Node 20. */
const LEFT_OUT = [
  "npm leaves it out on Node 20, though it works there: npm install 'uWebSockets.js@npm:uws-pack@20.0.8' brings it.",
]

function serverFallback({ endpoint, adapter, reason }: ServerFallbackReport, look: Look): Page {
  const why = reasonLines(reason, look)[0] ?? ''
  return {
    headline: `${endpoint}: uWebSockets.js does not load, so ${adapter} serves (adapter: 'node' says so without this line): ${why}`,
    rows: [['remedy', why.includes('ERR_MODULE_NOT_FOUND') ? LEFT_OUT : []]],
  }
}

function longRun(report: LongRunReport): Page {
  const names = report.processes.map(({ pid, name }) => (name.includes(String(pid)) ? name : called({ pid, name })))
  return {
    headline: `the thread was held for ${Math.round(report.durationMs)} ms: every other process waited`,
    rows: [[names.length === 1 ? 'by' : 'by one of', names.slice(0, MOST_SUSPECTS)]],
  }
}

const MOST_SUSPECTS = 10

function mailboxOverflow(report: MailboxOverflowReport): Page {
  const lost = `${report.dropped} ${report.dropped === 1 ? 'message' : 'messages'} lost so far`
  return { headline: `mailbox of ${called(report)} is full (${report.policy}): ${lost}`, rows: [] }
}

// ── Parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `hits #Pid<local.7>`, with the label when there is one. */
function called({ pid, name, label }: { pid: Pid; name: string | undefined; label?: unknown }): string {
  return [name, label === undefined ? undefined : word(label), String(pid)]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** A name or id, bare when it is a plain word. */
function word(value: unknown): string {
  return typeof value === 'string' ? value : (moduleNameOf(value) ?? show(value))
}

function values(value: unknown, look: Look): string[] {
  return showValue(value, look)
}

/** Calls and casts as they were written, anything else as the value that it is. */
function messageLines(message: unknown, look: Look): string[] {
  const request = message as { type?: unknown; name?: unknown; payload?: unknown; from?: unknown } | null | undefined
  const isRequest = typeof request === 'object' && (request?.type === 'call' || request?.type === 'cast')
  if (!isRequest || typeof request?.name !== 'string') return values(message, look)
  const payload = request.payload === undefined ? [''] : values(request.payload, look)
  const [first = '', ...rest] = payload
  return [[request.type, look.paint.bold(request.name), first].filter(Boolean).join(' '), ...rest]
}

function client(asking: ServerTerminateReport['client']): string[] {
  if (asking === undefined) return []
  const alive = asking.isWaiting ? 'waits for the answer' : 'waits no more'
  return [`${called(asking)}, ${asking.isAlive ? alive : 'dead'}`]
}

function list(items: readonly string[], separator = ', '): string[] {
  return items.length === 0 ? [] : [items.join(separator)]
}

function neighbour({ pid, name, initialCall, messageQueueLength }: Neighbour): string {
  return `${called({ pid, name })} ${initialCall ?? 'process'}, ${messageQueueLength} unread: dies too`
}

function mailbox(report: CrashReport, look: Look): string[] {
  if (report.messageQueueLength === 0) return ['empty']
  const more = report.messageQueueLength - report.messages.length
  const lines = report.messages.flatMap((message) => messageLines(message, look))
  return [`${report.messageQueueLength} unread`, ...lines, ...(more > 0 ? [`... ${more} more`] : [])]
}

function child({ pid, start, restart, significant, shutdown, childType }: Offender): string[] {
  const shutdownText = typeof shutdown === 'number' ? `${shutdown} ms` : shutdown
  const kind = [restart, childType, ...(significant ? ['significant'] : []), `shutdown ${shutdownText}`].join(', ')
  return [`${pid === undefined ? 'no process' : String(pid)} ${start}`, kind]
}
