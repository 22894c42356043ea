import { Call, Cast, PostedCall, type Request } from '../behaviours/call.ts'
import type { Callback } from '../behaviours/server.ts'
import { ServerCode, systemCall } from '../behaviours/server.ts'
import { noHandler } from '../channel/errors.ts'
import { type ConnectionListener, Incoming, type Membership, TransportEnded } from '../channel/joinable.ts'
import { reply, replyError } from '../channel/result.ts'
import {
  type CallLocation,
  type ExitReason,
  isCallFailed,
  isShutdownDetail,
  reasonOfThrown,
  shutdown,
} from '../core/reason.ts'
import { asHttpError } from '../http/errors.ts'
import { runInside } from '../runtime/context.ts'
import { isExit } from '../runtime/messages.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import type { Message } from '../wire/message.ts'
import { LEAVE_EVENT } from '../wire/message.ts'
import { AsyncEnded } from './async-task.ts'
import { handleAsyncEnded } from './async-turn.ts'
import { BadPageMessage } from './bad-page-message.ts'
import {
  ConnectedView,
  type Ending,
  type FromParent,
  type JoinOutcome,
  type Kin,
  PatchOfChild,
  UNASKED,
} from './connected-view.ts'
import { runHooks } from './hooks.ts'
import { isObject } from './is-object.ts'
import { type GoodJoin, judgeJoin } from './join.ts'
import { outcomeOf, type Returned } from './live-result.ts'
import { pageViewsOf } from './page-views.ts'
import { type Invoke, type Pass, settled } from './pass.ts'
import { ComponentUpdate } from './send-update.ts'
import { type Site, siteOfTransport } from './site.ts'
import { signReload } from './tokens.ts'
import { UploadNews } from './upload/upload-messages.ts'
import { handleUploadNews } from './upload/view-uploads.ts'
import { handleMessage } from './view-events.ts'
import { tokenNameOf } from './view-registry.ts'

/**
 * The loop of one live view: one page, or a view in it.
 *
 * Life: joining → joined → ended. Whatever it takes to mount and render runs before any message is looked at; the start does not
 * wait for it. What the view does is in {@link ConnectedView}; here its passes are performed, one at a time.
 * Semantics: Phoenix.LiveView.Channel; liveview.md §3, §4.
 */
export class LiveViewCode extends ServerCode implements ConnectionListener {
  readonly behaviour = 'LiveView'
  private readonly membership: Membership
  private view: ConnectedView | undefined = undefined
  private isJoining = true
  private readonly invokeHere: Invoke = (callback, a, b, c) => this.invoke(callback, a, b, c)

  constructor(membership: Membership) {
    super()
    this.membership = membership
    this.formatStatus = () => ({ state: this.summary() })
  }

  get moduleName(): string {
    return this.view?.socket.view.moduleName ?? 'a live view'
  }

  getState(): unknown {
    return this.view?.socket
  }

  replaceState(): void {}

  /** The socket as reports show it: what the app put there, not what it hangs on. */
  private summary(): object {
    const { topic, joinRef } = this.membership
    return { topic, joinRef, joined: this.membership.isJoined, assigns: this.view?.socket.assigns }
  }

  // ── Join ──

  protected init(): void {
    const isConnected = this.membership.begin(this.process, this)
    this.ready()
    this.next = isConnected ? () => this.join() : () => this.finish(shutdown('closed'))
  }

  private join(): void {
    const { membership } = this
    this.lastMessage = { type: 'join', topic: membership.topic }
    const site = siteOfTransport(membership.transport)
    const verdict = judgeJoin(membership, site)
    if (verdict.type === 'refused') {
      this.refuse({ reason: verdict.reason })
      return
    }
    this.perform(this.mountAndRender(verdict, site), (outcome) => this.joined(outcome))
  }

  private *mountAndRender(asked: GoodJoin, site: Site): Pass<JoinOutcome> {
    const kin = asked.parent === null ? this.kinOfRoot(asked) : yield* this.askParent(asked.parent, asked)
    if ('refusal' in kin) return { type: 'refused', response: { reason: kin.refusal } }
    const { membership, process } = this
    this.view = new ConnectedView(asked, kin, { process, membership, site, invoke: this.invokeHere })
    return yield* this.view.join()
  }

  private kinOfRoot({ origin }: GoodJoin): Kin {
    return { parentPid: undefined, rootPid: this.process.pid, origin, shared: {} }
  }

  /** The view around a child answers when it has time; the page gives up by itself when that is never. */
  private *askParent(key: string, { assignNew }: GoodJoin): Pass<Kin | { readonly refusal: string }> {
    const found = pageViewsOf(this.membership.transport).find(key)
    if (found.type !== 'alive') return { refusal: found.type === 'redirected' ? 'parent_redirect' : 'stale' }
    const parentPid = found.pid
    new ParentWatch(this.process, parentPid).attach(parentPid.receiver as LocalProcess) // sound: of one connection, one thread
    try {
      const answer = yield systemCall(ASKED, parentPid, 'infinity', (code) =>
        (code as LiveViewCode).connected.tellChild(assignNew),
      )
      return { parentPid, ...(answer as FromParent) } // what was asked for
    } catch (error) {
      return { refusal: isRedirect(error) ? 'parent_redirect' : 'join crashed' }
    }
  }

  private joined({ type, response }: JoinOutcome): void {
    if (type === 'refused') {
      this.answerRefused(response)
      this.afterTasks('shutdown', () => this.finish('normal'))
    } else {
      const isIn = this.membership.acceptAlone(response)
      this.isJoining = false
      // The connection ended meanwhile: what came before the notice of that is for nobody.
      if (!isIn) this.transportEnded('normal')
    }
  }

  /** Nothing has come of the join: nobody waits for what a task in it may still do. */
  private refuse(response: object): void {
    this.answerRefused(response)
    this.finish('normal')
  }

  private answerRefused(response: object): void {
    this.isJoining = false
    this.membership.refuse(response)
  }

  protected override failed(thrown: unknown): void {
    if (this.isStarting || !this.isJoining) super.failed(thrown)
    else this.joinFailed(thrown)
  }

  /** An error that has a page of its own is answered over HTTP: the client loads the page anew. */
  private joinFailed(thrown: unknown): void {
    const status = asHttpError(thrown)?.status ?? 500
    if (status < 500 && this.view !== undefined) {
      const view = tokenNameOf(this.view.socket.view)
      const token = signReload(siteOfTransport(this.membership.transport), { status, view })
      this.refuse({ reason: 'reload', status, token })
      return
    }
    this.answerRefused({ reason: 'join crashed' })
    const reason = reasonOfThrown(thrown)
    this.reportTerminate(reason)
    this.finish(reason)
  }

  // ── One message ──

  protected handle(message: unknown): void {
    if (message instanceof Incoming) this.handleIncoming(message.message)
    else if (message instanceof TransportEnded) this.transportEnded(message.reason)
    else if (message instanceof Call || message instanceof PostedCall) this.turn(message, this.call(message))
    else if (message instanceof Cast) this.turn(message, this.cast(message))
    else if (this.handleSystem(message)) return
    else if (isExit(message, this.membership.transport.pid)) this.terminate(message.reason)
    else if (message instanceof AsyncEnded)
      this.turn(message, handleAsyncEnded(this.connected, this.invokeHere, message))
    else if (message instanceof ParentEnded) this.parentEnded()
    else if (message instanceof PatchOfChild) this.turn(message, this.connected.patchForChild(message))
    else if (message instanceof ComponentUpdate) this.turn(message, this.updateComponent(message))
    else if (message instanceof UploadNews)
      this.turn(message, handleUploadNews(this.connected, this.invokeHere, message))
    else this.turn(message, this.info(message))
  }

  /** Handles one message, and whatever it brings about, before the next one is looked at. */
  private turn(message: unknown, pass: Pass<Ending | undefined>): void {
    this.lastMessage = message
    if (this.debug !== undefined) this.debug.event({ type: 'in', message }, this.view?.socket)
    this.connected.begin()
    this.perform(pass, (ending) => {
      if (ending !== undefined) this.terminate(ending.reason)
    })
  }

  /** Messages are looked at only when the join is over. */
  private get connected(): ConnectedView {
    return this.view as ConnectedView
  }

  private handleIncoming(message: Message): void {
    if (message.event === LEAVE_EVENT) this.leave(message)
    else this.turn(message, this.pageMessage(message))
  }

  private leave(message: Message): void {
    this.lastMessage = message
    this.membership.close()
    this.membership.answer(message.ref, reply())
    this.terminate(shutdown('left'))
  }

  private *pageMessage(message: Message): Pass<Ending | undefined> {
    try {
      return yield* handleMessage(this.connected, this.invokeHere, message)
    } catch (error) {
      if (!(error instanceof BadPageMessage)) throw error
      if (message.ref !== null) this.membership.answer(message.ref, replyError({ reason: 'bad request' }))
      this.unexpected('warning', { expected: error.message, ...message })
      return undefined
    }
  }

  private *call(request: Request): Pass<Ending | undefined> {
    const { socket } = this.connected
    const handlers = socket.view.prepared.handleCall
    const handler = required(handlers, this.moduleName, 'handleCall', request.name)
    const returned: Returned = { moduleName: this.moduleName, callback: `handleCall.${request.name}`, mayAnswer: true }
    const result = yield* settled(this.invoke(handler, request.payload, socket, request))
    const { answer, stop } = outcomeOf(result, socket, returned)
    const ending = stop === undefined ? yield* this.connected.conclude(UNASKED) : this.connected.stop(stop, UNASKED)
    if (answer !== undefined) request.answer(answer.response)
    return ending
  }

  private *cast({ name, payload }: Cast): Pass<Ending | undefined> {
    const { socket } = this.connected
    const handler = required(socket.view.prepared.handleCast, this.moduleName, 'handleCast', name)
    return yield* this.after(`handleCast.${name}`, yield* settled(this.invoke(handler, payload, socket)))
  }

  private *info(message: unknown): Pass<Ending | undefined> {
    const { socket } = this.connected
    const { handleInfo } = socket.view.prepared
    const hooked = yield* runHooks(this.invokeHere, socket, 'handleInfo', [message])
    if (hooked.type === 'halt') return yield* this.connected.conclude(UNASKED)
    if (handleInfo === undefined) {
      this.unexpected('debug', message)
      return yield* this.connected.conclude(UNASKED)
    }
    return yield* this.after('handleInfo', yield* settled(this.invoke(handleInfo, message, socket)))
  }

  /** A callback that nobody waits for has returned. */
  private *after(callback: string, result: unknown): Pass<Ending | undefined> {
    const view = this.connected
    const returned: Returned = { moduleName: this.moduleName, callback, mayAnswer: false }
    const { stop } = outcomeOf(result, view.socket, returned)
    return stop === undefined ? yield* view.conclude(UNASKED) : view.stop(stop, UNASKED)
  }

  private *updateComponent({ target, assigns }: ComponentUpdate): Pass<Ending | undefined> {
    const view = this.connected
    const instance = target.findIn(view.tree.components)
    if (instance === undefined) {
      this.missing(target.name)
      return undefined
    }
    return yield* view.updateComponent(instance, assigns)
  }

  /** It may have left the page since: nothing is wrong with that. */
  private missing(component: string): void {
    const { process, moduleName } = this
    process.runtime.report({ type: 'componentGone', level: 'debug', module: moduleName, pid: process.pid, component })
  }

  private unexpected(level: 'warning' | 'debug', message: unknown): void {
    const { process, moduleName } = this
    const { pid, name } = process
    process.runtime.report({ type: 'unexpectedMessage', level, module: moduleName, pid, name, message })
  }

  /**
   * Callbacks of views are asynchronous as often as not, plain functions that return a promise among them: their process is theirs from
   * the first call on. A render costs many times what that does.
   */
  protected override invoke(callback: Callback, a?: unknown, b?: unknown, c?: unknown): unknown {
    return runInside(this.process, () => callback.call(a, b, c))
  }

  // ── Passes ──

  private perform<Result>(pass: Pass<Result>, done: (result: Result) => void): void {
    this.advance(pass, () => pass.next(), done)
  }

  private advance<Result>(
    pass: Pass<Result>,
    step: () => IteratorResult<PromiseLike<unknown>, Result>,
    done: (result: Result) => void,
  ): void {
    const { done: isDone, value } = step()
    if (isDone) {
      done(value)
      return
    }
    this.await(
      value,
      (result) => this.advance(pass, () => pass.next(result), done),
      (error) => this.advance(pass, () => pass.throw(error), done),
    )
  }

  // ── The end ──

  private transportEnded(reason: ExitReason): void {
    this.terminate(reason === 'normal' ? shutdown('closed') : reason)
  }

  /** The page has left the views in it by itself. */
  private parentEnded(): void {
    if (this.membership.isJoined) {
      // It may have done so while this one was busy: nobody will look at that any more.
      const waiting = this.process.mailbox.toArray().filter((message) => message instanceof Incoming)
      for (const { isLeave, ref } of waiting) if (isLeave) this.membership.answer(ref, reply())
      this.membership.closeUnannounced()
    }
    this.terminate(shutdown('parent_exited'))
  }

  override terminate(reason: ExitReason, beforeEnd?: () => void): void {
    this.afterTasks(reason, () => super.terminate(reason, beforeEnd))
  }

  /** Calls `end` when the tasks are over, if the view waits for them, else at once. */
  private afterTasks(reason: ExitReason, end: () => void): void {
    const tasks = this.view?.socket.tasks
    const isGraceful = reason === 'shutdown' || isShutdownDetail(reason)
    if (!isGraceful || !tasks?.isBusy || this.terminating || !this.view?.socket.view.prepared.awaitsTasks) {
      end()
      return
    }
    this.holdOut()
    this.await(tasks.endedInTime(), end)
  }

  connectionEnds(): void {
    this.holdOut()
  }

  /**
   * The view is about to end by itself: its last words get their time, even if its supervisor stops as well. So exit signals become
   * messages, which nobody will look at: what ends the view is before them in its mailbox.
   */
  private holdOut(): void {
    this.process.trapsExits = true
  }

  protected terminateCallback(reason: ExitReason): unknown {
    const { view } = this
    const terminate = view?.socket.view.prepared.terminate
    if (view === undefined || terminate === undefined) return undefined
    this.holdOut()
    return this.invoke(terminate, reason, view.socket)
  }
}

const ASKED: CallLocation = { module: 'LiveView', function: 'join', args: [] }

/** The view around this one has ended. */
class ParentEnded {}

/** A child watches the view around it. */
class ParentWatch extends Monitor {
  override targetEnded(): void {
    this.watcher.deliverSignal(new ParentEnded())
  }
}

/** Whether a view that was asked ended because its page goes elsewhere: see `leaveFor`. */
function isRedirect(thrown: unknown): boolean {
  const failed = reasonOfThrown(thrown)
  const reason = isCallFailed(failed) ? failed.reason : failed
  return isShutdownDetail(reason) && isObject(reason.detail) && typeof reason.detail['to'] === 'string'
}

function required(
  handlers: ReadonlyMap<string, Callback>,
  moduleName: string,
  callback: string,
  name: string,
): Callback {
  const handler = handlers.get(name)
  if (handler === undefined) throw noHandler(moduleName, callback, name, handlers)
  return handler
}
