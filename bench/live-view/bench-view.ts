import { LiveState } from '../../src/live-view/state.ts'
import type { Rendered } from '../../src/live-view/template/html.ts'
import { NO_FACTS } from '../../src/live-view/template/page-value.ts'
import { ViewTree } from '../../src/live-view/tree/view-tree.ts'

class BenchState<Assigns extends object> extends LiveState<Assigns> {
  override readonly tasks = undefined
}

function none(): never {
  throw new Error('these pages have neither components nor views in them')
}

/** What a view does from one change to the next message, without a process: assign, render, compare, encode. */
export class BenchView<Assigns extends object> {
  private readonly state: BenchState<Assigns>
  private readonly render: (assigns: Assigns) => Rendered
  private readonly tree = new ViewTree({
    invoke: none,
    page: NO_FACTS,
    componentSocket: none,
    nestedView: none,
    forgotten: none,
  })

  constructor(assigns: Assigns, render: (assigns: Assigns) => Rendered) {
    this.state = new BenchState(assigns)
    this.render = render
    this.message()
  }

  /** @returns the message for the client; the empty string for none. */
  assign(change: Partial<Assigns>): string {
    this.state.assign(change)
    return this.state.isChanged ? this.message() : ''
  }

  private message(): string {
    const pass = this.tree.render(this.render(this.state.assignsToRender(false)))
    const step = pass.next()
    if (!step.done) throw new Error('nothing here waits')
    this.state.rendered()
    return step.value === undefined ? '' : JSON.stringify(step.value)
  }
}
