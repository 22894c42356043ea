import type { Pid } from '../../src/core/pid.ts'
import { Endpoint, type EndpointModule } from '../../src/endpoint/endpoint.ts'
import type { EndpointOptions } from '../../src/endpoint/options.ts'
import { PubSub } from '../../src/pubsub/pubsub.ts'
import { Supervisor } from '../../supervisors/supervisor.ts'

/** An endpoint that runs in the runtime of the test, on a free port. */
export interface TestEndpoint {
  readonly endpoint: EndpointModule
  readonly port: number
  /** The supervisor of the PubSub and the endpoint. */
  readonly tree: Pid
}

/** Starts a PubSub and an endpoint on any free port. They end with the runtime of the test. */
export async function startEndpoint(options: EndpointOptions): Promise<TestEndpoint> {
  const endpoint = Endpoint.define({ port: 0, pubsub: 'test', checkOrigin: false, ...options })
  const tree = await Supervisor.start([PubSub.child({ name: 'test' }), endpoint.child()])
  const { port } = await endpoint.serverInfo()
  return { endpoint, port, tree }
}
