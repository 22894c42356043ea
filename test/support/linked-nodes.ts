import { GenServer, noReply, type Pid, self } from '../../src/index.ts'
import type { Adapter, AdapterContext, AdapterFactory } from '../../src/pubsub/adapter.ts'
import { type Dispatcher, dispatcherName } from '../../src/pubsub/dispatch.ts'

/** What travels between the nodes. */
interface Frame {
  readonly topic: string
  readonly message: unknown
  readonly dispatcher: string
}

const Worker = GenServer.define({
  module: 'LinkedNodes.Worker',
  init: ({ context, receivers, index }: { context: AdapterContext; receivers: Pid[]; index: number }) => {
    receivers[index] = self()
    return context
  },
  handleInfo: ({ topic, message, dispatcher }: Frame, context) => {
    context.deliver(topic, message, dispatcher)
    return noReply()
  },
})

/**
 * Runtimes of this thread as nodes of one cluster: an adapter with a pool of workers on each, as a distributed one has.
 * Frames are copied, so nothing but data gets across.
 */
export class LinkedNodes {
  /** By node: its workers, by number. */
  private readonly nodes = new Map<string, Pid[]>()

  readonly adapter: AdapterFactory = (context) => this.join(context)

  private join(context: AdapterContext): Adapter {
    const { name, node, poolSize, broadcastPoolSize } = context
    const receivers: Pid[] = []
    this.nodes.set(node, receivers)
    const frame = (topic: string, message: unknown, dispatcher: Dispatcher): Frame =>
      structuredClone({ topic, message, dispatcher: dispatcherName(dispatcher) })
    const worker = () => self().id % broadcastPoolSize
    return {
      nodeName: () => node,
      broadcast: (topic, message, dispatcher) => {
        for (const [other, pids] of this.nodes) {
          if (other !== node) pids[worker()]?.receiver?.deliver(frame(topic, message, dispatcher))
        }
        return { type: 'ok' }
      },
      directBroadcast: (to, topic, message, dispatcher) => {
        this.nodes.get(to)?.[worker()]?.receiver?.deliver(frame(topic, message, dispatcher))
        return { type: 'ok' }
      },
      children: () =>
        Array.from({ length: poolSize }, (_, index) => ({
          id: `worker ${index}`,
          start: () => Worker.tryStartLink({ context, receivers, index }, { name: `${name}.Worker${index}` }),
        })),
    }
  }
}
