// The endpoint door: where the world comes in.
export type { HttpReply, HttpRequest } from '../http/message.ts'
export type { StaticMounts } from '../http/static-files.ts'
export type { RunningServer, ServerAdapter } from './adapter.ts'
export type { ConnectInfoOptions } from './connect-info.ts'
export { Endpoint, type EndpointModule } from './endpoint.ts'
export type { ServerInfo } from './listener.ts'
export type {
  DrainOptions,
  EndpointOptions,
  LongPollOptions,
  MountOptions,
  TlsOptions,
  TransportOptions,
  UrlOptions,
  WebSocketOptions,
} from './options.ts'
export type { CheckOrigin } from './origin.ts'
