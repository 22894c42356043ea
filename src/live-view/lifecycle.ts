import { badReturn, noHandler } from '../channel/errors.ts'
import type { Params } from '../socket/transport.ts'
import { badOnMount, foreignPatch, notRouted, patchInMount, tooManyPatches } from './errors.ts'
import { runHooks } from './hooks.ts'
import { checkNothing } from './live-result.ts'
import { destinationOf } from './live-route.ts'
import type { SessionValues } from './live-view.ts'
import { observed } from './observed.ts'
import { type Invoke, type Pass, settled } from './pass.ts'
import { Mounted, type MountOptions } from './result.ts'
import { viewFacts } from './view-facts.ts'
import type { LiveViewSocket } from './view-socket.ts'

// The first steps of a view's life, the same over HTTP and connected: hooks, mount, handleParams, and the patches that it asks for.

/** What a view is mounted with. */
export interface MountRequest {
  readonly params: Params
  readonly session: SessionValues
  /** The address; `undefined` for a view that no route leads to. */
  readonly uri: string | undefined
}

/** A chain of patches without a render in between that is longer than this goes round in a circle. */
const MOST_PATCHES = 20

/** The callbacks of one view, called in their order. */
export class Lifecycle {
  private readonly invoke: Invoke
  private readonly socket: LiveViewSocket
  /** Whether the view was told its params: after mount it is for the first time, then after patches. */
  private hasParams = false

  constructor(socket: LiveViewSocket, invoke: Invoke) {
    this.socket = socket
    this.invoke = invoke
  }

  /**
   * Runs the hooks and `mount`.
   * @returns the options that they gave. @throws {BeamishError} `BEAMISH_BAD_ON_MOUNT` · `BEAMISH_PATCH_IN_MOUNT` · `BEAMISH_BAD_RETURN`
   */
  mount(request: MountRequest): Pass<MountOptions> {
    const { socket } = this
    return observed(
      'beamish.liveView.mount',
      () => ({ ...viewFacts(socket), socket, ...request }),
      this.mountIt(request),
    )
  }

  private *mountIt({ params, session }: MountRequest): Pass<MountOptions> {
    const { socket } = this
    const { view, route } = socket
    let options: MountOptions = {}
    for (const hook of [...(route?.session.onMount ?? []), ...view.prepared.onMount]) {
      const result = checkHook(socket, yield* settled(this.invoke(hook, params, session, socket)))
      options = { ...options, ...result.options }
      if (result.type === 'halt') return this.mounted(options)
    }
    if (view.prepared.mount === undefined) return this.mounted(options)
    const result = yield* settled(this.invoke(view.prepared.mount, params, session, socket))
    return this.mounted({ ...options, ...optionsOf(socket, result) })
  }

  private mounted(options: MountOptions): MountOptions {
    this.socket.visit = undefined
    const { redirect, route, view } = this.socket
    if (redirect?.type === 'patch') throw patchInMount(view.moduleName, redirect.to)
    if (redirect === undefined && route === undefined && view.prepared.handleParams !== undefined)
      throw notRouted(view.moduleName, 'handleParams')
    if (options.temporaryAssigns !== undefined) this.socket.makeTemporary(options.temporaryAssigns)
    return options
  }

  /**
   * Runs the hooks of `handleParams`, and that, if the view has it.
   * @throws {BeamishError} `BEAMISH_NO_HANDLER` after a patch, when hooks go on to what is not there; not after mount, for hooks that
   * only want to know the address of each view. Semantics: Phoenix.LiveView.Utils.call_handle_params!
   */
  handleParams(params: Params, uri: string): Pass<void> {
    const { socket } = this
    const isTold = socket.view.prepared.handleParams !== undefined || socket.hooks.at('handleParams').length > 0
    if (!isTold) return nothing()
    const metadata = () => ({ ...viewFacts(socket), socket, params, uri })
    return observed('beamish.liveView.handleParams', metadata, this.tellParams(params, uri))
  }

  private *tellParams(params: Params, uri: string): Pass<void> {
    const { socket, invoke } = this
    const { moduleName, prepared } = socket.view
    const isFirst = !this.hasParams
    this.hasParams = true
    const hooked = yield* runHooks(invoke, socket, 'handleParams', [params, uri])
    if (hooked.type === 'halt') return
    if (prepared.handleParams !== undefined) {
      const result = yield* settled(invoke(prepared.handleParams, params, uri, socket))
      checkNothing(result, socket, moduleName, 'handleParams')
    } else if (hooked.count > 0 && !isFirst) {
      throw noHandler(moduleName, 'handleParams', uri, new Map())
    }
  }

  /**
   * Carries out a patch that a callback asked for, and those that `handleParams` asks for then.
   * @returns the last of them; `undefined` when there was none. A redirect of another kind stays on the socket.
   * @throws {BeamishError} `BEAMISH_FOREIGN_PATCH` for an address of another view · `BEAMISH_TOO_MANY_PATCHES`
   */
  *followPatches(): Pass<Patched | undefined> {
    const { socket } = this
    let patched: Patched | undefined
    for (let count = 0; socket.redirect?.type === 'patch'; count++) {
      const { to, kind } = socket.redirect
      if (count === MOST_PATCHES) throw tooManyPatches(socket.view.moduleName, count)
      socket.redirect = undefined
      yield* this.patch(to)
      patched = { to, kind }
    }
    return patched
  }

  private *patch(to: string): Pass<void> {
    const { socket } = this
    const { view, route } = socket
    if (route === undefined) throw notRouted(view.moduleName, 'pushPatch')
    const destination = destinationOf(socket.site, to, socket.origin)
    const found = destination.type === 'live' ? destination.found : undefined
    if (found?.route.view !== view) throw foreignPatch(view.moduleName, to, found?.route.view.moduleName)
    socket.route = found.route
    // A copy: what this callback has put goes along with whatever follows, too.
    socket.assign({ liveAction: found.route.action, flash: { ...socket.newFlash } })
    yield* this.handleParams(found.params, found.uri)
  }
}

function* nothing(): Pass<void> {}

function checkHook({ view, redirect }: LiveViewSocket, result: unknown): Mounted {
  const { moduleName } = view
  if (!(result instanceof Mounted)) throw badReturn(moduleName, 'onMount', 'cont() | halt()', result)
  if (result.type === 'halt' && redirect === undefined)
    throw badOnMount(moduleName, 'returned halt() but went nowhere: call redirect before.')
  if (result.type === 'cont' && redirect !== undefined)
    throw badOnMount(moduleName, 'went elsewhere and returned cont(): return halt().')
  return result
}

function optionsOf(socket: LiveViewSocket, result: unknown): MountOptions {
  if (result === undefined || result === socket) return {}
  if (result instanceof Mounted && result.type === 'cont') return result.options
  throw badReturn(socket.view.moduleName, 'mount', 'nothing | mounted({ layout, temporaryAssigns })', result)
}

/** A patch that was carried out: for the address bar. */
export interface Patched {
  readonly to: string
  readonly kind: 'push' | 'replace'
}
