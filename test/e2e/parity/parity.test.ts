import t from 'tap'
import { systemClock } from '../../../src/core/clock.ts'
import { PubSub } from '../../../src/pubsub/pubsub.ts'
import { withRuntime } from '../../../src/testing/index.ts'
import { Supervisor } from '../../../supervisors/supervisor.ts'
import { evaluationOf } from './evaluations.ts'
import { ParityEndpoint, ParityRouter } from './tree.ts'

/** What stands for the parameters of paths. */
const PARAMETERS: Readonly<Record<string, string>> = { category: 'fruits', id: '1' }

t.test('every page is there', (t) =>
  withRuntime(
    async () => {
      await Supervisor.start([PubSub.child({ name: 'parity' }), ParityEndpoint.child({ port: 0 })])
      const { port } = await ParityEndpoint.serverInfo()
      const routes = ParityRouter.routes.filter(({ method }) => method === 'GET')
      t.ok(routes.length > 0)
      for (const { path } of routes) {
        const address = path.text.replace(/:(\w+)/g, (_, name) => PARAMETERS[name] ?? `no value for ${name}`)
        const response = await fetch(`http://127.0.0.1:${port}${address}`)
        await response.text()
        t.ok(response.ok, `${address} ${response.status}`)
      }
    },
    { clock: systemClock },
  ),
)

t.test('a text is evaluated by what stands for it, whatever its blanks', async (t) => {
  const table = { 'send(pid(0, …, 0), {:sync, "…"}); nil': (id: string, event: string) => `${event} to ${id}` }
  const { evaluation, found } = evaluationOf(table, '\n  send(pid(0, 17, 0),\n {:sync, "save"}); nil\n')
  t.equal(evaluation(found[0]!, found[1]!), 'save to 17')
  t.throws(() => evaluationOf(table, 'System.halt(1)'), /stands in no table of evaluations: System\.halt\(1\)/)
})
