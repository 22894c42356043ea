export { HandlerExistsError } from './errors.ts'
// A star, unlike our other doors: only through a star can an app augment `Events` and `Spans` as 'beamish/telemetry'.
export * from './events.ts'
export { type Span, span } from './span.ts'
export {
  type Attachment,
  attach,
  detach,
  type Emitter,
  emitter,
  execute,
  type Handler,
  type HandlerArguments,
  hasHandlers,
  listHandlers,
  type TelemetryMessage,
} from './telemetry.ts'
