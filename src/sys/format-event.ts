import { inspect } from 'node:util'
import type { SystemEvent } from '../behaviours/debug.ts'
import { show } from '../core/errors.ts'

/** A system event on one line: `*DBG* hits got call add 5 from #Pid<local.2>`. Semantics: OTP `sys`, the format of traces. */
export function formatSystemEvent(server: string, event: SystemEvent): string {
  return `*DBG* ${server} ${happened(event)}`
}

function happened(event: SystemEvent): string {
  switch (event.type) {
    case 'in':
      return `got ${messageText(event.message)}`
    case 'out':
      return `sent ${value(event.message)} to ${show(event.to)}, new state ${value(event.state)}`
    case 'noreply':
      return `new state ${value(event.state)}`
    default: {
      const { type, ...rest } = event
      return `${type} ${value(rest)}`
    }
  }
}

function messageText(message: unknown): string {
  const request = message as { type?: unknown; name?: unknown; payload?: unknown; from?: unknown } | null | undefined
  if (typeof request !== 'object' || (request?.type !== 'call' && request?.type !== 'cast')) return value(message)
  const payload = request.payload === undefined ? '' : ` ${value(request.payload)}`
  const from = request.from === undefined ? '' : ` from ${show(request.from)}`
  return `${request.type} ${String(request.name)}${payload}${from}`
}

function value(shown: unknown): string {
  return inspect(shown, { breakLength: Number.POSITIVE_INFINITY, depth: 3, maxArrayLength: 10, maxStringLength: 100 })
}
