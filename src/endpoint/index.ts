// The endpoint door: where the world comes in.
export type { HttpReply, HttpRequest, RunningServer, ServerAdapter } from './adapter.ts'
export { Endpoint, type EndpointModule, type EndpointOptions, type MountOptions } from './endpoint.ts'
export type { ServerInfo } from './listener.ts'
export type { CheckOrigin } from './origin.ts'
export type { StaticMounts } from './static-files.ts'
