import { BadArgumentError } from '../../core/errors.ts'
import { Rendered } from '../template/html.ts'
import { TEXT_ELEMENTS, VOID_ELEMENTS } from '../template/parse.ts'
import { type Part, Template } from '../template/template.ts'
import { attrs } from '../template/values.ts'
import { type AttributeValue, fill, type Slot } from './slot.ts'

/** The name of an element, and its attributes. */
export interface DynamicTagAttributes {
  readonly tagName: string
  readonly [attribute: string]: AttributeValue
}

/** One for each tag, as a template of its own would be: programs know a few. */
const templates = new Map<string, Template>()

/**
 * An element whose tag is a value: `${dynamicTag({ tagName: isTitle ? 'h1' : 'p', class: 'wide' }, text)}`.
 * @param content - what stands in it; a function is called. An element that holds nothing (`br`) has none.
 * @throws {BadArgumentError} for what is no name of a tag, for `script` and `style`, and for content where there can be none.
 * Semantics: Phoenix.Component.dynamic_tag/1. Differs: no element closes itself with `/>`.
 */
export function dynamicTag({ tagName, ...rest }: DynamicTagAttributes, content?: Slot): Rendered {
  const template = templates.get(tagName) ?? templateOf(tagName)
  if (template.parts.length > 1) return new Rendered(template, [attrs(rest), fill(content, undefined)])
  if (content !== undefined) throw new BadArgumentError('dynamicTag', `no content: <${tagName}> holds none`, content)
  return new Rendered(template, [attrs(rest)])
}

function templateOf(tagName: unknown): Template {
  const isName = typeof tagName === 'string' && /^[a-z][\w.-]*$/i.test(tagName)
  if (!isName || CODE.includes(tagName.toLowerCase()))
    throw new BadArgumentError(
      'dynamicTag: tagName',
      "the name of a tag ('section'), other than script and style",
      tagName,
    )
  const attributes: Part = { type: 'attributes' }
  const isVoid = VOID_ELEMENTS.has(tagName.toLowerCase())
  const content: Part = TEXT_ELEMENTS.has(tagName.toLowerCase()) ? { type: 'content', name: tagName } : { type: 'text' }
  const statics = isVoid ? [`<${tagName}`, '>'] : [`<${tagName}`, '>', `</${tagName}>`]
  const template = new Template(
    statics,
    isVoid ? [attributes] : [attributes, content],
    true,
    `dynamicTag of ${tagName}`,
  )
  templates.set(tagName, template)
  return template
}

/** What stands in them is no markup, and no escaping would make it safe. */
const CODE = ['script', 'style']
