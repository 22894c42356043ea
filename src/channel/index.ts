// The channel door, sockets included.
export type { LogRule } from '../reports/logger.ts'
export { type RawClient, type RawResult, RawSocket, type RawSocketCallbacks } from '../socket/raw-socket.ts'
export type { ConnectingSocket } from '../socket/socket-process.ts'
export type { Route } from '../socket/topic-table.ts'
export type { ConnectInfo, ControlOpcode, Param, Params } from '../socket/transport.ts'
export { Socket, type SocketCallbacks, type SocketModule } from '../socket/user-socket.ts'
export type { Message, MessageRef } from '../wire/message.ts'
export type { Frame } from '../wire/serializer.ts'
export { Broadcast, isBroadcast } from './broadcast.ts'
export type {
  ChannelCallHandlers,
  ChannelCastHandlers,
  ChannelClient,
  ChannelReplyOf,
} from './calls.ts'
export { Channel, type ChannelCallbacks, type ChannelModule, type HandleIn } from './channel.ts'
export {
  type Broadcaster,
  type ContractCallbacks,
  type ContractHandlers,
  type ContractInResult,
  type ContractJoinResult,
  type Implementation,
  implement,
} from './contract.ts'
export type {
  BroadcastMeasurements,
  ChannelBroadcastMetadata,
  ChannelHandledInMetadata,
  ChannelJoinedMetadata,
} from './events.ts'
export {
  type FoundRoute,
  Incoming,
  type Joinable,
  type Membership,
  type RouteFinder,
  type Transport,
  TransportEnded,
  type TransportName,
} from './joinable.ts'
export { broadcast, broadcastFrom, push, replyTo, SocketRef, socketRef } from './messaging.ts'
export {
  Answer,
  type HandleInResult,
  type HandleResult,
  type JoinResult,
  NoAnswer,
  noReply,
  Ok,
  ok,
  Refused,
  refuse,
  reply,
  replyError,
  replyWith,
  Stop,
  stop,
} from './result.ts'
export { type Checked, type OutputOf, on, type Schema, type SchemaIssue, type SchemaResult } from './schema.ts'
export type { AnyAssigns, AssignsUpdate, ChannelSocket } from './socket.ts'
