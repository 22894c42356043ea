// The endpoint door: where the world comes in.
export type { HttpReply, HttpRequest } from '../http/message.ts'
export type { StaticMounts } from '../http/static-files.ts'
export type { MaxAge } from '../token/envelope.ts'
export { type HasSecretKeyBase, type KeyBase, NoSecretKeyBaseError, type TokenContext } from '../token/key-base.ts'
export type { KeyDigest, KeyOptions } from '../token/key-generator.ts'
export type { Term } from '../token/term.ts'
export { type SignOptions, Token, type TokenResult, type VerifyOptions } from '../token/token.ts'
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
