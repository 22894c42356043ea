import { CheckedSpec, type FullChildSpec } from '../../supervisors/child-spec.ts'
import { DynamicSupervisor } from '../../supervisors/dynamic-supervisor.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { makeCall } from '../behaviours/call.ts'
import { starters } from '../behaviours/start.ts'
import { noPubSub } from '../channel/errors.ts'
import {
  broadcastTo,
  broadcastToFrom,
  broadcastToFromOrThrow,
  broadcastToOrThrow,
  localBroadcastTo,
  localBroadcastToFrom,
} from '../channel/messaging.ts'
import { BadArgumentError } from '../core/errors.ts'
import type { Pid } from '../core/pid.ts'
import { PubSub } from '../pubsub/pubsub.ts'
import type { Operation } from '../runtime/operation.ts'
import type { StartOptions } from '../runtime/start.ts'
import type { KeyBase } from '../token/key-base.ts'
import { ListenerCode, type ListenerSettings, type ServerInfo, shutdownLimitMs } from './listener.ts'
import { liveReloadOf } from './live-reload/live-reload.ts'
import { manifestOf } from './manifest.ts'
import { mountsOf } from './mount.ts'
import { checkComplete, checkOptions, drainAtStart, type EndpointOptions, type EndpointSettings } from './options.ts'
import { baseUrl, findRunning, pathBelow, type RunningEndpoint } from './running-endpoint.ts'
import { siteOf } from './site.ts'

/** A defined endpoint: a child of a tree, and a way to broadcast. */
export interface EndpointModule {
  /** What reports call it. */
  readonly moduleName: string
  /**
   * The endpoint as a child: `ChatEndpoint.child({ port: 0 })`. In a list of children the module itself will do.
   * @param overrides - options that are only known at start.
   */
  child(overrides?: EndpointOptions): FullChildSpec
  /** As {@link child}, for lists of children. */
  childSpec(overrides?: EndpointOptions): FullChildSpec
  /** Makes an endpoint a context for `Token.sign(ChatEndpoint, …)`: its secret, as it was defined or last given at start. */
  secretKeyBase(): KeyBase | undefined
  /** Starts it, linked to the caller. @throws {StartError} when the port is taken, among others. */
  startLink(overrides?: EndpointOptions): Operation<Pid>
  /** Where it listens. @throws {ExitError} `BEAMISH_NOPROC` when it does not run. */
  serverInfo(): Operation<ServerInfo>
  /**
   * Scheme, host and port by which the world reaches it, without a path: `'https://example.com'`. As its options say: those of
   * its start while it runs, else those of its definition. Semantics: Phoenix.Endpoint's url/0.
   */
  url(): string
  /** A path of the program as the world has it: with the path of `url` before it. Semantics: Phoenix.Endpoint's path/1. */
  path(path: string): string
  /**
   * The path of a static file as the world has it: under its digested name, if `cacheStaticManifest` has one, with `?vsn=d`.
   * Semantics: Phoenix.Endpoint's static_path/1.
   */
  staticPath(path: string): string
  /** The host of {@link url}. */
  host(): string
  /** An option, complete with its default: that of its start while it runs, else that of its definition. */
  config<Key extends keyof EndpointSettings>(key: Key): EndpointSettings[Key]
  /** Sends an event to every subscriber of a topic. @throws {BeamishError} `BEAMISH_NO_PUBSUB` · `BEAMISH_RESERVED_EVENT` */
  broadcast(topic: string, event: string, payload: unknown): ReturnType<typeof PubSub.broadcast>
  /** As {@link broadcast}, to everybody but the process `from`. */
  broadcastFrom(from: Pid, topic: string, event: string, payload: unknown): ReturnType<typeof PubSub.broadcastFrom>
  /** As {@link broadcast}. @returns `'ok'`. @throws {BroadcastError} also when the adapter of the PubSub refuses. */
  broadcastOrThrow(topic: string, event: string, payload: unknown): 'ok'
  /** As {@link broadcastFrom}. @returns `'ok'`. @throws {BroadcastError} also when the adapter of the PubSub refuses. */
  broadcastFromOrThrow(from: Pid, topic: string, event: string, payload: unknown): 'ok'
  /** As {@link broadcast}, on this node only. */
  localBroadcast(topic: string, event: string, payload: unknown): ReturnType<typeof PubSub.localBroadcast>
  /** As {@link broadcastFrom}, on this node only. */
  localBroadcastFrom(
    from: Pid,
    topic: string,
    event: string,
    payload: unknown,
  ): ReturnType<typeof PubSub.localBroadcastFrom>
  /** Subscribes the calling process: it gets each {@link Broadcast} of the topic. */
  subscribe(topic: string): ReturnType<typeof PubSub.subscribe>
  /** Ends all subscriptions of the calling process to the topic. */
  unsubscribe(topic: string): ReturnType<typeof PubSub.unsubscribe>
}

const listenerStarters = starters<readonly [ListenerSettings], StartOptions>({
  what: 'Endpoint listener',
  check: () => {},
  code: (settings) => new ListenerCode(settings as ListenerSettings),
})

/**
 * Defines an endpoint: where a program listens, and what stands behind its paths.
 * @throws {BadArgumentError} for an unknown option or one of the wrong kind.
 *
 * Semantics: Phoenix.Endpoint. *When not to use it*: for HTTP alone any server will do; this one is about sockets.
 */
function define(options: EndpointOptions): EndpointModule {
  const settings = checkOptions('Endpoint.define', options)
  const { name } = settings
  /** As it runs, or as it would by its definition. */
  const current = (): RunningEndpoint => findRunning(name) ?? { settings, server: settings }
  const pubsub = (): string => {
    const found = current().settings.pubsub
    if (found === undefined) throw noPubSub(name)
    return found
  }
  let { secretKeyBase } = settings
  const started = (overrides?: EndpointOptions): FullChildSpec[] => {
    const complete = overridden(name, options, overrides)
    secretKeyBase = complete.secretKeyBase
    return childrenOf(complete)
  }
  const child = (overrides?: EndpointOptions): FullChildSpec =>
    Supervisor.child(started(overrides), { id: `${name} endpoint`, strategy: 'restForOne' })
  return {
    moduleName: name,
    child,
    childSpec: child,
    secretKeyBase: () => secretKeyBase,
    startLink: (overrides) => Supervisor.startLink(started(overrides), { strategy: 'restForOne' }),
    serverInfo: () => serverInfo(name),
    url: () => baseUrl(current()),
    path: (path) => pathBelow(current().settings, path),
    staticPath: (path) => staticPathOf(current().settings, path),
    host: () => current().settings.url.host,
    config: (key) => current().settings[key],
    broadcast: (topic, event, payload) => broadcastTo(pubsub(), topic, event, payload),
    broadcastFrom: (from, topic, event, payload) => broadcastToFrom(pubsub(), from, topic, event, payload),
    broadcastOrThrow: (topic, event, payload) => broadcastToOrThrow(pubsub(), topic, event, payload),
    broadcastFromOrThrow: (from, topic, event, payload) =>
      broadcastToFromOrThrow(pubsub(), from, topic, event, payload),
    localBroadcast: (topic, event, payload) => localBroadcastTo(pubsub(), topic, event, payload),
    localBroadcastFrom: (from, topic, event, payload) => localBroadcastToFrom(pubsub(), from, topic, event, payload),
    subscribe: (topic) => PubSub.subscribe(pubsub(), topic),
    unsubscribe: (topic) => PubSub.unsubscribe(pubsub(), topic),
  }
}

function overridden(name: string, options: EndpointOptions, overrides: EndpointOptions = {}): EndpointSettings {
  const settings = checkOptions('Endpoint', { ...options, ...overrides })
  checkComplete('Endpoint', settings)
  if (settings.name === name) return settings
  throw new BadArgumentError('Endpoint: name', 'the name that it was defined with', settings.name)
}

/** Under the digested name, if there is one. */
function staticPathOf(settings: EndpointSettings, path: string): string {
  return pathBelow(settings, manifestOf(settings)?.digested(path) ?? path)
}

function serverInfo(name: string): Operation<ServerInfo> {
  const site = { module: 'Endpoint', function: 'serverInfo', defaultTimeoutMs: 5000 }
  return makeCall(listenerName(name), 'serverInfo', undefined, site) as Operation<ServerInfo> // what ListenerCode answers
}

// ── The tree ─────────────────────────────────────────────────────────────────────────────────────────────────────────
//
//   endpoint (restForOne)
//    ├─ channels of each mount     DynamicSupervisor    outlive the sockets, so that they can say goodbye
//    ├─ sockets of each mount      DynamicSupervisor
//    ├─ live reload                only where it was asked for
//    └─ listener                   last to start, first to stop: when it stops, it lets the clients go

function childrenOf(settings: EndpointSettings): FullChildSpec[] {
  const drain = drainAtStart('Endpoint: drainer', settings.drainer)
  const reload = liveReloadOf(settings)
  const mounts = mountsOf({ ...settings, sockets: { ...settings.sockets, ...reload?.mount } }, drain)
  const supervisors = mounts.flatMap(({ channels, sockets }) => [
    DynamicSupervisor.child({ name: channels }),
    DynamicSupervisor.child({ name: sockets }),
  ])
  const site = siteOf(settings)
  const listener = listenerSpec(settings, { mounts, requestDrain: drain, site: reload?.around(site) ?? site })
  return reload === undefined ? [...supervisors, listener] : [...supervisors, reload.child, listener]
}

function listenerSpec(
  settings: EndpointSettings,
  parts: Pick<ListenerSettings, 'mounts' | 'site' | 'requestDrain'>,
): FullChildSpec {
  const { name, host, port, pubsub, tls, adapter } = settings
  const listener: ListenerSettings = {
    endpoint: name,
    host,
    port,
    pubsub,
    tls,
    adapter,
    settings,
    ...parts,
  }
  const args = [listener, { name: listenerName(name) }]
  return new CheckedSpec(
    'listener',
    listenerStarters.tryStartLink,
    args,
    'permanent',
    shutdownLimitMs(listener),
    'worker',
    false,
  )
}

function listenerName(endpoint: string): string {
  return `${endpoint} listener`
}

/** Endpoints: where the world comes in. Semantics: Phoenix.Endpoint. */
export const Endpoint = { define } as const
