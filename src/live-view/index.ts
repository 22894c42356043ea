// The live view door: pages as processes.
export type { ChannelClient } from '../channel/calls.ts'
export {
  Answer,
  NoAnswer,
  noReply,
  type Ok,
  reply,
  Stop,
  stop,
} from '../channel/result.ts'
export type {
  ComponentEventMetadata,
  LiveEventMetadata,
  LiveMountMetadata,
  LiveParamsMetadata,
  LiveViewMetadata,
} from '../http/live-events.ts'
export type { LiveRouteOptions, LiveSessionOptions } from '../http/live-place.ts'
export type { LogRule } from '../reports/logger.ts'
export {
  type AssignAsyncOptions,
  type AssignName,
  type AsyncValues,
  type AsyncWork,
  assignAsync,
  cancelAsync,
  type StartAsyncOptions,
  type StreamAsyncOptions,
  startAsync,
  streamAsync,
} from './async.ts'
export { type AsyncFailure, AsyncResult } from './async-result.ts'
export type { AsyncName, AsyncOutcome } from './async-task.ts'
export type { ViewCallHandlers, ViewCastHandlers } from './calls.ts'
export { serveColocated, writeColocated } from './colocated/colocated.ts'
export {
  type BrowserElement,
  type Hook,
  type HookCallbacks,
  type HookInstance,
  hook,
  runtimeHook,
} from './colocated/hook.ts'
export { type ScopedCss, type ScopedCssOptions, scopedCss } from './colocated/scoped-css.ts'
export {
  type Cid,
  type ComponentCallbacks,
  type ComponentId,
  type ComponentModule,
  type ComponentSocket,
  LiveComponent,
} from './component.ts'
export { type AsyncSlots, asyncResult } from './components/async-result.ts'
export { type DynamicTagAttributes, dynamicTag } from './components/dynamic-tag.ts'
export { type FocusWrapAttributes, focusWrap } from './components/focus-wrap.ts'
export { type FormAttributes, form } from './components/form.ts'
export { type InputsForOptions, inputsFor } from './components/inputs-for.ts'
export { type Interspersed, intersperse } from './components/intersperse.ts'
export { type LinkAttributes, link } from './components/link.ts'
export { type LiveTitleOptions, liveTitle } from './components/live-title.ts'
export { type PortalAttributes, portal } from './components/portal.ts'
export type { Attributes, AttributeValue, Content, Slot } from './components/slot.ts'
export { csrfMetaTag } from './csrf-meta-tag.ts'
export type { Href } from './destination.ts'
export type { ComponentDestroyedMetadata, ComponentUpdateMetadata, LiveRenderMetadata } from './events.ts'
export { clearFlash, putFlash } from './flash.ts'
export { type CastListOptions, castList } from './forms/cast-list.ts'
export type {
  Form,
  FormField,
  FormLists,
  FormParams,
  NestedOptions,
} from './forms/form.ts'
export type { FieldErrors, FormErrors, FormIssue } from './forms/form-issues.ts'
export { type FormOptions, toForm } from './forms/to-form.ts'
export { usedErrors, usedInput } from './forms/used-input.ts'
export type { HookStage } from './hook-table.ts'
export { attachHook, detachHook, type HookFunctions, putPrivate } from './hooks.ts'
export {
  type DispatchOptions,
  JS,
  type JsCommand,
  type NavigateOptions,
  type PushOptions,
  type ShowOptions,
  type TargetOptions,
  type To,
  type ToggleOptions,
  type Transition,
  type TransitionOptions,
} from './js.ts'
export type { Container, ContainerAttributes, LiveLayout, RootLayout } from './layout.ts'
export { liveFlash } from './live-flash.ts'
export { type LiveRenderOptions, liveRender } from './live-render.ts'
export type { LiveResult, NothingResult } from './live-result.ts'
export { LiveSocket, type LiveSocketModule, type LiveSocketOptions } from './live-socket.ts'
export {
  LiveView,
  type LiveViewCallbacks,
  type LiveViewModule,
  type OnMount,
  type SessionValues,
  type ViewParams,
} from './live-view.ts'
export { type GoOptions, pushNavigate, pushPatch, type RedirectTarget, redirect } from './navigation.ts'
export { type NavigationType, navigationType } from './navigation-type.ts'
export { error, type Failed, type OkWith, ok } from './outcome.ts'
export { type PushEventOptions, pushEvent } from './push-event.ts'
export { type PageOptions, renderPage } from './render-page.ts'
export { renderWith } from './render-with.ts'
export { cont, type HaltOptions, halt, type Mounted, type MountOptions, mounted } from './result.ts'
export { rootLayout } from './root-layout.ts'
export { sendUpdate, sendUpdateAfter } from './send-update.ts'
export type { BuiltInAssigns, ComponentAssigns, FlashMessages, LiveState } from './state.ts'
export {
  type StreamConfigureOptions,
  type StreamInsertOptions,
  type StreamItem,
  type StreamName,
  type StreamOptions,
  stream,
  streamConfigure,
  streamDelete,
  streamDeleteByDomId,
  streamInsert,
} from './stream.ts'
export { html, type Rendered } from './template/html.ts'
export { type Comprehension, each, memo } from './template/lists.ts'
export type { LiveStream, StreamItems } from './template/live-stream.ts'
export type { LiveViewUse } from './template/nodes.ts'
export { csrfToken, type PageValue } from './template/page-value.ts'
export { InvalidTemplateError } from './template/template.ts'
export { whenAssigned } from './template/unchanged.ts'
export { type AttributeList, attrs, InvalidValueError, type Raw, raw, type TextValue } from './template/values.ts'
export {
  type ConsumeFunction,
  consumeUploadedEntries,
  consumeUploadedEntry,
  type Postponed,
  postpone,
} from './upload/consume.ts'
export { liveFileInput, liveImgPreview } from './upload/live-file-input.ts'
export { allowUpload, cancelUpload, disallowUpload, uploadedEntries } from './upload/socket-uploads.ts'
export type { TemporaryFile } from './upload/temporary-file.ts'
export { type UploadConfig, type UploadProblem, type Uploads, uploadErrors } from './upload/upload-config.ts'
export type { UploadEntry, UploadStatus } from './upload/upload-entry.ts'
export type {
  CustomUploadError,
  ExternalMetadataFailure,
  UploadError,
  WriterFailure,
} from './upload/upload-error.ts'
export type { ExternalMeta, UploadOptions, WriterChoice } from './upload/upload-options.ts'
export type { CloseReason, UploadWriter } from './upload/upload-writer.ts'
export type { LiveAssigns, LiveViewSocket } from './view-socket.ts'
export { getConnectInfo, getConnectParams, staticChanged } from './visit.ts'
