import { isBinding } from './bindings.ts'
import { InvalidTemplateError, type Part, Template } from './template.ts'

/**
 * Parses the strings of a template: well-formed elements, with dynamics only in text, as attribute values and as whole lists of
 * attributes. Comments are dropped, attributes get double quotes and one space before them, which the client's renderer needs.
 * @param callSite - where the template is written, for errors.
 * @throws {InvalidTemplateError} `BEAMISH_INVALID_TEMPLATE`
 * Semantics: liveview.md §6.1 to §6.3.
 */
export function parseTemplate(strings: readonly string[], callSite: string): Template {
  return new Parser(strings, callSite).parse()
}

/** Elements without content or end tag. Source: HTML standard, "void elements". */
export const VOID_ELEMENTS: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta param source track wbr'.split(' '),
)
/** Elements whose content is no markup. In the first two not even escaping would make a value safe. */
const CODE = new Set(['script', 'style'])
export const TEXT_ELEMENTS: ReadonlySet<string> = new Set(['textarea', 'title'])

const UPDATES = ['replace', 'stream', 'ignore']
const ATTRIBUTE_NAME = /[^\s"'<>/=]+/y
const UNQUOTED = /[^\s"'<>`=]+/y
const SPACE = /\s*/y

interface OpenElement {
  readonly name: string
  readonly line: number
}

/** The start tag that is being read. */
interface StartTag extends OpenElement {
  readonly attributes: Map<string, string | undefined>
  hasSpread: boolean
}

/** Where the reader is: between tags, in a start tag, in a quoted value, in the content of `script` and the like. */
type Mode = 'text' | 'tag' | 'value' | 'content'

class Parser {
  private readonly strings: readonly string[]
  private readonly callSite: string
  private readonly statics: string[] = []
  private readonly parts: Part[] = []
  private readonly open: OpenElement[] = []
  private mode: Mode = 'text'
  private out = ''
  /** The string that is read, and the place in it. */
  private source = ''
  private at = 0
  /** The line of the template that the string begins on. */
  private firstLine = 1
  private tag: StartTag | undefined = undefined
  private attribute = ''
  private quote = ''
  /** A value is its whole attribute: the quote after it is not part of the next static. */
  private skipsQuote = false
  private rootElements = 0
  private hasStrayContent = false

  constructor(strings: readonly string[], callSite: string) {
    this.strings = strings
    this.callSite = callSite
  }

  parse(): Template {
    for (const [index, string] of this.strings.entries()) {
      this.read(string)
      if (index < this.strings.length - 1) this.dynamic(this.strings[index + 1] as string)
    }
    this.finish()
    return new Template(this.statics, this.parts, this.rootElements === 1 && !this.hasStrayContent, this.callSite)
  }

  private read(string: string): void {
    this.source = string
    this.at = this.skipsQuote ? 1 : 0
    this.skipsQuote = false
    while (this.at < string.length) this.step()
    this.firstLine += string.split('\n').length - 1
  }

  private step(): void {
    if (this.mode === 'text') this.readText()
    else if (this.mode === 'tag') this.readTag()
    else if (this.mode === 'value') this.readValue()
    else this.readContent()
  }

  private finish(): void {
    if (this.mode === 'tag' || this.mode === 'value') this.fail(`the tag <${this.tag?.name}> is not closed by >`)
    const unclosed = this.open.at(-1)
    if (unclosed !== undefined) this.fail(`<${unclosed.name}> of line ${unclosed.line} has no </${unclosed.name}>`)
    this.statics.push(this.out)
  }

  // ── Dynamics ──

  private dynamic(next: string): void {
    const part = this.partHere(next)
    this.parts.push(part)
    this.statics.push(this.out)
    this.out = ''
  }

  private partHere(next: string): Part {
    if (this.mode === 'text') return this.textPart()
    if (this.mode === 'content') return this.contentPart()
    if (this.mode === 'value') return this.valuePart()
    return this.attribute === '' ? this.spread() : this.attributePart(next)
  }

  private textPart(): Part {
    if (this.open.length === 0) this.hasStrayContent = true
    return { type: 'text' }
  }

  private contentPart(): Part {
    const name = this.open.at(-1)?.name ?? ''
    if (CODE.has(name.toLowerCase())) {
      this.fail(`no value can be made safe inside <${name}>: put it into an attribute (data-…), and read it from there`)
    }
    return { type: 'content', name }
  }

  private valuePart(): Part {
    const { attribute: name, out } = this
    const start = out.lastIndexOf('="')
    const before = start < 0 ? out : out.slice(start + 2)
    if (/^on/i.test(name) || /^\s*javascript:/i.test(before))
      this.fail(`no value can be made safe inside the code of ${name}: put it into data-…, and read it from there`)
    if (isBinding(name) && before.startsWith('['))
      this.fail(`no value can be made safe inside the commands of ${name}: build them with JS`)
    return { type: 'value', name, isFirst: before === '' }
  }

  private spread(): Part {
    if (!/\s$/.test(this.source))
      this.fail('a value in a tag needs a name and = before it, or a space and attrs({ … })')
    if (this.tag !== undefined) this.tag.hasSpread = true
    return { type: 'attributes' }
  }

  /** `name=${…}`, or `name="${…}"` with nothing else between the quotes. */
  private attributePart(next: string): Part {
    const name = this.attribute
    this.attribute = ''
    this.tag?.attributes.set(name, undefined)
    if (this.quote !== '') {
      this.skipsQuote = next.startsWith(this.quote)
      this.quote = ''
    } else if (next !== '' && !/^[\s/>]/.test(next)) {
      this.fail(`the value of ${name} goes on after \${…}: put it between quotes`)
    }
    return { type: 'attribute', name }
  }

  // ── Text ──

  private readText(): void {
    const end = this.source.indexOf('<', this.at)
    const text = this.source.slice(this.at, end < 0 ? undefined : end)
    if (text.trim() !== '' && this.open.length === 0) this.hasStrayContent = true
    this.out += text
    this.at = end < 0 ? this.source.length : end
    if (end >= 0) this.readMarkup()
  }

  private readMarkup(): void {
    const { source, at } = this
    if (source.startsWith('<!--', at)) this.skipComment()
    else if (source.startsWith('<!', at)) this.copyDeclaration()
    else if (source.startsWith('</', at)) this.readEndTag()
    else if (/[a-z]/i.test(source[at + 1] ?? '')) this.beginTag()
    else if (at + 1 === source.length && this.parts.length < this.strings.length - 1 && this.isBeforeDynamic()) {
      this.fail('the name of a tag cannot be a value: use dynamicTag')
    } else {
      this.out += '&lt;'
      this.at++
    }
  }

  private isBeforeDynamic(): boolean {
    return this.statics.length < this.strings.length - 1
  }

  private skipComment(): void {
    const end = this.source.indexOf('-->', this.at + 4)
    if (end < 0) this.fail('a comment cannot hold a value, and ends with -->')
    this.at = end + 3
  }

  /** `<!doctype html>` */
  private copyDeclaration(): void {
    const end = this.source.indexOf('>', this.at)
    if (end < 0) this.fail('a declaration cannot hold a value, and ends with >')
    this.out += this.source.slice(this.at, end + 1)
    this.at = end + 1
    this.hasStrayContent = true
  }

  private readEndTag(): void {
    const match = /^<\/([a-z][^\s>]*)\s*>/i.exec(this.source.slice(this.at))
    if (match === null) this.fail('an end tag is </name>')
    const [text, name = ''] = match as RegExpExecArray // sound: fail throws
    this.endElement(name)
    this.out += `</${name}>`
    this.at += text.length
  }

  private endElement(name: string): void {
    if (VOID_ELEMENTS.has(name.toLowerCase())) this.fail(`<${name}> is a void element: it has no </${name}>`)
    const opened = this.open.pop()
    if (opened === undefined) this.fail(`</${name}> closes nothing`)
    else if (opened.name !== name) this.fail(`expected </${opened.name}> for line ${opened.line}, got </${name}>`)
  }

  private beginTag(): void {
    const name = /^[a-z][^\s/>"'=<]*/i.exec(this.source.slice(this.at + 1))?.[0] ?? ''
    if (this.open.length === 0) this.rootElements++
    this.tag = { name, line: this.line(), attributes: new Map(), hasSpread: false }
    this.out += `<${name}`
    this.at += 1 + name.length
    this.mode = 'tag'
  }

  // ── A start tag ──

  private readTag(): void {
    this.take(SPACE)
    const { source, at } = this
    if (at >= source.length) return
    if (source[at] === '>') this.endTag(1, false)
    else if (source.startsWith('/>', at)) this.endTag(2, true)
    else this.readAttribute()
  }

  private endTag(length: number, closesItself: boolean): void {
    const tag = this.tag as StartTag // sound: in a tag there is one
    this.checkTag(tag)
    this.at += length
    this.tag = undefined
    this.mode = 'text'
    const isVoid = VOID_ELEMENTS.has(tag.name.toLowerCase())
    this.out += closesItself && !isVoid ? `></${tag.name}>` : '>'
    if (isVoid || closesItself) return
    this.open.push({ name: tag.name, line: tag.line })
    if (CODE.has(tag.name.toLowerCase()) || TEXT_ELEMENTS.has(tag.name.toLowerCase())) this.mode = 'content'
  }

  private readAttribute(): void {
    const name = this.take(ATTRIBUTE_NAME)
    if (name === '') this.fail(`an attribute was expected in <${this.tag?.name}>, not ${this.source[this.at]}`)
    const nameEnd = this.at
    this.take(SPACE)
    if (this.source[this.at] !== '=') {
      this.at = nameEnd
      this.out += ` ${name}`
      this.tag?.attributes.set(name, '')
      return
    }
    this.at++
    this.take(SPACE)
    this.readAttributeValue(name)
  }

  private readAttributeValue(name: string): void {
    const first = this.source[this.at]
    if (first === undefined) {
      this.attribute = name // its value is the next dynamic
    } else if (first === '"' || first === "'") {
      this.at++
      this.quote = first
      this.attribute = name
      // Nothing between the quote and the dynamic: it may be the whole value.
      if (this.at === this.source.length && this.isBeforeDynamic() && this.followsQuote(first)) return
      this.out += ` ${name}="`
      this.mode = 'value'
      this.tag?.attributes.set(name, undefined)
      if (this.at < this.source.length) this.readValue()
    } else {
      const value = this.take(UNQUOTED)
      if (value === '') this.fail(`the value of ${name} was expected`)
      this.out += ` ${name}="${value}"`
      this.tag?.attributes.set(name, value)
    }
  }

  /** Whether the dynamic that comes is all there is between the quotes. */
  private followsQuote(quote: string): boolean {
    return (this.strings[this.statics.length + 1] as string).startsWith(quote)
  }

  private readValue(): void {
    const end = this.source.indexOf(this.quote, this.at)
    const text = this.source.slice(this.at, end < 0 ? undefined : end)
    this.out += text.replaceAll('"', '&quot;')
    this.at = end < 0 ? this.source.length : end + 1
    if (end < 0) {
      if (!this.isBeforeDynamic()) this.fail(`the value of ${this.attribute} has no closing ${this.quote}`)
      return
    }
    this.out += '"'
    const isWhole = this.tag?.attributes.has(this.attribute) && !this.hasDynamicValue()
    if (isWhole) this.tag?.attributes.set(this.attribute, text)
    this.attribute = ''
    this.quote = ''
    this.mode = 'tag'
  }

  /** Whether the value that ends here held a dynamic: then its last part belongs to this attribute. */
  private hasDynamicValue(): boolean {
    return !this.out.includes(` ${this.attribute}="`)
  }

  // ── The content of script, style, textarea, title ──

  private readContent(): void {
    const name = this.open.at(-1)?.name ?? ''
    const end = this.source.toLowerCase().indexOf(`</${name.toLowerCase()}`, this.at)
    this.out += this.source.slice(this.at, end < 0 ? undefined : end)
    this.at = end < 0 ? this.source.length : end
    if (end < 0) return
    this.mode = 'text'
    this.readEndTag()
  }

  // ── Checks ──

  /** What the client would stumble over: containers that it patches by id. */
  private checkTag({ name, attributes, hasSpread }: StartTag): void {
    const update = attributes.get('phx-update')
    if (update !== undefined && update !== '' && !UPDATES.includes(update)) {
      this.fail(`phx-update is one of ${UPDATES.join(', ')}, not ${update}`)
    }
    if (hasSpread || attributes.has('id')) return
    const needy = ['phx-hook', 'phx-update'].find((attribute) => attributes.has(attribute))
    if (needy !== undefined && update !== 'replace') this.fail(`<${name}> with ${needy} needs an id`)
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const text = pattern.exec(this.source)?.[0] ?? ''
    this.at += text.length
    return text
  }

  private line(): number {
    return this.firstLine + this.source.slice(0, this.at).split('\n').length - 1
  }

  private fail(problem: string): never {
    throw new InvalidTemplateError(problem, `line ${this.line()} of the template at ${this.callSite}`)
  }
}
