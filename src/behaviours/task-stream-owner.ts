import type { ExitReason } from '../core/reason.ts'
import type { Code } from '../runtime/code.ts'
import { Monitor } from '../runtime/monitor.ts'
import type { LocalProcess } from '../runtime/process.ts'
import { linkNew } from '../runtime/spawn.ts'

/** The code of a stream's own process: it only has to be there, and forget the `exit` messages of its tasks. */
const OWNER_CODE: Code = {
  run(process) {
    process.mailbox.clear()
    process.listening = true
  },
}

/** The consumer ended: so does the stream's own process, and every task that is linked to it. */
class ConsumerMonitor extends Monitor {
  override targetEnded(reason: ExitReason): void {
    this.watcher.die(reason === 'normal' ? 'shutdown' : reason)
  }
}

/**
 * Starts the process between a consumer and its tasks, linked to the consumer. It traps exits if the consumer does.
 * @param initialCall - for reports and info.
 */
export function startStreamOwner(consumer: LocalProcess, initialCall: string): LocalProcess {
  const owner = consumer.runtime.spawn(OWNER_CODE, consumer)
  owner.ancestors = consumer.lineage
  owner.initialCall = initialCall
  owner.trapsExits = consumer.trapsExits
  linkNew(consumer, owner)
  new ConsumerMonitor(owner, consumer.pid).attach(consumer)
  return owner
}
