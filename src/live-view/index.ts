// The live view door: markup that knows what changed, and commands for the browser.
export {
  type DispatchOptions,
  JS,
  type JsCommand,
  type NavigateOptions,
  type PushOptions,
  type ShowOptions,
  type TargetOptions,
  type To,
  type ToggleOptions,
  type Transition,
  type TransitionOptions,
} from './js.ts'
export { html, type Rendered } from './template/html.ts'
export { type Comprehension, each } from './template/lists.ts'
export { InvalidTemplateError } from './template/template.ts'
export { type AttributeList, attrs, InvalidValueError, type Raw, raw, type TextValue } from './template/values.ts'
