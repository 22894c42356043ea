// The endpoint door: where the world comes in.

export type { OutgoingMessage } from '../channel/connection.ts'
export type { AnyPathParams, Conn, RequestFacts } from '../http/conn.ts'
export { type CsrfOptions, csrf } from '../http/csrf.ts'
export { isValidCsrfToken } from '../http/csrf-token.ts'
export type { ErrorPage, HttpFailure } from '../http/error-page.ts'
export { HttpError } from '../http/errors.ts'
export { escapeHtml } from '../http/escape-html.ts'
export type { ErrorRenderedMetadata, RouterDispatchMetadata } from '../http/events.ts'
export { type Flash, type FlashMessage, flash } from '../http/flash.ts'
export { type ForceSslOptions, forceSsl, type HstsOptions, type SslExclude } from '../http/force-ssl.ts'
export type { HttpReply, HttpRequest } from '../http/message.ts'
export { type Handler, type Page, type Plug, withHeaders } from '../http/plug.ts'
export { html, json, redirect, text } from '../http/respond.ts'
export { type ForwardedHeader, rewriteOn } from '../http/rewrite-on.ts'
export type { Hosts } from '../http/route-host.ts'
export type { PathParams } from '../http/route-path.ts'
export { type Lookup, Router, type RouterModule, type RouterOptions } from '../http/router.ts'
export type {
  FetchHandler,
  ForwardOptions,
  Pipe,
  PipeOptions,
  Route,
  RouteScope,
  ScopeOptions,
  Target,
} from '../http/routes.ts'
export { type SecureHeaders, secureHeaders } from '../http/secure-headers.ts'
export { session } from '../http/session.ts'
export { readSession, type SessionOptions } from '../http/session-cookie.ts'
export { Session, type SessionData } from '../http/session-data.ts'
export { type FileReply, type FileRequest, StaticFiles, staticFiles } from '../http/static-files.ts'
export type { StaticManifestOption, StaticNames } from '../http/static-manifest.ts'
export type { StaticFolder, StaticMounts } from '../http/static-mounts.ts'
export { filterParameters, type ParameterFilter } from '../reports/filter-parameters.ts'
export type { MaxAge } from '../token/envelope.ts'
export { type HasSecretKeyBase, type KeyBase, NoSecretKeyBaseError, type TokenContext } from '../token/key-base.ts'
export type { KeyDigest, KeyOptions } from '../token/key-generator.ts'
export type { Term } from '../token/term.ts'
export { type SignOptions, Token, type TokenResult, type VerifyOptions } from '../token/token.ts'
export type { RunningServer, ServerAdapter } from './adapter.ts'
export type { SlowClientAnswer, SlowClientOption } from './backlog.ts'
export type { AdapterOption } from './choose-adapter.ts'
export type { ConnectInfoOptions } from './connect-info.ts'
export { Endpoint, type EndpointModule } from './endpoint.ts'
export type { HealthOptions } from './health.ts'
export type { ServerInfo } from './listener.ts'
export type { LiveReloadOptions } from './live-reload/live-reload.ts'
export { type NodeOptions, node } from './node.ts'
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
export type { CheckOrigin, Origin, OriginCheck } from './origin.ts'
export { type LineLogger, WebLogger, type WebLoggerOptions } from './web-logger.ts'
