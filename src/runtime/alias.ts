import type { Receiver, Ref } from '../core/ref.ts'
import { type AliasMode, Monitor } from './monitor.ts'
import type { LocalProcess } from './process.ts'

/** What stands behind a reference that is an address. Semantics: OTP `erlang:alias/1`. */
export class AliasReceiver implements Receiver {
  private readonly process: LocalProcess
  private readonly ref: Ref
  private readonly mode: AliasMode

  constructor(process: LocalProcess, ref: Ref, mode: AliasMode) {
    this.process = process
    this.ref = ref
    this.mode = mode
  }

  deliver(message: unknown): void {
    this.process.deliver(message)
    if (this.mode === 'reply' || this.mode === 'replyDemonitor') this.process.dropAlias(this.ref)
    if (this.mode === 'replyDemonitor' && this.ref instanceof Monitor) this.ref.detach()
  }
}
