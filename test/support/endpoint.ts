import type { Pid } from '../../src/core/pid.ts'
import { Endpoint, type EndpointModule } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions, MountOptions } from '../../src/endpoint/options.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import type { SocketModule } from '../../src/socket/user-socket.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'
import { ADAPTERS } from './adapters.ts'

/** An endpoint that runs in the runtime of the test, on a free port. */
export interface TestEndpoint {
  readonly endpoint: EndpointModule
  readonly port: number
  /** The supervisor of the PubSub and the endpoint. */
  readonly tree: Pid
}

const secretKeyBase = 'a secret of at least sixty-four bytes, as sessions and their cookies demand it'

/** Starts a PubSub and an endpoint on any free port, whose sockets can also be polled. They end with the runtime of the test. */
export async function startEndpoint({ sockets = {}, ...options }: EndpointOptions): Promise<TestEndpoint> {
  const polled = Object.entries(sockets).map(([path, mount]) => [path, { longpoll: true, ...mountOf(mount) }])
  const endpoint = Endpoint.define({
    port: 0,
    pubsub: 'test',
    checkOrigin: false,
    secretKeyBase,
    adapter: ADAPTERS[0] ?? 'node', // where the native one does not load, nobody is to be warned of it
    sockets: Object.fromEntries(polled) as typeof sockets,
    ...options,
  })
  const tree = await Supervisor.start([PubSub.child({ name: 'test' }), endpoint.child()])
  const { port } = await endpoint.serverInfo()
  return { endpoint, port, tree }
}

function mountOf(mount: SocketModule | MountOptions): MountOptions {
  return 'specFor' in mount ? { socket: mount } : mount
}
