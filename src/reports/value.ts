import { inspect } from 'node:util'

/** Per object, array, map or set. */
const MOST_ENTRIES = 12
const DEEPEST = 4
const LONGEST_STRING = 200
const MOST_LINES = 20

/** How a value is shown. */
export interface ValueOptions {
  readonly colors: boolean
  /** Columns that the value may take before it is broken into lines. */
  readonly width: number
}

/**
 * A value of a program for people: what `util.inspect` shows, with everything bounded.
 *
 * Never throws, calls no getter, and its cost does not grow with the value: a state of a million keys must not hold up the
 * process that dies of it.
 * @returns one or more lines.
 */
export function showValue(value: unknown, { colors, width }: ValueOptions): string[] {
  try {
    const options = {
      colors,
      depth: DEEPEST,
      maxArrayLength: MOST_ENTRIES,
      maxStringLength: LONGEST_STRING,
      breakLength: width,
    }
    return bounded(inspect(excerpt(value, 0), options).split('\n'))
  } catch {
    return ['[cannot be shown: its own inspect function throws]']
  }
}

function bounded(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines
  return [...lines.slice(0, MOST_LINES), `... ${lines.length - MOST_LINES} more lines`]
}

/** Prints as bare text where `inspect` meets it. */
class Note {
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  [inspect.custom](): string {
    return this.text
  }
}

/** What `inspect` does not bound by itself: the number of keys of an object, and the stacks of errors. */
function excerpt(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value
  if (value instanceof Error) return new Note(`[${value.name}: ${value.message}]`)
  const module = moduleNameOf(value)
  if (module !== undefined) return new Note(module)
  if (Array.isArray(value)) return value.length === 0 ? value : excerptOfArray(value, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null ? excerptOfObject(value, depth) : value
}

/** A callback module stands for itself by its name: its functions say nothing. */
export function moduleNameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const name = Object.getOwnPropertyDescriptor(value, 'moduleName')?.value
  return typeof name === 'string' ? name : undefined
}

function excerptOfArray(items: readonly unknown[], depth: number): unknown[] {
  const shown = items.slice(0, MOST_ENTRIES).map((item) => excerpt(item, depth + 1))
  if (items.length > MOST_ENTRIES) shown.push(new Note(`... ${items.length - MOST_ENTRIES} more items`))
  return shown
}

function excerptOfObject(value: object, depth: number): object {
  const keys = Reflect.ownKeys(value)
  const shown: object = {}
  for (const key of keys.slice(0, MOST_ENTRIES * 2)) {
    const field = Object.getOwnPropertyDescriptor(value, key)
    if (field === undefined || !field.enumerable) continue
    Object.defineProperty(shown, key, 'value' in field ? { ...field, value: excerpt(field.value, depth + 1) } : field)
  }
  const left = keys.length - MOST_ENTRIES * 2
  return left > 0 ? Object.assign(shown, { '...': new Note(`${left} more keys`) }) : shown
}
