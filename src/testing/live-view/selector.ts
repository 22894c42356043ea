import { BadArgumentError } from '../../core/errors.ts'
import { ancestorsOf, attributeOf, type Element, elementsIn, isElement } from './dom.ts'

// The selectors that tests of pages use: names, ids, classes, attributes, :not(…), :first-child, :last-child, :nth-child(n), :checked,
// :disabled; descendants, children and siblings; lists of them.

type Test = (element: Element) => boolean

/** One compound selector, and how it is connected with the one before it. */
interface Step {
  readonly combinator: ' ' | '>' | '+' | '~'
  readonly tests: readonly Test[]
}

/** Elements below a node that a selector matches, in the order of the page. @throws {BadArgumentError} for one that is not known. */
export function selectAll(parent: Parameters<typeof elementsIn>[0], selector: string): Element[] {
  const matches = compile(selector)
  return elementsIn(parent).filter(matches)
}

const compiled = new Map<string, Test>()

function compile(selector: string): Test {
  const known = compiled.get(selector)
  if (known !== undefined) return known
  const chains = new Parser(selector).list()
  const test: Test = (element) => chains.some((steps) => matchesChain(element, steps))
  compiled.set(selector, test)
  return test
}

function matchesChain(element: Element, steps: readonly Step[]): boolean {
  const last = steps.at(-1)
  if (last === undefined || !last.tests.every((test) => test(element))) return false
  const before = steps.slice(0, -1)
  if (before.length === 0) return true
  return candidates(element, last.combinator).some((candidate) => matchesChain(candidate, before))
}

/** Where the selector before a combinator is looked for. */
function candidates(element: Element, combinator: Step['combinator']): Element[] {
  if (combinator === ' ') return ancestorsOf(element)
  if (combinator === '>') return ancestorsOf(element).slice(0, 1)
  const siblings = siblingsOf(element)
  const before = siblings.slice(0, siblings.indexOf(element))
  return combinator === '+' ? before.slice(-1) : before
}

function siblingsOf(element: Element): Element[] {
  return (element.parentNode?.childNodes ?? []).filter(isElement)
}

const NAME = /-?[A-Za-z_][\w-]*/y
const ATTRIBUTE = /\[\s*([\w:@.-]+)\s*(?:([~|^$*]?=)\s*(?:"([^"]*)"|'([^']*)'|([^\]\s]+))\s*)?\]/y
const PSEUDO = /:([a-z-]+)(?:\(([^()]*(?:\([^()]*\))?[^()]*)\))?/y
const COMBINATOR = /\s*([>+~,])\s*|\s+/y

class Parser {
  private readonly source: string
  private at = 0

  constructor(selector: string) {
    if (typeof selector !== 'string') throw new BadArgumentError('a selector', 'a string', selector)
    this.source = selector.trim()
  }

  list(): Step[][] {
    const chains: Step[][] = [[]]
    let combinator: string = ' '
    for (;;) {
      const tests = this.compound()
      if (tests.length === 0) this.fail()
      chains.at(-1)?.push({ combinator: combinator as Step['combinator'], tests })
      if (this.at >= this.source.length) return chains
      const match = this.take(COMBINATOR)
      if (match === undefined) this.fail()
      combinator = match?.[1] ?? ' '
      if (combinator !== ',') continue
      chains.push([])
      combinator = ' '
    }
  }

  private compound(): Test[] {
    const tests: Test[] = []
    for (;;) {
      const test = this.simple()
      if (test === undefined) return tests
      tests.push(test)
    }
  }

  private simple(): Test | undefined {
    const mark = this.source[this.at]
    if (mark === '*') {
      this.at++
      return () => true
    }
    if (mark === '#' || mark === '.') {
      this.at++
      const name = this.take(NAME)?.[0] ?? this.fail()
      return mark === '#' ? (element) => attributeOf(element, 'id') === name : (element) => hasClass(element, name)
    }
    if (mark === '[') return attributeTest(this.take(ATTRIBUTE) ?? this.fail())
    if (mark === ':') return this.pseudo(this.take(PSEUDO) ?? this.fail())
    const name = this.take(NAME)?.[0].toLowerCase()
    return name === undefined ? undefined : (element) => element.tagName.toLowerCase() === name
  }

  private pseudo([text, name, argument]: RegExpExecArray): Test {
    switch (name) {
      case 'not': {
        const inner = compile(argument ?? '')
        return (element) => !inner(element)
      }
      case 'first-child':
        return (element) => siblingsOf(element)[0] === element
      case 'last-child':
        return (element) => siblingsOf(element).at(-1) === element
      case 'nth-child':
        if (!/^\d+$/.test(argument ?? '')) break
        return (element) => siblingsOf(element)[Number(argument) - 1] === element
      case 'checked':
      case 'disabled':
        return (element) => attributeOf(element, name) !== undefined
    }
    this.at -= text.length
    return this.fail()
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.source) ?? undefined
    this.at += match?.[0].length ?? 0
    return match
  }

  private fail(): never {
    const rest = this.source.slice(this.at)
    throw new BadArgumentError(
      'a selector',
      'names, #ids, .classes, [attributes], :not() and their like',
      rest || this.source,
    )
  }
}

function hasClass(element: Element, name: string): boolean {
  return (attributeOf(element, 'class') ?? '').split(/\s+/).includes(name)
}

function attributeTest([, name = '', operator, double, single, bare]: RegExpExecArray): Test {
  const wanted = double ?? single ?? bare ?? ''
  const test = operator === undefined ? () => true : OPERATORS[operator]
  return (element) => {
    const value = attributeOf(element, name)
    return value !== undefined && (test?.(value, wanted) ?? false)
  }
}

const OPERATORS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  '=': (value, wanted) => value === wanted,
  '~=': (value, wanted) => value.split(/\s+/).includes(wanted),
  '|=': (value, wanted) => value === wanted || value.startsWith(`${wanted}-`),
  '^=': (value, wanted) => wanted !== '' && value.startsWith(wanted),
  '$=': (value, wanted) => wanted !== '' && value.endsWith(wanted),
  '*=': (value, wanted) => wanted !== '' && value.includes(wanted),
}
