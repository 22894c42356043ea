import { createTable, findTable, TableKind } from '../runtime/tables.ts'
import type { EndpointSettings } from './options.ts'

/** What an endpoint that listens was started with, and where it listens. */
export interface RunningEndpoint {
  readonly settings: EndpointSettings
  readonly server: { readonly port: number }
}

const ENDPOINTS = new TableKind<RunningEndpoint>('endpoint')

/** Makes a running endpoint findable by its name, until the calling process ends. */
export function announce(endpoint: RunningEndpoint): void {
  createTable(ENDPOINTS, endpoint.settings.name, endpoint) // the name is that of the listener too, so that it is free
}

/** The endpoint of that name, when it runs in the caller's runtime. */
export function findRunning(name: string): RunningEndpoint | undefined {
  return findTable(ENDPOINTS, name)
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const

/** Scheme, host and port of the links to an endpoint. Semantics: Phoenix.Endpoint's `url/0`. */
export function baseUrl({ settings, server }: RunningEndpoint): string {
  const { url, tls } = settings
  const scheme = url.scheme ?? (tls === undefined ? 'http' : 'https')
  const port = url.port ?? server.port
  const isShown = port !== 0 && port !== DEFAULT_PORTS[scheme]
  return `${scheme}://${url.host}${isShown ? `:${port}` : ''}`
}

/** A path of the program as the world has it: below the path of the endpoint's `url`. */
export function pathBelow({ url }: EndpointSettings, path: string): string {
  const prefix = (url.path ?? '').replace(/\/+$/, '')
  return `${prefix}${path.startsWith('/') ? path : `/${path}`}`
}
