// The testing door.
export { settle, VirtualClock } from './virtual-clock.ts'
export { type TestWorld, withRuntime } from './with-runtime.ts'
