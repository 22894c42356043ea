// The endpoint door: where the world comes in.
export type { HttpReply, HttpRequest } from '../http/message.ts'
export type { StaticMounts } from '../http/static-files.ts'
export type { RunningServer, ServerAdapter } from './adapter.ts'
export { Endpoint, type EndpointModule, type EndpointOptions, type MountOptions } from './endpoint.ts'
export type { ServerInfo } from './listener.ts'
export type { CheckOrigin } from './origin.ts'
