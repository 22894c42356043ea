import type { Callback } from '../behaviours/server.ts'
import { badReturn, noHandler } from '../channel/errors.ts'
import { reply } from '../channel/result.ts'
import type { Message, MessageRef } from '../wire/message.ts'
import { BadPageMessage } from './bad-page-message.ts'
import type { ConnectedView, Ending } from './connected-view.ts'
import { noRoute, reservedPageEvent } from './errors.ts'
import { clearFlash } from './flash.ts'
import { formValue } from './form-data.ts'
import { runHooks } from './hooks.ts'
import { isObject } from './is-object.ts'
import { type Outcome, outcomeOf, pageReply, type Returned } from './live-result.ts'
import { destinationOf } from './live-route.ts'
import { observed } from './observed.ts'
import { type Invoke, type Pass, settled } from './pass.ts'
import type { LiveState } from './state.ts'
import type { ComponentTable } from './tree/component-instance.ts'
import {
  type ChosenFiles,
  chosenFilesOf,
  handlePreflight,
  handleProgress,
  putChosenFiles,
} from './upload/upload-events.ts'
import { viewFacts } from './view-facts.ts'
import type { LiveViewSocket } from './view-socket.ts'

// What the page says: each message of it is answered once, whatever comes of it. Semantics: liveview.md §4.1, §7.

/** Handles a message of the page. @throws {BadPageMessage} for one that means nothing. */
export function* handleMessage(view: ConnectedView, invoke: Invoke, message: Message): Pass<Ending | undefined> {
  const { event, payload } = message
  if (!isObject(payload)) throw new BadPageMessage('a payload that is an object')
  switch (event) {
    case 'event':
      return yield* handleEvent(view, invoke, eventOf(payload), message.ref)
    case 'live_patch':
      return yield* handlePatch(view, payload['url'], message.ref)
    case 'cids_will_destroy':
      view.tree.mark(cidsOf(payload))
      view.answer(message.ref, {})
      return undefined
    case 'cids_destroyed':
      view.answer(message.ref, { cids: view.destroy(cidsOf(payload)) })
      return undefined
    case 'allow_upload':
      return yield* handlePreflight(view, invoke, payload, message.ref)
    case 'progress':
      return yield* handleProgress(view, invoke, payload, message.ref)
    default:
      throw noHandler(view.socket.view.moduleName, 'message of the page', event, KNOWN_MESSAGES)
  }
}

const KNOWN_MESSAGES = new Map(
  ['event', 'live_patch', 'cids_will_destroy', 'cids_destroyed', 'allow_upload', 'progress'].map((event) => [
    event,
    event,
  ]),
)

/** More than this is no page of ours. */
const MOST_CIDS = 100_000

function cidsOf({ cids }: Readonly<Record<string, unknown>>): readonly number[] {
  const isRight = Array.isArray(cids) && cids.length <= MOST_CIDS && cids.every((cid) => Number.isSafeInteger(cid))
  if (!isRight) throw new BadPageMessage('cids that are a list of numbers')
  return cids
}

// ── Events ──

/** An event of the page, decoded. */
export interface DecodedEvent {
  readonly name: string
  readonly value: unknown
  /** The component that it is for; `undefined`: the view. */
  readonly cid: number | undefined
  /** The files that were chosen in the form. */
  readonly files: ChosenFiles
}

function eventOf({ type, event, value, cid, meta, uploads }: Readonly<Record<string, unknown>>): DecodedEvent {
  if (typeof event !== 'string') throw new BadPageMessage('an event whose name is a string')
  if (cid !== undefined && cid !== null && !Number.isSafeInteger(cid))
    throw new BadPageMessage('a cid that is a number')
  const isForm = type === 'form'
  const decoded = isForm ? formValue(value, isObject(meta) ? meta : {}) : value
  if (isForm && decoded === undefined) throw new BadPageMessage('a form in application/x-www-form-urlencoded')
  return { name: event, value: decoded, cid: (cid ?? undefined) as number | undefined, files: chosenFilesOf(uploads) } // just seen
}

function* handleEvent(
  view: ConnectedView,
  invoke: Invoke,
  event: DecodedEvent,
  ref: MessageRef,
): Pass<Ending | undefined> {
  if (event.cid !== undefined) return yield* handleComponentEvent(view, invoke, event, ref)
  const { socket } = view
  const { moduleName, prepared } = socket.view
  const { components } = view.tree
  const target = { moduleName, handlers: prepared.handleEvent, socket, view: socket, components, isComponent: false }
  const { answer, stop, returned } = yield* call(invoke, target, event)
  const turn = { ref, reply: answer === undefined ? undefined : pageReply(answer, returned) }
  return stop === undefined ? yield* view.conclude(turn) : view.stop(stop, turn)
}

function* handleComponentEvent(
  view: ConnectedView,
  invoke: Invoke,
  event: DecodedEvent,
  ref: MessageRef,
): Pass<Ending | undefined> {
  const instance = view.beginComponent(event.cid as number) // asked for one
  if (instance === undefined) {
    view.answer(ref, {}) // it has just been removed, and the page does not know it yet
    return undefined
  }
  const { socket, module } = instance
  const { moduleName, prepared } = module
  const { components } = view.tree
  const handlers = prepared.handleEvent
  const target = { moduleName, handlers, socket, view: view.socket, components, isComponent: true }
  const { answer, stop, returned } = yield* call(invoke, target, event)
  if (stop !== undefined) throw badReturn(module.moduleName, returned.callback, 'nothing | reply(object)', stop)
  const turn = { ref, reply: answer === undefined ? undefined : pageReply(answer, returned) }
  return yield* view.concludeComponent(instance, turn)
}

/** Who an event is for. */
interface EventTarget {
  readonly view: LiveViewSocket
  readonly isComponent: boolean
  /** Of the view or the component. */
  readonly moduleName: string
  readonly handlers: ReadonlyMap<string, Callback>
  /** The components on the page, one of which may have been meant. */
  readonly components: ComponentTable
  // biome-ignore lint/suspicious/noExplicitAny: events are no matter of the assigns
  readonly socket: LiveState<any>
}

interface Called extends Outcome {
  readonly returned: Returned
}

/** Takes the files that were chosen, then clears the flash, or runs the hooks and then the handler. */
function call(invoke: Invoke, target: EventTarget, event: DecodedEvent): Pass<Called> {
  const { moduleName, socket } = target
  const { name, files } = event
  const returned: Returned = { moduleName, callback: `handleEvent.${name}`, mayAnswer: true }
  putChosenFiles(socket, files)
  if (name.startsWith('lv:')) return cleared(target, event, returned)
  return observedEvent(target, event, handled(invoke, target, event, returned))
}

function* cleared(target: EventTarget, { name, value }: DecodedEvent, returned: Returned): Pass<Called> {
  clearBy(name, value, target)
  return { answer: undefined, stop: undefined, returned }
}

function observedEvent(target: EventTarget, { name, value }: DecodedEvent, pass: Pass<Called>): Pass<Called> {
  const { view, socket, moduleName, isComponent } = target
  const facts = () => ({ ...viewFacts(view), socket, event: name, params: value })
  if (!isComponent) return observed('beamish.liveView.handleEvent', facts, pass)
  return observed('beamish.liveComponent.handleEvent', () => ({ ...facts(), component: moduleName }), pass)
}

function* handled(
  invoke: Invoke,
  { moduleName, handlers, socket, components }: EventTarget,
  { name, value }: DecodedEvent,
  returned: Returned,
): Pass<Called> {
  if (socket.hooks.has('handleEvent')) {
    const hooked = yield* runHooks(invoke, socket, 'handleEvent', [name, value])
    if (hooked.type === 'halt') return { answer: hooked.reply && reply(hooked.reply), stop: undefined, returned }
  }
  const handler = handlers.get(name)
  if (handler === undefined) throw noHandler(moduleName, 'handleEvent', name, handlers, whoHas(name, components))
  const result = yield* settled(invoke(handler, value, socket))
  const { answer, stop } = outcomeOf(result, socket, returned)
  return { answer, stop, returned }
}

/** For an element that forgot its `phx-target`. */
function whoHas(event: string, { all }: ComponentTable): string {
  for (const { module } of all) {
    if (!module.prepared.handleEvent.has(event)) continue
    return ` The component ${module.moduleName} has one: phx-target=\${myself} on the element sends the event there.`
  }
  return ''
}

function clearBy(name: string, value: unknown, { moduleName, socket }: EventTarget): void {
  if (name !== 'lv:clear-flash') throw reservedPageEvent(moduleName, name)
  const key = isObject(value) ? value['key'] : undefined
  clearFlash(socket, typeof key === 'string' ? key : undefined)
}

// ── Patches by a link ──

function* handlePatch(view: ConnectedView, url: unknown, ref: MessageRef): Pass<Ending | undefined> {
  if (typeof url !== 'string') throw new BadPageMessage('a url')
  const { socket, lifecycle } = view
  const { view: module, route } = socket
  const destination = destinationOf(socket.site, url, socket.origin)
  if (destination.type === 'none') throw noRoute(module.moduleName, url)
  const found = destination.type === 'live' ? destination.found : undefined
  if (found?.route.view !== module || found.route.session.name !== route?.session.name) {
    view.answer(ref, { link_redirect: true })
    return undefined
  }
  socket.route = found.route
  socket.assign({ liveAction: found.route.action, flash: {} })
  yield* lifecycle.handleParams(found.params, found.uri)
  return yield* view.conclude({ ref })
}
