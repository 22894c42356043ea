import { settledUsage, usage } from '../usage.ts'
import { answerQuestions } from '../worker.ts'
import type { BroadcastPlan } from './broadcast-run.ts'
import type { EchoPlan } from './echo-run.ts'
import { type ConnectPlan, Load } from './load.ts'

// The program of the load client: a process of its own, so that the server has one core and the load the other.

const load = new Load()

const questions = {
  connect: (plan: ConnectPlan) => load.connect(plan),
  disconnect: () => load.disconnect(),
  broadcast: (controlPort: number, plan: BroadcastPlan) => load.broadcast(controlPort, plan),
  echo: (plan: EchoPlan) => load.echo(plan),
  usage,
  settledUsage,
}
export type LoadQuestions = typeof questions

answerQuestions(questions)
