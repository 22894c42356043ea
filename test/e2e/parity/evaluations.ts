import { attachHook, cont, halt, type LiveViewSocket, type OnMount } from 'beamish/live-view'

/** The socket of any view. */
// biome-ignore lint/suspicious/noExplicitAny: an evaluation knows the view that it is for
export type AnySocket = LiveViewSocket<any>

/**
 * What the specs have evaluated in a view, by the text that they send: a function of the same effect. Blanks count as one, and
 * `…` stands for anything: what it stood for follows the socket. A socket as the result is not told to the page.
 */
export type ViewEvaluations = Readonly<Record<string, (socket: AnySocket, ...found: string[]) => unknown>>

/** What the specs have evaluated beside the views, in a request. */
export type ServerEvaluations = Readonly<Record<string, (...found: string[]) => unknown>>

/** A function that a text stands for, and what its dots stood for. */
export interface Found<Evaluation> {
  readonly evaluation: Evaluation
  readonly found: string[]
}

/** Finds what a text stands for. @throws an error that shows a text that is not in the table. */
export function evaluationOf<Evaluation>(table: Readonly<Record<string, Evaluation>>, text: string): Found<Evaluation> {
  const wanted = withSingleBlanks(text)
  for (const [pattern, evaluation] of Object.entries(table)) {
    const match = expressionOf(pattern).exec(wanted)
    if (match !== null) return { evaluation, found: match.slice(1) }
  }
  throw new Error(`a spec evaluates what stands in no table of evaluations: ${wanted}`)
}

function withSingleBlanks(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function expressionOf(pattern: string): RegExp {
  const texts = withSingleBlanks(pattern).split('…')
  return new RegExp(`^${texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.*?)')}$`)
}

/** A hook for live sessions: answers the event with which the specs evaluate something in a view. */
export function evaluationHook(table: ViewEvaluations): OnMount {
  return (_params, _session, socket) => {
    attachHook(socket, 'evaluation', 'handleEvent', (event, value, socket) => {
      if (event !== 'sandbox:eval') return cont()
      const { evaluation, found } = evaluationOf(table, value.value)
      const result = evaluation(socket, ...found)
      return halt({ reply: result === socket ? {} : { result: result ?? null } })
    })
    return cont()
  }
}
