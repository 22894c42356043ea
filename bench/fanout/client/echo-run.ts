import { paddingFor } from '../payload.ts'
import { Numbers, setNumber } from './numbers.ts'
import { type Member, Run } from './stage.ts'

/** What a run of echoes is: each client has one message on its way. */
export interface EchoPlan {
  /** The length of a message, as text. */
  readonly bytes: number
  readonly forMs: number
  /** The most messages of one client. */
  readonly atMost: number
}

/** What came of it. Every answer belonged to the message before it: anything else is an error. */
export interface EchoOutcome {
  readonly roundTrips: number
  readonly seconds: number
}

/** Each client sends a message, waits for its answer, sends the next. */
export class EchoRun extends Run<EchoOutcome> {
  private readonly plan: EchoPlan
  private readonly numbers = new Numbers()
  private readonly messages: readonly Buffer[]
  private readonly begin = performance.now()
  private roundTrips = 0
  private busy: number

  constructor(clients: readonly Member[], plan: EchoPlan) {
    super()
    this.plan = plan
    this.busy = clients.length
    // Each client has a message of its own, because it is sent from where it lies.
    this.messages = clients.map(({ dialect }) => dialect.echo(paddingFor(plan.bytes, dialect.echoText)))
    for (const client of clients) {
      client.expected = 0
      this.send(client)
    }
  }

  message(client: Member, bytes: Buffer, start: number, end: number): void {
    const number = this.numbers.numberOf(bytes, start, end)
    if (number < 0) this.outOfPlace(client, bytes, start, end)
    else if (this.inOrder(client, number)) this.answered(client)
  }

  /** Who has not got what: for a run that does not end. */
  describe(): string {
    return `${this.busy} clients wait for an answer, after ${this.roundTrips} round trips`
  }

  private answered(client: Member): void {
    this.roundTrips++
    client.expected++
    const now = performance.now()
    if (now - this.begin < this.plan.forMs && client.expected < this.plan.atMost) this.send(client)
    else if (--this.busy === 0) this.finish({ roundTrips: this.roundTrips, seconds: (now - this.begin) / 1000 })
  }

  private send(client: Member): void {
    const message = this.messages[client.index] as Buffer // has one for each client
    setNumber(message, client.expected)
    client.send(message)
  }
}
