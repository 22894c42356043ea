import { Callback } from '../behaviours/server.ts'
import { badReturn } from '../channel/errors.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Params } from '../socket/transport.ts'
import { ComponentSocket } from './component.ts'
import { hookTaken, notRouted } from './errors.ts'
import type { HookStage } from './hook-table.ts'
import { type Invoke, type Pass, settled } from './pass.ts'
import { Mounted } from './result.ts'
import type { LiveState } from './state.ts'
import { LiveViewSocket } from './view-socket.ts'

type Awaitable<T> = T | PromiseLike<T>

/** What a hook is called with, by its stage; the socket comes last. What it returns: `cont()` or `halt()`. */
export interface HookFunctions<Socket> {
  handleParams: (params: Params, uri: string, socket: Socket) => Awaitable<Mounted>
  // biome-ignore lint/suspicious/noExplicitAny: a client may send anything
  handleEvent: (event: string, value: any, socket: Socket) => Awaitable<Mounted>
  // biome-ignore lint/suspicious/noExplicitAny: a view knows what it is sent
  handleInfo: (message: any, socket: Socket) => Awaitable<Mounted>
  // biome-ignore lint/suspicious/noExplicitAny: a view knows what its tasks are called, and what they give
  handleAsync: (name: any, result: any, socket: Socket) => Awaitable<Mounted>
  /** Returns nothing. What it assigns is rendered the next time. */
  afterRender: (socket: Socket) => Awaitable<unknown>
}

const STAGES: readonly string[] = [
  'handleParams',
  'handleEvent',
  'handleInfo',
  'handleAsync',
  'afterRender',
] satisfies HookStage[]
const COMPONENT_STAGES: readonly string[] = ['handleEvent', 'handleAsync', 'afterRender'] satisfies HookStage[]

/**
 * Puts a function before a callback of this view or component: hooks of a stage run in the order in which they were attached, until
 * one returns `halt()`; then the callback, if all said `cont()`.
 * @param name - unique at its stage, for {@link detachHook}.
 * @returns the socket.
 * @throws {BadArgumentError} for an unknown stage, one that a component does not have, or what is no function.
 * @throws {BeamishError} `BEAMISH_HOOK_TAKEN` for a name that is taken · `BEAMISH_NOT_ROUTED` for `handleParams` without a route.
 * Semantics: Phoenix.LiveView.attach_hook/4.
 */
// biome-ignore lint/suspicious/noExplicitAny: hooks know of the assigns what they say they know
export function attachHook<Socket extends LiveState<any>, Stage extends HookStage>(
  socket: Socket,
  name: string,
  stage: Stage,
  hook: HookFunctions<Socket>[Stage],
): Socket {
  checkHook(socket, name, stage, hook)
  if (socket.hooks.add(stage, { name, callback: new Callback(hook) })) return socket
  throw hookTaken(name, stage)
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function checkHook(socket: LiveState<any>, name: string, stage: HookStage, hook: unknown): void {
  const stages = socket instanceof ComponentSocket ? COMPONENT_STAGES : STAGES
  if (!stages.includes(stage)) throw new BadArgumentError('attachHook: stage', stages.join(' | '), stage)
  if (typeof name !== 'string' || name === '') throw new BadArgumentError('attachHook: name', 'a string', name)
  if (typeof hook !== 'function') throw new BadArgumentError(`attachHook: ${name}`, 'a function', hook)
  const isOutOfPlace = stage === 'handleParams' && socket instanceof LiveViewSocket && socket.route === undefined
  if (isOutOfPlace) throw notRouted((socket as LiveViewSocket).view.moduleName, 'a hook of handleParams') // just seen
}

/**
 * Takes a hook away again. One that is not there is no mistake.
 * @returns the socket. Semantics: Phoenix.LiveView.detach_hook/3.
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function detachHook<Socket extends LiveState<any>>(socket: Socket, name: string, stage: HookStage): Socket {
  socket.hooks.delete(stage, name)
  return socket
}

/** What the hooks of a stage said. */
export type Hooked =
  /** Go on. `count`: how many there are. */
  { readonly type: 'cont'; readonly count: number } | { readonly type: 'halt'; readonly reply: object | undefined }

/** Runs the hooks of a stage. @param args - what stands before the socket. @throws {BeamishError} `BEAMISH_BAD_RETURN` */
export function* runHooks(
  invoke: Invoke,
  // biome-ignore lint/suspicious/noExplicitAny: as above
  socket: LiveState<any>,
  stage: HookStage,
  args: readonly unknown[],
): Pass<Hooked> {
  const hooks = socket.hooks.at(stage)
  for (const { name, callback } of hooks) {
    const [a, b, c] = [...args, socket]
    const result = yield* settled(invoke(callback, a, b, c))
    if (!(result instanceof Mounted)) throw badReturn(`the hook ${name}`, stage, 'cont() | halt()', result)
    if (result.type === 'halt') return { type: 'halt', reply: result.options.reply }
  }
  return { type: 'cont', count: hooks.length }
}

/** Runs the hooks that stand after each render. What they assign does not bring another one about. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function* runAfterRender(invoke: Invoke, socket: LiveState<any>): Pass<void> {
  for (const { callback } of socket.hooks.at('afterRender')) yield* settled(invoke(callback, socket))
}

/**
 * Keeps a value with a view or component that its templates do not see and no render follows.
 * @returns the socket. Semantics: Phoenix.LiveView.put_private/3.
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function putPrivate<Socket extends LiveState<any>>(socket: Socket, key: string, value: unknown): Socket {
  if (typeof key !== 'string') throw new BadArgumentError('putPrivate: key', 'a string', key)
  socket.private.set(key, value)
  return socket
}
