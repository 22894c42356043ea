import { exit, type Pid, sleep, spawn } from '../../src/index.ts'

/** A body that waits for ever and takes no message. */
export function* idle() {
  yield* sleep('infinity')
}

/** A pid whose process has ended. */
export function dead(): Pid {
  const pid = spawn(idle)
  exit(pid, 'kill')
  return pid
}
