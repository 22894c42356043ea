import { BeamishError } from '../../core/errors.ts'

/**
 * What a temporary assign is in a render before which it was not assigned: where it stands in a template, the page keeps what it
 * has. Its value has been given up to be freed.
 * Semantics: liveview.md §6.5.
 */
export class Unchanged {
  private readonly value: () => unknown

  /** @param value - what stands for it where the page has nothing to keep. */
  constructor(value: () => unknown) {
    this.value = value
  }

  /** What stands for it where the page has nothing to keep. */
  get otherwise(): unknown {
    return this.value()
  }

  /** What is made of it is unchanged too. */
  map(change: (otherwise: unknown) => unknown): Unchanged {
    return new Unchanged(() => change(this.value()))
  }

  /** Looked into, it would pass for a value. @throws {BeamishError} `BEAMISH_TEMPORARY_ASSIGN` */
  [Symbol.iterator](): never {
    throw lookedInto()
  }

  /** As above. */
  [Symbol.toPrimitive](): never {
    throw lookedInto()
  }
}

function lookedInto(): BeamishError {
  return new BeamishError(
    'BEAMISH_TEMPORARY_ASSIGN',
    'a temporary assign has no value until it is assigned again: put it into the template as it is, through each(…), or through ' +
      'whenAssigned(assigns.name, (value) => …).',
  )
}

/**
 * What a template makes of a temporary assign: `whenAssigned(assigns.report, (report) => html`<pre>${format(report)}</pre>`)`.
 * @returns what `render` makes of the value; while it was not assigned again, something that leaves the page as it is.
 */
export function whenAssigned<Value>(value: Value, render: (value: Value) => unknown): unknown {
  return value instanceof Unchanged ? value.map((otherwise) => render(otherwise as Value)) : render(value) // its own type
}
