// The testing door.
export { type AssertReceiveOptions, assertReceive, refuteReceive } from './assert-receive.ts'
export { startSupervised, stopSupervised } from './supervised.ts'
export { settle, VirtualClock } from './virtual-clock.ts'
export { type TestWorld, withRuntime } from './with-runtime.ts'
