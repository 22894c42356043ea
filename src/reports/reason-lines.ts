import { show } from '../core/errors.ts'
import {
  type ExitReason,
  formatCall,
  formatReason,
  isAlreadyStarted,
  isBadReturnValue,
  isCallFailed,
  isNoCatch,
  isShutdownDetail,
  isUncaughtError,
} from '../core/reason.ts'
import type { Paint } from './paint.ts'
import { type Frame, parseStack } from './stack.ts'
import { moduleNameOf, showValue } from './value.ts'

/** How reasons and values are shown. */
export interface Look {
  readonly paint: Paint
  readonly colors: boolean
  readonly width: number
  /** Left out of paths that begin with it. */
  readonly directory: string
  readonly roots: readonly string[]
  /** The error whose stack stands in the report just above. */
  readonly shownError: unknown
}

const MOST_FRAMES = 8
const MOST_CAUSES = 3

/** An exit reason on as many lines as it needs: the error first, then the frames of the author's code. */
export function reasonLines(reason: ExitReason, look: Look): string[] {
  if (isUncaughtError(reason)) return errorLines(reason.error, reason.stack, look)
  if (isNoCatch(reason)) return thrownLines(reason.value, reason.stack, look)
  if (isCallFailed(reason))
    return [...reasonLines(reason.reason, look), look.paint.dim(`  in ${formatCall(reason.call)}`)]
  if (isBadReturnValue(reason)) return badReturnLines(reason, look)
  if (isShutdownDetail(reason)) return afterLabel('shutdown', nested(reason.detail, look))
  return typeof reason === 'string' ? [look.paint.bold(reason)] : nested(reason, look)
}

/** The error inside a reason, if there is one. */
export function errorOf(reason: ExitReason): unknown {
  if (isUncaughtError(reason)) return reason.error
  if (isCallFailed(reason)) return errorOf(reason.reason)
  if (isShutdownDetail(reason)) return errorOf(reason.detail)
  return isNested(reason) ? errorOf(reason.reason) : undefined
}

/** Reasons such as a supervisor's `failedToStartChild`: words of their own, and the reason beneath. */
interface NestedReason {
  readonly type: string
  readonly reason: ExitReason
}

function isNested(reason: unknown): reason is NestedReason {
  const nested = reason as Partial<NestedReason> | null | undefined
  return typeof nested === 'object' && nested !== null && typeof nested.type === 'string' && 'reason' in nested
}

function nested(reason: ExitReason, look: Look): string[] {
  if (isAlreadyStarted(reason)) return [formatReason(reason)]
  if (!isNested(reason)) return showValue(reason, look)
  const { type, reason: inner, ...words } = reason
  const { id } = words as { id?: unknown }
  if (type === 'failedToStartChild')
    return afterLabel(`child ${moduleNameOf(id) ?? show(id)} did not start`, reasonLines(inner, look))
  return [...showValue({ type, ...words }, look), ...indent(afterLabel('because', reasonLines(inner, look)))]
}

function badReturnLines(reason: ExitReason, look: Look): string[] {
  const { explanation } = reason as { explanation?: unknown }
  return [look.paint.bold(typeof explanation === 'string' ? explanation : formatReason(reason))]
}

function thrownLines(value: unknown, stack: string, look: Look): string[] {
  return [...afterLabel('thrown value', showValue(value, look)), ...authorLines(parseStack(stack, look.roots), look)]
}

function errorLines(error: unknown, stack: string, look: Look, depth = 0): string[] {
  const head = headOf(error).split('\n')
  const [first = '', ...rest] = head
  if (error === look.shownError) return [`${look.paint.bold(first)} ${look.paint.dim('(stack above)')}`]
  const lines = [look.paint.bold(first), ...rest, ...frameLines(parseStack(stack, look.roots), look)]
  const cause = error instanceof Error ? error.cause : undefined
  if (cause === undefined || depth >= MOST_CAUSES) return lines
  return [...lines, ...afterLabel('caused by', causeLines(cause, look, depth + 1))]
}

function causeLines(cause: unknown, look: Look, depth: number): string[] {
  return cause instanceof Error ? errorLines(cause, cause.stack ?? '', look, depth) : showValue(cause, look)
}

function headOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  const head = `${error.name}: ${error.message}`
  return typeof code === 'string' && !head.includes(code) ? `${head} [${code}]` : head
}

// ── Frames ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The author's frames; of code that has none (it failed inside a callback of ours) the innermost of all. */
function frameLines(frames: readonly Frame[], look: Look): string[] {
  if (frames.some((frame) => frame.owner === 'app')) return authorLines(frames, look)
  return frames.slice(0, 3).map((frame) => look.paint.dim(`  at ${frameText(frame, look)}`))
}

function authorLines(frames: readonly Frame[], look: Look): string[] {
  const shown = frames.filter((frame) => frame.owner === 'app' || frame.owner === 'dependency').slice(0, MOST_FRAMES)
  if (!shown.some((frame) => frame.owner === 'app')) return []
  const lines = shown.map((frame) => frameLine(frame, look))
  const cut = frames.length - shown.length
  return cut === 0 ? lines : [...lines, look.paint.dim(`  … ${cut} more ${cut === 1 ? 'frame' : 'frames'}`)]
}

function frameLine(frame: Frame, look: Look): string {
  if (frame.owner === 'dependency') return look.paint.dim(`  at ${frameText(frame, look)}`)
  const place = look.paint.cyan(shorten(frame.place, look.directory))
  return `  at ${frame.call === undefined ? place : `${frame.call} (${place})`}`
}

function frameText({ call, place }: Frame, look: Look): string {
  const shown = shorten(place, look.directory)
  return call === undefined ? shown : `${call} (${shown})`
}

function shorten(place: string, directory: string): string {
  return directory !== '' && place.startsWith(directory) ? place.slice(directory.length) : place
}

// ── Lines ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function afterLabel(label: string, lines: readonly string[]): string[] {
  const [first = '', ...rest] = lines
  return [`${label}: ${first}`, ...rest]
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
