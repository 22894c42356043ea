// The testing door.
export { type AssertReceiveOptions, assertReceive, refuteReceive } from './assert-receive.ts'
export {
  ChannelTest,
  type ChannelTestContext,
  type ChannelTestWait,
  type PushedTo,
  type TestChannel,
  type TestConnectOptions,
  type TestConnectOutcome,
  type TestJoinOutcome,
  type TestPush,
  type TestReply,
  type TestSocket,
  type TestSocketOptions,
} from './channel-test.ts'
export type { FormValue, FormValues } from './live-view/form-fields.ts'
export { type LiveOutcome, LiveRedirect } from './live-view/live-redirect.ts'
export {
  type LiveIsolatedOptions,
  LiveViewTest,
  type LiveViewTestOptions,
  type LiveVisitor,
} from './live-view/live-view-test.ts'
export type { TestElement } from './live-view/test-element.ts'
export type { FormRequest, TestForm } from './live-view/test-form.ts'
export { type PreflightResponse, type TestFile, type TestUpload, UploadRefused } from './live-view/test-upload.ts'
export { type JoinAnswer, type TestPatch, TestView } from './live-view/test-view.ts'
export { startSupervised, stopSupervised } from './supervised.ts'
export { settle, VirtualClock } from './virtual-clock.ts'
export { type TestWorld, withRuntime } from './with-runtime.ts'
