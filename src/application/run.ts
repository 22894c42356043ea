import { constants } from 'node:os'
import { type PostedCall, postCall, ResponseMessage } from '../behaviours/call.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError, BeamishError } from '../core/errors.ts'
import { formatReason } from '../core/reason.ts'
import { errorOf } from '../reports/reason-lines.ts'
import { currentProcess } from '../runtime/current.ts'
import { isDown } from '../runtime/messages.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { receive } from '../runtime/receive.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { monitor } from '../runtime/signals.ts'
import { Timer } from '../runtime/timers.ts'
import { controllerOf, registerOf, type StopCause, Stopping } from './controller.ts'
import { type ApplicationModule, type Environment, isApplication, type StartType } from './definition.ts'
import type { Host } from './host.ts'
import type { EnsureAllStartedOutcome } from './outcome.ts'

/** Options of `Application.run`. */
export interface RunOptions<E extends object = Environment> {
  /** Settings that are stronger than those of the definition. */
  readonly env?: Partial<E>
  /** Default `'permanent'`: the program ends when the application does. */
  readonly type?: StartType
  /** Signals that stop the program in order; the second one stops it at once. Default `['SIGTERM', 'SIGINT']`. */
  readonly signals?: readonly NodeJS.Signals[]
  /**
   * Milliseconds from the signal until the program is over, whatever happens: the whole of it, not each application. Then
   * everything that is left is killed. Default 25 000, a little less than what Kubernetes waits before it kills.
   */
  readonly shutdownTimeoutMs?: number
  /**
   * `'node'`: the process of the operating system ends with the exit code, at the latest when `shutdownTimeoutMs` is over.
   * `'nothing'`: that is left to the caller. Default `'node'`.
   */
  readonly ends?: 'node' | 'nothing'
}

/** How `Application.run` came to its end. */
export interface RunResult {
  /** What began the stop: a signal, `Application.stopAll`, or the end of an application. */
  readonly cause: StopCause | { readonly type: 'signal'; readonly signal: NodeJS.Signals }
  /** 0 when everything stopped in order · 1 after the end of an application or when time was up · 128 + n after a second signal. */
  readonly exitCode: number
  /** The applications that did not stop in time, the last started first. */
  readonly killed: readonly string[]
}

const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']
const DEFAULT_SHUTDOWN_MS = 25_000
const OPTIONS: readonly string[] = [
  'env',
  'type',
  'signals',
  'shutdownTimeoutMs',
  'ends',
] satisfies (keyof RunOptions)[]

/** A signal of the operating system, as a message. */
class SignalMessage {
  readonly type = 'signal'
  readonly signal: NodeJS.Signals

  constructor(signal: NodeJS.Signals) {
    this.signal = signal
  }
}

/** `Application.run`, on a given host. It runs as a process: signals are messages to it. */
export function runApplication(host: Host, app: ApplicationModule, options: RunOptions): Promise<RunResult> {
  checkRun(app, options)
  const { runtime } = currentProcess()
  const register = registerOf(runtime)
  register.resolve('Application.run', app)
  if (options.env !== undefined) register.settings.configure(app.name, options.env, register.loaded.has(app.name))
  return runtime.run(() => new Run(host, app, options, currentProcess()).untilOver())
}

function checkRun(app: unknown, options: RunOptions): void {
  if (!isApplication(app))
    throw new BadArgumentError('Application.run', 'an application made by Application.define', app)
  checkKeys('Application.run', options, OPTIONS)
  const { shutdownTimeoutMs = 0, signals = [], ends = 'node' } = options
  if (!(typeof shutdownTimeoutMs === 'number' && shutdownTimeoutMs >= 0)) {
    throw new BadArgumentError('Application.run: shutdownTimeoutMs', 'milliseconds, at least 0', shutdownTimeoutMs)
  }
  for (const signal of signals) {
    if (!(signal in constants.signals))
      throw new BadArgumentError('Application.run: signals', 'names of signals', signal)
  }
  if (ends !== 'node' && ends !== 'nothing')
    throw new BadArgumentError('Application.run: ends', "'node' | 'nothing'", ends)
}

class Run {
  private readonly host: Host
  private readonly app: ApplicationModule
  private readonly options: RunOptions
  private readonly process: LocalProcess
  private readonly runtime: Runtime
  private readonly shutdownMs: number
  /** Monotonic milliseconds; from the first signal on. */
  private deadline = Number.POSITIVE_INFINITY

  constructor(host: Host, app: ApplicationModule, options: RunOptions, process: LocalProcess) {
    this.host = host
    this.app = app
    this.options = options
    this.process = process
    this.runtime = process.runtime
    this.shutdownMs = options.shutdownTimeoutMs ?? DEFAULT_SHUTDOWN_MS
  }

  async untilOver(): Promise<RunResult> {
    this.process.own().label = `runs ${this.app.name}`
    const letGo = this.runtime.hold()
    const deaf = (this.options.signals ?? DEFAULT_SIGNALS).map((signal) => this.listen(signal))
    const blind = controllerOf(this.runtime).code.watch(this.process)
    try {
      const cause = await this.untilStopping()
      const result = await this.stopEverything(cause)
      this.endHost(result)
      return result
    } finally {
      for (const stop of deaf) stop()
      blind()
      letGo()
    }
  }

  private listen(signal: NodeJS.Signals): () => void {
    return this.host.onSignal(signal, () => this.process.deliverSignal(new SignalMessage(signal)))
  }

  // ── Running ────────────────────────────────────────────────────────────────────────────────────────────────────

  private async untilStopping(): Promise<RunResult['cause']> {
    const payload = { modules: [this.app], type: this.options.type ?? 'permanent' }
    const { pid } = controllerOf(this.runtime).process
    using controller = monitor(pid)
    const start = postCall(pid, 'ensureAllStarted', payload)
    for (;;) {
      const message = await receive()
      if (message instanceof SignalMessage) return { type: 'signal', signal: message.signal }
      if (message instanceof Stopping) return message.cause
      if (isDown(message, controller))
        return { type: 'applicationExited', application: 'applicationController', reason: message.reason }
      if (isAnswer(message, start)) checkStarted(this.app, message)
    }
  }

  // ── Stopping ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** In order until the deadline or the second signal, whichever is first; then at once. */
  private async stopEverything(cause: RunResult['cause']): Promise<RunResult> {
    this.deadline = this.runtime.clock.now() + this.shutdownMs
    const { code, process } = controllerOf(this.runtime)
    const stopped = postCall(process.pid, 'stopAll', undefined)
    const isMine = (message: unknown) => message instanceof SignalMessage || isAnswer(message, stopped)
    const message = await receive(isMine, { afterMs: this.leftMs() })
    if (isAnswer(message, stopped)) return { cause, exitCode: codeOf(cause), killed: [] }
    const killed = code.killAll()
    await receive((answer) => isAnswer(answer, stopped)) // everything is dead: this only lets the controller tidy up
    const exitCode = message instanceof SignalMessage ? 128 + constants.signals[message.signal] : 1
    return { cause, exitCode, killed }
  }

  /** Whole milliseconds, as `receive` wants them; a fraction too long rather than too short. */
  private leftMs(): number {
    return Math.max(0, Math.ceil(this.deadline - this.runtime.clock.now()))
  }

  /**
   * Node ends by itself when nothing keeps it any more; something forgotten may keep it no longer than the deadline. After
   * a kill there is no waiting: what was killed may have left anything behind.
   */
  private endHost({ exitCode, killed }: RunResult): void {
    if (this.options.ends === 'nothing') return
    const { host } = this
    host.setExitCode(exitCode)
    if (killed.length > 0) {
      host.warn(`applications killed at shutdown: ${killed.join(', ')}`)
      // After the caller of `run` has been told: it may have a last word, but nothing to wait for.
      setImmediate(() => host.exit(exitCode))
      return
    }
    this.runtime.timers.start(new Timer(() => this.forceExit(exitCode)), this.leftMs())
  }

  private forceExit(exitCode: number): void {
    this.host.warn(`everything has stopped, but Node is kept running by: ${this.host.activeResources().join(', ')}`)
    this.host.exit(exitCode)
  }
}

function isAnswer(message: unknown, request: PostedCall): message is ResponseMessage {
  return message instanceof ResponseMessage && message.ref === request
}

function codeOf(cause: RunResult['cause']): number {
  return cause.type === 'applicationExited' && cause.reason !== 'normal' ? 1 : 0
}

function checkStarted(app: ApplicationModule, { outcome }: ResponseMessage): void {
  // sound: the controller answers `ensureAllStarted` with nothing else
  const answer: EnsureAllStartedOutcome =
    outcome.type === 'reply'
      ? (outcome.value as EnsureAllStartedOutcome)
      : { type: 'refused', application: app.name, reason: outcome.reason }
  if (answer.type === 'started') return
  const failed = answer.application === app.name ? 'it' : `${answer.application}, which it needs,`
  const message = `application ${app.name} is not running: ${failed} did not start: ${formatReason(answer.reason)}`
  throw new BeamishError('BEAMISH_APPLICATION_NOT_STARTED', message, { cause: errorOf(answer.reason) ?? answer.reason })
}
