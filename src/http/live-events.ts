import type { LogRule } from '../reports/logger.ts'

// What live views tell, as far as a log of what clients do needs it: the room of live views, above this one, emits it, and adds what
// only it can name.

/** A live view: `view` is what reports call it. */
export interface LiveViewMetadata {
  readonly view: string
  /** Whether a client is connected; false while the page is made over HTTP. */
  readonly connected: boolean
  /** What the view's `log` says. */
  readonly log: LogRule
}

/** A view is mounted: with the parameters of its address, and its session. */
export interface LiveMountMetadata extends LiveViewMetadata {
  readonly params: unknown
  readonly session: object
  /** The address; absent for a view that no route leads to. */
  readonly uri?: string | undefined
}

/** A view is told its address. */
export interface LiveParamsMetadata extends LiveViewMetadata {
  readonly params: unknown
  readonly uri: string
}

/** A view is told of an event of its page. */
export interface LiveEventMetadata extends LiveViewMetadata {
  readonly event: string
  /** What came with it: of a form its fields. */
  readonly params: unknown
}

/** As {@link LiveEventMetadata}, for a component in a view; `component` is what reports call it. */
export interface ComponentEventMetadata extends LiveEventMetadata {
  readonly component: string
}

declare module '../telemetry/events.ts' {
  interface Spans {
    /** The hooks of `onMount`, and `mount`. Semantics: Phoenix `[phoenix, live_view, mount]`. */
    'beamish.liveView.mount': { metadata: LiveMountMetadata }
    /** The hooks of `handleParams`, and that. Semantics: Phoenix `[phoenix, live_view, handle_params]`. */
    'beamish.liveView.handleParams': { metadata: LiveParamsMetadata }
    /** The hooks of `handleEvent`, and the handler. Semantics: Phoenix `[phoenix, live_view, handle_event]`. */
    'beamish.liveView.handleEvent': { metadata: LiveEventMetadata }
    /** The same in a component. Semantics: Phoenix `[phoenix, live_component, handle_event]`. */
    'beamish.liveComponent.handleEvent': { metadata: ComponentEventMetadata }
  }
}
