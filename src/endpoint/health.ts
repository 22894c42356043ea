import { registerOf } from '../application/controller.ts'
import { checkKeys } from '../core/check-keys.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { HttpReply, HttpRequest } from '../http/message.ts'
import type { LocalProcess } from '../runtime/process.ts'

/** Paths where a load balancer or an orchestrator asks how the program is. */
export interface HealthOptions {
  /** Answered with 200 as long as the program answers at all. Default `'/health/live'`. */
  readonly livePath?: string
  /**
   * Answered with 200 when clients may be sent here, else with 503: while the endpoint stops, while the application that it
   * belongs to is not up, and when `ready` says no. Default `'/health/ready'`.
   */
  readonly readyPath?: string
  /** Whether the program is ready, as far as the app knows. What it throws is a no. Default: it is. */
  readonly ready?: () => boolean | PromiseLike<boolean>
}

/** Complete options. */
export type HealthSettings = Required<HealthOptions>

const DEFAULTS: HealthSettings = { livePath: '/health/live', readyPath: '/health/ready', ready: () => true }
const OPTIONS: readonly string[] = ['livePath', 'readyPath', 'ready'] satisfies (keyof HealthOptions)[]

/** @returns `undefined` when nobody shall ask. @throws {BadArgumentError} */
export function healthSettings(where: string, option: boolean | HealthOptions): HealthSettings | undefined {
  if (option === false) return undefined
  if (option === true) return DEFAULTS
  if (typeof option !== 'object' || option === null) throw new BadArgumentError(where, 'true, false or options', option)
  checkKeys(where, option, OPTIONS)
  const settings = { ...DEFAULTS, ...option }
  for (const key of ['livePath', 'readyPath'] as const) {
    if (typeof settings[key] !== 'string' || !settings[key].startsWith('/'))
      throw new BadArgumentError(`${where}: ${key}`, "a path that begins with '/'", settings[key])
  }
  if (typeof settings.ready !== 'function')
    throw new BadArgumentError(`${where}: ready`, 'a function () => boolean', settings.ready)
  return settings
}

/** Whether clients may be sent to an endpoint: yes, not yet, or no more. */
export type Readiness = 'ready' | 'starting' | 'stopping'

/** What is known of the application that a process belongs to. Outside of any there is nothing to wait for. */
export function readinessOf(process: LocalProcess): Readiness {
  const phase = registerOf(process.runtime).ofMaster(process.groupLeader)?.phase
  return phase === undefined || phase === 'running' ? 'ready' : phase
}

/** @returns the answer to a question about the health; `undefined` for any other request. */
export async function healthReply(
  { livePath, readyPath, ready }: HealthSettings,
  { method, path }: HttpRequest,
  readiness: () => Readiness,
): Promise<HttpReply | undefined> {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  if (path === livePath) return answer(200, 'live')
  if (path !== readyPath) return undefined
  const state = readiness()
  if (state !== 'ready') return answer(503, state)
  return (await isReady(ready)) ? answer(200, 'ready') : answer(503, 'not ready')
}

async function isReady(ready: HealthSettings['ready']): Promise<boolean> {
  try {
    return (await ready()) === true
  } catch {
    return false
  }
}

function answer(status: number, body: string): HttpReply {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
  return { status, headers, body: `${body}\n` }
}
