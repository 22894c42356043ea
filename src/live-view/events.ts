import type {} from '../http/live-events.ts'
import type { ComponentSocket } from './component.ts'
import type { LiveState } from './state.ts'
import type { LiveViewSocket } from './view-socket.ts'

/** A render of a view; with the last three, of one component and what is in it. */
export interface LiveRenderMetadata {
  /** What reports call the view. */
  readonly view: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the view assigns
  readonly socket: LiveViewSocket<any>
  /** Whether it is rendered because it is new. */
  readonly force: boolean
  /** Whether something was assigned. */
  readonly changed: boolean
  /** What reports call the component. */
  readonly component?: string
  readonly id?: unknown
  readonly cid?: number
}

/** Components of one module are updated together. */
export interface ComponentUpdateMetadata {
  /** What reports call them. */
  readonly component: string
  /** Each with the assigns that it is used with. */
  readonly assignsSockets: readonly (readonly [assigns: object, socket: ComponentSocket])[]
}

/** A component is gone. */
export interface ComponentDestroyedMetadata {
  /** What reports call it. */
  readonly component: string
  readonly cid: number
  /** With the assigns that it had last. */
  readonly socket: ComponentSocket
  // biome-ignore lint/suspicious/noExplicitAny: whatever the view assigns
  readonly viewSocket: LiveViewSocket<any>
}

declare module '../http/live-events.ts' {
  interface LiveViewMetadata {
    /** Of the view, or of the component. */
    // biome-ignore lint/suspicious/noExplicitAny: whatever it assigns
    readonly socket: LiveState<any>
  }
}

declare module '../telemetry/events.ts' {
  interface Spans {
    /** A view that changed is rendered, with its components. Semantics: Phoenix `[phoenix, live_view, render]`. */
    'beamish.liveView.render': { metadata: LiveRenderMetadata }
    /** `update` of each, or `updateMany`. Semantics: Phoenix `[phoenix, live_component, update]`. */
    'beamish.liveComponent.update': { metadata: ComponentUpdateMetadata }
  }
  interface Events {
    /** A component has left the page. Semantics: Phoenix `[phoenix, live_component, destroyed]`. */
    'beamish.liveComponent.destroyed': { measurements: CountMeasurements; metadata: ComponentDestroyedMetadata }
  }
}
