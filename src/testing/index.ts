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
export { startSupervised, stopSupervised } from './supervised.ts'
export { settle, VirtualClock } from './virtual-clock.ts'
export { type TestWorld, withRuntime } from './with-runtime.ts'
