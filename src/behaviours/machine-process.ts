import { BadArgumentError } from '../core/errors.ts'
import type { ExitReason } from '../core/reason.ts'
import type { Ref } from '../core/ref.ts'
import type { ServerRef } from '../runtime/names.ts'
import type { Operation } from '../runtime/operation.ts'
import { TimerRef } from '../runtime/process-timers.ts'
import type { Timeout } from '../runtime/receive.ts'
import { Call, type CallOptions, type CallSite, Cast, makeCall, PostedCall, postCall, type Request } from './call.ts'
import { GenServer } from './gen-server.ts'
import { Engine, type Step } from './machine-engine.ts'
import type { QueuedEvent } from './machine-events.ts'
import { EVENT_TIMEOUT, STATE_TIMEOUT } from './machine-timers.ts'
import { ServerCode, stopServer } from './server.ts'

/** An alarm of a timeout went off: a message like any other, so that those before it are handled first. */
class Alarm {
  readonly key: unknown
  readonly handle: Ref

  constructor(key: unknown, handle: Ref) {
    this.key = key
    this.handle = handle
  }
}

/**
 * A machine as a process: every event comes from the mailbox, is queued by the {@link Engine}, and handled one at a time.
 *
 * Semantics: OTP gen_statem, `otp.md` §13.
 */
export abstract class MachineProcess extends ServerCode {
  readonly behaviour = 'StateMachine'
  protected readonly engine = new Engine<TimerRef>({
    start: (key, time, abs) => this.startAlarm(key, time, abs),
    cancel: (handle) => handle.cancel(),
  })

  /** Handles one event. It ends, now or later, in {@link transitionDone} or in the end of the process. */
  protected abstract handleEvent(event: QueuedEvent): void
  /** Every message of its own kind that a machine knows. @returns whether it was one. */
  protected abstract handleOwn(message: unknown): boolean

  protected handle(message: unknown): void {
    if (message instanceof Call || message instanceof PostedCall) {
      this.take(this.engine.accept({ type: 'call', from: message, content: message.payload }))
    } else if (message instanceof Cast) {
      this.take(this.engine.accept({ type: 'cast', content: message.payload }))
    } else if (message instanceof Alarm) {
      const event = this.engine.expired(message.key, message.handle as TimerRef)
      if (event !== undefined) this.take(event)
    } else if (!this.handleOwn(message) && !this.handleSystem(message)) {
      this.take(this.engine.accept({ type: 'info', content: message }))
    }
  }

  protected take(event: QueuedEvent): void {
    this.lastMessage = event.type === 'call' ? event.from : event
    if (this.debug !== undefined) this.debug.event({ type: 'in', message: this.lastMessage }, this.getState())
    this.handleEvent(event)
  }

  private readonly runNext = (): void => {
    const event = this.engine.next()
    if (event !== undefined) this.take(event)
  }

  /** A transition is over: queue and timeouts are brought up to date, and what is queued comes before any message. */
  protected transitionDone(step: Step, event: QueuedEvent | undefined, stateChanged: boolean): void {
    if (this.debug !== undefined && event !== undefined) {
      this.debug.event(
        { type: step.postponed ? 'postpone' : 'consume', message: event, state: this.getState() },
        this.getState(),
      )
    }
    this.engine.finish(step, event, stateChanged)
    this.goOn()
  }

  /** Sees to it that queued events are handled before the next message. */
  protected goOn(): void {
    if (this.engine.hasWork && !this.terminating) this.next = this.runNext
  }

  protected answer(request: Request, value: unknown): void {
    if (this.debug !== undefined) {
      this.debug.event({ type: 'out', message: value, to: request.pid, state: this.getState() }, this.getState())
    }
    request.answer(value)
  }

  protected reportUnexpected(message: unknown): void {
    const { pid, name, runtime } = this.process
    runtime.report({ type: 'unexpectedMessage', level: 'warning', module: this.moduleName, pid, name, message })
  }

  private startAlarm(key: unknown, time: number, abs: boolean): TimerRef {
    const { process } = this
    const { timers } = process.runtime
    const ref = new TimerRef(process.runtime, process, (fired) => process.deliverSignal(new Alarm(key, fired)))
    if (abs) timers.startAt(ref.timer, time)
    else timers.start(ref.timer, time)
    return ref
  }

  protected override reportDetails(): Record<string, unknown> {
    const { events, timers } = this.engine
    return {
      queue: events.waiting,
      postponed: events.postponed,
      timeouts: timers.entries().map(({ key, content }) => ({ name: timeoutName(key), content })),
    }
  }
}

/** Checks what `Sys.replaceState` puts in the place of a machine's state. */
export function checkReplaced(replaced: unknown): { state: unknown; data: unknown } {
  const pair = replaced as { state: unknown; data: unknown } | null
  if (typeof pair === 'object' && pair !== null && 'state' in pair && 'data' in pair) return pair
  throw new BadArgumentError('replaceState of a state machine', '{ state, data }', replaced)
}

function timeoutName(key: unknown): unknown {
  if (key === EVENT_TIMEOUT) return 'timeout'
  return key === STATE_TIMEOUT ? 'stateTimeout' : key
}

// ── Client functions ───────────────────────────────────────────────────────────────────────────────────────────────

const CALL: CallSite = { module: 'StateMachine', function: 'call', defaultTimeoutMs: 'infinity' }
/** What calls and casts of machines are called: the event says the rest. */
const EVENT = 'event'

export function callMachine(server: ServerRef, content: unknown, options?: CallOptions): Operation<unknown> {
  return makeCall(server, EVENT, content, CALL, options)
}

export function castToMachine(server: ServerRef, content: unknown): void {
  GenServer.cast(server, EVENT, content)
}

export function postToMachine(server: ServerRef, content: unknown): PostedCall {
  return postCall(server, EVENT, content)
}

export function stopMachine(
  server: ServerRef,
  reason: ExitReason = 'normal',
  timeoutMs: Timeout = 'infinity',
): Operation<'ok'> {
  return stopServer('StateMachine', server, reason, timeoutMs)
}
